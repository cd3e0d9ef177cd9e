/* dataset_test.c: data sets from IDX files (sound and broken ones), generated sets, subsets, the
 * hash, and the host's files. Reads build/data/mnist when it is there. */
#include "check.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "dataset.h"
#include "host.h"
#include "random.h"
#include "scalar.h"

/* ---- IDX files in memory ------------------------------------------------------------------- */

typedef struct File {
  uint8_t *data; /* malloc'd to the very size, so that AddressSanitizer sees every byte too far */
  size_t size;
} File;

static void put(uint8_t *bytes, uint32_t number) {
  for (int k = 0; k < 4; k++)
    bytes[k] = (uint8_t)(number >> (24 - 8 * k));
}

static File make_images(uint32_t count, uint32_t rows, uint32_t columns) {
  File file = {NULL, 16 + (size_t)count * rows * columns};
  file.data = malloc(file.size);
  put(file.data, 0x803);
  put(file.data + 4, count);
  put(file.data + 8, rows);
  put(file.data + 12, columns);
  for (size_t k = 16; k < file.size; k++)
    file.data[k] = (uint8_t)(k * 37);
  return file;
}

/* Labels 0, 1, .. classes-1, 0, 1, .. */
static File make_labels(uint32_t count, uint32_t classes) {
  File file = {NULL, 8 + (size_t)count};
  file.data = malloc(file.size);
  put(file.data, 0x801);
  put(file.data + 4, count);
  for (uint32_t k = 0; k < count; k++)
    file.data[8 + k] = (uint8_t)(k % classes);
  return file;
}

static void resize(File *file, size_t size) {
  uint8_t *data = malloc(size ? size : 1);
  memcpy(data, file->data, size < file->size ? size : file->size);
  for (size_t k = file->size; k < size; k++)
    data[k] = 0;
  free(file->data);
  *file = (File){data, size};
}

/* Four sound files: 12 + 6 pictures of 3 x 2 (columns x rows), 3 classes. */
static void make_files(File files[4]) {
  files[0] = make_images(12, 2, 3);
  files[1] = make_labels(12, 3);
  files[2] = make_images(6, 2, 3);
  files[3] = make_labels(6, 3);
}

static const char *const file_names[4] = {"A-images", "A-labels", "B-images", "B-labels"};

static Status parse(File files[4], Dataset *dataset, Error *error) {
  const uint8_t *data[4];
  size_t sizes[4];
  for (int k = 0; k < 4; k++) {
    data[k] = files[k].data;
    sizes[k] = files[k].size;
  }
  *error = (Error){0};
  memset(dataset, 0x5A, sizeof *dataset); /* what stood there must not matter */
  return dataset_from_idx(data, sizes, file_names, dataset, error);
}

static int is_zeroed(const Dataset *dataset) {
  const uint8_t *bytes = (const uint8_t *)dataset;
  for (size_t k = 0; k < sizeof *dataset; k++)
    if (bytes[k])
      return 0;
  return 1;
}

static void free_files(File files[4]) {
  for (int k = 0; k < 4; k++)
    free(files[k].data);
}

static void sound_files(void) {
  File files[4];
  Dataset dataset;
  Error error;
  make_files(files);
  if (!CHECK(parse(files, &dataset, &error) == STATUS_OK, "%s", error.text))
    return;
  CHECK(dataset.inputs == 6 && dataset.classes == 3);
  CHECK(dataset.width == 3 && dataset.height == 2);
  CHECK(dataset.train.count == 12 && dataset.test.count == 6);
  CHECK(dataset.train.bytes && !dataset.train.values);
  CHECK(!memcmp(dataset.train.bytes, files[0].data + 16, 72));
  CHECK(!memcmp(dataset.train.labels, files[1].data + 8, 12));
  CHECK(!memcmp(dataset.test.bytes, files[2].data + 16, 36));
  CHECK(!memcmp(dataset.test.labels, files[3].data + 8, 6));
  CHECK(!dataset.planted && !dataset.planted_layers);
  CHECK(dataset.hash == 0x2a9be3c30e7032efu, "got 0x%016llx", (unsigned long long)dataset.hash);
  uint64_t hash = dataset.hash;
  dataset_free(&dataset);
  CHECK(is_zeroed(&dataset));
  dataset_free(&dataset); /* twice is fine */

  /* Classes count over both parts, up to the limit; gaps are fine. */
  files[3].data[8] = 99;
  CHECK(parse(files, &dataset, &error) == STATUS_OK, "%s", error.text);
  CHECK(dataset.classes == 100 && dataset.hash != hash);
  dataset_free(&dataset);
  free_files(files);

  /* Every byte of pictures and labels counts for the hash, and every number of the header. */
  make_files(files);
  for (int f = 0; f < 4; f++)
    for (size_t k = f % 2 ? 8 : 16; k < files[f].size; k++) {
      files[f].data[k] ^= 1;
      if (CHECK(parse(files, &dataset, &error) == STATUS_OK, "%s", error.text))
        CHECK(dataset.hash != hash, "byte %zu of file %d does not count", k, f);
      dataset_free(&dataset);
      files[f].data[k] ^= 1;
    }
  for (int f = 0; f < 4; f += 2) { /* the same bytes in pictures of 2 x 3 */
    put(files[f].data + 8, 3);
    put(files[f].data + 12, 2);
  }
  CHECK(parse(files, &dataset, &error) == STATUS_OK && dataset.hash != hash);
  dataset_free(&dataset);
  free_files(files);

  /* The largest picture, and one of a single pixel. */
  files[0] = make_images(2, 128, 128);
  files[1] = make_labels(2, 2);
  files[2] = make_images(1, 128, 128);
  files[3] = make_labels(1, 1);
  CHECK(parse(files, &dataset, &error) == STATUS_OK, "%s", error.text);
  CHECK(dataset.inputs == DATASET_INPUTS_MAXIMUM);
  dataset_free(&dataset);
  free_files(files);
  files[0] = make_images(2, 1, 1);
  files[1] = make_labels(2, 2);
  files[2] = make_images(1, 1, 1);
  files[3] = make_labels(1, 1);
  CHECK(parse(files, &dataset, &error) == STATUS_OK && dataset.inputs == 1, "%s", error.text);
  dataset_free(&dataset);
  free_files(files);
}

/* What must be refused: file f after a change, with what the error must say. */
typedef struct Fault {
  const char *what;
  int file;
  enum { SET_WORD, SET_SIZE, SET_BYTE, REPLACE } change;
  size_t place;   /* SET_WORD, SET_BYTE: where; SET_SIZE: bytes; REPLACE: the file put there */
  uint32_t value; /* SET_WORD, SET_BYTE */
  const char *says[4];
} Fault;

static const Fault faults[] = {
    {"empty file", 0, SET_SIZE, 0, 0, {"A-images", "cut short", "16 bytes", "0 bytes"}},
    {"empty labels", 3, SET_SIZE, 0, 0, {"B-labels", "cut short", "8 bytes", "0 bytes"}},
    {"three bytes", 0, SET_SIZE, 3, 0, {"A-images", "cut short", "16 bytes", "3 bytes"}},
    {"a header cut off", 2, SET_SIZE, 15, 0, {"B-images", "cut short", "16 bytes", "15 bytes"}},
    {"no pictures", 0, SET_SIZE, 16, 0, {"A-images", "cut short", "88 bytes", "16 bytes"}},
    {"one byte short", 0, SET_SIZE, 87, 0, {"A-images", "cut short", "88 bytes", "87 bytes"}},
    {"one byte long", 0, SET_SIZE, 89, 0, {"A-images", "too long", "88 bytes", "89 bytes"}},
    {"a label short", 1, SET_SIZE, 19, 0, {"A-labels", "cut short", "20 bytes", "19 bytes"}},
    {"a label long", 3, SET_SIZE, 15, 0, {"B-labels", "too long", "14 bytes", "15 bytes"}},
    {"no magic", 0, SET_WORD, 0, 0x504B0304, {"A-images", "0x00000803", "no IDX", "0x504B0304"}},
    {"zero magic", 1, SET_WORD, 0, 0, {"A-labels", "0x00000801", "no IDX", "0x00000000"}},
    {"little-endian", 0, SET_WORD, 0, 0x03080000, {"A-images", "0x00000803", "no IDX", ""}},
    {"gzip", 0, SET_WORD, 0, 0x1F8B0808, {"A-images", "gzip", "gunzip", ""}},
    {"floats", 0, SET_WORD, 0, 0xD03, {"A-images", "32-bit floats in 3 dimensions", "0D03", ""}},
    {"signed bytes", 0, SET_WORD, 0, 0x903, {"A-images", "signed bytes", "0903", ""}},
    {"4 dimensions", 0, SET_WORD, 0, 0x804, {"A-images", "unsigned bytes in 4 dim", "0804", ""}},
    {"label integers", 1, SET_WORD, 0, 0xC01, {"A-labels", "32-bit integers in 1 dim", "0C01", ""}},
    {"images as labels", 1, REPLACE, 0, 0, {"A-labels", "expected IDX labels", "found images", ""}},
    {"labels as images", 0, REPLACE, 1, 0, {"A-images", "expected IDX images", "found labels", ""}},
    {"test labels as images", 2, REPLACE, 3, 0, {"B-images", "IDX images", "found labels", ""}},
    {"no samples", 0, SET_WORD, 4, 0, {"A-images", "at least one", "found 0", ""}},
    {"no labels", 3, SET_WORD, 4, 0, {"B-labels", "at least one", "found 0", ""}},
    {"0 rows", 0, SET_WORD, 8, 0, {"A-images", "pictures", "found 0 rows of 3", ""}},
    {"0 columns", 2, SET_WORD, 12, 0, {"B-images", "pictures", "found 2 rows of 0", ""}},
    {"count 2^32 - 1", 0, SET_WORD, 4, UINT32_MAX, {"A-images", "cut short", "4294967295", "88"}},
    {"labels 2^32 - 1", 1, SET_WORD, 4, UINT32_MAX, {"A-labels", "cut short", "4294967303", "20"}},
    {"rows 2^32 - 1", 0, SET_WORD, 8, UINT32_MAX, {"A-images", "16384 pixels", "4294967295", ""}},
    {"columns 2^31", 0, SET_WORD, 12, 1u << 31, {"A-images", "16384 pixels", "2147483648", ""}},
    {"16385 pixels", 0, SET_WORD, 8, 5462, {"A-images", "16384 pixels", "5462 rows of 3", ""}},
    {"count wraps",
     0,
     SET_WORD,
     4,
     0x8000000Cu,
     {"A-images", "cut short", "2147483660 images", ""}},
    {"one label less",
     1,
     REPLACE,
     4,
     0,
     {"A-labels", "expected 12 labels", "A-images", "found 11"}},
    {"other pictures", 2, REPLACE, 5, 0, {"B-images", "3 x 2 as in A-images", "found 2 x 3", ""}},
    {"label 100", 1, SET_BYTE, 12, 100, {"A-labels", "0 to 99", "found 100", "label 5 of 12"}},
    {"test label 255", 3, SET_BYTE, 13, 255, {"B-labels", "0 to 99", "found 255", "label 6 of 6"}},
    {"one class", 1, REPLACE, 6, 0, {"A-labels", "two classes", "label 0", "all 12"}},
};

static void broken_files(void) {
  for (size_t k = 0; k < sizeof faults / sizeof *faults; k++) {
    const Fault *fault = &faults[k];
    File files[4], spare[3];
    Dataset dataset;
    Error error;
    make_files(files);
    spare[0] = make_labels(11, 3);
    spare[1] = make_images(6, 3, 2);
    spare[2] = make_labels(12, 1);
    File *file = &files[fault->file];
    if (fault->change == SET_WORD)
      put(file->data + fault->place, fault->value);
    else if (fault->change == SET_BYTE)
      file->data[fault->place] = (uint8_t)fault->value;
    else if (fault->change == SET_SIZE)
      resize(file, fault->place);
    else {
      const File *from = fault->place < 4 ? &files[fault->place] : &spare[fault->place - 4];
      resize(file, from->size);
      memcpy(file->data, from->data, from->size);
    }
    Status status = parse(files, &dataset, &error);
    CHECK(status == STATUS_FORMAT && error.status == STATUS_FORMAT, "%s: status %d", fault->what,
          status);
    CHECK(is_zeroed(&dataset), "%s: the result is not zeroed", fault->what);
    for (int s = 0; s < 4; s++)
      CHECK(strstr(error.text, fault->says[s]), "%s: '%s' is not in: %s", fault->what,
            fault->says[s], error.text);
    CHECK(strlen(error.text) < 200 && !strchr(error.text, '\n'), "%s", error.text);
    const uint8_t *data[4] = {files[0].data, files[1].data, files[2].data, files[3].data};
    size_t sizes[4] = {files[0].size, files[1].size, files[2].size, files[3].size};
    CHECK(dataset_from_idx(data, sizes, file_names, &dataset, NULL) == STATUS_FORMAT);
    free_files(files);
    for (int s = 0; s < 3; s++)
      free(spare[s].data);
  }
  /* Every length of every file but the right one is refused. */
  for (int f = 0; f < 4; f++)
    for (size_t size = 0; size < 100; size++) {
      File files[4];
      Dataset dataset;
      Error error;
      make_files(files);
      if (size != files[f].size) {
        resize(&files[f], size);
        CHECK(parse(files, &dataset, &error) == STATUS_FORMAT && strstr(error.text, file_names[f]),
              "file %d of %zu bytes: %s", f, size, error.text);
      }
      free_files(files);
    }
}

/* ---- Folders and the host ------------------------------------------------------------------ */

static char folder[200];

static const char *in_folder(const char *name) {
  static char path[8][300];
  static int turn;
  turn = (turn + 1) % 8;
  snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
  return path[turn];
}

static void host_files(void) {
  Error error = {0};
  uint8_t *data;
  size_t size;
  uint8_t content[100000];
  for (size_t k = 0; k < sizeof content; k++)
    content[k] = (uint8_t)(k * k >> 3);
  static const size_t sizes[] = {0, 1, 65535, 65536, 65537, sizeof content};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    CHECK(!host_write_file(in_folder("file"), content, sizes[k], &error), "%s", error.text);
    CHECK(!host_read_file(in_folder("file"), &data, &size, &error), "%s", error.text);
    CHECK(data && size == sizes[k] && !memcmp(data, content, size), "%zu bytes", sizes[k]);
    free(data);
  }
  CHECK(!host_write_file(in_folder("file"), NULL, 0, &error));
  unlink(in_folder("file"));

  CHECK(host_read_file(in_folder("absent"), &data, &size, &error) == STATUS_FILE);
  CHECK(!data && !size && strstr(error.text, in_folder("absent")) && strstr(error.text, "No such"),
        "%s", error.text);
  CHECK(host_read_file(folder, &data, &size, &error) == STATUS_FILE, "a folder is no file");
  CHECK(!data && strstr(error.text, folder), "%s", error.text);
  CHECK(host_write_file(in_folder("none/file"), content, 1, &error) == STATUS_FILE);
  CHECK(strstr(error.text, "none/file"), "%s", error.text);
  if (!access("/dev/full", W_OK))
    CHECK(host_write_file("/dev/full", content, 1, &error) == STATUS_FILE, "a full disk");

  char path[2000]; /* longer than an error's text: its end and the reason are what helps */
  memset(path, 'x', sizeof path);
  memcpy(path + sizeof path - 9, "/the-end", 9);
  CHECK(host_read_file(path, &data, &size, &error) == STATUS_FILE);
  CHECK(strstr(error.text, "/the-end: "), "%s", error.text);

  double start = host_seconds();
  CHECK(start >= 0 && host_seconds() >= start);

  setenv("FILIGREE_DATA", "/somewhere/else///", 1);
  CHECK(!strcmp(host_data_folder(), "/somewhere/else"), "%s", host_data_folder());
  setenv("FILIGREE_DATA", "/", 1);
  CHECK(!strcmp(host_data_folder(), "/"), "%s", host_data_folder());
  unsetenv("FILIGREE_DATA");
  const char *found = host_data_folder();
  CHECK(strlen(found) > 5 && !strcmp(found + strlen(found) - 5, "/data"), "%s", found);
}

static void write_files(const File files[4]) {
  for (int k = 0; k < 4; k++)
    host_write_file(in_folder(dataset_idx_names[k]), files[k].data, files[k].size, NULL);
}

static void folders(void) {
  File files[4];
  Dataset dataset, same;
  Error error = {0};
  make_files(files);
  write_files(files);
  CHECK(!dataset_from_folder(folder, &dataset, &error), "%s", error.text);
  CHECK(dataset.train.count == 12 && dataset.classes == 3);
  char path[300];
  snprintf(path, sizeof path, "%s//", folder);
  CHECK(!dataset_from_folder(path, &same, &error), "%s", error.text);
  CHECK(same.hash == dataset.hash);
  dataset_free(&same);
  dataset_free(&dataset);

  put(files[1].data, 0x803);
  write_files(files);
  CHECK(dataset_from_folder(folder, &dataset, &error) == STATUS_FORMAT && is_zeroed(&dataset));
  CHECK(strstr(error.text, in_folder(dataset_idx_names[1])), "%s", error.text);

  for (int k = 3; k >= 0; k--) {
    unlink(in_folder(dataset_idx_names[k]));
    CHECK(dataset_from_folder(folder, &dataset, &error) == STATUS_FILE && is_zeroed(&dataset));
    CHECK(strstr(error.text, in_folder(dataset_idx_names[k])), "%s", error.text);
    CHECK(strstr(error.text, "the folder must hold"), "%s", error.text);
  }
  CHECK(dataset_from_folder("", &dataset, &error) == STATUS_FILE);
  CHECK(strstr(error.text, "./train-images"), "%s", error.text);
  CHECK(dataset_from_folder("/nowhere", &dataset, NULL) == STATUS_FILE);
  free_files(files);
}

static void mnist(void) {
  Dataset dataset;
  Error error = {0};
  char path[600];
  snprintf(path, sizeof path, "%.500s/mnist", host_data_folder());
  if (access(path, R_OK)) {
    printf("%s is not there: MNIST is not tested\n", path);
    return;
  }
  if (!CHECK(!dataset_from_folder(path, &dataset, &error), "%s", error.text))
    return;
  CHECK(dataset.train.count == 60000 && dataset.test.count == 10000);
  CHECK(dataset.inputs == 784 && dataset.width == 28 && dataset.classes == 10);
  static const uint8_t first[] = {5, 0, 4, 1, 9, 2, 1, 3};
  CHECK(!memcmp(dataset.train.labels, first, sizeof first), "the first digits are 5 0 4 1 9");
  CHECK(dataset.hash == 0xf487396d9df6ac9fu, "got 0x%016llx", (unsigned long long)dataset.hash);
  CHECK(dataset_hash(&dataset) == dataset.hash);
  CHECK(dataset_subset(&dataset, 59999, 1, &error) == STATUS_RANGE);
  CHECK(strstr(error.text, "class 5 has 5421"), "%s", error.text);
  CHECK(!dataset_subset(&dataset, 1000, 1, &error), "%s", error.text);
  dataset_free(&dataset);
}

/* ---- Generated sets ------------------------------------------------------------------------ */

static void check_samples(const char *name, const Samples *samples, uint32_t inputs,
                          uint32_t classes) {
  uint32_t counts[256] = {0};
  CHECK(samples->values && !samples->bytes);
  double largest = 0;
  for (size_t k = 0; k < (size_t)samples->count * inputs; k++) {
    double x = (double)samples->values[k];
    x = x < 0 ? -x : x;
    largest = !(x <= largest) ? x : largest; /* NaN stays */
  }
  CHECK(largest > 0.5 && largest < 1.8, "%s: inputs up to %g", name, largest);
  for (uint32_t k = 0; k < samples->count; k++) {
    counts[samples->labels[k]]++;
    CHECK(samples->labels[k] == k % classes, "%s: classes take turns", name);
  }
  for (uint32_t c = 0; c < classes; c++)
    CHECK(counts[c] == samples->count / classes, "%s: class %u has %u", name, c, counts[c]);
}

/* The share of test points whose nearest training point has the same label: what can be learned. */
static double nearest_neighbour(const Dataset *dataset) {
  uint32_t right = 0;
  for (uint32_t t = 0; t < dataset->test.count; t++) {
    float best = 1e30f;
    uint8_t label = 255;
    for (uint32_t k = 0; k < dataset->train.count; k++) {
      float distance = 0;
      for (uint32_t i = 0; i < dataset->inputs; i++) {
        float d = dataset->train.values[k * dataset->inputs + i] -
                  dataset->test.values[t * dataset->inputs + i];
        distance += d * d;
      }
      if (distance < best) {
        best = distance;
        label = dataset->train.labels[k];
      }
    }
    right += label == dataset->test.labels[t];
  }
  return (double)right / dataset->test.count;
}

static void generated_sets(void) {
  static const struct {
    const char *name;
    uint32_t inputs, classes, train, test;
    uint64_t hash; /* of seed 1: the same from every build */
  } wanted[] = {
      {"moons", 2, 2, 2048, 1024, 0xc9eef858771c37e1u},
      {"circles", 2, 2, 2048, 1024, 0x69b9afa80a3d3c68u},
      {"xor", 2, 2, 2048, 1024, 0xe97cc597c23e1de0u},
      {"spiral", 2, 2, 2048, 1024, 0x1a7bd6f3f2db3901u},
      {"planted", 32, 4, 8192, 2048, 0x1c67ab4f25bc05e8u},
  };
  enum { SETS = sizeof wanted / sizeof *wanted };
  int generated = 0;
  for (int k = 0; k < dataset_table_count; k++) {
    const DatasetInfo *row = &dataset_table[k];
    CHECK(row->name && *row->help && *row->layers && dataset_find(row->name) == k);
    generated += row->generated;
  }
  CHECK(generated == SETS && !dataset_table[0].generated);
  CHECK(!strcmp(dataset_table[0].name, "mnist") && dataset_find("fashion-mnist") == 1);
  CHECK(dataset_find("") < 0 && dataset_find("moon") < 0 && dataset_find("moons ") < 0);
  for (int k = 0; k < SETS; k++) {
    Dataset dataset, again, other;
    Error error = {0};
    const char *name = wanted[k].name;
    int row = dataset_find(name);
    memset(&dataset, 0x5A, sizeof dataset);
    if (!CHECK(row == k + 2, "%s is row %d", name, row) ||
        !CHECK(!dataset_generate(row, 1, &dataset, &error), "%s: %s", name, error.text))
      continue;
    CHECK(dataset.inputs == wanted[k].inputs && dataset.classes == wanted[k].classes);
    CHECK(dataset.train.count == wanted[k].train && dataset.test.count == wanted[k].test);
    CHECK(!dataset.width && !dataset.height);
    CHECK(dataset.hash == wanted[k].hash, "%s: 0x%016llxu", name, (unsigned long long)dataset.hash);
    check_samples(name, &dataset.train, dataset.inputs, dataset.classes);
    check_samples(name, &dataset.test, dataset.inputs, dataset.classes);
    /* the default network fits */
    unsigned first = 0, last = 0;
    sscanf(dataset_table[row].layers, "%u", &first);
    sscanf(strrchr(dataset_table[row].layers, ','), ",%u", &last);
    CHECK(first == dataset.inputs && last == dataset.classes, "%s", dataset_table[row].layers);

    CHECK(!dataset_generate(row, 1, &again, NULL) && !dataset_generate(row, 2, &other, NULL));
    CHECK(again.hash == dataset.hash && other.hash != dataset.hash);
    size_t bytes = (size_t)dataset.train.count * dataset.inputs * sizeof(float);
    CHECK(!memcmp(again.train.values, dataset.train.values, bytes));
    CHECK(memcmp(other.train.values, dataset.train.values, bytes));
    CHECK(memcmp(dataset.train.values, dataset.test.values, 64), "test data are training data");
    if (dataset.inputs == 2) {
      double share = nearest_neighbour(&dataset);
      CHECK(share > 0.96, "%s: a neighbour knows %g", name, share);
    }
    dataset_free(&again);
    dataset_free(&other);
    dataset_free(&dataset);
  }
  Dataset dataset;
  Error error = {0};
  CHECK(dataset_generate(0, 1, &dataset, &error) == STATUS_USAGE && is_zeroed(&dataset));
  CHECK(strstr(error.text, "mnist"), "%s", error.text);
  CHECK(dataset_generate(-1, 1, &dataset, &error) == STATUS_USAGE);
  CHECK(dataset_generate(dataset_table_count, 1, &dataset, NULL) == STATUS_USAGE);
}

/* The outputs of the planted network by its published fields alone. */
static void planted_outputs(const Dataset *dataset, const float *input, float *outputs) {
  float from[64], to[64];
  memcpy(from, input, dataset->inputs * sizeof *from);
  for (uint32_t l = 0; l < dataset->planted_layers; l++) {
    const PlantedLayer *layer = &dataset->planted[l];
    for (uint32_t o = 0; o < layer->outputs; o++) {
      to[o] = layer->biases[o];
      for (uint32_t i = 0; i < layer->inputs; i++)
        to[o] += layer->weights[o * layer->inputs + i] * from[i];
      if (l + 1 < dataset->planted_layers && to[o] < 0)
        to[o] = 0;
    }
    memcpy(from, to, layer->outputs * sizeof *from);
  }
  memcpy(outputs, to, dataset->classes * sizeof *to);
}

static void planted(uint64_t seed, int closely) {
  Dataset dataset;
  Error error = {0};
  if (!CHECK(!dataset_generate(dataset_find("planted"), seed, &dataset, &error), "%s", error.text))
    return;
  CHECK(dataset.planted_layers == 2);
  CHECK(dataset.planted[0].inputs == 32 && dataset.planted[0].outputs == 12);
  CHECK(dataset.planted[1].inputs == 12 && dataset.planted[1].outputs == 4);
  CHECK(dataset.planted[0].nonzeros == 36 && dataset.planted[1].nonzeros == 14);
  uint32_t read[32] = {0}, informative = 0;
  for (uint32_t l = 0; l < 2; l++) {
    const PlantedLayer *layer = &dataset.planted[l];
    uint32_t nonzeros = 0;
    for (uint32_t o = 0; o < layer->outputs; o++) {
      uint32_t row = 0;
      for (uint32_t i = 0; i < layer->inputs; i++) {
        float w = layer->weights[o * layer->inputs + i];
        row += w != 0;
        read[i] += l == 0 && w != 0;
        CHECK(w == 0 || w >= 0.6f || w <= -0.6f, "a weight near zero: %g", (double)w);
      }
      CHECK(l ? row == 3 || row == 4 : row == 3, "layer %u, output %u reads %u", l, o, row);
      nonzeros += row;
    }
    CHECK(nonzeros == layer->nonzeros, "%u, not %u", nonzeros, layer->nonzeros);
    for (uint32_t i = 0; l == 1 && i < layer->inputs; i++) {
      uint32_t column = 0;
      for (uint32_t o = 0; o < layer->outputs; o++)
        column += layer->weights[o * layer->inputs + i] != 0;
      CHECK(column >= 1, "nobody reads unit %u", i);
    }
  }
  for (int i = 0; i < 32; i++)
    informative += read[i] > 0;
  CHECK(informative == 11, "%u inputs are read", informative);
  check_samples("planted", &dataset.train, 32, 4);
  check_samples("planted", &dataset.test, 32, 4);
  /* The labels are those of the network, at a distance from the borders. */
  const Samples *parts[] = {&dataset.train, &dataset.test};
  for (int p = 0; p < 2; p++)
    for (uint32_t k = 0; k < (closely ? parts[p]->count : 100); k++) {
      float outputs[4], closest = 1e30f;
      planted_outputs(&dataset, parts[p]->values + 32 * (size_t)k, outputs);
      for (uint32_t c = 0; c < 4; c++) {
        float margin = outputs[parts[p]->labels[k]] - outputs[c];
        if (c != parts[p]->labels[k] && margin < closest)
          closest = margin;
      }
      CHECK(closest > 0.05f, "seed %llu: sample %u wins by %g", (unsigned long long)seed, k,
            (double)closest);
    }
  if (closely) { /* the samples are a fair share of all inputs: no class is a rarity */
    Random random = random_stream(seed, RANDOM_DATA, 77, 0);
    uint32_t wins[4] = {0};
    for (int k = 0; k < 20000; k++) {
      float input[32], outputs[4];
      for (int i = 0; i < 32; i++)
        input[i] = 2 * random_unit(&random) - 1;
      planted_outputs(&dataset, input, outputs);
      uint32_t best = 0;
      for (uint32_t c = 1; c < 4; c++)
        best = outputs[c] > outputs[best] ? c : best;
      wins[best]++;
    }
    for (int c = 0; c < 4; c++)
      CHECK(wins[c] > 3000 && wins[c] < 7000, "seed %llu: class %d wins %u of 20000",
            (unsigned long long)seed, c, wins[c]);
  }
  dataset_free(&dataset);
}

/* ---- Subsets ------------------------------------------------------------------------------- */

/* `count` samples of 3 inputs; input 0 is the sample's number, label from labels. */
static Dataset numbered(uint32_t count, const uint8_t *labels, SampleKind kind) {
  Dataset dataset = {.inputs = 3, .classes = 4};
  dataset_allocate_samples(&dataset.train, count, 3, kind, NULL);
  dataset_allocate_samples(&dataset.test, 1, 3, kind, NULL);
  for (uint32_t k = 0; k < count; k++) {
    if (kind == SAMPLE_BYTES)
      dataset.train.bytes[3 * k] = (uint8_t)k;
    else
      dataset.train.values[3 * k] = (float)k;
    dataset.train.labels[k] = labels[k];
  }
  dataset.hash = dataset_hash(&dataset);
  return dataset;
}

static uint32_t number_of(const Dataset *dataset, uint32_t k) {
  return dataset->train.bytes ? dataset->train.bytes[3 * k]
                              : (uint32_t)dataset->train.values[3 * k];
}

static void subsets(SampleKind kind) {
  enum { COUNT = 200 };
  uint8_t labels[COUNT], last_kept[COUNT] = {0};
  uint32_t present[4] = {0};
  Error error = {0};
  for (uint32_t k = 0; k < COUNT; k++) {
    labels[k] = (uint8_t)(k % 10 < 4 ? 0 : k % 10 < 7 ? 1 : k % 10 < 9 ? 2 : 3);
    present[labels[k]]++;
  }
  CHECK(present[3] == 20 && present[2] == 40);
  uint32_t most = 0;
  for (uint32_t count = 1; count <= COUNT; count++) {
    Dataset dataset = numbered(COUNT, labels, kind), again = numbered(COUNT, labels, kind);
    uint64_t hash = dataset.hash;
    Dataset before = dataset;
    Status status = dataset_subset(&dataset, count, check_seed, &error);
    if (status) {
      CHECK(status == STATUS_RANGE && count > 4 * 20 && count < COUNT, "%u: %s", count, error.text);
      CHECK(!memcmp(&before, &dataset, sizeof before), "changed on error");
      CHECK(strstr(error.text, "class 3 has 20"), "%s", error.text);
      CHECK(strstr(error.text, "at most 83"), "%s", error.text);
    } else if (count < COUNT) {
      uint32_t kept[4] = {0};
      uint8_t is_kept[COUNT] = {0};
      most = count;
      CHECK(dataset.train.count == count && dataset.hash != hash);
      CHECK(dataset.hash == dataset_hash(&dataset));
      CHECK(dataset.test.count == 1 && dataset.classes == 4 && dataset.inputs == 3);
      for (uint32_t k = 0; k < count; k++) {
        uint32_t number = number_of(&dataset, k);
        CHECK(number < COUNT && dataset.train.labels[k] == labels[number], "sample %u", number);
        CHECK(!k || number > number_of(&dataset, k - 1), "out of order");
        kept[dataset.train.labels[k]]++;
        is_kept[number] = 1;
      }
      for (uint32_t c = 0; c < 4; c++)
        CHECK(kept[c] == count / 4 + (c < count % 4), "%u of class %u in %u", kept[c], c, count);
      for (uint32_t k = 0; k < COUNT; k++)
        CHECK(is_kept[k] || !last_kept[k], "%u is not part of %u", count - 1, count);
      memcpy(last_kept, is_kept, COUNT);
      CHECK(!dataset_subset(&again, count, check_seed, &error) && again.hash == dataset.hash);
      dataset_free(&again);
      again = numbered(COUNT, labels, kind);
      CHECK(!dataset_subset(&again, count, check_seed + 1, &error));
      CHECK(count < 4 || again.hash != dataset.hash, "another seed, the same %u", count);
    } else {
      CHECK(dataset.train.count == COUNT && dataset.hash == hash, "all are kept");
      most = count;
    }
    dataset_free(&dataset);
    dataset_free(&again);
  }
  CHECK(most == COUNT);

  Dataset dataset = numbered(COUNT, labels, kind);
  uint64_t hash = dataset.hash;
  CHECK(dataset_subset(&dataset, 0, 1, &error) == STATUS_RANGE, "%s", error.text);
  CHECK(dataset_subset(&dataset, COUNT + 1, 1, &error) == STATUS_RANGE);
  CHECK(strstr(error.text, "201") && strstr(error.text, "200"), "%s", error.text);
  CHECK(dataset_subset(&dataset, UINT32_MAX, 1, NULL) == STATUS_RANGE);
  CHECK(dataset.train.count == COUNT && dataset_hash(&dataset) == hash);
  dataset_free(&dataset);

  /* A class without training samples has no share. */
  for (uint32_t k = 0; k < COUNT; k++)
    labels[k] = (uint8_t)(k % 2 ? 3 : 1);
  dataset = numbered(COUNT, labels, kind);
  CHECK(!dataset_subset(&dataset, 51, 1, &error), "%s", error.text);
  uint32_t ones = 0;
  for (uint32_t k = 0; k < dataset.train.count; k++)
    ones += dataset.train.labels[k] == 1;
  CHECK(dataset.train.count == 51 && ones == 26, "%u of %u", ones, dataset.train.count);
  dataset_free(&dataset);
}

/* Every sample has the same chance. */
static void subset_is_fair(void) {
  enum { COUNT = 40, TIMES = 4000 };
  uint8_t labels[COUNT];
  uint32_t kept[COUNT] = {0};
  for (uint32_t k = 0; k < COUNT; k++)
    labels[k] = k % 4;
  for (uint64_t seed = 0; seed < TIMES; seed++) {
    Dataset dataset = numbered(COUNT, labels, SAMPLE_BYTES);
    CHECK(!dataset_subset(&dataset, 12, check_seed * 1000000 + seed, NULL));
    for (uint32_t k = 0; k < dataset.train.count; k++)
      kept[number_of(&dataset, k)]++;
    dataset_free(&dataset);
  }
  for (int k = 0; k < COUNT; k++)
    CHECK_CLOSE(kept[k] / (double)TIMES, 0.3, 6 * scalar_sqrt(0.3 * 0.7 / TIMES));
}

/* ---- The hash ------------------------------------------------------------------------------ */

static void hash_covers(void) {
  for (uint32_t count = 1; count < 20; count++)
    for (int kind = SAMPLE_BYTES; kind <= SAMPLE_VALUES; kind++) {
      Dataset dataset = {.inputs = 3, .classes = 4};
      Samples *parts[] = {&dataset.train, &dataset.test};
      CHECK(!dataset_allocate_samples(&dataset.train, count, 3, (SampleKind)kind, NULL));
      CHECK(!dataset_allocate_samples(&dataset.test, count, 3, (SampleKind)kind, NULL));
      uint64_t hash = dataset_hash(&dataset);
      CHECK(hash == dataset_hash(&dataset));
      for (int p = 0; p < 2; p++)
        for (uint32_t k = 0; k < 3 * count; k++) {
          if (kind == SAMPLE_BYTES)
            parts[p]->bytes[k] = 1;
          else
            parts[p]->values[k] = 0x1p-149f;
          CHECK(dataset_hash(&dataset) != hash, "input %u of %u", k, count);
          if (kind == SAMPLE_BYTES)
            parts[p]->bytes[k] = 0;
          else
            parts[p]->values[k] = 0;
        }
      for (int p = 0; p < 2; p++)
        for (uint32_t k = 0; k < count; k++) {
          parts[p]->labels[k] = 1;
          CHECK(dataset_hash(&dataset) != hash, "label %u of %u", k, count);
          parts[p]->labels[k] = 0;
        }
      uint32_t *numbers[] = {&dataset.classes, &dataset.width, &dataset.height};
      for (int n = 0; n < 3; n++) {
        ++*numbers[n];
        CHECK(dataset_hash(&dataset) != hash, "number %d", n);
        --*numbers[n];
      }
      CHECK(dataset_hash(&dataset) == hash);
      dataset_free(&dataset);
    }
  Dataset empty = {0};
  CHECK(dataset_hash(&empty) == dataset_hash(&empty));
}

int main(int count, char **words) {
  check_start(count, words);
  snprintf(folder, sizeof folder, "/tmp/filigree-dataset-%ld", (long)getpid());
  CHECK(!mkdir(folder, 0700), "cannot make %s", folder);
  sound_files();
  broken_files();
  host_files();
  folders();
  mnist();
  generated_sets();
  planted(check_seed, 1);
  for (uint64_t seed = 0; seed < 12; seed++)
    planted(check_seed * 1000 + seed, seed < 3);
  subsets(SAMPLE_BYTES);
  subsets(SAMPLE_VALUES);
  subset_is_fair();
  hash_covers();
  rmdir(folder);
  return check_finish();
}
