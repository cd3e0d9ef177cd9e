/* pool.c: see pool.h. Waiting spins for a moment (a step's phases are microseconds apart), then
 * sleeps: pure spinning collapses when the cores are busy with something else. */
#include "pool.h"

#include <stdlib.h>

#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
#define POOL_INLINE_ONLY 1
#else
#include <pthread.h>
#include <stdatomic.h>
#endif

#ifdef POOL_INLINE_ONLY

struct Pool {
  uint32_t threads;
};

Status pool_create(uint32_t threads, Pool **pool, Error *error) {
  if (threads != 1)
    return error_set(error, STATUS_THREADS,
                     "this build has one thread, %u were asked for; use the threaded build",
                     threads);
  *pool = calloc(1, sizeof **pool);
  if (!*pool)
    return error_set(error, STATUS_MEMORY, "out of memory for a pool");
  (*pool)->threads = 1;
  return STATUS_OK;
}

void pool_free(Pool *pool) { free(pool); }
uint32_t pool_threads(const Pool *pool) { return pool->threads; }
void pool_run(Pool *pool, void (*work)(void *, uint32_t, uint32_t), void *context) {
  (void)pool;
  work(context, 0, 1);
}
void pool_barrier(Pool *pool) { (void)pool; }

#else

enum { SPINS = 4000 };

/* A number that only grows; threads wait for it to leave a value. */
typedef struct Signal {
  atomic_uint value;
  atomic_uint sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t condition;
} Signal;

struct Pool {
  uint32_t threads;
  uint32_t started;      /* threads made, for pool_free */
  Signal work_signal;    /* raised once a run */
  Signal barrier_signal; /* raised once a barrier */
  atomic_uint arrived;   /* threads at the present barrier */
  atomic_int stopping;
  void (*work)(void *context, uint32_t thread, uint32_t threads);
  void *context;
  pthread_t handles[POOL_MAXIMUM];
  struct Seat {
    Pool *pool;
    uint32_t thread;
  } seats[POOL_MAXIMUM];
};

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void signal_create(Signal *signal) {
  atomic_init(&signal->value, 0);
  atomic_init(&signal->sleepers, 0);
  pthread_mutex_init(&signal->mutex, NULL);
  pthread_cond_init(&signal->condition, NULL);
}

static void signal_free(Signal *signal) {
  pthread_cond_destroy(&signal->condition);
  pthread_mutex_destroy(&signal->mutex);
}

static void signal_raise(Signal *signal) {
  atomic_fetch_add(&signal->value, 1);
  if (atomic_load(&signal->sleepers)) {
    pthread_mutex_lock(&signal->mutex);
    pthread_cond_broadcast(&signal->condition);
    pthread_mutex_unlock(&signal->mutex);
  }
}

static void signal_wait(Signal *signal, unsigned old) {
  for (int spin = 0; spin < SPINS; spin++) {
    if (atomic_load_explicit(&signal->value, memory_order_acquire) != old)
      return;
    relax();
  }
  pthread_mutex_lock(&signal->mutex);
  atomic_fetch_add(&signal->sleepers, 1);
  while (atomic_load(&signal->value) == old)
    pthread_cond_wait(&signal->condition, &signal->mutex);
  atomic_fetch_sub(&signal->sleepers, 1);
  pthread_mutex_unlock(&signal->mutex);
}

void pool_barrier(Pool *pool) {
  if (pool->threads == 1)
    return;
  unsigned old = atomic_load(&pool->barrier_signal.value);
  if (atomic_fetch_add(&pool->arrived, 1) + 1 == pool->threads) {
    atomic_store(&pool->arrived, 0);
    signal_raise(&pool->barrier_signal);
  } else
    signal_wait(&pool->barrier_signal, old);
}

static void *seat_main(void *argument) {
  struct Seat *seat = argument;
  Pool *pool = seat->pool;
  for (unsigned run = 0;; run++) {
    signal_wait(&pool->work_signal, run);
    if (atomic_load(&pool->stopping))
      return NULL;
    pool->work(pool->context, seat->thread, pool->threads);
    pool_barrier(pool);
  }
}

Status pool_create(uint32_t threads, Pool **result, Error *error) {
  if (threads < 1 || threads > POOL_MAXIMUM)
    return error_set(error, STATUS_RANGE, "threads is %u; it must be 1 to %d", threads,
                     POOL_MAXIMUM);
  Pool *pool = calloc(1, sizeof *pool);
  if (!pool)
    return error_set(error, STATUS_MEMORY, "out of memory for a pool");
  signal_create(&pool->work_signal);
  signal_create(&pool->barrier_signal);
  pool->threads = threads;
  pool->started = 1;
  for (uint32_t thread = 1; thread < threads; thread++) {
    pool->seats[thread] = (struct Seat){pool, thread};
    if (pthread_create(&pool->handles[thread], NULL, seat_main, &pool->seats[thread])) {
      pool_free(pool);
      return error_set(error, STATUS_THREADS,
                       "thread %u of %u could not be started; ask for fewer threads", thread + 1,
                       threads);
    }
    pool->started = thread + 1;
  }
  *result = pool;
  return STATUS_OK;
}

void pool_free(Pool *pool) {
  if (!pool)
    return;
  atomic_store(&pool->stopping, 1);
  signal_raise(&pool->work_signal);
  for (uint32_t thread = 1; thread < pool->started; thread++)
    pthread_join(pool->handles[thread], NULL);
  signal_free(&pool->work_signal);
  signal_free(&pool->barrier_signal);
  free(pool);
}

uint32_t pool_threads(const Pool *pool) { return pool->threads; }

void pool_run(Pool *pool, void (*work)(void *, uint32_t, uint32_t), void *context) {
  pool->work = work;
  pool->context = context;
  if (pool->threads > 1)
    signal_raise(&pool->work_signal);
  work(context, 0, pool->threads);
  pool_barrier(pool);
}

#endif
