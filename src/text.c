/* text.c: see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
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
  if (!text_reserve(text, 0))
    return;
  va_start(arguments, format);
  va_copy(again, arguments);
  size_t room = text->capacity - text->length;
  size_t length = format_arguments(text->data + text->length, room, format, arguments);
  int fits = length < room || text_reserve(text, length);
  if (fits && length >= room)
    format_arguments(text->data + text->length, length + 1, format, again);
  if (fits)
    text->length += length;
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
  char digits[FORMAT_DIGITS];
  if (!(value - value == 0.0)) {
    text_add(text, "null");
    return;
  }
  if (value > -1e15 && value < 1e15 && value == (double)(int64_t)value) { /* 100, not 1e+02 */
    text_add(text, "%lld", (long long)value);
    return;
  }
  format_text(digits, sizeof digits, "%.*g", format_significant(value), value);
  char *exponent = strchr(digits, 'e');
  if (exponent && exponent[2] == '0') /* 1e-5, not 1e-05 */
    memmove(exponent + 2, exponent + 3, strlen(exponent + 2));
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
