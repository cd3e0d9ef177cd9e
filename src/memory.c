/* memory.c: see memory.h. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_zeroed(size_t count, size_t size) {
  if (size && count > (SIZE_MAX - 64) / size)
    return NULL;
  size_t bytes = (count * size + 63) / 64 * 64;
  if (!bytes)
    bytes = 64;
  void *memory = aligned_alloc(64, bytes);
  if (memory)
    memset(memory, 0, bytes);
  return memory;
}

void memory_free(void *memory) { free(memory); }
