/* host_native.c: host.h for POSIX systems, by stdio. Not part of the WebAssembly builds. */
#include "host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "format.h"

/* Beyond any data set of this program; an endless device ends here and not in swap space. */
static const size_t FILE_BYTES_MAXIMUM = (size_t)1 << 31;

/* The end of a path, which names the file, where the whole would crowd out the reason. */
static const char *tail(const char *path) {
  size_t length = strlen(path);
  return length > 300 ? path + length - 300 : path;
}

static Status read_stream(FILE *file, const char *path, uint8_t **data, size_t *size,
                          Error *error) {
  struct stat information;
  size_t capacity = 65536, used = 0;
  if (!fstat(fileno(file), &information) && S_ISREG(information.st_mode) &&
      information.st_size > 0 && (uintmax_t)information.st_size < FILE_BYTES_MAXIMUM)
    capacity = (size_t)information.st_size + 1; /* + 1: the end is seen without growing */
  uint8_t *buffer = malloc(capacity);
  while (buffer) {
    used += fread(buffer + used, 1, capacity - used, file);
    if (used < capacity)
      break;
    if (capacity >= FILE_BYTES_MAXIMUM) {
      free(buffer);
      return error_set(error, STATUS_FILE, "cannot read %s: larger than 2 GiB", tail(path));
    }
    capacity *= 2;
    uint8_t *larger = realloc(buffer, capacity);
    if (!larger)
      free(buffer);
    buffer = larger;
  }
  if (!buffer)
    return error_set(error, STATUS_MEMORY, "no memory to read %s", tail(path));
  if (ferror(file)) {
    int reason = errno;
    free(buffer);
    return error_set(error, STATUS_FILE, "cannot read %s: %s", tail(path), strerror(reason));
  }
  *data = buffer;
  *size = used;
  return STATUS_OK;
}

Status host_read_file(const char *path, uint8_t **data, size_t *size, Error *error) {
  *data = NULL;
  *size = 0;
  FILE *file = fopen(path, "rb");
  if (!file)
    return error_set(error, STATUS_FILE, "cannot read %s: %s", tail(path), strerror(errno));
  Status status = read_stream(file, path, data, size, error);
  fclose(file);
  return status;
}

Status host_write_file(const char *path, const void *data, size_t size, Error *error) {
  FILE *file = fopen(path, "wb");
  if (!file)
    return error_set(error, STATUS_FILE, "cannot write %s: %s", tail(path), strerror(errno));
  int failed = size && fwrite(data, 1, size, file) != size;
  int reason = errno;
  if (fclose(file) && !failed) { /* a full disk often shows only here */
    failed = 1;
    reason = errno;
  }
  if (failed)
    return error_set(error, STATUS_FILE, "cannot write %s: %s", tail(path), strerror(reason));
  return STATUS_OK;
}

/* Natively, pictures are in memory. */
int host_fetch_pictures(int part, const uint32_t *which, uint32_t count, uint32_t size,
                        uint8_t *to) {
  (void)part, (void)which, (void)count, (void)size, (void)to;
  return 0;
}

int host_print(int stream, const char *text) {
  FILE *file = stream == 2 ? stderr : stdout;
  int failed = fputs(text, file) < 0;
  return fflush(file) || failed ? -1 : 0;
}

int host_is_terminal(int stream) {
  const char *terminal = getenv("TERM");
  return isatty(stream) && terminal && strcmp(terminal, "dumb") != 0;
}

double host_number(const char *text) {
  char *end;
  double number = strtod(text, &end);
  return *text && !*end ? number : __builtin_nan("");
}

void format_digits(double value, char style, int precision, char *to) {
  snprintf(to, FORMAT_DIGITS, style == 'f' ? "%.*f" : "%.*g", precision, value);
}

int format_significant(double value) {
  char digits[40];
  for (int precision = 1; precision < 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (strtod(digits, NULL) == value)
      return precision;
  }
  return 17;
}

double host_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int is_folder(const char *path) {
  struct stat information;
  return !stat(path, &information) && S_ISDIR(information.st_mode);
}

const char *host_data_folder(void) {
  static char folder[4200];
  const char *wish = getenv("FILIGREE_DATA");
  if (wish && *wish) {
    snprintf(folder, sizeof folder, "%s", wish);
    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/'; length--)
      folder[length - 1] = 0;
    return folder;
  }
  ssize_t length = readlink("/proc/self/exe", folder, 4096);
  if (length > 0 && length < 4096) {
    folder[length] = 0;
    /* Beside the program; or one up, where build/VARIANT/filigree and its tests find build/data. */
    for (int level = 0; level < 3; level++) {
      char *slash = strrchr(folder, '/');
      if (!slash)
        break;
      strcpy(slash, "/data");
      if (is_folder(folder))
        return folder;
      *slash = 0;
    }
  }
  return "build/data";
}
