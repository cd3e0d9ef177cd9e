/* heatmap.h: a matrix as a picture. Diverging perceptual colours on one fixed, symmetric scale;
 * exact zeros have a colour of their own, every nonzero differs from it, and shrinking a picture
 * never hides a nonzero. Colours of weights: Fabio Crameri's scientific colour maps vik (light) and
 * berlin (dark), MIT licence, by ten anchors of each; of pulls (green: grows, magenta: shrinks) and
 * of differences (amber: minus, violet: plus) our own. Not for charts. Depends on panel, scalar. */
#ifndef FILIGREE_HEATMAP_H
#define FILIGREE_HEATMAP_H

#include <stddef.h>
#include <stdint.h>

/* Which colours, on which ground: odd numbers are dark. */
typedef enum HeatmapTheme {
  HEATMAP_LIGHT = 0,
  HEATMAP_DARK = 1,
  HEATMAP_PULL_LIGHT = 2,
  HEATMAP_PULL_DARK = 3,
  HEATMAP_DIFFERENCE_LIGHT = 4,
  HEATMAP_DIFFERENCE_DARK = 5,
  HEATMAP_THEMES = 6,
} HeatmapTheme;

enum { HEATMAP_ARM = 128 };

/* The colours of a picture, once for its many pixels. */
typedef struct HeatmapTable {
  float scale;
  uint8_t zero[4];  /* exact zeros */
  uint8_t still[4]; /* a weight that nothing pulls */
  uint8_t nan[4];
  uint8_t arm[2 * HEATMAP_ARM][4]; /* negative, then positive; from the middle outwards */
} HeatmapTable;

void heatmap_table(HeatmapTheme theme, float scale, HeatmapTable *table);

/* The colour of a value by the table: at most half a step of the arm from heatmap_colour's. */
static inline const uint8_t *heatmap_look(const HeatmapTable *table, float value) {
  if (value != value)
    return table->nan;
  if (value == 0)
    return table->zero;
  float share = (value < 0 ? -value : value) / table->scale;
  int place =
      share < 1 ? (int)(__builtin_sqrtf(share) * (HEATMAP_ARM - 1) + 0.5f) : HEATMAP_ARM - 1;
  return table->arm[(value > 0 ? HEATMAP_ARM : 0) + place];
}

/* The colour of a value: position sqrt(|value| / scale), clamped to 1, on the negative (blue) or
 * positive (red) arm; the arms begin a visible step away from zero's colour. scale > 0. NaN is
 * yellow where the arms hold magenta, else magenta. */
void heatmap_colour(float value, float scale, HeatmapTheme theme, uint8_t rgba[4]);

/* What a picture shows, in the layout of panel.h, rows x columns. row_order [rows] and column_order
 * [columns] say which row and column stand where; NULL: as they are. */
typedef struct HeatmapMatrix {
  uint32_t rows, columns;
  const float *values;  /* what is coloured */
  const float *weights; /* NULL, or: a cell is there only where these are not 0 */
  const uint32_t *row_order, *column_order;
} HeatmapMatrix;

/* No ink: all colours. */
#define HEATMAP_NO_INK UINT32_MAX

/* The cell of largest magnitude (NaN beats all) in rows [row_first, row_end) x columns
 * [column_first, column_end) of the order, as an index into values; SIZE_MAX: none is there. Cells
 * of value 0 are there when `weights` says so, else not. */
size_t heatmap_strongest(const HeatmapMatrix *matrix, uint32_t row_first, uint32_t row_end,
                         uint32_t column_first, uint32_t column_end);

/* Draws a matrix into rgba [height][width][4], row 0 at the top. Each pixel shows the strongest of
 * the cells that it covers (at least one), a weight without pull in a colour of its own. ink
 * (0xRRGGBB): zeros alone are drawn, in this colour, where a pixel covers nothing else. */
void heatmap_view(const HeatmapMatrix *matrix, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint32_t ink, uint8_t *rgba);

/* The same of a plain matrix, without ink. */
void heatmap_draw(const float *values, uint32_t rows, uint32_t columns, const uint32_t *row_order,
                  const uint32_t *column_order, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint8_t *rgba);

/* The cells [first, end) that pixel `at` of `pixels` covers, of `cells`: shrunk, each cell belongs
 * to one pixel; enlarged, each pixel shows one cell. */
static inline void heatmap_span(uint32_t cells, uint32_t pixels, uint32_t at, uint32_t *first,
                                uint32_t *end) {
  *first = (uint32_t)((uint64_t)cells * at / pixels);
  *end = pixels <= cells ? (uint32_t)((uint64_t)cells * (at + 1) / pixels) : *first + 1;
}

/* 0xRRGGBB, opaque. */
static inline void heatmap_opaque(uint32_t colour, uint8_t rgba[4]) {
  rgba[0] = (uint8_t)(colour >> 16);
  rgba[1] = (uint8_t)(colour >> 8);
  rgba[2] = (uint8_t)colour;
  rgba[3] = 255;
}

/* The legend: -scale at the left to +scale at the right, linear in position; zero in the middle
 * column(s). */
void heatmap_legend(uint32_t width, uint32_t height, HeatmapTheme theme, uint8_t *rgba);

#endif
