/* analysis.h: what can be said of a network's weights: nonzeros (w != 0, exactly), live nonzeros,
 * histogram, fingerprint. Depends on network. */
#ifndef FILIGREE_ANALYSIS_H
#define FILIGREE_ANALYSIS_H

#include <stdint.h>

#include "network.h"

/* Weights with w != 0 in one layer. Biases are not counted. */
uint64_t analysis_nonzeros(const Layer *layer);

/* Biases with b != 0 over all layers. */
uint64_t analysis_bias_nonzeros(const Network *network);

/* Nonzeros on some path from an input to an output, over all layers: a hidden unit with no live
 * input or no live output is dead, and its weights with it, repeated until nothing changes. A unit
 * without inputs is a constant that folds into the next bias. by_layer[layers] may be NULL.
 * STATUS_MEMORY. */
Status analysis_live_nonzeros(const Network *network, uint64_t *total, uint64_t *by_layer,
                              Error *error);

/* alive[o] = 1 for hidden units of layer `layer` (its outputs) on some path, else 0. STATUS_MEMORY.
 */
Status analysis_live_units(const Network *network, uint32_t layer, uint8_t *alive, Error *error);

/* Counts of log2|w| of one layer in `bins` equal bins from `low` to `high` (those beyond go to the
 * end bins); zeros are counted apart. */
void analysis_histogram(const Layer *layer, double low, double high, uint32_t bins,
                        uint32_t *counts, uint32_t *zeros);

/* 64-bit hash of all parameters: layer by layer, weights row by row, then biases; FNV-1a over
 * 32-bit words (Fowler, Noll, Vo) with a final mix. -0 counts as 0. */
uint64_t analysis_fingerprint(const Network *network);

#endif
