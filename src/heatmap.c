/* heatmap.c: see heatmap.h. */
#include "heatmap.h"

#include <string.h>

#include "panel.h"
#include "scalar.h"

enum { ANCHORS = 10 };

static const uint8_t zero_colour[2][3] = {{255, 255, 255}, {24, 26, 32}};
static const uint8_t still_colour[2][3] = {{214, 212, 206}, {72, 75, 82}};
static const uint32_t anchors[HEATMAP_THEMES][ANCHORS] = {
    {0x001261, 0x033E7D, 0x1E6F9D, 0x71A8C4, 0xC9DDE7, 0xEACEBD, 0xD39774, 0xBE6533, 0x8B2706,
     0x590008},
    {0x9EB0FF, 0x5BA4DB, 0x2D7597, 0x1A4256, 0x11191E, 0x280D01, 0x501803, 0x8A3F2A, 0xC4756A,
     0xFFACAC},
    {0x0A3D16, 0x17602A, 0x2F8645, 0x74B781, 0xCFE7D0, 0xF0D0E4, 0xD98ABB, 0xB8508F, 0x8E1F66,
     0x5A0A3E},
    {0xB4F0B8, 0x74C985, 0x3F9457, 0x22573A, 0x122A1E, 0x2B1224, 0x5A1F4A, 0x97397A, 0xD06FAF,
     0xFFB3E2},
    {0x4F3300, 0x7A5200, 0xA9781A, 0xD3B063, 0xF0E2BD, 0xDDD6F6, 0xA797E6, 0x7258D2, 0x4B2FB0,
     0x28146F},
    {0xFFDD96, 0xE0AE4C, 0xA87B28, 0x644813, 0x2A200D, 0x1D1838, 0x423676, 0x6F5DBB, 0x9F8EEC,
     0xD2C9FF},
};
/* Where the arms begin, in anchors from the middle of each map: far enough that the least nonzero
 * shows. */
static const double arm_start[HEATMAP_THEMES] = {0.35, 1.6, 0.35, 1.3, 0.35, 1.3};

static double channel(uint32_t colour, int shift) { return (double)(colour >> shift & 255); }

/* The map at `place` in [0, ANCHORS - 1]. */
static void map_colour(HeatmapTheme theme, double place, uint8_t rgb[3]) {
  int k = (int)place;
  k = k > ANCHORS - 2 ? ANCHORS - 2 : k;
  double part = place - k;
  for (int c = 0; c < 3; c++) {
    int shift = 16 - 8 * c;
    rgb[c] = (uint8_t)(channel(anchors[theme][k], shift) * (1 - part) +
                       channel(anchors[theme][k + 1], shift) * part + 0.5);
  }
}

/* A value at `position` in [0, 1] of its arm. */
static __attribute__((noinline)) void arm_colour(HeatmapTheme theme, int positive, double position,
                                                 uint8_t rgba[4]) {
  double middle = (ANCHORS - 1) / 2.0, start = arm_start[theme];
  double reach = start + (middle - start) * position;
  map_colour(theme, positive ? middle + reach : middle - reach, rgba);
  rgba[3] = 255;
}

void heatmap_colour(float value, float scale, HeatmapTheme theme, uint8_t rgba[4]) {
  static const uint8_t magenta[4] = {255, 0, 255, 255}, yellow[4] = {255, 255, 0, 255};
  if (value != value) {
    memcpy(rgba, theme / 2 == HEATMAP_PULL_LIGHT / 2 ? yellow : magenta, 4);
  } else if (value == 0) {
    memcpy(rgba, zero_colour[theme % 2], 3);
    rgba[3] = 255;
  } else {
    double share = (value < 0 ? -(double)value : (double)value) / scale;
    arm_colour(theme, value > 0, share < 1 ? scalar_sqrt(share) : 1.0, rgba);
  }
}

void heatmap_table(HeatmapTheme theme, float scale, HeatmapTable *table) {
  table->scale = scale;
  heatmap_colour(0, scale, theme, table->zero);
  heatmap_colour(__builtin_nanf(""), scale, theme, table->nan);
  memcpy(table->still, still_colour[theme % 2], 3);
  table->still[3] = 255;
  for (int k = 0; k < HEATMAP_ARM; k++) {
    arm_colour(theme, 0, (double)k / (HEATMAP_ARM - 1), table->arm[k]);
    arm_colour(theme, 1, (double)k / (HEATMAP_ARM - 1), table->arm[HEATMAP_ARM + k]);
  }
}

size_t heatmap_strongest(const HeatmapMatrix *matrix, uint32_t row_first, uint32_t row_end,
                         uint32_t column_first, uint32_t column_end) {
  const float *values = matrix->values, *weights = matrix->weights;
  const uint32_t *row_order = matrix->row_order, *column_order = matrix->column_order;
  size_t strongest = SIZE_MAX;
  float magnitude = 0;
  for (uint32_t r = row_first; r < row_end; r++) {
    uint32_t row = row_order ? row_order[r] : r;
    for (uint32_t c = column_first; c < column_end; c++) {
      size_t at = panel_index(matrix->rows, row, column_order ? column_order[c] : c);
      float value = values[at], size = value < 0 ? -value : value;
      if (value != value)
        return at;
      if (size > magnitude || (weights && strongest == SIZE_MAX && weights[at] != 0)) {
        if (weights && weights[at] == 0)
          continue;
        strongest = at;
        magnitude = size;
      }
    }
  }
  return strongest;
}

void heatmap_view(const HeatmapMatrix *matrix, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint32_t ink, uint8_t *rgba) {
  HeatmapTable table;
  heatmap_table(theme, scale, &table);
  uint8_t zero[4];
  memcpy(zero, table.zero, 4);
  if (ink != HEATMAP_NO_INK)
    heatmap_opaque(ink, zero);
  for (uint32_t y = 0; y < height; y++) {
    uint32_t row_first, row_end;
    heatmap_span(matrix->rows, height, y, &row_first, &row_end);
    for (uint32_t x = 0; x < width; x++, rgba += 4) {
      uint32_t column_first, column_end;
      heatmap_span(matrix->columns, width, x, &column_first, &column_end);
      size_t at = heatmap_strongest(matrix, row_first, row_end, column_first, column_end);
      if (at == SIZE_MAX)
        memcpy(rgba, zero, 4);
      else if (ink != HEATMAP_NO_INK)
        memcpy(rgba, table.zero, 4);
      else
        memcpy(rgba,
               matrix->values[at] == 0 ? table.still : heatmap_look(&table, matrix->values[at]), 4);
    }
  }
}

void heatmap_draw(const float *values, uint32_t rows, uint32_t columns, const uint32_t *row_order,
                  const uint32_t *column_order, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint8_t *rgba) {
  HeatmapMatrix matrix = {rows, columns, values, NULL, row_order, column_order};
  heatmap_view(&matrix, width, height, scale, theme, HEATMAP_NO_INK, rgba);
}

void heatmap_legend(uint32_t width, uint32_t height, HeatmapTheme theme, uint8_t *rgba) {
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++, rgba += 4) {
      double place = width > 1 ? 2.0 * x / (width - 1) - 1 : 0;
      double size = place < 0 ? -place : place;
      if (size < 0.02 || x == width / 2 || x == (width - 1) / 2)
        heatmap_colour(0, 1, theme, rgba);
      else
        arm_colour(theme, place > 0, size, rgba);
    }
}
