/* network.c: see network.h. */
#include "network.h"

#include <string.h>

#include "memory.h"
#include "panel.h"
#include "random.h"
#include "scalar.h"

uint64_t network_bytes(const uint32_t *widths, uint32_t layers) {
  uint64_t floats = 0;
  for (uint32_t l = 0; l < layers; l++)
    floats += 5 * ((uint64_t)panel_count(widths[l]) * 16 * widths[l + 1] + widths[l + 1] + 16);
  return floats * sizeof(float);
}

Status network_create(const uint32_t *widths, uint32_t layers, Network *network, Error *error) {
  *network = (Network){0};
  uint64_t bytes = network_bytes(widths, layers);
  if (bytes > NETWORK_BUDGET)
    return error_set(error, STATUS_RANGE,
                     "the network needs %.0f MiB, the budget is %.0f MiB; make its layers smaller",
                     (double)bytes / (1 << 20), (double)NETWORK_BUDGET / (1 << 20));
  network->layers = layers;
  for (uint32_t l = 0; l < layers; l++) {
    Layer *layer = &network->layer[l];
    layer->inputs = widths[l];
    layer->outputs = widths[l + 1];
    size_t floats = panel_floats(layer->outputs, layer->inputs);
    size_t biases = panel_floats(1, layer->outputs);
    float **arrays[] = {&layer->weights,
                        &layer->first_moment,
                        &layer->second_moment,
                        &layer->gradient,
                        &layer->psi,
                        &layer->bias,
                        &layer->bias_first_moment,
                        &layer->bias_second_moment,
                        &layer->bias_gradient};
    for (int k = 0; k < 9; k++)
      if (!(*arrays[k] = memory_zeroed(k < 5 ? floats : biases, sizeof(float)))) {
        network_free(network);
        return error_set(error, STATUS_MEMORY, "out of memory for a network of %.1f MiB",
                         (double)bytes / (1 << 20));
      }
    Status status = regularizer_sums_create(&layer->sums, layer->outputs, layer->inputs, error);
    if (!status)
      status = regularizer_sums_create(&layer->next, layer->outputs, layer->inputs, error);
    if (status) {
      network_free(network);
      return status;
    }
    layer->sums.psi = layer->next.psi = layer->psi;
  }
  return STATUS_OK;
}

void network_free(Network *network) {
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    memory_free(layer->weights);
    memory_free(layer->first_moment);
    memory_free(layer->second_moment);
    memory_free(layer->gradient);
    memory_free(layer->psi);
    memory_free(layer->bias);
    memory_free(layer->bias_first_moment);
    memory_free(layer->bias_second_moment);
    memory_free(layer->bias_gradient);
    regularizer_sums_free(&layer->sums);
    regularizer_sums_free(&layer->next);
  }
  *network = (Network){0};
}

void network_initialize(Network *network, uint64_t seed) {
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    Random random = random_stream(seed, RANDOM_INITIALIZATION, l, 0);
    double deviation = scalar_sqrt(2.0 / layer->inputs);
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs; i++)
        layer->weights[panel_index(layer->outputs, o, i)] =
            (float)(deviation * random_normal(&random));
    memset(layer->bias, 0, panel_floats(1, layer->outputs) * sizeof(float));
  }
  network_reset_moments(network);
}

void network_reset_moments(Network *network) {
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    size_t bytes = panel_floats(layer->outputs, layer->inputs) * sizeof(float);
    size_t bias_bytes = panel_floats(1, layer->outputs) * sizeof(float);
    memset(layer->first_moment, 0, bytes);
    memset(layer->second_moment, 0, bytes);
    memset(layer->bias_first_moment, 0, bias_bytes);
    memset(layer->bias_second_moment, 0, bias_bytes);
  }
}

uint64_t network_weights(const Network *network) {
  uint64_t count = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    count += (uint64_t)network->layer[l].outputs * network->layer[l].inputs;
  return count;
}
