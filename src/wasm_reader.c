/* wasm_reader.c: the only exports of the WebAssembly build that reads files of one's own: pages load it when there are
 * some. Bytes in, data sets and weights out, which the builds that train take (wasm_api.c). Text results are UTF-8, valid
 * until the next call that returns text. A negative int is a Status; fg_error and fg_error_name then say more. Not
 * thread-safe: one JavaScript thread calls. */
#include <emscripten.h>

#include "checkpoint.h"
#include "dataset.h"

#define EXPORT EMSCRIPTEN_KEEPALIVE

static struct {
  Dataset dataset;
  CsvReport report;
  int csv;
  Checkpoint checkpoint; /* leads into the caller's memory */
  Error error;
  Text text;
} reader;

static const char *text_result(void) { return reader.text.failed ? "" : text_string(&reader.text); }

EXPORT const char *fg_error(void) { return reader.error.text; }
EXPORT const char *fg_error_name(void) { return status_name(reader.error.status); }

/* Frees what fg_import made. */
EXPORT void fg_import_end(void) { dataset_free(&reader.dataset); }

/* Makes a data set of files in memory: kind 0 four IDX files, 1 a pair of them, 2 a CSV file. names[k] is what errors call
 * file k, of sizes[k] bytes. It stays until fg_import_end or the next call. */
EXPORT int fg_import(int kind, const uint8_t *const *files, const size_t *sizes,
                     const char *const *names) {
  fg_import_end();
  reader.csv = kind == 2;
  if (kind == 2)
    return dataset_from_csv(files[0], sizes[0], names[0], &reader.dataset, &reader.report,
                            &reader.error);
  if (kind == 1)
    return dataset_from_idx_pair(files, sizes, names, &reader.dataset, &reader.error);
  return dataset_from_idx(files, sizes, names, &reader.dataset, &reader.error);
}

/* What fg_import made, JSON: as dataset_json, and "csv": what was understood of the file, or null. */
EXPORT const char *fg_import_info(void) {
  text_clear(&reader.text);
  dataset_json(&reader.dataset, reader.dataset.hash, &reader.text);
  reader.text.length--; /* the closing brace */
  text_add(&reader.text, ",\"csv\":");
  if (reader.csv)
    csv_report_json(&reader.report, reader.dataset.classes, &reader.text);
  else
    text_add(&reader.text, "null");
  text_add(&reader.text, "}");
  return text_result();
}

/* The samples of the training (0) or test (1) part: bytes [samples][height * width] where they are pictures, else float32
 * [samples][inputs]. */
EXPORT const void *fg_import_inputs(int part) {
  const Samples *samples = part ? &reader.dataset.test : &reader.dataset.train;
  return samples->bytes ? (const void *)samples->bytes : samples->values;
}

/* Their labels [samples]. */
EXPORT const uint8_t *fg_import_labels(int part) {
  return part ? reader.dataset.test.labels : reader.dataset.train.labels;
}

/* Reads a safetensors file (checkpoint.h) -> its network's layers as the option layers has them; "": it is none, see
 * fg_error. `data` must stay for fg_weights_of. */
EXPORT const char *fg_weights(const uint8_t *data, size_t size, const char *name) {
  text_clear(&reader.text);
  if (checkpoint_read(data, size, name, &reader.checkpoint, &reader.error))
    return "";
  text_add(&reader.text, "%u", reader.checkpoint.layer[0].inputs);
  for (uint32_t l = 0; l < reader.checkpoint.layers; l++)
    text_add(&reader.text, ",%u", reader.checkpoint.layer[l].outputs);
  return text_result();
}

/* A layer's weights [outputs][inputs] in that file, or its biases (1): float32 on no particular boundary. */
EXPORT const uint8_t *fg_weights_of(int layer, int biases) {
  const CheckpointLayer *at = &reader.checkpoint.layer[layer];
  return biases ? at->bias : at->weights;
}
