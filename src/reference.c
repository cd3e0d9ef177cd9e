/* reference.c: see reference.h. */
#include "reference.h"

#include <stddef.h>

#include "panel.h"
#include "scalar.h"
#include "vector_math.h"

/* ---- one number ------------------------------------------------------------------------------ */

static float one_exp(float x) { return vec_exp(vec_all(x))[0]; }
static float one_expm1(float x) { return vec_expm1(vec_all(x))[0]; }
static float one_log(float x) { return vec_log(vec_all(x))[0]; }
static float root(float x) { return __builtin_sqrtf(x); }
static float absolute(float x) { return __builtin_fabsf(x); }

/* A line of partial sums: halves are added until one number is left. */
static float halve(float *line) {
  for (int half = LINE / 2; half; half /= 2)
    for (int k = 0; k < half; k++)
      line[k] += line[k + half];
  return line[0];
}

/* ---- products -------------------------------------------------------------------------------- */

static void product(const float *a, const float *b, const float *start, float *c, uint32_t rows,
                    uint32_t depth, uint32_t row_first, uint32_t row_end, uint32_t panel_first,
                    uint32_t panel_end) {
  for (uint32_t r = row_first; r < row_end; r++)
    for (uint32_t n = panel_first * LINE; n < panel_end * LINE; n++) {
      float sum = start ? start[r] + 0.0f : 0.0f;
      for (uint32_t k = 0; k < depth; k++)
        sum += a[panel_index(rows, r, k)] * b[panel_index(depth, k, n)];
      c[panel_index(rows, r, n)] = sum;
    }
}

static void product_transposed(const float *a, const float *b, float *c, uint32_t rows,
                               uint32_t depth, uint32_t panel_first, uint32_t panel_end) {
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t n = panel_first * LINE; n < panel_end * LINE; n++) {
      float sum = 0.0f;
      for (uint32_t k = 0; k < depth; k++)
        sum += a[panel_index(depth, k, r)] * b[panel_index(depth, k, n)];
      c[panel_index(rows, r, n)] = sum;
    }
}

/* Of W by its nonzeros: the dense loops with the zeros left out. */
static void sparse_product(const SparseMatrix *w, const float *b, const float *start, float *c,
                           uint32_t panel_first, uint32_t panel_end) {
  for (uint32_t r = 0; r < w->rows; r++)
    for (uint32_t n = panel_first * LINE; n < panel_end * LINE; n++) {
      float sum = start ? start[r] + 0.0f : 0.0f;
      for (uint32_t k = w->start[r]; k < w->start[r] + w->count[r]; k++)
        sum += w->value[k] * b[panel_index(w->columns, w->column[k], n)];
      c[panel_index(w->rows, r, n)] = sum;
    }
}

static void sparse_product_transposed(const SparseMatrix *w, const float *b, float *c,
                                      uint32_t panel_first, uint32_t panel_end) {
  for (uint32_t n = panel_first * LINE; n < panel_end * LINE; n++) {
    for (uint32_t i = 0; i < w->columns; i++)
      c[panel_index(w->columns, i, n)] = 0.0f;
    for (uint32_t r = 0; r < w->rows; r++)
      for (uint32_t k = w->start[r]; k < w->start[r] + w->count[r]; k++)
        c[panel_index(w->columns, w->column[k], n)] += w->value[k] * b[panel_index(w->rows, r, n)];
  }
}

static void input_product(const SparseMatrix *x, const float *a, const float *start, float *c,
                          uint32_t rows, uint32_t panel_first, uint32_t panel_end) {
  for (uint32_t n = panel_first * LINE; n < panel_end * LINE; n++)
    for (uint32_t r = 0; r < rows; r++) {
      float sum = start ? start[r] + 0.0f : 0.0f;
      for (uint32_t k = 0; n < x->rows && k < x->count[n]; k++)
        sum +=
            x->value[x->start[n] + k] * a[panel_index(x->columns, x->column[x->start[n] + k], r)];
      c[panel_index(rows, r, n)] = sum;
    }
}

static void sparse_gradient(const SparseMatrix *w, const float *dz, const float *x, uint32_t batch,
                            uint32_t line_first, uint32_t line_end, float *gradient) {
  for (uint32_t r = 0; r < w->rows; r++)
    for (uint32_t k = w->start[r]; k < w->start[r] + w->count[r]; k++) {
      float sums[LINE] = {0};
      for (uint32_t b = 0; b < panel_count(batch) * LINE; b++)
        sums[b % LINE] +=
            dz[panel_index(w->rows, r, b)] * x[panel_index(w->columns, w->column[k], b)];
      if (k >= line_first * LINE && k < line_end * LINE)
        gradient[k] = halve(sums);
    }
}

static void sparse_collect(const float *w, const uint8_t *nonzero, SparseMatrix *sparse,
                           uint32_t row_first, uint32_t row_end) {
  (void)nonzero;
  for (uint32_t r = row_first; r < row_end; r++) {
    uint32_t at = sparse->start[r];
    for (uint32_t c = 0; c < sparse->columns; c++)
      if (w[panel_index(sparse->rows, r, c)] != 0.0f) {
        sparse->column[at] = c;
        sparse->value[at++] = w[panel_index(sparse->rows, r, c)];
      }
    sparse->count[r] = at - sparse->start[r];
  }
}

/* ---- sums and slopes ------------------------------------------------------------------------- */

/* phi(x) and psi(x) of one cell: the formulas of CellKind. */
static void cell_values(const CellForm *form, float x, float *phi, float *psi) {
  float e = form->smoothing, t = form->order - 1.0f, raised = x + e;
  *phi = *psi = 0.0f;
  switch (form->kind) {
  case CELL_NONE:
    break;
  case CELL_HALF:
    *phi = root(raised) - root(e);
    *psi = 1.0f / root(raised);
    break;
  case CELL_SHANNON:
    *phi = x * one_log(raised);
    *psi = one_log(raised) + x / raised;
    break;
  case CELL_POWER: {
    float at_zero = one_exp(t * (one_log(e) - form->log_scale));
    *psi = one_exp(t * (one_log(raised) - form->log_scale));
    *phi = (*psi * raised - at_zero * e) * one_exp(-form->log_scale);
    break;
  }
  case CELL_NEAR_1: {
    float excess = one_expm1(t * one_log(raised)), at_zero = one_expm1(t * one_log(e));
    *phi = (raised * excess - e * at_zero) / t;
    *psi = excess / t;
    break;
  }
  }
}

static void cells(const float *x, uint32_t count, const CellForm *form, float *phi, float *psi) {
  for (uint32_t k = 0; k < panel_count(count) * LINE; k++)
    cell_values(form, x[k], &phi[k], &psi[k]);
}

static void row_sums(const float *w, const uint8_t *nonzero, uint32_t rows, uint32_t columns,
                     const CellForm *form, uint32_t row_first, uint32_t row_end,
                     float *row_absolute, float *row_square, float *row_phi, float *row_product) {
  (void)nonzero;
  for (uint32_t r = row_first; r < row_end; r++) {
    float sums[4][LINE] = {{0}};
    for (uint32_t c = 0; c < panel_count(columns) * LINE; c++) {
      float x = absolute(w[panel_index(rows, r, c)]), p = x * form->inverse_sum, phi, psi;
      cell_values(form, p, &phi, &psi);
      sums[0][c % LINE] += x;
      sums[1][c % LINE] += x * x;
      sums[2][c % LINE] += phi;
      sums[3][c % LINE] += p * psi;
    }
    if (row_absolute)
      row_absolute[r] = halve(sums[0]);
    if (row_square)
      row_square[r] = halve(sums[1]);
    if (form->kind != CELL_NONE) {
      row_phi[r] = halve(sums[2]);
      row_product[r] = halve(sums[3]);
    }
  }
}

static void column_sums(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                        float *column_absolute, float *column_square, float *column_largest) {
  for (uint32_t c = panel_first * LINE; c < panel_end * LINE; c++) {
    float sum = 0.0f, square = 0.0f, largest = 0.0f;
    for (uint32_t r = 0; r < rows; r++) {
      float x = absolute(w[panel_index(rows, r, c)]);
      sum += x;
      square += x * x;
      largest = x > largest ? x : largest;
    }
    if (column_absolute)
      column_absolute[c] = sum;
    if (column_square)
      column_square[c] = square;
    if (column_largest)
      column_largest[c] = largest;
  }
}

static float slope_of(const SlopeForm *form, float w, uint32_t row, uint32_t column) {
  float x = absolute(w), phi, psi;
  float s = form->row ? form->row[row] : 0.0f;
  if (form->column)
    s += form->column[column];
  s += form->base;
  if (form->linear != 0.0f || form->row_linear || form->column_linear) {
    float factor = (form->row_linear ? form->row_linear[row] : 0.0f) + form->linear;
    if (form->column_linear)
      factor += form->column_linear[column];
    s += x * factor;
  }
  cell_values(&form->cell, x * form->cell.inverse_sum, &phi, &psi);
  return form->cell.kind == CELL_NONE ? s : s + form->cell_scale * psi;
}

static void slopes(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                   const SlopeForm *form, float *slope) {
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = panel_first * LINE; c < panel_end * LINE; c++) {
      size_t at = panel_index(rows, r, c);
      slope[at] = slope_of(form, w[at], r, c);
    }
}

/* ---- the optimizer's step -------------------------------------------------------------------- */

static float flush(float x, float least) { return absolute(x) < least ? 0.0f : x; }

/* x moved towards 0 by the threshold, exactly 0 on the way; NaN stays NaN. */
static float soft(float x, float threshold) {
  float left = absolute(x) - threshold;
  if (left <= 0.0f)
    return 0.0f;
  return __builtin_signbit(x) ? -left : left;
}

static float towards_sign(float s, float w) { return w == 0.0f ? 0.0f : w < 0.0f ? -s : s; }

/* What of the growing part of the slope (s < 0) joins the gradient g, where there is one. */
static float growth(float s, float g, float w) {
  const float share = 0.25f; /* GROWTH_SHARE of kernel_weights.c */
  return s < 0.0f && g != 0.0f ? towards_sign(share * s, w) : 0.0f;
}

static void step_one(const StepForm *form, float s, float *w_at, float *m_at, float *v_at,
                     float g) {
  StepKind kind = form->kind;
  float w = *w_at, next, inverse = 1.0f, shrink = s > 0.0f ? s : 0.0f;
  g = flush(g, 0x1p-50f);
  if (kind == STEP_GRADIENT)
    g += towards_sign(s, w);
  else if (kind == STEP_PROXIMAL)
    g += growth(s, g, w);
  else if (kind == STEP_ORTHANT && w != 0.0f)
    g += s > 0.0f ? towards_sign(s, w) : growth(s, g, w);
  else if (kind == STEP_ORTHANT)
    g = soft(g, shrink);
  else if (kind == STEP_FROZEN && w == 0.0f)
    g = 0.0f;
  if (form->adam) {
    *m_at = flush(0.9f * *m_at + 0.1f * g, 0x1p-120f);
    *v_at = flush(0.999f * *v_at + 0.001f * (g * g), 0x1p-120f);
    inverse = 1.0f / (root(*v_at) * form->second_correction + 1e-8f);
    next = w - form->rate * (*m_at * inverse);
  } else {
    *m_at = flush(0.9f * *m_at + g, 0x1p-120f);
    next = w - form->learning_rate * *m_at;
  }
  if (kind == STEP_PROXIMAL)
    next = soft(next, form->learning_rate * (shrink * inverse));
  if (kind == STEP_ORTHANT && ((w > 0.0f && next < 0.0f) || (w < 0.0f && next > 0.0f)))
    next = *m_at = 0.0f;
  if (kind == STEP_FROZEN && w == 0.0f)
    next = 0.0f;
  *w_at = next;
}

static void step(float *w, float *m, float *v, const float *g, const GradientRows *gradient_rows,
                 uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                 const SlopeForm *slope_form, const StepForm *form, float *column_absolute,
                 float *column_square, float *column_largest) {
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = panel_first * LINE; c < panel_end * LINE; c++) {
      size_t at = panel_index(rows, r, c);
      float s = form->kind == STEP_FROZEN ? 0.0f : slope_of(slope_form, w[at], r, c);
      float gradient = 0.0f;
      if (!gradient_rows)
        gradient = g[at];
      else if (gradient_rows->place[r] >= 0)
        gradient = g[panel_index(gradient_rows->count, (uint32_t)gradient_rows->place[r], c)];
      step_one(form, s, w + at, m + at, v ? v + at : NULL, gradient);
    }
  column_sums(w, rows, panel_first, panel_end, column_absolute, column_square, column_largest);
}

static void mark(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                 uint8_t *nonzero) {
  for (size_t line = (size_t)panel_first * rows; line < (size_t)panel_end * rows; line++) {
    nonzero[line] = 0;
    for (uint32_t k = 0; k < LINE; k++)
      nonzero[line] |= w[line * LINE + k] != 0.0f;
  }
}

/* Leaves nothing out: no line falls asleep, and none has to be woken. */
static void step_marked(float *w, float *m, float *v, const float *g,
                        const GradientRows *gradient_rows, uint32_t rows, uint32_t panel_first,
                        uint32_t panel_end, const SlopeForm *slope_form, const StepForm *form,
                        const LineMarks *marks, float *column_absolute) {
  step(w, m, v, g, gradient_rows, rows, panel_first, panel_end, slope_form, form, column_absolute,
       NULL, NULL);
  mark(w, rows, panel_first, panel_end, marks->nonzero);
}

static void wake(float *v, uint32_t rows, uint32_t panel_first, uint32_t panel_end, uint32_t now,
                 uint32_t *asleep) {
  (void)v, (void)rows, (void)panel_first, (void)panel_end, (void)now, (void)asleep;
}

/* ---- passes over a batch --------------------------------------------------------------------- */

static void gather_bytes(const uint8_t *bytes, const uint32_t *order, uint32_t inputs,
                         uint32_t batch, uint32_t first, uint32_t end, const uint8_t *used,
                         float *samples) {
  for (uint32_t b = first; b < end; b++)
    for (uint32_t i = 0; i < inputs; i++)
      if (!used || used[i / LINE])
        samples[panel_index(batch, b, i)] =
            (float)bytes[(size_t)order[b] * inputs + i] * (1.0f / 255.0f);
}

static void gather_nonzeros(const uint8_t *bytes, const uint32_t *order, uint32_t inputs,
                            uint32_t first, uint32_t end, SparseMatrix *samples) {
  for (uint32_t b = first; b < end; b++) {
    samples->count[b] = 0;
    for (uint32_t i = 0; i < inputs; i++)
      if (bytes[(size_t)order[b] * inputs + i]) {
        uint32_t at = samples->start[b] + samples->count[b]++;
        samples->column[at] = i;
        samples->value[at] = (float)bytes[(size_t)order[b] * inputs + i] * (1.0f / 255.0f);
      }
  }
}

static void transpose(const float *from, uint32_t rows, uint32_t columns, float *to,
                      uint32_t row_panel_first, uint32_t row_panel_end, uint32_t panel_first,
                      uint32_t panel_end) {
  for (uint32_t r = row_panel_first * LINE; r < row_panel_end * LINE; r++)
    for (uint32_t c = panel_first * LINE; c < panel_end * LINE && c < columns; c++)
      to[panel_index(columns, c, r)] = r < rows ? from[panel_index(rows, r, c)] : 0.0f;
}

static void relu(float *x, uint32_t lines) {
  for (size_t k = 0; k < (size_t)lines * LINE; k++)
    x[k] = x[k] <= 0.0f ? 0.0f : x[k];
}

static void relu_backward(float *dx, const float *h, float scale, uint32_t lines) {
  for (size_t k = 0; k < (size_t)lines * LINE; k++)
    dx[k] = h[k] > 0.0f ? dx[k] * scale : 0.0f;
}

static void batch_sums(const float *a, uint32_t rows, uint32_t panels, float *sums) {
  for (uint32_t r = 0; r < rows; r++) {
    float lanes[LINE] = {0};
    for (uint32_t b = 0; b < panels * LINE; b++)
      lanes[b % LINE] += a[panel_index(rows, r, b)];
    sums[r] = halve(lanes);
  }
}

static void silent_rows(const float *a, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                        uint8_t *silent) {
  for (uint32_t r = 0; r < rows; r++) {
    silent[r] = 1;
    for (uint32_t b = panel_first * LINE; b < panel_end * LINE; b++)
      silent[r] &= a[panel_index(rows, r, b)] == 0.0f;
  }
}

static void softmax(const float *z, const int32_t *labels, uint32_t classes, uint32_t batch,
                    uint32_t panel_first, uint32_t panel_end, float smoothing, float scale,
                    float *loss, int32_t *correct, float *dz) {
  for (uint32_t b = panel_first * LINE; b < panel_end * LINE; b++) {
    uint32_t best = 0;
    for (uint32_t c = 1; c < classes; c++)
      if (z[panel_index(classes, c, b)] > z[panel_index(classes, best, b)])
        best = c;
    double largest = z[panel_index(classes, best, b)], sum = 0, expected = 0;
    for (uint32_t c = 0; c < classes; c++) {
      double logit = z[panel_index(classes, c, b)];
      double target = (double)smoothing / classes + (labels[b] == (int32_t)c ? 1 - smoothing : 0);
      sum += scalar_exp(logit - largest);
      expected += target * (logit - largest);
    }
    loss[b] = b < batch ? (float)(scalar_log(sum) - expected) : 0.0f;
    correct[b] = b < batch && labels[b] == (int32_t)best;
    for (uint32_t c = 0; dz && c < classes; c++) {
      double target = (double)smoothing / classes + (labels[b] == (int32_t)c ? 1 - smoothing : 0);
      double share = scalar_exp(z[panel_index(classes, c, b)] - largest) / sum;
      dz[panel_index(classes, c, b)] = b < batch ? (float)((share - target) * scale) : 0.0f;
    }
  }
}

void reference_kernels(Kernels *kernels) {
  *kernels = (Kernels){
      .lanes = 1,
      .product = product,
      .product_transposed = product_transposed,
      .row_sums = row_sums,
      .column_sums = column_sums,
      .cells = cells,
      .slopes = slopes,
      .sparse_product = sparse_product,
      .sparse_product_transposed = sparse_product_transposed,
      .input_product = input_product,
      .sparse_gradient = sparse_gradient,
      .sparse_collect = sparse_collect,
      .step = step,
      .step_marked = step_marked,
      .mark = mark,
      .wake = wake,
      .gather_bytes = gather_bytes,
      .gather_nonzeros = gather_nonzeros,
      .transpose = transpose,
      .relu = relu,
      .relu_backward = relu_backward,
      .batch_sums = batch_sums,
      .silent_rows = silent_rows,
      .softmax = softmax,
  };
}
