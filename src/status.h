/* status.h: the engine's error codes and the text that goes with an error.
 * Not a logging facility. Depends on nothing. */
#ifndef FILIGREE_STATUS_H
#define FILIGREE_STATUS_H

#include <stddef.h>

/* X(name, value, text). Negative = error. The exit codes of the command line derive from these. */
#define STATUS_TABLE(X)                                                                            \
  X(STATUS_OK, 0, "ok")                                                                            \
  X(STATUS_USAGE, -1, "bad usage")                                                                 \
  X(STATUS_RANGE, -2, "value out of range")                                                        \
  X(STATUS_FILE, -3, "file cannot be read")                                                        \
  X(STATUS_FORMAT, -4, "data have the wrong format")                                               \
  X(STATUS_MEMORY, -5, "out of memory")                                                            \
  X(STATUS_DIVERGED, -6, "training diverged")                                                      \
  X(STATUS_STATE, -7, "not possible in this state")                                                \
  X(STATUS_DIFFERS, -8, "fingerprint differs")                                                     \
  X(STATUS_THREADS, -9, "threads cannot be started")

typedef enum Status {
#define STATUS_ENTRY(name, value, text) name = value,
  STATUS_TABLE(STATUS_ENTRY)
#undef STATUS_ENTRY
} Status;

/* What went wrong, in one or two plain lines: what, where, what to do. Always zero-terminated. */
typedef struct Error {
  Status status;
  char text[640];
} Error;

/* The name ("STATUS_USAGE") and the short text of a status; never NULL. */
const char *status_name(Status status);
const char *status_text(Status status);

/* Sets `error` (may be NULL) to `status` with a printf-formatted text; returns `status`, so that
 * a function can `return error_set(...)`. Text that does not fit is cut. Threads: any, own error.
 */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
Status
error_set(Error *error, Status status, const char *format, ...);

#endif
