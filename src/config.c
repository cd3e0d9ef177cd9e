/* config.c: the option table; see config.h. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "format.h"
#include "host.h"

static const char *data_word(int k) {
  return k < dataset_table_count ? dataset_table[k].name : NULL;
}
static const char *regularizer_word(int k) {
  return k < regularizer_count ? regularizer_table[k].name : NULL;
}
static const char *step_word(int k) {
  static const char *const words[] = {"proximal", "orthant", NULL};
  return words[k];
}
static const char *optimizer_word(int k) {
  static const char *const words[] = {"adam", "sgd", NULL};
  return words[k];
}
static const char *regularizer_label(int k) {
  return k < regularizer_count ? regularizer_table[k].label : NULL;
}
static const char *step_label(int k) {
  static const char *const labels[] = {"Proximal", "Orthant", NULL};
  return labels[k];
}
static const char *optimizer_label(int k) {
  static const char *const labels[] = {"Adam", "SGD with momentum", NULL};
  return labels[k];
}

const OptionGroupInfo option_group_table[GROUP_COUNT] = {
    [GROUP_TASK] = {"task", "Task", "what is learned, by which network, from which start"},
    [GROUP_PENALTY] = {"penalty", "Penalties",
                       "what keeps weights small, and how it makes them exactly zero"},
    [GROUP_SCHEDULE] = {"schedule", "Schedule",
                        "first epochs that thin the network out, then epochs that tune what is "
                        "left"},
    [GROUP_OPTIMIZATION] = {"optimization", "Optimization", "how each step changes the weights"},
};

#define AT(field) offsetof(Config, field)
#define LARGEST_SEED 9007199254740991.0 /* 2^53 - 1: exact in JSON and JavaScript */

const Option option_table[] = {
    {"data", "Data set", NULL, GROUP_TASK, OPTION_CHOICE, AT(data), 0, 0, 0, NULL, "",
     "the data set", OPTION_SHARED | OPTION_SAID, data_word, NULL},
    {"data-dir", "Data from files", NULL, GROUP_TASK, OPTION_PATH, AT(data_folder), 0, 0, 0, "none",
     "",
     "a folder of four IDX files (train-images-idx3-ubyte ...), or a CSV file (.csv, .tsv, .txt) "
     "with a column of labels, instead of data",
     OPTION_SHARED | OPTION_LOCAL, NULL, NULL},
    {"train-size", "Training samples", NULL, GROUP_TASK, OPTION_INTEGER, AT(train_size), 0,
     10000000, 0, "all", "samples",
     "a class-balanced subset of the training set, chosen by the seed (0: all)",
     OPTION_SHARED | OPTION_ADVANCED, NULL, NULL},
    {"layers", "Layers", NULL, GROUP_TASK, OPTION_LAYERS, AT(widths), 1, WIDTH_MAXIMUM, 0,
     "by data", "units", "widths from inputs to classes, 1 to 6 weight matrices", OPTION_SHARED,
     NULL, NULL},
    {"regularizer", "Penalty", NULL, GROUP_PENALTY, OPTION_CHOICE, AT(regularizer), 0, 0, -1, NULL,
     "", "the penalty's formula", OPTION_SAID, regularizer_word, regularizer_label},
    {"lambda", "Strength λ", "λ", GROUP_PENALTY, OPTION_REAL, AT(lambda), 0, 1000, -1,
     "by regularizer", "", "strength of the penalty", OPTION_LIVE | OPTION_LOG, NULL, NULL},
    {"order", "Order", NULL, GROUP_PENALTY, OPTION_REAL, AT(order), 0.001, 1000, -1,
     "by regularizer", "",
     "order of the Hill number: below 1 counts small weights, above 1 large ones",
     OPTION_LIVE | OPTION_ADVANCED, NULL, NULL},
    {"mix", "Mix", NULL, GROUP_PENALTY, OPTION_REAL, AT(mix), 0, 1, -1, "by regularizer", "",
     "share of rows and columns in the penalty; elastic net's share of L1",
     OPTION_LIVE | OPTION_ADVANCED, NULL, NULL},
    {"l1", "Added L1", "+ L1", GROUP_PENALTY, OPTION_REAL, AT(l1), 0, 1000, 0, NULL, "",
     "strength of an added L1 term", OPTION_LIVE | OPTION_LOG, NULL, NULL},
    {"step", "Way to zero", NULL, GROUP_PENALTY, OPTION_CHOICE, AT(step), 0, 0, STEP_RULE_PROXIMAL,
     NULL, "",
     "how exact zeros are made: by a soft threshold (proximal), or where a step would change a "
     "weight's sign (orthant)",
     OPTION_SHARED | OPTION_ADVANCED, step_word, step_label},
    {"optimizer", "Optimizer", NULL, GROUP_OPTIMIZATION, OPTION_CHOICE, AT(optimizer), 0, 0,
     OPTIMIZER_ADAM, NULL, "", "the optimizer", OPTION_SHARED | OPTION_ADVANCED, optimizer_word,
     optimizer_label},
    {"lr", "Learning rate", NULL, GROUP_OPTIMIZATION, OPTION_REAL, AT(learning_rate), 0, 100, 2e-3,
     NULL, "", "learning rate at the start", OPTION_SHARED | OPTION_LIVE | OPTION_LOG, NULL, NULL},
    {"batch", "Batch", NULL, GROUP_OPTIMIZATION, OPTION_INTEGER, AT(batch), 1, 8192, 128, NULL,
     "samples", "samples in a step", OPTION_SHARED, NULL, NULL},
    {"epochs", "Epochs", NULL, GROUP_SCHEDULE, OPTION_INTEGER, AT(epochs), 0, 100000, 50, NULL,
     "epochs", "epochs with the regularizer", OPTION_SHARED, NULL, NULL},
    {"ramp", "Ramp", NULL, GROUP_SCHEDULE, OPTION_INTEGER, AT(ramp), 0, 100000, 20, NULL, "epochs",
     "of those, epochs in which the strength rises from 0", OPTION_SHARED, NULL, NULL},
    {"finetune", "Fine-tuning", NULL, GROUP_SCHEDULE, OPTION_INTEGER, AT(finetune), 0, 100000, 20,
     NULL, "epochs", "then epochs without the regularizer in which zeros stay zero", OPTION_SHARED,
     NULL, NULL},
    {"polish", "Polish", NULL, GROUP_SCHEDULE, OPTION_REAL, AT(polish), 0, 1, 0, NULL, "",
     "share of the nonzeros dropped when fine-tuning begins, least w^2 v first",
     OPTION_SHARED | OPTION_ADVANCED, NULL, NULL},
    {"average", "Average", NULL, GROUP_SCHEDULE, OPTION_INTEGER, AT(average), 0, 100000, 0, NULL,
     "epochs", "epochs at the end whose weights are averaged", OPTION_SHARED | OPTION_ADVANCED,
     NULL, NULL},
    {"label-smoothing", "Label smoothing", NULL, GROUP_OPTIMIZATION, OPTION_REAL,
     AT(label_smoothing), 0, 0.999, 0.1, NULL, "",
     "share of the target that is spread evenly over all classes", OPTION_SHARED | OPTION_ADVANCED,
     NULL, NULL},
    {"dropout", "Dropout", NULL, GROUP_OPTIMIZATION, OPTION_REAL, AT(dropout), 0, 0.95, 0, NULL, "",
     "share of hidden units silenced in each step", OPTION_SHARED | OPTION_ADVANCED, NULL, NULL},
    {"input-noise", "Input noise", NULL, GROUP_OPTIMIZATION, OPTION_REAL, AT(input_noise), 0, 10, 0,
     NULL, "", "standard deviation of the noise that multiplies inputs",
     OPTION_SHARED | OPTION_ADVANCED, NULL, NULL},
    {"seed", "Seed", NULL, GROUP_TASK, OPTION_INTEGER, AT(seed), 0, LARGEST_SEED, 1, NULL, "",
     "start of every random stream", OPTION_SHARED, NULL, NULL},
};
const int option_count = sizeof option_table / sizeof *option_table;

int option_find(const char *key) {
  for (int k = 0; k < option_count; k++)
    if (!strcmp(option_table[k].key, key))
      return k;
  return -1;
}

static double *number_at(Config *config, const Option *option) {
  return (double *)(void *)((char *)config + option->offset);
}
static double number_of(const Config *config, const Option *option) {
  return *(const double *)(const void *)((const char *)config + option->offset);
}

void config_default(Config *config) {
  *config = (Config){0};
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    if (option->type != OPTION_LAYERS && option->type != OPTION_PATH)
      *number_at(config, option) = option->fallback;
  }
  config->regularizer = regularizer_default;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Length of the longest common start of two words: enough to guess a slip of the keyboard. */
static const char *nearest_key(const char *key) {
  const char *best = NULL;
  size_t best_score = 1;
  for (int k = 0; k < option_count; k++) {
    const char *candidate = option_table[k].key;
    size_t length = strlen(key), other = strlen(candidate), front = 0, back = 0;
    while (front < length && front < other && key[front] == candidate[front])
      front++;
    while (back < length - front && back < other - front &&
           key[length - 1 - back] == candidate[other - 1 - back])
      back++;
    size_t longer = length > other ? length : other;
    if (longer - front - back <= 2 && front + back > best_score) {
      best_score = front + back;
      best = candidate;
    }
  }
  return best;
}

void config_reset(Config *config, int index) {
  const Option *option = &option_table[index];
  if (option->type == OPTION_LAYERS) {
    memset(config->widths, 0, sizeof config->widths);
    config->layers = 0;
  } else if (option->type == OPTION_PATH)
    config->data_folder[0] = 0;
  else
    *number_at(config, option) =
        option->choice && option->fallback < 0 ? regularizer_default : option->fallback;
  config->given &= ~(1ull << index);
}

void config_take(Config *config, const Config *from, int index) {
  const Option *option = &option_table[index];
  if (option->type == OPTION_LAYERS) {
    memcpy(config->widths, from->widths, sizeof config->widths);
    config->layers = from->layers;
  } else if (option->type == OPTION_PATH)
    memcpy(config->data_folder, from->data_folder, sizeof config->data_folder);
  else
    *number_at(config, option) = number_of(from, option);
  config->given |= 1ull << index;
}

static Status parse_layers(const char *value, Config *config, Error *error) {
  uint32_t widths[LAYERS_MAXIMUM + 1] = {0}, count = 0;
  const char *at = value;
  for (;;) {
    if (*at < '0' || *at > '9')
      return error_set(error, STATUS_USAGE,
                       "layers=%.60s: expected whole numbers with commas, such as 784,300,100,10",
                       value);
    uint32_t width = 0;
    for (; *at >= '0' && *at <= '9'; at++)
      width = width > WIDTH_MAXIMUM ? width : width * 10 + (uint32_t)(*at - '0');
    if (count > LAYERS_MAXIMUM)
      return error_set(error, STATUS_RANGE,
                       "layers=%.60s: more than %d weight matrices; use at most %d numbers", value,
                       LAYERS_MAXIMUM, LAYERS_MAXIMUM + 1);
    if (width < 1 || width > WIDTH_MAXIMUM)
      return error_set(error, STATUS_RANGE, "layers=%.60s: a width must be 1 to %d", value,
                       WIDTH_MAXIMUM);
    widths[count++] = width;
    if (!*at)
      break;
    if (*at != ',')
      return error_set(error, STATUS_USAGE,
                       "layers=%.60s: expected whole numbers with commas, such as 784,300,100,10",
                       value);
    at++;
  }
  if (count < 2)
    return error_set(error, STATUS_RANGE,
                     "layers=%.60s: at least two numbers are needed, inputs and classes", value);
  memcpy(config->widths, widths, sizeof widths);
  config->layers = count - 1;
  return STATUS_OK;
}

static Status parse_choice(const Option *option, const char *value, double *number, Error *error) {
  Text words = {0};
  for (int k = 0; option->choice(k); k++) {
    if (!strcmp(option->choice(k), value)) {
      *number = k;
      text_free(&words);
      return STATUS_OK;
    }
    text_add(&words, "%s%s", k ? ", " : "", option->choice(k));
  }
  error_set(error, STATUS_RANGE, "%s=%.60s: expected one of %s", option->key, value,
            text_string(&words));
  text_free(&words);
  return STATUS_RANGE;
}

static Status parse_number(const Option *option, const char *value, double *number, Error *error) {
  /* only plain decimal notation: no hexadecimal, no names, no blanks */
  size_t length = strlen(value);
  if (length > 60 || strspn(value, "0123456789+-.eE") != length ||
      (*number = host_number(value), *number != *number))
    return error_set(error, STATUS_USAGE, "%s=%.60s: expected a number, such as %g", option->key,
                     value,
                     option->minimum > 0     ? option->minimum
                     : option->maximum > 1e6 ? 1
                                             : option->maximum / 2);
  if (!(*number >= option->minimum && *number <= option->maximum))
    return error_set(error, STATUS_RANGE, "%s=%.60s is out of range: it must be %.16g to %.16g",
                     option->key, value, option->minimum, option->maximum);
  if (option->type == OPTION_INTEGER && *number != (double)(int64_t)*number)
    return error_set(error, STATUS_USAGE, "%s=%.60s: expected a whole number", option->key, value);
  if (*number == 0)
    *number = 0; /* -0 reads as 0 */
  return STATUS_OK;
}

Status config_set(Config *config, const char *key, const char *value, Error *error) {
  int index = option_find(key);
  if (index < 0) {
    const char *nearest = nearest_key(key);
    return error_set(error, STATUS_USAGE, "unknown option %.60s%s%s%s", key,
                     nearest ? "; did you mean " : "", nearest ? nearest : "",
                     nearest ? "?" : "; 'filigree options' lists them");
  }
  const Option *option = &option_table[index];
  Status status = STATUS_OK;
  double number = 0;
  switch (option->type) {
  case OPTION_LAYERS:
    status = parse_layers(value, config, error);
    break;
  case OPTION_PATH:
    if (!*value)
      return error_set(error, STATUS_USAGE, "%s: the name of a folder is expected", key);
    if (strlen(value) >= PATH_MAXIMUM)
      return error_set(error, STATUS_RANGE, "%s: a path of at most %d characters is expected", key,
                       PATH_MAXIMUM - 1);
    memcpy(config->data_folder, value, strlen(value) + 1);
    break;
  case OPTION_CHOICE:
    status = parse_choice(option, value, &number, error);
    break;
  case OPTION_INTEGER:
  case OPTION_REAL:
    status = parse_number(option, value, &number, error);
    break;
  }
  if (status)
    return status;
  if (option->type != OPTION_LAYERS && option->type != OPTION_PATH)
    *number_at(config, option) = number;
  config->given |= 1ull << index;
  return STATUS_OK;
}

static int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

Status config_decode(const char *from, size_t length, char *to, Error *error) {
  for (size_t k = 0; k < length; k++) {
    if (from[k] != '%') {
      *to++ = from[k];
      continue;
    }
    int high = k + 2 < length ? hex_digit(from[k + 1]) : -1;
    int low = high >= 0 ? hex_digit(from[k + 2]) : -1;
    if (low < 0 || (high == 0 && low == 0))
      return error_set(error, STATUS_USAGE, "'%.*s' has a broken percent code",
                       (int)(length < 60 ? length : 60), from);
    *to++ = (char)(high * 16 + low);
    k += 2;
  }
  *to = 0;
  return STATUS_OK;
}

Status config_parse(Config *config, const char *settings, Error *error) {
  Config result = *config;
  const char *at = settings + (*settings == '#' || *settings == '?');
  while (*at) {
    size_t length = strcspn(at, "&");
    const char *equals = memchr(at, '=', length);
    if (length && !equals)
      return error_set(error, STATUS_USAGE, "'%.*s' is not of the form key=value",
                       (int)(length < 60 ? length : 60), at);
    if (length) {
      char *pair = malloc(length + 2);
      if (!pair)
        return error_set(error, STATUS_MEMORY, "out of memory for a link");
      size_t key_length = (size_t)(equals - at);
      char *value = pair + key_length + 1;
      Status status = config_decode(at, key_length, pair, error);
      if (!status)
        status = config_decode(equals + 1, length - key_length - 1, value, error);
      if (!status)
        status = config_set(&result, pair, value, error);
      free(pair);
      if (status)
        return status;
    }
    at += length + (at[length] == '&');
  }
  *config = result;
  return STATUS_OK;
}

/* ---- checking ------------------------------------------------------------------------------- */

static int was_given(const Config *config, const void *field) {
  size_t offset = (size_t)((const char *)field - (const char *)config);
  for (int k = 0; k < option_count; k++)
    if (option_table[k].offset == offset)
      return (int)(config->given >> k & 1);
  return 0;
}

Status config_resolve(Config *config, Error *error) {
  const Regularizer *regularizer = &regularizer_table[(int)config->regularizer];
  if (!was_given(config, &config->lambda))
    config->lambda = regularizer->defaults.lambda;
  if (!was_given(config, &config->order))
    config->order = regularizer->defaults.order;
  if (!was_given(config, &config->mix))
    config->mix = regularizer->defaults.mix;
  if (!was_given(config, config->widths)) {
    config->layers = 0; /* other data: their own default, or open until the files are read */
    if (!config->data_folder[0])
      parse_layers(dataset_table[(int)config->data].layers, config, error);
  }
  if (config->epochs + config->finetune < 1)
    return error_set(error, STATUS_RANGE, "epochs and finetune are both 0: nothing to train");
  if (config->average > config->finetune)
    return error_set(
        error, STATUS_RANGE,
        "average=%g is more than finetune=%g: only epochs of fine-tuning are averaged, "
        "so that zeros stay zero",
        config->average, config->finetune);
  if (config->polish > 0 && config->finetune < 1)
    return error_set(error, STATUS_RANGE, "polish=%g needs fine-tuning; set finetune to 1 or more",
                     config->polish);
  if (config->polish > 0 && config->epochs < 1)
    return error_set(error, STATUS_RANGE,
                     "polish=%g needs epochs before fine-tuning: it ranks weights by what training "
                     "has seen; set epochs to 1 or more",
                     config->polish);
  if (config->polish > 0 && config->optimizer != OPTIMIZER_ADAM)
    return error_set(error, STATUS_RANGE,
                     "polish=%g needs optimizer=adam: it ranks weights by Adam's second moment",
                     config->polish);
  return STATUS_OK;
}

Status config_fit(const Config *config, uint32_t inputs, uint32_t classes, Error *error) {
  uint32_t layers = config->layers;
  if (layers && config->widths[0] != inputs)
    return error_set(error, STATUS_RANGE,
                     "layers begin with %u, but the data have %u inputs; make the first number %u",
                     config->widths[0], inputs, inputs);
  if (layers && config->widths[layers] != classes)
    return error_set(error, STATUS_RANGE,
                     "layers end with %u, but the data have %u classes; make the last number %u",
                     config->widths[layers], classes, classes);
  return STATUS_OK;
}

Status config_fit_known(const Config *config, Error *error) {
  Config known = {0};
  const char *layers = dataset_table[(int)config->data].layers;
  if (config->data_folder[0] || !layers[0] || parse_layers(layers, &known, NULL))
    return STATUS_OK;
  return config_fit(config, known.widths[0], known.widths[known.layers], error);
}

const char *config_remark(const Config *config) {
  static char remark[160]; /* filled with the same text for the same config */
  if (config->epochs > 0 && config->ramp > config->epochs && config->lambda + config->l1 > 0) {
    format_text(remark, sizeof remark,
                "ramp=%g is longer than epochs=%g: the strength reaches %.3g %% of its value",
                config->ramp, config->epochs, 100 * config->epochs / config->ramp);
    return remark;
  }
  return NULL;
}

/* ---- printing ------------------------------------------------------------------------------- */

void config_print_value(const Config *config, int index, Text *text) {
  const Option *option = &option_table[index];
  switch (option->type) {
  case OPTION_LAYERS:
    for (uint32_t k = 0; config->layers && k <= config->layers; k++)
      text_add(text, "%s%u", k ? "," : "", config->widths[k]);
    break;
  case OPTION_PATH:
    text_add(text, "%s", config->data_folder);
    break;
  case OPTION_CHOICE:
    text_add(text, "%s", option->choice((int)number_of(config, option)));
    break;
  case OPTION_INTEGER:
    text_add(text, "%.0f", number_of(config, option));
    break;
  case OPTION_REAL:
    text_add_number(text, number_of(config, option));
    break;
  }
}

/* The same settings of data and regularizer, everything else at its default. */
static Config plain_config(const Config *config) {
  Config plain;
  config_default(&plain);
  plain.data = config->data;
  plain.regularizer = config->regularizer;
  config_resolve(&plain, NULL);
  plain.data = 0;
  plain.regularizer = regularizer_default;
  return plain;
}

/* Adds the rows that have all flags of `with` and none of `without` and differ from the default, or
 * have one of `always`. */
static int print_rows(const Config *config, unsigned with, unsigned without, unsigned always,
                      const char *prefix, int first, Text *text) {
  Config plain = plain_config(config);
  Text ours = {0}, theirs = {0};
  for (int k = 0; k < option_count; k++) {
    unsigned flags = option_table[k].flags;
    if ((flags & with) != with || flags & (without | OPTION_LOCAL))
      continue;
    text_clear(&ours);
    text_clear(&theirs);
    config_print_value(config, k, &ours);
    config_print_value(&plain, k, &theirs);
    if (ours.length && (flags & always || strcmp(text_string(&ours), text_string(&theirs)))) {
      text_add(text, "%s%s%s=%s", first ? "" : "&", prefix, option_table[k].key,
               text_string(&ours));
      first = 0;
    }
  }
  text->failed |= ours.failed | theirs.failed;
  text_free(&ours);
  text_free(&theirs);
  return first;
}

void config_print(const Config *config, Text *text) { print_rows(config, 0, 0, 0, "", 1, text); }

int config_print_part(const Config *config, int shared, const char *prefix, int first, Text *text) {
  return print_rows(config, shared ? OPTION_SHARED : 0, shared ? 0 : OPTION_SHARED, OPTION_SAID,
                    prefix, first, text);
}

void config_json(const Config *config, Text *text) {
  text_add(text, "{");
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    Text value = {0};
    config_print_value(config, k, &value);
    text_add(text, "%s\"%s\":", k ? "," : "", option->key);
    if (option->type == OPTION_INTEGER || option->type == OPTION_REAL)
      text_add(text, "%s", text_string(&value));
    else
      text_add_json_string(text, text_string(&value));
    text_free(&value);
  }
  text_add(text, "}");
}

static void add_option_json(const Option *option, Text *text) {
  static const char *const types[] = {"choice", "integer", "real", "layers", "path"};
  text_add(text, "{\"key\":\"%s\",\"type\":\"%s\",\"group\":\"%s\",\"label\":", option->key,
           types[option->type], option_group_table[option->group].name);
  text_add_json_string(text, option->label);
  text_add(text, ",\"symbol\":");
  text_add_json_string(text, option->symbol ? option->symbol : option->label);
  if (option->type == OPTION_INTEGER || option->type == OPTION_REAL) {
    text_add(text, ",\"min\":");
    text_add_number(text, option->minimum);
    text_add(text, ",\"max\":");
    text_add_number(text, option->maximum);
  }
  text_add(text, ",\"default\":");
  if (option->default_text)
    text_add_json_string(text, option->default_text);
  else if (option->type == OPTION_CHOICE)
    text_add_json_string(
        text, option->choice(option->fallback < 0 ? regularizer_default : (int)option->fallback));
  else
    text_add_number(text, option->fallback);
  if (option->type == OPTION_INTEGER || option->type == OPTION_REAL) {
    text_add(text, ",\"default_value\":");
    if (option->fallback < option->minimum)
      text_add(text, "null"); /* open: by data or by regularizer */
    else
      text_add_number(text, option->fallback);
  }
  if (option->choice) {
    text_add(text, ",\"choices\":[");
    for (int k = 0; option->choice(k); k++)
      text_add(text, "%s\"%s\"", k ? "," : "", option->choice(k));
    text_add(text, "]");
  }
  if (option->choice_label) {
    text_add(text, ",\"choice_labels\":[");
    for (int k = 0; option->choice_label(k); k++) {
      text_add(text, k ? "," : "");
      text_add_json_string(text, option->choice_label(k));
    }
    text_add(text, "]");
  }
  text_add(text, ",\"unit\":\"%s\",\"help\":", option->unit);
  text_add_json_string(text, option->help);
  text_add(text,
           ",\"scope\":\"%s\",\"live\":%s,\"restart\":%s,\"scale\":\"%s\",\"link\":%s,"
           "\"advanced\":%s}",
           option->flags & OPTION_SHARED ? "shared" : "contender",
           option->flags & OPTION_LIVE ? "true" : "false",
           option->flags & OPTION_LIVE ? "false" : "true",
           option->flags & OPTION_LOG ? "log" : "linear",
           option->flags & OPTION_LOCAL ? "false" : "true",
           option->flags & OPTION_ADVANCED ? "true" : "false");
}

void options_json(Text *text) {
  text_add(text, "{\"version\":\"%s\",\"options\":[", ENGINE_VERSION);
  for (int k = 0; k < option_count; k++) {
    text_add(text, k ? "," : "");
    add_option_json(&option_table[k], text);
  }
  text_add(text, "],\"groups\":[");
  for (int k = 0; k < GROUP_COUNT; k++) {
    const OptionGroupInfo *row = &option_group_table[k];
    text_add(text, "%s{\"name\":\"%s\",\"label\":", k ? "," : "", row->name);
    text_add_json_string(text, row->label);
    text_add(text, ",\"help\":");
    text_add_json_string(text, row->help);
    text_add(text, "}");
  }
  text_add(text, "],\"regularizers\":[");
  for (int k = 0; k < regularizer_count; k++) {
    const Regularizer *row = &regularizer_table[k];
    text_add(text, "%s{\"name\":\"%s\",\"label\":\"%s\",\"help\":", k ? "," : "", row->name,
             row->label);
    text_add_json_string(text, row->help);
    text_add(text, ",\"lambda\":");
    text_add_number(text, row->defaults.lambda);
    text_add(text, ",\"order\":");
    text_add_number(text, row->defaults.order);
    text_add(text, ",\"mix\":");
    text_add_number(text, row->defaults.mix);
    text_add(text, ",\"uses\":[");
    static const char *const used[] = {"lambda", "order", "mix"}; /* by USES_ bit */
    for (int bit = 0, first = 1; bit < 3; bit++)
      if (row->uses >> bit & 1) {
        text_add(text, "%s\"%s\"", first ? "" : ",", used[bit]);
        first = 0;
      }
    text_add(text, "]}");
  }
  text_add(text, "],\"datasets\":[");
  for (int k = 0; k < dataset_table_count; k++) {
    const DatasetInfo *row = &dataset_table[k];
    text_add(text, "%s{\"name\":\"%s\",\"help\":", k ? "," : "", row->name);
    text_add_json_string(text, row->help);
    text_add(text, ",\"layers\":\"%s\",\"generated\":%s}", row->layers,
             row->generated ? "true" : "false");
  }
  text_add(text, "],\"presets\":[");
  for (int k = 0; k < preset_count; k++) {
    const Preset *row = &preset_table[k];
    const char *const fields[] = {"name", "label", "help", "shared", "a", "b"};
    const char *const values[] = {row->name, row->label, row->help, row->shared, row->a, row->b};
    text_add(text, "%s{", k ? "," : "");
    for (int f = 0; f < 6; f++) {
      text_add(text, "%s\"%s\":", f ? "," : "", fields[f]);
      text_add_json_string(text, values[f]);
    }
    text_add(text, "}");
  }
  text_add(text, "]}");
}
