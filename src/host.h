/* host.h: what the engine asks of the system it runs on: whole files, text output, reading of numbers. Native:
 * host_native.c (stdio). WebAssembly: host_wasm.c (imports supplied by JavaScript). */
#ifndef FILIGREE_HOST_H
#define FILIGREE_HOST_H

#include <stdint.h>

#include "status.h"

/* Reads the whole file into *data (malloc'd; the caller frees; never NULL on success, even when
 * empty) and *size bytes. STATUS_FILE with the path and the reason, STATUS_MEMORY. */
Status host_read_file(const char *path, uint8_t **data, size_t *size, Error *error);

/* Writes the whole file. STATUS_FILE. */
Status host_write_file(const char *path, const void *data, size_t size, Error *error);

/* Pictures that the host keeps outside of the engine (dataset.h): copies `count` of them, each of `size`
 * bytes, one after the other into `to`: numbers which[0 .. count-1] of the training (0) or test (1)
 * part. 1: done; 0: not all of them are there yet, nothing is to be used. Only on the thread that made
 * the engine. */
int host_fetch_pictures(int part, const uint32_t *which, uint32_t count, uint32_t size,
                        uint8_t *to);

/* Text to standard output (1) or standard error (2), flushed. */
int host_print(int stream, const char *text);

/* 1 when the stream (1 or 2) is a terminal that can redraw a line. */
int host_is_terminal(int stream);

/* The number nearest to a text of digits, signs, points and e or E, as in C without blanks, names and
 * hexadecimal; NaN when the text as a whole is none. (C libraries bring quadruple precision along for
 * this; JavaScript has it built in.) */
double host_number(const char *text);

/* Seconds since some start, monotonic. Never used for anything that decides a result. */
double host_seconds(void);

/* The folder that holds a folder per file-based dataset (mnist/, fashion-mnist/), without a final
 * slash. */
const char *host_data_folder(void);

#endif
