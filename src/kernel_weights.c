/* kernel_weights.c: passes over a weight matrix: the sums that regularizers need, their slopes, and
 * the optimizer's step. What the numbers mean is in regularizer.h and trainer.h. Compiled once
 * per lane width. Depends on kernel_names.h, step_math.h, vector_math.h. */
#include <stddef.h>

#include "kernel_names.h"
#include "marked_lines.h"
#include "step_math.h"
#include "vector_math.h"

/* phi(x) and psi(x) of one vector of cells of order 1/2; root_e = sqrt(e). */
INLINE void cell_half(Vec x, Vec e, Vec root_e, Vec *phi, Vec *psi) {
  Vec root = vec_sqrt(x + e);
  *phi = root - root_e;
  *psi = 1.0f / root;
}

/* The logarithms first, then the rest, in loops of their own: in one, a cell's way is longer than what a
 * processor looks ahead. */
static void cells(const float *x, uint32_t count, const CellForm *form, float *phi, float *psi) {
  uint32_t floats = (count + LINE - 1) / LINE * LINE;
  Vec e = vec_all(form->smoothing), t = vec_all(form->order - 1.0f);
  if (form->kind == CELL_NONE || form->kind == CELL_HALF) {
    Vec root_e = vec_sqrt(e), a = vec_all(0.0f), b = a;
    for (uint32_t k = 0; k < floats; k += LANES) {
      if (form->kind == CELL_HALF)
        cell_half(vec_load(x + k), e, root_e, &a, &b);
      vec_store(phi + k, a);
      vec_store(psi + k, b);
    }
    return;
  }
  for (uint32_t k = 0; k < floats; k += LANES)
    vec_store(psi + k, vec_log(vec_load(x + k) + e));
  if (form->kind == CELL_SHANNON)
    for (uint32_t k = 0; k < floats; k += LANES) {
      Vec cell = vec_load(x + k), logarithm = vec_load(psi + k);
      vec_store(phi + k, cell * logarithm);
      vec_store(psi + k, logarithm + cell / (cell + e));
    }
  if (form->kind == CELL_POWER) {
    Vec log_scale = vec_all(form->log_scale), scale = vec_exp(-log_scale);
    Vec at_zero = vec_exp(t * (vec_log(e) - log_scale));
    for (uint32_t k = 0; k < floats; k += LANES) {
      Vec power = vec_exp(t * (vec_load(psi + k) - log_scale));
      vec_store(phi + k, (power * (vec_load(x + k) + e) - at_zero * e) * scale);
      vec_store(psi + k, power);
    }
  }
  if (form->kind == CELL_NEAR_1) {
    Vec at_zero = vec_expm1(t * vec_log(e));
    for (uint32_t k = 0; k < floats; k += LANES) {
      Vec excess = vec_expm1(t * vec_load(psi + k));
      vec_store(phi + k, ((vec_load(x + k) + e) * excess - e * at_zero) / t);
      vec_store(psi + k, excess / t);
    }
  }
}

/* ---- sums ---------------------------------------------------------------------------------- */

enum {
  GROUP = ROW_GROUP * LINE, /* their floats in a panel */
  PANELS_TOGETHER = 8       /* panels whose cells are added while a partial sum is in a register */
};

/* What a row's sums are made from. */
typedef struct RowPass {
  const CellForm *form;
  size_t w_panel; /* floats from a panel to the next */
  int squares;
  Vec inverse_sum, e, root_e, psi_zero;
} RowPass;

/* One vector of a row group in P neighbouring panels, added to the row's partial sums at `sums`
 * (absolute, square, phi, product: GROUP floats each). half: order 1/2, else no cells. */
INLINE void row_sums_add(int half, int P, const RowPass *pass, const float *w, float *psi_at,
                         float *sums) {
  Vec sum[4];
  for (int which = 0; which < 4; which++)
    sum[which] = vec_load(sums + which * GROUP);
  UNROLL
  for (int p = 0; p < P; p++) {
    Vec x = vec_absolute(vec_load(w + p * pass->w_panel)), phi, psi = pass->psi_zero;
    if (vec_any(x != 0.0f)) { /* zeros add exactly nothing: phi(0) = 0 */
      sum[0] += x;
      if (pass->squares)
        sum[1] += x * x;
      if (half) {
        Vec share = x * pass->inverse_sum;
        cell_half(share, pass->e, pass->root_e, &phi, &psi);
        sum[2] += phi;
        sum[3] += share * psi;
      }
    }
    if (half && psi_at)
      vec_store(psi_at + p * pass->w_panel, psi);
  }
  for (int which = 0; which < 4; which++)
    vec_store(sums + which * GROUP, sum[which]);
}

/* `floats` of a row group from panel to panel. */
INLINE void row_sums_group(int half, const RowPass *pass, const float *w, float *psi,
                           uint32_t panels, uint32_t floats, float *sums) {
  for (uint32_t panel = 0; panel < panels;) {
    size_t at = panel * pass->w_panel;
    int together = panels - panel >= PANELS_TOGETHER;
    for (uint32_t k = 0; k < floats; k += LANES)
      if (together)
        row_sums_add(half, PANELS_TOGETHER, pass, w + at + k, psi ? psi + at + k : NULL, sums + k);
      else
        row_sums_add(half, 1, pass, w + at + k, psi ? psi + at + k : NULL, sums + k);
    panel += together ? PANELS_TOGETHER : 1;
  }
}

/* The same by the group's marks. */
INLINE void row_sums_marked(int half, const RowPass *pass, const float *w, float *psi,
                            const uint8_t *nonzero, uint32_t panels, uint32_t count, float *sums) {
  uint32_t list[MARKED_AT_ONCE * ROW_GROUP + 1], rows = (uint32_t)(pass->w_panel / LINE);
  for (uint32_t panel = 0; panel < panels; panel += MARKED_AT_ONCE) {
    uint32_t wide = panels - panel < MARKED_AT_ONCE ? panels - panel : MARKED_AT_ONCE;
    size_t first = (size_t)panel * rows;
    uint32_t found = marked_lines(nonzero + first, rows, wide, count, list);
    for (uint32_t n = 0; n < found; n++) {
      size_t line = first + list[n] / ROW_GROUP;
      float *to = sums + list[n] % ROW_GROUP * LINE;
      for (uint32_t marks = nonzero[line]; marks; marks &= marks - 1) {
        size_t at = (size_t)__builtin_ctz(marks) * LANES;
        row_sums_add(half, 1, pass, w + line * LINE + at, psi ? psi + line * LINE + at : NULL,
                     to + at);
      }
    }
  }
}

/* The same for the other orders, whose cells take logarithms: a panel's vectors that are not zero are put
 * side by side for them. */
static void row_sums_cells(const RowPass *pass, const float *w, const uint8_t *nonzero,
                           float *psi_at, uint32_t panels, uint32_t floats, float *sums) {
  float share[GROUP] __attribute__((aligned(64))), phi[GROUP] __attribute__((aligned(64)));
  float psi[GROUP] __attribute__((aligned(64)));
  uint32_t place[GROUP / LANES];
  for (uint32_t k = 0; k < GROUP; k += LANES) /* what a last line leaves over is defined too */
    vec_store(share + k, vec_all(0.0f));
  for (uint32_t panel = 0; panel < panels; panel++, w += pass->w_panel) {
    uint32_t count = 0;
    for (uint32_t k = 0; k < floats; k += LANES) {
      if (nonzero && !(nonzero[k / LINE] >> k % LINE / LANES & 1))
        continue;
      Vec x = vec_absolute(vec_load(w + k));
      if (vec_any(x != 0.0f)) {
        vec_store(share + count * LANES, x * pass->inverse_sum);
        place[count++] = k;
      } else if (psi_at)
        vec_store(psi_at + k, pass->psi_zero);
    }
    cells(share, count * LANES, pass->form, phi, psi);
    for (uint32_t n = 0; n < count; n++) {
      float *sum = sums + place[n];
      Vec x = vec_absolute(vec_load(w + place[n])), here = vec_load(psi + n * LANES);
      vec_store(sum, vec_load(sum) + x);
      if (pass->squares)
        vec_store(sum + GROUP, vec_load(sum + GROUP) + x * x);
      vec_store(sum + 2 * GROUP, vec_load(sum + 2 * GROUP) + vec_load(phi + n * LANES));
      vec_store(sum + 3 * GROUP, vec_load(sum + 3 * GROUP) + vec_load(share + n * LANES) * here);
      if (psi_at)
        vec_store(psi_at + place[n], here);
    }
    if (psi_at)
      psi_at += pass->w_panel;
    if (nonzero)
      nonzero += pass->w_panel / LINE;
  }
}

static void row_sums(const float *w, const uint8_t *nonzero, uint32_t rows, uint32_t columns,
                     const CellForm *form, uint32_t row_first, uint32_t row_end,
                     float *row_absolute, float *row_square, float *row_phi, float *row_product) {
  CellKind kind = form->kind;
  float zero[LINE] __attribute__((aligned(64))) = {0}, phi_zero[LINE] __attribute__((aligned(64)));
  float psi_zero[LINE] __attribute__((aligned(64)));
  cells(zero, LINE, form, phi_zero, psi_zero);
  const RowPass pass = {.form = form,
                        .w_panel = (size_t)rows * LINE,
                        .squares = row_square != NULL,
                        .inverse_sum = vec_all(form->inverse_sum),
                        .e = vec_all(form->smoothing),
                        .root_e = vec_sqrt(vec_all(form->smoothing)),
                        .psi_zero = vec_load(psi_zero)};
  uint32_t panels = (columns + LINE - 1) / LINE;
  for (uint32_t group = row_first; group < row_end; group += ROW_GROUP) {
    uint32_t count = row_end - group < ROW_GROUP ? row_end - group : ROW_GROUP;
    float sums[4 * GROUP] __attribute__((aligned(64)));
    for (uint32_t k = 0; k < 4 * GROUP; k += LANES)
      vec_store(sums + k, vec_all(0.0f));
    size_t at = (size_t)group * LINE;
    float *psi = form->psi ? form->psi + at : NULL;
    const uint8_t *marks = nonzero ? nonzero + group : NULL;
    if (kind != CELL_NONE && kind != CELL_HALF)
      row_sums_cells(&pass, w + at, marks, psi, panels, count * LINE, sums);
    else if (marks && kind == CELL_HALF)
      row_sums_marked(1, &pass, w + at, psi, marks, panels, count, sums);
    else if (marks)
      row_sums_marked(0, &pass, w + at, NULL, marks, panels, count, sums);
    else if (kind == CELL_HALF)
      row_sums_group(1, &pass, w + at, psi, panels, count * LINE, sums);
    else
      row_sums_group(0, &pass, w + at, NULL, panels, count * LINE, sums);
    float *results[4] = {row_absolute, row_square, kind == CELL_NONE ? NULL : row_phi,
                         kind == CELL_NONE ? NULL : row_product};
    for (int which = 0; which < 4; which++)
      for (uint32_t r = 0; results[which] && r < count; r++)
        results[which][group + r] = line_sum(sums + which * GROUP + r * LINE);
  }
}

/* Sums of a panel's columns while its rows pass by. */
typedef struct ColumnSums {
  Vec absolute[VECTORS], square[VECTORS], largest[VECTORS];
} ColumnSums;

/* Squares and largest of `count` rows of the panel. */
static void column_extras_add(ColumnSums *sums, const float *w, uint32_t count) {
  for (uint32_t r = 0; r < count; r++)
    for (int v = 0; v < VECTORS; v++, w += LANES) {
      Vec x = vec_absolute(vec_load(w));
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
    column_extras_add(&sums, line, rows);
    for (uint32_t r = 0; r < rows; r++)
      for (int v = 0; v < VECTORS; v++, line += LANES)
        sums.absolute[v] += vec_absolute(vec_load(line));
    column_sums_store(&sums, panel, absolute, square, largest);
  }
}

/* ---- slopes -------------------------------------------------------------------------------- */

static void psi_block(const float *w, uint32_t count, const CellForm *form, float *psi) {
  float x[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  float phi[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  for (uint32_t k = 0; k < count * LINE; k += LANES)
    vec_store(x + k, vec_absolute(vec_load(w + k)) * form->inverse_sum);
  cells(x, count * LINE, form, phi, psi);
}

/* psi: of these rows, not read without a cell form. */
INLINE void slope_block_of(int linear, int cell, const float *w, const float *psi, uint32_t count,
                           uint32_t row_first, uint32_t panel, const SlopeForm *form,
                           float *slope) {
  Vec base = vec_all(form->base), cell_scale = vec_all(form->cell_scale);
  Vec none = vec_all(-0.0f); /* adds nothing to any number, to -0 either */
  const float *row = form->row ? form->row + row_first : NULL;
  const float *row_linear = form->row_linear ? form->row_linear + row_first : NULL;
  Vec column[VECTORS], column_linear[VECTORS];
  UNROLL
  for (int k = 0; k < VECTORS; k++) {
    size_t at = (size_t)panel * LINE + (size_t)k * LANES;
    column[k] = form->column ? vec_load(form->column + at) : none;
    column_linear[k] = form->column_linear ? vec_load(form->column_linear + at) : none;
  }
  for (uint32_t r = 0; r < count; r++) {
    Vec here = vec_all(row ? row[r] : 0.0f);
    Vec here_linear = vec_all((row_linear ? row_linear[r] : 0.0f) + form->linear);
    UNROLL
    for (int k = 0; k < VECTORS; k++) {
      size_t at = (size_t)r * LINE + (size_t)k * LANES;
      Vec s = here + column[k] + base;
      if (linear)
        s += vec_absolute(vec_load(w + at)) * (here_linear + column_linear[k]);
      if (cell)
        s += cell_scale * vec_load(psi + at);
      vec_store(slope + at, s);
    }
  }
}

/* Up to ROW_BLOCK rows of a panel. */
static void slope_block(const float *w, const float *psi, uint32_t count, uint32_t row_first,
                        uint32_t panel, const SlopeForm *form, float *slope) {
  float own[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  int linear = form->linear != 0.0f || form->row_linear || form->column_linear;
  int cell = form->cell.kind != CELL_NONE;
  if (cell && !psi) {
    psi_block(w, count, &form->cell, own);
    psi = own;
  }
  if (linear)
    slope_block_of(1, cell, w, psi, count, row_first, panel, form, slope);
  else if (cell)
    slope_block_of(0, 1, w, psi, count, row_first, panel, form, slope);
  else
    slope_block_of(0, 0, w, psi, count, row_first, panel, form, slope);
}

static void slopes(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                   const SlopeForm *form, float *slope) {
  for (uint32_t panel = panel_first; panel < panel_end; panel++)
    for (uint32_t row = 0; row < rows; row += ROW_BLOCK) {
      uint32_t count = rows - row < ROW_BLOCK ? rows - row : ROW_BLOCK;
      size_t at = ((size_t)panel * rows + row) * LINE;
      slope_block(w + at, form->cell.psi ? form->cell.psi + at : NULL, count, row, panel, form,
                  slope + at);
    }
}

/* ---- the optimizer's step ------------------------------------------------------------------ */

/* A block of rows goes through three short loops: the gradient with the slope, the moments, the
 * weights. In one loop the way from a gradient to its weight is longer than what a processor looks
 * ahead, and there are more constants than registers. */

/* total = the data's gradient and what of the slope joins it. gradient[r]: row r's. */
INLINE void gradient_block_of(StepKind kind, const float *w, const float *const *gradient,
                              const float *slope, uint32_t count, float *total) {
  Vec least = vec_all(FLUSH_GRADIENT), growth_share = vec_all(GROWTH_SHARE), none = vec_all(0.0f);
  for (uint32_t r = 0; r < count; r++) {
    const float *from = gradient[r];
    UNROLL
    for (int k = 0; k < VECTORS; k++) {
      size_t at = (size_t)r * LINE + (size_t)k * LANES;
      Vec here = vec_load(w + at), g = flush(vec_load(from + k * LANES), least);
      if (kind == STEP_FROZEN)
        g = vec_keep(here != 0.0f, g);
      else {
        Vec s = vec_load(slope + at);
        Vec grow = vec_keep(g != 0.0f, growth_share * vec_smaller(s, none));
        if (kind == STEP_GRADIENT)
          g += signed_slope(s, here);
        else if (kind == STEP_PROXIMAL)
          g += signed_slope(grow, here);
        else {
          Vec shrink = vec_larger(s, none);
          g = vec_select(here != 0.0f, g + signed_slope(shrink + grow, here), soft(g, shrink));
        }
      }
      vec_store(total + at, g);
    }
  }
}

/* m, v and 1 / (sqrt(v) and its correction), Adam. */
static void adam_block(const StepForm *form, float *m_at, float *v_at, const float *total,
                       uint32_t floats, float *inverse) {
  const Decays decays = decays_now();
  Vec correction = vec_all(form->second_correction), least_root = vec_all(LEAST_ROOT);
  Vec one = vec_all(ONE);
  for (uint32_t at = 0; at < floats; at += LANES) {
    Vec g = vec_load(total + at);
    Vec m = next_first(&decays, vec_load(m_at + at), g);
    Vec v = next_second(&decays, vec_load(v_at + at), g);
    vec_store(m_at + at, m);
    vec_store(v_at + at, v);
    vec_store(inverse + at, one / (vec_sqrt(v) * correction + least_root));
  }
}

/* m, SGD. */
static void momentum_block(float *m, const float *total, uint32_t floats) {
  Vec keep = vec_all(KEEP_FIRST), least = vec_all(FLUSH_MOMENT);
  for (uint32_t at = 0; at < floats; at += LANES)
    vec_store(m + at, flush(keep * vec_load(m + at) + vec_load(total + at), least));
}

/* The new weights, and their sums. inverse: Adam's. */
INLINE void weights_block_of(StepKind kind, int adam, const StepForm *form, float *w, float *m,
                             const float *inverse, const float *slope, uint32_t count, Vec *sums) {
  Vec rate = vec_all(form->rate), learning_rate = vec_all(form->learning_rate);
  Vec none = vec_all(0.0f), absolute[VECTORS];
  UNROLL
  for (int k = 0; k < VECTORS; k++)
    absolute[k] = sums[k];
  for (uint32_t r = 0; r < count; r++) {
    UNROLL
    for (int k = 0; k < VECTORS; k++) {
      size_t at = (size_t)r * LINE + (size_t)k * LANES;
      Vec here = vec_load(w + at), first = vec_load(m + at), next;
      Vec shrink = kind == STEP_PROXIMAL ? vec_larger(vec_load(slope + at), none) : none;
      if (adam) {
        Vec scale = vec_load(inverse + at);
        next = here - rate * (first * scale);
        if (kind == STEP_PROXIMAL)
          next = soft(next, learning_rate * (shrink * scale));
      } else {
        next = here - learning_rate * first;
        if (kind == STEP_PROXIMAL)
          next = soft(next, learning_rate * shrink);
      }
      if (kind == STEP_ORTHANT) {
        /* a step across zero stops there and forgets its momentum */
        VecInt crossed = ((here > 0.0f) & (next < 0.0f)) | ((here < 0.0f) & (next > 0.0f));
        next = vec_drop(crossed, next); /* NaN does not cross */
        vec_store(m + at, vec_drop(crossed, first));
      }
      if (kind == STEP_FROZEN)
        next = vec_keep(here != 0.0f, next);
      vec_store(w + at, next);
      absolute[k] += vec_absolute(next);
    }
  }
  UNROLL
  for (int k = 0; k < VECTORS; k++)
    sums[k] = absolute[k];
}

void KERNEL(step_block)(const StepForm *form, float *w, float *m, float *v,
                        const float *const *gradient, const float *slope, uint32_t count,
                        Vec *absolute) {
  float total[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  float inverse[ROW_BLOCK * LINE] __attribute__((aligned(64)));
#define EACH_KIND(kind, DO)                                                                        \
  switch (kind) {                                                                                  \
    DO(STEP_GRADIENT)                                                                              \
    DO(STEP_PROXIMAL)                                                                              \
    DO(STEP_ORTHANT)                                                                               \
    DO(STEP_FROZEN)                                                                                \
  }
#define GRADIENT_BLOCK(kind)                                                                       \
  case kind:                                                                                       \
    gradient_block_of(kind, w, gradient, slope, count, total);                                     \
    break;
#define WEIGHTS_BLOCK(kind)                                                                        \
  case kind:                                                                                       \
    if (form->adam)                                                                                \
      weights_block_of(kind, 1, form, w, m, inverse, slope, count, absolute);                      \
    else                                                                                           \
      weights_block_of(kind, 0, form, w, m, inverse, slope, count, absolute);                      \
    break;
  EACH_KIND(form->kind, GRADIENT_BLOCK)
  if (form->adam)
    adam_block(form, m, v, total, count * LINE, inverse);
  else
    momentum_block(m, total, count * LINE);
  EACH_KIND(form->kind, WEIGHTS_BLOCK)
#undef EACH_KIND
#undef GRADIENT_BLOCK
#undef WEIGHTS_BLOCK
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
  static const float no_gradient[LINE] __attribute__((aligned(64)));
  float slope[ROW_BLOCK * LINE] __attribute__((aligned(64)));
  uint32_t gradient_count = gradient_rows ? gradient_rows->count : rows;
  int constant = form->kind == STEP_FROZEN || is_constant(slope_form);
  if (constant && form->kind != STEP_FROZEN) /* the same for every block: fill once */
    for (int k = 0; k < ROW_BLOCK * LINE; k += LANES)
      vec_store(slope + k, vec_all(slope_form->base));
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    ColumnSums sums = {0};
    const float *g_panel = g + (size_t)panel * gradient_count * LINE;
    for (uint32_t row = 0; row < rows; row += ROW_BLOCK) {
      uint32_t count = rows - row < ROW_BLOCK ? rows - row : ROW_BLOCK;
      size_t at = ((size_t)panel * rows + row) * LINE;
      const float *gradient[ROW_BLOCK];
      for (uint32_t r = 0; r < count; r++) {
        int32_t place = gradient_rows ? gradient_rows->place[row + r] : (int32_t)(row + r);
        gradient[r] = place < 0 ? no_gradient : g_panel + (size_t)place * LINE;
      }
      if (!constant)
        slope_block(w + at, slope_form->cell.psi ? slope_form->cell.psi + at : NULL, count, row,
                    panel, slope_form, slope);
      KERNEL(step_block)
      (form, w + at, m + at, v ? v + at : NULL, gradient, slope, count, sums.absolute);
      if (column_square || column_largest)
        column_extras_add(&sums, w + at, count);
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
