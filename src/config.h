/* config.h: the option table. Command-line flags, link keys, the page's controls and the README's
 * table all derive from it; no option is named anywhere else. Parses, checks and prints settings.
 * Depends on status, dataset (names), regularizer (names, defaults), text. */
#ifndef FILIGREE_CONFIG_H
#define FILIGREE_CONFIG_H

#include <stdint.h>

#include "regularizer.h"
#include "status.h"
#include "text.h"

enum { LAYERS_MAXIMUM = 6, WIDTH_MAXIMUM = 16384, PATH_MAXIMUM = 1024 };

typedef enum StepRule { STEP_RULE_PROXIMAL = 0, STEP_RULE_ORTHANT = 1 } StepRule;
typedef enum OptimizerRule { OPTIMIZER_ADAM = 0, OPTIMIZER_SGD = 1 } OptimizerRule;

/* One contender's settings. Fields are numbers so that the table can address them uniformly. */
typedef struct Config {
  double data;        /* row of dataset_table */
  double train_size;  /* 0: all */
  double regularizer; /* row of regularizer_table */
  double lambda, order, mix, l1;
  double step;      /* StepRule */
  double optimizer; /* OptimizerRule */
  double learning_rate, batch;
  double epochs, ramp, finetune;
  double polish, average;
  double label_smoothing, dropout, input_noise;
  double seed;                         /* a whole number, 0 to 2^53 - 1 */
  char data_folder[PATH_MAXIMUM];      /* "": none */
  uint32_t widths[LAYERS_MAXIMUM + 1]; /* inputs, hidden widths, classes */
  uint32_t layers;                     /* weight matrices: widths - 1; 0: by data */
  uint64_t given;                      /* bit k: row k of the table was set, not defaulted */
} Config;

typedef enum OptionType {
  OPTION_CHOICE,
  OPTION_INTEGER,
  OPTION_REAL,
  OPTION_LAYERS,
  OPTION_PATH
} OptionType;

enum {
  OPTION_SHARED = 1,    /* both contenders must have the same value */
  OPTION_LIVE = 2,      /* may change while a run goes on */
  OPTION_LOG = 4,       /* a slider for it is logarithmic */
  OPTION_LOCAL = 8,     /* means something on one machine only: not part of links */
  OPTION_ADVANCED = 16, /* folded away in the page's first view */
  OPTION_SAID = 32      /* links always say it: what is left out of a link may come from a preset */
};

/* What an option is about: the page shows its settings under these headings. */
typedef enum OptionGroup {
  GROUP_TASK,
  GROUP_PENALTY,
  GROUP_SCHEDULE,
  GROUP_OPTIMIZATION,
  GROUP_COUNT
} OptionGroup;

typedef struct OptionGroupInfo {
  const char *name, *label, *help;
} OptionGroupInfo;
extern const OptionGroupInfo option_group_table[GROUP_COUNT];

typedef struct Option {
  const char *key;
  const char *label;  /* the key as people write it */
  const char *symbol; /* a shorter label for tight places, or NULL */
  OptionGroup group;
  OptionType type;
  size_t offset; /* of the field in Config */
  double minimum, maximum;
  double fallback;          /* default; for "by data" and "by regularizer": see default_text */
  const char *default_text; /* NULL: print fallback */
  const char *unit, *help;
  unsigned flags;
  const char *(*choice)(int k);       /* the k-th word of a choice, NULL after the last */
  const char *(*choice_label)(int k); /* the same as people write it; NULL: as the word */
} Option;

extern const Option option_table[];
extern const int option_count;

/* The row's index, or -1. */
int option_find(const char *key);

/* Every option at its default; those "by data" and "by regularizer" stay open until config_resolve.
 */
void config_default(Config *config);

/* Sets one option from text. STATUS_USAGE (unknown key, not a number), STATUS_RANGE. On error
 * nothing is changed. */
Status config_set(Config *config, const char *key, const char *value, Error *error);

/* Fills the open defaults and checks options against each other. Idempotent. */
Status config_resolve(Config *config, Error *error);

/* Checks that the layers begin with `inputs` and end with `classes`; open layers fit anything.
 * STATUS_RANGE. */
Status config_fit(const Config *config, uint32_t inputs, uint32_t classes, Error *error);

/* As config_fit, by what is known of the data set before it is there: the ends of its own layers.
 * STATUS_OK where nothing is known. */
Status config_fit_known(const Config *config, Error *error);

/* A one-line remark on a legal but surprising setting (ramp longer than epochs), or NULL. */
const char *config_remark(const Config *config);

/* "key=value&key=value" with percent-encoding; a leading '#' or '?' is skipped; "" is fine. Stops
 * at the first error. */
Status config_parse(Config *config, const char *settings, Error *error);

/* Undoes percent-encoding: from[0 .. length - 1] into to (length + 1 bytes are enough), with a zero
 * behind. STATUS_USAGE on a broken code, or one for the byte 0. */
Status config_decode(const char *from, size_t length, char *to, Error *error);

/* Puts one option back to its default, as if it had not been given. */
void config_reset(Config *config, int option);

/* Copies one option's value from another config, as given. */
void config_take(Config *config, const Config *from, int option);

/* Adds the settings that differ from the defaults, "key=value&...", in the table's order. */
void config_print(const Config *config, Text *text);

/* The same for the rows that both contenders share (shared 1) or that are a contender's own (0),
 * with `prefix` before each key, and those that links always say (OPTION_SAID). `first` 1: nothing
 * stands before it, so that no & is due; returns the same for what comes next. */
int config_print_part(const Config *config, int shared, const char *prefix, int first, Text *text);

/* Adds one value as text, as config_set reads it. */
void config_print_value(const Config *config, int option, Text *text);

/* Adds all settings as a JSON object with the table's keys. */
void config_json(const Config *config, Text *text);

/* Adds the option table as a JSON object: options, groups, regularizers, datasets, presets,
 * version. */
void options_json(Text *text);

/* Pairs of settings that tell a story: for the page's first look and the README. */
typedef struct Preset {
  const char *name, *label, *help;
  const char *shared, *a, *b; /* settings, as config_parse reads them */
} Preset;
extern const Preset preset_table[];
extern const int preset_count;

/* Raised whenever the bits of any result change. */
#define ENGINE_VERSION "1"

#endif
