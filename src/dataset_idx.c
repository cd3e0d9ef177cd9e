/* dataset_idx.c: IDX, the format of MNIST: see dataset.h. Files are taken as hostile: a number in
 * them is used only after it was checked against the length of the file.
 * Source: LeCun, Cortes, Burges, "The MNIST database", file formats. */
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "format.h"
#include "host.h"
#include "memory.h"

const char *const dataset_idx_names[4] = {
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
};

static const uint32_t MAGIC_IMAGES = 0x803, MAGIC_LABELS = 0x801;

typedef struct IdxFile {
  const uint8_t *data;
  size_t size;
  const char *name;
  uint32_t count, rows, columns; /* rows = columns = 1 for labels */
} IdxFile;

/* The end of a path, which names the file, where the whole would crowd out the reason. */
static const char *tail(const char *name) {
  enum { SHOWN = 160 };
  size_t length = strlen(name);
  return length > SHOWN ? name + length - SHOWN : name;
}

static uint32_t big_endian(const uint8_t *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* What a wrong file seems to be, in words, into text[size]. */
static void describe(const uint8_t *magic, char *text, size_t size) {
  static const struct {
    uint8_t code;
    const char *name;
  } types[] = {{0x08, "unsigned bytes"},  {0x09, "signed bytes"},  {0x0B, "16-bit integers"},
               {0x0C, "32-bit integers"}, {0x0D, "32-bit floats"}, {0x0E, "64-bit floats"}};
  const char *type = NULL;
  for (size_t k = 0; k < sizeof types / sizeof *types; k++)
    if (types[k].code == magic[2])
      type = types[k].name;
  if (magic[0] == 0x1F && magic[1] == 0x8B)
    format_text(text, size, "a gzip file; unpack it with gunzip");
  else if (magic[0] || magic[1] || !type)
    format_text(text, size, "no IDX file (magic 0x%08X)", big_endian(magic));
  else if (big_endian(magic) == MAGIC_LABELS)
    format_text(text, size, "labels (magic 0x00000801)");
  else if (big_endian(magic) == MAGIC_IMAGES)
    format_text(text, size, "images (magic 0x00000803)");
  else
    format_text(text, size, "%s in %u dimension%s (magic 0x%08X)", type, magic[3],
                magic[3] == 1 ? "" : "s", big_endian(magic));
}

/* Checks everything that one file says about itself. */
static Status read_header(IdxFile *file, uint32_t magic, Error *error) {
  const char *name = tail(file->name), *what = magic == MAGIC_IMAGES ? "images" : "labels";
  size_t header = magic == MAGIC_IMAGES ? 16 : 8;
  if (file->size >= 4 && big_endian(file->data) != magic) {
    char found[80];
    describe(file->data, found, sizeof found);
    return error_set(error, STATUS_FORMAT, "%s: expected IDX %s (magic 0x%08X), found %s", name,
                     what, magic, found);
  }
  if (file->size < header)
    return error_set(error, STATUS_FORMAT,
                     "%s is cut short: expected IDX %s with a header of %zu bytes, found %zu bytes",
                     name, what, header, file->size);
  file->count = big_endian(file->data + 4);
  file->rows = magic == MAGIC_IMAGES ? big_endian(file->data + 8) : 1;
  file->columns = magic == MAGIC_IMAGES ? big_endian(file->data + 12) : 1;
  if (!file->count)
    return error_set(error, STATUS_FORMAT, "%s: expected at least one sample, found 0 %s", name,
                     what);
  uint64_t pixels = (uint64_t)file->rows * file->columns; /* < 2^64 */
  if (pixels < 1 || pixels > DATASET_INPUTS_MAXIMUM)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected pictures of 1 to %d pixels, found %u rows of %u", name,
                     DATASET_INPUTS_MAXIMUM, file->rows, file->columns);
  uint64_t wanted = header + file->count * pixels; /* < 2^32 * 2^14 + 16 */
  if (file->size != wanted)
    return error_set(error, STATUS_FORMAT,
                     "%s is %s: expected %llu bytes for %u %s of %u x %u, found %zu bytes", name,
                     file->size < wanted ? "cut short" : "too long", (unsigned long long)wanted,
                     file->count, what, file->columns, file->rows, file->size);
  return STATUS_OK;
}

/* Checks a pair of files and raises *classes to its largest label + 1. */
static Status check_labels(const IdxFile *images, const IdxFile *labels, uint32_t *classes,
                           Error *error) {
  if (images->count != labels->count)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected %u labels, one for each picture of %s, "
                     "found %u",
                     tail(labels->name), images->count, tail(images->name), labels->count);
  for (uint32_t k = 0; k < labels->count; k++) {
    uint32_t label = labels->data[8 + k];
    if (label >= DATASET_CLASSES_MAXIMUM)
      return error_set(error, STATUS_FORMAT,
                       "%s: expected labels from 0 to %d, found %u (label %u "
                       "of %u)",
                       tail(labels->name), DATASET_CLASSES_MAXIMUM - 1, label, k + 1,
                       labels->count);
    if (label >= *classes)
      *classes = label + 1;
  }
  return STATUS_OK;
}

static int has_two_classes(const IdxFile *labels) {
  for (uint32_t k = 1; k < labels->count; k++)
    if (labels->data[8 + k] != labels->data[8])
      return 1;
  return 0;
}

static Status one_class(const IdxFile *labels, Error *error) {
  return error_set(error, STATUS_FORMAT,
                   "%s: expected at least two classes, found label %u for all %u samples",
                   tail(labels->name), labels->data[8], labels->count);
}

static Status copy(const IdxFile *images, const IdxFile *labels, Samples *samples, Error *error) {
  uint32_t inputs = images->rows * images->columns;
  Status status = dataset_allocate_samples(samples, images->count, inputs, SAMPLE_BYTES, error);
  if (status)
    return status;
  memcpy(samples->bytes, images->data + 16, images->size - 16);
  memcpy(samples->labels, labels->data + 8, labels->size - 8);
  return STATUS_OK;
}

Status dataset_from_idx(const uint8_t *const files[4], const size_t sizes[4],
                        const char *const names[4], Dataset *dataset, Error *error) {
  *dataset = (Dataset){0};
  IdxFile file[4];
  for (int k = 0; k < 4; k++) {
    file[k] = (IdxFile){.data = files[k], .size = sizes[k], .name = names[k]};
    Status status = read_header(&file[k], k % 2 ? MAGIC_LABELS : MAGIC_IMAGES, error);
    if (status)
      return status;
  }
  if (file[0].rows != file[2].rows || file[0].columns != file[2].columns)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected pictures of %u x %u as in %s, found %u x %u", tail(file[2].name),
                     file[0].columns, file[0].rows, tail(file[0].name), file[2].columns,
                     file[2].rows);
  uint32_t classes = 0;
  Status status = check_labels(&file[0], &file[1], &classes, error);
  if (!status)
    status = check_labels(&file[2], &file[3], &classes, error);
  if (!status && !has_two_classes(&file[1]))
    status = one_class(&file[1], error);
  if (!status)
    status = copy(&file[0], &file[1], &dataset->train, error);
  if (!status)
    status = copy(&file[2], &file[3], &dataset->test, error);
  if (status) {
    dataset_free(dataset);
    return status;
  }
  dataset->inputs = file[0].rows * file[0].columns;
  dataset->classes = classes;
  dataset->width = file[0].columns;
  dataset->height = file[0].rows;
  dataset->hash = dataset_hash(dataset);
  return STATUS_OK;
}

/* Copies the samples to the places that dataset_split gave them. */
static Status copy_split(const IdxFile *images, const IdxFile *labels, Dataset *dataset,
                         Error *error) {
  uint32_t count = images->count, inputs = images->rows * images->columns, train = 0, test = 0;
  const uint8_t *pixels = images->data + 16, *classes = labels->data + 8;
  uint32_t *place = memory_zeroed(count, sizeof *place);
  Status status = STATUS_OK;
  if (!place)
    status = error_set(error, STATUS_MEMORY, "no memory for %u samples", count);
  if (!status)
    status = dataset_split(classes, count, tail(labels->name), place, &train, &test, error);
  if (!status)
    status = dataset_allocate_samples(&dataset->train, train, inputs, SAMPLE_BYTES, error);
  if (!status)
    status = dataset_allocate_samples(&dataset->test, test, inputs, SAMPLE_BYTES, error);
  for (uint32_t k = 0; !status && k < count; k++) {
    Samples *part = place[k] < train ? &dataset->train : &dataset->test;
    uint32_t at = place[k] < train ? place[k] : place[k] - train;
    memcpy(part->bytes + (size_t)at * inputs, pixels + (size_t)k * inputs, inputs);
    part->labels[at] = classes[k];
  }
  memory_free(place);
  return status;
}

Status dataset_from_idx_pair(const uint8_t *const files[2], const size_t sizes[2],
                             const char *const names[2], Dataset *dataset, Error *error) {
  *dataset = (Dataset){0};
  IdxFile file[2];
  uint32_t classes = 0;
  Status status = STATUS_OK;
  for (int k = 0; k < 2 && !status; k++) {
    file[k] = (IdxFile){.data = files[k], .size = sizes[k], .name = names[k]};
    status = read_header(&file[k], k ? MAGIC_LABELS : MAGIC_IMAGES, error);
  }
  if (!status)
    status = check_labels(&file[0], &file[1], &classes, error);
  if (!status && !has_two_classes(&file[1]))
    status = one_class(&file[1], error);
  if (!status)
    status = copy_split(&file[0], &file[1], dataset, error);
  if (status) {
    dataset_free(dataset);
    return status;
  }
  dataset->inputs = file[0].rows * file[0].columns;
  dataset->classes = classes;
  dataset->width = file[0].columns;
  dataset->height = file[0].rows;
  dataset->hash = dataset_hash(dataset);
  return STATUS_OK;
}

Status dataset_from_labels(const uint8_t *const labels[2], const size_t sizes[2],
                           const char *const names[2], uint32_t width, uint32_t height,
                           Dataset *dataset, Error *error) {
  *dataset = (Dataset){0};
  IdxFile file[2];
  Status status = STATUS_OK;
  if (width < 1 || height < 1 || (uint64_t)width * height > DATASET_INPUTS_MAXIMUM)
    return error_set(error, STATUS_FORMAT, "expected pictures of 1 to %d pixels, found %u x %u",
                     DATASET_INPUTS_MAXIMUM, width, height);
  for (int k = 0; k < 2 && !status; k++) {
    file[k] = (IdxFile){.data = labels[k], .size = sizes[k], .name = names[k]};
    status = read_header(&file[k], MAGIC_LABELS, error);
    if (!status) /* a label for each by definition */
      status = check_labels(&file[k], &file[k], &dataset->classes, error);
  }
  if (!status && !has_two_classes(&file[0]))
    status = one_class(&file[0], error);
  for (int k = 0; k < 2 && !status; k++) {
    Samples *samples = k ? &dataset->test : &dataset->train;
    status =
        dataset_allocate_samples(samples, file[k].count, width * height, SAMPLE_OUTSIDE, error);
    if (!status) {
      memcpy(samples->labels, file[k].data + 8, file[k].count);
      samples->part = k;
    }
  }
  if (status) {
    dataset_free(dataset);
    return status;
  }
  dataset->inputs = width * height;
  dataset->width = width;
  dataset->height = height;
  dataset->hash = dataset_hash(dataset);
  return STATUS_OK;
}

/* "folder/name", malloc'd; NULL without memory. */
static char *join(const char *folder, const char *name) {
  size_t length = strlen(folder);
  while (length > 1 && folder[length - 1] == '/')
    length--;
  size_t size = length + strlen(name) + 2;
  char *path = malloc(size);
  if (path)
    format_text(path, size, "%.*s%s%s", (int)length, folder,
                length && folder[length - 1] == '/' ? "" : "/", name);
  return path;
}

Status dataset_from_folder(const char *path, Dataset *dataset, Error *error) {
  *dataset = (Dataset){0};
  uint8_t *files[4] = {0};
  char *names[4] = {0};
  size_t sizes[4] = {0};
  Status status = STATUS_OK;
  for (int k = 0; k < 4 && !status; k++) {
    Error reason = {0};
    names[k] = join(*path ? path : ".", dataset_idx_names[k]);
    if (!names[k])
      status = error_set(error, STATUS_MEMORY, "no memory to read %s", dataset_idx_names[k]);
    else
      status = host_read_file(names[k], &files[k], &sizes[k], &reason);
    if (status == STATUS_FILE)
      error_set(error, STATUS_FILE,
                "%.400s; the folder must hold train- and t10k-images-idx3-ubyte, train- and "
                "t10k-labels-idx1-ubyte, unpacked",
                reason.text);
    else if (status && names[k])
      error_set(error, status, "%s", reason.text);
  }
  if (!status)
    status = dataset_from_idx((const uint8_t *const *)files, sizes, (const char *const *)names,
                              dataset, error);
  for (int k = 0; k < 4; k++) {
    free(files[k]);
    free(names[k]);
  }
  return status;
}
