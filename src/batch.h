/* batch.h: the buffers that one batch passes through, and filling them from samples. Not the passes
 * themselves (trainer.c). Depends on config, dataset, network, kernels, sparse, random, panel, memory. */
#ifndef FILIGREE_BATCH_H
#define FILIGREE_BATCH_H

#include "config.h"
#include "dataset.h"
#include "network.h"
#include "sparse.h"

/* Layouts (panel.h): `rows` for the weight gradient, `levels` and `gradients` for all else. Level 0
 * are the inputs, level l the outputs of layer l - 1. */
typedef struct Batch {
  uint32_t capacity, count;                  /* B */
  uint32_t *order;                           /* [B] indices into the samples */
  uint32_t *which, *places;                  /* [B] pictures to fetch; 0, 1, .. */
  uint8_t *fetched;                          /* [B][I] pictures from outside, or NULL */
  int32_t *labels, *correct;                 /* [B padded] */
  float *loss;                               /* [B padded] */
  float *rows[NETWORK_LAYERS_MAXIMUM];       /* level l: B x width, lanes along units */
  float *levels[NETWORK_LAYERS_MAXIMUM + 1]; /* level l: width x B, lanes along the batch */
  float *gradients[NETWORK_LAYERS_MAXIMUM];  /* layer l: dz, outputs x B */
  SparseMatrix nonzeros; /* level 0 by its nonzeros, B x I; no rows: never wanted */
  SparseMatrix turned;   /* the same by inputs, I x B; training only */
  const SparseMatrix
      *known;     /* the coming samples' nonzeros where somebody has kept them, or NULL */
  unsigned forms; /* of level 0 that are loaded: BATCH_... */
} Batch;

/* Level 0 by its nonzeros, once it is loaded. */
static inline const SparseMatrix *batch_nonzeros(const Batch *batch) {
  return batch->known ? batch->known : &batch->nonzeros;
}

/* The forms in which level 0 is wanted. */
enum {
  BATCH_DENSE = 1,   /* levels[0], and rows[0] where BATCH_NONZEROS is not wanted too */
  BATCH_NONZEROS = 2 /* nonzeros; samples in bytes only */
};

/* Where a batch comes from and what happens to its inputs. */
typedef struct BatchSource {
  const Config *config; /* seed, input_noise, dropout */
  const Kernels *kernels;
  const Samples *samples;
  uint32_t inputs;
  const uint8_t *used; /* [panels of inputs]; panels with 0 are not loaded; NULL: all are */
  uint64_t step;       /* addresses the noise */
  int training;        /* 1: noise and dropout apply */
} BatchSource;

/* Sets how many samples the coming batch has, and the forms that its level 0 is loaded in; before
 * batch_load. known: their nonzeros, B x I, where they are kept; NULL: they are loaded. */
void batch_plan(Batch *batch, uint32_t count, unsigned forms, const SparseMatrix *known);

/* Bytes that batch_create takes. */
uint64_t batch_bytes(const uint32_t *widths, uint32_t layers, uint32_t capacity, int training);

/* Buffers for `capacity` samples of a network; without `training` none for gradients; `forms`: those that will be
 * asked for. 0: no memory; call batch_free all the same. */
int batch_create(Batch *batch, const Network *network, uint32_t capacity, int training,
                 unsigned forms);
void batch_free(Batch *batch);

/* Room for pictures from outside (dataset.h). 0: no memory; call batch_free all the same. */
int batch_make_room(Batch *batch, uint32_t inputs);

/* Before batch_load, when the order is set: gets what stays outside, on the thread that made the
 * engine. 0: it is not there yet, and the batch cannot be loaded. */
int batch_fetch(Batch *batch, const Samples *samples, uint32_t inputs);

/* Fills samples [16 panel_first, 16 panel_end) of a batch whose order is set: the planned forms, labels.
 * Threads: each its own panels. */
void batch_load(Batch *batch, const BatchSource *source, uint32_t panel_first, uint32_t panel_end);

/* Silences units of a hidden level of `width` units for samples of the given panels (inverted
 * dropout; Srivastava et al. 2014). */
void batch_drop_units(Batch *batch, const BatchSource *source, uint32_t level, uint32_t width,
                      uint32_t panel_first, uint32_t panel_end);

#endif
