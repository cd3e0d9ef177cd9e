/* polish.h: drops a share of a network's nonzeros, the least salient first: w^2 v, v being Adam's second
 * moment of the gradient (the diagonal Fisher information, as in optimal brain damage; LeCun, Denker,
 * Solla 1990). Depends on network, analysis. */
#ifndef FILIGREE_POLISH_H
#define FILIGREE_POLISH_H

#include "network.h"

typedef struct Saliency {
  double value;
  uint32_t
      place; /* layer by layer, row by row: decides between equals, so that every sort agrees */
  float *weight;
} Saliency;

/* Sets floor(share * nonzeros) weights to 0, over all layers together. `list` is work space for one entry a
 * weight. share in [0, 1]. */
void polish(Network *network, double share, Saliency *list);

#endif
