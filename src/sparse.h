/* sparse.h: a layer's weights by their nonzeros. Two uses: while sparsifying, collected anew in
 * each step for the products; in fine-tuning, where the support is frozen, packed once with the
 * optimizer's state. Which layers do so is decided by counts of nonzeros alone (trainer.c). Depends
 * on network, kernels. */
#ifndef FILIGREE_SPARSE_H
#define FILIGREE_SPARSE_H

#include "network.h"

/* Packed training state: index k runs over the nonzeros, row by row. Arrays are padded to lines. */
typedef struct PackedLayer {
  SparseMatrix matrix; /* value: the present weights */
  uint32_t nonzeros;
  size_t slots; /* of each array */
  float *first_moment, *second_moment, *gradient;
} PackedLayer;

/* Room for all of a layer's weights, row r's slot at r * (I + 16). STATUS_MEMORY; *sparse is zeroed
 * then. */
Status sparse_create(const Layer *layer, SparseMatrix *sparse, Error *error);
/* The same for any matrix, `slot` nonzeros a row. */
Status sparse_create_slots(uint32_t rows, uint32_t columns, uint32_t slot, SparseMatrix *sparse,
                           Error *error);
void sparse_free(SparseMatrix *sparse);
/* Bytes of its packed copy. */
size_t sparse_bytes(const SparseMatrix *sparse);
/* A packed copy (kernels.h). STATUS_MEMORY; *copy is zeroed then. */
Status sparse_copy(const SparseMatrix *from, SparseMatrix *copy, Error *error);

/* Rows [row_first, row_end) of `turned` (columns of `from` x rows of `from`, a slot a row) from the
 * nonzeros of `from`: its columns, row numbers rising. */
void sparse_turn(const SparseMatrix *from, SparseMatrix *turned, uint32_t row_first,
                 uint32_t row_end);

/* Room for up to `capacity` nonzeros of a layer. STATUS_MEMORY; *packed is zeroed then. */
Status packed_create(const Layer *layer, uint32_t capacity, PackedLayer *packed, Error *error);
void packed_free(PackedLayer *packed);

/* Packs the layer's nonzeros (at most the capacity), moments 0. */
void packed_fill(PackedLayer *packed, const Layer *layer, const Kernels *kernels);

/* After count, column, value and moments of `nonzeros` entries were put in from elsewhere: row
 * starts and padding. */
void packed_restored(PackedLayer *packed);

/* Writes the packed weights back into the layer. */
void packed_unpack(const PackedLayer *packed, Layer *layer);

#endif
