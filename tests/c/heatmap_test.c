/* heatmap_test.c: zero's own colour, every nonzero visible, shrunk and enlarged pictures, legend.
 */
#include "check.h"

#include "heatmap.h"
#include "memory.h"
#include "panel.h"
#include "random.h"

static const char *const themes[] = {"light", "dark"};

static int distance(const uint8_t *a, const uint8_t *b) {
  int most = 0;
  for (int c = 0; c < 3; c++) {
    int here = a[c] > b[c] ? a[c] - b[c] : b[c] - a[c];
    most = here > most ? here : most;
  }
  return most;
}

static int same(const uint8_t *a, const uint8_t *b) { return !memcmp(a, b, 4); }

/* How warm: red above blue. */
static int warmth(const uint8_t *rgba) { return rgba[0] - rgba[2]; }

static void colours(void) {
  for (int theme = 0; theme < 2; theme++) {
    uint8_t zero[4], colour[4], other[4];
    heatmap_colour(0.0f, 0.2f, (HeatmapTheme)theme, zero);
    heatmap_colour(-0.0f, 0.2f, (HeatmapTheme)theme, colour);
    CHECK(same(zero, colour) && zero[3] == 255);
    int nearest = 255;
    for (int sign = -1; sign <= 1; sign += 2) {
      int before = -1;
      for (double size = 1e-45; size < 1e38; size *= 1.07) {
        heatmap_colour((float)(sign * size), 0.2f, (HeatmapTheme)theme, colour);
        CHECK(colour[3] == 255);
        int here = distance(colour, zero);
        nearest = here < nearest ? here : nearest;
        CHECK(sign * warmth(colour) > 0, "%s %g: %d %d %d", themes[theme], sign * size, colour[0],
              colour[1], colour[2]);
        /* one step never jumps: neighbours look alike */
        if (before >= 0)
          CHECK(distance(colour, other) <= 16, "%s %g", themes[theme], sign * size);
        memcpy(other, colour, 4);
        before = here;
      }
      /* beyond the scale, and infinite: the end of the arm */
      uint8_t end[4];
      heatmap_colour((float)sign * 0.2f, 0.2f, (HeatmapTheme)theme, end);
      heatmap_colour((float)sign * 7.0f, 0.2f, (HeatmapTheme)theme, colour);
      CHECK(same(end, colour));
      heatmap_colour((float)sign * __builtin_inff(), 0.2f, (HeatmapTheme)theme, colour);
      CHECK(same(end, colour));
    }
    CHECK(nearest >= 16, "%s: a nonzero is only %d from zero's colour", themes[theme], nearest);
    heatmap_colour(__builtin_nanf(""), 0.2f, (HeatmapTheme)theme, colour);
    CHECK(colour[0] == 255 && colour[1] == 0 && colour[2] == 255 && colour[3] == 255);
  }
}

/* Rows and columns as a network's first layer has them. */
static const uint32_t ROWS = 300, COLUMNS = 784, HIGH = 41, WIDE = 97;

static long pixels_unlike(const uint8_t *rgba, size_t count, const uint8_t *colour) {
  long unlike = 0;
  for (size_t k = 0; k < count; k++)
    unlike += !same(rgba + 4 * k, colour);
  return unlike;
}

static void shrinking(void) {
  float *values = memory_zeroed(panel_floats(ROWS, COLUMNS), sizeof(float));
  uint8_t *rgba = malloc((size_t)4 * HIGH * WIDE), zero[4];
  Random random = random_stream(check_seed, RANDOM_DATA, 3, 3);
  for (int theme = 0; theme < 2; theme++) {
    HeatmapTheme which = (HeatmapTheme)theme;
    heatmap_colour(0, 1, which, zero);
    heatmap_draw(values, ROWS, COLUMNS, NULL, NULL, WIDE, HIGH, 0.2f, which, rgba);
    CHECK(pixels_unlike(rgba, HIGH * WIDE, zero) == 0);
    /* a single nonzero, however small, is one pixel: corners and places at random */
    for (uint32_t k = 0; k < 60; k++) {
      uint32_t r = k < 4 ? (ROWS - 1) * (k & 1) : random_below(&random, ROWS);
      uint32_t c = k < 4 ? (COLUMNS - 1) * (k >> 1) : random_below(&random, COLUMNS);
      float *at = &values[panel_index(ROWS, r, c)];
      *at = k % 3 ? -1e-30f : 1e-45f;
      heatmap_draw(values, ROWS, COLUMNS, NULL, NULL, WIDE, HIGH, 0.2f, which, rgba);
      *at = 0;
      CHECK(pixels_unlike(rgba, HIGH * WIDE, zero) == 1, "%s: (%u, %u)", themes[theme], r, c);
      uint32_t y = 0, x = 0; /* the pixel that the cell belongs to */
      while (ROWS * (y + 1) / HIGH <= r)
        y++;
      while (COLUMNS * (x + 1) / WIDE <= c)
        x++;
      CHECK(!same(rgba + 4 * ((size_t)y * WIDE + x), zero), "%s: (%u, %u)", themes[theme], r, c);
    }
    /* all rows and all columns at once: a diagonal hits every line of pixels both ways */
    for (uint32_t shift = 0; shift < COLUMNS; shift += 97) {
      for (uint32_t c = 0; c < COLUMNS; c++)
        values[panel_index(ROWS, (c + shift) % ROWS, c)] = 1e-30f;
      heatmap_draw(values, ROWS, COLUMNS, NULL, NULL, WIDE, HIGH, 0.2f, which, rgba);
      for (uint32_t c = 0; c < COLUMNS; c++) {
        uint32_t r = (c + shift) % ROWS, y = 0, x = 0;
        while (ROWS * (y + 1) / HIGH <= r)
          y++;
        while (COLUMNS * (x + 1) / WIDE <= c)
          x++;
        CHECK(!same(rgba + 4 * ((size_t)y * WIDE + x), zero), "%s: (%u, %u)", themes[theme], r, c);
        values[panel_index(ROWS, r, c)] = 0;
      }
    }
  }
  free(rgba);
  memory_free(values);
}

/* The strongest of a pixel's cells decides; NaN beats all wherever it stands. */
static void strongest(void) {
  float *values = memory_zeroed(panel_floats(3, 3), sizeof(float));
  uint8_t pixel[4], wanted[4];
  for (int theme = 0; theme < 2; theme++)
    for (uint32_t k = 0; k < 9; k++) {
      for (uint32_t n = 0; n < 9; n++)
        values[panel_index(3, n / 3, n % 3)] = n % 2 ? 0.1f : 0;
      float *at = &values[panel_index(3, k / 3, k % 3)];
      *at = -1;
      heatmap_draw(values, 3, 3, NULL, NULL, 1, 1, 1, (HeatmapTheme)theme, pixel);
      heatmap_colour(-1, 1, (HeatmapTheme)theme, wanted);
      CHECK(same(pixel, wanted), "cell %u", k);
      *at = __builtin_nanf("");
      heatmap_draw(values, 3, 3, NULL, NULL, 1, 1, 1, (HeatmapTheme)theme, pixel);
      heatmap_colour(*at, 1, (HeatmapTheme)theme, wanted);
      CHECK(same(pixel, wanted), "NaN in cell %u", k);
    }
  memory_free(values);
}

/* Each pixel of an enlarged picture is the cell that it lies in, and every cell shows. */
static void enlarging(void) {
  static const uint32_t sizes[][4] = {{3, 5, 3, 5},    {3, 5, 12, 20},   {3, 5, 7, 19},
                                      {1, 1, 9, 9},    {17, 18, 17, 40}, {17, 18, 51, 18},
                                      {5, 40, 11, 13}, {40, 5, 13, 11}};
  Random random = random_stream(check_seed, RANDOM_DATA, 4, 4);
  for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
    uint32_t rows = sizes[k][0], columns = sizes[k][1], high = sizes[k][2], wide = sizes[k][3];
    float *values = memory_zeroed(panel_floats(rows, columns), sizeof(float));
    uint32_t row_order[40], column_order[40];
    uint8_t *rgba = malloc((size_t)4 * high * wide), wanted[4];
    random_permutation(&random, row_order, rows);
    random_permutation(&random, column_order, columns);
    for (uint32_t r = 0; r < rows; r++)
      for (uint32_t c = 0; c < columns; c++)
        values[panel_index(rows, r, c)] =
            random_below(&random, 3) ? 0 : (float)(random_normal(&random) * 0.1);
    for (int ordered = 0; ordered < 2; ordered++) {
      heatmap_draw(values, rows, columns, ordered ? row_order : NULL, ordered ? column_order : NULL,
                   wide, high, 0.2f, HEATMAP_DARK, rgba);
      for (uint32_t y = 0; y < high; y++)
        for (uint32_t x = 0; x < wide; x++) {
          uint32_t first_r = rows * y / high, end_r = rows * (y + 1) / high;
          uint32_t first_c = columns * x / wide, end_c = columns * (x + 1) / wide;
          float value = 0;
          for (uint32_t r = first_r; r < end_r || r == first_r; r++)
            for (uint32_t c = first_c; c < end_c || c == first_c; c++) {
              float here = values[panel_index(rows, ordered ? row_order[r] : r,
                                              ordered ? column_order[c] : c)];
              if (here * here > value * value)
                value = here;
            }
          heatmap_colour(value, 0.2f, HEATMAP_DARK, wanted);
          const uint8_t *got = rgba + 4 * ((size_t)y * wide + x);
          /* a picture has 128 steps an arm: it may be half a step from the colour itself */
          CHECK(value == 0 ? same(got, wanted) : distance(got, wanted) <= 2 && got[3] == 255,
                "%u x %u on %u x %u: pixel (%u, %u)", rows, columns, high, wide, y, x);
        }
    }
    free(rgba);
    memory_free(values);
  }
}

static void legend(void) {
  static const uint32_t widths[] = {1, 2, 3, 10, 11, 64, 200, 201};
  for (int theme = 0; theme < 2; theme++)
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
      uint32_t width = widths[k], zeros = 0;
      uint8_t *rgba = malloc((size_t)4 * 3 * width), zero[4], colour[4];
      heatmap_colour(0, 1, (HeatmapTheme)theme, zero);
      heatmap_legend(width, 3, (HeatmapTheme)theme, rgba);
      CHECK(!memcmp(rgba, rgba + (size_t)4 * width, (size_t)4 * width), "all lines alike");
      for (uint32_t x = 0; x < width; x++) {
        const uint8_t *here = rgba + (size_t)4 * x, *there = rgba + (size_t)4 * (width - 1 - x);
        CHECK(same(here, zero) == same(there, zero), "width %u: column %u", width, x);
        zeros += same(here, zero);
        if (same(here, zero))
          continue;
        /* position is linear in the colours: the value there is scale * position^2 */
        double place = 2.0 * x / (width - 1) - 1;
        heatmap_colour((float)(place < 0 ? -place * place : place * place), 1, (HeatmapTheme)theme,
                       colour);
        CHECK(distance(colour, here) <= 1, "width %u: column %u", width, x);
      }
      CHECK(zeros >= 1 && zeros <= (width > 50 ? width / 10 : 2), "width %u: %u zero columns",
            width, zeros);
      CHECK(same(rgba + (size_t)4 * (width / 2), zero), "width %u: zero in the middle", width);
      free(rgba);
    }
}

int main(int count, char **words) {
  check_start(count, words);
  colours();
  shrinking();
  strongest();
  enlarging();
  legend();
  return check_finish();
}
