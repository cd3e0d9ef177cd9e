/* config_test.c: the option table and its readers and printers: every option's default, range and
 * round trip, what is refused and how, links, and how open settings are resolved. The options come
 * from the table, so that a new one is tested too. Depends on check.h, config.h, dataset.h. */
#include "config.h"

#include "check.h"
#include "dataset.h"
#include "random.h"

static Random stream;

/* A number in [0, 1): evenly drawn, or (odd `which`) of any size from 1e-12 on. */
static double share_of_range(Random *random, int which) {
  double draw = (double)random_unit(random);
  for (int k = which % 2 ? (int)random_below(random, 12) : 0; k > 0; k--)
    draw /= 10;
  return draw;
}

static Config defaults(void) {
  Config config;
  memset(&config, 0xA5, sizeof config); /* whatever was there before does not matter */
  config_default(&config);
  return config;
}

static const char *value_text(const Config *config, int option) {
  static Text text;
  text_clear(&text);
  config_print_value(config, option, &text);
  return text_string(&text);
}

/* Every option's text equal; what was given does not count. */
static int same(const Config *a, const Config *b) {
  for (int k = 0; k < option_count; k++) {
    char first[PATH_MAXIMUM + 64];
    snprintf(first, sizeof first, "%s", value_text(a, k));
    if (strcmp(first, value_text(b, k))) {
      fprintf(stderr, "  %s: %s and %s\n", option_table[k].key, first, value_text(b, k));
      return 0;
    }
  }
  return 1;
}

/* config_set must refuse, say `word`, and change nothing. */
static void refused(const char *key, const char *value, Status status, const char *word) {
  Config config = defaults(), before = config;
  Error error = {STATUS_OK, ""};
  Status got = config_set(&config, key, value, &error);
  CHECK(got == status && error.status == status, "%s=%.80s: %s, wanted %s", key, value,
        status_name(got), status_name(status));
  CHECK(strstr(error.text, word), "%s=%.80s: '%s' does not say %s", key, value, error.text, word);
  CHECK(!memcmp(&config, &before, sizeof config), "%s=%.80s changed the config", key, value);
}

static void accepted(const char *key, const char *value, const char *printed) {
  Config config = defaults();
  Error error = {STATUS_OK, ""};
  int option = option_find(key);
  CHECK(config_set(&config, key, value, &error) == STATUS_OK, "%s=%.80s: %s", key, value,
        error.text);
  CHECK(config.given == 1ull << option, "%s was given: %llx", key,
        (unsigned long long)config.given);
  CHECK(!strcmp(value_text(&config, option), printed), "%s=%.80s prints as %.80s", key, value,
        value_text(&config, option));
}

/* ---- the table ------------------------------------------------------------------------------- */

static void test_table(void) {
  CHECK(option_count > 20 && option_count <= 64, "%d options; `given` has 64 bits", option_count);
  int grouped[GROUP_COUNT] = {0};
  Config config = defaults();
  CHECK(config_resolve(&config, NULL) == STATUS_OK, "the defaults fit each other");
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    CHECK(option_find(option->key) == k, "%s is there once", option->key);
    CHECK(strspn(option->key, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(option->key), "%s",
          option->key);
    CHECK(option->help[0] && option->unit, "%s has help", option->key);
    CHECK(option->label && option->label[0], "%s has a label", option->key);
    for (int other = 0; other < k; other++)
      CHECK(strcmp(option_table[other].label, option->label), "%s and %s are both called %s",
            option_table[other].key, option->key, option->label);
    CHECK((int)option->group >= 0 && option->group < GROUP_COUNT, "%s is in a group", option->key);
    grouped[option->group]++;
    CHECK((option->type == OPTION_CHOICE) == (option->choice != NULL), "%s has words", option->key);
    if (option->choice_label) {
      int words = 0, labels = 0;
      while (option->choice(words))
        words++;
      while (option->choice_label(labels))
        labels++;
      CHECK(words == labels, "%s: %d words, %d labels", option->key, words, labels);
    }
    if (option->type == OPTION_INTEGER || option->type == OPTION_REAL) {
      double value = *(const double *)(const void *)((const char *)&config + option->offset);
      CHECK(option->minimum < option->maximum, "%s has a range", option->key);
      CHECK(value >= option->minimum && value <= option->maximum, "%s is %g by default",
            option->key, value);
      CHECK(option->type == OPTION_REAL || value == (double)(int64_t)value, "%s is %g by default",
            option->key, value);
    }
    if (option->type == OPTION_PATH)
      continue;
    /* the resolved default is a value that config_set reads */
    char text[256];
    snprintf(text, sizeof text, "%s", value_text(&config, k));
    Config again = defaults();
    CHECK(config_set(&again, option->key, text, NULL) == STATUS_OK, "%s=%s", option->key, text);
    CHECK(!strcmp(value_text(&again, k), text), "%s=%s comes back as %s", option->key, text,
          value_text(&again, k));
  }
  for (int group = 0; group < GROUP_COUNT; group++) {
    const OptionGroupInfo *info = &option_group_table[group];
    CHECK(info->name && info->name[0] && info->label && info->label[0] && info->help &&
              info->help[0],
          "group %d has a name, a label and help", group);
    CHECK(grouped[group] > 0, "%s has options", info->name);
  }
  CHECK(option_find("") == -1 && option_find("Lambda") == -1);
  Config plain = defaults();
  CHECK(plain.given == 0 && plain.layers == 0 && plain.data_folder[0] == 0);
}

/* ---- one option at a time -------------------------------------------------------------------- */

static void test_numbers(void) {
  int numbers = 0;
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    if (option->type != OPTION_INTEGER && option->type != OPTION_REAL)
      continue;
    numbers++;
    const char *key = option->key;
    char text[64], other[64];
    snprintf(text, sizeof text, "%.17g", option->minimum);
    accepted(key, text, (snprintf(other, sizeof other, "%.16g", option->minimum), other));
    snprintf(text, sizeof text, "%.0f", option->maximum);
    if (option->maximum >= 1)
      accepted(key, text, text);
    else {
      snprintf(text, sizeof text, "%.17g", option->maximum);
      Config config = defaults();
      CHECK(!config_set(&config, key, text, NULL), "%s=%s", key, text);
    }
    snprintf(text, sizeof text, "%.17g",
             option->minimum - (option->type == OPTION_INTEGER ? 1 : 1e-3));
    refused(key, text, STATUS_RANGE, key);
    snprintf(text, sizeof text, "%.17g",
             option->maximum + (option->type == OPTION_INTEGER ? 1 : 1e-3));
    refused(key, text, STATUS_RANGE, "out of range");
    refused(key, "1e400", STATUS_RANGE, "out of range");
    refused(key, "-1e400", STATUS_RANGE, "out of range");
    refused(key, "1e40", STATUS_RANGE, "out of range");
    static const char *const broken[] = {
        "",   " ",  "abc", "nan", "inf",   "NaN", "-inf",  "0x1", "1,5", "1 ",   " 1",
        "1e", "e5", ".",   "-",   "1.2.3", "--1", "1e5e5", "5%",  "1\n", "true", "١"};
    for (size_t b = 0; b < sizeof broken / sizeof *broken; b++)
      refused(key, broken[b], STATUS_USAGE, key);
    refused(key, "0000000000000000000000000000000000000000000000000000000000000001", STATUS_USAGE,
            key);
    if (option->type == OPTION_INTEGER)
      refused(key, "1.5", STATUS_USAGE, "whole");
    /* any number in the range comes back as the same number */
    int kept = 1;
    for (int again = 0; again < 200; again++) {
      double range = option->maximum - option->minimum;
      double value = option->minimum + range * share_of_range(&stream, again);
      if (option->type == OPTION_INTEGER)
        value = (double)(int64_t)value;
      Config config = defaults(), second = defaults();
      snprintf(text, sizeof text, "%.17g", value);
      kept &= config_set(&config, key, text, NULL) == STATUS_OK;
      snprintf(other, sizeof other, "%s", value_text(&config, k));
      kept &= config_set(&second, key, other, NULL) == STATUS_OK && strtod(other, NULL) == value &&
              !memcmp(&config, &second, sizeof config);
    }
    CHECK(kept, "%s: numbers come back", key);
  }
  CHECK(numbers >= 15);
  accepted("lr", "-0", "0");
  accepted("lr", "+5e-3", "0.005");
  accepted("seed", "9007199254740991", "9007199254740991");
  refused("seed", "9007199254740992", STATUS_RANGE, "9007199254740991");
  accepted("epochs", "1e2", "100");
}

static void test_choices(void) {
  int choices = 0;
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    if (option->type != OPTION_CHOICE)
      continue;
    int words = 0;
    for (; option->choice(words); words++)
      accepted(option->key, option->choice(words), option->choice(words));
    CHECK(words >= 2, "%s has %d words", option->key, words);
    refused(option->key, "elsewhere", STATUS_RANGE, option->choice(words - 1));
    refused(option->key, "", STATUS_RANGE, option->choice(0));
    refused(option->key, "0", STATUS_RANGE, "expected one of");
    choices++;
  }
  CHECK(choices >= 4);
}

static void test_layers(void) {
  accepted("layers", "2,2", "2,2");
  accepted("layers", "784,300,100,10", "784,300,100,10");
  accepted("layers", "1,2,3,4,5,6,16384", "1,2,3,4,5,6,16384");
  static const char *const usage[] = {"",        ",",      "a",       "784,",    ",10",
                                      "784,,10", "784;10", "784, 10", " 784,10", "784,10 ",
                                      "-1,10",   "+5,10",  "1.5,10"};
  for (size_t k = 0; k < sizeof usage / sizeof *usage; k++)
    refused("layers", usage[k], STATUS_USAGE, "layers");
  static const char *const range[] = {"784",
                                      "0,10",
                                      "784,0",
                                      "784,16385",
                                      "1,2,3,4,5,6,7,8",
                                      "784,99999999999999999999999",
                                      "4294967297,10",
                                      "0x10,10"};
  for (size_t k = 0; k < sizeof range / sizeof *range; k++)
    refused("layers", range[k], STATUS_RANGE, "layers");
}

static void test_paths(void) {
  char path[PATH_MAXIMUM + 1];
  memset(path, 'x', sizeof path);
  path[PATH_MAXIMUM] = 0;
  refused("data-dir", path, STATUS_RANGE, "data-dir");
  path[PATH_MAXIMUM - 1] = 0;
  accepted("data-dir", path, path);
  accepted("data-dir", "a folder/with & = % signs", "a folder/with & = % signs");
}

static void test_unknown(void) {
  static const char *const slips[][2] = {
      {"lamda", "lambda"}, {"lambada", "lambda"},         {"Lambda", "lambda"},
      {"epoch", "epochs"}, {"batchs", "batch"},           {"label_smoothing", "label-smoothing"},
      {"sead", "seed"},    {"regularizr", "regularizer"}, {"train-sizes", "train-size"}};
  for (size_t k = 0; k < sizeof slips / sizeof *slips; k++) {
    refused(slips[k][0], "1", STATUS_USAGE, slips[k][0]);
    char wanted[80];
    snprintf(wanted, sizeof wanted, "did you mean %s?", slips[k][1]);
    refused(slips[k][0], "1", STATUS_USAGE, wanted);
  }
  refused("zzzzzz", "1", STATUS_USAGE, "filigree options");
  refused("", "1", STATUS_USAGE, "unknown option");
  char longest[3000];
  memset(longest, 'k', sizeof longest);
  longest[sizeof longest - 1] = 0;
  refused(longest, longest, STATUS_USAGE, "unknown option");
  refused("lambda", longest, STATUS_USAGE, "lambda");
  refused("regularizer", longest, STATUS_RANGE, "regularizer");
  refused("layers", longest, STATUS_USAGE, "layers");
}

/* ---- links ----------------------------------------------------------------------------------- */

static void parse_refused(const char *settings, Status status, const char *word) {
  Config config = defaults(), before = config;
  Error error = {STATUS_OK, ""};
  Status got = config_parse(&config, settings, &error);
  CHECK(got == status && strstr(error.text, word), "'%s': %s, '%s'; wanted %s, '%s'", settings,
        status_name(got), error.text, status_name(status), word);
  CHECK(!memcmp(&config, &before, sizeof config), "'%s' changed the config", settings);
}

static Config parsed(const char *settings) {
  Config config = defaults();
  Error error = {STATUS_OK, ""};
  CHECK(config_parse(&config, settings, &error) == STATUS_OK, "'%s': %s", settings, error.text);
  return config;
}

static void test_parse(void) {
  Config plain = defaults();
  static const char *const empty[] = {"", "#", "?", "&", "#&&", "?&"};
  for (size_t k = 0; k < sizeof empty / sizeof *empty; k++) {
    Config config = parsed(empty[k]);
    CHECK(!memcmp(&config, &plain, sizeof config), "'%s' changes nothing", empty[k]);
  }
  Config config = parsed("#lambda=0.5&seed=7&&data=moons&"),
         other = parsed("data=moons&seed=7&lambda=5e-1");
  CHECK(config.lambda == 0.5 && config.seed == 7 && same(&config, &other) &&
        config.given == other.given);
  config = parsed("seed=1&seed=2");
  CHECK(config.seed == 2, "the last of two counts");
  /* percent codes, in values and keys, in both cases */
  config = parsed("l%61mbda=%30%2E5&data=%6doons&layers=2%2C3%2c2");
  CHECK(config.lambda == 0.5 && config.layers == 2 && config.widths[1] == 3);
  config = parsed("data-dir=a%20b%26c%3Dd%25e=f%C3%A9");
  CHECK(!strcmp(config.data_folder, "a b&c=d%e=f\xC3\xA9"), "%s", config.data_folder);
  static const char *const codes[] = {"seed=%", "seed=%3",   "seed=%g1",  "seed=%1g", "seed=1%00",
                                      "%=1",    "se%00ed=1", "seed=%%31", "seed=% 1"};
  for (size_t k = 0; k < sizeof codes / sizeof *codes; k++)
    parse_refused(codes[k], STATUS_USAGE, "percent code");
  /* a broken code at the end of one pair does not read into the next */
  parse_refused("seed=%3&1=2", STATUS_USAGE, "percent code");
  parse_refused("seed=%&31", STATUS_USAGE, "percent code");
  static const char *const forms[] = {"seed", "seed&lambda=1", "lambda=1&seed", "##seed", "seed 1"};
  for (size_t k = 0; k < sizeof forms / sizeof *forms; k++)
    parse_refused(forms[k], STATUS_USAGE, "key=value");
  parse_refused("=5", STATUS_USAGE, "unknown option");
  parse_refused("lambda=1&sed=1", STATUS_USAGE, "did you mean seed?");
  parse_refused("lambda=1&seed=-1", STATUS_RANGE, "seed");
  parse_refused("lambda=1&seed=", STATUS_USAGE, "seed");
  parse_refused("seed=1=2", STATUS_USAGE, "seed");
  /* whatever comes, no crash, and what is refused changes nothing */
  int refusals = 0;
  for (int again = 0; again < 5000; again++) {
    char noise[64];
    uint32_t length = random_below(&stream, sizeof noise);
    for (uint32_t k = 0; k < length; k++) {
      static const char letters[] = "seed=lambda&%2C,.0123456789-#?\x80\xFF ";
      noise[k] = random_below(&stream, 8) ? letters[random_below(&stream, sizeof letters - 1)]
                                          : (char)(1 + random_below(&stream, 255));
    }
    noise[length] = 0;
    Config before = defaults();
    config = before;
    if (config_parse(&config, noise, NULL)) {
      refusals++;
      if (memcmp(&config, &before, sizeof config))
        CHECK(0, "'%s' was refused but changed the config", noise);
    }
  }
  CHECK(refusals > 1000, "%d of 5000 refused", refusals);
}

static const char *link_of(const Config *config) {
  static Text text;
  text_clear(&text);
  config_print(config, &text);
  return text_string(&text);
}

/* Prints the resolved config as a link, reads it back, and wants the same settings. */
static void check_link(const char *settings, const char *wanted) {
  Config config = parsed(settings);
  Error error = {STATUS_OK, ""};
  if (!CHECK(config_resolve(&config, &error) == STATUS_OK, "'%s': %s", settings, error.text))
    return;
  char link[2000];
  snprintf(link, sizeof link, "%s", link_of(&config));
  if (wanted)
    CHECK(!strcmp(link, wanted), "'%s' gives the link '%s', wanted '%s'", settings, link, wanted);
  Config back = parsed(link);
  CHECK(config_resolve(&back, &error) == STATUS_OK, "%s", error.text);
  CHECK(same(&config, &back), "'%s' by '%s'", settings, link);
  CHECK(!strcmp(link, link_of(&back)), "the link of a link: '%s', '%s'", link, link_of(&back));
  /* resolving again changes nothing */
  Config twice = config;
  CHECK(config_resolve(&twice, NULL) == STATUS_OK && same(&twice, &config), "'%s' twice", settings);
}

static void test_links(void) {
  check_link("", "");
  check_link("seed=1&batch=128&lr=2e-3", "");
  check_link("seed=2", "seed=2");
  check_link("lr=1e-3&seed=5", "lr=0.001&seed=5");
  check_link("lambda=0.1&data=moons", "data=moons&lambda=0.1");
  check_link("data=moons&layers=2,32,32,2", NULL);
  check_link("data=moons&layers=2,8,2", "data=moons&layers=2,8,2");
  Config local = parsed("data-dir=somewhere&seed=3"); /* a folder means something on one machine */
  config_resolve(&local, NULL);
  CHECK(!strcmp(link_of(&local), "seed=3"), "%s", link_of(&local));
  for (int k = 0; k < dataset_table_count; k++) {
    char settings[200];
    snprintf(settings, sizeof settings, "data=%s", dataset_table[k].name);
    check_link(settings, k ? settings : "");
  }
  for (int k = 0; k < regularizer_count; k++) {
    const Regularizer *row = &regularizer_table[k];
    char settings[200];
    snprintf(settings, sizeof settings, "regularizer=%s", row->name);
    check_link(settings, k == regularizer_default ? "" : settings);
    snprintf(settings, sizeof settings, "regularizer=%s&lambda=%.17g", row->name,
             row->defaults.lambda);
    check_link(settings, NULL);
    Config config = parsed(settings);
    config_resolve(&config, NULL);
    CHECK(!strstr(link_of(&config), "lambda"), "a default that was given is left out: %s",
          link_of(&config));
  }
  for (int k = 0; k < preset_count; k++) {
    const Preset *preset = &preset_table[k];
    char settings[1000];
    snprintf(settings, sizeof settings, "%s&%s", preset->shared, preset->a);
    check_link(settings, NULL);
    snprintf(settings, sizeof settings, "%s&%s", preset->shared, preset->b);
    check_link(settings, NULL);
  }
  /* several options at random */
  for (int again = 0; again < 500; again++) {
    Text text = {0};
    for (int k = 0; k < option_count; k++) {
      const Option *option = &option_table[k];
      if (random_below(&stream, 3) || option->type == OPTION_PATH ||
          !strcmp(option->key, "polish") || !strcmp(option->key, "average") ||
          !strcmp(option->key, "epochs"))
        continue;
      text_add(&text, "&%s=", option->key);
      if (option->type == OPTION_LAYERS)
        text_add(&text, "%u,%u", 1 + random_below(&stream, 900), 1 + random_below(&stream, 90));
      else if (option->type == OPTION_CHOICE) {
        uint32_t words = 0;
        while (option->choice(words))
          words++;
        text_add(&text, "%s", option->choice((int)random_below(&stream, words)));
      } else {
        double value =
            option->minimum + (option->maximum - option->minimum) * share_of_range(&stream, again);
        text_add(&text, "%.17g", option->type == OPTION_INTEGER ? (double)(int64_t)value : value);
      }
    }
    check_link(text_string(&text), NULL);
    text_free(&text);
  }
}

/* ---- resolving ------------------------------------------------------------------------------- */

static void resolve_refused(const char *settings, const char *word) {
  Config config = parsed(settings);
  Error error = {STATUS_OK, ""};
  CHECK(config_resolve(&config, &error) == STATUS_RANGE && strstr(error.text, word), "'%s': '%s'",
        settings, error.text);
}

static void test_resolve(void) {
  for (int k = 0; k < regularizer_count; k++) {
    Config config = defaults();
    config_set(&config, "regularizer", regularizer_table[k].name, NULL);
    config_resolve(&config, NULL);
    CHECK(config.lambda == regularizer_table[k].defaults.lambda &&
              config.order == regularizer_table[k].defaults.order &&
              config.mix == regularizer_table[k].defaults.mix,
          "defaults of %s", regularizer_table[k].name);
    /* open settings follow when the regularizer changes, given ones stay */
    config_set(&config, "lambda", "0.25", NULL);
    config_set(&config, "regularizer", regularizer_table[regularizer_default].name, NULL);
    config_resolve(&config, NULL);
    CHECK(config.lambda == 0.25 &&
              config.order == regularizer_table[regularizer_default].defaults.order,
          "after %s", regularizer_table[k].name);
  }
  for (int k = 0; k < dataset_table_count; k++) {
    Config config = defaults();
    config_set(&config, "data", dataset_table[k].name, NULL);
    CHECK(config_resolve(&config, NULL) == STATUS_OK);
    CHECK(!strcmp(value_text(&config, option_find("layers")), dataset_table[k].layers),
          "layers of %s: %s", dataset_table[k].name, value_text(&config, option_find("layers")));
    config_set(&config, "layers", "5,4", NULL);
    config_resolve(&config, NULL);
    CHECK(!strcmp(value_text(&config, option_find("layers")), "5,4"),
          "layers that were given stay");
  }
  Config config = parsed("data-dir=elsewhere");
  CHECK(config_resolve(&config, NULL) == STATUS_OK && config.layers == 0,
        "open until the files are read");
  config = parsed("data-dir=elsewhere&layers=4,3");
  CHECK(config_resolve(&config, NULL) == STATUS_OK && config.layers == 1);

  resolve_refused("epochs=0&finetune=0", "nothing to train");
  resolve_refused("finetune=5&average=6", "average");
  resolve_refused("finetune=0&polish=0.2", "polish");
  resolve_refused("optimizer=sgd&polish=0.2", "adam");
  Error error;
  static const char *const fine[] = {"epochs=0",
                                     "finetune=0",
                                     "finetune=5&average=5",
                                     "polish=0.2",
                                     "optimizer=sgd&polish=0",
                                     "epochs=5&ramp=10"};
  for (size_t k = 0; k < sizeof fine / sizeof *fine; k++) {
    config = parsed(fine[k]);
    CHECK(config_resolve(&config, &error) == STATUS_OK, "'%s': %s", fine[k], error.text);
  }
  config = parsed("epochs=5&ramp=10");
  config_resolve(&config, NULL);
  CHECK(config_remark(&config) && strstr(config_remark(&config), "ramp"),
        "a remark on a long ramp");
  config = defaults();
  config_resolve(&config, NULL);
  CHECK(!config_remark(&config), "no remark on the defaults");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* Braces and quotes match, and every key is there; tests/web and the CLI's tests parse it fully. */
static void check_json(const char *json, const char *what) {
  int depth = 0, quoted = 0, closed = 0;
  for (const char *at = json; *at; at++) {
    CHECK((unsigned char)*at >= 0x20, "%s has a control character", what);
    if (quoted) {
      if (*at == '\\')
        at++;
      else if (*at == '"')
        quoted = 0;
    } else if (*at == '"')
      quoted = 1;
    else if (*at == '{' || *at == '[')
      depth++;
    else if (*at == '}' || *at == ']')
      closed += --depth == 0;
  }
  CHECK(depth == 0 && !quoted && closed == 1, "%s: %.200s", what, json);
}

static void test_fit(void) {
  Error error = {STATUS_OK, ""};
  for (int k = 0; k < dataset_table_count; k++) {
    if (!dataset_table[k].layers[0])
      continue;
    Config config = defaults();
    CHECK(!config_set(&config, "data", dataset_table[k].name, &error), "%s", error.text);
    CHECK(!config_resolve(&config, &error), "%s", error.text);
    CHECK(!config_fit_known(&config, &error), "%s takes its own layers: %s", dataset_table[k].name,
          error.text);
    CHECK(config_fit(&config, config.widths[0] + 1, config.widths[config.layers], &error) ==
              STATUS_RANGE,
          "first width of %s", dataset_table[k].name);
    CHECK(strstr(error.text, "layers begin with"), "%s", error.text);
    config.widths[config.layers]++;
    CHECK(config_fit_known(&config, &error) == STATUS_RANGE, "last width of %s",
          dataset_table[k].name);
    CHECK(strstr(error.text, "layers end with"), "%s", error.text);
    CHECK(!config_set(&config, "data-dir", "somewhere", &error), "%s", error.text);
    CHECK(!config_fit_known(&config, &error), "of a folder nothing is known");
  }
  Config open = defaults();
  CHECK(!config_fit(&open, 5, 7, &error), "open layers fit anything");
}

static void test_json(void) {
  Text text = {0};
  Config config = parsed("data-dir=a%22b%5Cc%0Ad&lambda=0.1");
  config_resolve(&config, NULL);
  config_json(&config, &text);
  check_json(text_string(&text), "config_json");
  CHECK(strstr(text_string(&text), "\"data-dir\":\"a\\\"b\\\\c\\u000ad\""), "%s",
        text_string(&text));
  CHECK(strstr(text_string(&text), "\"lambda\":0.1"), "%s", text_string(&text));
  for (int k = 0; k < option_count; k++) {
    char key[80];
    snprintf(key, sizeof key, "\"%s\":", option_table[k].key);
    CHECK(strstr(text_string(&text), key), "config_json has %s", key);
  }
  text_clear(&text);
  options_json(&text);
  check_json(text_string(&text), "options_json");
  for (int k = 0; k < option_count; k++) {
    char key[80];
    snprintf(key, sizeof key, "{\"key\":\"%s\"", option_table[k].key);
    CHECK(strstr(text_string(&text), key), "options_json has %s", key);
  }
  for (int group = 0; group < GROUP_COUNT; group++) {
    char words[120];
    snprintf(words, sizeof words, "{\"name\":\"%s\",\"label\":\"%s\"",
             option_group_table[group].name, option_group_table[group].label);
    CHECK(strstr(text_string(&text), words), "options_json has the group %s", words);
  }
  text_free(&text);
}

int main(int count, char **words) {
  check_start(count, words);
  printf("seed %llu\n", (unsigned long long)check_seed);
  stream = random_stream(check_seed, RANDOM_DATA, 3, 0);
  test_table();
  test_numbers();
  test_choices();
  test_layers();
  test_paths();
  test_unknown();
  test_parse();
  test_links();
  test_resolve();
  test_fit();
  test_json();
  return check_finish();
}
