/* analysis.c: see analysis.h. */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

#include "panel.h"
#include "scalar.h"

uint64_t analysis_nonzeros(const Layer *layer) {
  uint64_t count = 0;
  size_t whole = (size_t)(layer->inputs / 16) * layer->outputs * 16;
  for (size_t k = 0; k < whole; k++)
    count += layer->weights[k] != 0.0f;
  /* the last panel's padding is not of the matrix: in a run that diverged it may not be zero */
  const float *line = layer->weights + whole;
  for (uint32_t o = 0; layer->inputs % 16 && o < layer->outputs; o++, line += 16)
    for (uint32_t lane = 0; lane < layer->inputs % 16; lane++)
      count += line[lane] != 0.0f;
  return count;
}

uint64_t analysis_bias_nonzeros(const Network *network) {
  uint64_t count = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    for (uint32_t o = 0; o < network->layer[l].outputs; o++)
      count += network->layer[l].bias[o] != 0.0f;
  return count;
}

/* reached[l][u]: unit u of level l (0: inputs) can be reached from an input and reaches an output.
 */
typedef struct Paths {
  uint8_t *units; /* all levels, one after the other */
  uint8_t *level[NETWORK_LAYERS_MAXIMUM + 1];
} Paths;

static Status paths_create(const Network *network, Paths *paths, Error *error) {
  size_t total = network->layer[0].inputs;
  for (uint32_t l = 0; l < network->layers; l++)
    total += network->layer[l].outputs;
  /* fed: from the inputs on; used: from the outputs back; both passes are exact in one sweep each
   */
  uint8_t *fed = calloc(total, 1), *used = calloc(total, 1);
  if (!fed || !used) {
    free(fed);
    free(used);
    return error_set(error, STATUS_MEMORY, "out of memory for counting live weights");
  }
  size_t at = 0;
  for (uint32_t l = 0; l <= network->layers; l++) {
    paths->level[l] = fed + at;
    at += l < network->layers ? network->layer[l].inputs : 0;
  }
  memset(fed, 1, network->layer[0].inputs);
  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs && !paths->level[l + 1][o]; i++)
        if (paths->level[l][i] && layer->weights[panel_index(layer->outputs, o, i)] != 0.0f)
          paths->level[l + 1][o] = 1;
  }
  uint32_t last = network->layers;
  memset(used + (paths->level[last] - fed), 1, network->layer[last - 1].outputs);
  for (uint32_t l = last; l-- > 0;) {
    const Layer *layer = &network->layer[l];
    const uint8_t *above = used + (paths->level[l + 1] - fed);
    uint8_t *below = used + (paths->level[l] - fed);
    for (uint32_t i = 0; i < layer->inputs; i++)
      for (uint32_t o = 0; o < layer->outputs && !below[i]; o++)
        if (above[o] && layer->weights[panel_index(layer->outputs, o, i)] != 0.0f)
          below[i] = 1;
  }
  for (size_t k = 0; k < total; k++)
    fed[k] &= used[k];
  free(used);
  paths->units = fed;
  return STATUS_OK;
}

Status analysis_live_nonzeros(const Network *network, uint64_t *total, uint64_t *by_layer,
                              Error *error) {
  Paths paths;
  Status status = paths_create(network, &paths, error);
  if (status)
    return status;
  *total = 0;
  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    uint64_t count = 0;
    for (uint32_t o = 0; o < layer->outputs; o++)
      if (paths.level[l + 1][o])
        for (uint32_t i = 0; i < layer->inputs; i++)
          count += paths.level[l][i] && layer->weights[panel_index(layer->outputs, o, i)] != 0.0f;
    if (by_layer)
      by_layer[l] = count;
    *total += count;
  }
  free(paths.units);
  return STATUS_OK;
}

Status analysis_live_units(const Network *network, uint32_t layer, uint8_t *alive, Error *error) {
  Paths paths;
  Status status = paths_create(network, &paths, error);
  if (status)
    return status;
  memcpy(alive, paths.level[layer + 1], network->layer[layer].outputs);
  free(paths.units);
  return STATUS_OK;
}

void analysis_histogram(const Layer *layer, double low, double high, uint32_t bins,
                        uint32_t *counts, uint32_t *zeros) {
  memset(counts, 0, bins * sizeof *counts);
  *zeros = 0;
  for (uint32_t o = 0; o < layer->outputs; o++)
    for (uint32_t i = 0; i < layer->inputs; i++) {
      float w = layer->weights[panel_index(layer->outputs, o, i)];
      if (w == 0.0f) {
        ++*zeros;
        continue;
      }
      double place = (scalar_log(w < 0 ? -(double)w : (double)w) / 0.6931471805599453 - low) /
                     (high - low) * bins;
      uint32_t bin = !(place > 0) ? 0 : place >= bins ? bins - 1 : (uint32_t)place;
      counts[bin]++;
    }
}

static uint64_t hash_word(uint64_t hash, float value) {
  uint32_t bits;
  value = value == 0.0f ? 0.0f : value; /* -0 counts as 0 */
  memcpy(&bits, &value, sizeof bits);
  return (hash ^ bits) * 0x100000001B3u;
}

uint64_t analysis_fingerprint(const Network *network) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs; i++)
        hash = hash_word(hash, layer->weights[panel_index(layer->outputs, o, i)]);
    for (uint32_t o = 0; o < layer->outputs; o++)
      hash = hash_word(hash, layer->bias[o]);
  }
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93u;
  hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93u;
  return hash ^ (hash >> 32);
}
