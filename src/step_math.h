/* step_math.h: pieces of the optimizer's step that its kernels share. Depends on kernel_names.h, vec.h. */
#ifndef FILIGREE_STEP_MATH_H
#define FILIGREE_STEP_MATH_H

#include "kernel_names.h"
#include "vec.h"

enum { ROW_BLOCK = 32 }; /* rows that are stepped together, after their slopes (2 kB) */

/* One step of up to ROW_BLOCK rows of a panel (kernel_weights.c): w, m, v (Adam) and slope at the first of them,
 * gradient[r] row r's. absolute [VECTORS]: the columns' sums of |w| so far. */
void KERNEL(step_block)(const StepForm *form, float *w, float *m, float *v,
                        const float *const *gradient, const float *slope, uint32_t count,
                        Vec *absolute);

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

/* What Adam's moments are made with, in registers. */
typedef struct Decays {
  Vec least_gradient, least, keep_first, take_first, keep_second, take_second;
} Decays;
INLINE Decays decays_now(void) {
  return (Decays){vec_all(FLUSH_GRADIENT), vec_all(FLUSH_MOMENT), vec_all(KEEP_FIRST),
                  vec_all(TAKE_FIRST),     vec_all(KEEP_SECOND),  vec_all(TAKE_SECOND)};
}
INLINE Vec next_first(const Decays *decays, Vec m, Vec g) {
  return flush(decays->keep_first * m + decays->take_first * g, decays->least);
}
/* v >= 0 */
INLINE Vec next_second(const Decays *decays, Vec v, Vec g) {
  Vec next = decays->keep_second * v + decays->take_second * (g * g);
  return vec_drop(next < decays->least, next);
}

#endif
