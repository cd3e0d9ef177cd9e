/* random.h: seeded random streams (SplitMix64), one for each purpose, so that changing one use
 * never disturbs another. A stream is addressed by (seed, purpose, a, b): nothing needs to be
 * saved to resume a run. Not for cryptography. Depends on scalar.h (own log, cos: same bits
 * everywhere). Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (2014).
 */
#ifndef FILIGREE_RANDOM_H
#define FILIGREE_RANDOM_H

#include <stdint.h>

/* The values are part of every fingerprint: never renumber. */
typedef enum RandomPurpose {
  RANDOM_INITIALIZATION = 1, /* a = layer */
  RANDOM_SHUFFLE = 2,        /* a = epoch */
  RANDOM_DROPOUT = 3,        /* a = step, b = sample in the batch */
  RANDOM_INPUT_NOISE = 4,    /* a = step, b = sample in the batch */
  RANDOM_DATA = 5,           /* a = which part of a generated set */
  RANDOM_SUBSET = 6,         /* a = class */
  RANDOM_SPLIT = 7,          /* a = class; 256: the order of all */
} RandomPurpose;

typedef struct Random {
  uint64_t state;
} Random;

/* The start of stream (seed, purpose, a, b). */
Random random_stream(uint64_t seed, RandomPurpose purpose, uint64_t a, uint64_t b);

uint64_t random_u64(Random *random);

/* Uniform in [0, 1), a multiple of 2^-24 (exact in float). */
float random_unit(Random *random);

/* Uniform in 0 .. count-1 without bias (rejection); count > 0. */
uint32_t random_below(Random *random, uint32_t count);

/* Standard normal by Box and Muller (1958), in double with the engine's own log, sqrt and cos.
 * Takes two draws each time. */
double random_normal(Random *random);

/* Fills order[0 .. count-1] with a uniformly random permutation of 0 .. count-1 (Fisher, Yates). */
void random_permutation(Random *random, uint32_t *order, uint32_t count);

#endif
