/* dataset.h: labelled samples for classification: MNIST and its like from IDX files, generated toy
 * sets, class-balanced subsets. Not batching (trainer.h). Depends on status, random, scalar, host,
 * memory. Threads: any, each data set in one at a time. */
#ifndef FILIGREE_DATASET_H
#define FILIGREE_DATASET_H

#include <stdint.h>

#include "status.h"

/* N samples of I inputs with labels below `classes`. Exactly one of bytes and values is set (when
 * count > 0): bytes are pixels, to be read as byte * (1 / 255.0f). */
typedef struct Samples {
  uint32_t count;  /* N */
  uint8_t *bytes;  /* [N][I] or NULL */
  float *values;   /* [N][I] or NULL */
  uint8_t *labels; /* [N] */
} Samples;

/* The hidden network of the planted task: its true support. NULL elsewhere. */
typedef struct PlantedLayer {
  uint32_t outputs, inputs;
  float *weights; /* [outputs][inputs] row-major, exact zeros outside the support */
  uint32_t nonzeros;
  float *biases; /* [outputs] */
} PlantedLayer;

typedef struct Dataset {
  uint32_t inputs, classes; /* I, C */
  uint32_t width, height;   /* of a picture, inputs = width * height; 0, 0 for other data */
  Samples train, test;
  uint32_t planted_layers;
  PlantedLayer *planted; /* [planted_layers] */
  uint64_t hash;         /* of all inputs and labels, names the data in links */
} Dataset;

/* One row a dataset the program knows. Generated sets need no file. */
typedef struct DatasetInfo {
  const char *name, *help;
  const char *layers; /* default network, "2,16,16,2" */
  int generated;      /* 1: made from the seed; 0: four IDX files */
} DatasetInfo;
extern const DatasetInfo dataset_table[];
extern const int dataset_table_count;

/* The row's index, or -1. */
int dataset_find(const char *name);

/* Names of the four IDX files, in the order images, labels of training, images, labels of testing.
 */
extern const char *const dataset_idx_names[4];

/* Makes a generated set (row `index`) from `seed`. STATUS_MEMORY. On error *dataset is zeroed. */
Status dataset_generate(int index, uint64_t seed, Dataset *dataset, Error *error);

/* Parses four IDX files held in memory (train images, train labels, test images, test labels, as
 * unsigned bytes, big-endian header: magic 0x803 / 0x801, counts, rows, columns). `names[k]` is
 * what an error calls file k. The dataset keeps no pointer into `files`: it copies. Every mismatch
 * (short, long, wrong magic, wrong type, no samples, counts of images and labels differ, train and
 * test pictures differ in size, one class only, more than 100 classes) is STATUS_FORMAT naming the
 * file, what was expected and what was found. On error *dataset is zeroed. */
Status dataset_from_idx(const uint8_t *const files[4], const size_t sizes[4],
                        const char *const names[4], Dataset *dataset, Error *error);

/* The same from the folder `path` (four files with the names above; error: STATUS_FILE). */
Status dataset_from_folder(const char *path, Dataset *dataset, Error *error);

/* Keeps `count` training samples, class-balanced and chosen by `seed`: every class gets count/C
 * (the first count % C classes one more), where C counts the classes that have training samples; an
 * error STATUS_RANGE says how many the scarcest class has when it has too few. Original order is
 * kept; a smaller subset is part of a larger one of the same seed. count == train.count keeps all.
 * Recomputes the hash. On error (also STATUS_MEMORY) nothing is changed. */
Status dataset_subset(Dataset *dataset, uint32_t count, uint64_t seed, Error *error);

/* Frees everything and zeroes; a zeroed dataset is fine. */
void dataset_free(Dataset *dataset);

/* ---- For those who make data sets: dataset_idx.c, dataset_toy.c, tests ------------------------
 */

/* What a data set from a file may have at most; more is STATUS_FORMAT. */
enum { DATASET_INPUTS_MAXIMUM = 16384, DATASET_CLASSES_MAXIMUM = 100 };

typedef enum SampleKind { SAMPLE_BYTES, SAMPLE_VALUES } SampleKind;

/* Zeroed room for `count` samples of `inputs` inputs. STATUS_MEMORY leaves *samples zeroed. Free
 * with dataset_free_samples (which zeroes; zeroed samples are fine). */
Status dataset_allocate_samples(Samples *samples, uint32_t count, uint32_t inputs, SampleKind kind,
                                Error *error);
void dataset_free_samples(Samples *samples);

/* The hash of what *dataset holds (its field `hash` is not read). Words of 64 bits are absorbed by
 * h = (h ^ word) * K; h ^= h >> 29: first inputs, classes, width, height; then for train and test
 * in turn the count, the kind of inputs, the inputs (8 bytes or 2 float32 to a word, little-endian,
 * the last word filled up with zeros) and the labels (8 to a word). The mixer of SplitMix64 ends
 * it. The same on every machine; 55 MB take about 15 ms. Not against forgery. */
uint64_t dataset_hash(const Dataset *dataset);

#endif
