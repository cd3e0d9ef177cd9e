/* vector_math.h: exp, log and their relatives on vectors of floats; polynomials of our own, so that
 * the bits are the same everywhere. Relative errors are about 1e-7 (tests/c/vector_math_test.c).
 * Not for doubles (scalar.h). Depends on vec.h. */
#ifndef FILIGREE_VECTOR_MATH_H
#define FILIGREE_VECTOR_MATH_H

#include "vec.h"

/* e^x for -87 <= x <= 88; smaller x give exactly 0, larger ones the value at 88; NaN gives NaN. */
INLINE Vec vec_exp(Vec x) {
  VecInt vanishes = x < -87.0f;
  Vec bounded = vec_select(x > 88.0f, vec_all(88.0f), x);
  const float shift = 0x1.8p23f; /* adding it leaves the nearest integer in the low bits */
  Vec shifted = bounded * 0x1.715476p0f + shift;
  Vec k = shifted - shift;
  Vec r = (bounded - k * 0x1.62e400p-1f) - k * 0x1.7f7d1cp-20f; /* |r| <= ln 2 / 2 */
  Vec sum = vec_all(1.0f / 5040);
  sum = sum * r + 1.0f / 720;
  sum = sum * r + 1.0f / 120;
  sum = sum * r + 1.0f / 24;
  sum = sum * r + 1.0f / 6;
  sum = sum * r + 0.5f;
  sum = sum * r + 1.0f;
  sum = sum * r + 1.0f;
  VecInt exponent = (vec_bits(shifted) - 0x4B400000) << 23;
  Vec result = vec_from_bits(vec_bits(sum) + exponent);
  result = vec_select(x != x, x, result);
  return vec_select(vanishes, vec_all(0.0f), result);
}

/* (e^x - 1) without loss near 0; the same range as vec_exp (-1 below it). */
INLINE Vec vec_expm1(Vec x) {
  Vec sum = vec_all(1.0f / 362880); /* Taylor, |x| <= 0.5: x^9 / 9! < 6e-9 of x */
  sum = sum * x + 1.0f / 40320;
  sum = sum * x + 1.0f / 5040;
  sum = sum * x + 1.0f / 720;
  sum = sum * x + 1.0f / 120;
  sum = sum * x + 1.0f / 24;
  sum = sum * x + 1.0f / 6;
  sum = sum * x + 0.5f;
  Vec small = x + x * x * sum;
  return vec_select(vec_absolute(x) < 0.5f, small, vec_exp(x) - 1.0f);
}

/* Natural logarithm of a positive normal x; -87.34 (the logarithm of the least normal) for all
 * smaller x, 0 and negative ones too; NaN and infinity pass through. */
INLINE Vec vec_log(Vec x) {
  Vec bounded = vec_select(x < 0x1p-126f, vec_all(0x1p-126f), x);
  /* exponent and mantissa with m in [sqrt 1/2, sqrt 2) */
  VecInt bits = vec_bits(bounded);
  VecInt exponent = (bits - 0x3F3504F3) >> 23;
  Vec m = vec_from_bits(bits - (exponent << 23));
  Vec e = __builtin_convertvector(exponent, Vec);
  /* ln m = 2 atanh(s), s = (m - 1) / (m + 1), |s| <= 0.1716; s^13 / 13 < 1e-11 */
  Vec f = m - 1.0f;
  Vec s = f / (m + 1.0f), s2 = s * s;
  Vec sum = vec_all(2.0f / 11);
  sum = sum * s2 + 2.0f / 9;
  sum = sum * s2 + 2.0f / 7;
  sum = sum * s2 + 2.0f / 5;
  sum = sum * s2 + 2.0f / 3;
  /* 2 s = f - s f, so that the leading term f is exact */
  Vec low = e * 0x1.7f7d1cp-20f - s * (f - s2 * sum);
  Vec result = e * 0x1.62e400p-1f + (f + low);
  return vec_select((x != x) | (x > 0x1.fffffep127f), x, result);
}

#endif
