/* random_test.c: the random streams: published and golden values, uniformity, independence of
 * streams, permutations, the normal distribution. Statistical bounds are at 6 standard deviations,
 * so that any seed passes (one check in a billion would not). */
#include "check.h"

#include <math.h>

#include "random.h"
#include "scalar.h"

enum { DRAWS = 1000000 };

static void known_values(void) {
  /* SplitMix64 from 1234567: the values of the published reference program. */
  static const uint64_t published[] = {6457827717110365317u, 3203168211198807973u,
                                       9817491932198370423u, 4593380528125082431u,
                                       16408922859458223821u};
  Random random = {1234567};
  for (size_t k = 0; k < sizeof published / sizeof *published; k++) {
    uint64_t got = random_u64(&random);
    CHECK(got == published[k], "draw %zu: got %llu", k, (unsigned long long)got);
  }
  /* Our own: part of every fingerprint. */
  static const struct {
    uint64_t seed;
    RandomPurpose purpose;
    uint64_t a, b, first;
  } streams[] = {
      {0, RANDOM_INITIALIZATION, 0, 0, 0x18E0E56B65CBF020u},
      {1, RANDOM_INITIALIZATION, 0, 0, 0x4729842863070812u},
      {1, RANDOM_SHUFFLE, 7, 0, 0x557757E40695BA1Du},
      {1, RANDOM_DROPOUT, 1000, 127, 0x5BD9647B4BD35D0Bu},
      {1, RANDOM_INPUT_NOISE, 1000, 127, 0x79A8F57720E46D59u},
      {9007199254740991u, RANDOM_DATA, 3, 0, 0x03019FF9AC9BE41Fu},
      {UINT64_MAX, RANDOM_SUBSET, UINT64_MAX, UINT64_MAX, 0xDEFA919F901461E3u},
  };
  for (size_t k = 0; k < sizeof streams / sizeof *streams; k++) {
    random = random_stream(streams[k].seed, streams[k].purpose, streams[k].a, streams[k].b);
    uint64_t got = random_u64(&random);
    CHECK(got == streams[k].first, "stream %zu: got 0x%016llx", k, (unsigned long long)got);
  }
  random = random_stream(1, RANDOM_DATA, 0, 0);
  float unit = random_unit(&random);
  CHECK(unit == 0x1.eb2f48p-3f, "got %a", (double)unit);
  uint32_t below = random_below(&random, 60000);
  CHECK(below == 24074, "got %u", below);
  double normal = random_normal(&random);
  CHECK(normal == -0x1.d07f3550fb9c8p-2, "got %a", normal);
  static const uint32_t shuffled[] = {0, 6, 7, 2, 4, 1, 3, 5};
  uint32_t order[8];
  random_permutation(&random, order, 8);
  for (int k = 0; k < 8; k++)
    CHECK(order[k] == shuffled[k], "order[%d] = %u", k, order[k]);
}

/* Pearson's sum over equally likely bins has mean bins - 1 and variance 2 (bins - 1). */
static void check_even(const uint32_t *counts, uint32_t bins, double draws, const char *what) {
  double expected = draws / bins, sum = 0, freedom = bins - 1;
  for (uint32_t k = 0; k < bins; k++)
    sum += (counts[k] - expected) * (counts[k] - expected) / expected;
  double bound = 6 * scalar_sqrt(2 * freedom) + 12; /* + 12: the tail is longer than a normal's */
  CHECK(sum <= freedom + bound, "%s: chi-square %.1f for %u bins", what, sum, bins);
  CHECK(sum >= freedom - bound, "%s: too even, chi-square %.1f for %u bins", what, sum, bins);
}

static void uniformity(void) {
  static uint32_t counts[4096];
  Random random = random_stream(check_seed, RANDOM_DATA, 0, 0);
  double sum = 0, squares = 0;
  float least = 1, most = 0;
  memset(counts, 0, sizeof counts);
  for (int k = 0; k < DRAWS; k++) {
    float unit = random_unit(&random);
    if (!CHECK(unit >= 0 && unit < 1 && unit * 0x1p24f == (float)(uint32_t)(unit * 0x1p24f),
               "draw %d is %a", k, (double)unit))
      return;
    counts[(int)(unit * 4096)]++;
    sum += (double)unit;
    squares += (double)unit * (double)unit;
    least = unit < least ? unit : least;
    most = unit > most ? unit : most;
  }
  check_even(counts, 4096, DRAWS, "unit");
  CHECK_CLOSE(sum / DRAWS, 0.5, 6 * scalar_sqrt(1 / 12.0 / DRAWS));
  CHECK_CLOSE(squares / DRAWS, 1 / 3.0, 6 * scalar_sqrt(4 / 45.0 / DRAWS));
  CHECK(least < 2e-5f && most > 1 - 2e-5f, "%g %g", (double)least, (double)most);

  for (int bit = 0; bit < 64; bit++) { /* every bit is a fair coin */
    int ones = 0;
    for (int k = 0; k < 20000; k++)
      ones += (int)(random_u64(&random) >> bit & 1);
    CHECK_CLOSE(ones / 20000.0, 0.5, 6 * 0.5 / scalar_sqrt(20000));
  }
}

static void below(void) {
  static uint32_t counts[1000];
  static const uint32_t limits[] = {1, 2, 3, 7, 10, 100, 1000};
  Random random = random_stream(check_seed, RANDOM_DATA, 1, 0);
  for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
    memset(counts, 0, sizeof counts);
    for (int k = 0; k < 100000; k++) {
      uint32_t draw = random_below(&random, limits[l]);
      if (!CHECK(draw < limits[l], "%u of %u", draw, limits[l]))
        return;
      counts[draw]++;
    }
    if (limits[l] > 1)
      check_even(counts, limits[l], 100000, "below");
  }
  /* 3 * 2^30: without rejection its first third would come twice as often. */
  memset(counts, 0, sizeof counts);
  for (int k = 0; k < 100000; k++)
    counts[random_below(&random, 3u << 30) >> 30]++;
  check_even(counts, 3, 100000, "below 3 * 2^30");
  uint32_t largest = 0;
  for (int k = 0; k < 1000; k++) {
    uint32_t draw = random_below(&random, UINT32_MAX);
    largest = draw > largest ? draw : largest;
  }
  CHECK(largest > UINT32_MAX / 100 * 95 && largest < UINT32_MAX);
}

/* Streams that differ in one coordinate by a little: no equal draws, no correlation. */
static void independence(void) {
  static const uint64_t coordinates[][4] = {
      {1, 1, 0, 0}, {2, 1, 0, 0}, {3, 1, 0, 0}, {1, 2, 0, 0},          {1, 5, 0, 0},
      {1, 1, 1, 0}, {1, 1, 2, 0}, {1, 1, 0, 1}, {1, 1, 0, 2},          {1, 1, 1, 1},
      {0, 1, 0, 0}, {0, 1, 1, 0}, {0, 1, 0, 1}, {1, 1, UINT64_MAX, 0}, {1, 1, 0, UINT64_MAX},
  };
  enum { STREAMS = sizeof coordinates / sizeof *coordinates, LENGTH = 20000 };
  static float draws[STREAMS][LENGTH];
  uint64_t first[STREAMS];
  for (int s = 0; s < STREAMS; s++) {
    const uint64_t *c = coordinates[s];
    Random random = random_stream(check_seed + c[0], (RandomPurpose)c[1], c[2], c[3]);
    Random again = random;
    first[s] = random_u64(&again);
    for (int k = 0; k < LENGTH; k++)
      draws[s][k] = random_unit(&random) - 0.5f;
  }
  for (int s = 0; s < STREAMS; s++)
    for (int t = 0; t < s; t++) {
      CHECK(first[s] != first[t], "streams %d and %d", s, t);
      for (int lag = 0; lag < 3; lag++) {
        double product = 0;
        for (int k = lag; k < LENGTH; k++)
          product += (double)draws[s][k] * (double)draws[t][k - lag];
        CHECK_CLOSE(12 * product / LENGTH, 0, 6 / scalar_sqrt(LENGTH));
      }
    }
  /* The first draws over a grid of (a, b), as dropout uses it, are uniform and different. */
  static uint32_t counts[256];
  memset(counts, 0, sizeof counts);
  static uint8_t seen[1 << 20];
  uint32_t collisions = 0;
  for (uint64_t a = 0; a < 300; a++)
    for (uint64_t b = 0; b < 128; b++) {
      Random random = random_stream(check_seed, RANDOM_DROPOUT, a, b);
      uint64_t draw = random_u64(&random);
      counts[draw >> 56]++;
      collisions += seen[draw >> 44];
      seen[draw >> 44] = 1;
    }
  check_even(counts, 256, 300 * 128, "first draws of a grid");
  /* n^2 / 2m meetings of n = 38,400 draws in m = 2^20 places, less a little */
  CHECK_CLOSE(collisions, 694, 6 * scalar_sqrt(694));
  /* The same coordinates: the same stream, whatever was drawn in between. */
  Random one = random_stream(check_seed, RANDOM_SHUFFLE, 3, 4), other;
  for (int k = 0; k < 10; k++)
    random_u64(&one);
  one = random_stream(check_seed, RANDOM_SHUFFLE, 3, 4);
  other = random_stream(check_seed, RANDOM_SHUFFLE, 3, 4);
  for (int k = 0; k < 10; k++)
    CHECK(random_u64(&one) == random_u64(&other));
}

static void permutations(void) {
  static uint32_t order[60000];
  static uint8_t seen[60000];
  static const uint32_t sizes[] = {0, 1, 2, 3, 17, 1000, 60000};
  Random random = random_stream(check_seed, RANDOM_SHUFFLE, 0, 0);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    uint32_t size = sizes[s], found = 0, fixed = 0;
    order[size < 60000 ? size : 0] = 77;
    random_permutation(&random, order, size);
    memset(seen, 0, sizeof seen);
    for (uint32_t k = 0; k < size; k++)
      if (order[k] < size && !seen[order[k]]) {
        seen[order[k]] = 1;
        found++;
        fixed += order[k] == k;
      }
    CHECK(found == size, "%u of %u are there", found, size);
    CHECK(size == 60000 || order[size] == 77, "written beyond %u", size);
    CHECK(size < 1000 || fixed < 20, "%u of %u stayed in place", fixed, size); /* 1 on average */
  }
  static uint32_t counts[24]; /* all orders of four come equally often */
  memset(counts, 0, sizeof counts);
  for (int k = 0; k < 48000; k++) {
    uint32_t four[4], rank = 0;
    random_permutation(&random, four, 4);
    for (uint32_t i = 0; i < 4; i++) {
      uint32_t smaller = 0;
      for (uint32_t j = i + 1; j < 4; j++)
        smaller += four[j] < four[i];
      rank = rank * (4 - i) + smaller;
    }
    counts[rank]++;
  }
  check_even(counts, 24, 48000, "orders of four");
}

static void normal(void) {
  Random random = random_stream(check_seed, RANDOM_DATA, 2, 0);
  double power[9] = {0}, correlation = 0, last = 0, largest = 0;
  int beyond[4] = {0};
  for (int k = 0; k < DRAWS; k++) {
    Random before = random;
    double x = random_normal(&random), value = 1;
    random_u64(&before);
    random_u64(&before);
    if (!CHECK(before.state == random.state, "not two draws") || !CHECK(x > -9 && x < 9, "%g", x))
      return;
    for (int p = 1; p <= 8; p++)
      power[p] += (value *= x) / DRAWS;
    correlation += x * last / DRAWS;
    last = x;
    for (int sigma = 1; sigma < 4; sigma++)
      beyond[sigma] += x > sigma || x < -sigma;
    largest = fabs(x) > largest ? fabs(x) : largest;
  }
  /* E x^p = (p - 1)!! for even p, 0 for odd; the variance of a mean of x^p is (E x^2p - ...) / n */
  CHECK_CLOSE(power[1], 0, 6 * scalar_sqrt(1.0 / DRAWS));
  CHECK_CLOSE(power[2], 1, 6 * scalar_sqrt(2.0 / DRAWS));
  CHECK_CLOSE(power[3], 0, 6 * scalar_sqrt(15.0 / DRAWS));
  CHECK_CLOSE(power[4], 3, 6 * scalar_sqrt(96.0 / DRAWS));
  CHECK_CLOSE(power[5], 0, 6 * scalar_sqrt(945.0 / DRAWS));
  CHECK_CLOSE(power[6], 15, 6 * scalar_sqrt((10395 - 225.0) / DRAWS));
  CHECK_CLOSE(correlation, 0, 6 * scalar_sqrt(1.0 / DRAWS));
  static const double shares[] = {1, 0.31731050786, 0.04550026390, 0.00269979606};
  for (int sigma = 1; sigma < 4; sigma++)
    CHECK_CLOSE(beyond[sigma] / (double)DRAWS, shares[sigma],
                6 * scalar_sqrt(shares[sigma] * (1 - shares[sigma]) / DRAWS));
  CHECK(largest > 4 && largest < 7.5, "the largest of a million is %g", largest);
}

int main(int count, char **words) {
  check_start(count, words);
  known_values();
  uniformity();
  below();
  independence();
  permutations();
  normal();
  return check_finish();
}
