/* heatmap.c: see heatmap.h. */
#include "heatmap.h"

#include <string.h>

#include "panel.h"
#include "scalar.h"

enum { ANCHORS = 10, ARM = 128 };

static const uint8_t zero_colour[2][3] = {{255, 255, 255}, {24, 26, 32}};
static const uint32_t anchors[2][ANCHORS] = {
    {0x001261, 0x033E7D, 0x1E6F9D, 0x71A8C4, 0xC9DDE7, 0xEACEBD, 0xD39774, 0xBE6533, 0x8B2706,
     0x590008},
    {0x9EB0FF, 0x5BA4DB, 0x2D7597, 0x1A4256, 0x11191E, 0x280D01, 0x501803, 0x8A3F2A, 0xC4756A,
     0xFFACAC},
};
/* Where the arms begin, in anchors from the middle of each map: far enough that the least nonzero
 * shows. */
static const double arm_start[2] = {0.35, 1.6};

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
static void arm_colour(HeatmapTheme theme, int positive, double position, uint8_t rgba[4]) {
  double middle = (ANCHORS - 1) / 2.0, start = arm_start[theme];
  double reach = start + (middle - start) * position;
  map_colour(theme, positive ? middle + reach : middle - reach, rgba);
  rgba[3] = 255;
}

void heatmap_colour(float value, float scale, HeatmapTheme theme, uint8_t rgba[4]) {
  static const uint8_t not_a_number[4] = {255, 0, 255, 255};
  if (value != value) {
    memcpy(rgba, not_a_number, 4);
  } else if (value == 0) {
    memcpy(rgba, zero_colour[theme], 3);
    rgba[3] = 255;
  } else {
    double share = (value < 0 ? -(double)value : (double)value) / scale;
    arm_colour(theme, value > 0, share < 1 ? scalar_sqrt(share) : 1.0, rgba);
  }
}

void heatmap_draw(const float *values, uint32_t rows, uint32_t columns, const uint32_t *row_order,
                  const uint32_t *column_order, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint8_t *rgba) {
  /* the arms as a table: a picture has far more pixels than colours */
  uint8_t table[2 * ARM][4];
  for (int k = 0; k < ARM; k++) {
    arm_colour(theme, 0, (double)k / (ARM - 1), table[k]);
    arm_colour(theme, 1, (double)k / (ARM - 1), table[ARM + k]);
  }
  for (uint32_t y = 0; y < height; y++) {
    uint32_t row_first = (uint32_t)((uint64_t)rows * y / height);
    /* shrunk, each row belongs to one line of pixels; enlarged, each line shows one row */
    uint32_t row_end =
        height <= rows ? (uint32_t)((uint64_t)rows * (y + 1) / height) : row_first + 1;
    for (uint32_t x = 0; x < width; x++, rgba += 4) {
      uint32_t column_first = (uint32_t)((uint64_t)columns * x / width);
      uint32_t column_end =
          width <= columns ? (uint32_t)((uint64_t)columns * (x + 1) / width) : column_first + 1;
      float strongest = 0, magnitude = 0;
      for (uint32_t r = row_first; r < row_end; r++) {
        uint32_t row = row_order ? row_order[r] : r;
        for (uint32_t c = column_first; c < column_end; c++) {
          float value = values[panel_index(rows, row, column_order ? column_order[c] : c)];
          float size = value < 0 ? -value : value;
          if (strongest == strongest && !(size <= magnitude)) { /* NaN wins, and stays */
            strongest = value;
            magnitude = size;
          }
        }
      }
      if (strongest != strongest || strongest == 0) {
        heatmap_colour(strongest, scale, theme, rgba);
        continue;
      }
      float share = magnitude / scale;
      int place = share < 1 ? (int)(__builtin_sqrtf(share) * (ARM - 1) + 0.5f) : ARM - 1;
      memcpy(rgba, table[(strongest > 0 ? ARM : 0) + place], 4);
    }
  }
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
