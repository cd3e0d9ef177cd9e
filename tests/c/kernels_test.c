/* kernels_test.c: every kernel of every lane set against its plain reference: all sizes 1 to 40 and
 * some large ones, ordinary and extreme numbers, to the bit (any NaN equals any NaN); softmax
 * within a derived tolerance, and to the bit among the lane sets. Every output buffer is filled
 * with a number of its own first and compared as a whole, so a write beyond a range shows; the same
 * work cut into ranges must give the same bits.
 *
 *   build/native/tests/kernels_test --bench    each kernel's speed beside its reference
 *
 * Sanitizers are slow: they get every fifth shape. Depends on check.h and the engine's kernels. */
#include <float.h>
#include <math.h>
#include <time.h>

#include "check.h"
#include "kernels.h"
#include "libm.h"
#include "memory.h"
#include "panel.h"
#include "random.h"
#include "reference.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define THINNED 1
#endif
#endif
#if defined(THINNED) || defined(__SANITIZE_ADDRESS__)
enum { EVERY = 5 };
#else
enum { EVERY = 1 };
#endif

enum { SMALL = 40, SETS_MAXIMUM = 3 };
static const float UNTOUCHED = 12345.678f; /* what outputs hold before */
static const double UNIT = 0x1p-24; /* half an ulp of 1: the rounding error of one operation */

static Kernels plain, sets[SETS_MAXIMUM];
static int set_count;
static Random stream;

/* ---- numbers ------------------------------------------------------------------------------- */

typedef enum Fill { FILL_ORDINARY, FILL_SPARSE, FILL_EXTREME, FILL_BROKEN, FILLS } Fill;

static float ordinary(void) { return 2 * random_unit(&stream) - 1; }

static float number(Fill fill) {
  static const float extremes[] = {
      0.0f,  -0.0f,  0x1p-149f, -0x1p-130f, 0x1p-126f, -0x1p-127f, -0x1p-51f, 0x1p-49f,  1.0f,
      -1.0f, -1e-6f, 1e19f,     -2e19f,     3e38f,     -3e38f,     0x1p-121f, -0x1p-119f};
  uint32_t draw = random_below(&stream, 100);
  switch (fill) {
  case FILL_SPARSE:
    return draw < 70 ? 0.0f : draw < 75 ? -0.0f : ordinary();
  case FILL_EXTREME:
    return extremes[random_below(&stream, sizeof extremes / sizeof *extremes)];
  case FILL_BROKEN:
    return draw < 3   ? NAN
           : draw < 5 ? -NAN
           : draw < 7 ? INFINITY
           : draw < 8 ? -INFINITY
                      : ordinary();
  default:
    return ordinary();
  }
}

static Fill any_fill(void) { return (Fill)random_below(&stream, FILLS); }

static float *floats(size_t count) {
  float *data = memory_zeroed(count, sizeof *data);
  if (!data)
    abort();
  return data;
}

static float *untouched(size_t count) {
  float *data = floats(count);
  for (size_t k = 0; k < count; k++)
    data[k] = UNTOUCHED;
  return data;
}

static float *copy(const float *from, size_t count) {
  return memcpy(floats(count), from, count * sizeof *from);
}

/* A rows x columns matrix in panels, padding zero. */
static float *matrix(uint32_t rows, uint32_t columns, Fill fill) {
  float *data = floats(panel_floats(rows, columns));
  for (uint32_t c = 0; c < columns; c++)
    for (uint32_t r = 0; r < rows; r++)
      data[panel_index(rows, r, c)] = number(fill);
  return data;
}

/* A row of numbers, padded to lines with zeros. */
static float *row_of(uint32_t count, Fill fill) { return matrix(1, count, fill); }

static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static int equal(float a, float b) { return bits_of(a) == bits_of(b) || (a != a && b != b); }

/* The first index at which a and b differ, or `count`. */
static size_t first_difference(const float *a, const float *b, size_t count) {
  for (size_t k = 0; k < count; k++)
    if (!equal(a[k], b[k]))
      return k;
  return count;
}

#define CHECK_SAME(got, wanted, count, ...)                                                        \
  check_same(got, wanted, count, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 6, 7))) static int check_same(const float *got, const float *wanted,
                                                            size_t count, const char *file,
                                                            int line, const char *format, ...) {
  size_t k = first_difference(got, wanted, count);
  if (k == count)
    return check_that(1, "", file, line, " ");
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return check_that(0, "same bits", file, line, " %s: at %zu of %zu got %a, wanted %a", text, k,
                    count, (double)got[k], (double)wanted[k]);
}

/* A number in 0 .. count. */
static uint32_t cut_of(uint32_t count) { return random_below(&stream, count + 1); }

/* ---- products ------------------------------------------------------------------------------ */

static void check_product(uint32_t rows, uint32_t depth, uint32_t columns) {
  Fill fill = any_fill();
  size_t count = panel_floats(rows, columns);
  uint32_t panels = panel_count(columns);
  float *a = matrix(rows, depth, fill), *b = matrix(depth, columns, fill);
  float *start = random_below(&stream, 2) ? row_of(rows, fill) : NULL, *wanted = untouched(count);
  if (fill == FILL_ORDINARY || fill == FILL_SPARSE) { /* dark pixels: lines of zeros in B */
    uint32_t dark = random_below(&stream, 4);
    for (uint32_t panel = 0; panel < panels; panel++)
      for (uint32_t k = 0; k < depth; k++)
        if (random_below(&stream, 4) < dark)
          for (uint32_t n = 0; n < 16; n++)
            b[panel_index(depth, k, panel * 16 + n)] = n % 3 ? 0.0f : -0.0f;
  }
  plain.product(a, b, start, wanted, rows, depth, 0, rows, 0, panels);
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].product(a, b, start, whole, rows, depth, 0, rows, 0, panels);
    CHECK_SAME(whole, wanted, count, "product %ux%ux%u, %d lanes, fill %d", rows, depth, columns,
               sets[k].lanes, fill);
    if (!start && fill != FILL_BROKEN && fill != FILL_EXTREME)
      for (uint32_t c = columns; c < panels * 16; c++)
        for (uint32_t r = 0; r < rows; r++)
          if (whole[panel_index(rows, r, c)] != 0)
            CHECK(0, "padding of product %ux%ux%u", rows, depth, columns);
    uint32_t row = cut_of(rows), panel = cut_of(panels);
    for (int part = 0; part < 4; part++)
      sets[k].product(a, b, start, parts, rows, depth, part & 1 ? row : 0, part & 1 ? rows : row,
                      part & 2 ? panel : 0, part & 2 ? panels : panel);
    CHECK_SAME(parts, whole, count, "product %ux%ux%u in parts at %u, %u, %d lanes", rows, depth,
               columns, row, panel, sets[k].lanes);
    /* one part alone leaves the rest as it was */
    float *part = untouched(count), *part_wanted = untouched(count);
    sets[k].product(a, b, start, part, rows, depth, row, rows, 0, panel);
    plain.product(a, b, start, part_wanted, rows, depth, row, rows, 0, panel);
    CHECK_SAME(part, part_wanted, count, "part of product %ux%ux%u, %d lanes", rows, depth, columns,
               sets[k].lanes);
    memory_free(part), memory_free(part_wanted);
    memory_free(whole), memory_free(parts);
  }
  memory_free(a), memory_free(b), memory_free(start), memory_free(wanted);
}

static void check_product_transposed(uint32_t rows, uint32_t depth, uint32_t columns) {
  Fill fill = any_fill();
  size_t count = panel_floats(rows, columns);
  uint32_t panels = panel_count(columns);
  float *a = matrix(depth, rows, fill), *b = matrix(depth, columns, fill);
  float *wanted = untouched(count);
  plain.product_transposed(a, b, wanted, rows, depth, 0, panels);
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].product_transposed(a, b, whole, rows, depth, 0, panels);
    CHECK_SAME(whole, wanted, count, "product_transposed %ux%ux%u, %d lanes, fill %d", rows, depth,
               columns, sets[k].lanes, fill);
    uint32_t panel = cut_of(panels);
    sets[k].product_transposed(a, b, parts, rows, depth, panel, panels);
    size_t before = (size_t)panel * rows * 16;
    for (size_t at = 0; at < before; at++)
      if (parts[at] != UNTOUCHED)
        CHECK(0, "product_transposed wrote before its panels");
    sets[k].product_transposed(a, b, parts, rows, depth, 0, panel);
    CHECK_SAME(parts, whole, count, "product_transposed %ux%ux%u in parts at %u", rows, depth,
               columns, panel);
    memory_free(whole), memory_free(parts);
  }
  memory_free(a), memory_free(b), memory_free(wanted);
}

static void test_products(void) {
  for (uint32_t rows = 1; rows <= SMALL; rows++)
    for (uint32_t depth = 1; depth <= SMALL; depth++)
      for (uint32_t columns = 1; columns <= SMALL; columns++)
        if ((rows + 2 * depth + 3 * columns) % EVERY == 0) {
          check_product(rows, depth, columns);
          check_product_transposed(rows, depth, columns);
        }
  static const uint32_t large[][3] = {{300, 784, 128}, {100, 300, 128}, {10, 100, 128},
                                      {300, 128, 784}, {784, 300, 128}, {3, 255, 17},
                                      {5, 256, 33},    {9, 257, 31},    {2, 511, 16},
                                      {17, 512, 49},   {4, 513, 15},    {33, 1030, 130}};
  for (size_t k = 0; k < sizeof large / sizeof *large; k++)
    for (int again = 0; again < (EVERY > 1 && k < 5 ? 1 : 4); again++) {
      check_product(large[k][0], large[k][1], large[k][2]);
      check_product_transposed(large[k][0], large[k][1], large[k][2]);
    }
}

/* ---- sums, cells, slopes ------------------------------------------------------------------- */

static const struct {
  CellKind kind;
  float order;
} cell_kinds[] = {{CELL_NONE, 0.5f},   {CELL_HALF, 0.5f},      {CELL_SHANNON, 1.0f},
                  {CELL_POWER, 0.1f},  {CELL_POWER, 0.6f},     {CELL_POWER, 1.25f},
                  {CELL_POWER, 2.0f},  {CELL_POWER, 50.0f},    {CELL_NEAR_1, 0.76f},
                  {CELL_NEAR_1, 0.9f}, {CELL_NEAR_1, 1.0001f}, {CELL_NEAR_1, 1.2f}};
enum { CELL_KINDS = sizeof cell_kinds / sizeof *cell_kinds };

/* As regularizer.c makes them for `cells` numbers around 1 / sqrt(cells). */
static CellForm cell_form(uint32_t which, double cells) {
  CellForm form = {.kind = cell_kinds[which].kind, .order = cell_kinds[which].order};
  form.inverse_sum = (float)(2 / cells);
  form.smoothing = (float)(0.01 / cells);
  if (form.kind == CELL_POWER && form.order > 1)
    form.log_scale = (float)libm_log(2 / cells + 0.01 / cells);
  return form;
}

static void check_sums(uint32_t rows, uint32_t columns, uint32_t which) {
  Fill fill = any_fill();
  uint32_t panels = panel_count(columns), row = cut_of(rows), panel = cut_of(panels);
  size_t length = (size_t)panels * 16;
  float *w = matrix(rows, columns, fill);
  CellForm form = cell_form(which, (double)rows * columns);
  unsigned wants = random_below(&stream, 8);
  for (int k = 0; k < set_count; k++) {
    float *out[3][7]; /* reference, whole, parts; 4 row and 3 column arrays */
    for (int run = 0; run < 3; run++) {
      const Kernels *kernels = run == 0 ? &plain : &sets[k];
      for (int array = 0; array < 7; array++)
        out[run][array] = untouched(array < 4 ? rows : length);
      float **to = out[run];
      for (int part = 0; part < (run == 2 ? 2 : 1); part++) {
        kernels->row_sums(w, NULL, rows, columns, &form, part ? row : 0,
                          run == 2 && !part ? row : rows, wants & 1 ? to[0] : NULL,
                          wants & 2 ? to[1] : NULL, form.kind ? to[2] : NULL,
                          form.kind ? to[3] : NULL);
        kernels->column_sums(w, rows, part ? panel : 0, run == 2 && !part ? panel : panels, to[4],
                             wants & 2 ? to[5] : NULL, wants & 4 ? to[6] : NULL);
      }
    }
    for (int array = 0; array < 7; array++) {
      size_t count = array < 4 ? rows : length;
      CHECK_SAME(out[1][array], out[0][array], count,
                 "sums %d of %ux%u, cell %u, %d lanes, fill %d", array, rows, columns, which,
                 sets[k].lanes, fill);
      CHECK_SAME(out[2][array], out[1][array], count, "sums %d of %ux%u in parts at %u, %u", array,
                 rows, columns, row, panel);
    }
    for (uint32_t c = columns; c < length; c++)
      if (out[1][4][c] != 0)
        CHECK(0, "padding of column sums");
    for (int run = 0; run < 3; run++)
      for (int array = 0; array < 7; array++)
        memory_free(out[run][array]);
  }
  memory_free(w);
}

typedef struct SlopeInput {
  SlopeForm form;
  float *row, *column, *row_linear, *column_linear;
} SlopeInput;

static SlopeInput slope_input(uint32_t rows, uint32_t columns, uint32_t which, Fill fill) {
  unsigned draw = random_below(&stream, 64);
  SlopeInput input = {.row = draw & 1 ? row_of(rows, fill) : NULL,
                      .column = draw & 2 ? row_of(columns, fill) : NULL,
                      .row_linear = draw & 4 ? row_of(rows, fill) : NULL,
                      .column_linear = draw & 8 ? row_of(columns, fill) : NULL};
  input.form = (SlopeForm){.base = number(fill),
                           .linear = draw & 16 ? number(fill) : 0.0f,
                           .cell_scale = number(fill),
                           .row = input.row,
                           .row_linear = input.row_linear,
                           .column = input.column,
                           .column_linear = input.column_linear,
                           .cell = cell_form(which, (double)rows * columns)};
  return input;
}

static void slope_input_free(SlopeInput *input) {
  memory_free(input->row), memory_free(input->column);
  memory_free(input->row_linear), memory_free(input->column_linear);
}

static void check_slopes(uint32_t rows, uint32_t columns, uint32_t which) {
  Fill fill = any_fill();
  size_t count = panel_floats(rows, columns);
  uint32_t panels = panel_count(columns), panel = cut_of(panels);
  float *w = matrix(rows, columns, fill), *wanted = untouched(count);
  SlopeInput input = slope_input(rows, columns, which, any_fill());
  plain.slopes(w, rows, 0, panels, &input.form, wanted);
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].slopes(w, rows, 0, panels, &input.form, whole);
    float *psi = untouched(count); /* left there by row_sums, read by slopes */
    if (input.form.cell.kind) {
      input.form.cell.psi = psi;
      float *sums[] = {floats(rows), floats(rows)};
      sets[k].row_sums(w, NULL, rows, columns, &input.form.cell, 0, rows, NULL, NULL, sums[0],
                       sums[1]);
      memory_free(sums[0]), memory_free(sums[1]);
    }
    sets[k].slopes(w, rows, panel, panels, &input.form, parts);
    sets[k].slopes(w, rows, 0, panel, &input.form, parts);
    CHECK_SAME(whole, wanted, count, "slopes of %ux%u, cell %u, %d lanes, fill %d", rows, columns,
               which, sets[k].lanes, fill);
    CHECK_SAME(parts, whole, count, "slopes of %ux%u in parts at %u", rows, columns, panel);
    input.form.cell.psi = NULL;
    memory_free(whole), memory_free(parts), memory_free(psi);
  }
  slope_input_free(&input);
  memory_free(w), memory_free(wanted);
}

static void check_cells(uint32_t count, uint32_t which) {
  size_t length = (size_t)panel_count(count) * 16;
  float *x = row_of(count, any_fill()), *phi = untouched(length), *psi = untouched(length);
  for (uint32_t k = 0; k < count; k++)
    x[k] = fabsf(x[k]);
  CellForm form = cell_form(which, count);
  plain.cells(x, count, &form, phi, psi);
  for (int k = 0; k < set_count; k++) {
    float *got_phi = untouched(length), *got_psi = untouched(length);
    sets[k].cells(x, count, &form, got_phi, got_psi);
    CHECK_SAME(got_phi, phi, length, "phi of %u cells %u, %d lanes", count, which, sets[k].lanes);
    CHECK_SAME(got_psi, psi, length, "psi of %u cells %u, %d lanes", count, which, sets[k].lanes);
    memory_free(got_phi), memory_free(got_psi);
  }
  memory_free(x), memory_free(phi), memory_free(psi);
}

/* phi and psi against the formulas in double with the C library's functions. With u = UNIT: x + e
 * and log carry 2 u |log| and u; multiplied by t they are an error of the exponent. */
static void check_cells_in_double(uint32_t which) {
  enum { COUNT = 4096 };
  static float x[COUNT] __attribute__((aligned(64))), phi[COUNT] __attribute__((aligned(64))),
      psi[COUNT] __attribute__((aligned(64)));
  CellForm form = cell_form(which, 300);
  double e = form.smoothing, a = form.order, t = a - 1, scale = form.log_scale;
  double largest = a > 1 && form.kind == CELL_POWER ? libm_exp(scale) - e : 1;
  for (int k = 0; k < COUNT; k++)
    x[k] =
        k ? (float)largest * (float)libm_pow(10, -8 / (1 + fabs(t)) * (double)random_unit(&stream))
          : 0.0f;
  plain.cells(x, COUNT, &form, phi, psi);
  double signal_phi = 0, signal_psi = 0;
  for (int k = 0; k < COUNT; k++) {
    double r = x[k] + e, l = fabs(libm_log(r)), wanted_phi = 0, wanted_psi = 0, phi_error = 0,
           psi_error = 0;
    switch (form.kind) {
    case CELL_NONE:
      break;
    case CELL_HALF:
      wanted_phi = sqrt(r) - sqrt(e), wanted_psi = 1 / sqrt(r);
      phi_error = 4 * UNIT * sqrt(r), psi_error = 4 * UNIT * wanted_psi;
      break;
    case CELL_SHANNON:
      wanted_phi = x[k] * libm_log(r), wanted_psi = libm_log(r) + x[k] / r;
      phi_error = x[k] * UNIT * (4 * l + 4), psi_error = UNIT * (4 * l + 6);
      break;
    case CELL_POWER: {
      double exponent_error = UNIT * fabs(t) * (1 + 4 * l + 2 * fabs(scale)) + 4 * UNIT;
      double zero_error = UNIT * fabs(t) * (1 + 4 * fabs(libm_log(e)) + 2 * fabs(scale)) + 4 * UNIT;
      wanted_psi = libm_exp(t * (libm_log(r) - scale));
      double at_zero = libm_exp(t * (libm_log(e) - scale));
      wanted_phi = (wanted_psi * r - at_zero * e) * libm_exp(-scale);
      psi_error = wanted_psi * exponent_error + 0x1p-125;
      phi_error = (wanted_psi * r * (exponent_error + 4 * UNIT + UNIT * fabs(scale)) +
                   at_zero * e * (zero_error + 4 * UNIT + UNIT * fabs(scale)) + 0x1p-125) *
                  libm_exp(-scale);
      break;
    }
    case CELL_NEAR_1: {
      double excess = libm_expm1(t * libm_log(r)), at_zero = libm_expm1(t * libm_log(e)),
             le = fabs(libm_log(e));
      wanted_phi = (r * excess - e * at_zero) / t, wanted_psi = excess / t;
      /* expm1(t l) / t is l times a factor below e^|t l|; its relative error is 8 u, that of t
       * l 4
       * u */
      psi_error = UNIT * (12 * l * libm_exp(fabs(t) * l) + 2);
      phi_error = r * psi_error + e * UNIT * (12 * le * libm_exp(fabs(t) * le) + 2) +
                  2 * UNIT * (fabs(r * excess) + fabs(e * at_zero)) / fabs(t);
      break;
    }
    }
    CHECK_CLOSE(phi[k], wanted_phi, phi_error);
    CHECK_CLOSE(psi[k], wanted_psi, psi_error);
    if (fabs(wanted_phi) > 100 * phi_error)
      signal_phi++;
    if (fabs(wanted_psi) > 100 * psi_error)
      signal_psi++;
  }
  if (form.kind != CELL_NONE) {
    CHECK(phi[0] == 0, "phi(0) is %a for cell %u", (double)phi[0], which);
    CHECK(signal_phi > COUNT / 4 && signal_psi > COUNT / 4,
          "the tolerance of cell %u hides the signal: %g, %g of %d are clear", which, signal_phi,
          signal_psi, COUNT);
  }
}

static void test_weights(void) {
  for (uint32_t rows = 1; rows <= SMALL; rows++)
    for (uint32_t columns = 1; columns <= SMALL; columns++)
      for (uint32_t which = 0; which < CELL_KINDS; which++)
        if ((rows + 2 * columns + which) % EVERY == 0) {
          check_sums(rows, columns, which);
          check_slopes(rows, columns, which);
        }
  for (uint32_t which = 0; which < CELL_KINDS; which++) {
    check_sums(300, 784, which);
    check_slopes(300, 784, which);
    check_sums(100, 300, which);
    check_slopes(33, 131, which);
    for (uint32_t count = 1; count <= SMALL; count++)
      for (int again = 0; again < 4; again++)
        check_cells(count, which);
    check_cells(784, which);
    check_cells_in_double(which);
  }
}

/* ---- the optimizer's step ------------------------------------------------------------------ */

static struct {
  long zeroed, grown, crossed, broken;
} step_events; /* what happened in reference steps: a test in which nothing happens is none */

/* The matrices of one step: w, m, v, g. */
typedef struct Step {
  float *w, *m, *v, *sums[3];
} Step;

static Step step_copy(const float *w, const float *m, const float *v, size_t count, size_t length) {
  Step step = {copy(w, count), copy(m, count), v ? copy(v, count) : NULL, {0}};
  for (int k = 0; k < 3; k++)
    step.sums[k] = untouched(length);
  return step;
}

static void step_free(Step *step) {
  memory_free(step->w), memory_free(step->m), memory_free(step->v);
  for (int k = 0; k < 3; k++)
    memory_free(step->sums[k]);
}

static void step_same(const Step *got, const Step *wanted, size_t count, size_t length,
                      const char *text) {
  CHECK_SAME(got->w, wanted->w, count, "w, %s", text);
  CHECK_SAME(got->m, wanted->m, count, "m, %s", text);
  if (got->v)
    CHECK_SAME(got->v, wanted->v, count, "v, %s", text);
  for (int k = 0; k < 3; k++)
    CHECK_SAME(got->sums[k], wanted->sums[k], length, "column sums %d, %s", k, text);
}

static void check_step(uint32_t rows, uint32_t columns, StepKind kind, int adam, uint32_t which) {
  Fill fill = any_fill();
  size_t count = panel_floats(rows, columns), length = (size_t)panel_count(columns) * 16;
  uint32_t panels = panel_count(columns), panel = cut_of(panels);
  float *w = matrix(rows, columns, fill == FILL_BROKEN ? FILL_ORDINARY : fill);
  float *m = matrix(rows, columns, any_fill()), *g = matrix(rows, columns, fill);
  /* half the time only some rows of the gradient are there, in any order; `all` has all of them */
  GradientRows present = {0, NULL}, *some = random_below(&stream, 2) ? &present : NULL;
  int32_t *place = malloc(rows * sizeof *place);
  float *all = g;
  if (!place)
    abort();
  present.place = place;
  if (some) {
    for (uint32_t r = 0; r < rows; r++) /* the first is always there: no empty matrix */
      place[r] = !r || random_below(&stream, 2) ? (int32_t)present.count++ : -1;
    uint32_t turn = random_below(&stream, present.count);
    for (uint32_t r = 0; r < rows; r++)
      if (place[r] >= 0)
        place[r] = (int32_t)(((uint32_t)place[r] + turn) % present.count);
    memory_free(g);
    g = matrix(present.count, columns, fill);
    all = floats(count);
    for (uint32_t r = 0; r < rows; r++)
      for (uint32_t c = 0; c < length && place[r] >= 0; c++)
        all[panel_index(rows, r, c)] = g[panel_index(present.count, (uint32_t)place[r], c)];
  }
  float *v = adam ? matrix(rows, columns, any_fill()) : NULL;
  for (size_t k = 0; adam && k < count; k++)
    v[k] = fabsf(v[k]);
  SlopeInput input =
      slope_input(rows, columns, which, random_below(&stream, 4) ? FILL_SPARSE : fill);
  float rate = random_below(&stream, 4) ? 0.01f : 1.0f;
  StepForm form = {adam, kind, rate, adam ? rate / (1 - 0.9f) : rate, adam ? 31.6f : 0, 1};
  int squares = (int)random_below(&stream, 2), largest = (int)random_below(&stream, 2);
  char text[160];

  Step wanted = step_copy(w, m, v, count, length);
  plain.step(wanted.w, wanted.m, wanted.v, all, NULL, rows, 0, panels, &input.form, &form,
             wanted.sums[0], squares ? wanted.sums[1] : NULL, largest ? wanted.sums[2] : NULL);
  for (size_t k = 0; k < count; k++) {
    float next = wanted.w[k];
    step_events.zeroed += w[k] != 0 && next == 0;
    step_events.grown += fabsf(next) > fabsf(w[k]);
    step_events.crossed += (w[k] > 0 && next < 0) || (w[k] < 0 && next > 0);
    step_events.broken += next != next;
    if (kind == STEP_FROZEN && w[k] == 0 && !(next == 0))
      CHECK(0, "a frozen zero became %g", (double)next);
    if (all[k] != all[k] && !(kind == STEP_FROZEN && w[k] == 0) && next == next)
      CHECK(0, "NaN in the gradient, but w is %g", (double)next);
    if (kind == STEP_ORTHANT && ((w[k] > 0 && next < 0) || (w[k] < 0 && next > 0)))
      CHECK(0, "an orthant step crossed zero: %g to %g", (double)w[k], (double)next);
  }
  for (int k = 0; k < set_count; k++) {
    Step whole = step_copy(w, m, v, count, length), parts = step_copy(w, m, v, count, length);
    sets[k].step(whole.w, whole.m, whole.v, g, some, rows, 0, panels, &input.form, &form,
                 whole.sums[0], squares ? whole.sums[1] : NULL, largest ? whole.sums[2] : NULL);
    snprintf(text, sizeof text, "step %d, adam %d, %ux%u, cell %u, %d lanes, fill %d", kind, adam,
             rows, columns, which, sets[k].lanes, fill);
    step_same(&whole, &wanted, count, length, text);
    for (int part = 1; part >= 0; part--)
      sets[k].step(parts.w, parts.m, parts.v, g, some, rows, part ? panel : 0,
                   part ? panels : panel, &input.form, &form, parts.sums[0],
                   squares ? parts.sums[1] : NULL, largest ? parts.sums[2] : NULL);
    strcat(text, ", in parts");
    step_same(&parts, &whole, count, length, text);
    for (uint32_t c = columns; c < length && fill != FILL_BROKEN && fill != FILL_EXTREME; c++)
      for (uint32_t r = 0; r < rows; r++)
        if (whole.w[panel_index(rows, r, c)] != 0)
          CHECK(0, "padding of %s", text);
    step_free(&whole), step_free(&parts);
  }
  if (some) { /* the reference agrees with itself */
    Step again = step_copy(w, m, v, count, length);
    plain.step(again.w, again.m, again.v, g, some, rows, 0, panels, &input.form, &form,
               again.sums[0], squares ? again.sums[1] : NULL, largest ? again.sums[2] : NULL);
    step_same(&again, &wanted, count, length, "reference, some rows of the gradient");
    step_free(&again);
    memory_free(all);
  }
  step_free(&wanted);
  slope_input_free(&input);
  free(place);
  memory_free(w), memory_free(m), memory_free(v), memory_free(g);
}

static void test_steps(void) {
  for (int kind = STEP_GRADIENT; kind <= STEP_FROZEN; kind++)
    for (int adam = 0; adam < 2; adam++) {
      for (uint32_t rows = 1; rows <= SMALL; rows++)
        for (uint32_t columns = 1; columns <= SMALL; columns++)
          if ((rows + 2 * columns) % EVERY == 0)
            check_step(rows, columns, (StepKind)kind, adam, random_below(&stream, CELL_KINDS));
      for (uint32_t which = 0; which < CELL_KINDS; which++) {
        check_step(33, 47, (StepKind)kind, adam, which);
        check_step(100, 300, (StepKind)kind, adam, which);
      }
      check_step(300, 784, (StepKind)kind, adam, 1);
    }
  CHECK(step_events.zeroed > 1000 && step_events.grown > 1000 && step_events.crossed > 1000 &&
            step_events.broken > 1000,
        "of the steps %ld made zeros, %ld grew, %ld crossed zero, %ld gave NaN", step_events.zeroed,
        step_events.grown, step_events.crossed, step_events.broken);
}

/* ---- the step by marks --------------------------------------------------------------------- */

static struct { long asleep, woken, zeroed, left_zero; } mark_events;

/* One in `share` is a number, the others 0; padding 0. */
static float *rare_matrix(uint32_t rows, uint32_t columns, uint32_t share, float scale) {
  float *data = floats(panel_floats(rows, columns));
  for (uint32_t c = 0; c < columns; c++)
    for (uint32_t r = 0; r < rows; r++)
      if (random_below(&stream, share) == 0)
        data[panel_index(rows, r, c)] = ordinary() * scale;
  return data;
}

/* Some rows get no gradient for long, some lines neither; the rest is small beside the slopes, or not. */
static void draw_gradient(float *g, uint32_t rows, uint32_t columns, const uint8_t *busy,
                          float scale) {
  for (uint32_t panel = 0; panel < panel_count(columns); panel++)
    for (uint32_t r = 0; r < rows; r++) {
      int silent = !busy[r] || random_below(&stream, 4) == 0;
      for (uint32_t k = 0; k < 16; k++) {
        float x = ordinary() * (random_below(&stream, 50) ? scale : 100 * scale);
        g[((size_t)panel * rows + r) * 16 + k] = silent || panel * 16 + k >= columns ? 0.0f : x;
      }
    }
}

/* Steps in sequence, each with gradients of its own: the same bits as the reference's plain steps. */
static void check_marked(uint32_t rows, uint32_t columns, uint32_t which, int broken) {
  size_t count = panel_floats(rows, columns), length = (size_t)panel_count(columns) * 16;
  uint32_t panels = panel_count(columns), panel = cut_of(panels);
  size_t lines = (size_t)panels * rows;
  float *w = rare_matrix(rows, columns, 30, 0.05f), *m = rare_matrix(rows, columns, 100, 1e-3f);
  float *v = rare_matrix(rows, columns, 2, 1e-5f), *g = floats(count);
  for (size_t k = 0; k < count; k++)
    v[k] = fabsf(v[k]);
  SlopeInput input = slope_input(rows, columns, which, FILL_ORDINARY);
  input.form.linear = 0;
  input.form.row_linear = input.form.column_linear = NULL;
  input.form.base = 3.0f;
  input.form.cell_scale = fabsf(input.form.cell_scale);
  if (broken && input.column)
    input.column[random_below(&stream, columns)] = broken == 1 ? NAN : INFINITY;
  if (broken && input.row)
    input.row[random_below(&stream, rows)] = broken == 1 ? NAN : INFINITY;
  uint8_t *busy = malloc(rows), *wanted_marks = malloc(lines);
  int32_t *place = malloc(rows * sizeof *place);
  if (!busy || !place || !wanted_marks)
    abort();
  for (uint32_t r = 0; r < rows; r++)
    busy[r] = random_below(&stream, 3) == 0;
  for (int k = 0; k < set_count; k++) {
    Step wanted = step_copy(w, m, v, count, length), got = step_copy(w, m, v, count, length);
    LineMarks marks = {malloc(lines), calloc(lines, sizeof(uint32_t))};
    float *psi = untouched(count), *row_sums[2][4];
    for (int array = 0; array < 8; array++)
      row_sums[array / 4][array % 4] = floats(rows);
    sets[k].mark(got.w, rows, 0, panel, marks.nonzero);
    sets[k].mark(got.w, rows, panel, panels, marks.nonzero);
    float power = 1;
    for (uint32_t t = 1; t <= 12; t++) {
      power *= 0.9f;
      StepForm form = {1, STEP_PROXIMAL, 0.01f, 0.01f / (1 - power), 31.6f, t};
      uint32_t present = 0;
      for (uint32_t r = 0; r < rows; r++)
        if (random_below(&stream, 16) == 0)
          busy[r] = !busy[r];
      draw_gradient(g, rows, columns, busy, t % 4 ? 0.1f : 10.0f);
      /* half the time the silent rows are left out */
      GradientRows some = {0, place};
      float *compact = g;
      if (t % 2) {
        for (uint32_t r = 0; r < rows; r++)
          place[r] = busy[r] ? (int32_t)present++ : -1;
        some.count = present;
        compact = floats(panel_floats(present + 1, columns));
        for (uint32_t p = 0; p < panels; p++)
          for (uint32_t r = 0; r < rows; r++)
            if (place[r] >= 0)
              memcpy(compact + ((size_t)p * present + (uint32_t)place[r]) * 16,
                     g + ((size_t)p * rows + r) * 16, 16 * sizeof *g);
      }
      CellForm *cell = &input.form.cell;
      cell->psi = NULL;
      plain.row_sums(wanted.w, NULL, rows, columns, cell, 0, rows, row_sums[0][0], row_sums[0][1],
                     row_sums[0][2], row_sums[0][3]);
      plain.step(wanted.w, wanted.m, wanted.v, g, NULL, rows, 0, panels, &input.form, &form,
                 wanted.sums[0], NULL, NULL);
      cell->psi = psi;
      float zero[16] __attribute__((aligned(64))) = {0}, cells[2][16] __attribute__((aligned(64)));
      sets[k].cells(zero, 1, cell, cells[0], cells[1]);
      cell->psi_zero = cells[1][0];
      uint32_t row = cut_of(rows);
      sets[k].row_sums(got.w, marks.nonzero, rows, columns, cell, row, rows, row_sums[1][0],
                       row_sums[1][1], row_sums[1][2], row_sums[1][3]);
      sets[k].row_sums(got.w, marks.nonzero, rows, columns, cell, 0, row, row_sums[1][0],
                       row_sums[1][1], row_sums[1][2], row_sums[1][3]);
      for (int array = 0; array < (cell->kind ? 4 : 2); array++)
        CHECK_SAME(row_sums[1][array], row_sums[0][array], rows,
                   "row sums %d by marks, %ux%u, cell %u, %d lanes", array, rows, columns, which,
                   sets[k].lanes);
      uint32_t *asleep = malloc(lines * sizeof *asleep);
      float *before = copy(got.w, count);
      if (!asleep)
        abort();
      memcpy(asleep, marks.asleep, lines * sizeof *asleep);
      for (int part = 1; part >= 0; part--)
        sets[k].step_marked(got.w, got.m, got.v, compact, t % 2 ? &some : NULL, rows,
                            part ? panel : 0, part ? panels : panel, &input.form, &form, &marks,
                            got.sums[0]);
      for (size_t line = 0; line < lines; line++) {
        mark_events.asleep += marks.asleep[line] == t;
        mark_events.woken += asleep[line] && !marks.asleep[line];
        for (size_t at = line * 16; at < line * 16 + 16; at++) {
          mark_events.zeroed += before[at] != 0 && got.w[at] == 0;
          mark_events.left_zero += before[at] == 0 && got.w[at] != 0;
        }
      }
      char text[160];
      snprintf(text, sizeof text, "step %u by marks, %ux%u, cell %u, %d lanes", t, rows, columns,
               which, sets[k].lanes);
      CHECK_SAME(got.w, wanted.w, count, "w, %s", text);
      CHECK_SAME(got.m, wanted.m, count, "m, %s", text);
      CHECK_SAME(got.sums[0], wanted.sums[0], length, "column sums, %s", text);
      sets[k].mark(got.w, rows, 0, panels, wanted_marks);
      CHECK(!memcmp(marks.nonzero, wanted_marks, lines), "marks, %s", text);
      if (t == 7 || t == 12) { /* before and after that lines sleep on */
        sets[k].wake(got.v, rows, 0, panel, t, marks.asleep);
        sets[k].wake(got.v, rows, panel, panels, t, marks.asleep);
        CHECK_SAME(got.v, wanted.v, count, "v, %s", text);
      }
      free(asleep);
      memory_free(before);
      if (compact != g)
        memory_free(compact);
    }
    for (int array = 0; array < 8; array++)
      memory_free(row_sums[array / 4][array % 4]);
    memory_free(psi);
    free(marks.nonzero), free(marks.asleep);
    step_free(&wanted), step_free(&got);
  }
  input.form.cell.psi = NULL;
  slope_input_free(&input);
  free(busy), free(place), free(wanted_marks);
  memory_free(w), memory_free(m), memory_free(v), memory_free(g);
}

static void test_marked(void) {
  for (uint32_t which = 0; which < CELL_KINDS; which++) {
    for (uint32_t rows = 1; rows <= SMALL; rows += 5)
      for (uint32_t columns = 1; columns <= SMALL; columns += 7)
        check_marked(rows, columns, which, 0);
    for (int broken = 0; broken < 3; broken++)
      check_marked(67, 100, which, broken);
  }
  check_marked(300, 784, 1, 0);
  CHECK(mark_events.asleep > 1000 && mark_events.woken > 1000 && mark_events.zeroed > 1000 &&
            mark_events.left_zero > 1000,
        "%ld lines fell asleep, %ld woke, %ld weights became zero, %ld left it", mark_events.asleep,
        mark_events.woken, mark_events.zeroed, mark_events.left_zero);
}

/* ---- a matrix by its nonzeros -------------------------------------------------------------- */

/* Room for rows x columns, `room` numbers from one row's first to the next's. */
static SparseMatrix sparse_matrix(uint32_t rows, uint32_t columns, uint32_t room) {
  size_t slots = (size_t)rows * room + 16;
  SparseMatrix sparse = {rows,
                         columns,
                         malloc((rows + 1) * sizeof(uint32_t)),
                         malloc(rows * sizeof(uint32_t)),
                         malloc(slots * sizeof(uint32_t)),
                         malloc(slots * sizeof(float))};
  if (!sparse.start || !sparse.count || !sparse.column || !sparse.value)
    abort();
  for (uint32_t r = 0; r <= rows; r++)
    sparse.start[r] = r * room;
  return sparse;
}

static void sparse_free_arrays(SparseMatrix *sparse) {
  free(sparse->start), free(sparse->count), free(sparse->column), free(sparse->value);
}

/* Moves rows together; returns the number of nonzeros. */
static uint32_t sparse_pack(SparseMatrix *sparse) {
  uint32_t at = 0;
  for (uint32_t r = 0; r < sparse->rows; r++) {
    memmove(sparse->column + at, sparse->column + sparse->start[r],
            sparse->count[r] * sizeof(uint32_t));
    memmove(sparse->value + at, sparse->value + sparse->start[r], sparse->count[r] * sizeof(float));
    sparse->start[r] = at;
    at += sparse->count[r];
  }
  return sparse->start[sparse->rows] = at;
}

/* The transpose of a matrix in panels. */
static float *turned(const float *from, uint32_t rows, uint32_t columns) {
  float *to = floats(panel_floats(columns, rows));
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++)
      to[panel_index(columns, c, r)] = from[panel_index(rows, r, c)];
  return to;
}

/* input_product of X (samples x inputs, mostly zero) and A (inputs x outputs). */
static void check_inputs(uint32_t samples, uint32_t inputs, uint32_t outputs) {
  Fill fill = random_below(&stream, 4) ? FILL_SPARSE : any_fill();
  uint32_t panels = panel_count(samples), panel = cut_of(panels);
  size_t count = panel_floats(outputs, samples);
  float *x = matrix(samples, inputs, fill), *a = matrix(inputs, outputs, FILL_ORDINARY);
  float *start = random_below(&stream, 2) ? row_of(outputs, FILL_ORDINARY) : NULL;
  SparseMatrix nonzeros = sparse_matrix(samples, inputs, inputs + 16);
  plain.sparse_collect(x, NULL, &nonzeros, 0, samples);
  float *wanted = untouched(count);
  plain.input_product(&nonzeros, a, start, wanted, outputs, 0, panels);
  if (fill != FILL_BROKEN && fill != FILL_EXTREME) {
    float *c = untouched(count), *a_turned = turned(a, inputs, outputs);
    float *x_turned = turned(x, samples, inputs);
    plain.product(a_turned, x_turned, start, c, outputs, inputs, 0, outputs, 0, panels);
    CHECK_SAME(wanted, c, count, "input_product is product, %ux%ux%u", samples, inputs, outputs);
    memory_free(c), memory_free(a_turned), memory_free(x_turned);
  }
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].input_product(&nonzeros, a, start, whole, outputs, 0, panels);
    sets[k].input_product(&nonzeros, a, start, parts, outputs, panel, panels);
    sets[k].input_product(&nonzeros, a, start, parts, outputs, 0, panel);
    CHECK_SAME(whole, wanted, count, "input_product %ux%ux%u, %d lanes, fill %d", samples, inputs,
               outputs, sets[k].lanes, fill);
    CHECK_SAME(parts, whole, count, "input_product in parts at %u", panel);
    memory_free(whole), memory_free(parts);
  }
  sparse_free_arrays(&nonzeros);
  memory_free(x), memory_free(a), memory_free(start), memory_free(wanted);
}

static void check_sparse(uint32_t rows, uint32_t columns, uint32_t batch) {
  Fill fill = random_below(&stream, 4) ? FILL_SPARSE : any_fill();
  uint32_t panels = panel_count(batch), panel = cut_of(panels), row = cut_of(rows);
  size_t c_count = panel_floats(rows, batch), x_count = panel_floats(columns, batch);
  float *w = matrix(rows, columns, fill), *x = matrix(columns, batch, FILL_ORDINARY);
  float *dz = matrix(rows, batch, fill),
        *start = random_below(&stream, 2) ? row_of(rows, FILL_ORDINARY) : NULL;
  if (random_below(&stream, 4) == 0) /* an empty first and last row */
    for (uint32_t c = 0; c < columns; c++)
      w[panel_index(rows, 0, c)] = w[panel_index(rows, rows - 1, c)] = 0;
  SparseMatrix wanted = sparse_matrix(rows, columns, columns + 16);
  plain.sparse_collect(w, NULL, &wanted, 0, rows);
  float *c_wanted = untouched(c_count), *x_wanted = untouched(x_count);
  plain.sparse_product(&wanted, x, start, c_wanted, 0, panels);
  plain.sparse_product_transposed(&wanted, dz, x_wanted, 0, panels);
  if (fill != FILL_BROKEN && fill != FILL_EXTREME) { /* what the sparse kernels promise */
    float *c = untouched(c_count), *dx = untouched(x_count);
    plain.product(w, x, start, c, rows, columns, 0, rows, 0, panels);
    plain.product_transposed(w, dz, dx, columns, rows, 0, panels);
    CHECK_SAME(c_wanted, c, c_count, "sparse_product is product, %ux%ux%u", rows, columns, batch);
    CHECK_SAME(x_wanted, dx, x_count, "sparse_product_transposed is product_transposed");
    memory_free(c), memory_free(dx);
  }
  SparseMatrix packed = sparse_matrix(rows, columns, columns + 16);
  plain.sparse_collect(w, NULL, &packed, 0, rows);
  uint32_t nonzeros = sparse_pack(&packed), lines = panel_count(nonzeros), line = cut_of(lines);
  float *gradient_wanted = untouched((size_t)lines * 16);
  plain.sparse_gradient(&packed, dz, x, batch, 0, lines, gradient_wanted);
  for (int k = 0; k < set_count; k++) {
    SparseMatrix got = sparse_matrix(rows, columns, columns + 16);
    sets[k].sparse_collect(w, NULL, &got, row, rows);
    sets[k].sparse_collect(w, NULL, &got, 0, row);
    int same = !memcmp(got.count, wanted.count, rows * sizeof(uint32_t));
    for (uint32_t r = 0; same && r < rows; r++)
      same = !memcmp(got.column + got.start[r], wanted.column + got.start[r],
                     got.count[r] * sizeof(uint32_t)) &&
             !memcmp(got.value + got.start[r], wanted.value + got.start[r],
                     got.count[r] * sizeof(float));
    CHECK(same, "sparse_collect %ux%u in parts at %u, %d lanes", rows, columns, row, sets[k].lanes);
    sparse_free_arrays(&got);

    float *c = untouched(c_count), *dx = untouched(x_count),
          *gradient = untouched((size_t)lines * 16);
    sets[k].sparse_product(&wanted, x, start, c, 0, panels);
    CHECK_SAME(c, c_wanted, c_count, "sparse_product %ux%ux%u, %d lanes, fill %d", rows, columns,
               batch, sets[k].lanes, fill);
    sets[k].sparse_product_transposed(&wanted, dz, dx, 0, panels);
    CHECK_SAME(dx, x_wanted, x_count, "sparse_product_transposed %ux%ux%u, %d lanes, fill %d", rows,
               columns, batch, sets[k].lanes, fill);
    sets[k].sparse_gradient(&packed, dz, x, batch, 0, lines, gradient);
    CHECK_SAME(gradient, gradient_wanted, (size_t)lines * 16, "sparse_gradient %ux%ux%u, %d lanes",
               rows, columns, batch, sets[k].lanes);
    float *c_parts = untouched(c_count), *dx_parts = untouched(x_count);
    float *gradient_parts = untouched((size_t)lines * 16);
    for (int part = 1; part >= 0; part--) {
      sets[k].sparse_product(&packed, x, start, c_parts, part ? panel : 0, part ? panels : panel);
      sets[k].sparse_product_transposed(&packed, dz, dx_parts, part ? panel : 0,
                                        part ? panels : panel);
      sets[k].sparse_gradient(&packed, dz, x, batch, part ? line : 0, part ? lines : line,
                              gradient_parts);
    }
    CHECK_SAME(c_parts, c, c_count, "sparse_product in parts at %u", panel);
    CHECK_SAME(dx_parts, dx, x_count, "sparse_product_transposed in parts at %u", panel);
    CHECK_SAME(gradient_parts, gradient, (size_t)lines * 16, "sparse_gradient in parts at %u",
               line);
    memory_free(c), memory_free(dx), memory_free(gradient);
    memory_free(c_parts), memory_free(dx_parts), memory_free(gradient_parts);
  }
  sparse_free_arrays(&wanted), sparse_free_arrays(&packed);
  memory_free(w), memory_free(x), memory_free(dz), memory_free(start);
  memory_free(c_wanted), memory_free(x_wanted), memory_free(gradient_wanted);
}

static void test_sparse(void) {
  for (uint32_t rows = 1; rows <= SMALL; rows++)
    for (uint32_t columns = 1; columns <= SMALL; columns++)
      if ((rows + 2 * columns) % EVERY == 0)
        for (int again = 0; again < 3; again++)
          check_sparse(rows, columns, 1 + random_below(&stream, 10 * SMALL)),
              check_inputs(rows, columns, 1 + random_below(&stream, 3 * SMALL));
  for (uint32_t batch = 1; batch <= SMALL; batch++)
    for (int again = 0; again < 4; again++)
      check_sparse(1 + random_below(&stream, 9), 1 + random_below(&stream, SMALL), batch);
  for (int again = 0; again < 4; again++)
    check_sparse(300, 784, 128), check_sparse(100, 300, 128), check_sparse(10, 100, 100),
        check_inputs(128, 784, 300), check_inputs(784, 128, 300);
}

/* ---- passes over a batch ------------------------------------------------------------------- */

static void check_gather(uint32_t batch, uint32_t inputs) {
  enum { PICTURES = 50 };
  size_t count = panel_floats(batch, inputs);
  uint8_t *bytes = malloc((size_t)PICTURES * inputs);
  uint32_t *order = malloc(batch * sizeof *order), cut = cut_of(batch);
  if (!bytes || !order)
    abort();
  for (size_t k = 0; k < (size_t)PICTURES * inputs; k++)
    bytes[k] = (uint8_t)random_below(&stream, 256);
  for (uint32_t b = 0; b < batch; b++) /* the last picture often: reads beyond it would show */
    order[b] = random_below(&stream, 4) ? random_below(&stream, PICTURES) : PICTURES - 1;
  uint8_t *flags = malloc(panel_count(inputs)), *used = random_below(&stream, 2) ? flags : NULL;
  if (!flags)
    abort();
  for (uint32_t panel = 0; panel < panel_count(inputs); panel++)
    flags[panel] = (uint8_t)random_below(&stream, 2);
  float *wanted = untouched(count);
  plain.gather_bytes(bytes, order, inputs, batch, 0, batch, used, wanted);
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].gather_bytes(bytes, order, inputs, batch, 0, batch, used, whole);
    sets[k].gather_bytes(bytes, order, inputs, batch, cut, batch, used, parts);
    sets[k].gather_bytes(bytes, order, inputs, batch, 0, cut, used, parts);
    CHECK_SAME(whole, wanted, count, "gather_bytes %ux%u, %d lanes", batch, inputs, sets[k].lanes);
    CHECK_SAME(parts, whole, count, "gather_bytes %ux%u in parts at %u", batch, inputs, cut);
    SparseMatrix few = sparse_matrix(batch, inputs, inputs + 8);
    sets[k].gather_nonzeros(bytes, order, inputs, cut, batch, &few);
    sets[k].gather_nonzeros(bytes, order, inputs, 0, cut, &few);
    SparseMatrix plain_few = sparse_matrix(batch, inputs, inputs + 8);
    plain.gather_nonzeros(bytes, order, inputs, 0, batch, &plain_few);
    int same = 1;
    for (uint32_t b = 0; b < batch; b++)
      same &= few.count[b] == plain_few.count[b] &&
              !memcmp(few.column + few.start[b], plain_few.column + few.start[b],
                      few.count[b] * sizeof(uint32_t)) &&
              !memcmp(few.value + few.start[b], plain_few.value + few.start[b],
                      few.count[b] * sizeof(float));
    CHECK(same, "gather_nonzeros %ux%u in parts at %u, %d lanes", batch, inputs, cut,
          sets[k].lanes);
    sparse_free_arrays(&few), sparse_free_arrays(&plain_few);
    memory_free(whole), memory_free(parts);
  }
  free(bytes), free(order), free(flags), memory_free(wanted);
}

static void check_transpose(uint32_t rows, uint32_t columns) {
  size_t count = panel_floats(columns, rows);
  uint32_t high = panel_count(rows), wide = panel_count(columns);
  uint32_t row = cut_of(high), panel = cut_of(wide);
  float *from = matrix(rows, columns, any_fill()), *wanted = untouched(count);
  plain.transpose(from, rows, columns, wanted, 0, high, 0, wide);
  for (int k = 0; k < set_count; k++) {
    float *whole = untouched(count), *parts = untouched(count);
    sets[k].transpose(from, rows, columns, whole, 0, high, 0, wide);
    CHECK_SAME(whole, wanted, count, "transpose %ux%u, %d lanes", rows, columns, sets[k].lanes);
    for (uint32_t r = rows; r < high * 16; r++)
      for (uint32_t c = 0; c < columns; c++)
        if (bits_of(whole[panel_index(columns, c, r)]))
          CHECK(0, "padding of transpose %ux%u", rows, columns);
    for (int part = 0; part < 4; part++)
      sets[k].transpose(from, rows, columns, parts, part & 1 ? row : 0, part & 1 ? high : row,
                        part & 2 ? panel : 0, part & 2 ? wide : panel);
    CHECK_SAME(parts, whole, count, "transpose %ux%u in parts at %u, %u", rows, columns, row,
               panel);
    memory_free(whole), memory_free(parts);
  }
  memory_free(from), memory_free(wanted);
}

static void check_relu(uint32_t lines, Fill fill) {
  size_t count = (size_t)lines * 16;
  float *x = matrix(lines, 16, fill), *h = matrix(lines, 16, any_fill());
  float *wanted = copy(x, count), *wanted_dx = copy(x, count), scale = ordinary() * 3;
  plain.relu(wanted, lines);
  plain.relu_backward(wanted_dx, h, scale, lines);
  for (size_t k = 0; k < count; k++) {
    if (x[k] != x[k] && wanted[k] == wanted[k])
      CHECK(0, "relu lost a NaN");
    if (x[k] != x[k] && h[k] > 0 && wanted_dx[k] == wanted_dx[k])
      CHECK(0, "relu_backward lost a NaN");
  }
  for (int k = 0; k < set_count; k++) {
    float *got = copy(x, count), *dx = copy(x, count);
    sets[k].relu(got, lines);
    sets[k].relu_backward(dx, h, scale, lines);
    CHECK_SAME(got, wanted, count, "relu of %u lines, %d lanes, fill %d", lines, sets[k].lanes,
               fill);
    CHECK_SAME(dx, wanted_dx, count, "relu_backward of %u lines, %d lanes", lines, sets[k].lanes);
    memory_free(got), memory_free(dx);
  }
  memory_free(x), memory_free(h), memory_free(wanted), memory_free(wanted_dx);
}

/* Sums and silence of the rows of a batch. */
static void check_batch_rows(uint32_t rows, uint32_t batch, Fill fill) {
  uint32_t panels = panel_count(batch), panel = cut_of(panels);
  float *a = matrix(rows, batch, fill), *wanted = untouched(rows);
  for (uint32_t b = 0; b < batch; b++) /* a silent row */
    a[panel_index(rows, rows / 2, b)] = 0;
  uint8_t *silent[4];
  for (int k = 0; k < 4; k++)
    if (!(silent[k] = malloc(rows)))
      abort();
  plain.batch_sums(a, rows, panels, wanted);
  plain.silent_rows(a, rows, 0, panels, silent[0]);
  CHECK(silent[0][rows / 2] == 1, "a row of zeros is silent");
  for (int k = 0; k < set_count; k++) {
    float *got = untouched(rows);
    sets[k].batch_sums(a, rows, panels, got);
    CHECK_SAME(got, wanted, rows, "batch_sums of %ux%u, %d lanes, fill %d", rows, batch,
               sets[k].lanes, fill);
    sets[k].silent_rows(a, rows, 0, panels, silent[1]);
    sets[k].silent_rows(a, rows, 0, panel, silent[2]);
    sets[k].silent_rows(a, rows, panel, panels, silent[3]);
    for (uint32_t r = 0; r < rows; r++)
      silent[2][r] &= silent[3][r];
    CHECK(!memcmp(silent[1], silent[0], rows) && !memcmp(silent[2], silent[0], rows),
          "silent_rows of %ux%u, %d lanes, fill %d", rows, batch, sets[k].lanes, fill);
    memory_free(got);
  }
  for (int k = 0; k < 4; k++)
    free(silent[k]);
  memory_free(a), memory_free(wanted);
}

/* Softmax's tolerance, u = UNIT, C classes, Z the largest |logit|. The exponentials' sum is off by
 * (C + 4) u of itself, its logarithm by that much and 4 u ln C more; adding the largest logit,
 * weighing by the targets (a sum of C logits times smoothing / C) and subtracting is off by
 * (8 + (C + 3) smoothing) u Z. A share is at most 1, so its error is (C + 12) u. */
static void check_softmax(uint32_t classes, uint32_t batch, float range, float smoothing) {
  size_t count = panel_floats(classes, batch), length = (size_t)panel_count(batch) * 16;
  uint32_t panels = panel_count(batch), panel = cut_of(panels);
  float *z = matrix(classes, batch, FILL_ORDINARY), scale = 1 / (float)batch;
  int32_t *labels = memory_zeroed(length, sizeof *labels);
  int32_t *correct[4], *wanted_correct = memory_zeroed(length, sizeof *labels);
  float *loss[3], *dz[3], *wanted = untouched(length), *wanted_dz = untouched(count), sum = 0;
  for (size_t k = 0; k < count; k++)
    z[k] *= range;
  for (uint32_t b = 0; b < batch; b++)
    labels[b] = (int32_t)random_below(&stream, classes);
  if (batch > 2 && classes > 1) { /* equal logits: the first is the answer */
    for (uint32_t c = 0; c < classes; c++)
      z[panel_index(classes, c, 1)] = range, z[panel_index(classes, c, 2)] = -range;
    labels[1] = 0, labels[2] = 1;
  }
  plain.softmax(z, labels, classes, batch, 0, panels, smoothing, scale, wanted, wanted_correct,
                wanted_dz);
  if (batch > 2 && classes > 1)
    CHECK(wanted_correct[1] == 1 && wanted_correct[2] == 0, "ties go to the first class");
  double c = classes;
  double tolerance = UNIT * (c + 6 + 4 * libm_log(c) + range * (8 + (c + 3) * smoothing));
  double dz_tolerance = scale * UNIT * (c + 12);
  for (uint32_t b = 0; b < batch; b++)
    sum += wanted[b] / (float)batch;
  CHECK(range > 100 || classes == 1 || batch < 8 || tolerance < 0.001 * sum,
        "the tolerance %g hides the mean loss %g", tolerance, (double)sum);
  CHECK(dz_tolerance < 0.001 * scale, "the tolerance hides the gradient");
  for (int k = 0; k < set_count; k++) {
    for (int run = 0; run < 3; run++) {
      loss[run] = untouched(length), dz[run] = untouched(count);
      correct[run] = memory_zeroed(length, sizeof **correct);
      for (int part = run == 1; part >= 0; part--)
        sets[k].softmax(z, labels, classes, batch, part ? panel : 0,
                        run == 1 && !part ? panel : panels, smoothing, scale, loss[run],
                        correct[run], run == 2 ? NULL : dz[run]);
    }
    for (size_t b = 0; b < length; b++)
      CHECK_CLOSE(loss[0][b], wanted[b], b < batch ? tolerance : 0);
    for (size_t at = 0; at < count; at++)
      CHECK_CLOSE(dz[0][at], wanted_dz[at],
                  at / 16 / classes * 16 + at % 16 < batch ? dz_tolerance : 0);
    CHECK(!memcmp(correct[0], wanted_correct, length * sizeof **correct), "softmax: correct");
    CHECK(!memcmp(correct[1], wanted_correct, length * sizeof **correct),
          "softmax: correct, parts");
    CHECK(!memcmp(correct[2], wanted_correct, length * sizeof **correct),
          "softmax: correct, no dz");
    CHECK_SAME(loss[1], loss[0], length, "softmax %ux%u in parts: loss", classes, batch);
    CHECK_SAME(loss[2], loss[0], length, "softmax %ux%u without gradient: loss", classes, batch);
    CHECK_SAME(dz[1], dz[0], count, "softmax %ux%u in parts: dz", classes, batch);
    float *again = untouched(length), *again_dz = untouched(count);
    sets[0].softmax(z, labels, classes, batch, 0, panels, smoothing, scale, again, correct[0],
                    again_dz);
    CHECK_SAME(loss[0], again, length, "softmax %ux%u: loss of two lane sets", classes, batch);
    CHECK_SAME(dz[0], again_dz, count, "softmax %ux%u: dz of two lane sets", classes, batch);
    memory_free(again), memory_free(again_dz);
    for (int run = 0; run < 3; run++)
      memory_free(loss[run]), memory_free(dz[run]), memory_free(correct[run]);
  }
  memory_free(z), memory_free(labels), memory_free(wanted), memory_free(wanted_dz);
  memory_free(wanted_correct);
}

/* A NaN or an infinite largest logit makes that sample's loss NaN, and no other's. */
static void check_softmax_broken(uint32_t classes, uint32_t batch, float bad) {
  size_t count = panel_floats(classes, batch), length = (size_t)panel_count(batch) * 16;
  float *z = matrix(classes, batch, FILL_ORDINARY), *loss = untouched(length),
        *dz = untouched(count);
  int32_t *labels = memory_zeroed(length, sizeof *labels), *correct = memory_zeroed(length, 4);
  uint32_t victim = random_below(&stream, batch);
  z[panel_index(classes, random_below(&stream, classes), victim)] = bad;
  for (int k = -1; k < set_count; k++) {
    const Kernels *kernels = k < 0 ? &plain : &sets[k];
    kernels->softmax(z, labels, classes, batch, 0, panel_count(batch), 0.1f, 1, loss, correct, dz);
    for (uint32_t b = 0; b < batch; b++)
      CHECK((loss[b] != loss[b]) == (b == victim), "softmax with a logit %g: loss %g, %d lanes",
            (double)bad, (double)loss[b], kernels->lanes);
  }
  memory_free(z), memory_free(loss), memory_free(dz), memory_free(labels), memory_free(correct);
}

static void test_batch(void) {
  for (uint32_t rows = 1; rows <= SMALL; rows++) {
    for (uint32_t columns = 1; columns <= SMALL; columns++) {
      if ((rows + 2 * columns) % EVERY)
        continue;
      check_gather(rows, columns);
      check_transpose(rows, columns);
      check_softmax(rows, columns, 5, columns % 2 ? 0 : 0.1f);
      check_batch_rows(rows, columns, any_fill());
      check_softmax_broken(rows, columns, NAN);
      check_softmax_broken(rows, columns, INFINITY);
    }
    for (int fill = 0; fill < FILLS; fill++)
      check_relu(rows, (Fill)fill);
  }
  check_gather(128, 784), check_gather(8, 785), check_gather(3, 799);
  check_transpose(784, 128), check_transpose(128, 300), check_transpose(300, 127);
  check_transpose(257, 1), check_transpose(1, 257);
  check_relu(2400, FILL_BROKEN), check_relu(2400, FILL_EXTREME);
  for (int again = 0; again < 4; again++) {
    check_softmax(10, 128, 20, 0.1f), check_softmax(10, 1000, 1, 0);
    check_softmax(100, 33, 10, 0.9f), check_softmax(10, 40, 1e30f, 0.1f);
    check_softmax(2, 40, 200, 0);
  }
}

/* ---- speed --------------------------------------------------------------------------------- */

enum { O = 300, I = 784, B = 128 };

typedef struct Arena {
  float *weights, *first_moment, *second_moment, *gradient, *activations, *samples, *output,
      *turned, *rows[4], *columns[3];
  uint8_t *bytes;
  uint32_t order[B];
  int32_t *labels, *correct;
  SparseMatrix sparse, collected; /* a tenth of the weights; room for them */
  SparseMatrix inputs;            /* the bytes' nonzeros: a fifth of them */
  float *rare;                    /* weights, one in 50 */
  LineMarks marks;
} Arena;

static void run_product(const Kernels *k, Arena *a) {
  k->product(a->weights, a->activations, NULL, a->output, O, I, 0, O, 0, B / 16);
}
static void run_product_transposed(const Kernels *k, Arena *a) {
  k->product_transposed(a->weights, a->samples, a->output, I, O, 0, B / 16);
}
static void run_sparse_product(const Kernels *k, Arena *a) {
  k->sparse_product(&a->sparse, a->activations, NULL, a->output, 0, B / 16);
}
static void run_sparse_transposed(const Kernels *k, Arena *a) {
  k->sparse_product_transposed(&a->sparse, a->samples, a->output, 0, B / 16);
}
static void run_sparse_gradient(const Kernels *k, Arena *a) {
  k->sparse_gradient(&a->sparse, a->samples, a->activations, B, 0, panel_count(a->sparse.start[O]),
                     a->output);
}
static void run_sparse_collect(const Kernels *k, Arena *a) {
  k->sparse_collect(a->gradient, NULL, &a->collected, 0, O);
}
static void run_row_sums(const Kernels *k, Arena *a) {
  CellForm form = {CELL_HALF, 1e-5f, 0.01f / (O * I), 0.5f, 0, NULL, 0};
  k->row_sums(a->weights, NULL, O, I, &form, 0, O, a->rows[0], NULL, a->rows[2], a->rows[3]);
}
static void run_row_sums_power(const Kernels *k, Arena *a) {
  CellForm form = {CELL_POWER, 1e-5f, 0.01f / (O * I), 0.6f, 0, NULL, 0};
  k->row_sums(a->weights, NULL, O, I, &form, 0, O, a->rows[0], NULL, a->rows[2], a->rows[3]);
}
static void run_column_sums(const Kernels *k, Arena *a) {
  k->column_sums(a->weights, O, 0, I / 16, a->columns[0], a->columns[1], a->columns[2]);
}
static void run_slopes(const Kernels *k, Arena *a) {
  SlopeForm form = {.base = 1e-5f, .cell_scale = 1e-5f, .row = a->rows[0], .column = a->columns[0]};
  form.cell = (CellForm){CELL_HALF, 1e-5f, 0.01f / (O * I), 0.5f, 0, NULL, 0};
  k->slopes(a->weights, O, 0, I / 16, &form, a->output);
}
static void run_step(const Kernels *k, Arena *a) {
  SlopeForm form = {.cell_scale = 1e-9f, .row = a->rows[1], .column = a->columns[1]};
  form.cell = (CellForm){CELL_HALF, 1e-5f, 0.01f / (O * I), 0.5f, 0, NULL, 0};
  StepForm step = {1, STEP_PROXIMAL, 1e-9f, 1e-9f, 1, 1};
  k->step(a->weights, a->first_moment, a->second_moment, a->gradient, NULL, O, 0, I / 16, &form,
          &step, a->columns[0], NULL, NULL);
}
static void run_step_marked(const Kernels *k, Arena *a) {
  SlopeForm form = {.base = 10, .row = a->rows[3], .column = a->columns[1]};
  StepForm step = {1, STEP_PROXIMAL, 1e-3f, 1e-3f, 1, 1};
  k->mark(a->rare, O, 0, I / 16, a->marks.nonzero);
  k->step_marked(a->rare, a->first_moment, a->second_moment, a->gradient, NULL, O, 0, I / 16, &form,
                 &step, &a->marks, a->columns[0]);
}
static void run_batch_sums(const Kernels *k, Arena *a) {
  k->batch_sums(a->samples, O, B / 16, a->columns[2]);
}
static void run_silent_rows(const Kernels *k, Arena *a) {
  k->silent_rows(a->samples, O, 0, B / 16, (uint8_t *)a->labels);
}
static void run_gather(const Kernels *k, Arena *a) {
  k->gather_bytes(a->bytes, a->order, I, B, 0, B, NULL, a->output);
}
static void run_gather_nonzeros(const Kernels *k, Arena *a) {
  k->gather_nonzeros(a->bytes, a->order, I, 0, B, &a->inputs);
}
static void run_input_product(const Kernels *k, Arena *a) {
  k->input_product(&a->inputs, a->turned, NULL, a->output, O, 0, B / 16);
}
static void run_transpose(const Kernels *k, Arena *a) {
  k->transpose(a->activations, I, B, a->output, 0, I / 16, 0, B / 16);
}
static void run_relu(const Kernels *k, Arena *a) { k->relu(a->activations, I * B / 16); }
static void run_relu_backward(const Kernels *k, Arena *a) {
  k->relu_backward(a->output, a->activations, 1, I * B / 16);
}
static void run_softmax(const Kernels *k, Arena *a) {
  k->softmax(a->activations, a->labels, 10, B, 0, B / 16, 0.1f, 1, a->rows[0], a->correct,
             a->output);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double speed(void (*run)(const Kernels *, Arena *), const Kernels *kernels, Arena *arena,
                    double work) {
  double best = 1e9, begun = seconds();
  for (int times = 0; times < 3 || seconds() - begun < 0.2; times++) {
    double before = seconds();
    run(kernels, arena);
    double taken = seconds() - before;
    best = taken < best ? taken : best;
  }
  return work / best / 1e9;
}

static int bench(void) {
  const double weights = (double)O * I, batch = (double)I * B, flops = 2.0 * O * I * B;
  const struct {
    const char *name;
    void (*run)(const Kernels *, Arena *);
    double work;
    const char *unit;
  } rows[] = {{"product 300x784x128", run_product, flops, "GFLOP/s"},
              {"product_transposed 784x300x128", run_product_transposed, flops, "GFLOP/s"},
              {"sparse_product, 1/10 of that", run_sparse_product, flops / 10, "GFLOP/s"},
              {"sparse_product_transposed, 1/10", run_sparse_transposed, flops / 10, "GFLOP/s"},
              {"sparse_gradient, 1/10", run_sparse_gradient, flops / 10, "GFLOP/s"},
              {"sparse_collect 300x784", run_sparse_collect, weights * 4, "GB/s"},
              {"row_sums 300x784, order 1/2", run_row_sums, weights * 4, "GB/s"},
              {"row_sums 300x784, order 0.6", run_row_sums_power, weights * 4, "GB/s"},
              {"column_sums 300x784", run_column_sums, weights * 4, "GB/s"},
              {"slopes 300x784, order 1/2", run_slopes, weights * 8, "GB/s"},
              {"step 300x784, Adam, proximal", run_step, weights * 28, "GB/s"},
              {"mark, step_marked, 1/50 nonzero", run_step_marked, weights * 28, "GB/s"},
              {"batch_sums 300x128", run_batch_sums, O * B * 4.0, "GB/s"},
              {"silent_rows 300x128", run_silent_rows, O * B * 4.0, "GB/s"},
              {"gather_nonzeros 128x784", run_gather_nonzeros, batch * 5, "GB/s"},
              {"input_product 128x784x300, 1/5", run_input_product, flops / 5, "GFLOP/s"},
              {"gather_bytes 128x784", run_gather, batch * 5, "GB/s"},
              {"transpose 784x128", run_transpose, batch * 8, "GB/s"},
              {"relu 784x128", run_relu, batch * 8, "GB/s"},
              {"relu_backward 784x128", run_relu_backward, batch * 12, "GB/s"},
              {"softmax 10x128", run_softmax, 10.0 * B * 8, "GB/s"}};
  Arena arena = {.weights = matrix(O, I, FILL_ORDINARY),
                 .first_moment = matrix(O, I, FILL_ORDINARY),
                 .second_moment = matrix(O, I, FILL_ORDINARY),
                 .gradient = matrix(O, I, FILL_ORDINARY),
                 .activations = matrix(I, B, FILL_ORDINARY),
                 .samples = matrix(O, B, FILL_ORDINARY),
                 .output = floats(panel_floats(O, I)),
                 .turned = matrix(I, O, FILL_ORDINARY),
                 .bytes = calloc(B, I),
                 .labels = memory_zeroed(I, 4),
                 .rare = rare_matrix(O, I, 50, 1),
                 .marks = {calloc(O, I / 16), calloc(O * I / 16, sizeof(uint32_t))},
                 .correct = memory_zeroed(B, 4)};
  for (int k = 0; k < 4; k++)
    arena.rows[k] = floats(I);
  for (int k = 0; k < 3; k++)
    arena.columns[k] = floats(I);
  for (uint32_t k = 0; k < panel_floats(O, I); k++)
    arena.second_moment[k] = fabsf(arena.second_moment[k]);
  for (uint32_t b = 0; b < B; b++)
    arena.order[b] = b;
  arena.sparse = sparse_matrix(O, I, I + 16);
  arena.collected = sparse_matrix(O, I, I + 16);
  arena.inputs = sparse_matrix(B, I, I + 16);
  for (uint32_t k = 0; k < B * I; k++) /* in strokes, as in pictures */
    arena.bytes[k] = k % 40 < 8 ? 200 : 0;
  plain.gather_nonzeros(arena.bytes, arena.order, I, 0, B, &arena.inputs);
  for (uint32_t k = 0; k < O * I; k++)
    if (k % 10)
      arena.output[panel_index(O, k / I, k % I)] = 0;
    else
      arena.output[panel_index(O, k / I, k % I)] = arena.weights[panel_index(O, k / I, k % I)];
  plain.sparse_collect(arena.output, NULL, &arena.sparse, 0, O);
  sparse_pack(&arena.sparse);
  printf("%-32s %-8s %9s", "kernel", "unit", "reference");
  for (int k = 0; k < set_count; k++)
    printf("  %2d lanes", sets[k].lanes);
  printf("\n");
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    printf("%-32s %-8s %9.2f", rows[row].name, rows[row].unit,
           speed(rows[row].run, &plain, &arena, rows[row].work));
    for (int k = 0; k < set_count; k++)
      printf("  %8.2f", speed(rows[row].run, &sets[k], &arena, rows[row].work));
    printf("\n");
  }
  float **matrices[] = {&arena.weights,  &arena.first_moment, &arena.second_moment,
                        &arena.gradient, &arena.activations,  &arena.samples,
                        &arena.output,   &arena.turned,       &arena.rare};
  for (size_t k = 0; k < sizeof matrices / sizeof *matrices; k++)
    memory_free(*matrices[k]);
  for (int k = 0; k < 4; k++)
    memory_free(arena.rows[k]);
  for (int k = 0; k < 3; k++)
    memory_free(arena.columns[k]);
  sparse_free_arrays(&arena.sparse), sparse_free_arrays(&arena.collected);
  sparse_free_arrays(&arena.inputs);
  free(arena.marks.nonzero), free(arena.marks.asleep);
  memory_free(arena.labels), memory_free(arena.correct), free(arena.bytes);
  return 0;
}

/* The comparison itself: one wrong bit, a lost NaN or a lost sign is seen. */
static void test_comparison(void) {
  const float a[] = {1.0f, -0.0f, NAN, 0x1p-149f}, b[] = {1.0f, -0.0f, -NAN, 0x1p-149f};
  const float c[] = {1.0f, 0.0f, NAN, 0x1p-149f}, d[] = {1.0f, -0.0f, 1.0f, 0x1p-149f};
  const float e[] = {1.0f, -0.0f, NAN, 0x1p-148f},
              f[] = {1.0f + FLT_EPSILON, -0.0f, NAN, 0x1p-149f};
  CHECK(first_difference(a, b, 4) == 4);
  CHECK(first_difference(a, c, 4) == 1);
  CHECK(first_difference(a, d, 4) == 2);
  CHECK(first_difference(a, e, 4) == 3);
  CHECK(first_difference(a, f, 4) == 0);
}

int main(int count, char **words) {
  check_start(count, words);
  stream = random_stream(check_seed, RANDOM_DATA, 1, 0);
  if (!CHECK(libm_load(), "no libm to compare with"))
    return check_finish();
  reference_kernels(&plain);
  for (int lanes = 4; lanes <= 16; lanes *= 2)
    if (kernels_with_lanes(lanes, &sets[set_count]))
      CHECK(sets[set_count++].lanes == lanes);
  CHECK(set_count > 0 && sets[0].lanes == 4, "4 lanes are there on every machine");
  Kernels none;
  CHECK(!kernels_with_lanes(5, &none) && !kernels_with_lanes(0, &none));
  if (count > 1 && !strcmp(words[1], "--bench"))
    return bench();
  printf("seed %llu; lanes:", (unsigned long long)check_seed);
  for (int k = 0; k < set_count; k++)
    printf(" %d", sets[k].lanes);
  printf("\n");
  test_comparison();
  test_products();
  test_weights();
  test_steps();
  test_marked();
  test_sparse();
  test_batch();
  return check_finish();
}
