/* random.c: see random.h. */
#include "random.h"

#include "scalar.h"

static uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t random_u64(Random *random) {
  random->state += 0x9E3779B97F4A7C15u;
  return mix64(random->state);
}

Random random_stream(uint64_t seed, RandomPurpose purpose, uint64_t a, uint64_t b) {
  uint64_t state = mix64(seed + 0x9E3779B97F4A7C15u);
  state = mix64(state ^ ((uint64_t)purpose * 0xD1B54A32D192ED03u));
  state = mix64(state ^ (a * 0x8CB92BA72F3D8DD7u + 0x2545F4914F6CDD1Du));
  state = mix64(state ^ (b * 0xABC98388FB8FAC03u + 0x9FB21C651E98DF25u));
  return (Random){state};
}

float random_unit(Random *random) { return (float)(random_u64(random) >> 40) * 0x1p-24f; }

uint32_t random_below(Random *random, uint32_t count) {
  uint32_t limit = (uint32_t)(-count) % count; /* 2^32 mod count: the draws to reject */
  for (;;) {
    uint32_t draw = (uint32_t)(random_u64(random) >> 32);
    if (draw >= limit)
      return draw % count;
  }
}

double random_normal(Random *random) {
  double u = ((double)(random_u64(random) >> 11) + 1.0) * 0x1p-53; /* (0, 1] */
  double v = (double)(random_u64(random) >> 11) * 0x1p-53;         /* [0, 1) */
  return scalar_sqrt(-2.0 * scalar_log(u)) * scalar_cos_turn(v);
}

void random_permutation(Random *random, uint32_t *order, uint32_t count) {
  for (uint32_t k = 0; k < count; k++)
    order[k] = k;
  for (uint32_t k = count; k > 1; k--) {
    uint32_t j = random_below(random, k);
    uint32_t held = order[k - 1];
    order[k - 1] = order[j];
    order[j] = held;
  }
}
