/* text.h: a string that grows, for JSON and tables. Depends on host (host_number). */
#ifndef FILIGREE_TEXT_H
#define FILIGREE_TEXT_H

#include <stddef.h>

typedef struct Text {
  char *data; /* zero-terminated; NULL while empty */
  size_t length, capacity;
  int failed; /* out of memory at some point: the text is not to be used */
} Text;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void text_add(Text *text, const char *format, ...);

/* A JSON string with its quotes, escaped. */
void text_add_json_string(Text *text, const char *value);

/* A number, as short as reads back to the same double; null for NaN and infinity (JSON has none).
 */
void text_add_number(Text *text, double value);

/* The text, never NULL ("" when empty). */
const char *text_string(const Text *text);

void text_clear(Text *text); /* length 0, memory kept */
void text_free(Text *text);

#endif
