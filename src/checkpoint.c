/* checkpoint.c: see checkpoint.h. The header is read by a parser of just the JSON that such a header has. */
#include "checkpoint.h"

#include <string.h>

#include "config.h"
#include "panel.h"

enum { HEADER_MAXIMUM = 1 << 20, NAME_SIZE = 64, TENSORS_MAXIMUM = 2 * NETWORK_LAYERS_MAXIMUM };
static const uint64_t NUMBER_MAXIMUM = (uint64_t)1 << 53;

typedef struct Parser {
  const uint8_t *text;
  size_t size, at;
  const char *file;
  Error *error;
} Parser;

typedef struct Tensor {
  char name[NAME_SIZE];
  char dtype[16];
  uint32_t dimensions;
  uint64_t shape[2];
  uint64_t begin, end; /* of its bytes in the data */
  int seen;            /* bit 0: dtype, 1: shape, 2: data_offsets */
} Tensor;

/* ---- JSON ------------------------------------------------------------------------------------ */

static Status broken(const Parser *parser, const char *wanted) {
  return error_set(parser->error, STATUS_FORMAT,
                   "%s: its header is no header of safetensors: expected %s at byte %zu",
                   parser->file, wanted, parser->at + 8);
}

static void skip_space(Parser *parser) {
  while (parser->at < parser->size &&
         (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t' ||
          parser->text[parser->at] == '\n' || parser->text[parser->at] == '\r'))
    parser->at++;
}

/* Steps over `character` if it is next. */
static int take(Parser *parser, char character) {
  skip_space(parser);
  if (parser->at >= parser->size || parser->text[parser->at] != (uint8_t)character)
    return 0;
  parser->at++;
  return 1;
}

/* A string into text[size]; what does not fit is cut. An escape stands for one character: '?' where it is a code. */
static Status string(Parser *parser, char *text, size_t size) {
  size_t length = 0;
  if (!take(parser, '"'))
    return broken(parser, "a text in quotes");
  for (; parser->at < parser->size && parser->text[parser->at] != '"'; parser->at++) {
    uint8_t c = parser->text[parser->at];
    if (c < ' ')
      return broken(parser, "a text without control characters");
    if (c == '\\') {
      if (++parser->at >= parser->size)
        break;
      c = parser->text[parser->at];
      if (!strchr("\"\\/bfnrtu", c) || !c)
        return broken(parser, "an escape that JSON has");
      c = strchr("bfnrtu", c) ? '?' : c;
    }
    if (length + 1 < size)
      text[length++] = (char)c;
  }
  text[length] = 0;
  return take(parser, '"') ? STATUS_OK : broken(parser, "a closing quote");
}

static Status number(Parser *parser, uint64_t *value) {
  skip_space(parser);
  size_t start = parser->at;
  *value = 0;
  for (; parser->at < parser->size && parser->text[parser->at] >= '0' &&
         parser->text[parser->at] <= '9';
       parser->at++) {
    *value = *value * 10 + (uint64_t)(parser->text[parser->at] - '0');
    if (*value > NUMBER_MAXIMUM)
      return broken(parser, "a smaller number");
  }
  return parser->at > start ? STATUS_OK : broken(parser, "a whole number");
}

/* [n, n, ..] into values[0 .. room-1]; *count says how many there are, which may be more. */
static Status numbers(Parser *parser, uint64_t *values, uint32_t room, uint32_t *count) {
  *count = 0;
  if (!take(parser, '['))
    return broken(parser, "a list");
  if (take(parser, ']'))
    return STATUS_OK;
  do {
    uint64_t value;
    Status status = number(parser, &value);
    if (status)
      return status;
    if (*count < room)
      values[*count] = value;
    if (*count <= room)
      ++*count;
  } while (take(parser, ','));
  return take(parser, ']') ? STATUS_OK : broken(parser, "the list's end");
}

/* {"key": "text", ..} */
static Status metadata(Parser *parser) {
  char text[8];
  if (!take(parser, '{'))
    return broken(parser, "an object");
  if (take(parser, '}'))
    return STATUS_OK;
  do {
    Status status = string(parser, text, sizeof text);
    if (!status && !take(parser, ':'))
      status = broken(parser, "a colon");
    if (!status)
      status = string(parser, text, sizeof text);
    if (status)
      return status;
  } while (take(parser, ','));
  return take(parser, '}') ? STATUS_OK : broken(parser, "the object's end");
}

/* {"dtype": .., "shape": .., "data_offsets": ..} */
static Status tensor_fields(Parser *parser, Tensor *tensor) {
  if (!take(parser, '{'))
    return broken(parser, "an object");
  do {
    char key[16];
    uint64_t offsets[2] = {0, 0};
    uint32_t count = 2;
    int bit = 0;
    Status status = string(parser, key, sizeof key);
    if (!status && !take(parser, ':'))
      status = broken(parser, "a colon");
    if (status)
      return status;
    if (!strcmp(key, "dtype")) {
      bit = 1;
      status = string(parser, tensor->dtype, sizeof tensor->dtype);
    } else if (!strcmp(key, "shape")) {
      bit = 2;
      status = numbers(parser, tensor->shape, 2, &tensor->dimensions);
    } else if (!strcmp(key, "data_offsets")) {
      bit = 4;
      status = numbers(parser, offsets, 2, &count);
      tensor->begin = offsets[0];
      tensor->end = offsets[1];
    }
    if (!status && (!bit || (tensor->seen & bit) || count != 2))
      status = broken(parser, "dtype, shape and two data_offsets, once each,");
    if (status)
      return status;
    tensor->seen |= bit;
  } while (take(parser, ','));
  if (!take(parser, '}'))
    return broken(parser, "the object's end");
  return tensor->seen == 7 ? STATUS_OK : broken(parser, "dtype, shape and data_offsets");
}

/* The whole header: tensors[0 .. *count-1]. */
static Status header(Parser *parser, Tensor *tensors, uint32_t *count) {
  *count = 0;
  if (!take(parser, '{'))
    return broken(parser, "an object");
  if (!take(parser, '}')) {
    do {
      char name[NAME_SIZE];
      Status status = string(parser, name, sizeof name);
      if (!status && !take(parser, ':'))
        status = broken(parser, "a colon");
      if (!status && !strcmp(name, "__metadata__"))
        status = metadata(parser);
      else if (!status) {
        if (*count == TENSORS_MAXIMUM)
          return error_set(parser->error, STATUS_FORMAT,
                           "%s: expected at most %d tensors, the weights and biases of %d layers, "
                           "found more",
                           parser->file, TENSORS_MAXIMUM, NETWORK_LAYERS_MAXIMUM);
        Tensor *tensor = &tensors[(*count)++];
        *tensor = (Tensor){.dtype = ""};
        memcpy(tensor->name, name, sizeof name);
        status = tensor_fields(parser, tensor);
      }
      if (status)
        return status;
    } while (take(parser, ','));
    if (!take(parser, '}'))
      return broken(parser, "the object's end");
  }
  skip_space(parser);
  return parser->at == parser->size ? STATUS_OK : broken(parser, "nothing more");
}

/* ---- tensors ----------------------------------------------------------------------------------- */

/* layers.N.weight or layers.N.bias: which; 0: neither. */
static int parse_name(const char *name, uint32_t *layer, int *is_bias) {
  if (strncmp(name, "layers.", 7) || name[7] < '0' || name[7] > '9' || name[8] != '.')
    return 0;
  *layer = (uint32_t)(name[7] - '0');
  *is_bias = !strcmp(name + 9, "bias");
  return *layer < NETWORK_LAYERS_MAXIMUM && (*is_bias || !strcmp(name + 9, "weight"));
}

static int all_finite(const uint8_t *data, uint64_t count) {
  for (uint64_t k = 0; k < count; k++, data += 4)
    if ((data[3] & 0x7F) == 0x7F && (data[2] & 0x80)) /* all bits of the exponent */
      return 0;
  return 1;
}

/* Checks one tensor by itself and enters it. */
static Status enter(const Tensor *tensor, const uint8_t *data, uint64_t size, const char *file,
                    Checkpoint *checkpoint, Error *error) {
  uint32_t layer = 0;
  int is_bias = 0;
  if (!parse_name(tensor->name, &layer, &is_bias))
    return error_set(error, STATUS_FORMAT,
                     "%s: expected the names layers.0.weight, layers.0.bias and so on, found %s",
                     file, tensor->name);
  if (strcmp(tensor->dtype, "F32"))
    return error_set(error, STATUS_FORMAT, "%s, %s: expected dtype F32, found %s", file,
                     tensor->name, tensor->dtype);
  uint32_t dimensions = is_bias ? 1 : 2;
  uint64_t columns = is_bias ? 1 : tensor->shape[1];
  if (tensor->dimensions != dimensions)
    return error_set(error, STATUS_FORMAT, "%s, %s: expected a shape of %u numbers, found %u%s",
                     file, tensor->name, dimensions, tensor->dimensions,
                     tensor->dimensions > 2 ? " or more" : "");
  if (tensor->shape[0] < 1 || tensor->shape[0] > WIDTH_MAXIMUM || columns < 1 ||
      columns > WIDTH_MAXIMUM)
    return error_set(error, STATUS_FORMAT, "%s, %s: expected 1 to %d units, found %llu x %llu",
                     file, tensor->name, WIDTH_MAXIMUM, (unsigned long long)tensor->shape[0],
                     (unsigned long long)columns);
  uint64_t count = tensor->shape[0] * columns; /* at most 2^28 */
  if (tensor->begin > tensor->end || tensor->end - tensor->begin != 4 * count)
    return error_set(error, STATUS_FORMAT,
                     "%s, %s: expected %llu bytes for its shape, found %llu to %llu", file,
                     tensor->name, (unsigned long long)(4 * count),
                     (unsigned long long)tensor->begin, (unsigned long long)tensor->end);
  if (tensor->end > size)
    return error_set(error, STATUS_FORMAT,
                     "%s is cut short: %s ends at byte %llu of the data, which have %llu", file,
                     tensor->name, (unsigned long long)tensor->end, (unsigned long long)size);
  CheckpointLayer *at = &checkpoint->layer[layer];
  const uint8_t **bytes = is_bias ? &at->bias : &at->weights;
  if (*bytes)
    return error_set(error, STATUS_FORMAT, "%s: %s is there twice", file, tensor->name);
  if (!all_finite(data + tensor->begin, count))
    return error_set(error, STATUS_FORMAT, "%s, %s: some values are not finite", file,
                     tensor->name);
  *bytes = data + tensor->begin;
  if (!is_bias) {
    at->outputs = (uint32_t)tensor->shape[0];
    at->inputs = (uint32_t)columns;
  }
  if (layer >= checkpoint->layers)
    checkpoint->layers = layer + 1;
  return STATUS_OK;
}

/* What tensors must be to one another. `biases[l]`: the length of layer l's. */
static Status fit(const Tensor *tensors, uint32_t count, uint64_t size, const char *file,
                  const Checkpoint *checkpoint, Error *error) {
  uint64_t biases[NETWORK_LAYERS_MAXIMUM] = {0}, used = 0;
  for (uint32_t k = 0; k < count; k++) {
    uint32_t layer = 0;
    int is_bias = 0;
    parse_name(tensors[k].name, &layer, &is_bias);
    if (is_bias)
      biases[layer] = tensors[k].shape[0];
    used += tensors[k].end - tensors[k].begin;
    for (uint32_t j = 0; j < k; j++)
      if (tensors[j].begin < tensors[k].end && tensors[k].begin < tensors[j].end)
        return error_set(error, STATUS_FORMAT, "%s: %s and %s lie over one another", file,
                         tensors[j].name, tensors[k].name);
  }
  if (!count)
    return error_set(error, STATUS_FORMAT, "%s holds no tensors", file);
  for (uint32_t l = 0; l < checkpoint->layers; l++) {
    const CheckpointLayer *layer = &checkpoint->layer[l];
    if (!layer->weights || !layer->bias)
      return error_set(error, STATUS_FORMAT, "%s: layers.%u.%s is missing", file, l,
                       layer->weights ? "bias" : "weight");
    if (biases[l] != layer->outputs)
      return error_set(error, STATUS_FORMAT, "%s: layers.%u has %u outputs and %llu biases", file,
                       l, layer->outputs, (unsigned long long)biases[l]);
    if (l && layer->inputs != checkpoint->layer[l - 1].outputs)
      return error_set(error, STATUS_FORMAT,
                       "%s: layers.%u has %u inputs, but layers.%u has %u outputs", file, l,
                       layer->inputs, l - 1, checkpoint->layer[l - 1].outputs);
  }
  if (used != size)
    return error_set(error, STATUS_FORMAT, "%s: expected %llu bytes of data, found %llu", file,
                     (unsigned long long)used, (unsigned long long)size);
  return STATUS_OK;
}

Status checkpoint_read(const uint8_t *data, size_t size, const char *name, Checkpoint *checkpoint,
                       Error *error) {
  enum { SHOWN = 160 };
  Tensor tensors[TENSORS_MAXIMUM];
  uint32_t count = 0;
  uint64_t length = 0;
  size_t name_length = strlen(name);
  const char *file = name_length > SHOWN ? name + name_length - SHOWN : name;
  *checkpoint = (Checkpoint){0};
  for (int k = 7; k >= 0 && size >= 8; k--)
    length = length << 8 | data[k];
  if (size < 10 || length < 2 || data[8] != '{')
    return error_set(error, STATUS_FORMAT, "%s is no safetensors file", file);
  if (length > HEADER_MAXIMUM)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected a header of at most %d bytes, found %llu; is it safetensors?",
                     file, HEADER_MAXIMUM, (unsigned long long)length);
  if (length > size - 8)
    return error_set(error, STATUS_FORMAT,
                     "%s is cut short: its header has %llu bytes, the file %zu", file,
                     (unsigned long long)length, size);
  Parser parser = {.text = data + 8, .size = (size_t)length, .file = file, .error = error};
  Status status = header(&parser, tensors, &count);
  const uint8_t *numbers_at = data + 8 + length;
  uint64_t left = size - 8 - length;
  for (uint32_t k = 0; k < count && !status; k++)
    status = enter(&tensors[k], numbers_at, left, file, checkpoint, error);
  if (!status)
    status = fit(tensors, count, left, file, checkpoint, error);
  if (status)
    *checkpoint = (Checkpoint){0};
  return status;
}

static float float_at(const uint8_t *bytes) {
  uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                  (uint32_t)bytes[3] << 24;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

Status checkpoint_load(const Checkpoint *checkpoint, Network *network, Error *error) {
  int same = checkpoint->layers == network->layers;
  for (uint32_t l = 0; same && l < network->layers; l++)
    same = checkpoint->layer[l].outputs == network->layer[l].outputs &&
           checkpoint->layer[l].inputs == network->layer[l].inputs;
  if (!same)
    return error_set(error, STATUS_RANGE, "the weights are of a network of other layers");
  for (uint32_t l = 0; l < network->layers; l++) {
    Layer *layer = &network->layer[l];
    const uint8_t *from = checkpoint->layer[l].weights;
    for (uint32_t o = 0; o < layer->outputs; o++)
      for (uint32_t i = 0; i < layer->inputs; i++, from += 4)
        layer->weights[panel_index(layer->outputs, o, i)] = float_at(from);
    for (uint32_t o = 0; o < layer->outputs; o++)
      layer->bias[o] = float_at(checkpoint->layer[l].bias + (size_t)o * 4);
  }
  return STATUS_OK;
}
