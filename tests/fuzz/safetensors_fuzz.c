/* safetensors_fuzz.c: libFuzzer's entry for a safetensors file: whatever it holds, checkpoint_read refuses it with a text
 * and a zeroed result, or gives layers that follow one another and lie within the file. tests/fuzz/corpus/safetensors
 * holds seeds. Depends on checkpoint. */
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"

static void require(int condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t *file = malloc(size ? size : 1); /* a block of its own: reading beyond is seen */
  require(file != NULL);
  if (size)
    memcpy(file, data, size);
  static Checkpoint checkpoint, zeroed;
  Error error = {0};
  Status status = checkpoint_read(file, size, "file", &checkpoint, &error);
  if (status == STATUS_OK) {
    require(checkpoint.layers >= 1 && checkpoint.layers <= NETWORK_LAYERS_MAXIMUM);
    uint32_t widths[NETWORK_LAYERS_MAXIMUM + 1] = {checkpoint.layer[0].inputs};
    for (uint32_t l = 0; l < checkpoint.layers; l++) {
      require(checkpoint.layer[l].inputs == widths[l]);
      widths[l + 1] = checkpoint.layer[l].outputs;
    }
    Network network;
    if (network_create(widths, checkpoint.layers, &network, NULL) == STATUS_OK) {
      require(checkpoint_load(&checkpoint, &network, &error) == STATUS_OK);
      for (uint32_t l = 0; l < network.layers; l++)
        for (uint32_t o = 0; o < network.layer[l].outputs; o++)
          require(network.layer[l].bias[o] - network.layer[l].bias[o] == 0);
      network_free(&network);
    }
  } else {
    require(status == STATUS_FORMAT && error.status == status && error.text[0]);
    require(!memcmp(&checkpoint, &zeroed, sizeof checkpoint));
  }
  free(file);
  return 0;
}
