/* dataset.h: labelled samples for classification: MNIST and its like from IDX files, tables from CSV
 * files, generated toy sets, class-balanced subsets. Not batching (trainer.h). Depends on status, random, scalar, host,
 * memory, text. Threads: any, each data set in one at a time. */
#ifndef FILIGREE_DATASET_H
#define FILIGREE_DATASET_H

#include <stdint.h>

#include "status.h"
#include "text.h"

/* N samples of I inputs with labels below `classes`. Exactly one of bytes, values and outside is set
 * (when count > 0): bytes are pixels, to be read as byte * (1 / 255.0f); those of sample k may also
 * stay outside, as picture outside[k] of the host (host_fetch_pictures). */
typedef struct Samples {
  uint32_t count;    /* N */
  uint8_t *bytes;    /* [N][I] or NULL */
  float *values;     /* [N][I] or NULL */
  uint32_t *outside; /* [N] or NULL */
  int part;          /* of the host's pictures: 0 training, 1 test */
  uint8_t *labels;   /* [N] */
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

/* A data set as JSON: inputs, classes, width, height, train, test (samples), hash (16 hex digits of `hash`). */
void dataset_json(const Dataset *dataset, uint64_t hash, Text *text);

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

/* The same with only the labels at hand: labels[0 .. 1] are files 1 and 3, the pictures stay outside
 * (Samples), and are width x height. The data set's hash is then of shapes and labels alone. */
Status dataset_from_labels(const uint8_t *const labels[2], const size_t sizes[2],
                           const char *const names[2], uint32_t width, uint32_t height,
                           Dataset *dataset, Error *error);

/* The same from the folder `path` (four files with the names above; error: STATUS_FILE). */
Status dataset_from_folder(const char *path, Dataset *dataset, Error *error);

/* A table that was read before: parts[0] and parts[2] are the float32 inputs [count][inputs] of the training and the test
 * part, parts[1] and parts[3] their labels, a byte each and below `classes`. The dataset keeps no pointer into `parts`.
 * STATUS_FORMAT where sizes or labels don't fit, STATUS_MEMORY. On error *dataset is zeroed. */
Status dataset_from_values(const uint8_t *const parts[4], const size_t sizes[4], uint32_t inputs,
                           uint32_t classes, Dataset *dataset, Error *error);

/* What a data set from a file may have at most; more is STATUS_FORMAT. */
enum {
  DATASET_INPUTS_MAXIMUM = 16384,
  DATASET_CLASSES_MAXIMUM = 100,
  DATASET_SAMPLES_MAXIMUM = 100000000, /* of a CSV file */
  DATASET_NAME_SIZE = 44               /* of a column's or a class's name, longer ones are cut */
};

/* What was understood of a CSV file. Columns count from 1. */
typedef struct CsvReport {
  char delimiter;
  int header; /* 1: the first line holds names */
  uint32_t columns, label_column;
  uint32_t ignored_column;            /* holds row numbers and was left out; 0: none */
  uint32_t constant;                  /* columns with one value in all training samples: input 0 */
  char label_name[DATASET_NAME_SIZE]; /* of the label's column; "" without a header */
  char classes[DATASET_CLASSES_MAXIMUM][DATASET_NAME_SIZE]; /* the label's text, by class */
} CsvReport;

/* Parses a CSV file (RFC 4180) held in memory, a sample a line.
 *   Text       UTF-8, with or without a byte order mark; lines end in LF, CR LF or CR; blank lines
 *              are skipped. Between cells stands what the first line has most of: commas,
 *              semicolons (in doubt rather these), tabs. Blanks around a cell don't count; in
 *              quotes, delimiters are text, a quote is written twice, and no line ends.
 *   First line holds names when none of its cells is a number, or one is a name of a label.
 *   Label      the column named label, else class, target, or y (this one only as the first or last
 *              column; capitals don't matter). Without such a name: if just one of the last and the
 *              first column has words, that one; else the last if it has 2 to 100 different words
 *              or whole numbers, else the first if it has. It has 2 to 100 different values: these
 *              are the classes, in the order of numbers where all are (1 and 1.0 are one class),
 *              else of bytes.
 *   Left out   a first column whose name is empty or "id": row numbers.
 *   Inputs     all other columns, in order: decimal numbers with a point, exponents allowed, from
 *              -1e30 to 1e30. An input is (x - low) / (high - low), computed in double from
 *              the correctly rounded numbers, low and high being the column's least and largest in
 *              the training samples; test samples' beyond 0 and 1 become 0 and 1; where low = high
 *              it is 0.
 *   Pictures   if all inputs are whole numbers from 0 to 255, one is above 127, and there are n * n
 *              of them, n >= 8, they are pixels of n x n pictures (bytes), and not scaled by column.
 *   Test part  dataset_split.
 * `name` is what errors call the file; they say line and column, from 1. `report` may be NULL. The
 * dataset keeps no pointer into `data`. Anything else is STATUS_FORMAT; STATUS_MEMORY. On error
 * *dataset and *report are zeroed. */
Status dataset_from_csv(const uint8_t *data, size_t size, const char *name, Dataset *dataset,
                        CsvReport *report, Error *error);

/* 1 when a path names a CSV file: it ends in .csv, .tsv or .txt, capitals or not. */
int dataset_is_csv(const char *path);

/* dataset_from_csv of the file at `path`; STATUS_FILE. */
Status dataset_from_csv_file(const char *path, Dataset *dataset, CsvReport *report, Error *error);

/* Adds a CSV's report as JSON: columns, label_column, label_name, ignored_column, constant, header,
 * delimiter, class_names. */
void csv_report_json(const CsvReport *report, uint32_t classes, Text *text);

/* Makes a data set from one pair of IDX files, pictures and labels: dataset_split sets its test part
 * apart. Otherwise as dataset_from_idx. */
Status dataset_from_idx_pair(const uint8_t *const files[2], const size_t sizes[2],
                             const char *const names[2], Dataset *dataset, Error *error);

/* Keeps `count` training samples, class-balanced and chosen by `seed`: every class gets count/C
 * (the first count % C classes one more), where C counts the classes that have training samples; an
 * error STATUS_RANGE says how many the scarcest class has when it has too few. Original order is
 * kept; a smaller subset is part of a larger one of the same seed. count == train.count keeps all.
 * Recomputes the hash. On error (also STATUS_MEMORY) nothing is changed. */
Status dataset_subset(Dataset *dataset, uint32_t count, uint64_t seed, Error *error);

/* Frees everything and zeroes; a zeroed dataset is fine. */
void dataset_free(Dataset *dataset);

/* ---- For those who make data sets: dataset_idx.c, dataset_csv.c, dataset_toy.c, tests ------------------------
 */

typedef enum SampleKind { SAMPLE_BYTES, SAMPLE_VALUES, SAMPLE_OUTSIDE } SampleKind;

/* Zeroed room for `count` samples of `inputs` inputs (outside: sample k is picture k). STATUS_MEMORY leaves *samples zeroed. Free
 * with dataset_free_samples (which zeroes; zeroed samples are fine). */
Status dataset_allocate_samples(Samples *samples, uint32_t count, uint32_t inputs, SampleKind kind,
                                Error *error);
void dataset_free_samples(Samples *samples);

/* Sets a fifth of the samples apart for testing, the same ones for the same labels everywhere: of each
 * class with n samples (n + 2) / 5, rounded down, chosen by random stream (1, RANDOM_SPLIT, class,
 * 0). All samples are put into random order (stream (1, RANDOM_SPLIT, 256, 0)), for files are often
 * sorted. place[k] < *train: sample k is that training sample; else it is test sample place[k] -
 * *train. STATUS_FORMAT when no class has three samples; STATUS_MEMORY. */
Status dataset_split(const uint8_t *labels, uint32_t count, const char *name, uint32_t *place,
                     uint32_t *train, uint32_t *test, Error *error);

/* The hash of what *dataset holds (its field `hash` is not read). Words of 64 bits are absorbed by
 * h = (h ^ word) * K; h ^= h >> 29: first inputs, classes, width, height; then for train and test
 * in turn the count, the kind of inputs, the inputs (8 bytes or 2 float32 to a word, little-endian,
 * the last word filled up with zeros; none where pictures are outside) and the labels (8 to a word). The mixer of SplitMix64 ends
 * it. The same on every machine; 55 MB take about 15 ms. Not against forgery. */
uint64_t dataset_hash(const Dataset *dataset);

/* The same with pictures that are outside read as if they were at hand. STATUS_STATE when they are not
 * all there yet, STATUS_MEMORY. */
Status dataset_whole_hash(const Dataset *dataset, uint64_t *hash, Error *error);

#endif
