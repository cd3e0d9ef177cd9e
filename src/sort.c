/* sort.c: see sort.h. */
#include "sort.h"

#include <string.h>

void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *)) {
  char *at = items, held[SORT_SIZE_MAXIMUM];
  size_t left = count / 2;
  while (count > 1) {
    /* The item that is to be placed, at `hole`: first each that has others below it, then the last. */
    if (left)
      memcpy(held, at + --left * size, size);
    else {
      memcpy(held, at + --count * size, size);
      memcpy(at + count * size, at, size);
    }
    size_t hole = left;
    for (size_t next; (next = 2 * hole + 1) < count; hole = next) {
      if (next + 1 < count && compare(at + next * size, at + (next + 1) * size) < 0)
        next++;
      if (compare(held, at + next * size) >= 0)
        break;
      memcpy(at + hole * size, at + next * size, size);
    }
    memcpy(at + hole * size, held, size);
  }
}
