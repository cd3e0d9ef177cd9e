/* wasm_api.c: the only exports of the WebAssembly builds that train (wasm_command.c, wasm_reader.c: two others). One instance holds one session: one
 * contender. Text results are UTF-8, valid until the next call that returns text. A negative int is
 * a Status; fg_error and fg_error_name then say more. Not thread-safe: one JavaScript thread calls.
 */
#include <emscripten.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "dataset.h"
#include "heatmap.h"
#include "host.h"
#include "layer_view.h"
#include "link.h"
#include "panel.h"
#include "report.h"

#define EXPORT EMSCRIPTEN_KEEPALIVE

static struct {
  Config config;
  int configured;
  Dataset dataset;
  uint8_t *files[4]; /* owned until the dataset is made */
  size_t sizes[4];
  uint32_t width, height;   /* of pictures that stay outside; 0: none do */
  uint32_t inputs, classes; /* of a table; 0: there is none */
  uint64_t hash;            /* of all the data; 0: not known yet */
  Trainer *trainer;
  Error error;
  Text text;
} session;

/* Frees what belongs to a run, not the settings. */
static void close_run(void) {
  trainer_free(session.trainer);
  session.trainer = NULL;
  dataset_free(&session.dataset);
  session.hash = 0;
}

static void drop_files(void) {
  for (int k = 0; k < 4; k++) {
    free(session.files[k]);
    session.files[k] = NULL;
    session.sizes[k] = 0;
  }
  session.width = session.height = session.inputs = session.classes = 0;
}

static const char *text_result(void) {
  return session.text.failed ? "" : text_string(&session.text);
}

static Status no_run(const char *operation) {
  return error_set(&session.error, STATUS_STATE, "%s: no run; call fg_start first", operation);
}

static const Layer *layer_at(int layer) {
  if (!session.trainer || layer < 0 || (uint32_t)layer >= trainer_network(session.trainer)->layers)
    return NULL;
  return &trainer_network(session.trainer)->layer[layer];
}

/* The engine's version: raised whenever bits of results change. */
EXPORT const char *fg_version(void) { return ENGINE_VERSION; }

/* The option table, regularizers, datasets and presets as JSON (config.h). */
EXPORT const char *fg_options(void) {
  text_clear(&session.text);
  options_json(&session.text);
  return text_result();
}

EXPORT const char *fg_error(void) { return session.error.text; }
EXPORT const char *fg_error_name(void) { return status_name(session.error.status); }

/* Memory for files and pictures; NULL: none left. */
EXPORT void *fg_allocate(size_t size) { return malloc(size ? size : 1); }
EXPORT void fg_release(void *memory) { free(memory); }

/* Settings of the next run, "key=value&...", defaults for the rest. On error the old ones stay. */
EXPORT int fg_configure(const char *settings) {
  Config config;
  config_default(&config);
  Status status = config_parse(&config, settings, &session.error);
  if (!status)
    status = config_resolve(&config, &session.error);
  if (status)
    return status;
  session.config = config;
  session.configured = 1;
  return STATUS_OK;
}

/* The settings, resolved, as a JSON object. */
EXPORT const char *fg_settings(void) {
  text_clear(&session.text);
  config_json(session.trainer ? trainer_config(session.trainer) : &session.config, &session.text);
  return text_result();
}

/* The settings that differ from the defaults as "key=value&...". */
EXPORT const char *fg_link(void) {
  text_clear(&session.text);
  config_print(session.trainer ? trainer_config(session.trainer) : &session.config, &session.text);
  return text_result();
}

/* A whole link (link.h) of `length` bytes, read leniently, as JSON. "" when out of memory. */
EXPORT const char *fg_link_parse(const char *link, size_t length) {
  Link parsed;
  text_clear(&session.text);
  if (link_parse(link, length, &parsed, &session.error))
    return "";
  link_json(&parsed, &session.text);
  link_free(&parsed);
  return text_result();
}

/* The same link as the engine writes it: "#v=1&...", without defaults and what it cannot use. */
EXPORT const char *fg_link_print(const char *link, size_t length) {
  Link parsed;
  text_clear(&session.text);
  if (link_parse(link, length, &parsed, &session.error))
    return "";
  link_print(&parsed, &session.text);
  link_free(&parsed);
  return text_result();
}

/* A remark on surprising settings, or "". */
EXPORT const char *fg_remark(void) {
  const char *remark = config_remark(&session.config);
  return remark ? remark : "";
}

/* Checks the configured layers against what is known of the data set before it is there. */
EXPORT int fg_fits(void) { return config_fit_known(&session.config, &session.error); }

/* 1 when the dataset comes from four files (fg_data_file): IDX files, or a table (fg_data_table) where
 * data-dir names a CSV file; 0: the engine generates it. */
EXPORT int fg_data_needs_files(void) {
  return session.config.data_folder[0] || !dataset_table[(int)session.config.data].generated;
}

/* Hands over file `which` (training images, labels, test images, labels), memory from fg_allocate,
 * which the engine then owns. */
EXPORT int fg_data_file(int which, uint8_t *data, size_t size) {
  if (which < 0 || which > 3)
    return error_set(&session.error, STATUS_RANGE, "there is no data file %d", which);
  free(session.files[which]);
  session.files[which] = data;
  session.sizes[which] = size;
  return STATUS_OK;
}

/* Instead of the files 0 and 2: the pictures, width x height, stay outside (dataset.h); Module.host
 * fetches them. Those of the test part must be there when fg_start evaluates them. */
EXPORT int fg_data_outside(int width, int height) {
  if (width < 1 || height < 1 || width > DATASET_INPUTS_MAXIMUM || height > DATASET_INPUTS_MAXIMUM)
    return error_set(&session.error, STATUS_RANGE, "there are no pictures of %d x %d", width,
                     height);
  session.width = (uint32_t)width;
  session.height = (uint32_t)height;
  return STATUS_OK;
}

/* The files 0 and 2 are samples [count][inputs] of a table, float32, and 1 and 3 their labels below `classes`: what
 * wasm_reader.c made of a CSV file. */
EXPORT int fg_data_table(int inputs, int classes) {
  if (inputs < 1 || inputs > DATASET_INPUTS_MAXIMUM || classes < 2 ||
      classes > DATASET_CLASSES_MAXIMUM)
    return error_set(&session.error, STATUS_RANGE, "there is no table of %d inputs and %d classes",
                     inputs, classes);
  session.inputs = (uint32_t)inputs;
  session.classes = (uint32_t)classes;
  return STATUS_OK;
}

static Status data_from_files(Error *error) {
  const uint8_t *const *files = (const uint8_t *const *)session.files;
  if (dataset_is_csv(session.config.data_folder)) {
    if (session.inputs && files[0] && files[1] && files[2] && files[3])
      return dataset_from_values(files, session.sizes, session.inputs, session.classes,
                                 &session.dataset, error);
    return error_set(error, STATUS_STATE, "the data file %.160s is missing",
                     session.config.data_folder);
  }
  if (session.width && files[1] && files[3]) {
    const uint8_t *labels[2] = {files[1], files[3]};
    const size_t sizes[2] = {session.sizes[1], session.sizes[3]};
    const char *names[2] = {dataset_idx_names[1], dataset_idx_names[3]};
    return dataset_from_labels(labels, sizes, names, session.width, session.height,
                               &session.dataset, error);
  }
  for (int k = 0; k < 4; k++)
    if (!files[k])
      return error_set(error, STATUS_STATE, "the data file %s is missing", dataset_idx_names[k]);
  return dataset_from_idx(files, session.sizes, dataset_idx_names, &session.dataset, error);
}

/* Makes the data, the network and the trainer; evaluates once. Any run before is gone. */
EXPORT int fg_start(int threads) {
  Error *error = &session.error;
  if (!session.configured)
    return error_set(error, STATUS_STATE, "fg_start: call fg_configure first");
  if (threads < 1)
    return error_set(error, STATUS_RANGE, "threads is %d; it must be 1 or more", threads);
  close_run();
  int row = (int)session.config.data;
  Status status;
  if (!session.config.data_folder[0] && dataset_table[row].generated)
    status = dataset_generate(row, (uint64_t)session.config.seed, &session.dataset, error);
  else {
    status = data_from_files(error);
    if (status == STATUS_STATE) /* files may still come */
      return status;
    drop_files();
  }
  if (!status && session.config.train_size > 0)
    status = dataset_subset(&session.dataset, (uint32_t)session.config.train_size,
                            (uint64_t)session.config.seed, error);
  if (!status)
    status = trainer_create(&session.config, &session.dataset, (uint32_t)threads, &session.trainer,
                            error);
  if (status) {
    close_run();
    return status;
  }
  double accuracy = trainer_evaluate(session.trainer);
  if (accuracy != accuracy) { /* NaN */
    close_run();
    return error_set(error, STATUS_STATE, "the test pictures have not arrived yet");
  }
  return STATUS_OK;
}

/* Begins the run again with the settings of the last fg_configure on the data of the last fg_start.
 * STATUS_STATE when data or seed of the data changed: call fg_start. On these errors, and where the
 * settings don't fit the data, the old run is still there. */
EXPORT int fg_restart(int threads) {
  Error *error = &session.error;
  if (!session.trainer)
    return no_run("fg_restart");
  const Config *old = trainer_config(session.trainer);
  int generated = !old->data_folder[0] && dataset_table[(int)old->data].generated;
  if (strcmp(old->data_folder, session.config.data_folder) || old->data != session.config.data ||
      old->train_size != session.config.train_size ||
      ((generated || old->train_size > 0) && old->seed != session.config.seed))
    return error_set(error, STATUS_STATE, "the data changed; call fg_start");
  if (threads < 1)
    return error_set(error, STATUS_RANGE, "threads is %d; it must be 1 or more", threads);
  /* A trial of one thread shows whether the settings are fine. The old run must be gone before the
   * new one starts its threads: a page has no more workers than one run needs, and would wait for
   * ever. */
  Trainer *trainer;
  Status status = trainer_create(&session.config, &session.dataset, 1, &trainer, error);
  if (status)
    return status;
  if (trainer_threads(session.trainer) > 1 || threads > 1) {
    trainer_free(trainer);
    trainer_free(session.trainer);
    session.trainer = NULL;
    status = trainer_create(&session.config, &session.dataset, (uint32_t)threads, &trainer, error);
    if (status)
      return status;
  }
  trainer_free(session.trainer);
  session.trainer = trainer;
  trainer_evaluate(trainer);
  return STATUS_OK;
}

/* The run as it stands, *size bytes that fg_release frees (trainer_save); NULL: see fg_error. */
EXPORT void *fg_save(size_t *size) {
  uint8_t *bytes = NULL;
  if (!session.trainer)
    no_run("fg_save");
  else
    trainer_save(session.trainer, &bytes, size, &session.error);
  return bytes;
}

/* Puts the run where fg_save was called; settings and data are those of that run. */
EXPORT int fg_restore(const uint8_t *bytes, size_t size) {
  if (!session.trainer)
    return no_run("fg_restore");
  return trainer_restore(session.trainer, bytes, size, &session.error);
}

/* Puts weights from a file (wasm_reader.c) into the run at step 0, which is over then: its network is only looked at.
 * widths [count]: as the option layers has them; values: layer after layer its weights [outputs][inputs], then its biases. */
EXPORT int fg_load_weights(const uint32_t *widths, int count, const float *values,
                           const char *name) {
  if (!session.trainer)
    return no_run("fg_load_weights");
  const Network *network = trainer_network(session.trainer);
  int same = count >= 0 && (uint32_t)count == network->layers + 1;
  for (uint32_t l = 0; same && l < network->layers; l++)
    same = network->layer[l].inputs == widths[l] && network->layer[l].outputs == widths[l + 1];
  if (!same)
    return error_set(&session.error, STATUS_RANGE,
                     "%.160s is of a network of other layers than this run's", name);
  Network *target = trainer_end(session.trainer);
  if (!target)
    return error_set(&session.error, STATUS_STATE, "the run is past step 0; start it anew");
  Checkpoint checkpoint = {.layers = target->layers};
  for (uint32_t l = 0; l < target->layers; l++) {
    CheckpointLayer *layer = &checkpoint.layer[l];
    layer->inputs = widths[l];
    layer->outputs = widths[l + 1];
    layer->weights = (const uint8_t *)values;
    values += (size_t)layer->outputs * layer->inputs;
    layer->bias = (const uint8_t *)values;
    values += layer->outputs;
  }
  Status status = checkpoint_load(&checkpoint, target, &session.error);
  if (!status)
    trainer_evaluate(session.trainer);
  return status;
}

/* One unit of work; returns a TrainerEvent (0 step, 1 evaluation slice, 2 epoch, 3 finished, 4
 * diverged, 5 pictures from outside have not arrived). */
EXPORT int fg_advance(void) {
  return session.trainer ? (int)trainer_advance(session.trainer) : (int)no_run("fg_advance");
}

/* Changes a live option from the next step on. */
EXPORT int fg_set(const char *key, const char *value) {
  if (!session.trainer)
    return no_run("fg_set");
  return trainer_set(session.trainer, key, value, &session.error);
}

/* Where the run stands, JSON. "" without a run. */
EXPORT const char *fg_metrics(void) {
  text_clear(&session.text);
  if (session.trainer)
    report_metrics(session.trainer, &session.text);
  return text_result();
}

/* The epochs' records from index `first` on, a JSON array. */
EXPORT const char *fg_epochs(int first) {
  text_clear(&session.text);
  text_add(&session.text, "[");
  if (session.trainer) {
    uint32_t count;
    const EpochRecord *records = trainer_records(session.trainer, &count);
    for (uint32_t k = first < 0 ? 0 : (uint32_t)first, some = 0; k < count; k++, some = 1) {
      text_add(&session.text, some ? "," : "");
      report_epoch(&records[k], trainer_network(session.trainer)->layers, NULL, &session.text);
    }
  }
  text_add(&session.text, "]");
  return text_result();
}

/* 16 hex digits of the present parameters. */
EXPORT const char *fg_fingerprint(void) {
  text_clear(&session.text);
  if (session.trainer)
    text_add(&session.text, "%016" PRIx64, analysis_fingerprint(trainer_network(session.trainer)));
  return text_result();
}

EXPORT int fg_layers(void) {
  return session.trainer ? (int)trainer_network(session.trainer)->layers : 0;
}
EXPORT int fg_rows(int layer) {
  const Layer *at = layer_at(layer);
  return at ? (int)at->outputs : 0;
}
EXPORT int fg_columns(int layer) {
  const Layer *at = layer_at(layer);
  return at ? (int)at->inputs : 0;
}

/* A layer's weights as a picture (heatmap.h), rgba [height][width][4]. */
EXPORT int fg_heatmap(int layer, int width, int height, float scale, uint8_t *rgba, int theme) {
  const Layer *at = layer_at(layer);
  if (!at || width < 1 || height < 1 || width > 16384 || height > 16384 || !(scale > 0) ||
      theme < 0 || theme > 1)
    return error_set(&session.error, STATUS_RANGE, "fg_heatmap: no layer %d, or a bad size", layer);
  heatmap_draw(at->weights, at->outputs, at->inputs, NULL, NULL, (uint32_t)width, (uint32_t)height,
               scale, (HeatmapTheme)theme, rgba);
  return STATUS_OK;
}

EXPORT int fg_legend(int width, int height, uint8_t *rgba, int theme) {
  if (width < 1 || height < 1 || width > 16384 || height > 16384 || theme < 0 ||
      theme >= HEATMAP_THEMES)
    return error_set(&session.error, STATUS_RANGE, "fg_legend: a bad size");
  heatmap_legend((uint32_t)width, (uint32_t)height, (HeatmapTheme)theme, rgba);
  return STATUS_OK;
}

/* A layer's weights, row-major [rows][columns]. */
EXPORT int fg_weights(int layer, float *out) {
  const Layer *at = layer_at(layer);
  if (!at)
    return error_set(&session.error, STATUS_RANGE, "fg_weights: no layer %d", layer);
  panel_to_rows(at->weights, at->outputs, at->inputs, out);
  return STATUS_OK;
}

/* A layer's biases, [rows]. */
EXPORT int fg_biases(int layer, float *out) {
  const Layer *at = layer_at(layer);
  if (!at)
    return error_set(&session.error, STATUS_RANGE, "fg_biases: no layer %d", layer);
  memcpy(out, at->bias, at->outputs * sizeof *out);
  return STATUS_OK;
}

/* The penalty's present slope per weight, row-major: positive shrinks, negative grows. */
EXPORT int fg_slopes(int layer, float *out) {
  if (!layer_at(layer))
    return error_set(&session.error, STATUS_RANGE, "fg_slopes: no layer %d", layer);
  return trainer_slopes(session.trainer, (uint32_t)layer, out, &session.error);
}

/* The bits of |w|. */
static uint32_t magnitude(float w) {
  uint32_t bits;
  memcpy(&bits, &w, sizeof bits);
  return bits & 0x7fffffff;
}

/* The |w| (as the bits of a float, which sort like it) of the `limit`-th strongest nonzero, in
 * *bits; *ties: how many of exactly that strength are among the strongest. 0, 0 when all fit. */
static void strongest(const Layer *layer, uint32_t limit, uint32_t *bits, uint32_t *ties) {
  static uint32_t counts[1 << 16];
  uint32_t left = limit, high = 0;
  *bits = *ties = 0;
  for (int half = 1; half >= 0; half--) { /* the upper 16 bits first, then the lower ones there */
    memset(counts, 0, sizeof counts);
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs; i++) {
        uint32_t size = magnitude(layer->weights[panel_index(layer->outputs, o, i)]);
        if (size && half)
          counts[size >> 16]++;
        else if (size && size >> 16 == high)
          counts[size & 0xffff]++;
      }
    uint32_t bin = 0xffff;
    while (bin && counts[bin] < left)
      left -= counts[bin--];
    if (half && !bin && counts[0] < left) /* fewer nonzeros than the limit */
      return;
    if (half)
      high = bin;
    else
      *bits = high << 16 | bin;
  }
  *ties = left;
}

/* The at most `limit` strongest nonzeros of a layer, row by row: cells[k] = row * columns + column,
 * weights[k]. Among equals the first ones. Returns how many. */
EXPORT int fg_edges(int layer, int limit, uint32_t *cells, float *weights) {
  const Layer *at = layer_at(layer);
  if (!at || limit < 0)
    return error_set(&session.error, STATUS_RANGE, "fg_edges: no layer %d, or a bad limit", layer);
  uint32_t least, ties;
  int count = 0;
  if (limit == 0)
    return 0;
  strongest(at, (uint32_t)limit, &least, &ties);
  for (uint32_t o = 0; o < at->outputs; o++)
    for (uint32_t i = 0; i < at->inputs; i++) {
      float w = at->weights[panel_index(at->outputs, o, i)];
      uint32_t size = magnitude(w);
      if (size == 0 || size < least || (size == least && ties == 0))
        continue;
      if (size == least)
        ties--;
      cells[count] = o * at->inputs + i;
      weights[count++] = w;
    }
  return count;
}

/* alive[o] = 1 for the hidden units of a layer that are on some path (analysis.h), else 0. */
EXPORT int fg_live_units(int layer, uint8_t *alive) {
  if (!layer_at(layer))
    return error_set(&session.error, STATUS_RANGE, "fg_live_units: no layer %d", layer);
  return analysis_live_units(trainer_network(session.trainer), (uint32_t)layer, alive,
                             &session.error);
}

/* The data as JSON: inputs, classes, width and height of a picture (0: no pictures), train and test
 * samples, hash (16 hex digits, dataset_whole_hash; zeros while pictures have not arrived). "" without
 * a run. */
EXPORT const char *fg_dataset(void) {
  text_clear(&session.text);
  if (session.trainer && !session.hash)
    dataset_whole_hash(&session.dataset, &session.hash, NULL);
  if (session.trainer)
    dataset_json(&session.dataset, session.hash, &session.text);
  return text_result();
}

/* The inputs of test sample `index`; returns its label. */
EXPORT int fg_sample(int index, float *inputs) {
  if (!session.trainer)
    return no_run("fg_sample");
  const Samples *test = &session.dataset.test;
  if (index < 0 || (uint32_t)index >= test->count)
    return error_set(&session.error, STATUS_RANGE, "there is no test sample %d", index);
  size_t first = (size_t)index * session.dataset.inputs;
  const uint8_t *pixels = test->bytes ? test->bytes + first : NULL;
  uint8_t *room = test->outside ? malloc(session.dataset.inputs) : NULL;
  if (test->outside && (!room || !host_fetch_pictures(test->part, test->outside + index, 1,
                                                      session.dataset.inputs, room))) {
    free(room);
    return error_set(&session.error, STATUS_STATE, "test sample %d has not arrived yet", index);
  }
  pixels = room ? room : pixels;
  for (uint32_t i = 0; i < session.dataset.inputs; i++)
    inputs[i] = pixels ? (float)pixels[i] * (1 / 255.0f) : test->values[first + i];
  free(room);
  return test->labels[index];
}

/* Probabilities of the classes for one sample, and what the hidden units give (NULL: not asked). */
EXPORT int fg_predict(const float *inputs, float *probabilities, float *hidden) {
  if (!session.trainer)
    return no_run("fg_predict");
  return trainer_predict(session.trainer, inputs, probabilities, hidden, &session.error);
}

/* --- views of a layer (layer_view.h) --------------------------------------------------------------
 * kind: 0 the weights, 1 the pull of the penalty at full strength where weights are not zero. order:
 * 0 as they are, 1 rows and columns by strength of the weights. ink: -1 all colours, else 0xRRGGBB,
 * in which exact zeros alone are drawn. */

static int bad_picture(const char *operation, int width, int height, float scale, int theme) {
  if (width >= 1 && height >= 1 && width <= 16384 && height <= 16384 && scale > 0 && theme >= 0 &&
      theme < HEATMAP_THEMES)
    return 0;
  return error_set(&session.error, STATUS_RANGE, "%s: a bad size, scale or theme", operation);
}

static uint32_t ink_of(int ink) { return ink < 0 ? HEATMAP_NO_INK : (uint32_t)ink; }

/* A matrix with the orders that it owns; `values` of what the strength is. */
static Status open_matrix(HeatmapMatrix *matrix, int order) {
  if (!order)
    return STATUS_OK;
  uint32_t *orders = malloc(((size_t)matrix->rows + matrix->columns) * sizeof *orders);
  if (!orders)
    return error_set(&session.error, STATUS_MEMORY, "out of memory for an order");
  Status status = layer_view_order(matrix->weights ? matrix->weights : matrix->values, matrix->rows,
                                   matrix->columns, orders, orders + matrix->rows, &session.error);
  if (status) {
    free(orders);
    return status;
  }
  matrix->row_order = orders;
  matrix->column_order = orders + matrix->rows;
  return STATUS_OK;
}

static void close_matrix(HeatmapMatrix *matrix) { free((void *)matrix->row_order); }

/* The layer's slopes at full strength in the layout of panel.h; NULL on error. */
static float *slopes_of(int layer) {
  const Layer *at = layer_at(layer);
  size_t cells = (size_t)at->outputs * at->inputs, floats = panel_floats(at->outputs, at->inputs);
  float *memory = malloc((cells + floats) * sizeof *memory);
  if (!memory) {
    error_set(&session.error, STATUS_MEMORY, "out of memory for the slopes of layer %d", layer);
    return NULL;
  }
  if (trainer_slopes(session.trainer, (uint32_t)layer, memory + floats, &session.error)) {
    free(memory);
    return NULL;
  }
  panel_from_rows(memory + floats, at->outputs, at->inputs, memory);
  return memory;
}

/* Draws a layer, rgba [height][width][4]. summary [6], of kind 1: how many nonzero weights are
 * shrunk, let grow and left, the least and the greatest slope and the mean of |slope|. rgba may be
 * NULL: only the summary. */
EXPORT int fg_picture(int layer, int kind, int order, int ink, int width, int height, float scale,
                      int theme, uint8_t *rgba, double *summary) {
  const Layer *at = layer_at(layer);
  if (!at || kind < 0 || kind > 1)
    return error_set(&session.error, STATUS_RANGE, "fg_picture: no layer %d, or no kind %d", layer,
                     kind);
  if (bad_picture("fg_picture", width, height, scale, theme))
    return STATUS_RANGE;
  float *slopes = kind == 1 ? slopes_of(layer) : NULL;
  if (kind == 1 && !slopes)
    return session.error.status;
  HeatmapMatrix matrix = {at->outputs, at->inputs, at->weights, NULL, NULL, NULL};
  if (slopes) {
    matrix.values = slopes;
    matrix.weights = at->weights;
    PullSummary pull = layer_view_pull(slopes, at->weights, at->outputs, at->inputs);
    memcpy(summary, &pull, sizeof pull);
  }
  Status status = rgba ? open_matrix(&matrix, order) : STATUS_OK;
  if (rgba && !status) {
    heatmap_view(&matrix, (uint32_t)width, (uint32_t)height, scale, (HeatmapTheme)theme,
                 ink_of(ink), rgba);
    close_matrix(&matrix);
  }
  free(slopes);
  return status;
}

/* The first `count` units of a layer, those on some path first (among them, and among the others,
 * by strength where order is 1), each by its inputs as a picture of `columns` cells a line: tiles of
 * tile_width x tile_height pixels, `across` side by side, `gap` pixels apart, on `ground`
 * (0xRRGGBB). units [count]: which unit stands where. Returns how many of all are on some path. */
EXPORT int fg_fields(int layer, int order, int ink, int count, int across, int gap, int tile_width,
                     int tile_height, int columns, float scale, int theme, int ground,
                     uint8_t *rgba, uint32_t *units) {
  const Layer *at = layer_at(layer);
  if (!at || count < 1 || (uint32_t)count > at->outputs || across < 1 || across > count ||
      gap < 0 || gap > 256 || columns < 1 || columns > 16384)
    return error_set(&session.error, STATUS_RANGE, "fg_fields: no layer %d, or a bad grid", layer);
  if (bad_picture("fg_fields", tile_width, tile_height, scale, theme))
    return STATUS_RANGE;
  FieldGrid grid = {(uint32_t)count,      (uint32_t)across,      (uint32_t)gap,
                    (uint32_t)tile_width, (uint32_t)tile_height, (uint32_t)columns};
  if (field_grid_width(&grid) > 16384 || field_grid_height(&grid) > 16384)
    return error_set(&session.error, STATUS_RANGE, "fg_fields: a bad size");
  HeatmapMatrix matrix = {at->outputs, at->inputs, at->weights, NULL, NULL, NULL};
  uint8_t *alive = malloc(at->outputs);
  uint32_t *all = malloc(at->outputs * sizeof *all);
  Status status = STATUS_OK;
  uint32_t placed = 0, living = 0;
  if (!alive || !all)
    status = error_set(&session.error, STATUS_MEMORY, "out of memory for the fields");
  else if ((uint32_t)layer + 1 < trainer_network(session.trainer)->layers)
    status = analysis_live_units(trainer_network(session.trainer), (uint32_t)layer, alive,
                                 &session.error);
  else
    memset(alive, 1, at->outputs); /* outputs are always there */
  if (!status)
    status = open_matrix(&matrix, order);
  if (!status) {
    for (int life = 1; life >= 0; life--)
      for (uint32_t k = 0; k < at->outputs; k++) {
        uint32_t unit = matrix.row_order ? matrix.row_order[k] : k;
        living += life && alive[unit];
        if (alive[unit] == life)
          all[placed++] = unit;
      }
    memcpy(units, all, (size_t)count * sizeof *units);
    layer_view_fields(at->weights, at->outputs, at->inputs, units, alive, &grid, scale,
                      (HeatmapTheme)theme, (uint32_t)ground & 0xffffff, ink_of(ink), rgba);
    close_matrix(&matrix);
  }
  free(all);
  free(alive);
  return status ? (int)status : (int)living;
}

/* Rows and columns from where on the picture a cell is looked for. */
static int bad_span(uint32_t rows, uint32_t columns, const int *span) {
  if (span[0] >= 0 && span[0] < span[1] && (uint32_t)span[1] <= rows && span[2] >= 0 &&
      span[2] < span[3] && (uint32_t)span[3] <= columns)
    return 0;
  return error_set(&session.error, STATUS_RANGE, "there are no such cells");
}

/* The index of the strongest cell of the span in matrix's order; the first one where all are zero.
 */
static Status find_cell(HeatmapMatrix *matrix, int order, const int *span, uint32_t *row,
                        uint32_t *column) {
  Status status = open_matrix(matrix, order);
  if (status)
    return status;
  size_t at = heatmap_strongest(matrix, (uint32_t)span[0], (uint32_t)span[1], (uint32_t)span[2],
                                (uint32_t)span[3]);
  if (at == SIZE_MAX) {
    *row = matrix->row_order ? matrix->row_order[span[0]] : (uint32_t)span[0];
    *column = matrix->column_order ? matrix->column_order[span[2]] : (uint32_t)span[2];
  } else {
    *row = (uint32_t)(at / 16 % matrix->rows);
    *column = (uint32_t)(at / 16 / matrix->rows * 16 + at % 16);
  }
  close_matrix(matrix);
  return STATUS_OK;
}

/* One cell of a layer: of those at the places span [4] (first row, end, first column, end; in the
 * order) the strongest. out [4]: row, column, weight, slope at full strength. */
EXPORT int fg_cell(int layer, int order, const int *span, double *out) {
  const Layer *at = layer_at(layer);
  if (!at)
    return error_set(&session.error, STATUS_RANGE, "fg_cell: no layer %d", layer);
  if (bad_span(at->outputs, at->inputs, span))
    return STATUS_RANGE;
  HeatmapMatrix matrix = {at->outputs, at->inputs, at->weights, NULL, NULL, NULL};
  uint32_t row, column;
  Status status = find_cell(&matrix, order, span, &row, &column);
  float *slopes = status ? NULL : slopes_of(layer);
  if (!slopes)
    return session.error.status;
  size_t index = panel_index(at->outputs, row, column);
  out[0] = row;
  out[1] = column;
  out[2] = at->weights[index];
  out[3] = slopes[index];
  free(slopes);
  return STATUS_OK;
}

/* Counts of log2|w| in `bins` bins from `low` to `high` (analysis.h). Returns the zeros. */
EXPORT int fg_histogram(int layer, float low, float high, int bins, uint32_t *counts) {
  const Layer *at = layer_at(layer);
  if (!at || bins < 1 || bins > 4096 || !(low < high))
    return error_set(&session.error, STATUS_RANGE, "fg_histogram: no layer %d, or bad bins", layer);
  uint32_t zeros;
  analysis_histogram(at, low, high, (uint32_t)bins, counts, &zeros);
  return (int)zeros;
}

/* Two row-major matrices in the layout of panel.h, and their difference: [3] of panel_floats. */
static float *panels_of(int rows, int columns, const float *first, const float *second) {
  size_t floats = panel_floats((uint32_t)rows, (uint32_t)columns);
  float *panels = malloc(3 * floats * sizeof *panels);
  if (!panels) {
    error_set(&session.error, STATUS_MEMORY, "out of memory for a comparison");
    return NULL;
  }
  panel_from_rows(first, (uint32_t)rows, (uint32_t)columns, panels);
  panel_from_rows(second, (uint32_t)rows, (uint32_t)columns, panels + floats);
  for (size_t k = 0; k < floats; k++)
    panels[2 * floats + k] = panels[k] - panels[floats + k];
  return panels;
}

static int bad_shape(int rows, int columns) {
  if (rows >= 1 && columns >= 1 && (uint64_t)rows * (uint64_t)columns <= 1 << 26)
    return 0;
  return error_set(&session.error, STATUS_RANGE, "%d x %d is no matrix to compare", rows, columns);
}

/* Compares two row-major matrices, of whatever run: `difference` (first - second) and `kept` (who
 * has a nonzero where; colours [4] for neither, first, second, both), both rgba
 * [height][width][4]. order: 1 by strength of the difference. summary [6]: nonzero in both, in the
 * first alone, in the second alone, in neither; equal; the largest |difference|. */
EXPORT int fg_compare(int rows, int columns, const float *first, const float *second, int order,
                      int ink, int width, int height, float scale, int theme,
                      const uint32_t *colours, uint8_t *difference, uint8_t *kept,
                      double *summary) {
  if (bad_shape(rows, columns) || bad_picture("fg_compare", width, height, scale, theme))
    return STATUS_RANGE;
  float *panels = panels_of(rows, columns, first, second);
  if (!panels)
    return session.error.status;
  size_t floats = panel_floats((uint32_t)rows, (uint32_t)columns);
  HeatmapMatrix matrix = {(uint32_t)rows, (uint32_t)columns, panels + 2 * floats, NULL, NULL, NULL};
  Status status = open_matrix(&matrix, order);
  if (!status) {
    heatmap_view(&matrix, (uint32_t)width, (uint32_t)height, scale, (HeatmapTheme)theme,
                 ink_of(ink), difference);
    matrix.values = panels;
    layer_view_kept(&matrix, panels + floats, (uint32_t)width, (uint32_t)height, colours, kept);
    Comparison comparison =
        layer_view_compare(panels, panels + floats, (uint32_t)rows, (uint32_t)columns);
    memcpy(summary, &comparison, sizeof comparison);
    close_matrix(&matrix);
  }
  free(panels);
  return status;
}

/* One cell of two matrices: of those at the places span [4] the one of the largest difference. out
 * [4]: row, column, first, second. */
EXPORT int fg_compare_cell(int rows, int columns, const float *first, const float *second,
                           int order, const int *span, double *out) {
  if (bad_shape(rows, columns) || bad_span((uint32_t)rows, (uint32_t)columns, span))
    return STATUS_RANGE;
  float *panels = panels_of(rows, columns, first, second);
  if (!panels)
    return session.error.status;
  HeatmapMatrix matrix = {(uint32_t)rows,
                          (uint32_t)columns,
                          panels + 2 * panel_floats((uint32_t)rows, (uint32_t)columns),
                          NULL,
                          NULL,
                          NULL};
  uint32_t row, column;
  Status status = find_cell(&matrix, order, span, &row, &column);
  if (!status) {
    size_t index = (size_t)row * (size_t)columns + column;
    out[0] = row;
    out[1] = column;
    out[2] = first[index];
    out[3] = second[index];
  }
  free(panels);
  return status;
}

/* What 32 bits can address with room to work in. */
enum { PENALTY_CELLS_MAXIMUM = 1 << 26 };

/* Value, gradient and slope (either may be NULL) of a regularizer for a row-major matrix; the value
 * is written to *value. settings as for fg_configure: regularizer, order, mix. */
EXPORT int fg_penalty(const char *settings, int rows, int columns, const float *w, double *value,
                      float *gradient, float *slope) {
  Config config;
  Kernels kernels;
  config_default(&config);
  Status status = config_parse(&config, settings, &session.error);
  if (!status)
    status = config_resolve(&config, &session.error);
  if (!status && (rows < 1 || columns < 1))
    status = error_set(&session.error, STATUS_RANGE, "a matrix needs rows and columns");
  if (!status && (uint64_t)rows * (uint64_t)columns > PENALTY_CELLS_MAXIMUM)
    status =
        error_set(&session.error, STATUS_RANGE, "%d x %d is too large a matrix", rows, columns);
  if (!status)
    status = kernels_best(&kernels, &session.error);
  RegularizerParameters parameters = {config.order, config.mix};
  if (!status)
    status = regularizer_evaluate(&regularizer_table[(int)config.regularizer], &parameters,
                                  &kernels, w, (uint32_t)rows, (uint32_t)columns, value, gradient,
                                  slope, &session.error);
  return status;
}
