/* format.h: printf into memory, to the letter as in C, for the conversions that this program uses: %c %s %d %u %x %X
 * %f %g %%, with the flags - and 0, widths, precisions (also *) and the lengths l, ll and z. (C libraries' own take 5 kB
 * of compressed WebAssembly, most of it for quadruple precision.) The digits of numbers with a point
 * come from the host (host_native.c, host_wasm.c). Threads: any. Depends on nothing. */
#ifndef FILIGREE_FORMAT_H
#define FILIGREE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* As vsnprintf: at most `size` bytes with the final zero into `to` (NULL where size is 0); returns how many bytes the
 * text has without it. */
size_t format_arguments(char *to, size_t size, const char *format, va_list arguments);

/* As snprintf. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
size_t
format_text(char *to, size_t size, const char *format, ...);

/* Bytes that format_digits may write. */
enum { FORMAT_DIGITS = 352 };

/* The host's: a finite number, not below 0, as C's printf writes it, by style 'f' (precision: digits behind the point)
 * or 'g' (significant digits); precision 0 to 17. */
void format_digits(double value, char style, int precision, char *to);

/* The host's: the fewest significant digits, 1 to 17, with which a finite number reads back. */
int format_significant(double value);

#endif
