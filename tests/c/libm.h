/* libm.h: the C library's mathematics in double, fetched at run time: nothing of this project is
 * linked with libm, nor are its tests. Call libm_load() first; 0 means it is not there. Depends on
 * the C library's dynamic loader. */
#ifndef FILIGREE_TEST_LIBM_H
#define FILIGREE_TEST_LIBM_H

#include <dlfcn.h>
#include <math.h>

#define LIBM_UNUSED __attribute__((unused))

static double (*libm_exp)(double) LIBM_UNUSED, (*libm_expm1)(double)LIBM_UNUSED;
static double (*libm_log)(double) LIBM_UNUSED, (*libm_log1p)(double)LIBM_UNUSED;
static double (*libm_pow)(double, double) LIBM_UNUSED;

LIBM_UNUSED static int libm_load(void) {
  void *library = dlopen("libm.so.6", RTLD_NOW);
  if (!library)
    library = RTLD_DEFAULT; /* part of the C library, elsewhere than in GNU */
  /* a cast from void * to a function: POSIX allows it */
  libm_exp = (double (*)(double))dlsym(library, "exp");
  libm_expm1 = (double (*)(double))dlsym(library, "expm1");
  libm_log = (double (*)(double))dlsym(library, "log");
  libm_log1p = (double (*)(double))dlsym(library, "log1p");
  libm_pow = (double (*)(double, double))dlsym(library, "pow");
  return libm_exp && libm_expm1 && libm_log && libm_log1p && libm_pow;
}

#endif
