/* peak.c: the most single-precision operations a second that this machine makes in 4-lane
 * multiplications and additions as separate instructions (no fused multiply-add), in registers only:
 * what the benchmarks' shares of peak refer to. Prints GFLOP/s of THREADS threads together.
 *
 *   peak THREADS SECONDS */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef float Lanes __attribute__((vector_size(16)));
enum { CHAINS = 14, TURNS = 4096 }; /* with the two constants, the 16 registers of SSE */

static double now(void) {
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

static double limit;

/* Writes operations a second to *context. */
static void *work(void *context) {
  Lanes sums[CHAINS];
  const Lanes factor = {0.999f, 0.998f, 0.997f, 0.996f}, term = {1, 2, 3, 4};
  for (int k = 0; k < CHAINS; k++)
    sums[k] = (Lanes){(float)k, 1, 2, 3};
  double begin = now(), end = begin, turns = 0;
  while (end - begin < limit) {
    for (int turn = 0; turn < TURNS; turn++)
#pragma GCC unroll 14
      for (int k = 0; k < CHAINS; k++)
        sums[k] = sums[k] * factor + term;
    turns += TURNS;
    end = now();
  }
  volatile Lanes keep = sums[0];
  for (int k = 1; k < CHAINS; k++)
    keep = keep + sums[k];
  *(double *)context = turns * CHAINS * 8 / (end - begin);
  return NULL;
}

int main(int count, char **words) {
  int threads = count > 1 ? atoi(words[1]) : 1;
  limit = count > 2 ? atof(words[2]) : 0.5;
  pthread_t ids[64];
  double rates[64], total = 0;
  if (threads < 1 || threads > 64)
    return 2;
  for (int k = 0; k < threads; k++)
    if (pthread_create(&ids[k], NULL, work, &rates[k]))
      return 1;
  for (int k = 0; k < threads; k++) {
    pthread_join(ids[k], NULL);
    total += rates[k];
  }
  printf("%.3f\n", total * 1e-9);
  return 0;
}
