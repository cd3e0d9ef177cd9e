/* checkpoint.h: weights from a safetensors file (https://github.com/huggingface/safetensors) as web/exports.js and
 * PyTorch write it: a dense network's layers under the names that a torch.nn.ModuleList called `layers` gives them:
 * layers.0.weight [O][I], layers.0.bias [O], layers.1.weight ... Files are taken as hostile. Not writing (web/exports.js),
 * not a run's state (snapshot.h). Depends on status, config, network, panel. */
#ifndef FILIGREE_CHECKPOINT_H
#define FILIGREE_CHECKPOINT_H

#include "network.h"

/* A parsed file. Pointers lead into it: little-endian float32, on no particular boundary. */
typedef struct CheckpointLayer {
  uint32_t outputs, inputs;
  const uint8_t *weights; /* [outputs][inputs] row-major */
  const uint8_t *bias;    /* [outputs] */
} CheckpointLayer;

typedef struct Checkpoint {
  uint32_t layers; /* weight matrices, 1 to NETWORK_LAYERS_MAXIMUM */
  CheckpointLayer layer[NETWORK_LAYERS_MAXIMUM];
} Checkpoint;

/* Parses a file of `size` bytes: eight bytes with the header's length, a JSON object (name -> dtype, shape, data_offsets;
 * __metadata__ -> texts), the data without gaps. `name` is what errors call the file. STATUS_FORMAT says what was expected
 * and found: no safetensors, cut short, another dtype than F32, a tensor of another name, a layer or its bias missing,
 * shapes that do not follow one another, more than WIDTH_MAXIMUM units, values that are not finite. On error
 * *checkpoint is zeroed. `data` must outlive *checkpoint. */
Status checkpoint_read(const uint8_t *data, size_t size, const char *name, Checkpoint *checkpoint,
                       Error *error);

/* Puts the parameters into a network of the same layers; else STATUS_RANGE, and nothing is changed. */
Status checkpoint_load(const Checkpoint *checkpoint, Network *network, Error *error);

#endif
