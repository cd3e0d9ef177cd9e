/* layer_view.h: what the page's views show of a layer beyond its plain picture (heatmap.h): rows and
 * columns by strength, receptive fields, the pull of the penalty in numbers, and two layers
 * compared. Matrices are in the layout of panel.h, O outputs (rows) x I inputs (columns); orders are
 * [O] and [I]. It allocates nothing but the sums of an order. Pure: any thread. Depends on heatmap,
 * panel, status. */
#ifndef FILIGREE_LAYER_VIEW_H
#define FILIGREE_LAYER_VIEW_H

#include "heatmap.h"
#include "status.h"

/* Rows and columns by strength: falling sums of |value|, equals as they are; NaN counts as 0.
 * STATUS_MEMORY. */
Status layer_view_order(const float *values, uint32_t rows, uint32_t columns, uint32_t *row_order,
                        uint32_t *column_order, Error *error);

/* Where the receptive fields go: `count` tiles, `across` of them side by side, parted by `gap`
 * pixels; a tile is `width` x `height` pixels and shows a unit's inputs as a picture of `columns`
 * cells a line. */
typedef struct FieldGrid {
  uint32_t count, across, gap, width, height, columns;
} FieldGrid;

/* Pixels of the whole. */
static inline uint32_t field_grid_width(const FieldGrid *grid) {
  return grid->across * (grid->width + grid->gap) - grid->gap;
}
static inline uint32_t field_grid_height(const FieldGrid *grid) {
  uint32_t lines = (grid->count + grid->across - 1) / grid->across;
  return lines * (grid->height + grid->gap) - grid->gap;
}

/* Draws the units of units [grid->count] one after the other; those with alive[unit] = 0 pale
 * against `ground` (0xRRGGBB), which also parts them; zero's colour where no tile is. ink as in heatmap_view. rgba
 * [field_grid_height][field_grid_width][4]. */
void layer_view_fields(const float *values, uint32_t rows, uint32_t columns, const uint32_t *units,
                       const uint8_t *alive, const FieldGrid *grid, float scale, HeatmapTheme theme,
                       uint32_t ground, uint32_t ink, uint8_t *rgba);

/* The penalty's slope over the nonzero weights of a layer: how many it shrinks (slope > 0), lets
 * grow (< 0) and leaves (0); the least and the greatest slope and the mean of |slope| (0 when all
 * weights are zero). */
typedef struct PullSummary {
  double shrinking, growing, unmoved, least, greatest, mean;
} PullSummary;
PullSummary layer_view_pull(const float *slopes, const float *weights, uint32_t rows,
                            uint32_t columns);

/* Two layers of the same shape, cell by cell: nonzero in both, in the first or the second alone, in
 * neither; cells that are equal; the largest |first - second|. */
typedef struct Comparison {
  double both, first, second, neither, equal, largest;
} Comparison;
Comparison layer_view_compare(const float *first, const float *second, uint32_t rows,
                              uint32_t columns);

/* Draws who kept what: colours [4] (0xRRGGBB) for neither, the first alone, the second alone, both.
 * A pixel that covers several cells shows "both" before the two others, these by majority (as many:
 * "both"), and "neither" only where nothing else is. Rest as in heatmap_view. */
void layer_view_kept(const HeatmapMatrix *first, const float *second, uint32_t width,
                     uint32_t height, const uint32_t *colours, uint8_t *rgba);

#endif
