/* kernel_batch.c: passes over a batch: pixels to floats, transposes, ReLU, softmax cross-entropy.
 * Compiled once per lane width. Depends on kernel_names.h, vector_math.h. */
#include <stddef.h>
#include <string.h>

#include "kernel_names.h"
#include "transpose.h"
#include "vector_math.h"

typedef uint8_t ByteVec __attribute__((vector_size(LANES)));

/* Asks memory for a picture that is soon to be read: they lie anywhere, and a wait for each in turn takes
 * longer than the work. */
INLINE void ask_for(const uint8_t *bytes, uint32_t count) {
  for (uint32_t k = 0; k < count; k += 64) {
#if defined(__wasm__)
    uint8_t seen = bytes[k]; /* WebAssembly has no prefetch: a load that nobody waits for */
    __asm__ volatile("" ::"r"(seen));
#else
    __builtin_prefetch(bytes + k);
#endif
  }
}
enum { ASK_AHEAD = 3 };

static void gather_bytes(const uint8_t *bytes, const uint32_t *order, uint32_t inputs,
                         uint32_t batch, uint32_t first, uint32_t end, const uint8_t *used,
                         float *samples) {
  const float scale = 1.0f / 255.0f;
  uint32_t whole = inputs / LINE;
  for (uint32_t b = first; b < end; b++) {
    const uint8_t *from = bytes + (size_t)order[b] * inputs;
    if (b + ASK_AHEAD < end && !used)
      ask_for(bytes + (size_t)order[b + ASK_AHEAD] * inputs, inputs);
    float *to = samples + (size_t)b * LINE;
    for (uint32_t panel = 0; panel < whole; panel++, to += (size_t)batch * LINE, from += LINE)
      for (int v = 0; (!used || used[panel]) && v < VECTORS; v++) {
        ByteVec pixels;
        memcpy(&pixels, from + v * LANES, sizeof pixels);
        vec_store(to + v * LANES, __builtin_convertvector(pixels, Vec) * scale);
      }
    for (uint32_t i = whole * LINE; i < inputs && (!used || used[whole]); i++)
      to[i % LINE] = (float)*from++ * scale;
  }
}

static void gather_nonzeros(const uint8_t *bytes, const uint32_t *order, uint32_t inputs,
                            uint32_t first, uint32_t end, SparseMatrix *samples) {
  const float scale = 1.0f / 255.0f;
  for (uint32_t b = first; b < end; b++) {
    const uint8_t *from = bytes + (size_t)order[b] * inputs;
    if (b + ASK_AHEAD < end)
      ask_for(bytes + (size_t)order[b + ASK_AHEAD] * inputs, inputs);
    uint32_t *column = samples->column + samples->start[b];
    float *value = samples->value + samples->start[b];
    uint32_t count = 0, i = 0;
    for (; i + 8 <= inputs; i += 8) {
      uint64_t eight;
      memcpy(&eight, from + i, sizeof eight);
      if (!eight)
        continue;
#pragma GCC unroll 8
      for (uint32_t k = 0; k < 8; k++) { /* written always, kept only when nonzero: no branch */
        column[count] = i + k;
        value[count] = (float)from[i + k] * scale;
        count += from[i + k] != 0;
      }
    }
    for (; i < inputs; i++) {
      column[count] = i;
      value[count] = (float)from[i] * scale;
      count += from[i] != 0;
    }
    samples->count[b] = count;
  }
}

static void transpose(const float *from, uint32_t rows, uint32_t columns, float *to,
                      uint32_t row_panel_first, uint32_t row_panel_end, uint32_t panel_first,
                      uint32_t panel_end) {
  for (uint32_t row_panel = row_panel_first; row_panel < row_panel_end; row_panel++) {
    uint32_t row = row_panel * LINE;
    for (uint32_t panel = panel_first; panel < panel_end; panel++) {
      uint32_t column = panel * LINE;
      const float *block = from + ((size_t)(column / LINE) * rows + row) * LINE;
      float *target = to + ((size_t)row_panel * columns + column) * LINE;
      if (rows - row >= LINE && columns - column >= LINE) {
        transpose_16x16(block, target);
        continue;
      }
      uint32_t high = rows - row < LINE ? rows - row : LINE;
      uint32_t wide = columns - column < LINE ? columns - column : LINE;
      for (uint32_t c = 0; c < wide; c++)
        for (uint32_t r = 0; r < LINE; r++)
          target[c * LINE + r] = r < high ? block[r * LINE + c] : 0.0f;
    }
  }
}

static void relu(float *x, uint32_t lines) {
  for (float *end = x + (size_t)lines * LINE; x != end; x += LANES) {
    Vec value = vec_load(x);
    vec_store(x, vec_from_bits(vec_bits(value) & ~(value <= 0.0f)));
  }
}

static void relu_backward(float *dx, const float *h, float scale, uint32_t lines) {
  for (float *end = dx + (size_t)lines * LINE; dx != end; dx += LANES, h += LANES)
    vec_store(dx, vec_keep(vec_load(h) > 0.0f, vec_load(dx) * scale));
}

static void batch_sums(const float *a, uint32_t rows, uint32_t panels, float *sums) {
  for (uint32_t r = 0; r < rows; r++) {
    Vec sum[VECTORS];
    UNROLL
    for (int v = 0; v < VECTORS; v++)
      sum[v] = vec_all(0.0f);
    const float *line = a + (size_t)r * LINE;
    for (uint32_t panel = 0; panel < panels; panel++, line += (size_t)rows * LINE)
      UNROLL
    for (int v = 0; v < VECTORS; v++)
      sum[v] += vec_load(line + v * LANES);
    float lanes[LINE] __attribute__((aligned(64)));
    UNROLL
    for (int v = 0; v < VECTORS; v++)
      vec_store(lanes + v * LANES, sum[v]);
    sums[r] = line_sum(lanes);
  }
}

static void silent_rows(const float *a, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                        uint8_t *silent) {
  memset(silent, 1, rows);
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    const float *line = a + (size_t)panel * rows * LINE;
    for (uint32_t r = 0; r < rows; r++, line += LINE) {
      VecInt any = vec_load(line) != 0.0f;
      UNROLL
      for (int v = 1; v < VECTORS; v++)
        any |= vec_load(line + v * LANES) != 0.0f;
      silent[r] &= (uint8_t)!vec_any(any);
    }
  }
}

static void softmax(const float *z, const int32_t *labels, uint32_t classes, uint32_t batch,
                    uint32_t panel_first, uint32_t panel_end, float smoothing, float scale,
                    float *loss, int32_t *correct, float *dz) {
  float elsewhere = smoothing / (float)classes, at_label = 1.0f - smoothing;
  int32_t lane_numbers[LINE] __attribute__((aligned(64)));
  for (int k = 0; k < LINE; k++)
    lane_numbers[k] = k;
  for (uint32_t panel = panel_first; panel < panel_end; panel++)
    for (int v = 0; v < VECTORS; v++) {
      uint32_t first = panel * LINE + (uint32_t)v * LANES;
      const float *logits = z + (size_t)panel * classes * LINE + v * LANES;
      float *gradient = dz ? dz + (size_t)panel * classes * LINE + v * LANES : NULL;
      VecInt label = vec_load_int(labels + first);
      VecInt inside =
          vec_load_int(lane_numbers + v * LANES) + (int32_t)(panel * LINE) < (int32_t)batch;

      Vec largest = vec_load(logits), label_logit = vec_all(0.0f), total = vec_all(0.0f);
      VecInt best = vec_all_int(0);
      for (uint32_t c = 0; c < classes; c++) {
        Vec x = vec_load(logits + (size_t)c * LINE);
        VecInt larger = x > largest;
        largest = vec_select(larger, x, largest);
        best = (larger & (int32_t)c) | (~larger & best);
        label_logit = vec_select(label == (int32_t)c, x, label_logit);
        total += x;
      }
      Vec sum = vec_all(0.0f);
      for (uint32_t c = 0; c < classes; c++) {
        Vec x = vec_exp(vec_load(logits + (size_t)c * LINE) - largest);
        sum += x;
        if (gradient)
          vec_store(gradient + (size_t)c * LINE, x);
      }
      /* -sum of target * ln softmax = ln sum + largest - sum of target * logit */
      Vec cost = (vec_log(sum) + largest) - (at_label * label_logit + elsewhere * total);
      vec_store(loss + first, vec_keep(inside, cost));
      *(VecInt *)(correct + first) = inside & (best == label) & 1;
      if (!gradient)
        continue;
      Vec inverse = 1.0f / sum;
      for (uint32_t c = 0; c < classes; c++) {
        Vec target = vec_keep(label == (int32_t)c, vec_all(at_label)) + elsewhere;
        Vec p = vec_load(gradient + (size_t)c * LINE) * inverse;
        vec_store(gradient + (size_t)c * LINE, vec_keep(inside, (p - target) * scale));
      }
    }
}

void KERNEL(kernel_batch_register)(Kernels *kernels) {
  kernels->gather_bytes = gather_bytes;
  kernels->gather_nonzeros = gather_nonzeros;
  kernels->transpose = transpose;
  kernels->relu = relu;
  kernels->relu_backward = relu_backward;
  kernels->batch_sums = batch_sums;
  kernels->silent_rows = silent_rows;
  kernels->softmax = softmax;
}
