/* vector_math_test.c: vec_exp, vec_expm1 and vec_log against the C library's in double: every 509th
 * float there is (every 8191st under sanitizers) and the neighbours of every edge. Depends on
 * check.h, libm.h, vector_math.h. */
#include "vector_math.h"

#include <stddef.h>

#include "check.h"
#include "libm.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THINNED 1
#endif
#endif
#if defined(THINNED) || defined(__SANITIZE_ADDRESS__)
enum { EVERY = 8191 };
#else
enum { EVERY = 509 };
#endif

/* vector_math.h promises relative errors of about 1e-7; what that means here, in units of 2^-24
 * (5.96e-8, the error of one rounding). exp: the last addition rounds once, the result of 0.7 to
 * 1.41 makes that up to 1.41, r is off by 0.35 and the sum before it by 0.35 more. log: a rounding
 * each of f + low and of the last addition, and of low. expm1: near -0.5 exp's error weighs
 * 0.61 / 0.39 and the subtraction is exact; near 0.5 it weighs 1.65 / 0.65. */
static const double UNIT = 0x1p-24;
static const double EXP_UNITS = 2.2, LOG_UNITS = 2.2, EXPM1_UNITS = 4.5;

static float from_bits(uint32_t bits) {
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

typedef struct Function {
  const char *name;
  Vec (*vector)(Vec x);
  double (*wanted)(double x);
  double units, worst; /* allowed and seen relative error */
  float worst_at;
  long compared;
} Function;

static Vec exp_of(Vec x) { return vec_exp(x); }
static Vec expm1_of(Vec x) { return vec_expm1(x); }
static Vec log_of(Vec x) { return vec_log(x); }

/* The promises of vector_math.h, beyond the range as well. */
static double wanted_exp(double x) { return x < -87 ? 0 : libm_exp(x > 88 ? 88 : x); }
static double wanted_expm1(double x) { return x < -87 ? -1 : libm_expm1(x > 88 ? 88 : x); }
static double wanted_log(double x) {
  return x < 0x1p-126 ? libm_log(0x1p-126) : libm_log(x); /* infinity passes through */
}

/* Four (or LANES) different numbers at once, so that a lane that leaks into another shows. */
static void compare(Function *function, const float *x) {
  Vec in, out;
  memcpy(&in, x, sizeof in);
  out = function->vector(in);
  for (int lane = 0; lane < LANES; lane++) {
    double wanted = function->wanted((double)x[lane]), got = (double)out[lane];
    function->compared++;
    if (x[lane] != x[lane]) {
      if (got == got)
        CHECK(0, "%s(NaN) is %g", function->name, got);
      continue;
    }
    if (got == wanted)
      continue;
    double error = fabs(got - wanted) / fabs(wanted) / UNIT;
    if (!(error <= function->units))
      CHECK(0, "%s(%a) is %a, wanted %a: off by %g units", function->name, (double)x[lane], got,
            wanted, error);
    if (!(error <= function->worst))
      function->worst = error, function->worst_at = x[lane];
  }
}

/* The numbers around x, 64 floats to both sides. */
static void around(Function *function, float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  for (int k = -64; k < 64; k += LANES) {
    float numbers[LANES];
    for (int lane = 0; lane < LANES; lane++)
      numbers[lane] = from_bits(bits + (uint32_t)(k + lane));
    compare(function, numbers);
  }
}

static float one(const Function *function, float x) {
  return function->vector(vec_all(x))[LANES - 1];
}

int main(int count, char **words) {
  check_start(count, words);
  if (!CHECK(libm_load(), "no libm to compare with"))
    return check_finish();
  Function functions[] = {
      {.name = "vec_exp", .vector = exp_of, .wanted = wanted_exp, .units = EXP_UNITS},
      {.name = "vec_expm1", .vector = expm1_of, .wanted = wanted_expm1, .units = EXPM1_UNITS},
      {.name = "vec_log", .vector = log_of, .wanted = wanted_log, .units = LOG_UNITS}};
  static const float edges[] = {0.0f,
                                -0.0f,
                                1.0f,
                                -1.0f,
                                0.5f,
                                -0.5f,
                                -87.0f,
                                88.0f,
                                0x1p-126f,
                                -0x1p-126f,
                                0x1p-149f,
                                0x1.62e43p-2f,
                                0x1.6a09e6p-1f,
                                0x1.6a09e6p0f,
                                2.0f,
                                0x1.fffffep127f,
                                -0x1.fffffep127f,
                                0x1p-24f,
                                -0x1p-24f,
                                0x1.fffffep-1f};
  for (size_t k = 0; k < sizeof functions / sizeof *functions; k++) {
    Function *function = &functions[k];
    /* the seed shifts the grid, so that other seeds see other numbers */
    uint64_t bits = check_seed * 7919 % EVERY;
    while (bits + (LANES - 1) * (uint64_t)EVERY < 1ull << 32) {
      float numbers[LANES];
      for (int lane = 0; lane < LANES; lane++, bits += EVERY)
        numbers[lane] = from_bits((uint32_t)bits);
      compare(function, numbers);
    }
    for (size_t edge = 0; edge < sizeof edges / sizeof *edges; edge++)
      around(function, edges[edge]);
    /* every float of one binade around 1, where results are near 0 for log and large steps show */
    for (uint32_t at = 0; at + LANES <= 1u << 24; at += EVERY > 509 ? 64 * LANES : LANES) {
      float numbers[LANES];
      for (int lane = 0; lane < LANES; lane++)
        numbers[lane] = from_bits(0x3F000000u + at + (uint32_t)lane);
      compare(function, numbers);
    }
    printf("%s: %ld numbers, worst error %.3f * 2^-24 at %a, allowed %.1f\n", function->name,
           function->compared, function->worst, (double)function->worst_at, function->units);
    CHECK(function->compared > 500000, "%ld compared", function->compared);
    /* the bound is not slack: an error of one more rounding would show */
    CHECK(function->worst > 0.4 * function->units, "worst %g of %g allowed", function->worst,
          function->units);
  }

  const Function *e = &functions[0], *em1 = &functions[1], *l = &functions[2];
  CHECK(one(e, 0.0f) == 1 && one(e, -0.0f) == 1, "e^0");
  CHECK(one(e, -87.00001f) == 0 && one(e, -INFINITY) == 0 && one(e, -3e38f) == 0, "e^-large");
  CHECK(one(e, -87.0f) > 0x1p-126f, "the least result is normal");
  CHECK(one(e, 88.0f) == one(e, 3e38f) && one(e, 88.0f) == one(e, INFINITY), "e^large");
  CHECK(one(e, 88.0f) < INFINITY, "e^88 is finite");
  CHECK(one(em1, 0.0f) == 0 && one(em1, -0.0f) == 0 && one(em1, -INFINITY) == -1, "expm1, edges");
  CHECK(one(em1, 1e-30f) == 1e-30f && one(em1, 0x1p-149f) == 0x1p-149f, "expm1 of tiny numbers");
  CHECK(one(l, 1.0f) == 0 && one(l, INFINITY) == INFINITY, "ln 1, ln infinity");
  CHECK(one(l, 0.0f) == one(l, 0x1p-126f) && one(l, -1.0f) == one(l, 0x1p-126f) &&
            one(l, 0x1p-149f) == one(l, 0x1p-126f) && one(l, -INFINITY) == one(l, 0x1p-126f),
        "ln of what is no positive normal number");
  CHECK_CLOSE(one(l, 0x1p-126f), -87.33654475, 87.4 * 2 * UNIT);
  for (size_t k = 0; k < 3; k++)
    CHECK(one(&functions[k], NAN) != one(&functions[k], NAN) &&
              one(&functions[k], -NAN) != one(&functions[k], -NAN),
          "%s of NaN", functions[k].name);
  return check_finish();
}
