/* checkpoint_test.c: weights from safetensors files: sound ones, in any order and spacing, and what is said of broken ones. */
#include "check.h"

#include "checkpoint.h"
#include "panel.h"

static Checkpoint checkpoint;
static Error error;

/* A file of a header and `size` bytes of data: float32 1, 2, 3, .. Reads it; the file stays for the caller to free. */
static Status read_file(const char *header, size_t size, uint8_t **file) {
  size_t length = strlen(header);
  *file = malloc(8 + length + size); /* AddressSanitizer sees a byte too far */
  for (int k = 0; k < 8; k++)
    (*file)[k] = (uint8_t)((uint64_t)length >> 8 * k);
  memcpy(*file + 8, header, length);
  for (size_t k = 0; k < size / 4; k++) {
    float value = (float)(k + 1);
    memcpy(*file + 8 + length + 4 * k, &value, 4); /* the tests' machines are little-endian */
  }
  error = (Error){0};
  memset(&checkpoint, 0x5A, sizeof checkpoint);
  return checkpoint_read(*file, 8 + length + size, "file", &checkpoint, &error);
}

static void refused(const char *header, size_t size, const char *wanted) {
  static const Checkpoint zeroed;
  uint8_t *file;
  CHECK(read_file(header, size, &file) == STATUS_FORMAT, "taken: %s", header);
  CHECK(strstr(error.text, wanted) != NULL, "wanted '%s', got '%s'", wanted, error.text);
  CHECK(!memcmp(&checkpoint, &zeroed, sizeof checkpoint));
  free(file);
}

#define W0 "\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}"
#define B0 "\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[24,36]}"
#define W1 "\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[36,60]}"
#define B1 "\"layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[60,68]}"

static void sound(void) {
  static const char *const headers[] = {
      "{" W0 "," B0 "," W1 "," B1 "}", "{" B1 "," B0 "," W1 "," W0 ",\"__metadata__\":{}}   ",
      "{ \"__metadata__\" : {\"a\\\"b\" : \"\\u00e9\\\\\", \"c\":\"\"} ,\n" W0 "," B0 "," W1 "," B1
      "}",
      "{\"layers.0.weight\":{\"shape\":[ 3 , 2 ],\"data_offsets\":[0,24],\"dtype\":\"F32\"}," B0
      "," W1 "," B1 "}"};
  for (int k = 0; k < 4; k++) {
    uint8_t *file;
    const uint32_t widths[] = {2, 3, 2};
    Network network;
    if (!CHECK(read_file(headers[k], 68, &file) == STATUS_OK, "%d: %s", k, error.text)) {
      free(file);
      continue;
    }
    CHECK(checkpoint.layers == 2 && checkpoint.layer[0].outputs == 3 &&
          checkpoint.layer[1].inputs == 3);
    CHECK(network_create(widths, 2, &network, &error) == STATUS_OK);
    CHECK(checkpoint_load(&checkpoint, &network, &error) == STATUS_OK);
    CHECK(network.layer[0].weights[panel_index(3, 2, 1)] == 6);
    CHECK(network.layer[0].bias[2] == 9);
    CHECK(network.layer[1].weights[panel_index(2, 1, 0)] == 13);
    CHECK(network.layer[1].bias[1] == 17);
    network_free(&network);
    CHECK(network_create(widths, 1, &network, &error) == STATUS_OK);
    CHECK(checkpoint_load(&checkpoint, &network, &error) == STATUS_RANGE);
    CHECK(network.layer[0].bias[2] == 0, "nothing was changed");
    network_free(&network);
    free(file);
  }
}

static void broken(void) {
  refused("", 0, "no safetensors file");
  refused("[]", 0, "no safetensors file");
  refused("{}", 0, "holds no tensors");
  refused("{" W0 "," B0, 36, "expected the object's end at byte");
  refused("{" W0 "," B0 "}x", 36, "expected nothing more");
  refused("{" W0 "," B0 ",}", 36, "expected a text in quotes");
  refused("{" W0 "," B0 "}", 35, "cut short");
  refused("{" W0 "," B0 "}", 40, "expected 36 bytes of data, found 40");
  refused("{" W0 "}", 24, "layers.0.bias is missing");
  refused("{" W0 "," B0 "," B1 "}", 68, "layers.1.weight is missing");
  refused("{" W0 "," W0 "," B0 "}", 36, "layers.0.weight is there twice");
  refused("{\"fc1.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4,
          "expected the names layers.0.weight, layers.0.bias and so on, found fc1.weight");
  refused("{\"layers.6.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
          "expected the names");
  refused("{\"layers.0.bias\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
          "layers.0.bias: expected dtype F32, found F16");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}", 4,
          "expected a shape of 1 numbers, found 2");
  refused("{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[1,1,1],\"data_offsets\":[0,4]}}", 4,
          "found 3 or more");
  refused("{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]}}", 4,
          "expected a shape of 2 numbers, found 0");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0,
          "expected 1 to 16384 units");
  refused("{\"layers.0.weight\":{\"dtype\":\"F32\",\"shape\":[9007199254740992,9007199254740992],"
          "\"data_offsets\":[0,4]}}",
          4, "expected 1 to 16384 units");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4,
          "expected 4 bytes for its shape");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,"
          "99999999999999999]}}",
          4, "expected a smaller number");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4,
          "expected dtype, shape and two data_offsets");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4,
          "expected a whole number");
  refused("{\"layers.0.bias\":{\"dtype\":\"F32\"}}", 0, "expected dtype, shape and data_offsets");
  refused("{\"layers.0.bias\":{\"kind\":\"F32\"}}", 0, "once each");
  refused("{\"layers.0.bias\":{}}", 0, "expected a text in quotes");
  refused("{\"__metadata__\":{\"a\":1}}", 0, "expected a text in quotes");
  refused("{\"a\\x\":{}}", 0, "an escape that JSON has");
  refused("{" W0 ",\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[12,24]}}",
          24, "lie over one another");
  refused("{" W0 ",\"layers.0.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[24,32]}}",
          32, "layers.0 has 3 outputs and 2 biases");
  refused("{" W0 "," B0
          ",\"layers.1.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[36,"
          "52]},\"layers.1.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[52,60]}}",
          60, "layers.1 has 2 inputs, but layers.0 has 3 outputs");

  uint8_t *file;
  read_file("{" W0 "," B0 "}", 36, &file);
  size_t size = 8 + strlen("{" W0 "," B0 "}") + 36;
  const uint32_t bits[] = {0x7F800000u, 0xFF800000u, 0x7FC00000u, 0x7F800001u};
  for (int k = 0; k < 4; k++) { /* infinities and NaNs */
    memcpy(file + size - 4, &bits[k], 4);
    CHECK(checkpoint_read(file, size, "file", &checkpoint, &error) == STATUS_FORMAT);
    CHECK(strstr(error.text, "layers.0.bias: some values are not finite") != NULL, "%s",
          error.text);
  }
  for (size_t length = 0; length < size; length++) {
    uint8_t *part = malloc(length ? length : 1);
    memcpy(part, file, length);
    CHECK(checkpoint_read(part, length, "file", &checkpoint, &error) == STATUS_FORMAT);
    free(part);
  }
  free(file);
}

int main(int count, char **words) {
  check_start(count, words);
  sound();
  broken();
  return check_finish();
}
