/* reference.h: the plain counterpart of every kernel in kernels.h: loops over single numbers, no
 * vectors, no tiles, no skipped zeros. What it returns, the fast kernels must return too: to the
 * bit (a NaN for a NaN), except softmax, which is computed in double here (tests/c/kernels_test.c
 * derives the tolerance). Not fast, and not used by the program: tests and benchmarks only. Depends
 * on kernels, panel, scalar, and on vector_math for one number's exp and log (which
 * tests/c/vector_math_test.c compares with the C library's). */
#ifndef FILIGREE_REFERENCE_H
#define FILIGREE_REFERENCE_H

#include "kernels.h"

/* Fills *kernels with the plain functions; lanes = 1. Shapes, ranges and NULLs as in kernels.h. */
void reference_kernels(Kernels *kernels);

#endif
