/* kernel_sparse.c: products with a weight matrix given by its nonzeros. Lanes run along the batch;
 * each output adds its products in the order of the dense kernels. Compiled once per lane width.
 * Depends on kernel_names.h, vec.h. */
#include <stddef.h>
#include <string.h>

#include "kernel_names.h"
#include "marked_lines.h"
#include "transpose.h"

/* Panels of the batch that one pass over a row's nonzeros serves: 8 independent sums hide the
 * latency of an addition. */
enum { TOGETHER = LANES == 16 ? 8 : LANES == 8 ? 4 : 2 };

/* One row times P panels: c[p][] = start + sum of value[k] * b[p][column[k]][]. */
INLINE void sparse_row(int P, const float *value, const uint32_t *column, uint32_t count,
                       const float *b, size_t b_panel, float start, float *c, size_t c_panel) {
  Vec sum[TOGETHER * VECTORS];
  UNROLL
  for (int s = 0; s < P * VECTORS; s++)
    sum[s] = vec_all(start);
  for (uint32_t k = 0; k < count; k++) {
    Vec w = vec_all(value[k]);
    const float *x = b + (size_t)column[k] * LINE;
    UNROLL
    for (int p = 0; p < P; p++)
      UNROLL
    for (int v = 0; v < VECTORS; v++)
      sum[p * VECTORS + v] += w * vec_load(x + p * b_panel + v * LANES);
  }
  UNROLL
  for (int p = 0; p < P; p++)
    UNROLL
  for (int v = 0; v < VECTORS; v++)
    vec_store(c + p * c_panel + v * LANES, sum[p * VECTORS + v]);
}

static void sparse_product(const SparseMatrix *w, const float *b, const float *start, float *c,
                           uint32_t panel_first, uint32_t panel_end) {
  size_t b_panel = (size_t)w->columns * LINE, c_panel = (size_t)w->rows * LINE;
  for (uint32_t panel = panel_first; panel < panel_end;) {
    int together = panel_end - panel >= TOGETHER;
    const float *b_first = b + panel * b_panel;
    float *c_first = c + panel * c_panel;
    for (uint32_t r = 0; r < w->rows; r++) {
      const float *value = w->value + w->start[r];
      const uint32_t *column = w->column + w->start[r];
      float from = start ? start[r] + 0.0f : 0.0f;
      if (together)
        sparse_row(TOGETHER, value, column, w->count[r], b_first, b_panel, from,
                   c_first + (size_t)r * LINE, c_panel);
      else
        sparse_row(1, value, column, w->count[r], b_first, b_panel, from,
                   c_first + (size_t)r * LINE, c_panel);
    }
    panel += together ? TOGETHER : 1;
  }
}

static void sparse_product_transposed(const SparseMatrix *w, const float *b, float *c,
                                      uint32_t panel_first, uint32_t panel_end) {
  size_t b_panel = (size_t)w->rows * LINE, c_panel = (size_t)w->columns * LINE;
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    float *c_first = c + panel * c_panel;
    for (size_t k = 0; k < c_panel; k += LANES)
      vec_store(c_first + k, vec_all(0.0f));
    for (uint32_t r = 0; r < w->rows; r++) {
      const float *line = b + panel * b_panel + (size_t)r * LINE;
      Vec x[VECTORS];
      for (int v = 0; v < VECTORS; v++)
        x[v] = vec_load(line + v * LANES);
      for (uint32_t k = w->start[r], end = k + w->count[r]; k < end; k++) {
        float *to = c_first + (size_t)w->column[k] * LINE;
        Vec value = vec_all(w->value[k]);
        for (int v = 0; v < VECTORS; v++)
          vec_store(to + v * LANES, vec_load(to + v * LANES) + value * x[v]);
      }
    }
  }
}

/* Panels of A that one pass over a row of X serves: 4 to 8 independent sums, and a slice of A that
 * the first-level cache can hold. */
enum { SIDE_BY_SIDE = LANES == 16 ? 4 : LANES == 8 ? 2 : 1 };

/* One row of X times P panels of A, into line n of each of P blocks of 16 lines. */
INLINE void input_row(int P, const float *value, const uint32_t *column, uint32_t count,
                      const float *a, size_t a_panel, const float *start, float *block) {
  Vec sum[SIDE_BY_SIDE * VECTORS];
  UNROLL
  for (int s = 0; s < P * VECTORS; s++)
    sum[s] = vec_load(start + s * LANES);
  for (uint32_t k = 0; k < count; k++) {
    Vec x = vec_all(value[k]);
    const float *line = a + (size_t)column[k] * LINE;
    UNROLL
    for (int p = 0; p < P; p++)
      UNROLL
    for (int v = 0; v < VECTORS; v++)
      sum[p * VECTORS + v] += x * vec_load(line + p * a_panel + v * LANES);
  }
  UNROLL
  for (int p = 0; p < P; p++)
    UNROLL
  for (int v = 0; v < VECTORS; v++)
    vec_store(block + p * LINE * LINE + v * LANES, sum[p * VECTORS + v]);
}

/* P panels of A, all wanted rows of X. `row` is the first row of C that they make. */
INLINE void input_strip(int P, const SparseMatrix *x, const float *a, const float *start, float *c,
                        uint32_t rows, uint32_t row, uint32_t panel_first, uint32_t panel_end) {
  float block[SIDE_BY_SIDE * LINE * LINE] __attribute__((aligned(64)));
  float turned[LINE * LINE] __attribute__((aligned(64)));
  size_t a_panel = (size_t)x->columns * LINE;
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    uint32_t first = panel * LINE, end = first + LINE < x->rows ? first + LINE : x->rows;
    for (uint32_t n = first; n < end; n++)
      input_row(P, x->value + x->start[n], x->column + x->start[n], x->count[n], a, a_panel, start,
                block + (n - first) * LINE);
    for (int p = 0; p < P; p++)
      for (uint32_t n = end - first; n < LINE; n++) /* padding: as if X had rows of zeros there */
        memcpy(block + p * LINE * LINE + n * LINE, start + p * LINE, LINE * sizeof *block);
    for (int p = 0; p < P; p++) {
      uint32_t at = row + (uint32_t)p * LINE, height = rows - at < LINE ? rows - at : LINE;
      float *to = c + ((size_t)panel * rows + at) * LINE;
      if (height == LINE)
        transpose_16x16(block + p * LINE * LINE, to);
      else {
        transpose_16x16(block + p * LINE * LINE, turned);
        memcpy(to, turned, height * LINE * sizeof *to);
      }
    }
  }
}

static void input_product(const SparseMatrix *x, const float *a, const float *start, float *c,
                          uint32_t rows, uint32_t panel_first, uint32_t panel_end) {
  for (uint32_t row = 0; row < rows;) {
    float from[SIDE_BY_SIDE * LINE] __attribute__((aligned(64)));
    int together = row + (SIDE_BY_SIDE - 1) * LINE < rows;
    uint32_t wide = together ? SIDE_BY_SIDE * LINE : LINE;
    for (uint32_t k = 0; k < wide; k++)
      from[k] = start && row + k < rows ? start[row + k] + 0.0f : 0.0f;
    const float *a_first = a + (size_t)row * x->columns;
    if (together)
      input_strip(SIDE_BY_SIDE, x, a_first, from, c, rows, row, panel_first, panel_end);
    else
      input_strip(1, x, a_first, from, c, rows, row, panel_first, panel_end);
    row += wide;
  }
}

static void sparse_gradient(const SparseMatrix *w, const float *dz, const float *x, uint32_t batch,
                            uint32_t line_first, uint32_t line_end, float *gradient) {
  uint32_t panels = (batch + LINE - 1) / LINE, total = w->start[w->rows];
  size_t dz_panel = (size_t)w->rows * LINE, x_panel = (size_t)w->columns * LINE;
  uint32_t k = line_first * LINE, end = line_end * LINE < total ? line_end * LINE : total;
  uint32_t row = 0,
           high = w->rows; /* the row that holds nonzero k: start[row] <= k < start[row + 1] */
  while (high - row > 1) {
    uint32_t middle = row + (high - row) / 2;
    if (w->start[middle] <= k)
      row = middle;
    else
      high = middle;
  }
  for (; k < end; k++) {
    while (k >= w->start[row + 1])
      row++;
    const float *left = dz + (size_t)row * LINE, *right = x + (size_t)w->column[k] * LINE;
    Vec sum[VECTORS];
    for (int v = 0; v < VECTORS; v++)
      sum[v] = vec_all(0.0f);
    for (uint32_t p = 0; p < panels; p++, left += dz_panel, right += x_panel)
      for (int v = 0; v < VECTORS; v++)
        sum[v] += vec_load(left + v * LANES) * vec_load(right + v * LANES);
    float line[LINE] __attribute__((aligned(64)));
    for (int v = 0; v < VECTORS; v++)
      vec_store(line + v * LANES, sum[v]);
    gradient[k] = line_sum(line);
  }
}

/* Bit k: the line's number k is not 0. */
INLINE unsigned line_nonzeros(const float *line) {
  unsigned bits = 0;
  for (int v = 0; v < VECTORS; v++)
    bits |= vec_lanes(vec_load(line + v * LANES) != 0.0f) << v * LANES;
  return bits;
}

/* Appends a line's nonzeros to its row. */
INLINE void collect_line(const float *line, uint32_t column, SparseMatrix *sparse, uint32_t row) {
  uint32_t at = sparse->start[row] + sparse->count[row];
  for (unsigned bits = line_nonzeros(line); bits; bits &= bits - 1, at++) {
    uint32_t lane = (uint32_t)__builtin_ctz(bits);
    sparse->column[at] = column + lane;
    sparse->value[at] = line[lane];
  }
  sparse->count[row] = at - sparse->start[row];
}

static void sparse_collect(const float *w, const uint8_t *nonzero, SparseMatrix *sparse,
                           uint32_t row_first, uint32_t row_end) {
  uint32_t list[MARKED_AT_ONCE * ROW_GROUP + 1], rows = sparse->rows;
  uint32_t panels = (sparse->columns + LINE - 1) / LINE;
  for (uint32_t r = row_first; r < row_end; r++)
    sparse->count[r] = 0;
  for (uint32_t group = row_first; group < row_end; group += ROW_GROUP) {
    uint32_t high = row_end - group < ROW_GROUP ? row_end - group : ROW_GROUP;
    for (uint32_t panel = 0; panel < panels; panel += MARKED_AT_ONCE) {
      uint32_t wide = panels - panel < MARKED_AT_ONCE ? panels - panel : MARKED_AT_ONCE;
      size_t first = (size_t)panel * rows + group;
      if (nonzero) {
        uint32_t found = marked_lines(nonzero + first, rows, wide, high, list);
        for (uint32_t n = 0; n < found; n++) {
          uint32_t line = list[n] / ROW_GROUP, r = list[n] % ROW_GROUP;
          collect_line(w + (first + line) * LINE, (panel + line / rows) * LINE, sparse, group + r);
        }
      } else
        for (uint32_t p = 0; p < wide; p++)
          for (uint32_t r = 0; r < high; r++)
            collect_line(w + (first + (size_t)p * rows + r) * LINE, (panel + p) * LINE, sparse,
                         group + r);
    }
  }
}

void KERNEL(kernel_sparse_register)(Kernels *kernels) {
  kernels->sparse_product = sparse_product;
  kernels->sparse_product_transposed = sparse_product_transposed;
  kernels->input_product = input_product;
  kernels->sparse_gradient = sparse_gradient;
  kernels->sparse_collect = sparse_collect;
}
