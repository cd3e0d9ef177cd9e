/* pool.h: a fixed set of threads that run one function together, with a barrier. One thread =
 * inline, no thread is made. How work is split never decides a result: that is the callers'
 * promise. Depends on status. POSIX threads, natively and in Emscripten's -pthread build. */
#ifndef FILIGREE_POOL_H
#define FILIGREE_POOL_H

#include <stdint.h>

#include "status.h"

typedef struct Pool Pool;

enum { POOL_MAXIMUM = 64 };

/* A pool of `threads` threads (1 to POOL_MAXIMUM), the caller's own counted. STATUS_THREADS when
 * the system refuses one (also: more than one thread in a build without threads). */
Status pool_create(uint32_t threads, Pool **pool, Error *error);
void pool_free(Pool *pool); /* NULL is fine */
uint32_t pool_threads(const Pool *pool);

/* Runs work(context, thread, threads) on every thread, 0 being the caller, and returns when all are
 * done. Not from inside work. Only the thread that created the pool may call it. */
void pool_run(Pool *pool, void (*work)(void *context, uint32_t thread, uint32_t threads),
              void *context);

/* Inside work: waits until every thread of the pool has come here; writes before are seen after. */
void pool_barrier(Pool *pool);

/* The part of 0 .. count-1 that thread `thread` of `threads` takes: [*first, *end), contiguous,
 * even. */
static inline void pool_share(uint32_t count, uint32_t thread, uint32_t threads, uint32_t *first,
                              uint32_t *end) {
  *first = (uint32_t)((uint64_t)count * thread / threads);
  *end = (uint32_t)((uint64_t)count * (thread + 1) / threads);
}

#endif
