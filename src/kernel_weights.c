/* kernel_weights.c: passes over a weight matrix: the sums that regularizers need, their slopes, and
 * the optimizer's step. What the numbers mean is in regularizer.h and trainer.h. Compiled once
 * per lane width. Depends on kernel_names.h, vector_math.h. */
#include <stddef.h>

#include "kernel_names.h"
#include "vector_math.h"

/* phi(x) and psi(x) of one vector of cells; kind is a constant wherever this is inlined. */
INLINE void cell_values(CellKind kind, const CellForm *form, Vec x, Vec *phi, Vec *psi) {
  Vec e = vec_all(form->smoothing), raised = x + e;
  float t = form->order - 1.0f;
  switch (kind) {
  case CELL_NONE:
    break;
  case CELL_HALF: {
    Vec root = vec_sqrt(raised);
    *phi = root - vec_sqrt(e);
    *psi = 1.0f / root;
    return;
  }
  case CELL_SHANNON: {
    Vec logarithm = vec_log(raised);
    *phi = x * logarithm;
    *psi = logarithm + x / raised;
    return;
  }
  case CELL_POWER: {
    Vec power = vec_exp(t * (vec_log(raised) - form->log_scale));
    Vec scale = vec_exp(vec_all(-form->log_scale));
    Vec at_zero = vec_exp(t * (vec_log(e) - form->log_scale));
    *phi = (power * raised - at_zero * e) * scale;
    *psi = power;
    return;
  }
  case CELL_NEAR_1: {
    Vec excess = vec_expm1(t * vec_log(raised)), at_zero = vec_expm1(t * vec_log(e));
    *phi = (raised * excess - e * at_zero) / t;
    *psi = excess / t;
    return;
  }
  }
  *phi = *psi = vec_all(0.0f);
}

static void cells(const float *x, uint32_t count, const CellForm *form, float *phi, float *psi) {
  for (uint32_t k = 0; k < (count + LINE - 1) / LINE * LINE; k += LANES) {
    Vec a, b;
    cell_values(form->kind, form, vec_load(x + k), &a, &b);
    vec_store(phi + k, a);
    vec_store(psi + k, b);
  }
}

/* ---- sums ---------------------------------------------------------------------------------- */

enum { ROW_GROUP = 8 }; /* rows whose partial sums stay in the first-level cache together */

INLINE void row_sums_of(CellKind kind, const float *w, uint32_t rows, uint32_t columns,
                        const CellForm *form, uint32_t row_first, uint32_t row_end,
                        float *row_absolute, float *row_square, float *row_phi,
                        float *row_product) {
  uint32_t panels = (columns + LINE - 1) / LINE;
  for (uint32_t group = row_first; group < row_end; group += ROW_GROUP) {
    uint32_t count = row_end - group < ROW_GROUP ? row_end - group : ROW_GROUP;
    float sums[4][ROW_GROUP * LINE] __attribute__((aligned(64)));
    for (uint32_t k = 0; k < count * LINE; k += LANES)
      for (int which = 0; which < 4; which++)
        vec_store(sums[which] + k, vec_all(0.0f));
    for (uint32_t panel = 0; panel < panels; panel++) {
      const float *line = w + ((size_t)panel * rows + group) * LINE;
      for (uint32_t k = 0; k < count * LINE; k += LANES) {
        Vec x = vec_absolute(vec_load(line + k));
        if (!vec_any(x != 0.0f))
          continue; /* zeros add exactly nothing: phi(0) = 0 */
        vec_store(sums[0] + k, vec_load(sums[0] + k) + x);
        if (row_square)
          vec_store(sums[1] + k, vec_load(sums[1] + k) + x * x);
        if (kind != CELL_NONE) {
          Vec phi, psi, p = x * form->inverse_sum;
          cell_values(kind, form, p, &phi, &psi);
          vec_store(sums[2] + k, vec_load(sums[2] + k) + phi);
          vec_store(sums[3] + k, vec_load(sums[3] + k) + p * psi);
          if (form->psi)
            vec_store(form->psi + (line - w) + k, psi);
        }
      }
    }
    for (uint32_t r = 0; r < count; r++) {
      if (row_absolute)
        row_absolute[group + r] = line_sum(sums[0] + r * LINE);
      if (row_square)
        row_square[group + r] = line_sum(sums[1] + r * LINE);
      if (kind != CELL_NONE) {
        row_phi[group + r] = line_sum(sums[2] + r * LINE);
        row_product[group + r] = line_sum(sums[3] + r * LINE);
      }
    }
  }
}

static void row_sums(const float *w, uint32_t rows, uint32_t columns, const CellForm *form,
                     uint32_t row_first, uint32_t row_end, float *row_absolute, float *row_square,
                     float *row_phi, float *row_product) {
#define ROW_SUMS(kind)                                                                             \
  case kind:                                                                                       \
    row_sums_of(kind, w, rows, columns, form, row_first, row_end, row_absolute, row_square,        \
                row_phi, row_product);                                                             \
    break;
  switch (form->kind) {
    ROW_SUMS(CELL_NONE)
    ROW_SUMS(CELL_HALF)
    ROW_SUMS(CELL_SHANNON)
    ROW_SUMS(CELL_POWER)
    ROW_SUMS(CELL_NEAR_1)
  }
#undef ROW_SUMS
}

/* Sums of a panel's columns while its rows pass by. */
typedef struct ColumnSums {
  Vec absolute[VECTORS], square[VECTORS], largest[VECTORS];
} ColumnSums;

/* `all`: squares and largest too. */
INLINE void column_sums_add(ColumnSums *sums, int v, int all, Vec w) {
  Vec x = vec_absolute(w);
  sums->absolute[v] += x;
  if (all) {
    sums->square[v] += x * x;
    sums->largest[v] = vec_larger(x, sums->largest[v]);
  }
}

INLINE void column_sums_store(const ColumnSums *sums, uint32_t panel, float *absolute,
                              float *square, float *largest) {
  for (int v = 0; v < VECTORS; v++) {
    size_t at = (size_t)panel * LINE + (size_t)v * LANES;
    if (absolute)
      vec_store(absolute + at, sums->absolute[v]);
    if (square)
      vec_store(square + at, sums->square[v]);
    if (largest)
      vec_store(largest + at, sums->largest[v]);
  }
}

static void column_sums(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                        float *absolute, float *square, float *largest) {
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    ColumnSums sums = {0};
    const float *line = w + (size_t)panel * rows * LINE;
    for (uint32_t r = 0; r < rows; r++)
      for (int v = 0; v < VECTORS; v++, line += LANES)
        column_sums_add(&sums, v, 1, vec_load(line));
    column_sums_store(&sums, panel, absolute, square, largest);
  }
}

/* ---- slopes -------------------------------------------------------------------------------- */

enum { ROW_BLOCK = 32 }; /* rows whose slopes are computed ahead of the step (2 kB) */

/* psi_at: of these rows, or NULL. */
INLINE void slope_block_of(CellKind kind, const float *w, const float *psi_at, uint32_t count,
                           uint32_t row_first, uint32_t panel, const SlopeForm *form,
                           float *slope) {
  Vec phi, psi_zero, psi;
  cell_values(kind, &form->cell, vec_all(0.0f), &phi, &psi_zero);
  int linear = form->linear != 0.0f || form->row_linear || form->column_linear;
  size_t first = (size_t)panel * LINE;
  for (uint32_t r = 0; r < count; r++) {
    Vec row = vec_all(form->row ? form->row[row_first + r] : 0.0f);
    Vec row_linear = vec_all(form->row_linear ? form->row_linear[row_first + r] : 0.0f);
    for (int v = 0; v < VECTORS; v++, w += LANES, slope += LANES) {
      Vec x = vec_absolute(vec_load(w)), s = row;
      if (form->column)
        s += vec_load(form->column + first + (size_t)v * LANES);
      s += form->base;
      if (linear) {
        Vec factor = row_linear + form->linear;
        if (form->column_linear)
          factor += vec_load(form->column_linear + first + (size_t)v * LANES);
        s += x * factor;
      }
      if (kind != CELL_NONE) {
        psi = psi_zero;
        if (vec_any(x != 0.0f)) {
          if (psi_at)
            psi = vec_load(psi_at + ((size_t)r * VECTORS + v) * LANES);
          else
            cell_values(kind, &form->cell, x * form->cell.inverse_sum, &phi, &psi);
        }
        s += form->cell_scale * psi;
      }
      vec_store(slope, s);
    }
  }
}

static void slope_block(const float *w, const float *psi_at, uint32_t count, uint32_t row_first,
                        uint32_t panel, const SlopeForm *form, float *slope) {
#define SLOPE_BLOCK(kind)                                                                          \
  case kind:                                                                                       \
    slope_block_of(kind, w, psi_at, count, row_first, panel, form, slope);                         \
    break;
  switch (form->cell.kind) {
    SLOPE_BLOCK(CELL_NONE)
    SLOPE_BLOCK(CELL_HALF)
    SLOPE_BLOCK(CELL_SHANNON)
    SLOPE_BLOCK(CELL_POWER)
    SLOPE_BLOCK(CELL_NEAR_1)
  }
#undef SLOPE_BLOCK
}

static void slopes(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                   const SlopeForm *form, float *slope) {
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    size_t at = (size_t)panel * rows * LINE;
    slope_block(w + at, form->cell.psi ? form->cell.psi + at : NULL, rows, 0, panel, form,
                slope + at);
  }
}

/* ---- the optimizer's step ------------------------------------------------------------------ */

static const float FLUSH_GRADIENT = 0x1p-50f; /* keeps squares and moments out of the subnormals, */
static const float FLUSH_MOMENT =
    0x1p-120f; /* which are slow: part of the optimizer's definition */

/* What of the growing part (slope < 0) joins the gradient, and only where the data give a gradient
 * (not for dark pixels and silent units). Adam divides by sqrt(v), which vanishes with the data's
 * gradient: with all of the growing part such weights take full steps outward for ever. */
static const float GROWTH_SHARE = 0.25f;

INLINE Vec flush(Vec x, float least) {
  return vec_from_bits(vec_bits(x) & ~(vec_absolute(x) < least)); /* NaN stays */
}

/* soft(x, threshold): x moved towards 0 by the threshold, exactly 0 on the way; NaN stays NaN. */
INLINE Vec soft(Vec x, Vec threshold) {
  Vec left = vec_absolute(x) - threshold;
  return vec_from_bits(vec_bits(vec_with_sign(left, x)) & ~(left <= 0.0f));
}

/* s on the sign of w; 0 where w is 0. */
INLINE Vec signed_slope(Vec s, Vec w) {
  VecInt sign = vec_bits(w) & (int32_t)0x80000000;
  return vec_keep(w != 0.0f, vec_from_bits(vec_bits(s) ^ sign));
}

INLINE void step_line(StepKind kind, int adam, const StepForm *form, float *w_at, float *m_at,
                      float *v_at, const float *g_at, const float *slope_at, Vec *result) {
  Vec w = vec_load(w_at), m = vec_load(m_at), g = flush(vec_load(g_at), FLUSH_GRADIENT);
  Vec s = vec_all(0.0f);
  VecInt present = w != 0.0f;
  if (kind == STEP_FROZEN)
    g = vec_keep(present, g);
  else
    s = vec_load(slope_at);
  Vec shrink = vec_keep(s > 0.0f, s);
  Vec grow = vec_keep((s < 0.0f) & (g != 0.0f), GROWTH_SHARE * s);
  if (kind == STEP_GRADIENT)
    g += signed_slope(s, w);
  else if (kind == STEP_PROXIMAL)
    g += signed_slope(grow, w);
  else if (kind == STEP_ORTHANT)
    g = vec_select(present, g + signed_slope(shrink + grow, w), soft(g, shrink));

  Vec next;
  if (adam) {
    Vec v = vec_load(v_at);
    m = flush(0.9f * m + 0.1f * g, FLUSH_MOMENT);
    v = flush(0.999f * v + 0.001f * (g * g), FLUSH_MOMENT);
    Vec inverse = 1.0f / (vec_sqrt(v) * form->second_correction + 1e-8f);
    next = w - form->rate * (m * inverse);
    if (kind == STEP_PROXIMAL)
      next = soft(next, form->learning_rate * (shrink * inverse));
    vec_store(v_at, v);
  } else {
    m = flush(0.9f * m + g, FLUSH_MOMENT);
    next = w - form->learning_rate * m;
    if (kind == STEP_PROXIMAL)
      next = soft(next, form->learning_rate * shrink);
  }
  if (kind == STEP_ORTHANT) {
    /* a step across zero stops there and forgets its momentum */
    VecInt crossed = ((w > 0.0f) & (next < 0.0f)) | ((w < 0.0f) & (next > 0.0f)); /* NaN: no */
    next = vec_from_bits(vec_bits(next) & ~crossed);
    m = vec_from_bits(vec_bits(m) & ~crossed);
  }
  if (kind == STEP_FROZEN)
    next = vec_keep(present, next);
  vec_store(m_at, m);
  vec_store(w_at, next);
  *result = next;
}

/* Rows [row_first, row_first + count) of a panel: w, m, v at the first of them, g at the panel's
 * first row. */
INLINE void step_block_of(StepKind kind, int adam, const StepForm *form, float *w, float *m,
                          float *v, const float *g, const GradientRows *gradient_rows,
                          const float *slope, uint32_t row_first, uint32_t count, int all_sums,
                          ColumnSums *sums) {
  static const float zeros[LINE] __attribute__((aligned(64)));
  for (uint32_t r = 0; r < count; r++) {
    int32_t place = (int32_t)(row_first + r);
    if (gradient_rows)
      place = gradient_rows->place[place];
    const float *gradient = place < 0 ? zeros : g + (size_t)place * LINE;
    for (int k = 0; k < VECTORS; k++) {
      Vec next;
      step_line(kind, adam, form, w, m, v, gradient + k * LANES, slope, &next);
      column_sums_add(sums, k, all_sums, next);
      w += LANES, m += LANES, slope += LANES;
      if (adam)
        v += LANES;
    }
  }
}

static void step_block(const StepForm *form, float *w, float *m, float *v, const float *g,
                       const GradientRows *gradient_rows, const float *slope, uint32_t row_first,
                       uint32_t count, int all_sums, ColumnSums *sums) {
#define STEP_BLOCK(kind)                                                                           \
  case kind:                                                                                       \
    if (form->adam)                                                                                \
      step_block_of(kind, 1, form, w, m, v, g, gradient_rows, slope, row_first, count, all_sums,   \
                    sums);                                                                         \
    else                                                                                           \
      step_block_of(kind, 0, form, w, m, v, g, gradient_rows, slope, row_first, count, all_sums,   \
                    sums);                                                                         \
    break;
  switch (form->kind) {
    STEP_BLOCK(STEP_GRADIENT)
    STEP_BLOCK(STEP_PROXIMAL)
    STEP_BLOCK(STEP_ORTHANT)
    STEP_BLOCK(STEP_FROZEN)
  }
#undef STEP_BLOCK
}

/* 1 when every weight has the same slope (L1). */
static int is_constant(const SlopeForm *form) {
  return form->cell.kind == CELL_NONE && form->linear == 0.0f && !form->row && !form->row_linear &&
         !form->column && !form->column_linear;
}

static void step(float *w, float *m, float *v, const float *g, const GradientRows *gradient_rows,
                 uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                 const SlopeForm *slope_form, const StepForm *form, float *column_absolute,
                 float *column_square, float *column_largest) {
  float slope[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  uint32_t gradient_count = gradient_rows ? gradient_rows->count : rows;
  int all_sums = column_square || column_largest;
  int constant = form->kind == STEP_FROZEN || is_constant(slope_form);
  if (constant && form->kind != STEP_FROZEN) /* the same for every block: fill once */
    for (int k = 0; k < ROW_BLOCK * LINE; k += LANES)
      vec_store(slope + k, vec_all(slope_form->base));
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    ColumnSums sums = {0};
    const float *gradient = g + (size_t)panel * gradient_count * LINE;
    for (uint32_t row = 0; row < rows; row += ROW_BLOCK) {
      uint32_t count = rows - row < ROW_BLOCK ? rows - row : ROW_BLOCK;
      size_t at = ((size_t)panel * rows + row) * LINE;
      if (!constant)
        slope_block(w + at, slope_form->cell.psi ? slope_form->cell.psi + at : NULL, count, row,
                    panel, slope_form, slope);
      step_block(form, w + at, m + at, v ? v + at : NULL, gradient, gradient_rows, slope, row,
                 count, all_sums, &sums);
    }
    column_sums_store(&sums, panel, column_absolute, column_square, column_largest);
  }
}

void KERNEL(kernel_weights_register)(Kernels *kernels) {
  kernels->row_sums = row_sums;
  kernels->column_sums = column_sums;
  kernels->cells = cells;
  kernels->slopes = slopes;
  kernels->step = step;
}
