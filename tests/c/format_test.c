/* format_test.c: format.h beside the C library's printf: every conversion with flags, widths, precisions and lengths, on
 * edges and on random numbers; and texts that are cut. Depends on check.h, format.h, random.h. */
#include "format.h"

#include <float.h>
#include <inttypes.h>
#include <limits.h>

#include "check.h"
#include "random.h"

enum { ROOM = 512 };

/* Both libraries' texts of one format and the same arguments. */
#define SAME(...)                                                                                  \
  do {                                                                                             \
    char ours[ROOM], theirs[ROOM];                                                                 \
    size_t length = format_text(ours, sizeof ours, __VA_ARGS__);                                   \
    int wanted = snprintf(theirs, sizeof theirs, __VA_ARGS__);                                     \
    CHECK(length == (size_t)wanted && !strcmp(ours, theirs), "'%s' is '%s' in C", ours, theirs);   \
  } while (0)

static void test_whole_numbers(void) {
  static const int64_t numbers[] = {0,         1,        -1,       9,       10,
                                    255,       -4096,    INT_MAX,  INT_MIN, INT64_MAX,
                                    INT64_MIN, 12345678, -7654321, 0xABCDEF};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    int64_t number = numbers[k];
    int narrow = (int)number;
    unsigned positive = (unsigned)number;
    SAME("%d|%u|%x|%X|%c", narrow, positive, positive, positive, 'a' + (int)k);
    SAME("%9d|%-9d|%09d|%02d|%3u|%-6u|%06u|%08X|%04x", narrow, narrow, narrow, narrow, positive,
         positive, positive, positive, positive);
    SAME("%" PRId64 "|%" PRIu64 "|%016" PRIx64, number, (uint64_t)number, (uint64_t)number);
    SAME("%lld|%llu|%20lld|%-22lld|", (long long)number, (unsigned long long)number,
         (long long)number, (long long)number);
    SAME("%ld|%lu|%zu|%5zu", (long)number, (unsigned long)number, (size_t)number, (size_t)number);
  }
}

static void test_texts(void) {
  const char *precise = "precise";
  SAME("100 %% of %s, %c%c", "text", 'x', 'y');
  SAME("%12s|%-12s|%s|", "right", "left", "");
  SAME("%.3s|%.0s|%.30s|%.*s|%5.2s|%-5.2s|", precise, precise, precise, 4, precise, precise,
       precise);
  const char open[3] = {'a', 'b', 'c'}; /* without an end */
  SAME("%.3s", open);
  char text[8];
  memset(text, 'z', sizeof text);
  CHECK(format_text(text, 4, "%s", "longer") == 6 && !strcmp(text, "lon") && text[4] == 'z');
  CHECK(format_text(text, 1, "%d", 12) == 2 && !text[0]);
  CHECK(format_text(NULL, 0, "%d%s", 12, "34") == 4);
}

static void number_is_same(double value) {
  SAME("%g|%f|%.0f|%.1f|%.2f|%.3f|%.17g|%.1g|%.3g", value, value, value, value, value, value, value,
       value, value);
  SAME("%9.3f|%-12.1f|%09.2f|%-9g|%12g|", value, value, value, value, value);
  for (int precision = 0; precision <= 17; precision++)
    SAME("%.*g %.*f", precision, value, precision, value);
}

static void test_points(void) {
  static const double numbers[] = {
      0.0,        0.5,     1.5,   2.5,        0.25,   0.125,   0.0625,
      9.5,        99.5,    999.5, 0.95,       9.995,  1e5,     1e6,
      999999.5,   1e15,    1e16,  1e17,       1e21,   1e22,    1e23,
      123456.789, 1e-4,    1e-5,  9.99995e-5, 5e-324, DBL_MIN, DBL_MAX,
      1.0 / 3,    2.0 / 3, 0.1,   1e300,      1e-300, 0.3,     4503599627370496.5};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
    number_is_same(numbers[k]);
    number_is_same(-numbers[k]);
  }
  volatile double zero = 0.0;
  SAME("%g|%f|%6.1f|%06.1f", 1.0 / zero, 1.0 / zero, -1.0 / zero, 1.0 / zero);
  char text[ROOM];
  format_text(text, sizeof text, "%5.1f", __builtin_nan(""));
  CHECK(!strcmp(text, "  nan"), "'%s'", text);
  Random random = random_stream(check_seed, RANDOM_SHUFFLE, 0, 0);
  for (int k = 0; k < 2000; k++) {
    uint64_t bits =
        (uint64_t)random_below(&random, UINT32_MAX) << 32 | random_below(&random, UINT32_MAX);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (value - value == 0.0)
      number_is_same(value);
    /* halves: what stands exactly between two texts */
    number_is_same((double)(int64_t)(bits >> 44) / (1 << (bits % 18)));
  }
}

static void test_significant(void) {
  static const struct {
    double value;
    int digits;
  } rows[] = {{0, 1},       {1, 1},        {0.1, 1},        {0.25, 2},  {1e22, 1},
              {123.456, 6}, {1.0 / 3, 16}, {0.1 + 0.2, 17}, {5e-324, 1}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
    CHECK(format_significant(rows[k].value) == rows[k].digits, "%.17g: %d", rows[k].value,
          format_significant(rows[k].value));
}

int main(int count, char **words) {
  check_start(count, words);
  test_whole_numbers();
  test_texts();
  test_points();
  test_significant();
  return check_finish();
}
