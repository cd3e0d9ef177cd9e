/* cli.c: see cli.h. Words, keys and exit codes are a contract with other programs. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "format.h"
#include "host.h"
#include "link.h"
#include "pool.h"
#include "report.h"

static const char USAGE[] =
    "filigree: trains small networks under L1 and other regularizers and counts what is left\n"
    "\n"
    "  filigree train [--KEY VALUE]... [--threads N] [--profile] [--json]\n"
    "      trains one network; --json prints a JSON line per epoch and one for the result\n"
    "  filigree replay LINK [--threads N] [--data-dir FOLDER]\n"
    "      trains what a link says (a hash or an address, in quotes), prints as train --json "
    "does,\n"
    "      and compares the fingerprints\n"
    "  filigree penalty --regularizer R [--order A] [--mix X] --rows M --cols N --in W.f32\n"
    "                   [--gradient-out G.f32]\n"
    "      value (and gradient) of a regularizer for a matrix of raw little-endian float32\n"
    "  filigree options\n"
    "      every KEY with its range, default and meaning, as JSON\n"
    "\n"
    "exit codes: 0 success, 1 failure, 2 bad usage, 3 fingerprint differs\n";

static int exit_code(Status status) {
  switch (status) {
  case STATUS_OK:
    return 0;
  case STATUS_USAGE:
  case STATUS_RANGE:
    return 2;
  case STATUS_DIFFERS:
    return 3;
  default:
    return 1;
  }
}

static void print_error(const Error *error) {
  host_print(2, "filigree: ");
  host_print(2, error->text);
  host_print(2, "\n");
}

/* What every command shares: flags that are not options of a run. */
typedef struct Flags {
  uint32_t threads;
  int json, profile;
  /* penalty */
  uint32_t rows, columns;
  const char *in, *gradient_out;
} Flags;

static Status parse_count(const char *flag, const char *value, uint32_t maximum, uint32_t *count,
                          Error *error) {
  size_t length = strlen(value);
  unsigned long number = length && length < 10 ? strtoul(value, NULL, 10) : 0;
  if (strspn(value, "0123456789") != length || number < 1 || number > maximum)
    return error_set(error, STATUS_RANGE, "--%s %.40s: expected a whole number, 1 to %u", flag,
                     value, maximum);
  *count = (uint32_t)number;
  return STATUS_OK;
}

static Status parse_flag(const char *key, const char *value, int penalty, Flags *flags,
                         Config *config, Error *error) {
  if (!penalty && !strcmp(key, "threads"))
    return parse_count(key, value, POOL_MAXIMUM, &flags->threads, error);
  if (!penalty)
    return config_set(config, key, value, error);
  if (!strcmp(key, "rows"))
    return parse_count(key, value, 1000000, &flags->rows, error);
  if (!strcmp(key, "cols"))
    return parse_count(key, value, 1000000, &flags->columns, error);
  if (!strcmp(key, "in"))
    flags->in = value;
  else if (!strcmp(key, "gradient-out"))
    flags->gradient_out = value;
  else if (!strcmp(key, "regularizer") || !strcmp(key, "order") || !strcmp(key, "mix"))
    return config_set(config, key, value, error);
  else
    return error_set(error, STATUS_USAGE, "unknown option --%.60s for penalty; see 'filigree help'",
                     key);
  return STATUS_OK;
}

enum { FLAGS_MAXIMUM = 64 }; /* more than there are flags, so that no command has as many unlike */

/* The flags that a command was given, as they stand among its words. */
typedef struct Given {
  const char *words[FLAGS_MAXIMUM];
  int count;
} Given;

/* Notes --key, `word`; a flag that was given before is an error, for one of both would be lost. */
static Status note_flag(Given *given, const char *key, const char *word, Error *error) {
  size_t length = strlen(key);
  for (int k = 0; k < given->count; k++) {
    const char *before = given->words[k] + 2;
    if (!strncmp(before, key, length) && (!before[length] || before[length] == '='))
      return error_set(error, STATUS_USAGE, "--%.60s is given twice; give it once", key);
  }
  if (given->count < FLAGS_MAXIMUM)
    given->words[given->count++] = word;
  return STATUS_OK;
}

/* Reads words[2 ..]: --key value, --key=value, and the flags without a value. */
static Status parse_words(int count, char **words, int penalty, Flags *flags, Config *config,
                          Error *error) {
  Given given = {.count = 0};
  for (int k = 2; k < count; k++) {
    const char *word = words[k];
    Status status;
    if (strncmp(word, "--", 2) || !word[2])
      return error_set(error, STATUS_USAGE, "'%.60s' was not expected; options begin with --",
                       word);
    int *plain = penalty                      ? NULL
                 : !strcmp(word, "--json")    ? &flags->json
                 : !strcmp(word, "--profile") ? &flags->profile
                                              : NULL;
    if (plain) {
      status = note_flag(&given, word + 2, word, error);
      if (status)
        return status;
      *plain = 1;
      continue;
    }
    char key[64];
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    if (length >= sizeof key)
      return error_set(error, STATUS_USAGE, "unknown option %.60s...; see 'filigree options'",
                       word);
    memcpy(key, word + 2, length);
    key[length] = 0;
    const char *value = equals ? equals + 1 : k + 1 < count ? words[k + 1] : NULL;
    if (!value) {
      if (!penalty && option_find(key) < 0 && strcmp(key, "threads"))
        return config_set(config, key, "", error);
      return error_set(error, STATUS_USAGE, "--%s needs a value", key);
    }
    status = parse_flag(key, value, penalty, flags, config, error);
    if (!status)
      status = note_flag(&given, key, word, error);
    if (status)
      return status;
    k += !equals;
  }
  return STATUS_OK;
}

/* ---- train ------------------------------------------------------------------------------------
 */

/* Says what a CSV file was taken for. */
static void print_csv_note(const char *path, const CsvReport *report, const Dataset *dataset) {
  Text text = {0};
  const char *name = report->label_name;
  text_add(&text, "filigree: note: %s: %u classes by column %u%s%s%s, %u inputs%s%s, ", path,
           dataset->classes, report->label_column, *name ? " (" : "", name, *name ? ")" : "",
           dataset->inputs, dataset->width ? " that are pixels" : "",
           report->ignored_column ? ", without the first column" : "");
  text_add(&text, "%u training and %u test samples\n", dataset->train.count, dataset->test.count);
  host_print(2, text_string(&text));
  text_free(&text);
}

static Status load_data(const Config *config, Dataset *dataset, Error *error) {
  Status status;
  int row = (int)config->data;
  if (dataset_is_csv(config->data_folder)) {
    CsvReport report;
    status = dataset_from_csv_file(config->data_folder, dataset, &report, error);
    if (!status)
      print_csv_note(config->data_folder, &report, dataset);
  } else if (config->data_folder[0])
    status = dataset_from_folder(config->data_folder, dataset, error);
  else if (dataset_table[row].generated)
    status = dataset_generate(row, (uint64_t)config->seed, dataset, error);
  else {
    char path[PATH_MAXIMUM + 64];
    format_text(path, sizeof path, "%.1000s/%s", host_data_folder(), dataset_table[row].name);
    status = dataset_from_folder(path, dataset, error);
    if (status == STATUS_FILE) {
      Error first = *error;
      error_set(error, STATUS_FILE,
                "%.400s\n'make data' brings %s where it is installed; for files of your own use "
                "--data-dir",
                first.text, dataset_table[row].name);
    }
  }
  if (!status && config->train_size > 0) {
    status = dataset_subset(dataset, (uint32_t)config->train_size, (uint64_t)config->seed, error);
    if (status)
      dataset_free(dataset);
  }
  return status;
}

static int output_failed; /* standard output took a text only in part, or not at all */

static void print_text(int stream, Text *text) {
  if (host_print(stream, text_string(text)) && stream == 1)
    output_failed = 1;
  text_clear(text);
}

static void print_progress(const Trainer *trainer, Text *text) {
  TrainerState state = trainer_state(trainer);
  double done = state.steps ? (double)state.step / (double)state.steps : 1;
  double left = done > 0 ? state.train_seconds * (1 - done) / done : 0;
  int filled = (int)(done * 30);
  text_add(text, "\r[");
  for (int k = 0; k < 30; k++)
    text_add(text, "%s", k < filled ? "#" : ".");
  text_add(text, "] epoch %u of %u, %s, %.0f:%02d left   ", state.epoch, state.epochs,
           state.phase == PHASE_SPARSIFY ? "sparsify" : "fine-tune",
           left / 60 - 0.5 < 0 ? 0.0 : (double)(int)(left / 60), (int)left % 60);
  print_text(2, text);
}

static void print_table_row(const EpochRecord *record, Text *text) {
  if (record->epoch == 1)
    text_add(text, "epoch  phase      loss    train %%   test %%   nonzeros       live\n");
  text_add(text, "%5u  %-8s  %6.4f  %7.2f  %7.2f  %9llu  %9llu\n", record->epoch,
           record->phase == PHASE_SPARSIFY ? "sparsify" : "finetune", record->loss,
           record->train_accuracy, record->test_accuracy, (unsigned long long)record->nonzeros,
           (unsigned long long)record->live_nonzeros);
}

/* What a run follows beside its settings. */
typedef struct Plan {
  const LinkContender *changes; /* NULL: none */
  int stops;                    /* 1: at step `at`; 0: at the end */
  uint64_t at;
  Link link;             /* of one contender: what the run's own link says */
  const char *contender; /* its letter; NULL: it is alone */
  Text *results;         /* where its result goes; NULL: to standard output */
} Plan;

/* The link that replays this run, with its fingerprint as it stands. */
static void add_link(Trainer *trainer, const Plan *plan, Text *text) {
  Link link = plan->link;
  LinkContender *contender = &link.contender[link.only - 1];
  if (plan->changes)
    *contender = *plan->changes;
  else
    contender->config = *trainer_config(trainer);
  contender->has_fingerprint = 1;
  contender->fingerprint = analysis_fingerprint(trainer_network(trainer));
  link.has_at = plan->stops && plan->at < trainer_state(trainer).steps;
  link.at = plan->at;
  strcpy(link.engine, ENGINE_VERSION);
  link_print(&link, text);
}

static void print_summary(Trainer *trainer, const EpochRecord *last, const char *link, Text *text) {
  TrainerState state = trainer_state(trainer);
  uint64_t weights = network_weights(trainer_network(trainer));
  text_add(text, "\ntest accuracy %.2f %% with %llu of %llu weights (%.2f %%)", last->test_accuracy,
           (unsigned long long)last->nonzeros, (unsigned long long)weights,
           100.0 * (double)last->nonzeros / (double)weights);
  text_add(text, "\nbefore fine-tuning %.2f %% with %llu", state.accuracy_before_finetune,
           (unsigned long long)state.nonzeros_before_finetune);
  text_add(text, "\n%.1f s, %.0f samples a second, fingerprint %016llx\n", last->seconds,
           state.train_seconds > 0 ? (double)state.samples / state.train_seconds : 0.0,
           (unsigned long long)analysis_fingerprint(trainer_network(trainer)));
  text_add(text, "link %s\n", link);
  print_text(1, text);
}

/* The result of a run that ends here. */
static Status print_result(Trainer *trainer, const Flags *flags, const Plan *plan, Error *error) {
  Text link = {0}, text = {0};
  uint32_t count;
  const EpochRecord *records = trainer_records(trainer, &count);
  TrainerState state = trainer_state(trainer);
  EpochRecord record;
  if (count && state.step == (uint64_t)state.epoch * state.steps_per_epoch)
    record = records[count - 1];
  else
    record = trainer_present(trainer);
  add_link(trainer, plan, &link);
  if (flags->json) {
    Text *to = plan->results ? plan->results : &text;
    report_result(trainer, &record, text_string(&link), plan->contender, to);
    text_add(to, "\n");
    print_text(1, &text);
  } else
    print_summary(trainer, &record, text_string(&link), &text);
  int failed = text.failed || link.failed || (plan->results && plan->results->failed);
  text_free(&text);
  text_free(&link);
  return failed ? error_set(error, STATUS_MEMORY, "out of memory for the output") : STATUS_OK;
}

static Status diverged(const Trainer *trainer, Error *error) {
  TrainerState state = trainer_state(trainer);
  return error_set(error, STATUS_DIVERGED,
                   "training diverged at step %llu (epoch %u): loss or weights are not finite; "
                   "lower lr (now %g) or the penalty's strength",
                   (unsigned long long)state.diverged_step, state.epoch + 1,
                   trainer_config(trainer)->learning_rate);
}

/* Makes the changes that are due after `step` batches; *next counts those that were made. */
static Status apply_changes(const LinkContender *contender, Trainer *trainer, uint64_t step,
                            uint32_t *next, Error *error) {
  Status status = STATUS_OK;
  for (; !status && *next < contender->change_count; (*next)++) {
    const LinkChange *change = &contender->changes[*next];
    if (change->step > step)
      break;
    status = trainer_set(trainer, option_table[change->option].key, change->value, error);
  }
  return status;
}

/* Trains to the plan's end and prints epochs and result. */
static Status run(Trainer *trainer, const Flags *flags, const Plan *plan, Error *error) {
  Text text = {0};
  uint32_t count, changed = 0;
  int progress = !flags->json && host_is_terminal(2);
  double shown = 0;
  Status status = STATUS_OK;
  while (!status) {
    if (!trainer_evaluating(trainer)) {
      uint64_t step = trainer_state(trainer).step;
      if (plan->stops && step >= plan->at)
        break;
      if (plan->changes)
        status = apply_changes(plan->changes, trainer, step, &changed, error);
    }
    TrainerEvent event = status ? TRAINER_FINISHED : trainer_advance(trainer);
    if (event == TRAINER_FINISHED)
      break;
    if (event == TRAINER_DIVERGED)
      status = diverged(trainer, error);
    if (event == TRAINER_EPOCH) {
      const EpochRecord *record = trainer_records(trainer, &count) + 0;
      record += count - 1;
      if (flags->json) {
        report_epoch(record, trainer_network(trainer)->layers, plan->contender, &text);
        text_add(&text, "\n");
      } else {
        if (progress)
          host_print(2, "\r\033[K");
        print_table_row(record, &text);
      }
      print_text(1, &text);
    }
    if (progress && (host_seconds() - shown > 0.2 || event == TRAINER_EPOCH)) {
      print_progress(trainer, &text);
      shown = host_seconds();
    }
  }
  if (progress)
    host_print(2, "\r\033[K");
  if (!status)
    status = print_result(trainer, flags, plan, error);
  if (flags->profile) {
    report_profile(trainer, &text);
    print_text(2, &text);
  }
  if (!status && text.failed)
    status = error_set(error, STATUS_MEMORY, "out of memory for the output");
  text_free(&text);
  return status;
}

/* What a link says of the data: files have a hash, and folders are the sender's own. */
static void name_data(const Config *config, const Dataset *dataset, Link *link) {
  link->own = config->data_folder[0] != 0;
  link->has_data_hash = link->own || !dataset_table[(int)config->data].generated;
  link->data_hash = link->has_data_hash ? dataset->hash : 0;
}

static Status command_train(int count, char **words, Error *error) {
  Flags flags = {.threads = 1};
  Config config;
  Dataset dataset = {0};
  Trainer *trainer = NULL;
  config_default(&config);
  Status status = parse_words(count, words, 0, &flags, &config, error);
  if (!status)
    status = config_resolve(&config, error);
  if (status)
    return status;
  const char *remark = config_remark(&config);
  if (remark) {
    host_print(2, "filigree: note: ");
    host_print(2, remark);
    host_print(2, "\n");
  }
  status = load_data(&config, &dataset, error);
  if (!status)
    status = trainer_create(&config, &dataset, flags.threads, &trainer, error);
  if (!status) {
    trainer_profile(trainer, flags.profile);
    if (config.epochs < 1)
      trainer_evaluate(trainer);
    Plan plan = {.link = {.only = 1}};
    name_data(&config, &dataset, &plan.link);
    status = run(trainer, &flags, &plan, error);
  }
  trainer_free(trainer);
  dataset_free(&dataset);
  return status;
}

/* ---- replay ---------------------------------------------------------------------------------- */

/* words[2 ..]: the link, and flags. */
static Status parse_replay(int count, char **words, const char **link, Flags *flags, Config *folder,
                           Error *error) {
  Given given = {.count = 0};
  *link = NULL;
  for (int k = 2; k < count; k++) {
    const char *word = words[k];
    if (strncmp(word, "--", 2)) {
      if (*link)
        return error_set(error, STATUS_USAGE,
                         "'%.60s' was not expected: one link is replayed, in quotes", word);
      *link = word;
      continue;
    }
    const char *value = k + 1 < count ? words[k + 1] : NULL;
    Status status = note_flag(&given, word + 2, word, error);
    if (status)
      return status;
    if (!strcmp(word, "--json")) /* it is what replay prints anyway */
      continue;
    if (strcmp(word, "--threads") && strcmp(word, "--data-dir"))
      return error_set(error, STATUS_USAGE,
                       "unknown option %.60s for replay: it takes --threads and --data-dir", word);
    if (!value)
      return error_set(error, STATUS_USAGE, "%s needs a value", word);
    if (!strcmp(word, "--threads"))
      status = parse_count("threads", value, POOL_MAXIMUM, &flags->threads, error);
    else
      status = config_set(folder, "data-dir", value, error);
    if (status)
      return status;
    k++;
  }
  if (!*link || !**link)
    return error_set(error, STATUS_USAGE,
                     "a link is missing: filigree replay '#v=1&...' (in quotes)");
  return STATUS_OK;
}

/* Loads what the link's run trains on, and compares its hash with the link's. */
static Status load_link_data(const Link *link, const Config *folder, Dataset *dataset,
                             Error *error) {
  Config config = link->contender[0].config; /* data are shared */
  memcpy(config.data_folder, folder->data_folder, sizeof config.data_folder);
  if (link->own && !link->has_data_hash)
    return error_set(error, STATUS_USAGE,
                     "the link is of the sender's own data but lacks their data-hash; ask for the "
                     "whole link");
  if (link->own && !config.data_folder[0])
    return error_set(error, STATUS_USAGE,
                     "the link is of the sender's own data with the hash %016llx; give them by "
                     "--data-dir: a CSV file, or a folder of four IDX files",
                     (unsigned long long)link->data_hash);
  if (!link->own && config.data_folder[0])
    return error_set(error, STATUS_USAGE,
                     "the link names its data; --data-dir is for links of the sender's own data");
  Status status = load_data(&config, dataset, error);
  if (!status && link->has_data_hash && link->data_hash != dataset->hash) {
    status = error_set(error, STATUS_DIFFERS,
                       "the data differ: the link's have the hash %016llx, these have %016llx; "
                       "nothing was trained",
                       (unsigned long long)link->data_hash, (unsigned long long)dataset->hash);
    dataset_free(dataset);
  }
  return status;
}

/* Trains contender c of the link; its result line goes to *results, what differs to *differences. */
static Status replay_contender(const Link *link, int c, const Flags *flags, const Dataset *dataset,
                               Text *results, Text *differences, Error *error) {
  static const char *const letters[] = {"a", "b"};
  const LinkContender *contender = &link->contender[c];
  Trainer *trainer = NULL;
  Plan plan = {.changes = contender,
               .stops = link->has_at,
               .at = link->at,
               .contender = link->only ? NULL : letters[c],
               .results = results};
  plan.link.only = c + 1;
  plan.link.own = link->own;
  plan.link.has_data_hash = link->own || !dataset_table[(int)contender->config.data].generated;
  plan.link.data_hash = dataset->hash;
  for (int k = 0; k < 2; k++)
    plan.link.contender[k].config = contender->config;
  Status status = trainer_create(&contender->config, dataset, flags->threads, &trainer, error);
  if (!status && link->has_at && link->at > trainer_state(trainer).steps)
    status =
        error_set(error, STATUS_RANGE, "at=%llu: the run of this link has only %llu steps",
                  (unsigned long long)link->at, (unsigned long long)trainer_state(trainer).steps);
  uint32_t changes = contender->change_count;
  if (!status && changes && contender->changes[changes - 1].step >= trainer_state(trainer).steps)
    status = error_set(
        error, STATUS_RANGE,
        "%s.changes: a change after step %llu, but the run of this link has only %llu steps",
        letters[c], (unsigned long long)contender->changes[changes - 1].step,
        (unsigned long long)trainer_state(trainer).steps);
  if (!status) {
    if (contender->config.epochs < 1)
      trainer_evaluate(trainer);
    status = run(trainer, flags, &plan, error);
  }
  if (!status && contender->has_fingerprint) {
    uint64_t fingerprint = analysis_fingerprint(trainer_network(trainer));
    if (fingerprint != contender->fingerprint)
      text_add(differences, "%s%s: the link's fingerprint is %016llx, here it is %016llx",
               differences->length ? "; " : "", letters[c],
               (unsigned long long)contender->fingerprint, (unsigned long long)fingerprint);
  }
  trainer_free(trainer);
  return status;
}

/* Whose engine made the link, and what that means for a fingerprint that differs. */
static const char *engine_words(const Link *link, Text *words) {
  if (!link->engine[0])
    text_add(words,
             "the link does not say which engine made it (this is version %s); ask for it "
             "with its engine=",
             ENGINE_VERSION);
  else if (!strcmp(link->engine, ENGINE_VERSION))
    text_add(words,
             "both are of engine version %s, so the link is not as it was made; ask for it "
             "again",
             ENGINE_VERSION);
  else
    text_add(words,
             "the link was made by engine version %s, this is version %s; replay it with that "
             "version",
             link->engine, ENGINE_VERSION);
  return text_string(words);
}

static Status command_replay(int count, char **words, Error *error) {
  Flags flags = {.threads = 1, .json = 1};
  Config folder;
  Link link = {0};
  Dataset dataset = {0};
  Text results = {0}, differences = {0}, made = {0};
  const char *hash;
  config_default(&folder);
  Status status = parse_replay(count, words, &hash, &flags, &folder, error);
  if (!status)
    status = link_parse_strict(hash, strlen(hash), &link, error);
  if (!status && link.empty)
    status = error_set(error, STATUS_USAGE,
                       "the link names no setting of a run; it looks like '#v=1&...' (in quotes)");
  if (!status && link.engine[0] && strcmp(link.engine, ENGINE_VERSION)) {
    text_add(&made,
             "filigree: the link was made by engine version %s, this is version %s: the bits may "
             "differ\n",
             link.engine, ENGINE_VERSION);
    print_text(2, &made);
    text_clear(&made);
  }
  if (!status)
    status = load_link_data(&link, &folder, &dataset, error);
  for (int c = 0; !status && c < 2; c++)
    if (!link.only || link.only == c + 1)
      status = replay_contender(&link, c, &flags, &dataset, &results, &differences, error);
  if (!status && (results.failed || differences.failed))
    status = error_set(error, STATUS_MEMORY, "out of memory for the output");
  if (!status && differences.length)
    status = error_set(error, STATUS_DIFFERS, "%s\n%s", text_string(&differences),
                       engine_words(&link, &made));
  if (!status)
    print_text(1, &results);
  text_free(&results);
  text_free(&differences);
  text_free(&made);
  dataset_free(&dataset);
  link_free(&link);
  return status;
}

/* ---- penalty, options ---------------------------------------------------------------------------
 */

static Status command_penalty(int count, char **words, Error *error) {
  Flags flags = {0};
  Config config;
  config_default(&config);
  Status status = parse_words(count, words, 1, &flags, &config, error);
  if (!status)
    status = config_resolve(&config, error);
  if (status)
    return status;
  if (!(config.given >> option_find("regularizer") & 1) || !flags.rows || !flags.columns ||
      !flags.in)
    return error_set(error, STATUS_USAGE,
                     "penalty needs --regularizer, --rows, --cols and --in; see 'filigree help'");
  uint8_t *bytes = NULL;
  size_t size = 0;
  uint64_t bytes_wanted = (uint64_t)flags.rows * flags.columns * sizeof(float); /* < 2^42 */
  status = host_read_file(flags.in, &bytes, &size, error);
  if (status)
    return status;
  float *gradient = NULL;
  Kernels kernels;
  if (size != bytes_wanted) {
    status =
        error_set(error, STATUS_FORMAT, "%.200s: %u x %u float32 are %llu bytes, the file has %zu",
                  flags.in, flags.rows, flags.columns, (unsigned long long)bytes_wanted, size);
    goto done;
  }
  gradient = malloc(size);
  if (!gradient) {
    status = error_set(error, STATUS_MEMORY, "out of memory for the gradient");
    goto done;
  }
  double value = 0;
  RegularizerParameters parameters = {config.order, config.mix};
  status = kernels_best(&kernels, error);
  if (!status)
    status = regularizer_evaluate(&regularizer_table[(int)config.regularizer], &parameters,
                                  &kernels, (const float *)(const void *)bytes, flags.rows,
                                  flags.columns, &value, gradient, NULL, error);
  if (!status && flags.gradient_out)
    status = host_write_file(flags.gradient_out, gradient, size, error);
  if (!status) {
    Text text = {0};
    text_add(&text, "{\"value\":");
    text_add_number(&text, value);
    text_add(&text, "}\n");
    print_text(1, &text);
    text_free(&text);
  }
done:
  free(gradient);
  free(bytes);
  return status;
}

static Status command_options(int count, char **words, Error *error) {
  if (count > 2)
    return error_set(error, STATUS_USAGE, "options takes no words: '%.60s' was not expected",
                     words[2]);
  Text text = {0};
  options_json(&text);
  text_add(&text, "\n");
  print_text(1, &text);
  int failed = text.failed;
  text_free(&text);
  return failed ? error_set(error, STATUS_MEMORY, "out of memory") : STATUS_OK;
}

int cli_run(int count, char **words) {
  static const struct {
    const char *name;
    Status (*run)(int count, char **words, Error *error);
  } commands[] = {{"train", command_train},
                  {"replay", command_replay},
                  {"penalty", command_penalty},
                  {"options", command_options}};
  Error error = {STATUS_OK, ""};
  const char *name = count > 1 ? words[1] : "";
  for (int k = 2; k < count; k++)
    if (!strcmp(words[k], "--help")) /* 'filigree train --help' */
      name = "help";
  if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
    host_print(1, USAGE);
    return 0;
  }
  for (size_t k = 0; k < sizeof commands / sizeof *commands; k++)
    if (!strcmp(name, commands[k].name)) {
      output_failed = 0;
      Status status = commands[k].run(count, words, &error);
      if (!status && output_failed)
        status =
            error_set(&error, STATUS_FILE,
                      "the output could not be written; is the disk full, or its reader gone?");
      if (status)
        print_error(&error);
      return exit_code(status);
    }
  if (*name)
    error_set(&error, STATUS_USAGE, "unknown command '%.60s'; 'filigree help' lists them", name);
  else
    error_set(&error, STATUS_USAGE,
              "a command is missing: train, replay, penalty, options or help");
  print_error(&error);
  return 2;
}
