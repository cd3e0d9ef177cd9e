/* scalar_test.c: the engine's own exp, log, power, cosine and sine against the C library's in long
 * double (64 bits of mantissa on x86), over their whole ranges. Errors are in units in the last
 * place of the correctly rounded double. */
#include "check.h"

#include <dlfcn.h>
#include <float.h>
#include <math.h>

#include "random.h"
#include "scalar.h"

enum { DRAWS = 200000 };

typedef double Function(double x);
typedef long double Reference(long double x);

/* libm, fetched at run time: nothing of this project is linked with it, nor are its tests. */
static struct {
  Reference *exp, *log, *log1p, *sin, *cos, *round;
  long double (*pow)(long double x, long double power);
} libm;

static int load_libm(void) {
  void *library = dlopen("libm.so.6", RTLD_NOW);
  if (!library)
    library = RTLD_DEFAULT; /* part of the C library, elsewhere than in GNU */
  libm.exp = (Reference *)dlsym(library, "expl");
  libm.log = (Reference *)dlsym(library, "logl");
  libm.log1p = (Reference *)dlsym(library, "log1pl");
  libm.sin = (Reference *)dlsym(library, "sinl");
  libm.cos = (Reference *)dlsym(library, "cosl");
  libm.round = (Reference *)dlsym(library, "roundl");
  libm.pow = (long double (*)(long double, long double))dlsym(library, "powl");
  return libm.exp && libm.log && libm.log1p && libm.sin && libm.cos && libm.round && libm.pow;
}

/* |got - wanted| in units in the last place of wanted; 0 for equal infinities or two NaNs. */
static double ulps(double got, long double wanted) {
  if (isnan(got) || isnan(wanted))
    return isnan(got) && isnan(wanted) ? 0 : INFINITY;
  double rounded = (double)wanted;
  if (isinf(rounded) || isinf(got))
    return got == rounded ? 0 : INFINITY;
  double size = fabs(rounded), next;
  uint64_t bits;
  memcpy(&bits, &size, sizeof bits);
  bits++;
  memcpy(&next, &bits, sizeof next);
  double unit = next - size;
  return (double)(fabsl((long double)got - wanted) / (long double)unit);
}

/* Random x in [low, high] and the ends. Logarithmic: |x| between them, evenly by magnitude. */
static void compare(const char *name, Function *function, Reference *reference, double low,
                    double high, int logarithmic, double allowed) {
  Random random = random_stream(check_seed, RANDOM_DATA, 1000, 0);
  double worst = 0, worst_x = low;
  for (int k = 0; k < DRAWS; k++) {
    double part = (double)(random_u64(&random) >> 11) * 0x1p-53;
    double x = low + part * (high - low);
    if (logarithmic)
      x = (double)libm.exp(libm.log(low) + part * (libm.log(high) - libm.log(low)));
    if (k == 0)
      x = low;
    if (k == 1)
      x = high;
    double error = ulps(function(x), reference(x));
    if (!(error <= worst)) {
      worst = error;
      worst_x = x;
    }
  }
  CHECK(worst <= allowed, "%s(%a = %g) is off by %.2f ulp, allowed %.2f: got %.17g, wanted %.17Lg",
        name, worst_x, worst_x, worst, allowed, function(worst_x), reference(worst_x));
}

/* The reference for turns: reduced exactly before pi comes in. */
static long double sin_turn(long double t) {
  t -= libm.round(t);
  long double s = t < 0 ? -1 : 1;
  t = fabsl(t);
  if (t > 0.25L)
    t = 0.5L - t;
  return s * (t <= 0.125L ? libm.sin(2 * 3.14159265358979323846264338327950288L * t)
                          : libm.cos(2 * 3.14159265358979323846264338327950288L * (0.25L - t)));
}
static long double cos_turn(long double t) {
  t = fabsl(t - libm.round(t));
  return sin_turn(0.25L - t);
}
static long double log1p_negative(long double x) { return libm.log1p(-x); }
static double own_log1p_negative(double x) { return scalar_log1p(-x); }
static long double sin_negative(long double x) { return sin_turn(-x); }
static double own_sin_negative(double x) { return scalar_sin_turn(-x); }

static void ranges(void) {
  compare("exp", scalar_exp, libm.exp, -708, 709.7, 0, 2);
  compare("exp", scalar_exp, libm.exp, -1, 1, 0, 1.5);
  compare("exp", scalar_exp, libm.exp, 1e-300, 1e-3, 1, 1);
  compare("log", scalar_log, libm.log, DBL_TRUE_MIN, DBL_MAX, 1, 2.5);
  compare("log", scalar_log, libm.log, 0.5, 2, 0, 2.5);
  compare("log", scalar_log, libm.log, 1 - 1e-9, 1 + 1e-9, 0, 1.5);
  compare("log1p", scalar_log1p, libm.log1p, 1e-300, 1e300, 1, 3);
  compare("log1p", scalar_log1p, libm.log1p, -0.2, 0.2, 0, 3);
  compare("log1p", own_log1p_negative, log1p_negative, 1e-300, 1 - 1e-15, 1, 3);
  compare("cos_turn", scalar_cos_turn, cos_turn, -1, 1, 0, 3);
  compare("cos_turn", scalar_cos_turn, cos_turn, 1e-9, 1e300, 1, 3);
  compare("sin_turn", scalar_sin_turn, sin_turn, -1, 1, 0, 3);
  compare("sin_turn", scalar_sin_turn, sin_turn, 1e-300, 1e300, 1, 3);
  compare("sin_turn", own_sin_negative, sin_negative, 1e-300, 1e300, 1, 3);
}

static void power(void) {
  Random random = random_stream(check_seed, RANDOM_DATA, 1001, 0);
  double worst = 0, worst_x = 0, worst_power = 0;
  for (int k = 0; k < DRAWS; k++) {
    double x = (double)libm.exp(80.0L * random_unit(&random) - 40),
           p = 32.0 * random_unit(&random) - 16.0;
    long double wanted = libm.pow(x, p), logarithm = fabsl(p * libm.log(x));
    if (logarithm > 700)
      continue;
    /* the formula of scalar.h, in units of 2^-52 */
    double error =
        (double)(fabsl(scalar_power(x, p) - wanted) / wanted * 0x1p52L / (2 + 2 * logarithm));
    if (!(error <= worst)) {
      worst = error;
      worst_x = x;
      worst_power = p;
    }
  }
  CHECK(worst <= 1, "power(%g, %g): %g of the documented error", worst_x, worst_power, worst);
  CHECK(worst > 0.01, "the documented error of power is too generous: %g", worst);
  for (int n = 1; n < 3000; n++)
    CHECK_CLOSE(scalar_power(0.999, n) / (double)libm.pow(0.999, n), 1, (2 + 0.0021 * n) * 0x1p-52);
}

/* The same, to the bit, and NaN is NaN. */
static int same(double a, double b) { return isnan(a) ? isnan(b) : a == b; }
#define CHECK_SAME(got, wanted)                                                                    \
  CHECK(same(got, wanted), "got %.17g = %a, wanted %.17g", got, got, wanted)

static void edges(void) {
  CHECK_SAME(scalar_exp(0), 1.0);
  CHECK_SAME(scalar_exp(-0.0), 1.0);
  CHECK_SAME(scalar_exp(-708.0001), 0.0);
  CHECK_SAME(scalar_exp(-INFINITY), 0.0);
  CHECK_SAME(scalar_exp(709.71), INFINITY);
  CHECK_SAME(scalar_exp(INFINITY), INFINITY);
  CHECK_SAME(scalar_exp(NAN), NAN);
  CHECK_SAME(scalar_exp(5e-324), 1.0);

  CHECK_SAME(scalar_log(1), 0.0);
  CHECK_SAME(scalar_log(0), -INFINITY);
  CHECK_SAME(scalar_log(-0.0), -INFINITY);
  CHECK_SAME(scalar_log(-5e-324), NAN);
  CHECK_SAME(scalar_log(-INFINITY), NAN);
  CHECK_SAME(scalar_log(INFINITY), INFINITY);
  CHECK_SAME(scalar_log(NAN), NAN);
  for (int exponent = -1074; exponent < 1024; exponent++) {
    double x = ldexp(1, exponent);
    CHECK(!libm.log || ulps(scalar_log(x), libm.log(x)) <= 1, "log(2^%d)", exponent);
  }

  CHECK_SAME(scalar_log1p(0), 0.0);
  CHECK_SAME(scalar_log1p(-1), -INFINITY);
  CHECK_SAME(scalar_log1p(-1.5), NAN);
  CHECK_SAME(scalar_log1p(NAN), NAN);
  CHECK_SAME(scalar_log1p(INFINITY), INFINITY);
  CHECK_SAME(scalar_log1p(1e-320), 1e-320);

  CHECK_SAME(scalar_power(0, 2), 0.0);
  CHECK_SAME(scalar_power(0, 0), 1.0);
  CHECK_SAME(scalar_power(0, -1), INFINITY);
  CHECK_SAME(scalar_power(3, 0), 1.0);
  CHECK_SAME(scalar_power(INFINITY, 0), 1.0);
  CHECK_SAME(scalar_power(INFINITY, 2), INFINITY);
  CHECK_SAME(scalar_power(INFINITY, -2), 0.0);
  CHECK_SAME(scalar_power(1, 1e300), 1.0);
  CHECK_SAME(scalar_power(-2, 2), NAN);
  CHECK_SAME(scalar_power(NAN, 2), NAN);
  CHECK_SAME(scalar_power(2, NAN), NAN);

  for (int quarter = -8; quarter <= 8; quarter++) { /* exact at the quarters of a turn */
    static const double wanted[] = {1, 0, -1, 0};
    double t = quarter / 4.0;
    CHECK_SAME(scalar_cos_turn(t), wanted[(quarter + 8) % 4]);
    CHECK_SAME(scalar_sin_turn(t), wanted[(quarter + 11) % 4]);
  }
  static const double large[] = {0x1p51 + 0.5, 0x1p52 - 0.5, 0x1p52 + 1,
                                 0x1p53 - 1,   0x1p60,       DBL_MAX};
  for (size_t k = 0; k < sizeof large / sizeof *large; k++) {
    double wanted = k < 2 ? -1 : 1; /* only the first two are not whole */
    CHECK_SAME(scalar_cos_turn(large[k]), wanted);
    CHECK_SAME(scalar_cos_turn(-large[k]), wanted);
    CHECK_SAME(scalar_sin_turn(large[k]), 0.0);
    CHECK_SAME(scalar_sin_turn(-large[k]), 0.0);
  }
  CHECK_SAME(scalar_cos_turn(INFINITY), NAN);
  CHECK_SAME(scalar_sin_turn(-INFINITY), NAN);
  CHECK_SAME(scalar_cos_turn(NAN), NAN);

  CHECK_SAME(scalar_sqrt(2), 0x1.6a09e667f3bcdp0);
  CHECK_SAME(scalar_sqrt(-1), NAN);
}

/* Bits that every build must give. */
static void golden(void) {
  CHECK_SAME(scalar_exp(1), 0x1.5bf0a8b14576ap+1);
  CHECK_SAME(scalar_exp(-20.5), 0x1.57a3afeed00acp-30);
  CHECK_SAME(scalar_log(10), 0x1.26bb1bbb55516p+1);
  CHECK_SAME(scalar_log1p(0.3), 0x1.0ca937be1b9dcp-2);
  CHECK_SAME(scalar_power(0.999, 1234), 0x1.29edc3254efc3p-2);
  CHECK_SAME(scalar_cos_turn(0.3), -0x1.3c6ef372fe94ep-2);
  CHECK_SAME(scalar_sin_turn(0.3), 0x1.e6f0e134455p-1);
}

int main(int count, char **words) {
  check_start(count, words);
  if (CHECK(load_libm(), "the C library's mathematics cannot be loaded")) {
    ranges();
    power();
  }
  edges();
  golden();
  return check_finish();
}
