/* sort.h: the C library's qsort in little code (a heap; no order is slow), for orders in which no two items are equal.
 * Threads: any, each array in one at a time. Depends on nothing. */
#ifndef FILIGREE_SORT_H
#define FILIGREE_SORT_H

#include <stddef.h>

/* Sorts items [count] of `size` bytes, at most SORT_SIZE_MAXIMUM. compare(a, b): below 0 where a comes first, above 0 where
 * b does. */
enum { SORT_SIZE_MAXIMUM = 32 };
void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
