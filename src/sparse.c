/* sparse.c: see sparse.h. */
#include "sparse.h"

#include <string.h>

#include "memory.h"
#include "panel.h"

static Status allocate(SparseMatrix *sparse, const Layer *layer, size_t slots, Error *error) {
  *sparse = (SparseMatrix){.rows = layer->outputs, .columns = layer->inputs};
  sparse->start = memory_zeroed(layer->outputs + 1, sizeof *sparse->start);
  sparse->count = memory_zeroed(layer->outputs, sizeof *sparse->count);
  sparse->column = memory_zeroed(slots, sizeof *sparse->column);
  sparse->value = memory_zeroed(slots, sizeof *sparse->value);
  if (sparse->start && sparse->count && sparse->column && sparse->value)
    return STATUS_OK;
  sparse_free(sparse);
  return error_set(error, STATUS_MEMORY, "out of memory for the nonzeros of a %u x %u matrix",
                   layer->outputs, layer->inputs);
}

Status sparse_create(const Layer *layer, SparseMatrix *sparse, Error *error) {
  uint32_t slot = layer->inputs + 16; /* collecting writes up to one line beyond the last nonzero */
  Status status = allocate(sparse, layer, (size_t)slot * layer->outputs, error);
  for (uint32_t r = 0; !status && r <= layer->outputs; r++)
    sparse->start[r] = r * slot;
  return status;
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
  Status status = allocate(&packed->matrix, layer, packed->slots, error);
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
    kernels->sparse_collect(layer->weights, matrix, r, r + 1);
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
