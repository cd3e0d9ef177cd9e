/* memory.h: zeroed memory on 64-byte boundaries. Not a pool. Depends on nothing. */
#ifndef FILIGREE_MEMORY_H
#define FILIGREE_MEMORY_H

#include <stddef.h>

/* `count` items of `size` bytes, zeroed, 64-byte aligned; NULL when there is no memory or the
 * product overflows; a valid pointer for 0 bytes. Free with memory_free. Threads: any. */
void *memory_zeroed(size_t count, size_t size);
void memory_free(void *memory);

#endif
