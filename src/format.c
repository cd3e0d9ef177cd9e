/* format.c: see format.h. */
#include "format.h"

#include <stdint.h>
#include <string.h>

typedef struct Output {
  char *to;
  size_t size, length;
} Output;

static void put(Output *output, const char *text, size_t length) {
  for (size_t k = 0; k < length; k++, output->length++)
    if (output->length + 1 < output->size)
      output->to[output->length] = text[k];
}

static void pad(Output *output, char with, size_t length, size_t width) {
  for (; length < width; length++)
    put(output, &with, 1);
}

/* The digits of a number, at the end of `digits`, which has room for 20; returns the first. */
static char *digits_of(uint64_t number, unsigned base, int large, char *end) {
  do {
    unsigned digit = (unsigned)(number % base);
    *--end = (char)(digit < 10 ? '0' + digit : (large ? 'A' : 'a') + digit - 10);
    number /= base;
  } while (number);
  return end;
}

size_t format_arguments(char *to, size_t size, const char *format, va_list arguments) {
  Output output = {to, size, 0};
  for (const char *at = format; *at; at++) {
    if (*at != '%') {
      put(&output, at, 1);
      continue;
    }
    int left = 0, zeros = 0, longs = 0, precision = -1, negative = 0;
    size_t width = 0;
    for (at++; *at == '-' || *at == '0'; at++)
      if (*at == '-')
        left = 1;
      else
        zeros = 1;
    for (; *at >= '0' && *at <= '9'; at++)
      width = width * 10 + (size_t)(*at - '0');
    if (*at == '.') {
      precision = 0;
      if (*++at == '*') {
        precision = va_arg(arguments, int);
        at++;
      }
      for (; *at >= '0' && *at <= '9'; at++)
        precision = precision * 10 + (*at - '0');
    }
    for (; *at == 'l' || *at == 'z'; at++)
      longs += *at == 'l' ? 1 : sizeof(size_t) > sizeof(int);
    char memory[FORMAT_DIGITS];
    const char *text = memory;
    size_t length;
    if (*at == 's') {
      text = va_arg(arguments, const char *);
      const char *end = precision < 0 ? NULL : memchr(text, 0, (size_t)precision);
      length = end ? (size_t)(end - text) : precision < 0 ? strlen(text) : (size_t)precision;
    } else if (*at == 'f' || *at == 'g') {
      double value = va_arg(arguments, double);
      negative = __builtin_signbit(value) != 0;
      if (value - value == 0.0)
        format_digits(negative ? -value : value, *at, precision < 0 ? 6 : precision, memory);
      else {
        text = value != value ? "nan" : "inf";
        zeros = 0;
      }
      length = strlen(text);
    } else if (*at == 'd' || *at == 'u' || *at == 'x' || *at == 'X') {
      int wide = longs > 1 || (longs && sizeof(long) > sizeof(int));
      uint64_t number = wide ? va_arg(arguments, unsigned long long) : va_arg(arguments, unsigned);
      if (*at == 'd' && (wide ? (int64_t)number < 0 : (int32_t)number < 0)) {
        negative = 1;
        number = wide ? -number : -(uint32_t)number;
      }
      char *end = memory + sizeof memory;
      text = digits_of(number, *at == 'd' || *at == 'u' ? 10 : 16, *at == 'X', end);
      length = (size_t)(end - text);
    } else {
      memory[0] = *at == 'c' ? (char)va_arg(arguments, int) : *at;
      length = 1;
    }
    size_t whole = length + (size_t)negative;
    if (!left && !zeros)
      pad(&output, ' ', whole, width);
    if (negative)
      put(&output, "-", 1);
    if (!left && zeros)
      pad(&output, '0', whole, width);
    put(&output, text, length);
    if (left)
      pad(&output, ' ', whole, width);
  }
  if (size)
    to[output.length < size ? output.length : size - 1] = 0;
  return output.length;
}

size_t format_text(char *to, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t length = format_arguments(to, size, format, arguments);
  va_end(arguments);
  return length;
}
