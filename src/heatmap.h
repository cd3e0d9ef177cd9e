/* heatmap.h: a matrix as a picture. Diverging perceptual colours on one fixed, symmetric scale;
 * exact zeros have a colour of their own, every nonzero differs from it, and shrinking a picture
 * never hides a nonzero. Colours: Fabio Crameri's scientific colour maps vik (light) and berlin
 * (dark), MIT licence, by ten anchors of each. Not for charts. Depends on panel. */
#ifndef FILIGREE_HEATMAP_H
#define FILIGREE_HEATMAP_H

#include <stdint.h>

typedef enum HeatmapTheme { HEATMAP_LIGHT = 0, HEATMAP_DARK = 1 } HeatmapTheme;

/* The colour of a value: position sqrt(|value| / scale), clamped to 1, on the blue (negative) or
 * red (positive) arm; the arms begin a visible step away from zero's colour. scale > 0. NaN is
 * magenta. */
void heatmap_colour(float value, float scale, HeatmapTheme theme, uint8_t rgba[4]);

/* Draws `values` (layout of panel.h, rows x columns; row r at the top + r) into rgba
 * [height][width][4]. Each pixel shows the cell of largest magnitude among those that it covers (at
 * least one). row_order [rows] and column_order [columns] say which row and column stand where;
 * NULL: as they are. */
void heatmap_draw(const float *values, uint32_t rows, uint32_t columns, const uint32_t *row_order,
                  const uint32_t *column_order, uint32_t width, uint32_t height, float scale,
                  HeatmapTheme theme, uint8_t *rgba);

/* The legend: -scale at the left to +scale at the right, linear in position; zero in the middle
 * column(s). */
void heatmap_legend(uint32_t width, uint32_t height, HeatmapTheme theme, uint8_t *rgba);

#endif
