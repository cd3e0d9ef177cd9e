/* kernels.c: chooses a set of kernels; see kernels.h. */
#include "kernels.h"

#include <stdlib.h>

#define DECLARE(lanes)                                                                             \
  void kernel_product_register_##lanes(Kernels *kernels);                                          \
  void kernel_weights_register_##lanes(Kernels *kernels);                                          \
  void kernel_marked_register_##lanes(Kernels *kernels);                                           \
  void kernel_batch_register_##lanes(Kernels *kernels);                                            \
  void kernel_sparse_register_##lanes(Kernels *kernels);
#define REGISTER(lanes_)                                                                           \
  do {                                                                                             \
    kernel_product_register_##lanes_(kernels);                                                     \
    kernel_weights_register_##lanes_(kernels);                                                     \
    kernel_marked_register_##lanes_(kernels);                                                      \
    kernel_batch_register_##lanes_(kernels);                                                       \
    kernel_sparse_register_##lanes_(kernels);                                                      \
    kernels->lanes = lanes_;                                                                       \
  } while (0)

DECLARE(4)
#ifndef ONLY_LANES_4
DECLARE(8)
DECLARE(16)
#endif

int kernels_with_lanes(int lanes, Kernels *kernels) {
  if (lanes == 4) {
    REGISTER(4);
    return 1;
  }
#ifndef ONLY_LANES_4
  if (lanes == 8 && __builtin_cpu_supports("avx2")) {
    REGISTER(8);
    return 1;
  }
  if (lanes == 16 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    REGISTER(16);
    return 1;
  }
#endif
  return 0;
}

Status kernels_best(Kernels *kernels, Error *error) {
#ifdef __EMSCRIPTEN__
  const char *asked = NULL; /* there is no environment */
#else
  const char *asked = getenv("FILIGREE_LANES");
#endif
  if (asked) {
    if (kernels_with_lanes(atoi(asked), kernels))
      return STATUS_OK;
    return error_set(
        error, STATUS_RANGE,
        "FILIGREE_LANES=%.20s: this machine has no such kernels; use 4, 8 or 16, or unset it",
        asked);
  }
  for (int lanes = 16; !kernels_with_lanes(lanes, kernels);)
    lanes /= 2;
  return STATUS_OK;
}
