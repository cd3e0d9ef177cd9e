/* status.c: see status.h. */
#include "status.h"

#include <stdarg.h>

#include "format.h"

const char *status_name(Status status) {
  switch (status) {
#define STATUS_NAME(name, value, text)                                                             \
  case name:                                                                                       \
    return #name;
    STATUS_TABLE(STATUS_NAME)
#undef STATUS_NAME
  }
  return "STATUS_UNKNOWN";
}

const char *status_text(Status status) {
  switch (status) {
#define STATUS_TEXT(name, value, text)                                                             \
  case name:                                                                                       \
    return text;
    STATUS_TABLE(STATUS_TEXT)
#undef STATUS_TEXT
  }
  return "unknown status";
}

Status error_set(Error *error, Status status, const char *format, ...) {
  if (error) {
    va_list arguments;
    va_start(arguments, format);
    error->status = status;
    format_arguments(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
  }
  return status;
}
