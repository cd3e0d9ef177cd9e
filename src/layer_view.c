/* layer_view.c: see layer_view.h. */
#include "layer_view.h"

#include <stdlib.h>
#include <string.h>

#include "panel.h"

static float size_of(float value) { return value < 0 ? -value : value; }

typedef struct Sum {
  double strength;
  uint32_t index;
} Sum;

static int stronger_first(const void *left, const void *right) {
  const Sum *a = left, *b = right;
  if (a->strength != b->strength)
    return a->strength > b->strength ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

static void take_order(Sum *sums, uint32_t count, uint32_t *order) {
  qsort(sums, count, sizeof *sums, stronger_first);
  for (uint32_t k = 0; k < count; k++)
    order[k] = sums[k].index;
}

Status layer_view_order(const float *values, uint32_t rows, uint32_t columns, uint32_t *row_order,
                        uint32_t *column_order, Error *error) {
  Sum *sums = malloc(((size_t)rows + columns) * sizeof *sums);
  if (!sums)
    return error_set(error, STATUS_MEMORY, "out of memory for the order of %u rows", rows);
  Sum *row_sums = sums, *column_sums = sums + rows;
  for (uint32_t r = 0; r < rows; r++)
    row_sums[r] = (Sum){0, r};
  for (uint32_t c = 0; c < columns; c++)
    column_sums[c] = (Sum){0, c};
  for (uint32_t panel = 0; panel < panel_count(columns); panel++) {
    uint32_t lanes = columns - panel * 16 < 16 ? columns - panel * 16 : 16;
    const float *line = values + (size_t)panel * rows * 16;
    for (uint32_t r = 0; r < rows; r++, line += 16)
      for (uint32_t lane = 0; lane < lanes; lane++) {
        double size = line[lane] == line[lane] ? size_of(line[lane]) : 0;
        row_sums[r].strength += size;
        column_sums[panel * 16 + lane].strength += size;
      }
  }
  take_order(row_sums, rows, row_order);
  take_order(column_sums, columns, column_order);
  free(sums);
  return STATUS_OK;
}

/* Two parts of the ground, one of the colour. */
static void pale(uint32_t ground, uint8_t *rgba) {
  uint8_t other[4];
  heatmap_opaque(ground, other);
  for (int c = 0; c < 3; c++)
    rgba[c] = (uint8_t)((rgba[c] + 2 * other[c]) / 3);
}

void layer_view_fields(const float *values, uint32_t rows, uint32_t columns, const uint32_t *units,
                       const uint8_t *alive, const FieldGrid *grid, float scale, HeatmapTheme theme,
                       uint32_t ground, uint32_t ink, uint8_t *rgba) {
  HeatmapTable table;
  uint8_t zero[4], between[4];
  uint32_t width = field_grid_width(grid), height = field_grid_height(grid);
  uint32_t lines = (columns + grid->columns - 1) / grid->columns;
  heatmap_table(theme, scale, &table);
  memcpy(zero, table.zero, 4);
  if (ink != HEATMAP_NO_INK)
    heatmap_opaque(ink, zero);
  heatmap_opaque(ground, between);
  /* the ground ends with the last tile */
  uint32_t last = (grid->count - 1) / grid->across * (grid->height + grid->gap);
  uint32_t rest = ((grid->count - 1) % grid->across + 1) * (grid->width + grid->gap);
  for (uint32_t y = 0; y < height; y++)
    for (uint32_t x = 0; x < width; x++)
      memcpy(rgba + 4 * ((size_t)y * width + x), y >= last && x >= rest ? table.zero : between, 4);
  for (uint32_t tile = 0; tile < grid->count; tile++) {
    uint32_t unit = units[tile];
    uint32_t left = tile % grid->across * (grid->width + grid->gap);
    uint32_t top = tile / grid->across * (grid->height + grid->gap);
    for (uint32_t y = 0; y < grid->height; y++) {
      uint8_t *pixel = rgba + 4 * ((size_t)(top + y) * width + left);
      uint32_t line_first, line_end;
      heatmap_span(lines, grid->height, y, &line_first, &line_end);
      for (uint32_t x = 0; x < grid->width; x++, pixel += 4) {
        uint32_t first, end;
        heatmap_span(grid->columns, grid->width, x, &first, &end);
        float strongest = 0;
        int inside = 0;
        for (uint32_t line = line_first; line < line_end; line++)
          for (uint32_t c = first; c < end && line * grid->columns + c < columns; c++) {
            float value = values[panel_index(rows, unit, line * grid->columns + c)];
            inside = 1;
            if (strongest == strongest && !(size_of(value) <= size_of(strongest)))
              strongest = value;
          }
        if (!inside)
          continue;
        if (strongest == 0)
          memcpy(pixel, zero, 4);
        else
          memcpy(pixel, ink == HEATMAP_NO_INK ? heatmap_look(&table, strongest) : table.zero, 4);
        if (!alive[unit])
          pale(ground, pixel);
      }
    }
  }
}

PullSummary layer_view_pull(const float *slopes, const float *weights, uint32_t rows,
                            uint32_t columns) {
  PullSummary summary = {0};
  double count = 0;
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++) {
      size_t at = panel_index(rows, r, c);
      double slope = slopes[at];
      if (weights[at] == 0)
        continue;
      summary.shrinking += slope > 0;
      summary.growing += slope < 0;
      summary.unmoved += slope == 0;
      summary.least = count == 0 || slope < summary.least ? slope : summary.least;
      summary.greatest = count == 0 || slope > summary.greatest ? slope : summary.greatest;
      summary.mean += slope < 0 ? -slope : slope;
      count++;
    }
  summary.mean = count > 0 ? summary.mean / count : 0;
  return summary;
}

Comparison layer_view_compare(const float *first, const float *second, uint32_t rows,
                              uint32_t columns) {
  Comparison comparison = {0};
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++) {
      size_t at = panel_index(rows, r, c);
      float a = first[at], b = second[at];
      double distance = (double)a - b;
      comparison.both += a != 0 && b != 0;
      comparison.first += a != 0 && b == 0;
      comparison.second += a == 0 && b != 0;
      comparison.neither += a == 0 && b == 0;
      comparison.equal += a == b;
      distance = distance < 0 ? -distance : distance;
      comparison.largest = distance > comparison.largest ? distance : comparison.largest;
    }
  return comparison;
}

void layer_view_kept(const HeatmapMatrix *first, const float *second, uint32_t width,
                     uint32_t height, const uint32_t *colours, uint8_t *rgba) {
  enum { NEITHER, FIRST, SECOND, BOTH };
  const float *a = first->values;
  for (uint32_t y = 0; y < height; y++) {
    uint32_t row_first, row_end;
    heatmap_span(first->rows, height, y, &row_first, &row_end);
    for (uint32_t x = 0; x < width; x++, rgba += 4) {
      uint32_t column_first, column_end, counts[4] = {0};
      heatmap_span(first->columns, width, x, &column_first, &column_end);
      for (uint32_t r = row_first; r < row_end; r++)
        for (uint32_t c = column_first; c < column_end; c++) {
          size_t at = panel_index(first->rows, first->row_order ? first->row_order[r] : r,
                                  first->column_order ? first->column_order[c] : c);
          counts[(a[at] != 0 ? FIRST : 0) + (second[at] != 0 ? SECOND : 0)]++;
        }
      int shown = counts[FIRST] > counts[SECOND]   ? FIRST
                  : counts[FIRST] < counts[SECOND] ? SECOND
                  : counts[FIRST]                  ? BOTH
                                                   : NEITHER;
      heatmap_opaque(colours[counts[BOTH] ? BOTH : shown], rgba);
    }
  }
}
