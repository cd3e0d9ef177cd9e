/* csv_fuzz.c: libFuzzer's entry for a CSV file: whatever it holds, dataset_from_csv refuses it with a
 * text and a zeroed result, or makes a data set that keeps its promises. tests/fuzz/corpus/csv holds
 * seeds. Depends on dataset. */
#include <stdlib.h>
#include <string.h>

#include "dataset.h"

static void require(int condition) {
  if (!condition)
    abort();
}

static void check_samples(const Dataset *dataset, const Samples *samples) {
  require(samples->count > 0 && !samples->bytes == !dataset->width);
  for (uint32_t k = 0; k < samples->count; k++)
    require(samples->labels[k] < dataset->classes);
  for (size_t k = 0; samples->values && k < (size_t)samples->count * dataset->inputs; k++)
    require(samples->values[k] >= 0 && samples->values[k] <= 1); /* false for NaN */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t *file = malloc(size ? size : 1); /* a block of its own: reading beyond is seen */
  require(file != NULL);
  if (size)
    memcpy(file, data, size);
  static Dataset dataset, zeroed;
  static CsvReport report, blank;
  Error error = {0};
  Status status = dataset_from_csv(file, size, "file.csv", &dataset, &report, &error);
  if (status == STATUS_OK) {
    require(dataset.inputs >= 1 && dataset.inputs <= DATASET_INPUTS_MAXIMUM);
    require(dataset.classes >= 2 && dataset.classes <= DATASET_CLASSES_MAXIMUM);
    require(dataset.width == dataset.height);
    require(!dataset.width || dataset.width * dataset.height == dataset.inputs);
    require(dataset.hash == dataset_hash(&dataset));
    check_samples(&dataset, &dataset.train);
    check_samples(&dataset, &dataset.test);
    require(report.label_column >= 1 && report.label_column <= report.columns);
    require(report.columns == dataset.inputs + 1 + (report.ignored_column > 0));
    Text text = {0};
    csv_report_json(&report, dataset.classes, &text);
    require(!text.failed && text.length > 2);
    text_free(&text);
    dataset_free(&dataset);
  } else {
    require(status == STATUS_FORMAT && error.status == status && error.text[0]);
    require(!memcmp(&dataset, &zeroed, sizeof dataset));
    require(!memcmp(&report, &blank, sizeof report));
  }
  free(file);
  return 0;
}
