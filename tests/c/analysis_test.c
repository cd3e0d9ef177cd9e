/* analysis_test.c: nonzeros, live nonzeros, histogram, fingerprint. */
#include "check.h"

#include "analysis.h"
#include "panel.h"
#include "random.h"

static Network make(const uint32_t *widths, uint32_t layers) {
  Network network;
  if (!CHECK(!network_create(widths, layers, &network, NULL)))
    exit(check_finish());
  return network;
}

static float *weight(Network *network, uint32_t l, uint32_t o, uint32_t i) {
  return &network->layer[l].weights[panel_index(network->layer[l].outputs, o, i)];
}

static uint64_t live(const Network *network, uint64_t *by_layer) {
  uint64_t total = 99;
  CHECK(!analysis_live_nonzeros(network, &total, by_layer, NULL));
  return total;
}

static void clear(Network *network) {
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    memset(layer->weights, 0, panel_floats(layer->outputs, layer->inputs) * sizeof(float));
    memset(layer->bias, 0, layer->outputs * sizeof(float));
  }
}

/* ---- by hand --------------------------------------------------------------------------------- */

static void hand_made(void) {
  Network network = make((const uint32_t[]){3, 4, 20, 2}, 3);
  uint64_t by_layer[3];
  uint8_t alive[20];
  CHECK(live(&network, by_layer) == 0);
  CHECK(analysis_bias_nonzeros(&network) == 0);

  /* one whole path 2 -> 1 -> 17 -> 0 */
  *weight(&network, 0, 1, 2) = 1e-38f;
  *weight(&network, 1, 17, 1) = -2;
  *weight(&network, 2, 0, 17) = 3;
  CHECK(live(&network, by_layer) == 3);
  CHECK(by_layer[0] == 1 && by_layer[1] == 1 && by_layer[2] == 1);

  /* a unit that no output reads, one that reads no input, a dead end of two, and zeros */
  *weight(&network, 0, 0, 0) = 1; /* unit 0 of level 1: nobody reads it */
  *weight(&network, 2, 1, 5) = 1; /* unit 5 of level 2 reads nothing */
  *weight(&network, 0, 2, 1) = 1; /* 1 -> 2 -> 9, and 9 ends there */
  *weight(&network, 1, 9, 2) = 1;
  *weight(&network, 1, 5, 3) = 1; /* 3 -> 5 -> 1, but 3 reads nothing */
  *weight(&network, 1, 17, 2) = -0.0f;
  CHECK(analysis_nonzeros(&network.layer[0]) == 3);
  CHECK(analysis_nonzeros(&network.layer[1]) == 3);
  CHECK(analysis_nonzeros(&network.layer[2]) == 2);
  CHECK(live(&network, by_layer) == 3);
  CHECK(live(&network, NULL) == 3);
  CHECK(!analysis_live_units(&network, 0, alive, NULL));
  CHECK(!alive[0] && alive[1] && !alive[2] && !alive[3]);
  CHECK(!analysis_live_units(&network, 1, alive, NULL));
  for (int u = 0; u < 20; u++)
    CHECK(alive[u] == (u == 17), "unit %d", u);

  /* biases make no path */
  network.layer[0].bias[3] = 1;
  network.layer[2].bias[1] = -1;
  CHECK(analysis_bias_nonzeros(&network) == 2);
  CHECK(live(&network, NULL) == 3);

  /* the missing link brings 3 -> 5 -> 1 to life, and NaN is not zero */
  *weight(&network, 0, 3, 0) = __builtin_nanf("");
  CHECK(live(&network, by_layer) == 6);
  network_free(&network);

  network = make((const uint32_t[]){2, 2}, 1);
  *weight(&network, 0, 1, 0) = 1;
  CHECK(live(&network, by_layer) == 1, "a single layer has no dead paths");
  network_free(&network);
}

/* ---- removing what is dead changes no output ------------------------------------------------- */

enum { WIDEST = 24 };

static void outputs_of(const Network *network, const double *inputs, double *outputs) {
  double level[2][WIDEST];
  memcpy(level[0], inputs, network->layer[0].inputs * sizeof(double));
  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++) {
      double z = layer->bias[o];
      for (uint32_t i = 0; i < layer->inputs; i++)
        z += (double)layer->weights[panel_index(layer->outputs, o, i)] * level[l % 2][i];
      level[(l + 1) % 2][o] = z > 0 || l + 1 == network->layers ? z : 0;
    }
  }
  memcpy(outputs, level[network->layers % 2],
         network->layer[network->layers - 1].outputs * sizeof(double));
}

/* Zeroes every weight that is not live, folding constants into the next biases. Weights and biases
 * are small whole numbers, so that all of it is exact. */
static void prune(Network *network) {
  uint8_t fed[WIDEST], next[WIDEST], alive[WIDEST];
  memset(fed, 1, sizeof fed);
  memset(alive, 1, sizeof alive);
  double constant[WIDEST] = {0}, constant_next[WIDEST];
  uint8_t keep[NETWORK_LAYERS_MAXIMUM][WIDEST];
  uint32_t last = network->layers - 1;
  for (uint32_t l = 0; l < last; l++)
    CHECK(!analysis_live_units(network, l, keep[l], NULL));
  memset(keep[last], 1, sizeof keep[last]);
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++) {
      double bias = layer->bias[o];
      next[o] = 0;
      for (uint32_t i = 0; i < layer->inputs; i++) {
        float *w = weight(network, l, o, i);
        if (!fed[i])
          bias += *w * constant[i];
        else if (*w != 0)
          next[o] = 1;
        if (!alive[i] || !keep[l][o] || !fed[i])
          *w = 0;
      }
      layer->bias[o] = (float)bias;
      constant_next[o] = bias > 0 ? bias : 0;
    }
    memcpy(fed, next, sizeof fed);
    memcpy(constant, constant_next, sizeof constant);
    memcpy(alive, keep[l], sizeof alive);
  }
}

static void pruned(void) {
  Random random = random_stream(check_seed, RANDOM_DATA, 7, 7);
  uint64_t removed = 0;
  for (int trial = 0; trial < 300; trial++) {
    uint32_t layers = 1 + random_below(&random, NETWORK_LAYERS_MAXIMUM);
    uint32_t widths[NETWORK_LAYERS_MAXIMUM + 1];
    for (uint32_t l = 0; l <= layers; l++)
      widths[l] = 1 + random_below(&random, WIDEST);
    Network network = make(widths, layers);
    uint32_t one_in = 1 + random_below(&random, 2 * WIDEST);
    for (uint32_t l = 0; l < layers; l++)
      for (uint32_t o = 0; o < widths[l + 1]; o++) {
        network.layer[l].bias[o] = (float)random_below(&random, 5) - 2;
        for (uint32_t i = 0; i < widths[l]; i++)
          if (random_below(&random, one_in) == 0)
            *weight(&network, l, o, i) = random_below(&random, 2) ? 1 : -1;
      }
    double inputs[4][WIDEST], before[4][WIDEST], after[WIDEST];
    for (int k = 0; k < 4; k++) {
      for (uint32_t i = 0; i < widths[0]; i++)
        inputs[k][i] = (double)random_below(&random, 9) - 4;
      outputs_of(&network, inputs[k], before[k]);
    }
    uint64_t by_layer[NETWORK_LAYERS_MAXIMUM], total = live(&network, by_layer), all = 0;
    for (uint32_t l = 0; l < layers; l++)
      all += analysis_nonzeros(&network.layer[l]);
    prune(&network);
    removed += all - total;
    for (uint32_t l = 0; l < layers; l++)
      CHECK(analysis_nonzeros(&network.layer[l]) == by_layer[l], "trial %d, layer %u", trial, l);
    CHECK(live(&network, NULL) == total, "what is live stays live");
    for (int k = 0; k < 4; k++) {
      outputs_of(&network, inputs[k], after);
      for (uint32_t o = 0; o < widths[layers]; o++)
        CHECK(before[k][o] == after[o], "trial %d: output %g became %g", trial, before[k][o],
              after[o]);
    }
    network_free(&network);
  }
  CHECK(removed > 300, "only %llu weights were dead", (unsigned long long)removed);
}

/* ---- histogram ------------------------------------------------------------------------------- */

static void histogram(void) {
  Network network = make((const uint32_t[]){19, 5}, 1);
  const Layer *layer = &network.layer[0];
  uint32_t counts[8], zeros;
  analysis_histogram(layer, -4, 4, 8, counts, &zeros);
  CHECK(zeros == 95);
  for (int k = 0; k < 8; k++)
    CHECK(counts[k] == 0);
  /* 1.5 * 2^k lies in the bin of k; bin k + 4 gets k + 5 of them, of both signs */
  uint32_t at = 0;
  for (int k = -4; k < 4; k++)
    for (int n = 0; n < k + 5; n++, at++)
      *weight(&network, 0, at / 19, at % 19) =
          (n % 2 ? -1.5f : 1.5f) * (k < 0 ? 1.0f / (float)(1 << -k) : (float)(1 << k));
  analysis_histogram(layer, -4, 4, 8, counts, &zeros);
  CHECK(zeros == 95 - 36);
  for (uint32_t k = 0; k < 8; k++)
    CHECK(counts[k] == k + 1, "bin %u has %u", k, counts[k]);
  /* beyond the ends */
  const float beyond[] = {1e-45f, -1e-30f, 1e30f, -1e38f, __builtin_inff()};
  for (uint32_t k = 0; k < 5; k++)
    *weight(&network, 0, 4, k) = beyond[k];
  analysis_histogram(layer, -4, 4, 8, counts, &zeros);
  CHECK(zeros == 95 - 41);
  CHECK(counts[0] == 3 && counts[7] == 11, "%u and %u", counts[0], counts[7]);
  analysis_histogram(layer, -4, 4, 1, counts, &zeros);
  CHECK(counts[0] == 41);
  network_free(&network);
}

/* ---- fingerprint ----------------------------------------------------------------------------- */

/* The definition again, from plain row-major arrays. */
static uint64_t plain_fingerprint(const Network *network) {
  uint64_t hash = 14695981039346656037u;
  for (uint32_t l = 0; l < network->layers; l++) {
    uint32_t rows = network->layer[l].outputs, columns = network->layer[l].inputs;
    float *plain = calloc((size_t)rows * (columns + 1), sizeof *plain);
    panel_to_rows(network->layer[l].weights, rows, columns, plain);
    memcpy(plain + (size_t)rows * columns, network->layer[l].bias, rows * sizeof *plain);
    for (size_t k = 0; k < (size_t)rows * (columns + 1); k++) {
      uint32_t bits;
      memcpy(&bits, &plain[k], 4);
      hash = (hash ^ (bits == 0x80000000u ? 0 : bits)) * 1099511628211u;
    }
    free(plain);
  }
  for (int k = 0; k < 2; k++)
    hash = (hash ^ hash >> 32) * 0xD6E8FEB86659FD93u;
  return hash ^ hash >> 32;
}

static void fingerprint(void) {
  Network network = make((const uint32_t[]){17, 5, 3}, 2);
  uint64_t empty = analysis_fingerprint(&network);
  CHECK(empty == plain_fingerprint(&network));
  network_initialize(&network, check_seed);
  for (uint32_t l = 0; l < 2; l++)
    for (uint32_t o = 0; o < network.layer[l].outputs; o++)
      network.layer[l].bias[o] = (float)(o + l) - 1;
  *weight(&network, 0, 2, 3) = 0;
  uint64_t whole = analysis_fingerprint(&network);
  CHECK(whole == plain_fingerprint(&network) && whole != empty);

  /* every bit counts; only the sign of zero does not */
  for (uint32_t l = 0; l < 2; l++) {
    Layer *layer = &network.layer[l];
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i <= layer->inputs; i++) {
        float *at = i < layer->inputs ? weight(&network, l, o, i) : &layer->bias[o], kept = *at;
        for (int bit = 0; bit < 32; bit++) {
          uint32_t bits;
          memcpy(&bits, &kept, 4);
          int blind = kept == 0 && bit == 31;
          bits ^= 1u << bit;
          memcpy(at, &bits, 4);
          CHECK((analysis_fingerprint(&network) == whole) == blind, "layer %u, %u %u, bit %d", l, o,
                i, bit);
          *at = kept;
        }
      }
  }
  /* so does the order */
  float *a = weight(&network, 1, 0, 1), *b = weight(&network, 1, 1, 0), held = *a;
  *a = *b;
  *b = held;
  CHECK(analysis_fingerprint(&network) != whole);
  held = *a;
  *a = *b;
  *b = held;

  /* padding and moments are no parameters */
  network.layer[0].weights[panel_index(5, 4, 31)] = 5;
  network.layer[0].first_moment[0] = 5;
  CHECK(analysis_fingerprint(&network) == whole);
  clear(&network);
  network.layer[0].weights[panel_index(5, 4, 31)] = 0;
  CHECK(analysis_fingerprint(&network) == empty);
  network_free(&network);
}

/* ---- a run that diverged --------------------------------------------------------------------- */

static void padding_is_not_counted(void) {
  Network network = make((const uint32_t[]){2, 5, 3}, 2);
  clear(&network);
  for (uint32_t l = 0; l < 2; l++) {
    Layer *layer = &network.layer[l];
    size_t floats = panel_floats(layer->outputs, layer->inputs);
    for (size_t k = 0; k < floats; k++)
      layer->weights[k] = __builtin_nanf("");
    CHECK(analysis_nonzeros(layer) == (uint64_t)layer->outputs * layer->inputs);
  }
  network_free(&network);
}

int main(int count, char **words) {
  check_start(count, words);
  padding_is_not_counted();
  hand_made();
  pruned();
  histogram();
  fingerprint();
  return check_finish();
}
