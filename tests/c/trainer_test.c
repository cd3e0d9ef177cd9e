/* trainer_test.c: the trainer, step by step, against a plain recipe in double; threads and lanes.
 *
 * Each step begins from the engine's own weights, so that errors don't pile up, and every quantity
 * of the plain recipe carries a bound of the engine's rounding error (running error analysis, u =
 * 2^-24): tolerances follow from the shapes and the data, and are checked to be small. */
#include "check.h"

#include "analysis.h"
#include "memory.h"
#include "panel.h"
#include "random.h"
#include "scalar.h"
#include "trainer.h"

#define U 0x1p-24
enum { LAYERS = NETWORK_LAYERS_MAXIMUM };

static double absolute(double x) { return x < 0 ? -x : x; }
static double larger(double a, double b) { return a > b ? a : b; }

/* ---- data and trainers ----------------------------------------------------------------------- */

/* Random clouds: class c is shifted along input c. */
static void clouds(Dataset *dataset, uint32_t train, uint32_t test, uint32_t inputs,
                   uint32_t classes, int bytes) {
  *dataset = (Dataset){.inputs = inputs, .classes = classes};
  Samples *parts[] = {&dataset->train, &dataset->test};
  for (int p = 0; p < 2; p++) {
    Random random = random_stream(check_seed, RANDOM_DATA, 100 + (uint64_t)p, inputs);
    uint32_t count = p ? test : train;
    if (dataset_allocate_samples(parts[p], count, inputs, bytes ? SAMPLE_BYTES : SAMPLE_VALUES,
                                 NULL))
      abort();
    for (uint32_t k = 0; k < count; k++) {
      uint32_t label = random_below(&random, classes);
      parts[p]->labels[k] = (uint8_t)label;
      for (uint32_t i = 0; i < inputs; i++) {
        size_t at = (size_t)k * inputs + i;
        if (bytes) /* a third of the pixels is dark, the last one always */
          parts[p]->bytes[at] = random_below(&random, 3) == 0 || i + 1 == inputs
                                    ? 0
                                    : (uint8_t)(random_below(&random, 200) + 50 * (i == label));
        else
          parts[p]->values[at] = (float)(random_normal(&random) + (i % classes == label));
      }
    }
  }
}

static Config settings(const char *text) {
  Config config;
  Error error = {STATUS_OK, ""};
  config_default(&config);
  Status status = config_parse(&config, text, &error);
  if (!status)
    status = config_resolve(&config, &error);
  CHECK(!status, "%s: %s", text, error.text);
  return config;
}

static Trainer *make(const char *text, const Dataset *dataset, uint32_t threads) {
  Config config = settings(text);
  Trainer *trainer = NULL;
  Error error = {STATUS_OK, ""};
  if (!CHECK(!trainer_create(&config, dataset, threads, &trainer, &error), "%s: %s", text,
             error.text))
    exit(check_finish());
  return trainer;
}

static uint64_t finish(Trainer *trainer) {
  TrainerEvent event;
  do
    event = trainer_advance(trainer);
  while (event != TRAINER_FINISHED && event != TRAINER_DIVERGED);
  CHECK(event == TRAINER_FINISHED);
  uint64_t fingerprint = analysis_fingerprint(trainer_network(trainer));
  trainer_free(trainer);
  return fingerprint;
}

/* ---- the plain recipe: parameters ------------------------------------------------------------ */

/* One layer in double, row-major [O][I]; *_e: bound of the engine's error. */
typedef struct Plain {
  uint32_t outputs, inputs;
  double *w, *m, *m_e, *v, *v_e, *g, *g_e, *slope, *slope_e; /* [O][I] */
  double *b, *bm, *bv, *bg, *bg_e;                           /* [O] */
} Plain;

typedef struct Model {
  uint32_t layers;
  Plain layer[LAYERS];
} Model;

static double *numbers(size_t count) {
  double *list = calloc(count, sizeof *list);
  if (!list)
    abort();
  return list;
}

static void model_create(Model *model, const Network *network) {
  model->layers = network->layers;
  for (uint32_t l = 0; l < network->layers; l++) {
    Plain *plain = &model->layer[l];
    plain->outputs = network->layer[l].outputs;
    plain->inputs = network->layer[l].inputs;
    double **cells[] = {&plain->w, &plain->m,   &plain->m_e,   &plain->v,      &plain->v_e,
                        &plain->g, &plain->g_e, &plain->slope, &plain->slope_e};
    double **units[] = {&plain->b, &plain->bm, &plain->bv, &plain->bg, &plain->bg_e};
    for (int k = 0; k < 9; k++)
      *cells[k] = numbers((size_t)plain->outputs * plain->inputs);
    for (int k = 0; k < 5; k++)
      *units[k] = numbers(plain->outputs);
  }
}

static void model_free(Model *model) {
  for (uint32_t l = 0; l < model->layers; l++) {
    Plain *p = &model->layer[l];
    double *all[] = {p->w,     p->m,       p->m_e, p->v,  p->v_e, p->g,  p->g_e,
                     p->slope, p->slope_e, p->b,   p->bm, p->bv,  p->bg, p->bg_e};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
      free(all[k]);
  }
}

/* The engine's parameters as they are now, and its moments: those of the weights only while
 * sparsifying, because fine-tuning may keep them elsewhere; there the plain ones live on, with
 * their bounds. */
static void model_read(Model *model, const Network *network, int with_moments) {
  for (uint32_t l = 0; l < model->layers; l++) {
    Plain *plain = &model->layer[l];
    const Layer *layer = &network->layer[l];
    for (uint32_t o = 0; o < plain->outputs; o++) {
      plain->b[o] = layer->bias[o];
      plain->bm[o] = layer->bias_first_moment[o];
      plain->bv[o] = layer->bias_second_moment[o];
      for (uint32_t i = 0; i < plain->inputs; i++) {
        size_t at = (size_t)o * plain->inputs + i, k = panel_index(plain->outputs, o, i);
        plain->w[at] = layer->weights[k];
        if (!with_moments)
          continue;
        plain->m[at] = layer->first_moment[k];
        plain->v[at] = layer->second_moment[k];
        plain->m_e[at] = plain->v_e[at] = 0;
      }
    }
  }
}

/* ---- the plain recipe: loss and gradient ----------------------------------------------------- */

static const double *sample_of(const Samples *samples, uint32_t inputs, uint32_t k, double *to) {
  for (uint32_t i = 0; i < inputs; i++)
    to[i] = samples->bytes ? (double)((float)samples->bytes[(size_t)k * inputs + i] / 255.0f)
                           : (double)samples->values[(size_t)k * inputs + i];
  return to;
}

/* Activations of one sample: h[l] of level l with bounds; z's sign is in doubt where doubt[l]. */
typedef struct Pass {
  double *h[LAYERS + 1], *e[LAYERS + 1], *d[LAYERS + 1], *d_e[LAYERS + 1];
  uint8_t *doubt[LAYERS + 1];
  uint64_t pattern; /* hash of which hidden units are on */
} Pass;

static void pass_create(Pass *pass, const Model *model) {
  for (uint32_t l = 0; l <= model->layers; l++) {
    uint32_t width = l ? model->layer[l - 1].outputs : model->layer[0].inputs;
    pass->h[l] = numbers(width);
    pass->e[l] = numbers(width);
    pass->d[l] = numbers(width);
    pass->d_e[l] = numbers(width);
    pass->doubt[l] = calloc(width, 1);
  }
}

static void pass_free(Pass *pass, const Model *model) {
  for (uint32_t l = 0; l <= model->layers; l++) {
    free(pass->h[l]);
    free(pass->e[l]);
    free(pass->d[l]);
    free(pass->d_e[l]);
    free(pass->doubt[l]);
  }
}

/* Where a training sample's randomness comes from; NULL: evaluation. */
typedef struct Draw {
  const Config *config;
  uint64_t step;
  uint32_t sample; /* place in the batch */
} Draw;

static void plain_forward(const Model *model, Pass *pass, const Draw *draw) {
  uint32_t inputs = model->layer[0].inputs;
  pass->pattern = 0;
  memset(pass->e[0], 0, inputs * sizeof(double));
  if (draw && draw->config->input_noise > 0) {
    Random random =
        random_stream((uint64_t)draw->config->seed, RANDOM_INPUT_NOISE, draw->step, draw->sample);
    for (uint32_t i = 0; i < inputs; i++) {
      if (pass->h[0][i] == 0)
        continue;
      /* the sum of four uniforms on 0 .. 65535, of variance 4 (65536^2 - 1) / 12 */
      uint64_t bits = random_u64(&random);
      double sum = 0;
      for (int k = 0; k < 64; k += 16)
        sum += (double)(bits >> k & 0xFFFF);
      double deviation = scalar_sqrt(4 * (65536.0 * 65536.0 - 1) / 12);
      double factor = 1 + draw->config->input_noise * (sum - 131070) / deviation;
      pass->e[0][i] = absolute(pass->h[0][i]) * (absolute(factor) + 1) * 6 * U;
      pass->h[0][i] *= factor;
    }
  }
  for (uint32_t l = 0; l < model->layers; l++) {
    const Plain *layer = &model->layer[l];
    const double *h = pass->h[l], *e = pass->e[l];
    for (uint32_t o = 0; o < layer->outputs; o++) {
      double z = layer->b[o], size = absolute(z), error = 0;
      for (uint32_t i = 0; i < layer->inputs; i++) {
        double w = layer->w[(size_t)o * layer->inputs + i];
        z += w * h[i];
        size += absolute(w * h[i]);
        error += absolute(w) * e[i];
      }
      error += (layer->inputs + 2) * U * size;
      pass->e[l + 1][o] = error;
      pass->doubt[l + 1][o] = error > 0 && absolute(z) <= error;
      pass->h[l + 1][o] = z;
    }
    if (l + 1 == model->layers)
      break;
    Random random = {0};
    if (draw)
      random = random_stream((uint64_t)draw->config->seed, RANDOM_DROPOUT,
                             draw->step * LAYERS + l + 1, draw->sample);
    for (uint32_t o = 0; o < layer->outputs; o++) {
      double *at = &pass->h[l + 1][o], *error = &pass->e[l + 1][o];
      pass->pattern = (pass->pattern ^ (*at > 0)) * 0x100000001B3u;
      if (*at <= 0)
        *at = 0;
      if (draw && draw->config->dropout > 0) {
        double kept = 1 - draw->config->dropout;
        if (random_unit(&random) < (float)draw->config->dropout)
          *at = *error = pass->doubt[l + 1][o] = 0;
        *at /= kept;
        *error = *error / kept + 4 * U * *at;
      }
    }
  }
}

/* Softmax cross-entropy of the last level: returns the loss, adds its bound to *loss_e; leaves the
 * loss's derivative by the logits, times scale, in d. */
static double plain_loss(const Model *model, Pass *pass, uint32_t label, double smoothing,
                         double scale, double *loss_e) {
  uint32_t last = model->layers, classes = model->layer[last - 1].outputs;
  const double *z = pass->h[last];
  double largest = z[0], least = z[0], z_e = 0, sum = 0, expected = 0, size = 0;
  for (uint32_t c = 0; c < classes; c++) {
    largest = larger(largest, z[c]);
    least = -larger(-least, -z[c]);
    z_e = larger(z_e, pass->e[last][c]);
  }
  for (uint32_t c = 0; c < classes; c++) {
    double target = (c == label) * (1 - smoothing) + smoothing / classes;
    sum += scalar_exp(z[c] - largest);
    expected += target * z[c];
    size += target * absolute(z[c]);
  }
  double relative = 2 * z_e + (classes + 16 + 2 * (largest - least)) * U;
  for (uint32_t c = 0; c < classes; c++) {
    double target = (c == label) * (1 - smoothing) + smoothing / classes;
    double p = scalar_exp(z[c] - largest) / sum;
    pass->d[last][c] = (p - target) * scale;
    pass->d_e[last][c] = (p * relative + 6 * U * (p + target)) * scale;
  }
  *loss_e += 2 * z_e + (classes + 16) * U * (absolute(largest) + scalar_log(sum) + size + 1);
  return scalar_log(sum) + largest - expected;
}

/* Adds one sample's gradient to g and its bound to g_e. `terms`: additions behind each sum. */
static void plain_backward(Model *model, Pass *pass, double dropout, uint32_t terms) {
  for (uint32_t l = model->layers; l-- > 0;) {
    Plain *layer = &model->layer[l];
    const double *d = pass->d[l + 1], *d_e = pass->d_e[l + 1];
    for (uint32_t o = 0; o < layer->outputs; o++) {
      layer->bg[o] += d[o];
      layer->bg_e[o] += d_e[o] + (terms + 18) * U * absolute(d[o]);
      for (uint32_t i = 0; i < layer->inputs; i++) {
        size_t at = (size_t)o * layer->inputs + i;
        double h = absolute(pass->h[l][i]), h_e = pass->e[l][i], size = absolute(d[o]);
        layer->g[at] += d[o] * pass->h[l][i];
        layer->g_e[at] += d_e[o] * (h + h_e) + size * h_e + (terms + 18) * U * size * h;
      }
    }
    if (l == 0)
      break;
    for (uint32_t i = 0; i < layer->inputs; i++) {
      double sum = 0, size = 0, error = 0, scale = 1 / (1 - dropout);
      for (uint32_t o = 0; o < layer->outputs; o++) {
        double w = layer->w[(size_t)o * layer->inputs + i];
        sum += w * d[o];
        size += absolute(w * d[o]);
        error += absolute(w) * d_e[o];
      }
      error = (error + (layer->outputs + 4) * U * size) * scale;
      int on = pass->h[l][i] > 0;
      pass->d[l][i] = on ? sum * scale : 0;
      pass->d_e[l][i] = pass->doubt[l][i] ? error + absolute(sum) * scale : on ? error : 0;
    }
  }
}

/* Mean loss and gradient of a batch. */
static double plain_batch(Model *model, const Config *config, const Samples *samples,
                          const uint32_t *order, uint32_t count, uint64_t step, double *loss_e,
                          uint64_t *pattern) {
  Pass pass;
  pass_create(&pass, model);
  for (uint32_t l = 0; l < model->layers; l++) {
    Plain *layer = &model->layer[l];
    size_t cells = (size_t)layer->outputs * layer->inputs;
    memset(layer->g, 0, cells * sizeof(double));
    memset(layer->g_e, 0, cells * sizeof(double));
    memset(layer->bg, 0, layer->outputs * sizeof(double));
    memset(layer->bg_e, 0, layer->outputs * sizeof(double));
  }
  double loss = 0, error = 0;
  *pattern = 0;
  for (uint32_t b = 0; b < count; b++) {
    Draw draw = {config, step, b};
    sample_of(samples, model->layer[0].inputs, order[b], pass.h[0]);
    plain_forward(model, &pass, &draw);
    loss += plain_loss(model, &pass, samples->labels[order[b]], config->label_smoothing,
                       1.0 / count, &error);
    plain_backward(model, &pass, config->dropout, count);
    *pattern = (*pattern ^ pass.pattern) * 0x100000001B3u;
  }
  pass_free(&pass, model);
  *loss_e = error / count;
  return loss / count;
}

/* ---- the plain recipe: penalties ------------------------------------------------------------- */

/* ln of the smoothed Hill number N of `count` shares x, and its derivatives. */
static double plain_hill(const double *x, size_t count, double order, double *derivative) {
  double e = 0.01 / (double)count, uniform = 1 / (double)count, sum = 0, flat = 0;
  for (size_t k = 0; k < count; k++) {
    if (order == 1) {
      sum -= x[k] * scalar_log(x[k] + e);
      flat -= uniform * scalar_log(uniform + e);
      derivative[k] = -scalar_log(x[k] + e) - x[k] / (x[k] + e);
    } else {
      sum += scalar_power(x[k] + e, order) - scalar_power(e, order);
      flat += scalar_power(uniform + e, order) - scalar_power(e, order);
    }
  }
  if (order == 1)
    return scalar_log((double)count) + sum - flat;
  for (size_t k = 0; k < count; k++)
    derivative[k] = order / (1 - order) * scalar_power(x[k] + e, order - 1) / sum;
  return scalar_log((double)count) + (scalar_log(sum) - scalar_log(flat)) / (1 - order);
}

static double plain_arrangement(const Plain *layer, double order, double mix, double *slope,
                                double *slope_e) {
  uint32_t rows = layer->outputs, columns = layer->inputs;
  size_t cells = (size_t)rows * columns;
  double *p = numbers(cells), *r = numbers(rows), *c = numbers(columns);
  double *dp = numbers(cells), *dr = numbers(rows), *dc = numbers(columns);
  double total = 0, mean = 0, mean_size = 0;
  for (size_t k = 0; k < cells; k++)
    total += absolute(layer->w[k]);
  for (size_t k = 0; k < cells; k++) {
    p[k] = absolute(layer->w[k]) / total;
    r[k / columns] += p[k];
    c[k % columns] += p[k];
  }
  double log_value = (1 - mix) * plain_hill(p, cells, order, dp) +
                     mix * (plain_hill(r, rows, order, dr) + plain_hill(c, columns, order, dc));
  double value = scalar_exp(log_value);
  for (int pass = 0; pass < 2; pass++)
    for (size_t k = 0; k < cells; k++) {
      double parts[] = {(1 - mix) * dp[k], mix * dr[k / columns], mix * dc[k % columns]};
      double sum = parts[0] + parts[1] + parts[2];
      double size = absolute(parts[0]) + absolute(parts[1]) + absolute(parts[2]);
      if (pass == 0) {
        mean += p[k] * sum;
        mean_size += p[k] * size;
      } else {
        slope[k] = value / total * (sum - mean);
        slope_e[k] = value / total * (size + mean_size) * (rows + columns + 40) * U;
      }
    }
  double *all[] = {p, r, c, dp, dr, dc};
  for (int k = 0; k < 6; k++)
    free(all[k]);
  return value;
}

static double plain_group_lasso(const Plain *layer, double *slope) {
  double value = 0;
  uint32_t rows = layer->outputs, columns = layer->inputs;
  memset(slope, 0, (size_t)rows * columns * sizeof *slope);
  for (uint32_t group = 0; group < rows + columns; group++) {
    int row = group < rows;
    uint32_t length = row ? columns : rows;
    size_t first = row ? (size_t)group * columns : group - rows, stride = row ? 1 : columns;
    double square = 0;
    for (uint32_t k = 0; k < length; k++)
      square += layer->w[first + k * stride] * layer->w[first + k * stride];
    double norm = scalar_sqrt(square);
    value += norm;
    for (uint32_t k = 0; k < length; k++)
      slope[first + k * stride] += norm > 0 ? absolute(layer->w[first + k * stride]) / norm
                                            : 1 / scalar_sqrt((double)length);
  }
  return value;
}

/* Slope of lambda R + l1 sum |w| with its bound; returns lambda R + l1 sum |w|. */
static double plain_penalty(Plain *layer, const Config *config, double lambda, double l1) {
  const char *name = regularizer_table[(int)config->regularizer].name;
  size_t cells = (size_t)layer->outputs * layer->inputs;
  double s = 0, q = 0, value = 0, mix = config->mix;
  double *slope = layer->slope, *slope_e = layer->slope_e;
  for (size_t k = 0; k < cells; k++) {
    s += absolute(layer->w[k]);
    q += layer->w[k] * layer->w[k];
    slope[k] = slope_e[k] = 0;
  }
  if (s > 0) {
    if (!strcmp(name, "arrangement"))
      value = plain_arrangement(layer, config->order, mix, slope, slope_e);
    else if (!strcmp(name, "group-lasso"))
      value = plain_group_lasso(layer, slope);
    else if (!strcmp(name, "l1"))
      value = s;
    else if (!strcmp(name, "l2"))
      value = q / 2;
    else if (!strcmp(name, "elastic-net"))
      value = mix * s + (1 - mix) * q / 2;
    else if (!strcmp(name, "hoyer-square"))
      value = s * s / q;
    else
      CHECK(!strcmp(name, "none"), "no plain form of %s", name);
  }
  for (size_t k = 0; k < cells; k++) {
    double w = absolute(layer->w[k]), size = 0;
    if (s > 0 && !strcmp(name, "l1"))
      slope[k] = 1;
    else if (s > 0 && !strcmp(name, "l2"))
      slope[k] = w;
    else if (s > 0 && !strcmp(name, "elastic-net"))
      slope[k] = mix + (1 - mix) * w;
    else if (s > 0 && !strcmp(name, "hoyer-square")) {
      slope[k] = 2 * s / q - 2 * (s / q) * (s / q) * w;
      size = 2 * s / q + 2 * (s / q) * (s / q) * w;
    }
    size += absolute(slope[k]);
    slope_e[k] = lambda * (slope_e[k] + size * (layer->outputs + layer->inputs + 16) * U) +
                 4 * U * (lambda * absolute(slope[k]) + l1);
    slope[k] = lambda * slope[k] + l1;
  }
  return lambda * value + l1 * s;
}

/* ---- the plain recipe: one update ------------------------------------------------------------ */

typedef struct Rule {
  int adam, kind;                      /* kind: StepKind */
  double learning_rate, first, second; /* rate; 1 - 0.9^t and 1 - 0.999^t */
} Rule;

typedef struct Cell {
  double w, m, v;
  double w_e, m_e, v_e;
} Cell;

static double soft(double x, double threshold) {
  double left = absolute(x) - threshold;
  return left <= 0 ? 0 : x < 0 ? -left : left;
}

/* What becomes of a weight `old` with data gradient g (+- g_e) and slope s (+- s_e). */
static Cell plain_update(const Cell *old, double g, double g_e, double s, double s_e,
                         const Rule *rule) {
  double w = old->w, sign = w < 0 ? -1 : w > 0 ? 1 : 0, rate = rule->learning_rate;
  double shrink = s > 0 ? s : 0, grow = s < 0 ? s * sign / 4 : 0;
  if (absolute(g) < 0x1p-50) {
    g_e = g_e > 0 ? g_e + 0x1p-50 : 0;
    g = 0;
  }
  if (rule->kind == STEP_FROZEN && w == 0)
    g = g_e = 0;
  if (rule->kind == STEP_GRADIENT) {
    g += s * sign;
    g_e += s_e + 2 * U * (absolute(g) + absolute(s));
  } else if (rule->kind != STEP_FROZEN) {
    if (g == 0 && g_e == 0)
      grow = 0; /* the data give no gradient: no growth */
    else if (absolute(g) <= g_e)
      g_e += absolute(grow); /* perhaps they give none */
    if (rule->kind == STEP_PROXIMAL) {
      g += grow;
      g_e += s_e / 4 + 2 * U * (absolute(g) + absolute(grow));
    } else {
      g_e += s_e + 2 * U * (absolute(g) + absolute(s));
      g = w != 0 ? g + shrink * sign + grow : soft(g, shrink);
    }
  }
  Cell cell = {0};
  double step, step_e, pull, pull_e, pull_least;
  if (rule->adam) {
    cell.m = 0.9 * old->m + 0.1 * g;
    cell.m_e = 0.9 * old->m_e + 0.1 * g_e + 4 * U * (0.9 * absolute(old->m) + 0.1 * absolute(g)) +
               0x1p-119;
    cell.v = 0.999 * old->v + 0.001 * g * g;
    cell.v_e = old->v_e + 0.002 * absolute(g) * g_e + 0.001 * g_e * g_e + 6 * U * cell.v + 0x1p-119;
    cell.m = absolute(cell.m) < 0x1p-120 ? 0 : cell.m;
    cell.v = cell.v < 0x1p-120 ? 0 : cell.v;
    double inverse = 1 / (scalar_sqrt(cell.v / rule->second) + 1e-8);
    double high = 1 / (scalar_sqrt(larger(cell.v - cell.v_e, 0) / rule->second) + 1e-8);
    double low = 1 / (scalar_sqrt((cell.v + cell.v_e) / rule->second) + 1e-8);
    double inverse_e = larger(high - inverse, inverse - low) + 6 * U * inverse;
    step = rate / rule->first * cell.m * inverse;
    step_e = rate / rule->first *
                 (absolute(cell.m) * inverse_e + cell.m_e * inverse + cell.m_e * inverse_e) +
             4 * U * absolute(step);
    /* where v is hardly known: |m| <= 7.3 sqrt(v) by Cauchy and Schwarz, whatever the gradients */
    double most = 7.3 * rate / rule->first * scalar_sqrt(rule->second);
    step_e = step_e < absolute(step) + most ? step_e : absolute(step) + most;
    pull = rate * shrink * inverse;
    pull_least = rate * larger(shrink - s_e, 0) * (inverse < low ? inverse : low) * (1 - 16 * U);
    pull_e = rate * (s_e * (inverse + inverse_e) + shrink * inverse_e) + 4 * U * pull;
  } else {
    cell.v = old->v;
    cell.m = 0.9 * old->m + g;
    cell.m_e = 0.9 * old->m_e + g_e + 4 * U * (absolute(old->m) + absolute(g)) + 0x1p-119;
    step = rate * cell.m;
    step_e = rate * cell.m_e + 4 * U * absolute(step);
    pull = rate * shrink;
    pull_e = rate * s_e + 4 * U * pull;
    pull_least = pull - pull_e;
  }
  cell.w = w - step;
  cell.w_e = step_e + 4 * U * (absolute(w) + absolute(step));
  if (rule->kind == STEP_PROXIMAL) {
    double most = absolute(cell.w) + cell.w_e; /* soft() moves towards 0 and not beyond */
    if (most < pull_least)
      cell.w_e = 0; /* exactly zero */
    else
      cell.w_e = cell.w_e + pull_e < most ? cell.w_e + pull_e : most;
    cell.w = soft(cell.w, pull);
  }
  if (rule->kind == STEP_ORTHANT && w != 0) {
    if (absolute(cell.w) <= cell.w_e) /* the sign is in doubt: either may be */
      cell.m_e += absolute(cell.m);
    else if ((cell.w < 0) != (w < 0))
      cell.w = cell.w_e = cell.m = cell.m_e = 0;
  }
  if (rule->kind == STEP_FROZEN && w == 0)
    cell.w = cell.w_e = 0;
  return cell;
}

/* How large the checked quantities were, and how far they may be off. */
typedef struct Signal {
  double gradient, gradient_e, change, change_e;
} Signal;

/* `sum`: of this weight at the ends of earlier averaged epochs, when the mean of `averaged` epochs
 * replaces it now; else NULL. */
static void check_weight(double got, double before, const Cell *want, const double *sum,
                         uint32_t averaged, Signal *signal) {
  double wanted = want->w, wanted_e = want->w_e;
  if (sum) {
    wanted = (*sum + want->w) / averaged;
    wanted_e = want->w_e / averaged + 2 * U * absolute(wanted);
  }
  CHECK_CLOSE(got, wanted, wanted_e);
  signal->change += absolute(want->w - before);
  signal->change_e += want->w_e;
}

/* ---- traces ---------------------------------------------------------------------------------- */

typedef struct Salient {
  double value;
  size_t place;
  double *weight;
} Salient;

static int by_saliency(const void *left, const void *right) {
  const Salient *a = left, *b = right;
  if (a->value != b->value)
    return a->value < b->value ? -1 : 1;
  return a->place < b->place ? -1 : 1;
}

/* Drops the share of all nonzeros with the least w^2 v; returns how many. */
static size_t plain_polish(Model *model, double share) {
  size_t cells = 0, count = 0;
  for (uint32_t l = 0; l < model->layers; l++)
    cells += (size_t)model->layer[l].outputs * model->layer[l].inputs;
  Salient *list = calloc(cells, sizeof *list);
  for (uint32_t l = 0; l < model->layers; l++)
    for (size_t k = 0; k < (size_t)model->layer[l].outputs * model->layer[l].inputs; k++) {
      double *w = &model->layer[l].w[k];
      if (*w != 0) {
        list[count] = (Salient){*w * *w * model->layer[l].v[k], count, w};
        count++;
      }
    }
  qsort(list, count, sizeof *list, by_saliency);
  size_t drop = (size_t)(share * (double)count);
  for (size_t k = 0; k < drop; k++)
    *list[k].weight = 0;
  free(list);
  return drop;
}

static void check_initial(const Model *model, const Config *config) {
  for (uint32_t l = 0; l < model->layers; l++) {
    const Plain *layer = &model->layer[l];
    Random random = random_stream((uint64_t)config->seed, RANDOM_INITIALIZATION, l, 0);
    double deviation = scalar_sqrt(2.0 / layer->inputs);
    for (size_t k = 0; k < (size_t)layer->outputs * layer->inputs; k++)
      CHECK(layer->w[k] == (double)(float)(deviation * random_normal(&random)));
    for (uint32_t o = 0; o < layer->outputs; o++)
      CHECK(layer->b[o] == 0);
  }
}

/* The order of an epoch's samples (epochs from 1). */
static void plain_order(const Config *config, uint32_t count, uint32_t epoch, uint32_t *order) {
  Random random = random_stream((uint64_t)config->seed, RANDOM_SHUFFLE, epoch, 0);
  uint32_t first = epoch == 1 && count > 10000 ? 10000 : count;
  random_permutation(&random, order, first);
  random_permutation(&random, order + first, count - first);
  for (uint32_t k = first; k < count; k++)
    order[k] += first;
  uint8_t *seen = calloc(count, 1);
  for (uint32_t k = 0; k < count; k++)
    seen[order[k]]++;
  for (uint32_t k = 0; k < count; k++)
    CHECK(seen[k] == 1, "sample %u is drawn %u times", k, seen[k]);
  free(seen);
}

static void check_record(const EpochRecord *record, Model *model, const Config *config,
                         const Dataset *dataset, double loss) {
  uint64_t nonzeros = 0;
  double penalty = 0;
  CHECK_CLOSE(record->loss, loss, 1e-12 * (1 + loss));
  for (uint32_t l = 0; l < model->layers; l++) {
    Plain *layer = &model->layer[l];
    uint64_t here = 0;
    for (size_t k = 0; k < (size_t)layer->outputs * layer->inputs; k++)
      here += layer->w[k] != 0;
    CHECK(record->nonzeros_by_layer[l] == here);
    nonzeros += here;
    penalty += plain_penalty(layer, config, config->lambda, config->l1);
  }
  CHECK(record->nonzeros == nonzeros);
  CHECK(record->live_nonzeros <= nonzeros);
  CHECK_CLOSE(record->penalty, penalty, 100 * U * penalty);
  /* the test set, where samples whose two best classes can't be told apart may go either way */
  Pass pass;
  pass_create(&pass, model);
  uint32_t correct = 0, unsure = 0, last = model->layers;
  for (uint32_t k = 0; k < dataset->test.count; k++) {
    sample_of(&dataset->test, dataset->inputs, k, pass.h[0]);
    plain_forward(model, &pass, NULL);
    uint32_t best = 0;
    int clear = 1;
    for (uint32_t c = 1; c < dataset->classes; c++)
      best = pass.h[last][c] > pass.h[last][best] ? c : best;
    for (uint32_t c = 0; c < dataset->classes; c++)
      clear &=
          c == best || pass.h[last][best] - pass.h[last][c] > pass.e[last][best] + pass.e[last][c];
    correct += clear && best == dataset->test.labels[k];
    unsure += !clear;
  }
  pass_free(&pass, model);
  double right = record->test_accuracy * dataset->test.count / 100;
  CHECK(right >= correct - 1e-6 && right <= correct + unsure + 1e-6,
        "%g of %u right, wanted %u to %u", right, dataset->test.count, correct, correct + unsure);
  CHECK(unsure * 4 <= dataset->test.count, "%u of %u unsure", unsure, dataset->test.count);
}

/* One change in mid-run: before step `step`, trainer_set(key, value). */
typedef struct Change {
  uint64_t step;
  const char *key, *value;
} Change;

/* Follows a whole run. Returns the nonzeros at its end. */
static uint64_t trace(const char *text, const Dataset *dataset, const Change *change) {
  Trainer *trainer = make(text, dataset, 1);
  Config config = *trainer_config(trainer);
  const Network *network = trainer_network(trainer);
  Model model;
  Signal signal = {0};
  model_create(&model, network);
  model_read(&model, network, 1);
  check_initial(&model, &config);
  uint32_t batch = (uint32_t)config.batch, per_epoch = dataset->train.count / batch;
  uint64_t sparsify = (uint64_t)config.epochs * per_epoch;
  uint64_t steps = sparsify + (uint64_t)config.finetune * per_epoch, step = 0;
  uint32_t *order = calloc(dataset->train.count, sizeof *order);
  uint32_t averaged = 0, epochs = (uint32_t)(config.epochs + config.finetune), epoch = 0;
  double loss_sum = 0;
  size_t parameters = 0, dropped = 0;
  for (uint32_t l = 0; l < model.layers; l++)
    parameters += model.layer[l].outputs * (size_t)(model.layer[l].inputs + 1);
  double *sums = numbers(parameters);
  CHECK(trainer_state(trainer).steps == steps);

  for (;;) {
    network = trainer_network(trainer);
    model_read(&model, network, step <= sparsify);
    if (change && step == change->step && change->key) {
      CHECK(!trainer_set(trainer, change->key, change->value, NULL));
      config_set(&config, change->key, change->value, NULL);
      change = NULL;
    }
    TrainerState planned = trainer_state(trainer);
    TrainerEvent event = trainer_advance(trainer);
    network = trainer_network(trainer);
    if (event == TRAINER_EVALUATION)
      continue;
    if (event == TRAINER_EPOCH) {
      uint32_t count;
      const EpochRecord *records = trainer_records(trainer, &count);
      CHECK(count == ++epoch);
      CHECK(records[epoch - 1].epoch == epoch);
      CHECK((records[epoch - 1].phase == PHASE_FINETUNE) == (epoch > config.epochs));
      check_record(&records[epoch - 1], &model, &config, dataset, loss_sum / per_epoch);
      loss_sum = 0;
      continue;
    }
    if (event != TRAINER_STEP)
      break;
    if (!CHECK(step < steps))
      break;
    /* what the step must have been */
    if (step % per_epoch == 0)
      plain_order(&config, dataset->train.count, (uint32_t)(step / per_epoch) + 1, order);
    int fine = step >= sparsify;
    if (fine && step == sparsify) {
      if (sparsify && config.polish > 0)
        dropped = plain_polish(&model, config.polish);
      for (uint32_t l = 0; l < model.layers; l++) {
        Plain *layer = &model.layer[l];
        double *moments[] = {layer->m, layer->m_e, layer->v, layer->v_e};
        for (int k = 0; k < 4; k++)
          memset(moments[k], 0, (size_t)layer->outputs * layer->inputs * sizeof(double));
        memset(layer->bm, 0, layer->outputs * sizeof(double));
        memset(layer->bv, 0, layer->outputs * sizeof(double));
      }
    }
    uint64_t from = fine ? sparsify : 0, length = fine ? steps - sparsify : sparsify;
    double t = (double)(step - from) / (double)length;
    double fall = (1 + scalar_cos_turn(t / 2)) / 2, power = (double)(step - from + 1);
    double ramp =
        config.ramp * per_epoch > (double)step ? (double)step / (config.ramp * per_epoch) : 1;
    const Regularizer *regularizer = &regularizer_table[(int)config.regularizer];
    Rule rule = {.adam = config.optimizer == OPTIMIZER_ADAM,
                 .kind = fine                                   ? STEP_FROZEN
                         : !regularizer->kink && config.l1 == 0 ? STEP_GRADIENT
                         : config.step == STEP_RULE_ORTHANT     ? STEP_ORTHANT
                                                                : STEP_PROXIMAL,
                 .learning_rate = fine ? config.learning_rate / 2 * fall
                                       : config.learning_rate * (0.05 + 0.95 * fall),
                 .first = 1 - scalar_power(0.9, power),
                 .second = 1 - scalar_power(0.999, power)};
    CHECK_CLOSE(planned.rate, rule.learning_rate, 1e-14);
    CHECK_CLOSE(planned.ramp, fine ? 0 : ramp, 1e-14);
    TrainerState state = trainer_state(trainer);
    CHECK(state.step == step + 1 && state.samples == (step + 1) * batch);
    CHECK(state.phase == (fine ? PHASE_FINETUNE : PHASE_SPARSIFY));

    double loss_e;
    uint64_t pattern;
    double loss = plain_batch(&model, &config, &dataset->train, order + (step % per_epoch) * batch,
                              batch, step, &loss_e, &pattern);
    CHECK_CLOSE(state.last_loss, loss, loss_e);
    CHECK(loss_e < 0.05 * loss, "the loss %g is known to %g only", loss, loss_e);
    loss_sum += state.last_loss;

    int ends = (step + 1) % per_epoch == 0;
    uint32_t left = epochs - (uint32_t)(step / per_epoch); /* epochs not complete before it */
    int adds = ends && left <= config.average, replaces = adds && left == 1;
    averaged += (uint32_t)adds;
    Rule bias_rule = rule;
    bias_rule.kind = STEP_GRADIENT;
    double *sum = sums;
    for (uint32_t l = 0; l < model.layers; l++) {
      Plain *layer = &model.layer[l];
      const Layer *got = &network->layer[l];
      if (!fine)
        plain_penalty(layer, &config, config.lambda * ramp, config.l1 * ramp);
      for (uint32_t o = 0; o < layer->outputs; o++) {
        for (uint32_t i = 0; i < layer->inputs; i++, sum++) {
          size_t at = (size_t)o * layer->inputs + i, k = panel_index(layer->outputs, o, i);
          Cell old = {layer->w[at], layer->m[at], layer->v[at], 0, layer->m_e[at], layer->v_e[at]};
          Cell cell = plain_update(&old, layer->g[at], layer->g_e[at], fine ? 0 : layer->slope[at],
                                   fine ? 0 : layer->slope_e[at], &rule);
          signal.gradient += absolute(layer->g[at]);
          signal.gradient_e += layer->g_e[at];
          check_weight(got->weights[k], old.w, &cell, replaces ? sum : NULL, averaged, &signal);
          if (fine) {
            layer->m[at] = cell.m, layer->m_e[at] = cell.m_e;
            layer->v[at] = cell.v, layer->v_e[at] = cell.v_e;
          } else {
            CHECK_CLOSE(got->first_moment[k], cell.m, cell.m_e);
            CHECK_CLOSE(got->second_moment[k], cell.v, cell.v_e);
          }
          if (fine && old.w == 0)
            CHECK(got->weights[k] == 0, "a zero came back to life");
          if (adds)
            *sum += got->weights[k];
        }
        Cell old = {.w = layer->b[o], .m = layer->bm[o], .v = layer->bv[o]};
        Cell cell = plain_update(&old, layer->bg[o], layer->bg_e[o], 0, 0, &bias_rule);
        check_weight(got->bias[o], old.w, &cell, replaces ? sum : NULL, averaged, &signal);
        CHECK_CLOSE(got->bias_first_moment[o], cell.m, cell.m_e);
        CHECK_CLOSE(got->bias_second_moment[o], cell.v, cell.v_e);
        if (adds)
          *sum += got->bias[o];
        sum++;
      }
    }
    step++;
  }
  CHECK(step == steps, "%llu of %llu steps", (unsigned long long)step, (unsigned long long)steps);
  CHECK(epoch == epochs);
  CHECK(averaged == config.average);
  CHECK((dropped > 0) == (config.polish > 0));
  CHECK(trainer_advance(trainer) == TRAINER_FINISHED);
  CHECK(signal.gradient_e < 0.2 * signal.gradient, "%s: gradient %g known to %g", text,
        signal.gradient, signal.gradient_e);
  CHECK(signal.change_e < 0.2 * signal.change, "%s: change %g known to %g", text, signal.change,
        signal.change_e);
  uint64_t nonzeros = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    nonzeros += analysis_nonzeros(&network->layer[l]);
  free(sums);
  free(order);
  model_free(&model);
  trainer_free(trainer);
  return nonzeros;
}

static void traces(void) {
  Dataset values, bytes, many;
  clouds(&values, 110, 37, 19, 3, 0);
  clouds(&bytes, 105, 41, 18, 5, 1);
  clouds(&many, 10100, 30, 3, 2, 0);
  uint64_t all = 19 * 33 + 33 * 17 + 17 * 3;
#define NET "layers=19,33,17,3&"
#define PIXELS "layers=18,21,5&"
  uint64_t left = trace(
      NET "regularizer=l1&lambda=2e-2&batch=16&epochs=2&ramp=1&finetune=1&lr=5e-3", &values, NULL);
  CHECK(left < all, "L1 makes zeros");
  left = trace(NET "regularizer=arrangement&lambda=1e-3&l1=5e-3&batch=17&epochs=3&ramp=2&"
                   "finetune=3&polish=0.3&average=2&lr=5e-3",
               &values, NULL);
  CHECK(left < all * 7 / 10, "polish drops 30 %%");
  trace(PIXELS "regularizer=arrangement&lambda=1e-3&step=orthant&batch=7&epochs=1&ramp=1&"
               "finetune=1&dropout=0.3&input-noise=0.4&seed=7",
        &bytes, NULL);
  trace(PIXELS "regularizer=arrangement&order=1&mix=1&lambda=1e-3&batch=100&epochs=4&ramp=0&"
               "finetune=4&average=4&seed=9007199254740991",
        &bytes, NULL);
  trace(PIXELS "regularizer=arrangement&order=2&mix=0&lambda=1e-3&batch=20&epochs=2&ramp=1&"
               "finetune=0&dropout=0.5",
        &bytes, NULL);
  trace(NET "regularizer=elastic-net&lambda=1e-2&optimizer=sgd&lr=0.05&batch=16&epochs=2&ramp=1&"
            "finetune=1&label-smoothing=0",
        &values, NULL);
  trace(PIXELS "regularizer=hoyer-square&lambda=1e-3&optimizer=sgd&step=orthant&lr=0.1&batch=5&"
               "epochs=2&ramp=1&finetune=1&average=1",
        &bytes, NULL);
  /* sparse enough, long enough for other ways to compute the same */
  left = trace(NET "regularizer=l1&lambda=0.3&batch=4&epochs=3&ramp=1&finetune=2&lr=5e-3", &values,
               NULL);
  CHECK(left > 0 && left < all / 5, "%llu of %llu", (unsigned long long)left,
        (unsigned long long)all);
  trace(PIXELS "regularizer=arrangement&lambda=5e-3&l1=2e-2&batch=5&epochs=3&ramp=1&finetune=2&"
               "polish=0.2&average=1&lr=5e-3&dropout=0.2&input-noise=0.2",
        &bytes, NULL);
  trace(PIXELS "regularizer=l1&lambda=0.1&optimizer=sgd&lr=0.1&batch=5&epochs=3&ramp=1&finetune=2",
        &bytes, NULL);
  trace(PIXELS "regularizer=l2&lambda=1e-2&batch=16&epochs=2&ramp=2&finetune=0&label-smoothing=0",
        &bytes, NULL);
  trace("layers=18,5&regularizer=l2&lambda=1e-2&l1=1e-3&step=orthant&batch=35&epochs=3&ramp=1&"
        "finetune=2",
        &bytes, NULL);
  trace("layers=19,3&regularizer=none&optimizer=sgd&lr=0.1&batch=1&epochs=1&finetune=0&ramp=0",
        &values, NULL);
  trace("layers=19,7,6,5,4,9,3&regularizer=group-lasso&lambda=5e-3&batch=16&epochs=3&ramp=1&"
        "finetune=1&optimizer=sgd&lr=0.05",
        &values, NULL);
  trace(PIXELS "regularizer=group-lasso&lambda=5e-3&batch=33&epochs=2&ramp=1&finetune=1", &bytes,
        NULL);
  trace(NET "epochs=0&finetune=2&batch=50&regularizer=l1", &values, NULL);
  trace(NET "batch=110&epochs=2&finetune=1&ramp=1&regularizer=l1&lambda=0.1", &values, NULL);
  trace("layers=3,4,2&batch=2500&epochs=2&finetune=1&ramp=1", &many, NULL);

  /* live options, each from the very next step on */
  static const Change changes[] = {{5, "lambda", "0.02"},
                                   {4, "l1", "0.01"},
                                   {7, "lr", "0.01"},
                                   {3, "mix", "0.9"},
                                   {3, "order", "1"}};
  for (size_t k = 0; k < sizeof changes / sizeof *changes; k++)
    trace(PIXELS "regularizer=arrangement&lambda=1e-4&batch=26&epochs=2&ramp=1&finetune=1", &bytes,
          &changes[k]);
  dataset_free(&values);
  dataset_free(&bytes);
  dataset_free(&many);
}

/* ---- central differences --------------------------------------------------------------------- */

/* The engine's gradient against (L(w + h) - L(w - h)) / 2h of the plain loss: their error is
 * h^2 L''' / 6 + 2^-52 L / h, far below the bound of the engine's own rounding. */
static void differences(void) {
  Dataset dataset;
  clouds(&dataset, 23, 5, 6, 4, 0);
  Trainer *trainer = make("layers=6,9,7,4&batch=23&epochs=1&ramp=0&finetune=0&regularizer=none&"
                          "dropout=0.25&input-noise=0.2&lr=0.01",
                          &dataset, 1);
  const Config *config = trainer_config(trainer);
  Model model;
  model_create(&model, trainer_network(trainer));
  model_read(&model, trainer_network(trainer), 1);
  CHECK(trainer_advance(trainer) == TRAINER_STEP);
  uint32_t order[23];
  plain_order(config, 23, 1, order);
  double bound, ignored;
  uint64_t pattern;
  plain_batch(&model, config, &dataset.train, order, 23, 0, &bound, &pattern);
  Model slopes; /* keeps the bounds while plain_batch is called again */
  model_create(&slopes, trainer_network(trainer));
  for (uint32_t l = 0; l < 3; l++)
    memcpy(slopes.layer[l].g_e, model.layer[l].g_e,
           (size_t)model.layer[l].outputs * model.layer[l].inputs * sizeof(double));
  long compared = 0, kinks = 0;
  const double h = 1e-6;
  for (uint32_t l = 0; l < 3; l++)
    for (uint32_t o = 0; o < model.layer[l].outputs; o++)
      for (uint32_t i = 0; i < model.layer[l].inputs; i++) {
        const Layer *layer = &trainer_network(trainer)->layer[l];
        size_t at = (size_t)o * model.layer[l].inputs + i;
        double *w = &model.layer[l].w[at], kept = *w, loss[2];
        uint64_t patterns[2];
        for (int side = 0; side < 2; side++) {
          *w = kept + (side ? h : -h);
          loss[side] =
              plain_batch(&model, config, &dataset.train, order, 23, 0, &ignored, &patterns[side]);
        }
        *w = kept;
        if (patterns[0] != patterns[1]) { /* a unit switched between: no derivative there */
          kinks++;
          continue;
        }
        compared++;
        /* Adam's first m is 0.1 g */
        CHECK_CLOSE(layer->first_moment[panel_index(layer->outputs, o, i)] / 0.1f,
                    (loss[1] - loss[0]) / (2 * h), slopes.layer[l].g_e[at] + 1e-8);
      }
  CHECK(compared > 100 && kinks < 20, "%ld compared, %ld kinks", compared, kinks);
  model_free(&model);
  model_free(&slopes);
  trainer_free(trainer);
  dataset_free(&dataset);
}

/* ---- the same bits --------------------------------------------------------------------------- */

/* One run for each lane width of this machine and 1, 2, 3 threads; all must agree. */
static void same_bits(uint32_t inputs, const char *text, uint32_t samples, int bytes) {
  static const char *const lanes[] = {"4", "8", "16"};
  Dataset dataset;
  clouds(&dataset, samples, 33, inputs, 5, bytes);
  uint64_t wanted = finish(make(text, &dataset, 1));
  CHECK(finish(make(text, &dataset, 1)) == wanted, "%s: a restart differs", text);
  int widths = 0;
  for (int k = 0; k < 3; k++) {
    Kernels kernels;
    if (!kernels_with_lanes(atoi(lanes[k]), &kernels))
      continue;
    widths++;
    setenv("FILIGREE_LANES", lanes[k], 1);
    for (uint32_t threads = 1; threads <= 3; threads++) {
      Trainer *trainer = make(text, &dataset, threads);
      CHECK(trainer_threads(trainer) == threads, "%s: too small for threads", text);
      CHECK(trainer_kernels(trainer)->lanes == atoi(lanes[k]));
      /* looking does not change anything */
      float *slopes = calloc((size_t)trainer_network(trainer)->layer[0].outputs * inputs, 4);
      float *sample = calloc(inputs, 4), probabilities[5];
      for (uint64_t n = 0; threads == 2; n++) {
        TrainerEvent event = trainer_advance(trainer);
        if (event == TRAINER_FINISHED || event == TRAINER_DIVERGED)
          break;
        if (n % 7 != 3)
          continue;
        CHECK(!trainer_slopes(trainer, 0, slopes, NULL));
        CHECK(!trainer_predict(trainer, sample, probabilities, NULL, NULL));
        double sum = 0;
        for (int c = 0; c < 5; c++)
          sum += probabilities[c];
        CHECK_CLOSE(sum, 1, 5 * U);
        trainer_evaluate(trainer);
        analysis_fingerprint(trainer_network(trainer));
      }
      free(slopes);
      free(sample);
      uint64_t got = finish(trainer);
      CHECK(got == wanted, "%s: %s lanes, %u threads: %016llx, wanted %016llx", text, lanes[k],
            threads, (unsigned long long)got, (unsigned long long)wanted);
    }
  }
  unsetenv("FILIGREE_LANES");
  CHECK(widths > 0);
  dataset_free(&dataset);
}

static void all_same_bits(void) {
  /* weights * batch must be 2^18 or more, else one thread does all */
  same_bits(601, "layers=601,437,5&batch=1&epochs=1&ramp=1&finetune=1&lambda=1e-4", 2, 0);
  same_bits(193, "layers=193,197,5&batch=7&epochs=2&ramp=1&finetune=1&lambda=1e-4&l1=1e-3", 15, 1);
  same_bits(131,
            "layers=131,127,17,5&batch=16&epochs=1&ramp=1&finetune=1&optimizer=sgd&"
            "step=orthant&lambda=1e-3&dropout=0.2",
            33, 0);
  same_bits(113,
            "layers=113,137,5&batch=17&epochs=2&ramp=1&finetune=2&average=2&polish=0.5&"
            "input-noise=0.3&lambda=1e-3&order=1.1",
            35, 1);
  /* so sparse that products go by the nonzeros, and fine-tuning packs them */
  same_bits(113,
            "layers=113,137,5&batch=17&epochs=3&ramp=1&finetune=1&regularizer=l1&lambda=0.3&"
            "average=1&dropout=0.1",
            17 * 14, 1);
  /* steps by marks (kernels.h), long enough for lines to fall asleep, and an order that has none */
  same_bits(113,
            "layers=113,137,5&batch=17&epochs=70&ramp=1&finetune=1&lambda=3e-3&l1=5e-3&"
            "regularizer=arrangement&lr=5e-3",
            17 * 14, 1);
  same_bits(113,
            "layers=113,137,5&batch=17&epochs=9&ramp=1&finetune=1&lambda=5e-3&l1=1e-2&"
            "regularizer=arrangement&order=2",
            17 * 14, 1);
  same_bits(61, "layers=61,47,10,5&batch=100&epochs=2&ramp=0&finetune=1&regularizer=group-lasso",
            230, 0);
}

/* Noise and dropout change a run, and a seed names them. */
static void randomness(void) {
  Dataset dataset;
  clouds(&dataset, 64, 20, 9, 3, 0);
#define SMALL "layers=9,12,3&batch=16&epochs=2&ramp=1&finetune=1&regularizer=l1&"
  static const char *const texts[] = {SMALL "seed=1", SMALL "seed=2", SMALL "dropout=0.3",
                                      SMALL "input-noise=0.3", SMALL "label-smoothing=0"};
  uint64_t fingerprints[5];
  for (int k = 0; k < 5; k++) {
    fingerprints[k] = finish(make(texts[k], &dataset, 1));
    CHECK(finish(make(texts[k], &dataset, 1)) == fingerprints[k], "%s", texts[k]);
    for (int other = 0; other < k; other++)
      CHECK(fingerprints[k] != fingerprints[other], "%s = %s", texts[k], texts[other]);
  }
  dataset_free(&dataset);
}

/* ---- ends and errors ------------------------------------------------------------------------- */

/* Runs to the end; the event there. An endless loop fails. */
static TrainerEvent run_out(Trainer *trainer, const char *text) {
  TrainerState state = trainer_state(trainer);
  uint64_t calls = 0, limit = state.steps + 2 * state.epochs + 1;
  TrainerEvent event;
  do
    event = trainer_advance(trainer);
  while (event != TRAINER_DIVERGED && event != TRAINER_FINISHED && ++calls < limit);
  CHECK(event == TRAINER_DIVERGED || event == TRAINER_FINISHED, "%s: no end in %llu calls", text,
        (unsigned long long)calls);
  return event;
}

static void divergence(void) {
  static const char *const texts[] = {
      "layers=9,12,3&optimizer=sgd&lr=100&regularizer=l2&lambda=1&ramp=0&batch=16&epochs=50",
      "layers=9,12,3&optimizer=sgd&lr=100&regularizer=l2&lambda=1&ramp=0&batch=16&dropout=0.5",
      "layers=9,12,12,12,3&optimizer=sgd&lr=100&lambda=0&ramp=0&batch=16&epochs=50",
      "layers=9,12,12,3&lr=100&ramp=0&batch=16&epochs=50&lambda=1000&step=orthant"};
  Dataset dataset;
  clouds(&dataset, 64, 20, 9, 3, 0);
  for (int k = 0; k < 4; k++) {
    Trainer *trainer = make(texts[k], &dataset, 1);
    TrainerEvent event = run_out(trainer, texts[k]);
    TrainerState state = trainer_state(trainer);
    if (k < 2)
      CHECK(event == TRAINER_DIVERGED, "%s", texts[k]);
    if (event == TRAINER_DIVERGED) {
      CHECK(state.event == TRAINER_DIVERGED);
      CHECK(state.diverged_step == state.step && state.step >= 1 && state.step <= state.steps);
      CHECK(trainer_advance(trainer) == TRAINER_DIVERGED);
      CHECK(trainer_state(trainer).step == state.step, "a run that diverged stays where it is");
    } else { /* then everything is finite */
      const Network *network = trainer_network(trainer);
      for (uint32_t l = 0; l < network->layers; l++)
        for (size_t n = 0; n < panel_floats(network->layer[l].outputs, network->layer[l].inputs);
             n++)
          CHECK(network->layer[l].weights[n] - network->layer[l].weights[n] == 0);
    }
    trainer_free(trainer);
  }
  /* one bad number in the data is noticed in the epoch that sees it */
  for (int value = 0; value < 3; value++) {
    Dataset broken;
    clouds(&broken, 64, 20, 9, 3, 0);
    broken.train.values[77] = value == 0   ? __builtin_nanf("")
                              : value == 1 ? __builtin_inff()
                                           : -__builtin_inff();
    Trainer *trainer = make("layers=9,12,3&batch=16&epochs=2&ramp=1&finetune=1", &broken, 1);
    TrainerEvent event;
    do
      event = trainer_advance(trainer);
    while (event == TRAINER_STEP);
    CHECK(event == TRAINER_DIVERGED, "value %d", value);
    uint32_t order[64], place = 0; /* sample 8 is the bad one */
    plain_order(trainer_config(trainer), 64, 1, order);
    while (order[place] != 8)
      place++;
    CHECK(trainer_state(trainer).diverged_step == place / 16 + 1, "step %llu, sample 8 is in %u",
          (unsigned long long)trainer_state(trainer).diverged_step, place / 16 + 1);
    trainer_free(trainer);
    dataset_free(&broken);
  }
  dataset_free(&dataset);
}

static void refuse(const char *text, const Dataset *dataset, uint32_t threads, Status wanted,
                   const char *word) {
  Config config = settings(text);
  Trainer *trainer = NULL;
  Error error = {STATUS_OK, ""};
  Status status = trainer_create(&config, dataset, threads, &trainer, &error);
  CHECK(status == wanted && error.status == wanted, "%s: %s", text, status_name(status));
  CHECK(strstr(error.text, word) != NULL, "%s: %s", text, error.text);
  CHECK(!trainer);
}

static void errors(void) {
  Dataset dataset;
  clouds(&dataset, 64, 20, 9, 3, 0);
  refuse("layers=8,4,3", &dataset, 1, STATUS_RANGE, "9 inputs");
  refuse("layers=9,4,2", &dataset, 1, STATUS_RANGE, "3 classes");
  refuse("layers=9,4,3&batch=65", &dataset, 1, STATUS_RANGE, "64 training samples");
  refuse("layers=9,16384,16384,3&batch=1", &dataset, 1, STATUS_RANGE, "MiB");
  Dataset wide;
  clouds(&wide, 128, 4, 100, 3, 0);
  refuse("layers=100,40,3&batch=128", &wide, 0, STATUS_RANGE, "thread");
  refuse("layers=100,40,3&batch=128", &wide, 1000, STATUS_RANGE, "thread");
  dataset_free(&wide);

  /* options in mid-run */
  Trainer *trainer = make("layers=9,4,3&batch=16&epochs=2&ramp=1&finetune=1", &dataset, 1);
  trainer_advance(trainer);
  Config before = *trainer_config(trainer);
  for (int k = 0; k < option_count; k++) {
    Error error = {STATUS_OK, ""};
    Text value = {0};
    config_print_value(&before, k, &value);
    Status status = trainer_set(trainer, option_table[k].key, text_string(&value), &error);
    if (option_table[k].flags & OPTION_LIVE)
      CHECK(!status, "%s: %s", option_table[k].key, error.text);
    else {
      CHECK(status == STATUS_STATE, "%s", option_table[k].key);
      CHECK(strstr(error.text, option_table[k].key) != NULL, "%s", error.text);
    }
    text_free(&value);
  }
  CHECK(trainer_set(trainer, "lambda", "-1", NULL) == STATUS_RANGE);
  CHECK(trainer_set(trainer, "lambda", "much", NULL) == STATUS_USAGE);
  CHECK(trainer_set(trainer, "lamda", "1", NULL) == STATUS_USAGE);
  CHECK(trainer_config(trainer)->lambda == before.lambda);
  trainer_free(trainer);

  /* widths that were open are the data's, and stay */
  trainer = make("data-dir=nowhere&batch=16&epochs=1&ramp=1&finetune=0", &dataset, 1);
  static const uint32_t widths[] = {9, 300, 100, 3};
  for (int turn = 0; turn < 2; turn++) {
    const Config *config = trainer_config(trainer);
    CHECK(config->layers == 3 && !memcmp(config->widths, widths, sizeof widths));
    CHECK(!trainer_set(trainer, "lambda", "0.25", NULL));
  }
  CHECK(trainer_config(trainer)->lambda == 0.25);
  trainer_free(trainer);
  trainer_free(NULL);
  dataset_free(&dataset);
}

/* What a run reports of the time before fine-tuning. */
static void phases(void) {
  Dataset dataset;
  clouds(&dataset, 64, 20, 9, 3, 0);
  static const char *const texts[] = {"epochs=3&finetune=2", "epochs=3&finetune=0",
                                      "epochs=0&finetune=3"};
  for (int k = 0; k < 3; k++) {
    char text[200];
    snprintf(text, sizeof text, "layers=9,12,3&batch=16&ramp=1&regularizer=l1&lambda=0.05&%s",
             texts[k]);
    Trainer *trainer = make(text, &dataset, 1);
    CHECK(trainer_state(trainer).last_loss != trainer_state(trainer).last_loss);
    double accuracy = trainer_evaluate(trainer);
    uint64_t nonzeros = 9 * 12 + 12 * 3;
    CHECK(trainer_state(trainer).test_accuracy == accuracy);
    TrainerEvent event;
    while ((event = trainer_advance(trainer)) != TRAINER_FINISHED && event != TRAINER_DIVERGED) {
      uint32_t count;
      const EpochRecord *records = trainer_records(trainer, &count);
      if (event == TRAINER_EPOCH && count <= 3 && k < 2) {
        accuracy = records[count - 1].test_accuracy;
        nonzeros = records[count - 1].nonzeros;
      }
    }
    TrainerState state = trainer_state(trainer);
    CHECK(event == TRAINER_FINISHED && state.epoch == state.epochs);
    CHECK(state.accuracy_before_finetune == accuracy, "%s", texts[k]);
    CHECK(state.nonzeros_before_finetune == nonzeros, "%s: %llu", texts[k],
          (unsigned long long)state.nonzeros_before_finetune);
    trainer_free(trainer);
  }
  dataset_free(&dataset);
}

/* Accuracy by asking for each test picture alone. */
static double asked_one_by_one(Trainer *trainer, const Dataset *dataset) {
  uint32_t correct = 0, inputs = dataset->inputs;
  float *sample = calloc(inputs, sizeof *sample), probabilities[5];
  if (!sample)
    abort();
  for (uint32_t k = 0; k < dataset->test.count; k++) {
    for (uint32_t i = 0; i < inputs; i++)
      sample[i] = (float)dataset->test.bytes[(size_t)k * inputs + i] * (1.0f / 255.0f);
    CHECK(!trainer_predict(trainer, sample, probabilities, NULL, NULL));
    uint32_t best = 0;
    for (uint32_t c = 1; c < dataset->classes; c++)
      best = probabilities[c] > probabilities[best] ? c : best;
    correct += best == dataset->test.labels[k];
  }
  free(sample);
  return 100.0 * correct / dataset->test.count;
}

/* Evaluations of mostly dark pictures, the first of which keeps their nonzeros for the others: in all
 * of a run's phases, begun in each of them, with an incomplete last slice. */
static void evaluations(void) {
  static const char *const texts[] = {"regularizer=none&epochs=3&finetune=0",
                                      "regularizer=l1&lambda=0.1&epochs=8&finetune=2"};
  Dataset dataset;
  clouds(&dataset, 140, 1200, 113, 5, 1);
  Samples *parts[] = {&dataset.train, &dataset.test};
  for (int p = 0; p < 2; p++)
    for (size_t k = 0; k < (size_t)parts[p]->count * 113; k++)
      if (k % 113 % 4 != parts[p]->labels[k / 113] % 4u)
        parts[p]->bytes[k] = 0;
  for (int text = 0; text < 2; text++)
    for (uint32_t unseen = 0; unseen < 100; unseen += 33)
      for (uint32_t threads = 1; threads <= 2; threads++) {
        char words[200];
        snprintf(words, sizeof words, "layers=113,151,5&batch=20&ramp=1&%s", texts[text]);
        Trainer *trainer = make(words, &dataset, threads);
        double least = 100;
        for (uint32_t n = 0; trainer_advance(trainer) != TRAINER_FINISHED; n++)
          if (n >= unseen && n % 5 == 0) {
            double accuracy = trainer_evaluate(trainer);
            CHECK(accuracy == asked_one_by_one(trainer, &dataset), "%s, after %u", words, n);
            CHECK(accuracy == trainer_evaluate(trainer), "%s, after %u, again", words, n);
            least = accuracy < least ? accuracy : least;
          }
        CHECK(unseen || least < 90, "%s: too easy to show anything, %.1f %%", words, least);
        trainer_free(trainer);
      }
  dataset_free(&dataset);
}

int main(int count, char **words) {
  check_start(count, words);
  traces();
  differences();
  all_same_bits();
  randomness();
  divergence();
  errors();
  phases();
  evaluations();
  return check_finish();
}
