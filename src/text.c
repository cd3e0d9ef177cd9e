/* text.c: see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

static int text_reserve(Text *text, size_t more) {
  if (text->failed)
    return 0;
  if (text->length + more + 1 > text->capacity) {
    size_t capacity = (text->length + more + 1) * 2;
    char *data = realloc(text->data, capacity);
    if (!data) {
      text->failed = 1;
      return 0;
    }
    text->data = data;
    text->capacity = capacity;
  }
  return 1;
}

void text_add(Text *text, const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, arguments);
  if (length >= 0 && text_reserve(text, (size_t)length)) {
    vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    text->length += (size_t)length;
  }
  va_end(again);
  va_end(arguments);
}

void text_add_json_string(Text *text, const char *value) {
  text_add(text, "\"");
  for (const unsigned char *at = (const unsigned char *)value; *at; at++) {
    if (*at == '"' || *at == '\\')
      text_add(text, "\\%c", *at);
    else if (*at < 0x20)
      text_add(text, "\\u%04x", *at);
    else
      text_add(text, "%c", *at);
  }
  text_add(text, "\"");
}

void text_add_number(Text *text, double value) {
  char digits[40];
  if (!(value - value == 0.0)) {
    text_add(text, "null");
    return;
  }
  if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value) { /* 100, not 1e+02 */
    text_add(text, "%lld", (long long)value);
    return;
  }
  for (int precision = 1; precision <= 17; precision++) {
    snprintf(digits, sizeof digits, "%.*g", precision, value);
    if (host_number(digits) == value)
      break;
  }
  char *zero = strstr(digits, "e-0"); /* 1e-5, not 1e-05 */
  if (zero)
    memmove(zero + 2, zero + 3, strlen(zero + 2));
  text_add(text, "%s", digits);
}

const char *text_string(const Text *text) { return text->data ? text->data : ""; }

void text_clear(Text *text) {
  text->length = 0;
  if (text->data)
    text->data[0] = 0;
}

void text_free(Text *text) {
  free(text->data);
  *text = (Text){0};
}
