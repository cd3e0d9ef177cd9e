/* panel.c: see panel.h. */
#include "panel.h"

#include <string.h>

void panel_from_rows(const float *from, uint32_t rows, uint32_t columns, float *data) {
  memset(data, 0, panel_floats(rows, columns) * sizeof *data);
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++)
      data[panel_index(rows, r, c)] = from[(size_t)r * columns + c];
}

void panel_to_rows(const float *data, uint32_t rows, uint32_t columns, float *to) {
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++)
      to[(size_t)r * columns + c] = data[panel_index(rows, r, c)];
}
