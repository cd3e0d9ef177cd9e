/* wasm_api.c: the only exports of the WebAssembly builds. One instance holds one session: one
 * contender. Text results are UTF-8, valid until the next call that returns text. A negative int is
 * a Status; fg_error and fg_error_name then say more. Not thread-safe: one JavaScript thread calls.
 */
#include <emscripten.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "dataset.h"
#include "heatmap.h"
#include "host.h"
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
  uint32_t width, height; /* of pictures that stay outside; 0: none do */
  uint64_t hash;          /* of all the data; 0: not known yet */
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
  session.width = session.height = 0;
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

/* How many files the dataset comes from (fg_data_file): four IDX files; one that data-dir names and
 * that is a CSV file; 0: the engine generates it. */
EXPORT int fg_data_needs_files(void) {
  if (session.config.data_folder[0])
    return dataset_is_csv(session.config.data_folder) ? 1 : 4;
  return dataset_table[(int)session.config.data].generated ? 0 : 4;
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

static Status data_from_files(Error *error) {
  const uint8_t *const *files = (const uint8_t *const *)session.files;
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
  if (dataset_is_csv(session.config.data_folder)) {
    if (!session.files[0])
      return error_set(error, STATUS_STATE, "the data file %.160s is missing",
                       session.config.data_folder);
    status = dataset_from_csv(session.files[0], session.sizes[0], session.config.data_folder,
                              &session.dataset, NULL, error);
    drop_files();
  } else if (!session.config.data_folder[0] && dataset_table[row].generated)
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
  if (width < 1 || height < 1 || width > 16384 || height > 16384 || theme < 0 || theme > 1)
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

static void dataset_json(const Dataset *data, uint64_t hash, Text *text) {
  text_add(text,
           "{\"inputs\":%" PRIu32 ",\"classes\":%" PRIu32 ",\"width\":%" PRIu32
           ",\"height\":%" PRIu32 ",\"train\":%" PRIu32 ",\"test\":%" PRIu32
           ",\"hash\":\"%016" PRIx64 "\"}",
           data->inputs, data->classes, data->width, data->height, data->train.count,
           data->test.count, hash);
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

/* ---- Files of one's own ------------------------------------------------------------------------
 */

static struct {
  Dataset dataset;
  CsvReport report;
  int csv;
} import;

/* Frees what fg_import made. */
EXPORT void fg_import_end(void) { dataset_free(&import.dataset); }

/* Makes a data set of the files handed over by fg_data_file, which are gone afterwards: kind 0 four
 * IDX files, 1 a pair of them (the first two), 2 a CSV file (the first). names[k] is what errors call
 * file k. It stays until fg_import_end or the next call; no run is touched. */
EXPORT int fg_import(int kind, const char *const *names) {
  const uint8_t *const *files = (const uint8_t *const *)session.files;
  Status status;
  fg_import_end();
  import.csv = kind == 2;
  for (int k = 0; k < (kind == 2 ? 1 : kind == 1 ? 2 : 4); k++)
    if (!session.files[k])
      return error_set(&session.error, STATUS_STATE, "%.160s was not handed over", names[k]);
  if (kind == 2)
    status = dataset_from_csv(files[0], session.sizes[0], names[0], &import.dataset, &import.report,
                              &session.error);
  else if (kind == 1)
    status = dataset_from_idx_pair(files, session.sizes, names, &import.dataset, &session.error);
  else
    status = dataset_from_idx(files, session.sizes, names, &import.dataset, &session.error);
  drop_files();
  return status;
}

/* What fg_import made, JSON: as fg_dataset, and "csv": what was understood of the file, or null. */
EXPORT const char *fg_import_info(void) {
  text_clear(&session.text);
  dataset_json(&import.dataset, import.dataset.hash, &session.text);
  session.text.length--; /* the closing brace */
  text_add(&session.text, ",\"csv\":");
  if (import.csv)
    csv_report_json(&import.report, import.dataset.classes, &session.text);
  else
    text_add(&session.text, "null");
  text_add(&session.text, "}");
  return text_result();
}

/* The pictures [samples][height * width] and the labels [samples] of the training (0) or test (1)
 * part; pictures are NULL where samples are no pictures. */
EXPORT const uint8_t *fg_import_pictures(int part) {
  return part ? import.dataset.test.bytes : import.dataset.train.bytes;
}
EXPORT const uint8_t *fg_import_labels(int part) {
  return part ? import.dataset.test.labels : import.dataset.train.labels;
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

/* The command line (cli.h). A run of the session ends: both would want the same threads. */
EXPORT int fg_cli(int count, char **words) {
  close_run();
  return cli_run(count, words);
}
