/* corpus.h: replays a fuzz target's seeds. A test includes the target's source (tests/fuzz/NAME_fuzz.c)
 * and calls corpus_replay. A seed that breaks a promise aborts the test. */
#ifndef FILIGREE_CORPUS_H
#define FILIGREE_CORPUS_H

#include "check.h"

#include <dirent.h>

/* Calls `entry` with every file of tests/fuzz/corpus/NAME, and with each one's beginnings, up to 300. */
CHECK_UNUSED static void corpus_replay(const char *name,
                                       int (*entry)(const uint8_t *data, size_t size)) {
  char folder[512], path[1024];
  snprintf(folder, sizeof folder, "%s/../fuzz/corpus/%s", check_vectors, name);
  DIR *directory = opendir(folder);
  if (!CHECK(directory != NULL, "there is no folder %s", folder))
    return;
  int files = 0;
  for (struct dirent *each = readdir(directory); each; each = readdir(directory)) {
    if (each->d_name[0] == '.')
      continue;
    snprintf(path, sizeof path, "%s/%s", folder, each->d_name);
    FILE *file = fopen(path, "rb");
    if (!CHECK(file != NULL, "%s cannot be read", path))
      continue;
    static uint8_t data[1 << 20];
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    CHECK(entry(data, size) == 0, "%s", path);
    size_t stride = size / 300 + 1;
    for (size_t length = 0; length < size; length += stride)
      CHECK(entry(data, length) == 0, "%s, the first %zu bytes", path, length);
    files++;
  }
  closedir(directory);
  CHECK(files > 0, "%s is empty", folder);
}

#endif
