/* network.h: a multilayer perceptron's parameters and optimizer state. Layer l maps I inputs to O
 * outputs: z = W h + b, ReLU between layers, softmax after the last. Not the training loop
 * (trainer.h). Depends on panel, memory, random, regularizer (sums), status. */
#ifndef FILIGREE_NETWORK_H
#define FILIGREE_NETWORK_H

#include <stdint.h>

#include "regularizer.h"
#include "status.h"

enum { NETWORK_LAYERS_MAXIMUM = 6 };

/* Bytes that a network, with its batch, may take. */
#define NETWORK_BUDGET (1ull << 30)

typedef struct Layer {
  uint32_t outputs, inputs; /* O, I */
  /* [O x I] in the layout of panel.h: weights, moments of the gradient, gradient */
  float *weights, *first_moment, *second_moment, *gradient;
  float *psi; /* the same layout: what the penalty's two passes share (CellForm) */
  /* [O] padded to lines: the same for the biases */
  float *bias, *bias_first_moment, *bias_second_moment, *bias_gradient;
  RegularizerSums sums; /* of the weights before the step; columns current between steps */
  RegularizerSums next; /* column sums of the weights as the step makes them; then swapped */
} Layer;

typedef struct Network {
  uint32_t layers; /* L */
  Layer layer[NETWORK_LAYERS_MAXIMUM];
} Network;

/* Bytes that a network of these widths ([layers + 1]) takes, training state included. */
uint64_t network_bytes(const uint32_t *widths, uint32_t layers);

/* Allocates a network of `layers` matrices, widths[0 .. layers]; all parameters 0. STATUS_RANGE
 * when it exceeds the budget of 1 GiB, STATUS_MEMORY. On error *network is zeroed. */
Status network_create(const uint32_t *widths, uint32_t layers, Network *network, Error *error);
void network_free(Network *network);

/* He-normal weights (standard deviation sqrt(2 / I); He et al. 2015), row by row from the stream of
 * (seed, layer); biases and moments 0; sums not computed. */
void network_initialize(Network *network, uint64_t seed);

/* Zeroes all moments. */
void network_reset_moments(Network *network);

/* Weights in all matrices, biases not counted. */
uint64_t network_weights(const Network *network);

#endif
