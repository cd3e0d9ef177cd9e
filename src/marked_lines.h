/* marked_lines.h: a group of rows by its marks (LineMarks), for kernels that go along rows. Depends on
 * vec.h. */
#ifndef FILIGREE_MARKED_LINES_H
#define FILIGREE_MARKED_LINES_H

#include "vec.h"

enum {
  ROW_GROUP = 32,     /* rows that are read side by side: 2 kB of each panel */
  MARKED_AT_ONCE = 32 /* panels whose marks are looked up together */
};

/* The lines with marks in `panels` panels of a row group: number in the panels' lines times ROW_GROUP,
 * plus the row in the group. Without a branch on a mark. */
INLINE uint32_t marked_lines(const uint8_t *nonzero, uint32_t rows, uint32_t panels, uint32_t count,
                             uint32_t *list) {
  uint32_t found = 0;
  for (uint32_t panel = 0; panel < panels; panel++)
    for (uint32_t r = 0; r < count; r++) {
      uint32_t line = panel * rows + r;
      list[found] = line * ROW_GROUP + r;
      found += nonzero[line] != 0;
    }
  return found;
}

#endif
