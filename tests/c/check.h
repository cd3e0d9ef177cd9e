/* check.h: the harness of C tests. A test is a program: it calls CHECK and CHECK_CLOSE and ends
 * with `return check_finish();`. It fails (exit code 1) when a check failed or when none was made.
 * Not a framework: no registration, no fixtures. Depends on the C library only; the engine's
 * headers come from the test itself.
 *
 *   int main(int count, char **words) {
 *     check_start(count, words);         // words[1]: the folder of test vectors
 *     CHECK(rows > 0, "rows %d", rows);  // the text is optional, printf-formatted
 *     CHECK_CLOSE(got, wanted, 1e-6);    // |got - wanted| <= 1e-6; NaN fails
 *     return check_finish();
 *   }
 *
 * check_seed is what a test's random numbers start from: CHECK_SEED in the environment, else 1. A
 * failure prints the line that replays it. Threads: checks may run in any. */
#ifndef FILIGREE_CHECK_H
#define FILIGREE_CHECK_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_UNUSED __attribute__((unused))
enum { CHECK_SHOWN = 20 }; /* failures that are printed in full */

static uint64_t check_seed CHECK_UNUSED = 1;
static const char *check_vectors CHECK_UNUSED = "tests/vectors"; /* folder, no final slash */
static const char *check_program CHECK_UNUSED = "test";
static long check_made, check_failed;

CHECK_UNUSED static void check_start(int count, char **words) {
  const char *seed = getenv("CHECK_SEED");
  if (seed && *seed)
    check_seed = strtoull(seed, NULL, 10);
  if (count > 0)
    check_program = words[0];
  if (count > 1)
    check_vectors = words[1];
}

/* Counts a check; prints `file:line: condition: text` when `passed` is 0. Returns passed. */
__attribute__((format(printf, 5, 6))) CHECK_UNUSED static int
check_that(int passed, const char *condition, const char *file, int line, const char *format, ...) {
  __atomic_fetch_add(&check_made, 1, __ATOMIC_RELAXED);
  if (passed)
    return 1;
  long number = __atomic_add_fetch(&check_failed, 1, __ATOMIC_RELAXED);
  if (number > CHECK_SHOWN)
    return 0;
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  fprintf(stderr, "%s:%d: failed: %s:%s\n", file, line, condition, text);
  return 0;
}

/* Both evaluate to 1 when the check passed, else 0. */
#define CHECK(condition, ...)                                                                      \
  check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__, " " __VA_ARGS__)
#define CHECK_CLOSE(got, wanted, tolerance)                                                        \
  check_close((got), (wanted), (tolerance), #got, __FILE__, __LINE__)

CHECK_UNUSED static int check_close(double got, double wanted, double tolerance, const char *what,
                                    const char *file, int line) {
  double error = got > wanted ? got - wanted : wanted - got;
  int passed = got == wanted || error <= tolerance; /* NaN makes both false */
  return check_that(passed, what, file, line, " got %.17g, wanted %.17g, off by %.3g, allowed %.3g",
                    got, wanted, error, tolerance);
}

/* Prints the summary; the program's exit code. */
CHECK_UNUSED static int check_finish(void) {
  const char *name = strrchr(check_program, '/') ? strrchr(check_program, '/') + 1 : check_program;
  if (check_failed) {
    fprintf(stderr, "%s: %ld of %ld checks failed; replay: CHECK_SEED=%llu %s %s\n", name,
            check_failed, check_made, (unsigned long long)check_seed, check_program, check_vectors);
    return 1;
  }
  if (!check_made) {
    fprintf(stderr, "%s: nothing was checked\n", name);
    return 1;
  }
  printf("%s: %ld checks passed\n", name, check_made);
  return 0;
}

#endif
