/* scalar.c: see scalar.h. Polynomials are Taylor series on ranges small enough that the first
 * dropped term is below half a unit in the last place. */
#include "scalar.h"

#include <stdint.h>
#include <string.h>

static double from_bits(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static uint64_t to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static const double LN2_HIGH = 0x1.62e42fefa3800p-1; /* 11 low bits zero: k * LN2_HIGH is exact */
static const double LN2_LOW = 0x1.ef35793c76730p-45;

static double infinity(void) { return from_bits(0x7FF0000000000000u); }
static double not_a_number(void) { return from_bits(0x7FF8000000000000u); }

/* The nearest integer to x, ties to even. */
static double round_nearest(double x) {
  const double whole = 4503599627370496.0; /* 2^52: from here on there are no fractions */
  if (!(x > -whole && x < whole))
    return x; /* a whole number already, or no number */
  const double shift = x < 0 ? -whole : whole;
  volatile double sum = x + shift; /* volatile: the compiler must not cancel the pair */
  return sum - shift;
}

double scalar_exp(double x) {
  if (x != x)
    return x;
  if (x > 709.7)
    return infinity();
  if (x < -708.0)
    return 0.0;
  double k = round_nearest(x * 0x1.71547652b82fep0);
  double r = (x - k * LN2_HIGH) - k * LN2_LOW; /* |r| <= 0.3466 */
  double sum = 1.0;
  for (int n = 14; n >= 1; n--) /* r^15 / 15! < 1e-19 */
    sum = 1.0 + sum * r / n;
  /* two factors: k = 1024 must not overflow before the product does */
  int half = (int)k / 2, rest = (int)k - half;
  return sum * from_bits((uint64_t)(1023 + half) << 52) * from_bits((uint64_t)(1023 + rest) << 52);
}

double scalar_log(double x) {
  if (x != x || x < 0)
    return not_a_number();
  if (x == 0)
    return -infinity();
  if (x == infinity())
    return x;
  int exponent = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    exponent = -54;
  }
  uint64_t bits = to_bits(x);
  exponent += (int)(bits >> 52) - 1023;
  double m = from_bits((bits & 0x000FFFFFFFFFFFFFu) | 0x3FF0000000000000u); /* [1, 2) */
  if (m > 1.4142135623730951) {
    m *= 0.5;
    exponent += 1;
  }
  /* ln m = 2 atanh(s), s = (m - 1) / (m + 1), |s| <= 0.1716 */
  double s = (m - 1.0) / (m + 1.0), s2 = s * s;
  double sum = 0.0;
  for (int n = 21; n >= 3; n -= 2) /* s^23 / 23 < 1e-18 */
    sum = (1.0 / n + sum) * s2;
  return exponent * LN2_HIGH + (2.0 * s + (2.0 * s * sum + exponent * LN2_LOW));
}

double scalar_log1p(double x) {
  if (x > -0.1 && x < 0.1) {
    double s = x / (2.0 + x), s2 = s * s; /* |s| <= 0.053 */
    double sum = 0.0;
    for (int n = 17; n >= 3; n -= 2)
      sum = (1.0 / n + sum) * s2;
    return 2.0 * s + 2.0 * s * sum;
  }
  double u = 1.0 + x;
  if (!(u > 0) || u == infinity())
    return scalar_log(u);
  return scalar_log(u) + (x - (u - 1.0)) / u; /* what 1 + x lost in rounding */
}

double scalar_power(double x, double power) {
  if (power == 0)
    return 1.0;
  if (x == 0)
    return power > 0 ? 0.0 : infinity();
  return scalar_exp(power * scalar_log(x));
}

static const double TWO_PI = 0x1.921fb54442d18p2;

/* cos and sin of 2 pi t, 0 <= t <= 1/8 */
static double cos_octant(double t) {
  double x = t * TWO_PI, x2 = x * x, sum = 1.0;
  for (int n = 18; n >= 2; n -= 2) /* x^20 / 20! < 4e-21 */
    sum = 1.0 - sum * x2 / (double)(n * (n - 1));
  return sum;
}

static double sin_octant(double t) {
  double x = t * TWO_PI, x2 = x * x, sum = 1.0;
  for (int n = 19; n >= 3; n -= 2)
    sum = 1.0 - sum * x2 / (double)(n * (n - 1));
  return x * sum;
}

/* All reductions below are exact. */
double scalar_cos_turn(double turns) {
  double t = turns - round_nearest(turns); /* [-1/2, 1/2] */
  if (t < 0)
    t = -t;
  double sign = 1.0;
  if (t > 0.25) {
    t = 0.5 - t;
    sign = -1.0;
  }
  return sign * (t <= 0.125 ? cos_octant(t) : sin_octant(0.25 - t));
}

double scalar_sin_turn(double turns) {
  double t = turns - round_nearest(turns), sign = 1.0;
  if (t < 0) {
    t = -t;
    sign = -1.0;
  }
  if (t > 0.25)
    t = 0.5 - t;
  return sign * (t <= 0.125 ? sin_octant(t) : cos_octant(0.25 - t));
}

double scalar_sqrt(double x) { return __builtin_sqrt(x); }
