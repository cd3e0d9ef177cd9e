/* must_fail.c: tests the harness itself: tests/runner.test.js wants exit code 1 for every word but
 * "pass". Depends on check.h. */
#include "check.h"

int main(int count, char **words) {
  const char *word = count > 1 ? words[1] : "nothing";
  check_start(1, words);
  volatile double zero = 0.0;
  if (!strcmp(word, "pass")) {
    CHECK(1 + 1 == 2);
    CHECK_CLOSE(1.0, 1.05, 0.1);
    CHECK_CLOSE(1.0 / zero, 1.0 / zero, 0.0);
  } else if (!strcmp(word, "fail")) {
    CHECK(1 + 1 == 2);
    CHECK(1 + 1 == 3, "the sum is %d", 2);
  } else if (!strcmp(word, "far")) {
    CHECK_CLOSE(1.0, 1.2, 0.1);
  } else if (!strcmp(word, "nan")) {
    CHECK_CLOSE(zero / zero, 1.0, 1e9);
  } else if (!strcmp(word, "nan-wanted")) {
    CHECK_CLOSE(1.0, zero / zero, 1e9);
  } else if (!strcmp(word, "nan-tolerance")) {
    CHECK_CLOSE(1.0, 2.0, zero / zero);
  } else if (!strcmp(word, "infinite")) {
    CHECK_CLOSE(1.0 / zero, 1.0, 1e9);
  }
  return check_finish();
}
