/* panel.h: the one layout of every matrix in the engine. A matrix of `rows` x `columns` is cut into
 * panels of 16 columns; a panel holds its rows one after the other, 16 floats (a line) a row:
 *     element (r, c) = data[((c / 16) * rows + r) * 16 + c % 16]
 * Columns beyond the last one are padding: zero in weights, samples and gradients; in activations
 * whatever a bias makes of zero inputs, which no result reads. In this layout all three products of
 * training run without repacking (kernel_product.c):
 *     weights      O x I   lanes along the inputs
 *     activations  I x B   lanes along the batch       (forward, backward)
 *     samples      B x I   lanes along the inputs      (weight gradient)
 * Not a general matrix library. Depends on status, memory, vec (LINE only). */
#ifndef FILIGREE_PANEL_H
#define FILIGREE_PANEL_H

#include <stddef.h>
#include <stdint.h>

typedef struct Panel {
  uint32_t rows, columns;
  float *data; /* [panel_count(columns)][rows][16], 64-byte aligned */
} Panel;

static inline uint32_t panel_count(uint32_t columns) { return (columns + 15) / 16; }

/* Floats in the data of a matrix, padding included. */
static inline size_t panel_floats(uint32_t rows, uint32_t columns) {
  return (size_t)panel_count(columns) * rows * 16;
}

static inline size_t panel_index(uint32_t rows, uint32_t row, uint32_t column) {
  return ((size_t)(column / 16) * rows + row) * 16 + column % 16;
}

/* Copies between this layout and plain row-major [rows][columns]. Padding is set to zero. */
void panel_from_rows(const float *from, uint32_t rows, uint32_t columns, float *data);
void panel_to_rows(const float *data, uint32_t rows, uint32_t columns, float *to);

#endif
