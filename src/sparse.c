/* sparse.c: see sparse.h. */
#include "sparse.h"

#include <string.h>

#include "memory.h"
#include "panel.h"

static Status allocate(SparseMatrix *sparse, uint32_t rows, uint32_t columns, size_t slots,
                       Error *error) {
  *sparse = (SparseMatrix){.rows = rows, .columns = columns};
  sparse->start = memory_zeroed(rows + 1, sizeof *sparse->start);
  sparse->count = memory_zeroed(rows, sizeof *sparse->count);
  sparse->column = memory_zeroed(slots, sizeof *sparse->column);
  sparse->value = memory_zeroed(slots, sizeof *sparse->value);
  if (sparse->start && sparse->count && sparse->column && sparse->value)
    return STATUS_OK;
  sparse_free(sparse);
  return error_set(error, STATUS_MEMORY, "out of memory for the nonzeros of a %u x %u matrix", rows,
                   columns);
}

Status sparse_create_slots(uint32_t rows, uint32_t columns, uint32_t slot, SparseMatrix *sparse,
                           Error *error) {
  Status status = allocate(sparse, rows, columns, (size_t)slot * rows, error);
  for (uint32_t r = 0; !status && r <= rows; r++)
    sparse->start[r] = r * slot;
  return status;
}

Status sparse_create(const Layer *layer, SparseMatrix *sparse, Error *error) {
  /* collecting writes up to one line beyond the last nonzero */
  return sparse_create_slots(layer->outputs, layer->inputs, layer->inputs + 16, sparse, error);
}

static size_t nonzeros_of(const SparseMatrix *sparse) {
  size_t nonzeros = 0;
  for (uint32_t r = 0; r < sparse->rows; r++)
    nonzeros += sparse->count[r];
  return nonzeros;
}

size_t sparse_bytes(const SparseMatrix *sparse) {
  return (2 * (size_t)sparse->rows + 1) * sizeof(uint32_t) +
         nonzeros_of(sparse) * (sizeof(uint32_t) + sizeof(float));
}

Status sparse_copy(const SparseMatrix *from, SparseMatrix *copy, Error *error) {
  Status status = allocate(copy, from->rows, from->columns, nonzeros_of(from), error);
  for (uint32_t r = 0; !status && r < from->rows; r++) {
    uint32_t at = copy->start[r], count = copy->count[r] = from->count[r];
    memcpy(copy->column + at, from->column + from->start[r], count * sizeof *copy->column);
    memcpy(copy->value + at, from->value + from->start[r], count * sizeof *copy->value);
    copy->start[r + 1] = at + count;
  }
  return status;
}

void sparse_turn(const SparseMatrix *from, SparseMatrix *turned, uint32_t row_first,
                 uint32_t row_end) {
  for (uint32_t r = row_first; r < row_end; r++)
    turned->count[r] = 0;
  for (uint32_t r = 0; r < from->rows; r++)
    for (uint32_t k = from->start[r], end = k + from->count[r]; k < end; k++) {
      uint32_t column = from->column[k];
      if (column < row_first || column >= row_end)
        continue;
      uint32_t at = turned->start[column] + turned->count[column]++;
      turned->column[at] = r;
      turned->value[at] = from->value[k];
    }
}

void sparse_free(SparseMatrix *sparse) {
  memory_free(sparse->start);
  memory_free(sparse->count);
  memory_free(sparse->column);
  memory_free(sparse->value);
  *sparse = (SparseMatrix){0};
}

Status packed_create(const Layer *layer, uint32_t capacity, PackedLayer *packed, Error *error) {
  *packed = (PackedLayer){0};
  packed->slots = (size_t)panel_count(capacity) * 16 + 16;
  Status status = allocate(&packed->matrix, layer->outputs, layer->inputs, packed->slots, error);
  if (status)
    return status;
  packed->first_moment = memory_zeroed(packed->slots, sizeof(float));
  packed->second_moment = memory_zeroed(packed->slots, sizeof(float));
  packed->gradient = memory_zeroed(packed->slots, sizeof(float));
  if (packed->first_moment && packed->second_moment && packed->gradient)
    return STATUS_OK;
  packed_free(packed);
  return error_set(error, STATUS_MEMORY, "out of memory for packed weights");
}

void packed_fill(PackedLayer *packed, const Layer *layer, const Kernels *kernels) {
  SparseMatrix *matrix = &packed->matrix;
  size_t bytes = packed->slots * sizeof(float);
  memset(packed->first_moment, 0, bytes);
  memset(packed->second_moment, 0, bytes);
  memset(packed->gradient, 0, bytes);
  for (uint32_t r = 0; r < matrix->rows; r++) { /* row by row: each start is known after the last */
    kernels->sparse_collect(layer->weights, NULL, matrix, r, r + 1);
    matrix->start[r + 1] = matrix->start[r] + matrix->count[r];
  }
  packed->nonzeros = matrix->start[matrix->rows];
  for (size_t k = packed->nonzeros; k < packed->slots; k++)
    matrix->value[k] = 0.0f; /* padding: collecting leaves rests there */
}

void packed_restored(PackedLayer *packed) {
  SparseMatrix *matrix = &packed->matrix;
  for (uint32_t r = 0; r < matrix->rows; r++)
    matrix->start[r + 1] = matrix->start[r] + matrix->count[r];
  memset(packed->gradient, 0, packed->slots * sizeof(float));
  for (size_t k = packed->nonzeros; k < packed->slots; k++)
    matrix->value[k] = packed->first_moment[k] = packed->second_moment[k] = 0.0f;
}

void packed_free(PackedLayer *packed) {
  sparse_free(&packed->matrix);
  memory_free(packed->first_moment);
  memory_free(packed->second_moment);
  memory_free(packed->gradient);
  *packed = (PackedLayer){0};
}

void packed_unpack(const PackedLayer *packed, Layer *layer) {
  const SparseMatrix *matrix = &packed->matrix;
  for (uint32_t r = 0; r < matrix->rows; r++)
    for (uint32_t k = matrix->start[r]; k < matrix->start[r + 1]; k++)
      layer->weights[panel_index(matrix->rows, r, matrix->column[k])] = matrix->value[k];
}
