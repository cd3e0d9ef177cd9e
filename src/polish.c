/* polish.c: see polish.h. */
#include "polish.h"

#include <stdlib.h>

#include "analysis.h"
#include "panel.h"

static int compare_saliency(const void *left, const void *right) {
  const Saliency *a = left, *b = right;
  if (a->value != b->value)
    return a->value < b->value ? -1 : 1;
  return a->place < b->place ? -1 : a->place > b->place;
}

void polish(Network *network, double share, Saliency *list) {
  uint64_t nonzeros = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    nonzeros += analysis_nonzeros(&network->layer[l]);
  uint64_t drop = (uint64_t)(share * (double)nonzeros);
  uint64_t at = 0;
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs; i++) {
        size_t k = panel_index(layer->outputs, o, i);
        double w = layer->weights[k];
        if (w != 0) {
          list[at] = (Saliency){w * w * layer->second_moment[k], (uint32_t)at, &layer->weights[k]};
          at++;
        }
      }
  }
  qsort(list, nonzeros, sizeof *list, compare_saliency);
  for (uint64_t k = 0; k < drop; k++)
    *list[k].weight = 0.0f;
}
