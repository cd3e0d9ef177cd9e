/* options_fuzz.c: libFuzzer's entry for the option table. The input is read twice. As lines
 * "key=value", each set by config_set: what is refused changes nothing and says why, what is taken
 * lies in the option's range and prints as a value that reads back. As a whole by config_parse.
 * Whatever was set is resolved, printed and read again. Depends on config, dataset. */
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "dataset.h"

static void require(int condition) {
  if (!condition)
    abort();
}

static int same(const Config *left, const Config *right) {
  int equal = 1;
  for (int k = 0; k < option_count; k++) {
    Text one = {0}, other = {0};
    config_print_value(left, k, &one);
    config_print_value(right, k, &other);
    if (!(option_table[k].flags & OPTION_LOCAL))
      equal &= !strcmp(text_string(&one), text_string(&other));
    text_free(&one);
    text_free(&other);
  }
  return equal;
}

/* Resolves twice, prints, reads the print and resolves that. */
static void round_trip(const Config *settings) {
  Config config = *settings, read;
  Error error = {0};
  Text text = {0};
  Status status = config_resolve(&config, &error);
  if (status) {
    require(error.status == status && error.text[0]);
    return;
  }
  Config twice = config;
  require(config_resolve(&twice, &error) == STATUS_OK && same(&config, &twice));
  const char *remark = config_remark(&config);
  require(!remark || *remark);
  config_json(&config, &text);
  text_clear(&text);
  config_print(&config, &text);
  config_default(&read);
  require(config_parse(&read, text_string(&text), &error) == STATUS_OK);
  memcpy(read.data_folder, config.data_folder, sizeof read.data_folder);
  require(config_resolve(&read, &error) == STATUS_OK);
  require(same(&config, &read));
  text_free(&text);
}

static void set(Config *config, char *key, char *value) {
  Config before = *config;
  Error error = {0};
  Status status = config_set(config, key, value, &error);
  if (status) {
    require(error.status == status && error.text[0]);
    require(status == STATUS_USAGE || status == STATUS_RANGE);
    require(!memcmp(config, &before, sizeof before));
    return;
  }
  int row = option_find(key);
  require(row >= 0 && config->given >> row & 1);
  Text text = {0};
  config_print_value(config, row, &text);
  require(config_set(&before, key, text_string(&text), &error) == STATUS_OK);
  require(same(config, &before));
  text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  require(text != NULL);
  memcpy(text, data, size);
  text[size] = 0;
  Config whole, lines;
  Error error = {0};
  config_default(&whole);
  Config before = whole;
  if (config_parse(&whole, text, &error) == STATUS_OK)
    round_trip(&whole);
  else
    require(!memcmp(&whole, &before, sizeof whole) && error.text[0]);
  config_default(&lines);
  for (char *at = text; at;) {
    char *end = strchr(at, '\n');
    if (end)
      *end = 0;
    char *equals = strchr(at, '=');
    if (equals) {
      *equals = 0;
      set(&lines, at, equals + 1);
    }
    at = end ? end + 1 : NULL;
  }
  round_trip(&lines);
  free(text);
  return 0;
}
