/* text_test.c: strings that grow: formatting, JSON strings and numbers that read back as they were.
 * Depends on check.h, text.h, random.h. */
#include "text.h"

#include <float.h>

#include "check.h"
#include "random.h"

static void test_growth(void) {
  Text text = {0};
  CHECK(!strcmp(text_string(&text), "") && text.length == 0);
  text_clear(&text);
  CHECK(!strcmp(text_string(&text), ""), "clear of an empty text");
  for (int k = 0; k < 3000; k++) {
    text_add(&text, "%d,", k % 10);
    if (text.length != 2 * (size_t)(k + 1) || strlen(text_string(&text)) != text.length)
      CHECK(0, "length %zu after %d", text.length, k);
  }
  CHECK(!strncmp(text_string(&text), "0,1,2,3,4,5,6,7,8,9,0,", 22) && !text.failed);
  text_clear(&text);
  CHECK(text.length == 0 && !strcmp(text_string(&text), ""));
  text_add(&text, "%5.2f|%s|%%", 1.5, "x");
  CHECK(!strcmp(text_string(&text), " 1.50|x|%"), "%s", text_string(&text));
  char *longest = malloc(100001);
  if (!longest)
    exit(check_finish());
  memset(longest, 'y', 100000);
  longest[100000] = 0;
  text_add(&text, "%s", longest);
  CHECK(text.length == 100009 && text_string(&text)[100008] == 'y');
  text_free(&text);
  CHECK(!text.data && !text.length && !text.capacity && !strcmp(text_string(&text), ""));
  text_free(&text);
  free(longest);
}

static void json_is(const char *value, const char *wanted) {
  Text text = {0};
  text_add_json_string(&text, value);
  CHECK(!strcmp(text_string(&text), wanted), "'%s' as JSON is %s", value, text_string(&text));
  text_free(&text);
}

static void test_json_strings(void) {
  json_is("", "\"\"");
  json_is("plain", "\"plain\"");
  json_is("a \"b\" \\ /", "\"a \\\"b\\\" \\\\ /\"");
  json_is("\n\t\x01\x1f", "\"\\u000a\\u0009\\u0001\\u001f\"");
  json_is("%s %d", "\"%s %d\"");
  json_is("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\x89",
          "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8E\x89\"");
  json_is("\x7f", "\"\x7f\"");
}

static void number_is(double value, const char *wanted) {
  Text text = {0};
  text_add_number(&text, value);
  CHECK(!strcmp(text_string(&text), wanted), "%.17g is written %s", value, text_string(&text));
  text_free(&text);
}

static void test_numbers(void) {
  volatile double zero = 0;
  number_is(0, "0");
  number_is(1, "1");
  number_is(-2.5, "-2.5");
  number_is(0.1, "0.1");
  number_is(3.5e-5, "3.5e-5");
  number_is(1.0 / 3, "0.3333333333333333");
  number_is(1e300, "1e+300");
  number_is(9007199254740991.0, "9007199254740991");
  number_is(1 / zero, "null");
  number_is(-1 / zero, "null");
  number_is(zero / zero, "null");
  number_is(DBL_MAX, "1.7976931348623157e+308");
  number_is(5e-324, "5e-324");
  Random random = random_stream(check_seed, RANDOM_DATA, 4, 0);
  int wrong = 0, compared = 0;
  for (int again = 0; again < 100000; again++) {
    uint64_t bits = random_u64(&random);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (again % 2) /* floats, as most of our numbers are */
      value = (double)(float)((double)(int64_t)bits * 0x1p-80);
    if (!(value - value == 0))
      continue;
    Text text = {0};
    text_add_number(&text, value);
    double back = strtod(text_string(&text), NULL);
    wrong += memcmp(&back, &value, sizeof back) != 0 || text.length > 24;
    wrong += strspn(text_string(&text), "0123456789+-.e") != text.length;
    compared++;
    text_free(&text);
  }
  CHECK(wrong == 0 && compared > 90000, "%d of %d numbers did not come back", wrong, compared);
}

int main(int count, char **words) {
  check_start(count, words);
  printf("seed %llu\n", (unsigned long long)check_seed);
  test_growth();
  test_json_strings();
  test_numbers();
  return check_finish();
}
