/* transpose.h: a 4 x 4 block of floats turned, the brick of every transpose between panels. Four lanes
 * whatever LANES is: nothing is added up, so there are no bits to differ. Depends on vec.h. */
#ifndef FILIGREE_TRANSPOSE_H
#define FILIGREE_TRANSPOSE_H

#include "vec.h"

typedef float Four __attribute__((vector_size(16), may_alias));

/* 4 x 4 floats, lines of 16 on both sides. */
INLINE void transpose_4x4(const float *from, float *to) {
  Four a = *(const Four *)from, b = *(const Four *)(from + LINE);
  Four c = *(const Four *)(from + 2 * LINE), d = *(const Four *)(from + 3 * LINE);
  Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(Four *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  *(Four *)(to + LINE) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  *(Four *)(to + 2 * LINE) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  *(Four *)(to + 3 * LINE) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* A line of 16 floats in each of 16 rows, turned. */
INLINE void transpose_16x16(const float *from, float *to) {
  for (int r = 0; r < LINE; r += 4)
    for (int c = 0; c < LINE; c += 4)
      transpose_4x4(from + r * LINE + c, to + c * LINE + r);
}

#endif
