/* step_math.h: pieces of the optimizer's step that its kernels share. Depends on vec.h. */
#ifndef FILIGREE_STEP_MATH_H
#define FILIGREE_STEP_MATH_H

#include "vec.h"

/* V8 builds a constant anew wherever it is used; read through `volatile` it stays a value. */
static const volatile float FLUSH_GRADIENT =
    0x1p-50f; /* these two keep squares and moments out of */
static const volatile float FLUSH_MOMENT = 0x1p-120f; /* the subnormals, which are slow */
static const volatile float KEEP_FIRST = 0.9f, TAKE_FIRST = 0.1f, KEEP_SECOND = 0.999f,
                            TAKE_SECOND = 0.001f, ONE = 1.0f, LEAST_ROOT = 1e-8f;

/* What of the growing part (slope < 0) joins the gradient, and only where the data give a gradient
 * (not for dark pixels and silent units). Adam divides by sqrt(v), which vanishes with the data's
 * gradient: with all of the growing part such weights take full steps outward for ever. */
static const volatile float GROWTH_SHARE = 0.25f;

INLINE Vec flush(Vec x, Vec least) { return vec_drop(vec_absolute(x) < least, x); /* NaN stays */ }

/* soft(x, threshold): x moved towards 0 by the threshold, exactly 0 on the way; NaN stays NaN. */
INLINE Vec soft(Vec x, Vec threshold) {
  Vec left = vec_absolute(x) - threshold;
  return vec_drop(left <= 0.0f, vec_with_sign(left, x));
}

/* s on the sign of w; 0 where w is 0. */
INLINE Vec signed_slope(Vec s, Vec w) {
  VecInt sign = vec_bits(w) & (int32_t)0x80000000;
  return vec_keep(w != 0.0f, vec_from_bits(vec_bits(s) ^ sign));
}

#endif
