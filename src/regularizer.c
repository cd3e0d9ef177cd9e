/* regularizer.c: the table of regularizers; see regularizer.h. */
#include "regularizer.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "panel.h"
#include "scalar.h"

/* Work space for the marginals (row and column sums as distributions). */
struct RegularizerScratch {
  float *row_x, *row_phi, *row_term;          /* [O] */
  float *column_x, *column_phi, *column_term; /* [I] */
};

static unsigned needs_nothing(const RegularizerParameters *parameters) {
  (void)parameters;
  return 0;
}

static void cell_none(const RegularizerParameters *parameters, const RegularizerSums *sums,
                      CellForm *form) {
  (void)parameters, (void)sums;
  *form = (CellForm){0};
}

/* ---- none ---------------------------------------------------------------------------------- */

static double finish_none(const RegularizerParameters *parameters, const RegularizerSums *sums,
                          double strength, const Kernels *kernels, RegularizerScratch *scratch,
                          SlopeForm *form) {
  (void)parameters, (void)sums, (void)strength, (void)kernels, (void)scratch, (void)form;
  return 0.0;
}

/* ---- L1: sum |w| --------------------------------------------------------------------------- */

static double finish_l1(const RegularizerParameters *parameters, const RegularizerSums *sums,
                        double strength, const Kernels *kernels, RegularizerScratch *scratch,
                        SlopeForm *form) {
  (void)parameters, (void)kernels, (void)scratch;
  form->base = (float)strength;
  return sums->absolute;
}

/* ---- L2: sum w^2 / 2; elastic net: mix sum |w| + (1 - mix) sum w^2 / 2 ----------------------- */

static unsigned needs_squares(const RegularizerParameters *parameters) {
  (void)parameters;
  return NEEDS_SQUARES;
}

static double finish_l2(const RegularizerParameters *parameters, const RegularizerSums *sums,
                        double strength, const Kernels *kernels, RegularizerScratch *scratch,
                        SlopeForm *form) {
  (void)parameters, (void)kernels, (void)scratch;
  form->linear = (float)strength;
  return 0.5 * sums->square;
}

static double finish_elastic_net(const RegularizerParameters *parameters,
                                 const RegularizerSums *sums, double strength,
                                 const Kernels *kernels, RegularizerScratch *scratch,
                                 SlopeForm *form) {
  (void)kernels, (void)scratch;
  double mix = parameters->mix;
  form->base = (float)(strength * mix);
  form->linear = (float)(strength * (1 - mix));
  return mix * sums->absolute + (1 - mix) * 0.5 * sums->square;
}

/* ---- group lasso: sum of the rows' and of the columns' Euclidean norms ------------------------
 */

static unsigned needs_group_lasso(const RegularizerParameters *parameters) {
  (void)parameters;
  return NEEDS_SQUARES | NEEDS_ROWS;
}

/* Norms from sums of squares: their sum; inverse[k] = strength / norm and at_zero[k] = 0, or, for a
 * group that is all zero, 0 and strength / sqrt(length): what a zero weight must overcome is its
 * even share of the norm's subgradient, else dead groups would flicker. */
static double group_norms(const float *squares, uint32_t count, uint32_t length, double strength,
                          float *inverse, float *at_zero) {
  double total = 0, share = strength / scalar_sqrt(length);
  for (uint32_t k = 0; k < count; k++) {
    double norm = scalar_sqrt(squares[k]);
    total += norm;
    inverse[k] = norm > 0 ? (float)(strength / norm) : 0.0f;
    at_zero[k] = norm > 0 ? 0.0f : (float)share;
  }
  return total;
}

static double finish_group_lasso(const RegularizerParameters *parameters,
                                 const RegularizerSums *sums, double strength,
                                 const Kernels *kernels, RegularizerScratch *scratch,
                                 SlopeForm *form) {
  (void)parameters, (void)kernels;
  double value = group_norms(sums->row_square, sums->rows, sums->columns, strength,
                             scratch->row_term, scratch->row_phi);
  value += group_norms(sums->column_square, sums->columns, sums->rows, strength,
                       scratch->column_term, scratch->column_phi);
  form->row = scratch->row_phi;
  form->column = scratch->column_phi;
  form->row_linear = scratch->row_term;
  form->column_linear = scratch->column_term;
  return value;
}

/* ---- Hoyer-Square: (sum |w|)^2 / sum w^2 ------------------------------------------------------
 */

static double finish_hoyer_square(const RegularizerParameters *parameters,
                                  const RegularizerSums *sums, double strength,
                                  const Kernels *kernels, RegularizerScratch *scratch,
                                  SlopeForm *form) {
  (void)parameters, (void)kernels, (void)scratch;
  double s = sums->absolute, q = sums->square;
  if (!(q - q == 0)) /* squares overflow: the caller reports it */
    return q;
  if (q == 0) /* squares underflow: weights so small count as none */
    return 0.0;
  form->base = (float)(strength * 2 * s / q);
  form->linear = (float)(-strength * 2 * (s / q) * (s / q));
  return s * s / q;
}

/* ---- arrangement: N(p)^(1-mix) (N(r) N(c))^mix ------------------------------------------------
 */
/* p = |W| / S; r, c its row and column sums; N the smoothed Hill number of the given order
 * (REGULARIZER.md; Hill 1973). Our reconstruction from the abstract of arXiv 2301.07285. */

static const double SMOOTHING = 0.01; /* e = SMOOTHING / cells */

/* How phi and psi of a distribution of `count` cells, the largest of them `largest`, are defined.
 */
static void hill_form(double order, double count, double largest, CellForm *form) {
  double e = SMOOTHING / count;
  *form = (CellForm){.inverse_sum = 1.0f, .smoothing = (float)e, .order = (float)order};
  if (order == 0.5)
    form->kind = CELL_HALF;
  else if ((float)order == 1.0f) /* nearer than that, t = a - 1 vanishes in float */
    form->kind = CELL_SHANNON;
  else if (order > 0.75 && order < 1.25)
    form->kind = CELL_NEAR_1;
  else {
    form->kind = CELL_POWER;
    if (order > 1) /* high powers of small cells would vanish: take them relative to the largest */
      form->log_scale = (float)scalar_log(largest + e);
  }
}

/* (x + e)^t - 1 in double, without loss where t is tiny. */
static double power_excess(double base, double t) {
  double z = t * scalar_log(base);
  return z > -1e-5 && z < 1e-5 ? z + 0.5 * z * z : scalar_exp(z) - 1;
}

/* ln N and the factor f in d lnN / dx = f * psi(x) + constant, from the sum of phi. A constant is
 * free: it cancels in the slope, which is orthogonal to W. */
static double hill_log(const CellForm *form, double order, double count, double sum_phi,
                       double *factor) {
  double e = SMOOTHING / count, u = 1 / count + e, t = order - 1;
  if (form->kind == CELL_SHANNON) {
    *factor = -1;
    return -sum_phi + scalar_log(1 + SMOOTHING);
  }
  if (form->kind == CELL_NEAR_1) {
    double uniform = count * (u * power_excess(u, t) - e * power_excess(e, t));
    *factor = -order / (1 + t * sum_phi);
    return scalar_log(count) - (scalar_log1p(t * sum_phi) - scalar_log1p(uniform)) / t;
  }
  double scale = form->log_scale; /* ln M; 0 for order 1/2 */
  double log_uniform =
      scalar_log(count) + order * scalar_log(u) + scalar_log(1 - scalar_power(e / u, order));
  *factor = order / ((1 - order) * sum_phi) * scalar_exp(-scale);
  return scalar_log(count) + (scalar_log(sum_phi) + order * scale - log_uniform) / (1 - order);
}

/* A marginal: x[k] = sums[k] / S; returns ln N, leaves psi in `term`; *product = sum of x psi. */
static double hill_marginal(const Kernels *kernels, double order, const float *sums, uint32_t count,
                            float inverse_sum, float *x, float *phi, float *term, double *factor,
                            double *product) {
  float largest = 0;
  for (uint32_t k = 0; k < count; k++) {
    x[k] = sums[k] * inverse_sum;
    largest = x[k] > largest ? x[k] : largest;
  }
  CellForm form;
  hill_form(order, count, largest, &form);
  kernels->cells(x, count, &form, phi, term);
  double sum_phi = 0, sum_product = 0;
  for (uint32_t k = 0; k < count; k++) {
    sum_phi += phi[k];
    sum_product += (double)x[k] * term[k];
  }
  *product = sum_product;
  return hill_log(&form, order, count, sum_phi, factor);
}

static unsigned needs_arrangement(const RegularizerParameters *parameters) {
  unsigned needs = 0;
  if (parameters->mix > 0)
    needs |= NEEDS_ROWS;
  if (parameters->order >= 1.25 && parameters->mix < 1)
    needs |= NEEDS_LARGEST;
  return needs;
}

static void cell_arrangement(const RegularizerParameters *parameters, const RegularizerSums *sums,
                             CellForm *form) {
  *form = (CellForm){0};
  if (parameters->mix == 1)
    return; /* only the marginals count */
  double cells = (double)sums->rows * sums->columns;
  hill_form(parameters->order, cells, sums->largest / sums->absolute, form);
  form->inverse_sum = (float)(1 / sums->absolute);
}

static double finish_arrangement(const RegularizerParameters *parameters,
                                 const RegularizerSums *sums, double strength,
                                 const Kernels *kernels, RegularizerScratch *scratch,
                                 SlopeForm *form) {
  double mix = parameters->mix, order = parameters->order;
  double cells = (double)sums->rows * sums->columns;
  float inverse_sum = (float)(1 / sums->absolute);
  double log_value = 0, mean = 0; /* mean = sum over cells of p D */
  double cell_factor = 0, row_factor = 0, column_factor = 0;
  if (mix < 1) {
    double sum_phi = 0, product = 0;
    for (uint32_t r = 0; r < sums->rows; r++) {
      sum_phi += sums->row_phi[r];
      product += sums->row_product[r];
    }
    log_value += (1 - mix) * hill_log(&form->cell, order, cells, sum_phi, &cell_factor);
    mean += (1 - mix) * cell_factor * product;
  }
  if (mix > 0) {
    double product;
    log_value += mix * hill_marginal(kernels, order, sums->row_absolute, sums->rows, inverse_sum,
                                     scratch->row_x, scratch->row_phi, scratch->row_term,
                                     &row_factor, &product);
    mean += mix * row_factor * product;
    log_value += mix * hill_marginal(kernels, order, sums->column_absolute, sums->columns,
                                     inverse_sum, scratch->column_x, scratch->column_phi,
                                     scratch->column_term, &column_factor, &product);
    mean += mix * column_factor * product;
  }
  double value = scalar_exp(log_value), scale = strength * value / sums->absolute;
  form->base = (float)(-scale * mean);
  form->cell_scale = (float)(scale * (1 - mix) * cell_factor);
  if (mix > 0) {
    float row_scale = (float)(scale * mix * row_factor);
    float column_scale = (float)(scale * mix * column_factor);
    for (uint32_t r = 0; r < sums->rows; r++)
      scratch->row_term[r] *= row_scale;
    for (uint32_t c = 0; c < sums->columns; c++)
      scratch->column_term[c] *= column_scale;
    form->row = scratch->row_term;
    form->column = scratch->column_term;
  }
  return value;
}

/* ---- the table ------------------------------------------------------------------------------ */

const Regularizer regularizer_table[] = {
    {"none", "None", "no penalty", {0, 0.5, 0.5}, 0, 0, needs_nothing, cell_none, finish_none},
    {"l1",
     "L1",
     "sum of |w|: the same pull on every weight",
     {1e-4, 0.5, 0.5},
     1,
     USES_STRENGTH,
     needs_nothing,
     cell_none,
     finish_l1},
    {"l2",
     "L2",
     "half the sum of w^2: weight decay, makes no zeros",
     {1e-4, 0.5, 0.5},
     0,
     USES_STRENGTH,
     needs_squares,
     cell_none,
     finish_l2},
    {"elastic-net",
     "Elastic net",
     "mix of L1 and L2; mix is L1's share",
     {2e-4, 0.5, 0.5},
     1,
     USES_STRENGTH | USES_MIX,
     needs_squares,
     cell_none,
     finish_elastic_net},
    {"group-lasso",
     "Group lasso",
     "sum of the norms of rows and columns: removes whole units",
     {1e-3, 0.5, 0.5},
     1,
     USES_STRENGTH,
     needs_group_lasso,
     cell_none,
     finish_group_lasso},
    {"hoyer-square",
     "Hoyer-Square",
     "(sum |w|)^2 / sum w^2: scale-invariant, blind to place",
     {1e-3, 0.5, 0.5},
     1,
     USES_STRENGTH,
     needs_squares,
     cell_none,
     finish_hoyer_square},
    {"arrangement",
     "Arrangement",
     "effective number of weights, rows and columns: scale-invariant, minds where weights stand "
     "(our reconstruction from the abstract of arXiv 2301.07285)",
     {3.5e-5, 0.5, 0.3},
     1,
     USES_STRENGTH | USES_ORDER | USES_MIX,
     needs_arrangement,
     cell_arrangement,
     finish_arrangement},
};
const int regularizer_count = sizeof regularizer_table / sizeof *regularizer_table;
const int regularizer_default = 6;

int regularizer_find(const char *name) {
  for (int k = 0; k < regularizer_count; k++)
    if (!strcmp(regularizer_table[k].name, name))
      return k;
  return -1;
}

/* ---- the passes ----------------------------------------------------------------------------- */

static float *line_floats(uint32_t count) {
  return memory_zeroed((size_t)panel_count(count) * 16, sizeof(float));
}

RegularizerScratch *regularizer_scratch_create(uint32_t rows, uint32_t columns) {
  RegularizerScratch *scratch = calloc(1, sizeof *scratch);
  if (!scratch)
    return NULL;
  float **arrays[] = {&scratch->row_x,    &scratch->row_phi,    &scratch->row_term,
                      &scratch->column_x, &scratch->column_phi, &scratch->column_term};
  for (int k = 0; k < 6; k++)
    if (!(*arrays[k] = line_floats(k < 3 ? rows : columns))) {
      regularizer_scratch_free(scratch);
      return NULL;
    }
  return scratch;
}

void regularizer_scratch_free(RegularizerScratch *scratch) {
  if (!scratch)
    return;
  memory_free(scratch->row_x);
  memory_free(scratch->row_phi);
  memory_free(scratch->row_term);
  memory_free(scratch->column_x);
  memory_free(scratch->column_phi);
  memory_free(scratch->column_term);
  free(scratch);
}

Status regularizer_sums_create(RegularizerSums *sums, uint32_t rows, uint32_t columns,
                               Error *error) {
  *sums = (RegularizerSums){.rows = rows, .columns = columns};
  float **arrays[] = {&sums->row_absolute,  &sums->row_square,      &sums->row_phi,
                      &sums->row_product,   &sums->column_absolute, &sums->column_square,
                      &sums->column_largest};
  for (int k = 0; k < 7; k++)
    if (!(*arrays[k] = line_floats(k < 4 ? rows : columns))) {
      regularizer_sums_free(sums);
      return error_set(error, STATUS_MEMORY, "out of memory for the sums of a %u x %u matrix", rows,
                       columns);
    }
  return STATUS_OK;
}

void regularizer_sums_free(RegularizerSums *sums) {
  memory_free(sums->row_absolute);
  memory_free(sums->row_square);
  memory_free(sums->row_phi);
  memory_free(sums->row_product);
  memory_free(sums->column_absolute);
  memory_free(sums->column_square);
  memory_free(sums->column_largest);
  *sums = (RegularizerSums){0};
}

void regularizer_totals(RegularizerSums *sums) {
  double absolute = 0, square = 0, largest = 0;
  for (uint32_t c = 0; c < sums->columns; c++) {
    absolute += sums->column_absolute[c];
    square += sums->column_square[c];
    largest = sums->column_largest[c] > largest ? sums->column_largest[c] : largest;
  }
  sums->absolute = absolute;
  sums->square = square;
  sums->largest = largest;
}

void regularizer_rows(const Regularizer *regularizer, const RegularizerParameters *parameters,
                      const Kernels *kernels, const float *w, const RegularizerSums *sums,
                      uint32_t row_first, uint32_t row_end) {
  CellForm cell = {0};
  unsigned needs = regularizer->needs(parameters);
  if (!(sums->absolute > 0))
    return; /* regularizer_slope does not look at the rows then */
  regularizer->cell(parameters, sums, &cell);
  cell.psi = sums->psi;
  if (cell.kind == CELL_NONE && !(needs & NEEDS_ROWS))
    return;
  kernels->row_sums(w, sums->nonzero, sums->rows, sums->columns, &cell, row_first, row_end,
                    sums->row_absolute, needs & NEEDS_SQUARES ? sums->row_square : NULL,
                    sums->row_phi, sums->row_product);
}

static float psi_at_zero(const Kernels *kernels, const CellForm *cell) {
  float zero[16] __attribute__((aligned(64))) = {0}, phi[16] __attribute__((aligned(64)));
  float psi[16] __attribute__((aligned(64)));
  kernels->cells(zero, 1, cell, phi, psi);
  return psi[0];
}

double regularizer_slope(const Regularizer *regularizer, const RegularizerParameters *parameters,
                         const Kernels *kernels, const RegularizerSums *sums, double lambda,
                         double l1, RegularizerScratch *scratch, SlopeForm *form) {
  *form = (SlopeForm){0};
  double value = 0;
  if (sums->absolute > 0) { /* at W = 0 value and slope are 0 */
    regularizer->cell(parameters, sums, &form->cell);
    form->cell.psi = sums->psi;
    form->cell.psi_zero = psi_at_zero(kernels, &form->cell);
    value = regularizer->finish(parameters, sums, lambda, kernels, scratch, form);
  } else if (sums->absolute != sums->absolute)
    value = sums->absolute;
  form->base += (float)l1;
  return value;
}

Status regularizer_evaluate(const Regularizer *regularizer, const RegularizerParameters *parameters,
                            const Kernels *kernels, const float *w, uint32_t rows, uint32_t columns,
                            double *value, float *gradient, float *slope, Error *error) {
  size_t count = (size_t)rows * columns;
  for (size_t k = 0; k < count; k++)
    if (!(w[k] - w[k] == 0.0f))
      return error_set(error, STATUS_FORMAT,
                       "weight %zu (row %zu, column %zu) is not a finite number", k, k / columns,
                       k % columns);
  RegularizerSums sums;
  Status status = regularizer_sums_create(&sums, rows, columns, error);
  if (status)
    return status;
  RegularizerScratch *scratch = regularizer_scratch_create(rows, columns);
  float *panel = memory_zeroed(panel_floats(rows, columns), sizeof(float));
  float *slopes = memory_zeroed(panel_floats(rows, columns), sizeof(float));
  if (!scratch || !panel || !slopes) {
    status = error_set(error, STATUS_MEMORY, "out of memory for a %u x %u matrix", rows, columns);
    goto done;
  }
  panel_from_rows(w, rows, columns, panel);
  kernels->column_sums(panel, rows, 0, panel_count(columns), sums.column_absolute,
                       sums.column_square, sums.column_largest);
  regularizer_totals(&sums);
  regularizer_rows(regularizer, parameters, kernels, panel, &sums, 0, rows);
  SlopeForm form;
  double result =
      regularizer_slope(regularizer, parameters, kernels, &sums, 1.0, 0.0, scratch, &form);
  if (!(result - result == 0.0)) {
    status = error_set(error, STATUS_FORMAT,
                       "the penalty is out of float's range: sum of |w| is %g, sum of w^2 is %g; "
                       "scale the weights",
                       sums.absolute, sums.square);
    goto done;
  }
  kernels->slopes(panel, rows, 0, panel_count(columns), &form, slopes);
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++) {
      size_t at = (size_t)r * columns + c;
      float here = slopes[panel_index(rows, r, c)];
      if (w[at] != 0.0f && !(here - here == 0.0f)) {
        status = error_set(error, STATUS_FORMAT,
                           "the slope at row %u, column %u is out of float's range; scale the "
                           "weights",
                           r, c);
        goto done;
      }
      if (slope)
        slope[at] = here;
      if (gradient)
        gradient[at] = w[at] > 0 ? here : w[at] < 0 ? -here : 0.0f;
    }
  *value = result;
done:
  memory_free(slopes);
  memory_free(panel);
  regularizer_scratch_free(scratch);
  regularizer_sums_free(&sums);
  return status;
}
