/* dataset_toy.c: generated sets: see dataset.h. The same seed gives the same bits on every machine.
 * Points of the plane lie within about [-1, 1]; classes take turns, so that they are balanced in
 * the whole and in any run of samples. `planted` hides a sparse network that explains every label.
 */
#include <string.h>

#include "dataset.h"
#include "memory.h"
#include "random.h"
#include "scalar.h"

/* Streams of RANDOM_DATA. */
enum { PART_TRAIN = 0, PART_TEST = 1, PART_PLAN = 2, PART_CALIBRATION = 3 };

/* ---- Points of the plane ------------------------------------------------------------------- */

enum { POINT_TRAIN = 2048, POINT_TEST = 1024 };

static double uniform(Random *random, double low, double high) {
  return low + (high - low) * (double)random_unit(random);
}

/* A point around (x, y) with a standard deviation of `noise` in each direction. */
static void set_point(Random *random, double x, double y, double noise, float *point) {
  point[0] = (float)(x + noise * random_normal(random));
  point[1] = (float)(y + noise * random_normal(random));
}

static void moons_point(Random *random, uint32_t label, float *point) {
  double turn = uniform(random, 0, 0.5), side = label ? -1 : 1;
  double x = side * (scalar_cos_turn(turn) - 0.5), y = side * (scalar_sin_turn(turn) - 0.25);
  set_point(random, x / 1.5, y / 1.5, 0.1, point);
}

static void circles_point(Random *random, uint32_t label, float *point) {
  double turn = uniform(random, 0, 1), radius = label ? 0.4 : 0.85;
  set_point(random, radius * scalar_cos_turn(turn), radius * scalar_sin_turn(turn), 0.1, point);
}

static void xor_point(Random *random, uint32_t label, float *point) {
  double x = uniform(random, 0.1, 1), y = uniform(random, 0.1, 1);
  double side = random_unit(random) < 0.5f ? -1 : 1;
  set_point(random, side * x, label ? -side * y : side * y, 0.05, point);
}

static void spiral_point(Random *random, uint32_t label, float *point) {
  /* the root spreads the points evenly along the arm */
  double part = scalar_sqrt(uniform(random, 0.01, 1)), turn = 1.5 * part + 0.5 * label;
  set_point(random, part * scalar_cos_turn(turn), part * scalar_sin_turn(turn), 0.03, point);
}

static const struct {
  const char *name;
  void (*point)(Random *random, uint32_t label, float *point); /* point[2] */
  uint32_t classes;
} plane_table[] = {
    {"moons", moons_point, 2},
    {"circles", circles_point, 2},
    {"xor", xor_point, 2},
    {"spiral", spiral_point, 2},
};

static Status generate_plane(int row, uint64_t seed, Dataset *dataset, Error *error) {
  Samples *parts[] = {&dataset->train, &dataset->test};
  static const uint32_t counts[] = {POINT_TRAIN, POINT_TEST};
  dataset->inputs = 2;
  dataset->classes = plane_table[row].classes;
  for (int part = PART_TRAIN; part <= PART_TEST; part++) {
    Random random = random_stream(seed, RANDOM_DATA, (uint64_t)part, 0);
    Status status = dataset_allocate_samples(parts[part], counts[part], 2, SAMPLE_VALUES, error);
    if (status)
      return status;
    for (uint32_t k = 0; k < counts[part]; k++) {
      uint32_t label = k % dataset->classes;
      plane_table[row].point(&random, label, parts[part]->values + 2 * (size_t)k);
      parts[part]->labels[k] = (uint8_t)label;
    }
  }
  return STATUS_OK;
}

/* ---- The planted network ------------------------------------------------------------------- */

enum {
  PLANTED_INPUTS = 32,
  PLANTED_INFORMATIVE = 11, /* the others are read by nobody */
  PLANTED_HIDDEN = 12,
  PLANTED_CLASSES = 4,
  HIDDEN_READS = 3,
  OUTPUT_READS = PLANTED_HIDDEN / PLANTED_CLASSES, /* every hidden unit is read once; */
  OUTPUTS_READ_MORE = 2,                           /* and the first outputs read one more */
  PLANTED_TRAIN = 8192,
  PLANTED_TEST = 2048,
  CALIBRATION_COUNT = 4096,
  CALIBRATION_ROUNDS = 200,
  DRAWS_MAXIMUM = 10000 /* for one sample: generation ends whatever the seed */
};

/* Samples whose two largest outputs are closer than this share of the mean distance are left out:
 * labels near a border could be learned by chance only. */
static const float MARGIN_SHARE = 0.3f;

static Status allocate_planted(Dataset *dataset, Error *error) {
  static const uint32_t widths[] = {PLANTED_INPUTS, PLANTED_HIDDEN, PLANTED_CLASSES};
  dataset->planted = memory_zeroed(2, sizeof *dataset->planted);
  if (!dataset->planted)
    return error_set(error, STATUS_MEMORY, "no memory for the planted network");
  dataset->planted_layers = 2;
  for (uint32_t l = 0; l < 2; l++) {
    PlantedLayer *layer = &dataset->planted[l];
    layer->inputs = widths[l];
    layer->outputs = widths[l + 1];
    layer->weights = memory_zeroed((size_t)layer->outputs * layer->inputs, sizeof(float));
    layer->biases = memory_zeroed(layer->outputs, sizeof(float));
    if (!layer->weights || !layer->biases)
      return error_set(error, STATUS_MEMORY, "no memory for the planted network");
  }
  return STATUS_OK;
}

/* Gives output o of the layer a weight from input i, clearly different from 0. */
static void plant_weight(PlantedLayer *layer, uint32_t o, uint32_t i, Random *random) {
  double size = uniform(random, 0.6, 1.4);
  layer->weights[o * layer->inputs + i] = (float)(random_unit(random) < 0.5f ? -size : size);
  layer->nonzeros++;
}

/* Draws support and weights; the output biases come from calibrate(). */
static void plant(PlantedLayer *layers, Random *random) {
  uint32_t inputs[PLANTED_INPUTS], units[PLANTED_HIDDEN];
  random_permutation(random, inputs, PLANTED_INPUTS);
  for (uint32_t h = 0; h < PLANTED_HIDDEN; h++) {
    uint32_t reads[HIDDEN_READS] = {h % PLANTED_INFORMATIVE}; /* each is read by someone */
    for (uint32_t k = 1; k < HIDDEN_READS; k++) {
      /* any but those before: distances 1 .. 10 in a circle of 11, redrawn when taken */
      do
        reads[k] =
            (reads[0] + 1 + random_below(random, PLANTED_INFORMATIVE - 1)) % PLANTED_INFORMATIVE;
      while (k > 1 && reads[k] == reads[k - 1]);
    }
    for (uint32_t k = 0; k < HIDDEN_READS; k++)
      plant_weight(&layers[0], h, inputs[reads[k]], random);
    layers[0].biases[h] = (float)uniform(random, -0.3, 0.3);
  }
  random_permutation(random, units, PLANTED_HIDDEN);
  for (uint32_t o = 0; o < PLANTED_CLASSES; o++) {
    for (uint32_t k = 0; k < OUTPUT_READS; k++)
      plant_weight(&layers[1], o, units[o * OUTPUT_READS + k], random);
    if (o < OUTPUTS_READ_MORE) {
      uint32_t other = (o + 1) * OUTPUT_READS + random_below(random, PLANTED_HIDDEN - OUTPUT_READS);
      plant_weight(&layers[1], o, units[other % PLANTED_HIDDEN], random);
    }
  }
}

/* output[4] = W1 relu(W0 input + b0) + b1, in this order of summation. */
static void planted_forward(const PlantedLayer *layers, const float *input, float *output) {
  float hidden[PLANTED_HIDDEN];
  for (uint32_t h = 0; h < PLANTED_HIDDEN; h++) {
    float sum = layers[0].biases[h];
    for (uint32_t i = 0; i < PLANTED_INPUTS; i++)
      sum += layers[0].weights[h * PLANTED_INPUTS + i] * input[i];
    hidden[h] = sum > 0 ? sum : 0;
  }
  for (uint32_t o = 0; o < PLANTED_CLASSES; o++) {
    float sum = layers[1].biases[o];
    for (uint32_t h = 0; h < PLANTED_HIDDEN; h++)
      sum += layers[1].weights[o * PLANTED_HIDDEN + h] * hidden[h];
    output[o] = sum;
  }
}

/* The class of output[4], and by how much it wins. */
static uint32_t winner(const float *output, float *margin) {
  uint32_t best = 0;
  for (uint32_t o = 1; o < PLANTED_CLASSES; o++)
    if (output[o] > output[best])
      best = o;
  float second = best ? output[0] : output[1];
  for (uint32_t o = 0; o < PLANTED_CLASSES; o++)
    if (o != best && output[o] > second)
      second = output[o];
  *margin = output[best] - second;
  return best;
}

static void draw_input(Random *random, float *input) {
  for (uint32_t i = 0; i < PLANTED_INPUTS; i++)
    input[i] = 2 * random_unit(random) - 1;
}

/* Moves the output biases until each class wins about as often as the others; returns the mean
 * margin. outputs[CALIBRATION_COUNT * 4] is scratch. */
static float calibrate(PlantedLayer *layers, Random *random, float *outputs) {
  float input[PLANTED_INPUTS], shifted[PLANTED_CLASSES], margin;
  double step = 1, margins = 0;
  for (uint32_t k = 0; k < CALIBRATION_COUNT; k++) {
    draw_input(random, input);
    planted_forward(layers, input, outputs + PLANTED_CLASSES * k); /* the biases are still 0 */
  }
  for (uint32_t round = 0; round < CALIBRATION_ROUNDS; round++) {
    uint32_t wins[PLANTED_CLASSES] = {0};
    margins = 0;
    for (uint32_t k = 0; k < CALIBRATION_COUNT; k++) {
      for (uint32_t o = 0; o < PLANTED_CLASSES; o++)
        shifted[o] = outputs[PLANTED_CLASSES * k + o] + layers[1].biases[o];
      wins[winner(shifted, &margin)]++;
      margins += (double)margin;
    }
    for (uint32_t o = 0; o < PLANTED_CLASSES; o++) {
      double share = (double)wins[o] / CALIBRATION_COUNT;
      layers[1].biases[o] += (float)(step * (1.0 / PLANTED_CLASSES - share));
    }
    step *= 0.98;
  }
  return (float)(margins / CALIBRATION_COUNT);
}

/* Fills the samples: the classes take turns, and each takes the first draw that belongs to it and
 * keeps its distance from the borders. */
static void draw_planted(const PlantedLayer *layers, Random *random, float least_margin,
                         Samples *samples) {
  float output[PLANTED_CLASSES], margin;
  for (uint32_t k = 0; k < samples->count; k++) {
    float *input = samples->values + (size_t)k * PLANTED_INPUTS;
    for (int draws = 0; draws < DRAWS_MAXIMUM; draws++) {
      draw_input(random, input);
      planted_forward(layers, input, output);
      samples->labels[k] = (uint8_t)winner(output, &margin);
      if (samples->labels[k] == k % PLANTED_CLASSES && margin >= least_margin)
        break;
    }
  }
}

static Status generate_planted(uint64_t seed, Dataset *dataset, Error *error) {
  dataset->inputs = PLANTED_INPUTS;
  dataset->classes = PLANTED_CLASSES;
  Status status = allocate_planted(dataset, error);
  if (!status)
    status = dataset_allocate_samples(&dataset->train, PLANTED_TRAIN, PLANTED_INPUTS, SAMPLE_VALUES,
                                      error);
  if (!status)
    status = dataset_allocate_samples(&dataset->test, PLANTED_TEST, PLANTED_INPUTS, SAMPLE_VALUES,
                                      error);
  if (status)
    return status;
  float *outputs = memory_zeroed(CALIBRATION_COUNT * PLANTED_CLASSES, sizeof *outputs);
  if (!outputs)
    return error_set(error, STATUS_MEMORY, "no memory for the planted network");
  Random plan = random_stream(seed, RANDOM_DATA, PART_PLAN, 0);
  Random calibration = random_stream(seed, RANDOM_DATA, PART_CALIBRATION, 0);
  Random train = random_stream(seed, RANDOM_DATA, PART_TRAIN, 0);
  Random test = random_stream(seed, RANDOM_DATA, PART_TEST, 0);
  plant(dataset->planted, &plan);
  float least_margin = MARGIN_SHARE * calibrate(dataset->planted, &calibration, outputs);
  memory_free(outputs);
  draw_planted(dataset->planted, &train, least_margin, &dataset->train);
  draw_planted(dataset->planted, &test, least_margin, &dataset->test);
  return STATUS_OK;
}

Status dataset_generate(int index, uint64_t seed, Dataset *dataset, Error *error) {
  *dataset = (Dataset){0};
  if (index < 0 || index >= dataset_table_count || !dataset_table[index].generated)
    return error_set(error, STATUS_USAGE, "data %s cannot be generated, they come from files",
                     index < 0 || index >= dataset_table_count ? "of an unknown kind"
                                                               : dataset_table[index].name);
  Status status;
  int row = 0, rows = sizeof plane_table / sizeof *plane_table;
  while (row < rows && strcmp(plane_table[row].name, dataset_table[index].name))
    row++;
  status = row < rows ? generate_plane(row, seed, dataset, error)
                      : generate_planted(seed, dataset, error);
  if (status)
    dataset_free(dataset);
  else
    dataset->hash = dataset_hash(dataset);
  return status;
}
