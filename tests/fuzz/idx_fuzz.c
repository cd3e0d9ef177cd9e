/* idx_fuzz.c: libFuzzer's entry for four IDX files: whatever they hold, dataset_from_idx refuses
 * them with a text and a zeroed result, or makes a data set that keeps its promises. The input is
 * three lengths (16 bits, big-endian) of the first files, then all four; tests/fuzz/corpus/idx
 * holds seeds. Depends on dataset. */
#include <stdlib.h>
#include <string.h>

#include "dataset.h"

static void require(int condition) {
  if (!condition)
    abort();
}

static void check_samples(const Dataset *dataset, const Samples *samples) {
  require(samples->count > 0 && samples->bytes && !samples->values);
  for (uint32_t k = 0; k < samples->count; k++)
    require(samples->labels[k] < dataset->classes);
}

static void check_dataset(const Dataset *dataset) {
  require(dataset->inputs >= 1 && dataset->inputs <= DATASET_INPUTS_MAXIMUM);
  require(dataset->inputs == dataset->width * dataset->height);
  require(dataset->classes >= 2 && dataset->classes <= DATASET_CLASSES_MAXIMUM);
  require(dataset->hash == dataset_hash(dataset)); /* reads every byte: a short array is seen */
  check_samples(dataset, &dataset->train);
  check_samples(dataset, &dataset->test);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[4] = {"images", "labels", "test images", "test labels"};
  uint8_t *files[4];
  size_t sizes[4], place = 6;
  if (size < place)
    return 0;
  for (int k = 0; k < 4; k++) {
    size_t wanted = k < 3 ? (size_t)data[2 * k] << 8 | data[2 * k + 1] : size;
    sizes[k] = wanted < size - place ? wanted : size - place;
    files[k] = malloc(sizes[k] ? sizes[k] : 1); /* a block of its own: reading beyond is seen */
    require(files[k] != NULL);
    memcpy(files[k], data + place, sizes[k]);
    place += sizes[k];
  }
  Dataset dataset;
  static const Dataset zeroed;
  Error error = {0};
  Status status = dataset_from_idx((const uint8_t *const *)files, sizes, names, &dataset, &error);
  if (status == STATUS_OK) {
    check_dataset(&dataset);
    uint64_t hash = dataset.hash;
    uint32_t count = data[0] + 1u;
    if (dataset_subset(&dataset, count, size, &error) == STATUS_OK) {
      require(dataset.train.count == count);
      check_dataset(&dataset);
    } else
      require(dataset.hash == hash);
    dataset_free(&dataset);
  } else {
    require(status == STATUS_FORMAT && error.status == status && error.text[0]);
    require(!memcmp(&dataset, &zeroed, sizeof dataset));
  }
  for (int k = 0; k < 4; k++)
    free(files[k]);
  return 0;
}
