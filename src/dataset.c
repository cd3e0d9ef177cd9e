/* dataset.c: see dataset.h: the table, subsets, the hash and the memory. Files: dataset_idx.c,
 * dataset_csv.c. Generated sets: dataset_toy.c. */
#include "dataset.h"

#include <string.h>

#include "host.h"
#include "memory.h"
#include "random.h"

/* New rows go to the end: a row's number is stored in settings. */
const DatasetInfo dataset_table[] = {
    {"mnist", "handwritten digits: 60,000 + 10,000 pictures of 28 x 28", "784,300,100,10", 0},
    {"fashion-mnist", "pieces of clothing: 60,000 + 10,000 pictures of 28 x 28", "784,300,100,10",
     0},
    {"moons", "two half circles that reach into each other", "2,32,32,2", 1},
    {"circles", "a ring around a disc", "2,32,32,2", 1},
    {"xor", "opposite quadrants of a square belong together", "2,32,32,2", 1},
    {"spiral", "two arms wound around each other", "2,32,32,2", 1},
    {"planted", "labels by a hidden sparse network that reads 11 of 32 inputs", "32,48,4", 1},
};
const int dataset_table_count = sizeof dataset_table / sizeof *dataset_table;

int dataset_find(const char *name) {
  for (int k = 0; k < dataset_table_count; k++)
    if (!strcmp(dataset_table[k].name, name))
      return k;
  return -1;
}

/* ---- Memory -------------------------------------------------------------------------------- */

Status dataset_allocate_samples(Samples *samples, uint32_t count, uint32_t inputs, SampleKind kind,
                                Error *error) {
  *samples = (Samples){0};
  size_t width = kind == SAMPLE_BYTES ? inputs : kind == SAMPLE_VALUES ? inputs * sizeof(float) : 4;
  void *room = memory_zeroed(count, width);
  samples->labels = memory_zeroed(count, 1);
  if (kind == SAMPLE_BYTES)
    samples->bytes = room;
  else if (kind == SAMPLE_VALUES)
    samples->values = room;
  else
    samples->outside = room;
  if (!room || !samples->labels) {
    dataset_free_samples(samples);
    return error_set(error, STATUS_MEMORY, "no memory for %u samples of %u inputs", count, inputs);
  }
  samples->count = count;
  for (uint32_t k = 0; kind == SAMPLE_OUTSIDE && k < count; k++)
    samples->outside[k] = k;
  return STATUS_OK;
}

void dataset_free_samples(Samples *samples) {
  memory_free(samples->bytes);
  memory_free(samples->values);
  memory_free(samples->outside);
  memory_free(samples->labels);
  *samples = (Samples){0};
}

void dataset_free(Dataset *dataset) {
  dataset_free_samples(&dataset->train);
  dataset_free_samples(&dataset->test);
  for (uint32_t l = 0; l < dataset->planted_layers; l++) {
    memory_free(dataset->planted[l].weights);
    memory_free(dataset->planted[l].biases);
  }
  memory_free(dataset->planted);
  *dataset = (Dataset){0};
}

/* ---- The hash ------------------------------------------------------------------------------ */

static uint64_t absorb(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9FB21C651E98DF25u;
  return hash ^ (hash >> 29);
}

static uint64_t absorb_bytes(uint64_t hash, const uint8_t *bytes, size_t count) {
  size_t k = 0;
  for (; k + 8 <= count; k += 8) { /* one load where the machine is little-endian */
    const uint8_t *b = bytes + k;
    hash = absorb(hash, (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 |
                            (uint64_t)b[3] << 24 | (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 |
                            (uint64_t)b[6] << 48 | (uint64_t)b[7] << 56);
  }
  uint64_t word = 0;
  for (unsigned shift = 0; k < count; k++, shift += 8)
    word |= (uint64_t)bytes[k] << shift;
  return count % 8 ? absorb(hash, word) : hash;
}

static uint64_t absorb_values(uint64_t hash, const float *values, size_t count) {
  for (size_t k = 0; k < count; k += 2) {
    uint32_t pair[2] = {0, 0};
    memcpy(pair, values + k, (count - k < 2 ? 1 : 2) * sizeof *pair);
    hash = absorb(hash, (uint64_t)pair[0] | (uint64_t)pair[1] << 32);
  }
  return hash;
}

enum { FETCHED_AT_ONCE = 512 }; /* a multiple of 8: words don't straddle two lots */

/* Absorbs pictures that are outside; `room` holds FETCHED_AT_ONCE. 0: they are not all there. */
static int absorb_outside(uint64_t *hash, const Samples *samples, uint32_t inputs, uint8_t *room) {
  for (uint32_t k = 0, count; k < samples->count; k += count) {
    count = samples->count - k < FETCHED_AT_ONCE ? samples->count - k : FETCHED_AT_ONCE;
    if (!host_fetch_pictures(samples->part, samples->outside + k, count, inputs, room))
      return 0;
    *hash = absorb_bytes(*hash, room, (size_t)count * inputs);
  }
  return 1;
}

/* Without `room`, pictures outside are left out. *missing: some are not there. */
static uint64_t absorb_samples(uint64_t hash, const Samples *samples, uint32_t inputs,
                               uint8_t *room, int *missing) {
  size_t numbers = (size_t)samples->count * inputs;
  hash = absorb(hash, samples->count);
  hash = absorb(hash, samples->bytes || samples->outside ? 1 : 2);
  if (samples->outside && room && !absorb_outside(&hash, samples, inputs, room))
    *missing = 1;
  if (samples->bytes)
    hash = absorb_bytes(hash, samples->bytes, numbers);
  else if (samples->values)
    hash = absorb_values(hash, samples->values, numbers);
  return absorb_bytes(hash, samples->labels, samples->count);
}

static uint64_t hash_with(const Dataset *dataset, uint8_t *room, int *missing) {
  uint64_t hash = 0x46696C6967726565u; /* "Filigree": zeros at the beginning must count */
  hash = absorb(hash, dataset->inputs);
  hash = absorb(hash, dataset->classes);
  hash = absorb(hash, dataset->width);
  hash = absorb(hash, dataset->height);
  hash = absorb_samples(hash, &dataset->train, dataset->inputs, room, missing);
  hash = absorb_samples(hash, &dataset->test, dataset->inputs, room, missing);
  hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBu;
  return hash ^ (hash >> 31);
}

uint64_t dataset_hash(const Dataset *dataset) {
  int missing = 0;
  return hash_with(dataset, NULL, &missing);
}

Status dataset_whole_hash(const Dataset *dataset, uint64_t *hash, Error *error) {
  int missing = 0;
  uint8_t *room = memory_zeroed(FETCHED_AT_ONCE, dataset->inputs);
  if (!room)
    return error_set(error, STATUS_MEMORY, "no memory for the hash of the data");
  uint64_t whole = hash_with(dataset, room, &missing);
  memory_free(room);
  if (missing)
    return error_set(error, STATUS_STATE, "the pictures have not all arrived yet");
  *hash = whole;
  return STATUS_OK;
}

/* ---- A table that was read before ------------------------------------------------------------- */

static Status samples_from_values(const uint8_t *values, size_t bytes, const uint8_t *labels,
                                  size_t count, Dataset *dataset, Samples *samples, Error *error) {
  if (!count || count > DATASET_SAMPLES_MAXIMUM ||
      bytes / dataset->inputs / sizeof(float) != count || bytes % (dataset->inputs * sizeof(float)))
    return error_set(error, STATUS_FORMAT, "%zu bytes are no table of %zu samples of %u inputs",
                     bytes, count, dataset->inputs);
  for (size_t k = 0; k < count; k++)
    if (labels[k] >= dataset->classes)
      return error_set(error, STATUS_FORMAT, "a table's label is %u; it must be below %u",
                       labels[k], dataset->classes);
  Status status =
      dataset_allocate_samples(samples, (uint32_t)count, dataset->inputs, SAMPLE_VALUES, error);
  if (!status) {
    memcpy(samples->values, values, bytes);
    memcpy(samples->labels, labels, count);
  }
  return status;
}

Status dataset_from_values(const uint8_t *const parts[4], const size_t sizes[4], uint32_t inputs,
                           uint32_t classes, Dataset *dataset, Error *error) {
  *dataset = (Dataset){.inputs = inputs, .classes = classes};
  Status status =
      samples_from_values(parts[0], sizes[0], parts[1], sizes[1], dataset, &dataset->train, error);
  if (!status)
    status =
        samples_from_values(parts[2], sizes[2], parts[3], sizes[3], dataset, &dataset->test, error);
  if (status)
    dataset_free(dataset);
  else
    dataset->hash = dataset_hash(dataset);
  return status;
}

/* ---- JSON ----------------------------------------------------------------------------------- */

void dataset_json(const Dataset *dataset, uint64_t hash, Text *text) {
  text_add(text,
           "{\"inputs\":%u,\"classes\":%u,\"width\":%u,\"height\":%u,\"train\":%u,\"test\":%u,"
           "\"hash\":\"%016llx\"}",
           dataset->inputs, dataset->classes, dataset->width, dataset->height, dataset->train.count,
           dataset->test.count, (unsigned long long)hash);
}

/* ---- Subsets ------------------------------------------------------------------------------- */

enum { LABEL_VALUES = 256 };

/* quota[c] samples of class c, `count` in all, shared out over the classes that occur; or
 * STATUS_RANGE. */
static Status share_out(const uint32_t *present, uint32_t count, uint32_t *quota, Error *error) {
  uint32_t classes = 0, scarcest = 0, fewest = UINT32_MAX;
  for (uint32_t c = 0; c < LABEL_VALUES; c++) {
    classes += present[c] > 0;
    if (present[c] && present[c] < fewest) {
      fewest = present[c];
      scarcest = c;
    }
  }
  /* The largest balanced subset takes `fewest` of each class, and one more of the first few. */
  uint32_t largest = classes * fewest, turn = 0;
  for (uint32_t c = 0; c < LABEL_VALUES && (!present[c] || present[c] > fewest); c++)
    largest += present[c] > 0;
  if (count > largest)
    return error_set(error, STATUS_RANGE,
                     "a balanced subset of %u needs %u samples of each class, but class %u has %u; "
                     "at most %u are possible",
                     count, count / classes + (count % classes > 0), scarcest, fewest, largest);
  for (uint32_t c = 0; c < LABEL_VALUES; c++)
    quota[c] = present[c] ? count / classes + (turn++ < count % classes) : 0;
  return STATUS_OK;
}

/* Sets picked[start of class c + j] = 1 for quota[c] random ones of the class's samples j = 0 ..
 * present[c]-1, in the order of the data. What a smaller subset takes is part of what a larger one
 * takes, so that a learning curve grows by adding samples. `order` has room for all samples. */
static void pick(const uint32_t *present, const uint32_t *quota, uint64_t seed,
                 RandomPurpose purpose, uint32_t *order, uint8_t *picked) {
  for (uint32_t c = 0; c < LABEL_VALUES; c++) {
    Random random = random_stream(seed, purpose, c, 0);
    random_permutation(&random, order, present[c]);
    for (uint32_t k = 0; k < quota[c]; k++)
      picked[order[k]] = 1;
    picked += present[c];
  }
}

static void copy_picked(const Samples *from, uint32_t inputs, const uint32_t *present,
                        const uint8_t *picked, Samples *to) {
  uint32_t next[LABEL_VALUES], kept = 0;
  for (uint32_t c = 0, start = 0; c < LABEL_VALUES; c++) {
    next[c] = start;
    start += present[c];
  }
  for (uint32_t k = 0; k < from->count; k++) {
    if (!picked[next[from->labels[k]]++])
      continue;
    size_t source = (size_t)k * inputs, target = (size_t)kept * inputs;
    if (from->outside)
      to->outside[kept] = from->outside[k];
    else if (from->bytes)
      memcpy(to->bytes + target, from->bytes + source, inputs);
    else
      memcpy(to->values + target, from->values + source, inputs * sizeof(float));
    to->labels[kept++] = from->labels[k];
  }
}

/* ---- A part for testing ---------------------------------------------------------------------- */

Status dataset_split(const uint8_t *labels, uint32_t count, const char *name, uint32_t *place,
                     uint32_t *train, uint32_t *test, Error *error) {
  enum { SPLIT_SEED = 1 };
  uint32_t present[LABEL_VALUES] = {0}, quota[LABEL_VALUES], next[LABEL_VALUES], apart = 0;
  for (uint32_t k = 0; k < count; k++)
    present[labels[k]]++;
  for (uint32_t c = 0, start = 0; c < LABEL_VALUES; c++) {
    quota[c] = (uint32_t)(((uint64_t)present[c] + 2) / 5);
    apart += quota[c];
    next[c] = start;
    start += present[c];
  }
  if (!apart)
    return error_set(error, STATUS_FORMAT,
                     "%s: no class has three samples: there is nothing to set apart for testing",
                     name);
  uint32_t *order = memory_zeroed(count, sizeof *order);
  uint8_t *picked = memory_zeroed(count, 1);
  if (order && picked) {
    pick(present, quota, SPLIT_SEED, RANDOM_SPLIT, order, picked);
    /* picked goes by class; by sample it is needed */
    for (uint32_t k = 0; k < count; k++)
      place[k] = picked[next[labels[k]]++];
    Random random = random_stream(SPLIT_SEED, RANDOM_SPLIT, LABEL_VALUES, 0);
    random_permutation(&random, order, count);
    uint32_t trained = 0, tested = count - apart;
    for (uint32_t k = 0; k < count; k++)
      place[order[k]] = place[order[k]] ? tested++ : trained++;
    *train = count - apart;
    *test = apart;
  }
  Status status = STATUS_OK;
  if (!order || !picked)
    status = error_set(error, STATUS_MEMORY, "no memory to split %u samples", count);
  memory_free(order);
  memory_free(picked);
  return status;
}

Status dataset_subset(Dataset *dataset, uint32_t count, uint64_t seed, Error *error) {
  const Samples *train = &dataset->train;
  if (count == train->count)
    return STATUS_OK;
  if (count == 0 || count > train->count)
    return error_set(error, STATUS_RANGE,
                     "a subset of %u training samples is not possible: the data have %u", count,
                     train->count);
  uint32_t present[LABEL_VALUES] = {0}, quota[LABEL_VALUES];
  for (uint32_t k = 0; k < train->count; k++)
    present[train->labels[k]]++;
  Status status = share_out(present, count, quota, error);
  if (status)
    return status;
  uint32_t *order = memory_zeroed(train->count, sizeof *order);
  uint8_t *picked = memory_zeroed(train->count, 1);
  Samples kept = {0};
  if (order && picked)
    status = dataset_allocate_samples(&kept, count, dataset->inputs,
                                      train->bytes     ? SAMPLE_BYTES
                                      : train->outside ? SAMPLE_OUTSIDE
                                                       : SAMPLE_VALUES,
                                      error);
  else
    status = error_set(error, STATUS_MEMORY, "no memory to choose from %u samples", train->count);
  if (!status) {
    pick(present, quota, seed, RANDOM_SUBSET, order, picked);
    copy_picked(train, dataset->inputs, present, picked, &kept);
    dataset_free_samples(&dataset->train);
    dataset->train = kept;
    dataset->hash = dataset_hash(dataset);
  }
  memory_free(order);
  memory_free(picked);
  return status;
}
