/* batch.c: see batch.h. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

#include "host.h"
#include "memory.h"
#include "panel.h"
#include "random.h"

uint64_t batch_bytes(const uint32_t *widths, uint32_t layers, uint32_t capacity, int training) {
  uint64_t lanes = (uint64_t)panel_count(capacity) * 16, floats = 4 * lanes;
  for (uint32_t l = 0; l <= layers; l++) {
    uint64_t padded = (uint64_t)panel_count(widths[l]) * 16;
    floats += widths[l] * lanes;
    if (l < layers && (training || l == 0))
      floats += padded * capacity;
    if (l > 0 && training)
      floats += widths[l] * lanes;
  }
  return floats * sizeof(float);
}

void batch_free(Batch *batch) {
  free(batch->order);
  free(batch->which);
  free(batch->places);
  memory_free(batch->fetched);
  memory_free(batch->labels);
  memory_free(batch->correct);
  memory_free(batch->loss);
  sparse_free(&batch->nonzeros);
  sparse_free(&batch->turned);
  for (int l = 0; l <= NETWORK_LAYERS_MAXIMUM; l++) {
    memory_free(batch->levels[l]);
    if (l < NETWORK_LAYERS_MAXIMUM) {
      memory_free(batch->rows[l]);
      memory_free(batch->gradients[l]);
    }
  }
  *batch = (Batch){0};
}

int batch_create(Batch *batch, const Network *network, uint32_t capacity, int training,
                 unsigned forms) {
  uint32_t lanes = panel_count(capacity) * 16;
  batch->capacity = capacity;
  batch->order = calloc(capacity, sizeof *batch->order);
  batch->labels = memory_zeroed(lanes, sizeof *batch->labels);
  batch->correct = memory_zeroed(lanes, sizeof *batch->correct);
  batch->loss = memory_zeroed(lanes, sizeof *batch->loss);
  int complete = batch->order && batch->labels && batch->correct && batch->loss;
  for (uint32_t l = 0; l <= network->layers; l++) {
    uint32_t width = l ? network->layer[l - 1].outputs : network->layer[0].inputs;
    complete &= !!(batch->levels[l] = memory_zeroed(panel_floats(width, capacity), 4));
    if (l < network->layers && (training || l == 0))
      complete &= !!(batch->rows[l] = memory_zeroed(panel_floats(capacity, width), 4));
    if (l < network->layers && training)
      complete &= !!(batch->gradients[l] =
                         memory_zeroed(panel_floats(network->layer[l].outputs, capacity), 4));
  }
  uint32_t inputs = network->layer[0].inputs;
  if (complete && forms & BATCH_NONZEROS) {
    complete = !sparse_create_slots(capacity, inputs, inputs + 16, &batch->nonzeros, NULL);
    if (complete && training)
      complete = !sparse_create_slots(inputs, capacity, capacity, &batch->turned, NULL);
  }
  batch_plan(batch, capacity, forms, NULL);
  return complete;
}

int batch_make_room(Batch *batch, uint32_t inputs) {
  batch->which = calloc(batch->capacity, sizeof *batch->which);
  batch->places = calloc(batch->capacity, sizeof *batch->places);
  batch->fetched = memory_zeroed(batch->capacity, inputs);
  if (!batch->which || !batch->places || !batch->fetched)
    return 0;
  for (uint32_t b = 0; b < batch->capacity; b++)
    batch->places[b] = b;
  return 1;
}

int batch_fetch(Batch *batch, const Samples *samples, uint32_t inputs) {
  if (!samples->outside)
    return 1;
  for (uint32_t b = 0; b < batch->count; b++)
    batch->which[b] = samples->outside[batch->order[b]];
  return host_fetch_pictures(samples->part, batch->which, batch->count, inputs, batch->fetched);
}

void batch_plan(Batch *batch, uint32_t count, unsigned forms, const SparseMatrix *known) {
  batch->count = count;
  batch->forms = forms;
  batch->known = known;
  if (forms & BATCH_NONZEROS)
    batch->nonzeros.rows = count;
}

static Random noise_of(const BatchSource *source, uint32_t sample) {
  return random_stream((uint64_t)source->config->seed, RANDOM_INPUT_NOISE, source->step, sample);
}

/* Multiplies a nonzero input by 1 + deviation * n; n is the sum of four uniforms, standardized
 * (Irwin, Hall). */
static void add_noise(float *value, float deviation, Random *random) {
  uint64_t bits = random_u64(random);
  int32_t sum = (int32_t)(bits & 0xFFFF) + (int32_t)(bits >> 16 & 0xFFFF) +
                (int32_t)(bits >> 32 & 0xFFFF) + (int32_t)(bits >> 48);
  *value *= 1.0f + deviation * ((float)(sum - 131070) * (1.0f / 37837.227f));
}

static void add_input_noise(const BatchSource *source, float *row, uint32_t batch,
                            uint32_t sample) {
  Random random = noise_of(source, sample);
  for (uint32_t i = 0; i < source->inputs; i++) {
    float *value = row + (size_t)(i / 16) * batch * 16 + i % 16;
    if (*value != 0.0f)
      add_noise(value, (float)source->config->input_noise, &random);
  }
}

/* Level 0 by its nonzeros alone. */
static void load_nonzeros(Batch *batch, const BatchSource *source, uint32_t first, uint32_t end) {
  SparseMatrix *nonzeros = &batch->nonzeros;
  int outside = source->samples->outside != NULL;
  source->kernels->gather_nonzeros(outside ? batch->fetched : source->samples->bytes,
                                   outside ? batch->places : batch->order, source->inputs, first,
                                   end, nonzeros);
  for (uint32_t b = first; source->training && source->config->input_noise > 0 && b < end; b++) {
    Random random = noise_of(source, b);
    for (uint32_t k = 0; k < nonzeros->count[b]; k++)
      add_noise(nonzeros->value + nonzeros->start[b] + k, (float)source->config->input_noise,
                &random);
  }
}

/* Level 0 from its nonzeros. */
static void spread_nonzeros(Batch *batch, uint32_t inputs, uint32_t panel_first,
                            uint32_t panel_end) {
  const SparseMatrix *nonzeros = batch_nonzeros(batch);
  size_t panel_floats = (size_t)inputs * 16;
  memset(batch->levels[0] + panel_first * panel_floats, 0,
         (panel_end - panel_first) * panel_floats * sizeof(float));
  for (uint32_t b = panel_first * 16; b < panel_end * 16 && b < batch->count; b++) {
    float *lane = batch->levels[0] + b / 16 * panel_floats + b % 16;
    for (uint32_t k = nonzeros->start[b], end = k + nonzeros->count[b]; k < end; k++)
      lane[(size_t)nonzeros->column[k] * 16] = nonzeros->value[k];
  }
}

void batch_load(Batch *batch, const BatchSource *source, uint32_t panel_first, uint32_t panel_end) {
  const Kernels *kernels = source->kernels;
  const Samples *samples = source->samples;
  const uint8_t *used = source->used;
  uint32_t inputs = source->inputs, count = batch->count;
  uint32_t first = panel_first * 16, end = panel_end * 16 < count ? panel_end * 16 : count;
  float *rows = batch->rows[0];
  for (uint32_t b = first; b < end; b++)
    batch->labels[b] = samples->labels[batch->order[b]];
  if (batch->known || batch->forms & BATCH_NONZEROS) {
    if (!batch->known)
      load_nonzeros(batch, source, first, end);
    if (batch->forms & BATCH_DENSE)
      spread_nonzeros(batch, inputs, panel_first, panel_end);
    return;
  }
  if (samples->outside)
    kernels->gather_bytes(batch->fetched, batch->places, inputs, count, first, end, used, rows);
  if (samples->bytes)
    kernels->gather_bytes(samples->bytes, batch->order, inputs, count, first, end, used, rows);
  for (uint32_t b = first; b < end; b++) {
    float *row = rows + (size_t)b * 16;
    if (samples->values) {
      const float *from = samples->values + (size_t)batch->order[b] * inputs;
      for (uint32_t i = 0; i < inputs; i++)
        row[(size_t)(i / 16) * count * 16 + i % 16] = from[i];
    }
    if (source->training && source->config->input_noise > 0)
      add_input_noise(source, row, count, b);
  }
  for (uint32_t panel = 0; panel < panel_count(inputs); panel++)
    if (!used || used[panel])
      kernels->transpose(rows, count, inputs, batch->levels[0], panel_first, panel_end, panel,
                         panel + 1);
}

void batch_drop_units(Batch *batch, const BatchSource *source, uint32_t level, uint32_t width,
                      uint32_t panel_first, uint32_t panel_end) {
  float probability = (float)source->config->dropout, scale = 1.0f / (1.0f - probability);
  for (uint32_t b = panel_first * 16; b < panel_end * 16 && b < batch->count; b++) {
    Random random = random_stream((uint64_t)source->config->seed, RANDOM_DROPOUT,
                                  source->step * NETWORK_LAYERS_MAXIMUM + level, b);
    float *lane = batch->levels[level] + (size_t)(b / 16) * width * 16 + b % 16;
    for (uint32_t u = 0; u < width; u++, lane += 16)
      *lane = random_unit(&random) < probability ? 0.0f : *lane * scale;
  }
}
