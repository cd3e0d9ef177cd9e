/* regularizer_test.c: the regularizers against their formulas written once more in double (which
 * are themselves checked by central differences), and by their properties: scale-, sign-, row- and
 * column-permutation invariance, <W, dR/dW> = 0, m*n for a uniform matrix, what mix sees, smooth in
 * the order. Tolerances: see penalty_tolerance. Depends on check.h, libm.h, regularizer.h,
 * random.h.
 */
#include "regularizer.h"

#include <float.h>

#include "check.h"
#include "libm.h"
#include "memory.h"
#include "panel.h"
#include "random.h"

static const double UNIT = 0x1p-24; /* the rounding error of one float operation */
enum { CELLS_MAXIMUM = 64 * 64 };

static double larger(double a, double b) { return a > b ? a : b; }

static Random stream;
static Kernels kernels;

/* ---- the formulas in double (tests/vectors/make_vectors.py, with orders near 1 made exact) --- */

/* Sum of (x + e)^a - e^a over t, less what is the same for all x: the sum of x E(x) with
 * E = ((x+e)^t - 1) / t, so that nothing is lost as t = a - 1 goes to 0, where E = ln (x + e). */
static double excess(double base, double t) {
  return t == 0 ? libm_log(base) : libm_expm1(t * libm_log(base)) / t;
}

typedef struct Hill {
  double value;    /* ln N */
  double factor;   /* dlnN/dx = factor * psi(x) + a constant */
  double psi_part; /* sum of x |factor psi|: the size of what cancels in the slope */
} Hill;

/* ln N of `count` cells x, and psi(x) into psi: E(x) for order 1 (with x/(x+e)) and near, the power
 * else. */
static Hill hill(const double *x, size_t count, double order, double *psi) {
  double e = 0.01 / (double)count, u = 1 / (double)count + e, t = order - 1, sum = 0, uniform;
  Hill result = {0};
  if (order > 0.75 && order < 1.25) { /* sum (x+e)^a - e^a = 1 + t phi with sum x = 1 */
    for (size_t k = 0; k < count; k++) {
      psi[k] = excess(x[k] + e, t) + (t == 0 ? x[k] / (x[k] + e) : 0);
      sum +=
          t == 0 ? x[k] * libm_log(x[k] + e) : (x[k] + e) * excess(x[k] + e, t) - e * excess(e, t);
    }
    uniform = t == 0 ? libm_log(u) : (double)count * (u * excess(u, t) - e * excess(e, t));
    result.value = libm_log((double)count) -
                   (t == 0 ? sum - uniform : (libm_log1p(t * sum) - libm_log1p(t * uniform)) / t);
    result.factor = t == 0 ? -1 : -order / (1 + t * sum);
  } else {
    double largest = 0;
    for (size_t k = 0; k < count; k++)
      largest = x[k] + e > largest ? x[k] + e : largest;
    for (size_t k = 0; k < count; k++) {
      double ratio = (x[k] + e) / largest;
      psi[k] = libm_pow(ratio, t);
      sum += libm_pow(ratio, order) - libm_pow(e / largest, order);
    }
    uniform = libm_log((double)count) + order * libm_log(u) + libm_log1p(-libm_pow(e / u, order));
    result.value = libm_log((double)count) +
                   (libm_log(sum) + order * libm_log(largest) - uniform) / (1 - order);
    result.factor = order / ((1 - order) * sum * largest);
  }
  for (size_t k = 0; k < count; k++)
    result.psi_part += x[k] * fabs(result.factor * psi[k]);
  return result;
}

typedef struct Penalty {
  double value;
  double slope[CELLS_MAXIMUM]; /* dR/d|w| */
  double size[CELLS_MAXIMUM];  /* of the terms that make up the slope: what rounding works on */
} Penalty;

static void arrangement(const double *w, uint32_t rows, uint32_t columns, double order, double mix,
                        Penalty *result) {
  static double p[CELLS_MAXIMUM], psi[CELLS_MAXIMUM], r[CELLS_MAXIMUM], r_psi[CELLS_MAXIMUM],
      c[CELLS_MAXIMUM], c_psi[CELLS_MAXIMUM];
  size_t cells = (size_t)rows * columns;
  double total = 0, mean = 0;
  *result = (Penalty){0};
  for (size_t k = 0; k < cells; k++)
    total += fabs(w[k]);
  if (total == 0)
    return;
  memset(r, 0, sizeof r), memset(c, 0, sizeof c);
  for (size_t k = 0; k < cells; k++) {
    p[k] = fabs(w[k]) / total;
    r[k / columns] += p[k];
    c[k % columns] += p[k];
  }
  Hill of_cells = hill(p, cells, order, psi), of_rows = hill(r, rows, order, r_psi);
  Hill of_columns = hill(c, columns, order, c_psi);
  result->value = libm_exp((1 - mix) * of_cells.value + mix * (of_rows.value + of_columns.value));
  double part = (1 - mix) * of_cells.psi_part + mix * (of_rows.psi_part + of_columns.psi_part);
  for (int pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < cells; k++) {
      double cell = (1 - mix) * of_cells.factor * psi[k],
             row = mix * of_rows.factor * r_psi[k / columns];
      double column = mix * of_columns.factor * c_psi[k % columns], d = cell + row + column;
      if (pass == 0)
        mean += p[k] * d;
      else {
        result->slope[k] = result->value / total * (d - mean);
        result->size[k] = result->value / total * (fabs(cell) + fabs(row) + fabs(column) + part);
      }
    }
}

/* Any row of the table in double, by name. */
static void penalty(const char *name, const double *w, uint32_t rows, uint32_t columns,
                    double order, double mix, Penalty *result) {
  size_t cells = (size_t)rows * columns;
  double total = 0, squares = 0, share = 0;
  static double row_norm[CELLS_MAXIMUM], column_norm[CELLS_MAXIMUM];
  if (!strcmp(name, "arrangement")) {
    arrangement(w, rows, columns, order, mix, result);
    return;
  }
  *result = (Penalty){0};
  memset(row_norm, 0, sizeof row_norm), memset(column_norm, 0, sizeof column_norm);
  for (size_t k = 0; k < cells; k++) {
    total += fabs(w[k]);
    squares += w[k] * w[k];
    row_norm[k / columns] += w[k] * w[k];
    column_norm[k % columns] += w[k] * w[k];
  }
  if (!strcmp(name, "l1"))
    share = 1;
  else if (!strcmp(name, "elastic-net"))
    share = mix;
  if (!strcmp(name, "l1") || !strcmp(name, "l2") || !strcmp(name, "elastic-net")) {
    result->value = share * total + (1 - share) * squares / 2;
    for (size_t k = 0; k < cells; k++)
      result->size[k] = result->slope[k] = share + (1 - share) * fabs(w[k]);
  } else if (!strcmp(name, "hoyer-square") && squares > 0) {
    result->value = total * total / squares;
    for (size_t k = 0; k < cells; k++) {
      double pull = 2 * total / squares,
             push = 2 * (total / squares) * (total / squares) * fabs(w[k]);
      result->slope[k] = pull - push;
      result->size[k] = pull + push;
    }
  } else if (!strcmp(name, "group-lasso")) {
    for (uint32_t r = 0; r < rows; r++)
      result->value += row_norm[r] = sqrt(row_norm[r]);
    for (uint32_t c = 0; c < columns; c++)
      result->value += column_norm[c] = sqrt(column_norm[c]);
    /* a group of zeros pulls with its even share of the subgradient */
    for (size_t k = 0; k < cells; k++) {
      double row = row_norm[k / columns], column = column_norm[k % columns];
      result->slope[k] = (row > 0 ? fabs(w[k]) / row : 1 / sqrt((double)columns)) +
                         (column > 0 ? fabs(w[k]) / column : 1 / sqrt((double)rows));
      result->size[k] = result->slope[k];
    }
  } else if (strcmp(name, "none") && total > 0)
    CHECK(0, "this test has no formula for %s", name);
}

/* ---- tolerances ------------------------------------------------------------------------------
 * With u = UNIT: a column sum adds up to `rows` floats, a row sum columns / 16 + 4; a p, and so
 * each psi and phi, is off by that many u; the order multiplies it (a - 1 in psi's exponent; a in
 * phi's), and so does a logarithm of the smallest cell, where the logarithm or a power of it is
 * taken. ln N is off by as much over |1 - a| where the power form is used; elsewhere the sum itself
 * is a logarithm. 12 stands for the fixed number of roundings in one psi and one slope. Worst cases
 * add up in the same direction; roundings do not, so this is some 10 times what is seen. */
static double roundings(uint32_t rows, uint32_t columns, double order, double smallest) {
  double logarithm = fabs(libm_log(smallest));
  double length = 12 + (rows < 16 ? rows : 4 * sqrt((double)rows)) + columns / 16.0;
  double steepness =
      1 + fabs(order - 1) + (order == 0.5 ? 0 : logarithm * (1 + fabs(order - 1)) / 4);
  return UNIT * length * steepness;
}

static double value_tolerance(uint32_t rows, uint32_t columns, double order) {
  double logarithm = libm_log(101.0 * rows * columns), inverse = fabs(order - 1);
  double power = inverse >= 0.25 ? order / inverse + 1 : logarithm;
  return roundings(rows, columns, order, 0.01 / ((double)rows * columns)) * power;
}

/* ---- matrices -------------------------------------------------------------------------------- */

typedef enum Shape { GAUSS, SPARSE, HEAVY, SCALED, SHAPES } Shape;

static void fill(float *w, size_t cells, Shape shape) {
  for (size_t k = 0; k < cells; k++) {
    double x = random_normal(&stream);
    if (shape == SPARSE && random_below(&stream, 10) < 7)
      x = 0;
    if (shape == HEAVY)
      x = x < 0 ? -libm_exp(2 * random_normal(&stream)) : libm_exp(2 * random_normal(&stream));
    if (shape == SCALED)
      x *= 1e-6;
    w[k] = (float)x;
  }
  w[random_below(&stream, (uint32_t)cells)] = shape == SCALED ? 1e-6f : 1.0f; /* never all zero */
}

static void to_double(const float *w, size_t cells, double *to) {
  for (size_t k = 0; k < cells; k++)
    to[k] = (double)w[k];
}

static const Regularizer *find(const char *name) {
  int row = regularizer_find(name);
  if (row < 0) {
    CHECK(0, "no regularizer %s", name);
    exit(check_finish());
  }
  return &regularizer_table[row];
}

static double evaluate(const Regularizer *regularizer, double order, double mix, const float *w,
                       uint32_t rows, uint32_t columns, float *gradient, float *slope) {
  RegularizerParameters parameters = {order, mix};
  double value = NAN;
  Error error = {STATUS_OK, ""};
  Status status = regularizer_evaluate(regularizer, &parameters, &kernels, w, rows, columns, &value,
                                       gradient, slope, &error);
  CHECK(status == STATUS_OK, "%s, order %g, mix %g: %s", regularizer->name, order, mix, error.text);
  return value;
}

static double value_of(double order, double mix, const float *w, uint32_t rows, uint32_t columns) {
  return evaluate(find("arrangement"), order, mix, w, rows, columns, NULL, NULL);
}

static const double orders[] = {0.1,      0.5, 0.6,  0.75, 0.9, 0.999999, 1,
                                1.000001, 1.1, 1.25, 1.5,  2,   5,        50};
static const double mixes[] = {0, 0.3, 0.5, 1};
enum { ORDERS = sizeof orders / sizeof *orders, MIXES = sizeof mixes / sizeof *mixes };
static const uint32_t shapes[][2] = {{1, 1}, {1, 9},   {5, 1},   {3, 4},  {5, 7},
                                     {8, 9}, {17, 33}, {40, 15}, {64, 64}};
enum { MATRICES = sizeof shapes / sizeof *shapes };

/* ---- the double formulas themselves -----------------------------------------------------------
 */

/* Central differences of step h = 1e-5 |w|: off by h^2 R''' and by 1e-16 R / h; 1e-6 of the terms'
 * size holds both. */
static void test_differences(void) {
  static Penalty result, more, less;
  double w[20];
  float start[20];
  for (int row = 0; row < regularizer_count; row++)
    for (int order = 0; order < ORDERS; order++)
      for (int mix = 0; mix < MIXES; mix++) {
        const char *name = regularizer_table[row].name;
        fill(start, 20, GAUSS);
        to_double(start, 20, w);
        for (int k = 0; k < 20; k++) /* away from the kink */
          w[k] += w[k] < 0 ? -0.1 : 0.1;
        penalty(name, w, 4, 5, orders[order], mixes[mix], &result);
        double signal = 0, tolerance = 0;
        for (int k = 0; k < 20; k++) {
          double here = w[k], h = 1e-5 * fabs(here);
          w[k] = here + h;
          penalty(name, w, 4, 5, orders[order], mixes[mix], &more);
          w[k] = here - h;
          penalty(name, w, 4, 5, orders[order], mixes[mix], &less);
          w[k] = here;
          double slope = (more.value - less.value) / (2 * h) * (here < 0 ? -1 : 1);
          double allowed = 1e-6 * result.size[k] + 1e-14 * result.value / h;
          if (!CHECK_CLOSE(result.slope[k], slope, allowed))
            fprintf(stderr, "  %s, order %g, mix %g, weight %d\n", name, orders[order], mixes[mix],
                    k);
          signal = larger(signal, fabs(slope));
          tolerance = larger(tolerance, allowed);
        }
        CHECK(!strcmp(name, "none") || tolerance < 1e-3 * signal, "%s: tolerance %g, signal %g",
              name, tolerance, signal);
      }
}

/* ---- the engine against them -------------------------------------------------------------------
 */

static void check_against_double(const Regularizer *regularizer, const float *w, uint32_t rows,
                                 uint32_t columns, double order, double mix, int has_signal) {
  static Penalty wanted;
  static double exact[CELLS_MAXIMUM];
  static float gradient[CELLS_MAXIMUM], slope[CELLS_MAXIMUM];
  size_t cells = (size_t)rows * columns;
  to_double(w, cells, exact);
  penalty(regularizer->name, exact, rows, columns, order, mix, &wanted);
  double value = evaluate(regularizer, order, mix, w, rows, columns, gradient, slope);
  double relative = value_tolerance(rows, columns, order),
         each = roundings(rows, columns, order, 0.01 / cells);
  CHECK(relative < 0.01, "tolerance %g of a value", relative);
  if (!CHECK_CLOSE(value, wanted.value, relative * wanted.value))
    fprintf(stderr, "  %s, order %g, mix %g, %u x %u\n", regularizer->name, order, mix, rows,
            columns);
  double signal = 0, allowed = 0, far = 0;
  size_t far_at = 0;
  for (size_t k = 0; k < cells; k++) {
    double tolerance = each * wanted.size[k];
    double off =
        w[k] != 0 || wanted.slope[k] != 0 ? fabs(slope[k] - wanted.slope[k]) / tolerance : 0;
    if (!strcmp(regularizer->name, "none") || wanted.size[k] == 0)
      off = w[k] != 0 ? fabs((double)slope[k]) * 1e30 : 0;
    if (!(off <= far))
      far = off, far_at = k;
    signal = larger(signal, fabs(wanted.slope[k]));
    allowed = larger(allowed, tolerance);
    double sign = w[k] > 0 ? 1 : w[k] < 0 ? -1 : 0;
    if (!((double)gradient[k] == sign * (double)slope[k]))
      CHECK(0, "%s: gradient %g is not slope %g on the sign of %g", regularizer->name,
            (double)gradient[k], (double)slope[k], (double)w[k]);
  }
  CHECK(far <= 1,
        "%s, order %g, mix %g, %u x %u: slope %zu is %.9g, wanted %.9g, %.3g times what is allowed",
        regularizer->name, order, mix, rows, columns, far_at, (double)slope[far_at],
        wanted.slope[far_at], far);
  CHECK(!has_signal || allowed < 0.02 * signal,
        "%s, order %g, mix %g, %u x %u: tolerance %g, signal %g", regularizer->name, order, mix,
        rows, columns, allowed, signal);
}

static void test_engine(void) {
  static float w[CELLS_MAXIMUM];
  for (int row = 0; row < regularizer_count; row++)
    for (int matrix = 0; matrix < MATRICES; matrix++)
      for (int shape = 0; shape < SHAPES; shape++) {
        uint32_t rows = shapes[matrix][0], columns = shapes[matrix][1];
        fill(w, (size_t)rows * columns, (Shape)shape);
        for (int order = 0; order < ORDERS; order++)
          for (int mix = 0; mix < MIXES; mix++)
            check_against_double(
                &regularizer_table[row], w, rows, columns, orders[order], mixes[mix],
                rows > 1 && columns > 1 && strcmp(regularizer_table[row].name, "none"));
      }
}

/* ---- properties --------------------------------------------------------------------------------
 */

static void test_uniform(void) {
  static float w[CELLS_MAXIMUM];
  for (int matrix = 0; matrix < MATRICES; matrix++)
    for (int order = 0; order < ORDERS; order++)
      for (int mix = 0; mix < MIXES; mix++) {
        uint32_t rows = shapes[matrix][0], columns = shapes[matrix][1];
        for (size_t k = 0; k < (size_t)rows * columns; k++)
          w[k] = k % 3 ? 0.37f : -0.37f;
        double cells = (double)rows * columns,
               tolerance = value_tolerance(rows, columns, orders[order]);
        double value = value_of(orders[order], mixes[mix], w, rows, columns);
        if (!CHECK_CLOSE(value, cells, tolerance * cells))
          fprintf(stderr, "  order %g, mix %g, %u x %u\n", orders[order], mixes[mix], rows,
                  columns);
        CHECK(tolerance < 0.01, "tolerance %g", tolerance);
        w[0] = 0.74f; /* less even: fewer effective weights */
        if (cells > 1 && cells < 100)
          CHECK(value_of(orders[order], mixes[mix], w, rows, columns) <
                    cells * (1 - tolerance) - 1e-4,
                "an uneven matrix, order %g, mix %g", orders[order], mixes[mix]);
      }
}

static void test_invariance(void) {
  enum { ROWS = 23, COLUMNS = 37, CELLS = ROWS * COLUMNS };
  static float w[CELLS], changed[CELLS], gradient[CELLS], other[CELLS], slope[CELLS];
  uint32_t row_order[ROWS], column_order[COLUMNS];
  const Regularizer *regularizer = find("arrangement");
  for (int shape = 0; shape < SHAPES; shape++)
    for (int order = 0; order < ORDERS; order++)
      for (int mix = 0; mix < MIXES; mix++) {
        double a = orders[order], x = mixes[mix];
        fill(w, CELLS, (Shape)shape);
        double value = evaluate(regularizer, a, x, w, ROWS, COLUMNS, gradient, slope);
        double tolerance = value_tolerance(ROWS, COLUMNS, a) * value;
        /* what rounding works on in the gradient, for slopes that nearly cancel */
        static Penalty exact;
        static double w_double[CELLS];
        to_double(w, CELLS, w_double);
        arrangement(w_double, ROWS, COLUMNS, a, x, &exact);
        double each = 2 * roundings(ROWS, COLUMNS, a, 0.01 / CELLS), product = 0, size = 0;
        for (int k = 0; k < CELLS; k++) {
          product += (double)w[k] * (double)gradient[k];
          size += fabs((double)w[k]) * exact.size[k];
        }
        CHECK(fabs(product) <= each * size, "<W, dR/dW> is %g of %g, order %g, mix %g", product,
              size, a, x);

        /* powers of two change no bit but the exponents; other factors round */
        static const float factors[] = {0x1p20f, 0x1p-30f, 37.0f, 1e-3f};
        for (int f = 0; f < 4; f++) {
          for (int k = 0; k < CELLS; k++)
            changed[k] = w[k] * factors[f];
          double scaled = evaluate(regularizer, a, x, changed, ROWS, COLUMNS, other, NULL);
          CHECK_CLOSE(scaled, value, f < 2 ? 0 : tolerance);
          long wrong = 0;
          for (int k = 0; k < CELLS; k++) {
            double off = fabs((double)other[k] * (double)factors[f] - (double)gradient[k]);
            wrong += !(off <= (f < 2 ? 0 : each * exact.size[k]));
          }
          CHECK(wrong == 0, "%ld gradients of %g W, order %g, mix %g", wrong, (double)factors[f], a,
                x);
        }
        /* signs: no bit of the value; the gradient follows */
        for (int k = 0; k < CELLS; k++)
          changed[k] = random_below(&stream, 2) ? w[k] : -w[k];
        CHECK_CLOSE(evaluate(regularizer, a, x, changed, ROWS, COLUMNS, other, NULL), value, 0);
        long wrong = 0;
        for (int k = 0; k < CELLS; k++)
          wrong += w[k] != 0 && other[k] != (changed[k] == w[k] ? gradient[k] : -gradient[k]);
        CHECK(wrong == 0, "%ld gradients after a change of signs", wrong);
        /* rows and columns in another order */
        random_permutation(&stream, row_order, ROWS);
        random_permutation(&stream, column_order, COLUMNS);
        for (int r = 0; r < ROWS; r++)
          for (int c = 0; c < COLUMNS; c++)
            changed[r * COLUMNS + c] = w[row_order[r] * COLUMNS + column_order[c]];
        CHECK_CLOSE(evaluate(regularizer, a, x, changed, ROWS, COLUMNS, other, NULL), value,
                    tolerance);
        wrong = 0;
        for (int r = 0; r < ROWS; r++)
          for (int c = 0; c < COLUMNS; c++) {
            size_t from = row_order[r] * COLUMNS + column_order[c];
            wrong += !(fabs((double)other[r * COLUMNS + c] - (double)gradient[from]) <=
                       each * exact.size[from]);
          }
        CHECK(wrong == 0, "%ld gradients after a permutation, order %g, mix %g", wrong, a, x);
      }
}

/* The same weights in other cells: mix 0 doesn't see it, any other mix does. */
static void test_mix(void) {
  enum { SIDE = 24, CELLS = SIDE * SIDE };
  static float block[CELLS], scattered[CELLS];
  uint32_t places[CELLS];
  for (int order = 0; order < ORDERS; order++) {
    memset(block, 0, sizeof block);
    for (int k = 0; k < 36; k++)
      block[k / 6 * SIDE + k % 6] = 1 + (float)random_unit(&stream);
    random_permutation(&stream, places, CELLS);
    for (int k = 0; k < CELLS; k++)
      scattered[places[k]] = block[k];
    for (int mix = 0; mix < MIXES; mix++) {
      double a = orders[order], x = mixes[mix], tight = value_of(a, x, block, SIDE, SIDE);
      double loose = value_of(a, x, scattered, SIDE, SIDE),
             tolerance = value_tolerance(SIDE, SIDE, a);
      if (x == 0)
        CHECK_CLOSE(loose, tight, tolerance * tight);
      else
        CHECK(loose > tight * (1 + 10 * tolerance) && loose > 1.02 * tight,
              "order %g, mix %g: a block has %g, scattered %g", a, x, tight, loose);
    }
  }
  /* the definition's own example: six weights on a diagonal of 6 x 6, in one row, in a 2 x 3 block
   */
  float diagonal[36] = {0}, row[36] = {0}, small[36] = {0};
  for (int k = 0; k < 6; k++)
    diagonal[k * 7] = row[k] = small[k / 3 * 6 + k % 3] = k % 2 ? -1 : 1;
  CHECK_CLOSE(value_of(0.5, 1, diagonal, 6, 6), 36, 36 * value_tolerance(6, 6, 0.5));
  CHECK_CLOSE(value_of(0.5, 1, row, 6, 6), 7, 1);
  CHECK_CLOSE(value_of(0.5, 1, small, 6, 6), 7, 1);
}

/* The forms change at 0.5, 0.75, 1 and 1.25: the value may not jump there. It moves by |dR/da| h,
 * which the double formula gives; the engine's difference may not be off by more than rounding.
 * At exactly 1 the definition itself has a step: exp(-sum x ln(x+e)) is not the limit of the powers,
 * which is exp(-sum (x+e) ln(x+e) - e ln e). Their logarithms differ by sum e ln((x+e)/e), less its
 * value for a uniform x: at most 0.01 ln 101 = 0.047 for each N. */
static void test_continuity(void) {
  enum { ROWS = 12, COLUMNS = 19, CELLS = ROWS * COLUMNS };
  static const double seams[] = {0.5, 0.75, 1, 1.25};
  static const double steps[] = {1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3};
  static float w[CELLS];
  static double exact[CELLS];
  static Penalty before, middle, after;
  for (int shape = 0; shape < SHAPES; shape++) {
    fill(w, CELLS, (Shape)shape);
    to_double(w, CELLS, exact);
    for (int seam = 0; seam < 4; seam++)
      for (int step = 0; step < 7; step++)
        for (int mix = 0; mix < MIXES; mix++) {
          double at = seams[seam], low = at - steps[step], high = at + steps[step], x = mixes[mix];
          /* orders that are 1 in float count as 1 */
          arrangement(exact, ROWS, COLUMNS, (float)low == 1.0f ? 1 : low, x, &before);
          arrangement(exact, ROWS, COLUMNS, at, x, &middle);
          arrangement(exact, ROWS, COLUMNS, (float)high == 1.0f ? 1 : high, x, &after);
          double under = value_of(low, x, w, ROWS, COLUMNS),
                 over = value_of(high, x, w, ROWS, COLUMNS);
          double here = value_of(at, x, w, ROWS, COLUMNS);
          double tolerance =
              2 * here *
              larger(value_tolerance(ROWS, COLUMNS, low), value_tolerance(ROWS, COLUMNS, high));
          CHECK_CLOSE(under - over, before.value - after.value, tolerance);
          CHECK_CLOSE(under - here, before.value - middle.value, tolerance);
          CHECK_CLOSE(here - over, middle.value - after.value, tolerance);
          double allowed = at == 1 ? (1 + x) * 0.05 * here : tolerance + 20 * steps[step] * here;
          CHECK(fabs(under - here) < allowed && fabs(over - here) < allowed,
                "order %g +- %g, mix %g: %.9g, %.9g, %.9g", at, steps[step], x, under, here, over);
          CHECK(tolerance < 0.001 * here, "tolerance %g of %g", tolerance, here);
        }
  }
}

static void test_edges(void) {
  static float w[256], gradient[256], slope[256];
  for (int row = 0; row < regularizer_count; row++)
    for (int order = 0; order < ORDERS; order++)
      for (int mix = 0; mix < MIXES; mix++) {
        const Regularizer *regularizer = &regularizer_table[row];
        memset(w, 0, sizeof w);
        w[3] = -0.0f;
        CHECK_CLOSE(evaluate(regularizer, orders[order], mixes[mix], w, 12, 20, gradient, slope), 0,
                    0);
        int zero = 1;
        for (int k = 0; k < 240; k++)
          zero &= gradient[k] == 0 && slope[k] - slope[k] == 0;
        CHECK(zero, "%s: the gradient of W = 0", regularizer->name);
      }
  /* one weight counts as one; it feels no pull, and the zeros beside it shrink */
  for (int order = 0; order < ORDERS; order++)
    for (int mix = 0; mix < MIXES; mix++)
      for (int size = 0; size < 4; size++) {
        static const float sizes[] = {1.0f, -3e-12f, 1e15f, 0x1p-100f};
        memset(w, 0, sizeof w);
        w[77] = sizes[size];
        const double a = orders[order], x = mixes[mix];
        static double exact[240];
        static Penalty wanted;
        to_double(w, 240, exact);
        arrangement(exact, 12, 20, a, x, &wanted);
        double value = evaluate(find("arrangement"), a, x, w, 12, 20, gradient, slope);
        CHECK_CLOSE(value, wanted.value, value_tolerance(12, 20, a) * wanted.value);
        double each = roundings(12, 20, a, 0.01 / 240);
        CHECK_CLOSE(slope[77], 0, 2 * each * wanted.size[77]);
        CHECK(slope[78] > 0 && slope[57] > 0 && slope[0] > 0,
              "the slope at zeros beside one weight: %g", (double)slope[0]);
        float single = sizes[size];
        CHECK_CLOSE(value_of(a, x, &single, 1, 1), 1, value_tolerance(1, 1, a));
      }
  /* not finite, or too large: an error, and no number */
  static const float bad[] = {NAN, INFINITY, -INFINITY};
  for (int row = 0; row < regularizer_count; row++)
    for (int k = 0; k < 3; k++) {
      RegularizerParameters parameters = {0.5, 0.3};
      double value = 42;
      Error error = {STATUS_OK, ""};
      fill(w, 240, GAUSS);
      w[45] = bad[k];
      Status status = regularizer_evaluate(&regularizer_table[row], &parameters, &kernels, w, 12,
                                           20, &value, NULL, NULL, &error);
      CHECK(status < 0 && value == 42, "%s of %g: %s", regularizer_table[row].name, (double)bad[k],
            status_name(status));
      CHECK(strstr(error.text, "row 2, column 5"), "which weight: %s", error.text);
    }
}

/* The table: names are distinct and findable, defaults in range. */
static void test_table(void) {
  CHECK(regularizer_count >= 7 && regularizer_default >= 0 &&
        regularizer_default < regularizer_count);
  for (int k = 0; k < regularizer_count; k++) {
    const Regularizer *row = &regularizer_table[k];
    CHECK(regularizer_find(row->name) == k, "%s", row->name);
    CHECK(row->defaults.order > 0 && row->defaults.mix >= 0 && row->defaults.mix <= 1 &&
              row->defaults.lambda >= 0,
          "defaults of %s", row->name);
    CHECK(row->label[0] && row->help[0], "texts of %s", row->name);
  }
  CHECK(regularizer_find("l3") == -1 && regularizer_find("") == -1);
}

/* What the table says that a penalty uses is what its value changes with. */
static void test_uses(void) {
  static float w[30];
  fill(w, 30, GAUSS);
  for (int k = 0; k < regularizer_count; k++) {
    const Regularizer *row = &regularizer_table[k];
    double value = evaluate(row, 0.5, 0.3, w, 5, 6, NULL, NULL);
    CHECK(!!(row->uses & USES_STRENGTH) == (value != 0), "%s and its strength", row->name);
    CHECK(!!(row->uses & USES_ORDER) == (evaluate(row, 2, 0.3, w, 5, 6, NULL, NULL) != value),
          "%s and its order", row->name);
    CHECK(!!(row->uses & USES_MIX) == (evaluate(row, 0.5, 0.8, w, 5, 6, NULL, NULL) != value),
          "%s and its mix", row->name);
  }
}

/* The trainer's step by marks (trainer.c) rests on this. */
static void test_linear_terms(void) {
  enum { ROWS = 5, COLUMNS = 6 };
  static float w[ROWS * COLUMNS];
  fill(w, ROWS * COLUMNS, GAUSS);
  float *panel = memory_zeroed(panel_floats(ROWS, COLUMNS), sizeof(float));
  RegularizerScratch *scratch = regularizer_scratch_create(ROWS, COLUMNS);
  RegularizerSums sums;
  if (!panel || !scratch || regularizer_sums_create(&sums, ROWS, COLUMNS, NULL))
    abort();
  panel_from_rows(w, ROWS, COLUMNS, panel);
  kernels.column_sums(panel, ROWS, 0, 1, sums.column_absolute, sums.column_square,
                      sums.column_largest);
  regularizer_totals(&sums);
  int linear = 0;
  for (int k = 0; k < regularizer_count; k++) {
    const Regularizer *row = &regularizer_table[k];
    RegularizerParameters parameters = {0.5, 0.3};
    SlopeForm form;
    regularizer_rows(row, &parameters, &kernels, panel, &sums, 0, ROWS);
    regularizer_slope(row, &parameters, &kernels, &sums, 1, 1, scratch, &form);
    int has = form.linear != 0 || form.row_linear || form.column_linear;
    CHECK(!has || row->needs(&parameters) & NEEDS_SQUARES, "%s has linear terms", row->name);
    linear += has;
  }
  CHECK(linear > 2, "%d penalties have linear terms", linear);
  regularizer_sums_free(&sums);
  regularizer_scratch_free(scratch);
  memory_free(panel);
}

int main(int count, char **words) {
  check_start(count, words);
  printf("seed %llu\n", (unsigned long long)check_seed);
  stream = random_stream(check_seed, RANDOM_DATA, 2, 0);
  if (!CHECK(libm_load(), "no libm to compare with") || kernels_best(&kernels, NULL))
    return check_finish();
  test_table();
  test_uses();
  test_linear_terms();
  test_differences();
  test_engine();
  test_uniform();
  test_invariance();
  test_mix();
  test_continuity();
  test_edges();
  return check_finish();
}
