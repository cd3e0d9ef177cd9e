/* pool_test.c: the pool of threads: shares cover everything once, runs and barriers order writes
 * and reads (ThreadSanitizer watches), 1 to 8 threads on however few cores. Depends on check.h,
 * pool.h. */
#include "pool.h"

#include <time.h>
#include <unistd.h>

#include "check.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define THINNED 1
#endif
#endif
#ifdef THINNED
enum { RUNS = 200, BARRIERS = 40 };
#else
enum { RUNS = 600, BARRIERS = 80 };
#endif
enum { THREADS = 8, CELLS = 1000 };

/* ---- shares ---------------------------------------------------------------------------------- */

static void test_shares(void) {
  static const uint32_t counts[] = {0,  1,  2,  3,   7,   8,       9,          16,
                                    31, 49, 64, 300, 784, 1000003, 0x7FFFFFFF, 0xFFFFFFFF};
  for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
    for (uint32_t threads = 1; threads <= POOL_MAXIMUM; threads++) {
      uint32_t next = 0, least = counts[k] / threads, wrong = 0;
      for (uint32_t thread = 0; thread < threads; thread++) {
        uint32_t first, end;
        pool_share(counts[k], thread, threads, &first, &end);
        wrong += first != next || end < first || end - first < least || end - first - least > 1;
        next = end;
      }
      CHECK(wrong == 0 && next == counts[k], "%u in %u shares: %u are wrong, the last ends at %u",
            counts[k], threads, wrong, next);
    }
}

/* ---- runs ------------------------------------------------------------------------------------ */

typedef struct Work {
  Pool *pool;
  uint32_t threads;
  uint32_t seen[THREADS]; /* runs that thread took part in */
  uint32_t wrong[THREADS];
  uint32_t cells[2][CELLS]; /* plain memory: a missing barrier is a race */
  uint64_t total;
} Work;

static void count_run(void *context, uint32_t thread, uint32_t threads) {
  Work *work = context;
  work->wrong[thread] += threads != work->threads;
  work->seen[thread]++;
  uint32_t first, end;
  pool_share(CELLS, thread, threads, &first, &end);
  for (uint32_t k = first; k < end; k++)
    work->cells[0][k]++;
}

/* Each round reads what all the others wrote in the round before. */
static void march(void *context, uint32_t thread, uint32_t threads) {
  Work *work = context;
  uint32_t first, end;
  pool_share(CELLS, thread, threads, &first, &end);
  for (uint32_t k = first; k < end; k++)
    work->cells[0][k] = k;
  pool_barrier(work->pool);
  for (uint32_t round = 0; round < BARRIERS; round++) {
    const uint32_t *from = work->cells[round % 2];
    uint32_t *to = work->cells[1 - round % 2];
    for (uint32_t k = first; k < end; k++)
      to[k] = from[(k + 1) % CELLS]; /* the neighbour's is another thread's at the edge */
    pool_barrier(work->pool);
    if (round % 16 == thread)
      for (volatile int spin = 0; spin < 20000; spin++) /* now and then somebody is late */
        ;
    for (uint32_t k = 0; k < CELLS; k += 97)
      work->wrong[thread] += to[k] != (k + round + 1) % CELLS;
    /* the next round writes `from`: nobody may still be reading it */
    pool_barrier(work->pool);
  }
}

static void sum_share(void *context, uint32_t thread, uint32_t threads) {
  Work *work = context;
  uint32_t first, end;
  pool_share(CELLS, thread, threads, &first, &end);
  uint32_t sum = 0;
  for (uint32_t k = first; k < end; k++)
    sum += k;
  work->cells[1][thread] = sum;
  pool_barrier(work->pool);
  if (thread == 0) {
    work->total = 0;
    for (uint32_t other = 0; other < threads; other++)
      work->total += work->cells[1][other];
  }
}

static void test_runs(uint32_t threads) {
  Work *work = calloc(1, sizeof *work);
  Error error = {STATUS_OK, ""};
  if (!CHECK(work && !pool_create(threads, &work->pool, &error), "%u threads: %s", threads,
             error.text))
    exit(check_finish());
  work->threads = threads;
  CHECK(pool_threads(work->pool) == threads);
  for (uint32_t run = 0; run < RUNS; run++) {
    pool_run(work->pool, count_run, work);
    /* the caller sees all of the run at once, also after a pause in which the threads fall asleep */
    uint32_t wrong = 0;
    for (uint32_t k = 0; k < CELLS; k += 13)
      wrong += work->cells[0][k] != run + 1;
    for (uint32_t thread = 0; thread < THREADS; thread++)
      wrong += work->seen[thread] != (thread < threads ? run + 1 : 0) || work->wrong[thread];
    if (wrong)
      CHECK(0, "%u threads, run %u: %u numbers are wrong", threads, run, wrong);
    if (run % (RUNS / 20) == 0)
      nanosleep(&(struct timespec){0, 2000000}, NULL);
  }
  for (int again = 0; again < 3; again++) {
    pool_run(work->pool, march, work);
    uint32_t wrong = 0;
    for (uint32_t thread = 0; thread < threads; thread++)
      wrong += work->wrong[thread];
    for (uint32_t k = 0; k < CELLS; k++)
      wrong += work->cells[BARRIERS % 2][k] != (k + BARRIERS) % CELLS;
    CHECK(wrong == 0, "%u threads, %d barriers: %u numbers are wrong", threads, 2 * BARRIERS,
          wrong);
    pool_run(work->pool, sum_share, work);
    CHECK(work->total == CELLS * (CELLS - 1) / 2, "the sum is %llu",
          (unsigned long long)work->total);
  }
  pool_free(work->pool);
  free(work);
}

/* Pools come and go, used or not; two at once do not disturb each other. */
static void test_lives(void) {
  for (int again = 0; again < 50; again++) {
    Pool *pool = NULL;
    CHECK(!pool_create(1 + (uint32_t)again % THREADS, &pool, NULL));
    if (again % 3 == 0) {
      Work work = {.pool = pool, .threads = pool_threads(pool)};
      pool_run(pool, count_run, &work);
      CHECK(work.cells[0][CELLS - 1] == 1);
    }
    pool_free(pool);
  }
  static Work works[2];
  for (int k = 0; k < 2; k++) {
    CHECK(!pool_create(works[k].threads = 2 + (uint32_t)k, &works[k].pool, NULL));
  }
  for (int run = 0; run < 100; run++)
    pool_run(works[run % 2].pool, count_run, &works[run % 2]);
  for (int k = 0; k < 2; k++) {
    CHECK(works[k].seen[0] == 50 && works[k].seen[1] == 50 && !works[k].wrong[1]);
    pool_free(works[k].pool);
  }
  pool_free(NULL);
}

static void test_errors(void) {
  static const uint32_t bad[] = {0, POOL_MAXIMUM + 1, 0xFFFFFFFF};
  for (int k = 0; k < 3; k++) {
    Error error = {STATUS_OK, ""};
    Pool *pool = (Pool *)&error; /* must stay as it is */
    CHECK(pool_create(bad[k], &pool, &error) == STATUS_RANGE && error.status == STATUS_RANGE,
          "%u threads", bad[k]);
    CHECK(pool == (Pool *)&error && strstr(error.text, "threads"), "%s", error.text);
  }
}

int main(int count, char **words) {
  check_start(count, words);
  alarm(300); /* a deadlock ends the test */
  test_shares();
  for (uint32_t threads = 1; threads <= THREADS; threads++)
    test_runs(threads);
  test_lives();
  test_errors();
  return check_finish();
}
