/* layer_view_test.c: orders, masks, receptive fields, the pull's summary and comparisons against
 * plain loops over small random matrices; all colours apart from zero's.
 */
#include "check.h"

#include "layer_view.h"
#include "memory.h"
#include "panel.h"
#include "random.h"

static int same(const uint8_t *a, const uint8_t *b) { return !memcmp(a, b, 4); }

static int distance(const uint8_t *a, const uint8_t *b) {
  int most = 0;
  for (int c = 0; c < 3; c++) {
    int here = a[c] > b[c] ? a[c] - b[c] : b[c] - a[c];
    most = here > most ? here : most;
  }
  return most;
}

/* A matrix of which two thirds are zero. */
static float *sparse(Random *random, uint32_t rows, uint32_t columns) {
  float *values = memory_zeroed(panel_floats(rows, columns), sizeof(float));
  for (uint32_t r = 0; r < rows; r++)
    for (uint32_t c = 0; c < columns; c++)
      if (!random_below(random, 3))
        values[panel_index(rows, r, c)] = (float)(random_normal(random) * 0.1);
  return values;
}

static void palettes(void) {
  for (int theme = 0; theme < HEATMAP_THEMES; theme++) {
    HeatmapTable table;
    heatmap_table((HeatmapTheme)theme, 0.5f, &table);
    CHECK(distance(table.zero, table.still) >= 16, "theme %d", theme);
    CHECK(distance(table.zero, table.nan) >= 16, "theme %d", theme);
    for (int k = 0; k < 2 * HEATMAP_ARM; k++) {
      CHECK(distance(table.arm[k], table.zero) >= 16, "theme %d, colour %d", theme, k);
      CHECK(!same(table.arm[k], table.still) && !same(table.arm[k], table.nan), "theme %d", theme);
      if (k % HEATMAP_ARM)
        CHECK(distance(table.arm[k], table.arm[k - 1]) <= 16, "theme %d, colour %d", theme, k);
      else
        CHECK(distance(table.arm[0], table.arm[HEATMAP_ARM]) >= 16, "theme %d", theme);
    }
    uint8_t colour[4];
    for (float value = -0.7f; value < 0.7f; value += 0.013f) {
      heatmap_colour(value, 0.5f, (HeatmapTheme)theme, colour);
      CHECK(distance(colour, heatmap_look(&table, value)) <= 2, "theme %d, %g", theme, value);
    }
  }
}

static void orders(void) {
  Random random = random_stream(check_seed, RANDOM_DATA, 11, 1);
  static const uint32_t sizes[][2] = {{1, 1}, {5, 3}, {7, 16}, {9, 33}, {40, 17}};
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    uint32_t rows = sizes[k][0], columns = sizes[k][1], row_order[40], column_order[40];
    float *values = sparse(&random, rows, columns);
    /* what stands in the padding must not count */
    for (uint32_t r = 0; r < rows; r++)
      for (uint32_t c = columns; c < panel_count(columns) * 16; c++)
        values[panel_index(rows, r, c)] = 1e6f;
    CHECK(layer_view_order(values, rows, columns, row_order, column_order, NULL) == STATUS_OK);
    for (int axis = 0; axis < 2; axis++) {
      uint32_t count = axis ? columns : rows, seen[40] = {0};
      const uint32_t *order = axis ? column_order : row_order;
      double before = 0;
      for (uint32_t place = 0; place < count; place++) {
        uint32_t index = order[place];
        double sum = 0;
        CHECK(index < count && !seen[index]++);
        for (uint32_t other = 0; other < (axis ? rows : columns); other++) {
          float value =
              values[axis ? panel_index(rows, other, index) : panel_index(rows, index, other)];
          sum += value < 0 ? -value : value;
        }
        CHECK(place == 0 || sum < before || (sum == before && index > order[place - 1]),
              "%u x %u, axis %d, place %u", rows, columns, axis, place);
        before = sum;
      }
    }
    memory_free(values);
  }
  float *values = memory_zeroed(panel_floats(3, 3), sizeof(float));
  uint32_t row_order[3], column_order[3];
  values[panel_index(3, 1, 2)] = __builtin_nanf("");
  values[panel_index(3, 2, 0)] = -1;
  CHECK(layer_view_order(values, 3, 3, row_order, column_order, NULL) == STATUS_OK);
  CHECK(row_order[0] == 2 && row_order[1] == 0 && row_order[2] == 1);
  CHECK(column_order[0] == 0 && column_order[1] == 1 && column_order[2] == 2);
  memory_free(values);
}

/* Zeros in ink, all else blank: shrunk, a pixel is ink only where it covers zeros alone. */
static void ink(void) {
  enum { ROWS = 23, COLUMNS = 37, HIGH = 9, WIDE = 11 };
  Random random = random_stream(check_seed, RANDOM_DATA, 11, 2);
  uint8_t rgba[HIGH * WIDE * 4], inked[4], blank[4];
  heatmap_opaque(0x123456, inked);
  heatmap_colour(0, 1, HEATMAP_LIGHT, blank);
  long zeros = 0;
  for (int round = 0; round < 5; round++) {
    float *values = memory_zeroed(panel_floats(ROWS, COLUMNS), sizeof(float));
    for (int k = 0; k < 60; k++)
      values[panel_index(ROWS, random_below(&random, ROWS), random_below(&random, COLUMNS))] =
          -1e-30f;
    HeatmapMatrix matrix = {ROWS, COLUMNS, values, NULL, NULL, NULL};
    heatmap_view(&matrix, WIDE, HIGH, 1, HEATMAP_LIGHT, 0x123456, rgba);
    for (uint32_t y = 0; y < HIGH; y++)
      for (uint32_t x = 0; x < WIDE; x++) {
        uint32_t r0, r1, c0, c1;
        int nonzero = 0;
        heatmap_span(ROWS, HIGH, y, &r0, &r1);
        heatmap_span(COLUMNS, WIDE, x, &c0, &c1);
        for (uint32_t r = r0; r < r1; r++)
          for (uint32_t c = c0; c < c1; c++)
            nonzero |= values[panel_index(ROWS, r, c)] != 0;
        zeros += !nonzero;
        CHECK(same(rgba + 4 * (y * WIDE + x), nonzero ? blank : inked), "pixel (%u, %u)", y, x);
      }
    memory_free(values);
  }
  CHECK(zeros > 20 && zeros < 5 * HIGH * WIDE);
}

/* A pull is there only where the weight is; a weight without pull has a colour of its own. */
static void pull(void) {
  float *slopes = memory_zeroed(panel_floats(2, 3), sizeof(float));
  float *weights = memory_zeroed(panel_floats(2, 3), sizeof(float));
  static const float s[6] = {0.5f, -0.25f, 0, 7, 0.125f, 0}, w[6] = {1, -1, 2, 0, -1e-30f, 0};
  for (uint32_t k = 0; k < 6; k++) {
    slopes[panel_index(2, k / 3, k % 3)] = s[k];
    weights[panel_index(2, k / 3, k % 3)] = w[k];
  }
  PullSummary summary = layer_view_pull(slopes, weights, 2, 3);
  CHECK(summary.shrinking == 2 && summary.growing == 1 && summary.unmoved == 1);
  CHECK(summary.least == -0.25 && summary.greatest == 0.5);
  CHECK_CLOSE(summary.mean, (0.5 + 0.25 + 0.125) / 4, 1e-15);
  HeatmapMatrix matrix = {2, 3, slopes, weights, NULL, NULL};
  HeatmapTable table;
  uint8_t rgba[6 * 4];
  heatmap_table(HEATMAP_PULL_DARK, 1, &table);
  heatmap_view(&matrix, 3, 2, 1, HEATMAP_PULL_DARK, HEATMAP_NO_INK, rgba);
  for (int k = 0; k < 6; k++) {
    const uint8_t *wanted = w[k] == 0   ? table.zero
                            : s[k] == 0 ? table.still
                                        : heatmap_look(&table, s[k]);
    CHECK(same(rgba + 4 * k, wanted), "cell %d", k);
  }
  /* the slope of a zero never hides that of a weight */
  CHECK(heatmap_strongest(&matrix, 0, 2, 0, 3) == panel_index(2, 0, 0));
  CHECK(heatmap_strongest(&matrix, 1, 2, 0, 3) == panel_index(2, 1, 1));
  CHECK(heatmap_strongest(&matrix, 0, 1, 2, 3) == panel_index(2, 0, 2));
  CHECK(heatmap_strongest(&matrix, 1, 2, 2, 3) == SIZE_MAX);
  memset(weights, 0, panel_floats(2, 3) * sizeof *weights);
  summary = layer_view_pull(slopes, weights, 2, 3);
  CHECK(summary.shrinking + summary.growing + summary.unmoved + summary.mean == 0);
  memory_free(slopes);
  memory_free(weights);
}

static void fields(void) {
  enum { ROWS = 5, COLUMNS = 11, LINE = 4, LINES = 3 };
  static const uint32_t units[4] = {3, 0, 4, 1};
  static const uint8_t alive[ROWS] = {0, 1, 1, 1, 1};
  Random random = random_stream(check_seed, RANDOM_DATA, 11, 3);
  float *values = sparse(&random, ROWS, COLUMNS);
  values[panel_index(ROWS, 0, 5)] = 0.3f;
  HeatmapTable table;
  heatmap_table(HEATMAP_LIGHT, 0.2f, &table);
  uint8_t ground[4];
  heatmap_opaque(0x808488, ground);
  for (uint32_t cell = 1; cell <= 3; cell++) {
    FieldGrid grid = {4, 3, 2, LINE * cell, LINES * cell, LINE};
    uint32_t width = field_grid_width(&grid), height = field_grid_height(&grid);
    CHECK(width == 3 * (LINE * cell + 2) - 2 && height == 2 * (LINES * cell + 2) - 2);
    uint8_t *rgba = malloc((size_t)4 * width * height);
    layer_view_fields(values, ROWS, COLUMNS, units, alive, &grid, 0.2f, HEATMAP_LIGHT, 0x808488,
                      HEATMAP_NO_INK, rgba);
    for (uint32_t y = 0; y < height; y++)
      for (uint32_t x = 0; x < width; x++) {
        const uint8_t *pixel = rgba + 4 * (y * width + x);
        uint32_t across = x / (grid.width + 2), down = y / (grid.height + 2);
        uint32_t in_x = x % (grid.width + 2), in_y = y % (grid.height + 2);
        uint32_t tile = down * 3 + across, input = in_y / cell * LINE + in_x / cell;
        if (tile >= 4)
          CHECK(same(pixel, table.zero), "(%u, %u)", y, x);
        else if (in_x >= grid.width || in_y >= grid.height || input >= COLUMNS)
          CHECK(same(pixel, ground), "(%u, %u)", y, x);
        else {
          const uint8_t *wanted =
              heatmap_look(&table, values[panel_index(ROWS, units[tile], input)]);
          if (alive[units[tile]])
            CHECK(same(pixel, wanted), "(%u, %u)", y, x);
          else
            CHECK(pixel[0] == (wanted[0] + 2 * ground[0]) / 3 && pixel[3] == 255, "(%u, %u)", y, x);
        }
      }
    free(rgba);
  }
  /* shrunk to one pixel: the strongest of all inputs */
  FieldGrid dot = {1, 1, 1, 1, 1, LINE};
  uint8_t pixel[4];
  float strongest = 0;
  for (uint32_t c = 0; c < COLUMNS; c++) {
    float value = values[panel_index(ROWS, 3, c)];
    strongest = value * value > strongest * strongest ? value : strongest;
  }
  layer_view_fields(values, ROWS, COLUMNS, units, alive, &dot, 0.2f, HEATMAP_LIGHT, 0,
                    HEATMAP_NO_INK, pixel);
  CHECK(same(pixel, heatmap_look(&table, strongest)));
  memory_free(values);
}

static void comparison(void) {
  enum { ROWS = 13, COLUMNS = 19 };
  static const uint32_t colours[4] = {0x010101, 0x020202, 0x030303, 0x040404};
  Random random = random_stream(check_seed, RANDOM_DATA, 11, 4);
  float *a = sparse(&random, ROWS, COLUMNS), *b = sparse(&random, ROWS, COLUMNS);
  for (uint32_t c = 0; c < COLUMNS; c++)
    b[panel_index(ROWS, 4, c)] = a[panel_index(ROWS, 4, c)];
  double counts[4] = {0}, equal = 0, largest = 0;
  uint8_t rgba[ROWS * COLUMNS * 4];
  HeatmapMatrix first = {ROWS, COLUMNS, a, NULL, NULL, NULL};
  layer_view_kept(&first, b, COLUMNS, ROWS, colours, rgba);
  for (uint32_t r = 0; r < ROWS; r++)
    for (uint32_t c = 0; c < COLUMNS; c++) {
      size_t at = panel_index(ROWS, r, c);
      int kind = (a[at] != 0) + 2 * (b[at] != 0);
      double apart = (double)a[at] - b[at];
      counts[kind]++;
      equal += apart == 0;
      largest = apart > largest ? apart : -apart > largest ? -apart : largest;
      CHECK(rgba[4 * (r * COLUMNS + c)] == kind + 1, "(%u, %u)", r, c);
    }
  Comparison found = layer_view_compare(a, b, ROWS, COLUMNS);
  CHECK(found.neither == counts[0] && found.first == counts[1] && found.second == counts[2] &&
        found.both == counts[3]);
  CHECK(found.equal == equal && found.largest == largest && counts[3] > 0 && counts[1] > 0);
  /* one pixel over two cells */
  static const float pairs[][4] = {
      {1, 0, 0, 0}, {0, 0, 1, 0}, {1, 0, 0, 1}, {1, 1, 1, 0}, {0, 0, 0, 0}};
  static const int wanted[] = {2, 3, 4, 4, 1};
  for (int k = 0; k < 5; k++) {
    float *x = memory_zeroed(panel_floats(1, 2), sizeof(float));
    float *y = memory_zeroed(panel_floats(1, 2), sizeof(float));
    memcpy(x, pairs[k], 2 * sizeof *x);
    memcpy(y, pairs[k] + 2, 2 * sizeof *y);
    HeatmapMatrix pair = {1, 2, x, NULL, NULL, NULL};
    layer_view_kept(&pair, y, 1, 1, colours, rgba);
    CHECK(rgba[0] == wanted[k], "pair %d: %d", k, rgba[0]);
    memory_free(x);
    memory_free(y);
  }
  memory_free(a);
  memory_free(b);
}

int main(int count, char **words) {
  check_start(count, words);
  palettes();
  orders();
  ink();
  pull();
  fields();
  comparison();
  return check_finish();
}
