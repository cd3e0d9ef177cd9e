/* kernel_marked.c: the optimizer's step where most weights are zero and are likely to stay so. The same
 * bits as `step` (kernel_weights.c): what is left out is known to change nothing. Compiled once per
 * lane width. Depends on kernel_names.h, step_math.h. */
#include <stddef.h>

#include "kernel_names.h"
#include "step_math.h"

enum { BLOCK_FLOATS = ROW_BLOCK * LINE };

/* Functions of their own have all registers to themselves: V8 spills what a caller keeps. */
#define APART static __attribute__((noinline))

static void mark(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                 uint8_t *nonzero) {
  for (size_t line = (size_t)panel_first * rows; line < (size_t)panel_end * rows; line++) {
    unsigned marks = 0;
    for (int k = 0; k < VECTORS; k++)
      marks |= (unsigned)vec_any(vec_load(w + line * LINE + k * LANES) != 0.0f) << k;
    nonzero[line] = (uint8_t)marks;
  }
}

/* The second moments of a line after `steps` steps without a gradient, one after the other as those would
 * have taken them. */
APART void decay(float *v, uint32_t steps) {
  Vec keep = vec_all(KEEP_SECOND), least = vec_all(FLUSH_MOMENT), moment[VECTORS];
  for (int k = 0; k < VECTORS; k++)
    moment[k] = vec_load(v + k * LANES);
  for (; steps; steps--) {
    UNROLL
    for (int k = 0; k < VECTORS; k++)
      moment[k] = flush(keep * moment[k], least);
  }
  for (int k = 0; k < VECTORS; k++)
    vec_store(v + k * LANES, moment[k]);
}

static void wake(float *v, uint32_t rows, uint32_t panel_first, uint32_t panel_end, uint32_t now,
                 uint32_t *asleep) {
  for (size_t line = (size_t)panel_first * rows; line < (size_t)panel_end * rows; line++)
    if (asleep[line]) {
      decay(v + line * LINE, now - asleep[line]);
      asleep[line] = 0;
    }
}

/* A block: up to ROW_BLOCK rows of a panel, at the first of them. */
typedef struct MarkedBlock {
  const StepForm *step;
  uint32_t count; /* rows */
  float *w, *m, *v;
  const float *psi; /* NULL without a cell form */
  const float *gradient[ROW_BLOCK];
  float row[ROW_BLOCK];
  const float *column;
  float least_column; /* of the panel's */
  uint8_t *nonzero;
  uint32_t *asleep;
  float base, cell_scale, psi_zero;
} MarkedBlock;

/* 1 when all of the line is 0 as a step sees it. */
INLINE int line_is_silent(const float *g) {
  VecInt some = vec_bits(vec_all(0.0f));
  for (int k = 0; k < VECTORS; k++)
    some |= ~(vec_absolute(vec_load(g + k * LANES)) < vec_all(FLUSH_GRADIENT)); /* NaN is not */
  return !vec_any(some);
}

/* Moves on the moments of n neighbouring vectors of zeros whose step ends at zero; 0: some weight leaves zero,
 * and nothing is changed. *moving: bits of what keeps the line awake.
 *
 * A zero weight steps to  soft(-rate m s, pull s)  with  pull = learning_rate shrink  and  s = 1 / (sqrt(v)
 * correction + 1e-8). All roundings are relative, far below 1e-4 in sum, unless something underflows; so the
 * result is 0 whatever s is, if  1.0001 rate |m| <= pull  and pull is at least 2^-50: s is above 2^-70
 * for any v. `pull` here is at most that of any of the vectors. */
INLINE int stay_at_zero(int n, const Decays *decays, float *m_at, float *v_at,
                        const float *gradient, Vec strict_rate, Vec pull, VecInt *moving) {
  Vec m[VECTORS], v[VECTORS];
  VecInt stays = vec_bits(vec_all(0.0f)) - 1, moves = *moving;
  UNROLL
  for (int k = 0; k < n; k++) {
    Vec g = flush(vec_load(gradient + k * LANES), decays->least_gradient);
    m[k] = next_first(decays, vec_load(m_at + k * LANES), g);
    v[k] = next_second(decays, vec_load(v_at + k * LANES), g);
    stays &= strict_rate * vec_absolute(m[k]) <= pull;
    moves |= vec_bits(m[k]) | vec_bits(g);
  }
  if (vec_any(~stays))
    return 0;
  UNROLL
  for (int k = 0; k < n; k++) {
    vec_store(m_at + k * LANES, m[k]);
    vec_store(v_at + k * LANES, v[k]);
  }
  *moving = moves;
  return 1;
}

/* Moves on what stays at zero in a block. Returns how many vectors are left to be stepped, and which (floats
 * from the block's start, rising). */
APART uint32_t busy_vectors(const MarkedBlock *block, uint16_t *busy) {
  const Decays decays = decays_now();
  Vec strict_rate = vec_all(block->step->rate * 1.0001f);
  uint32_t found = 0;
  for (uint32_t r = 0; r < block->count; r++) {
    const float *gradient = block->gradient[r];
    float *m = block->m + r * LINE, *v = block->v + r * LINE;
    if (block->asleep[r]) {
      if (line_is_silent(gradient))
        continue;
      decay(v, block->step->number - 1 - block->asleep[r]);
      block->asleep[r] = 0;
    }
    unsigned marks = block->nonzero[r];
    float slope = block->row[r] + block->least_column + block->base;
    if (block->psi)
      slope += block->cell_scale * block->psi_zero;
    float pull = block->step->learning_rate * slope;
    int pulls = pull >= 0x1p-50f;
    VecInt moving = vec_bits(vec_all(0.0f));
    if (pulls && !marks &&
        stay_at_zero(VECTORS, &decays, m, v, gradient, strict_rate, vec_all(pull), &moving)) {
      if (!vec_any(moving != 0))
        block->asleep[r] = block->step->number;
      continue;
    }
    for (int k = 0; k < VECTORS; k++) {
      int at = k * LANES, zero = !(marks >> k & 1);
      if (!(pulls && zero &&
            stay_at_zero(1, &decays, m + at, v + at, gradient + at, strict_rate, vec_all(pull),
                         &moving)))
        busy[found++] = (uint16_t)(r * LINE + (uint32_t)at);
    }
  }
  return found;
}

/* The step of the `count` > 0 vectors at busy[], put side by side for it. absolute: the columns' sums so far. */
APART void step_busy(const MarkedBlock *block, const uint16_t *busy, uint32_t count,
                     Vec *absolute) {
  float w[BLOCK_FLOATS] __attribute__((aligned(64))), m[BLOCK_FLOATS] __attribute__((aligned(64)));
  float v[BLOCK_FLOATS] __attribute__((aligned(64))), g[BLOCK_FLOATS] __attribute__((aligned(64)));
  float slope[BLOCK_FLOATS] __attribute__((aligned(64)));
  const float *gradient[ROW_BLOCK];
  uint32_t lines = (count + VECTORS - 1) / VECTORS;
  Vec base = vec_all(block->base), cell_scale = vec_all(block->cell_scale);
  Vec psi_zero = vec_all(block->psi_zero), ignored[VECTORS];
  for (uint32_t line = 0; line < ROW_BLOCK; line++)
    gradient[line] = g + (size_t)line * LINE;
  for (int k = 0; k < VECTORS; k++) { /* the last line may not be filled */
    size_t at = (size_t)(lines - 1) * LINE + (size_t)k * LANES;
    ignored[k] = vec_all(0.0f);
    vec_store(w + at, ignored[k]);
    vec_store(m + at, ignored[k]);
    vec_store(v + at, ignored[k]);
    vec_store(g + at, ignored[k]);
    vec_store(slope + at, ignored[k]);
  }
  for (uint32_t n = 0; n < count; n++) {
    size_t at = busy[n], r = at / LINE, lane = at % LINE, to = (size_t)n * LANES;
    vec_store(w + to, vec_load(block->w + at));
    vec_store(m + to, vec_load(block->m + at));
    vec_store(v + to, vec_load(block->v + at));
    vec_store(g + to, vec_load(block->gradient[r] + lane));
    /* as slope_block_of (kernel_weights.c), without its linear terms */
    Vec s = vec_all(block->row[r]) + vec_load(block->column + lane) + base;
    if (block->psi) {
      int stored = block->nonzero[r] >> lane / LANES & 1;
      s += cell_scale * (stored ? vec_load(block->psi + at) : psi_zero);
    }
    vec_store(slope + to, s);
  }
  KERNEL(step_block)(block->step, w, m, v, gradient, slope, lines, ignored);
  for (uint32_t n = 0; n < count; n++) {
    size_t at = busy[n], r = at / LINE, k = at % LINE / LANES, from = (size_t)n * LANES;
    Vec next = vec_load(w + from);
    vec_store(block->w + at, next);
    vec_store(block->m + at, vec_load(m + from));
    vec_store(block->v + at, vec_load(v + from));
    unsigned others = block->nonzero[r] & ~(1u << k);
    block->nonzero[r] = (uint8_t)(others | (unsigned)vec_any(next != 0.0f) << k);
    absolute[k] += vec_absolute(next);
  }
}

static void step_marked(float *w, float *m, float *v, const float *g,
                        const GradientRows *gradient_rows, uint32_t rows, uint32_t panel_first,
                        uint32_t panel_end, const SlopeForm *slope, const StepForm *form,
                        const LineMarks *marks, float *column_absolute) {
  static const float zeros[LINE] __attribute__((aligned(64)));
  float no_column[LINE] __attribute__((aligned(64))); /* -0 adds nothing to any number */
  for (int k = 0; k < LINE; k += LANES)
    vec_store(no_column + k, vec_all(-0.0f));
  uint16_t busy[ROW_BLOCK * VECTORS];
  uint32_t gradient_count = gradient_rows ? gradient_rows->count : rows;
  int cell = slope->cell.kind != CELL_NONE;
  MarkedBlock block = {.step = form,
                       .base = slope->base,
                       .cell_scale = slope->cell_scale,
                       .psi_zero = slope->cell.psi_zero};
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    Vec absolute[VECTORS];
    for (int k = 0; k < VECTORS; k++)
      absolute[k] = vec_all(0.0f);
    block.column = slope->column ? slope->column + (size_t)panel * LINE : no_column;
    float all = 0; /* NaN where some column has no number: then no line's pull has one */
    block.least_column = block.column[0];
    for (int k = 0; k < LINE; k++) {
      float column = block.column[k];
      block.least_column = column < block.least_column ? column : block.least_column;
      all += column - column;
    }
    block.least_column += all;
    const float *g_panel = g + (size_t)panel * gradient_count * LINE;
    for (uint32_t first = 0; first < rows; first += ROW_BLOCK) {
      size_t line = (size_t)panel * rows + first, at = line * LINE;
      block.count = rows - first < ROW_BLOCK ? rows - first : ROW_BLOCK;
      block.w = w + at;
      block.m = m + at;
      block.v = v + at;
      block.psi = cell ? slope->cell.psi + at : NULL;
      block.nonzero = marks->nonzero + line;
      block.asleep = marks->asleep + line;
      for (uint32_t r = 0; r < block.count; r++) {
        int32_t place = gradient_rows ? gradient_rows->place[first + r] : (int32_t)(first + r);
        block.gradient[r] = place < 0 ? zeros : g_panel + (size_t)place * LINE;
        block.row[r] = slope->row ? slope->row[first + r] : 0.0f;
      }
      uint32_t left = busy_vectors(&block, busy);
      if (left)
        step_busy(&block, busy, left, absolute);
    }
    for (int k = 0; k < VECTORS; k++)
      vec_store(column_absolute + (size_t)panel * LINE + (size_t)k * LANES, absolute[k]);
  }
}

void KERNEL(kernel_marked_register)(Kernels *kernels) {
  kernels->mark = mark;
  kernels->wake = wake;
  kernels->step_marked = step_marked;
}
