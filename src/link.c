/* link.c: see link.h. */
#include "link.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "format.h"
#include "host.h"

static const char LETTERS[] = "ab";

/* What may be said besides options, in bits of Part.said. */
enum Word {
  WORD_VERSION,
  WORD_ONLY,
  WORD_AT,
  WORD_ENGINE,
  WORD_DATA_HASH,
  WORD_OWN,
  WORD_VIEW,
  WORD_SORT,
  WORD_LESSON,
  WORD_PROJECTOR,
  WORD_EMBED,
  WORD_FINGERPRINT,
  WORD_CHANGES,
  WORD_COUNT
};
static const char *const words[WORD_COUNT] = {
    [WORD_VERSION] = "v",           [WORD_ONLY] = "only",           [WORD_AT] = "at",
    [WORD_ENGINE] = "engine",       [WORD_DATA_HASH] = "data-hash", [WORD_OWN] = "own",
    [WORD_VIEW] = "view",           [WORD_SORT] = "sort",           [WORD_LESSON] = "lesson",
    [WORD_PROJECTOR] = "projector", [WORD_EMBED] = "embed",         [WORD_FINGERPRINT] = "fp",
    [WORD_CHANGES] = "changes",
};

/* What was said for a, for b, and for both (without letter). */
typedef struct Part {
  Config config;
  unsigned said; /* bit: enum Word */
  uint64_t fingerprint;
  LinkChange *changes;
  uint32_t change_count;
} Part;
enum { PART_A, PART_B, PART_BOTH, PARTS };

/* ---- problems -------------------------------------------------------------------------------- */

/* At most `shown` characters of from[0 .. length - 1], in plain ASCII: nothing in a link can reach a
 * terminal or break a line. `to` holds shown + 4 bytes. */
static const char *plain(const char *from, size_t length, char *to, size_t shown) {
  size_t count = length < shown ? length : shown;
  for (size_t k = 0; k < count; k++)
    to[k] = from[k] >= ' ' && from[k] < 127 ? from[k] : '?';
  strcpy(to + count, length > shown ? "..." : "");
  return to;
}

/* A problem; `used` NULL: nothing stands in its place. */
static LinkProblem *problem(Link *link, const char *what, const char *used) {
  uint32_t index = link->problem_count++;
  LinkProblem *entry =
      &link->problems[index < LINK_PROBLEMS_MAXIMUM ? index : LINK_PROBLEMS_MAXIMUM];
  *entry = (LinkProblem){.option = -1, .contender = 0};
  plain(what, strlen(what), entry->what, sizeof entry->what - 4);
  format_text(entry->used, sizeof entry->used, "%s", used ? used : "");
  return entry;
}

/* A problem with what stands between two &, or a part of it. */
static void problem_at(Link *link, const char *at, size_t length, const char *what,
                       const char *used) {
  char shown[64], text[256];
  format_text(text, sizeof text, "'%s' %s", plain(at, length, shown, 50), what);
  problem(link, text, used);
}

/* ---- reading --------------------------------------------------------------------------------- */

static int whole_number(const char *text, size_t length, uint64_t *number) {
  *number = 0;
  if (!length || length > 15)
    return 0;
  for (size_t k = 0; k < length; k++) {
    if (text[k] < '0' || text[k] > '9')
      return 0;
    *number = *number * 10 + (uint64_t)(text[k] - '0');
  }
  return 1;
}

static int sixteen_digits(const char *text, uint64_t *number) {
  if (strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
    return 0;
  *number = 0;
  for (int k = 0; k < 16; k++)
    *number = *number << 4 | (uint64_t)(text[k] <= '9' ? text[k] - '0' : (text[k] | 32) - 'a' + 10);
  return 1;
}

static int word_is_fine(const char *text) {
  size_t length = strlen(text);
  return length && length <= LINK_WORD_MAXIMUM &&
         strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:-") ==
             length;
}

/* An option's text in `value`; out of range: the nearest in it, and a problem. */
static void read_option(Link *link, Part *part, int row, int contender, const char *value) {
  Error error;
  const Option *option = &option_table[row];
  Status status = config_set(&part->config, option->key, value, &error);
  if (!status)
    return;
  LinkProblem *entry = problem(link, error.text, NULL);
  entry->option = row;
  entry->contender = contender;
  if (status == STATUS_RANGE && (option->type == OPTION_INTEGER || option->type == OPTION_REAL)) {
    Text nearest = {0};
    text_add_number(&nearest,
                    host_number(value) > option->maximum ? option->maximum : option->minimum);
    if (!nearest.failed)
      config_set(&part->config, option->key, text_string(&nearest), NULL);
    text_free(&nearest);
  }
}

/* STEP:KEY:VALUE between two commas, decoded; `end` behind it is a zero. */
static const char *read_change(char *at, uint64_t after, LinkChange *change) {
  char *key = strchr(at, ':'), *value = key ? strchr(key + 1, ':') : NULL;
  if (!value)
    return "is not STEP:KEY:VALUE";
  if (!whole_number(at, (size_t)(key - at), &change->step))
    return "does not begin with a step, a whole number";
  if (change->step < after)
    return "comes after a later step";
  *key++ = *value++ = 0;
  change->option = option_find(key);
  Config config;
  Text text = {0};
  config_default(&config);
  const char *wrong = NULL;
  if (change->option < 0 || !(option_table[change->option].flags & OPTION_LIVE))
    wrong = "names nothing that may change in mid-run";
  else if (config_set(&config, key, value, NULL))
    wrong = "has a value that is no number or out of range";
  else
    config_print_value(&config, change->option, &text);
  if (!wrong && (text.failed || text.length >= sizeof change->value))
    wrong = "has too long a value";
  if (!wrong)
    memcpy(change->value, text_string(&text), text.length + 1);
  text_free(&text);
  value[-1] = key[-1] = ':'; /* as it was, for the problem's text */
  return wrong;
}

static Status read_changes(Link *link, Part *part, char *value, Error *error) {
  uint64_t after = 0;
  for (char *at = value; at;) {
    char *end = strchr(at, ',');
    if (end)
      *end = 0;
    LinkChange change;
    const char *wrong = read_change(at, after, &change);
    if (!wrong && part->change_count == LINK_CHANGES_MAXIMUM) {
      problem_at(link, at, strlen(at), "and what follows are more changes than a link may have",
                 NULL);
      break;
    }
    if (wrong)
      problem_at(link, at, strlen(at), wrong, NULL);
    else {
      if (!(part->change_count & (part->change_count + 1))) { /* full at 0, 1, 3, 7, ... */
        size_t room = 2 * (size_t)part->change_count + 1;
        LinkChange *more = realloc(part->changes, room * sizeof *more);
        if (!more)
          return error_set(error, STATUS_MEMORY, "out of memory for a link");
        part->changes = more;
      }
      part->changes[part->change_count++] = change;
      after = change.step;
    }
    at = end ? end + 1 : NULL;
  }
  return STATUS_OK;
}

/* One of `words`, decoded; NULL, or what is wrong with it. */
static const char *read_word(Link *link, Part *part, enum Word word, const char *value) {
  char *text = word == WORD_VIEW     ? link->view
               : word == WORD_SORT   ? link->sort
               : word == WORD_LESSON ? link->lesson
               : word == WORD_ENGINE ? link->engine
                                     : NULL;
  int *flag = word == WORD_OWN         ? &link->own
              : word == WORD_PROJECTOR ? &link->projector
              : word == WORD_EMBED     ? &link->embed
                                       : NULL;
  if (text) {
    if (!word_is_fine(value))
      return "is no word of at most 40 letters, digits, points, colons and hyphens";
    memcpy(text, value, strlen(value) + 1);
    return NULL;
  }
  if (flag) {
    if (strcmp(value, "0") && strcmp(value, "1"))
      return "is neither 0 nor 1";
    *flag = *value == '1';
    return NULL;
  }
  switch (word) {
  case WORD_ONLY:
    if (strcmp(value, "a") && strcmp(value, "b"))
      return "is neither a nor b";
    link->only = 1 + (*value == 'b');
    return NULL;
  case WORD_AT:
    link->has_at = whole_number(value, strlen(value), &link->at);
    return link->has_at ? NULL : "is no whole number of steps";
  case WORD_DATA_HASH:
    link->has_data_hash = sixteen_digits(value, &link->data_hash);
    return link->has_data_hash ? NULL : "is not 16 hexadecimal digits";
  default:
    if (sixteen_digits(value, &part->fingerprint))
      return NULL;
    part->said &= ~(1u << word);
    return "is not 16 hexadecimal digits";
  }
}

static void read_version(Link *link, const char *value) {
  uint64_t version;
  char shown[64], text[160];
  if (whole_number(value, strlen(value), &version) && version == LINK_VERSION)
    return;
  format_text(text, sizeof text, "the link is of version %s, and this program reads version %d",
              plain(value, strlen(value), shown, 30), LINK_VERSION);
  problem(link, text, "what is known of it");
}

/* What stands between two &: at[0 .. length - 1]. `key` has room for length + 2 bytes. */
static Status read_pair(Link *link, Part *parts, const char *at, size_t length, char *key,
                        Error *error) {
  const char *equals = memchr(at, '=', length);
  if (!equals || equals == at) {
    problem_at(link, at, length, "is not of the form key=value", NULL);
    return STATUS_OK;
  }
  size_t key_length = (size_t)(equals - at);
  char *value = key + key_length + 1;
  if (config_decode(at, key_length, key, NULL) ||
      config_decode(equals + 1, length - key_length - 1, value, NULL)) {
    problem_at(link, at, length, "has a broken percent code", NULL);
    return STATUS_OK;
  }
  int which = key[0] == 'a' && key[1] == '.'   ? PART_A
              : key[0] == 'b' && key[1] == '.' ? PART_B
                                               : PART_BOTH;
  const char *name = which == PART_BOTH ? key : key + 2;
  Part *part = &parts[which];
  int row = option_find(name), word = 0;
  while (word < WORD_COUNT && strcmp(words[word], name))
    word++;
  int contenders_own = row >= 0 ? !(option_table[row].flags & OPTION_SHARED)
                                : word == WORD_FINGERPRINT || word == WORD_CHANGES;
  if ((row < 0 && word == WORD_COUNT) || (row >= 0 && option_table[row].flags & OPTION_LOCAL)) {
    problem_at(link, at, length, "is not known to this version", NULL);
    return STATUS_OK;
  }
  if (which != PART_BOTH && !contenders_own) {
    problem_at(link, at, length, "is for one contender, but both have the same", NULL);
    return STATUS_OK;
  }
  if (row >= 0 ? part->config.given >> row & 1 : part->said >> word & 1) {
    problem_at(link, at, length, "says again what was said before", "the first");
    return STATUS_OK;
  }
  if (row >= 0) {
    read_option(link, part, row, which == PART_B, value);
    return STATUS_OK;
  }
  part->said |= 1u << word;
  if (word == WORD_VERSION)
    read_version(link, value);
  else if (word == WORD_CHANGES)
    return read_changes(link, part, value, error);
  else {
    const char *wrong = read_word(link, part, (enum Word)word, value);
    if (wrong)
      problem_at(link, at, length, wrong, NULL);
  }
  return STATUS_OK;
}

/* ---- what was left out -------------------------------------------------------------------------
 */

/* The data of a preset, a row of dataset_table. */
static int preset_data(const Preset *preset) {
  Config config;
  config_default(&config);
  config_parse(&config, preset->shared, NULL);
  return (int)config.data;
}

static const Preset *opening_preset(void) {
  for (int k = 0; k < preset_count; k++)
    if (dataset_table[preset_data(&preset_table[k])].generated)
      return &preset_table[k];
  return preset_table;
}

/* The preset that lends a contender that is not mentioned. */
static const Preset *preset_of(int data) {
  for (int k = 0; k < preset_count; k++)
    if (preset_data(&preset_table[k]) == data)
      return &preset_table[k];
  return opening_preset();
}

/* Options of contenders that `config` has been given. */
static uint64_t own_options(const Config *config) {
  uint64_t own = 0;
  for (int k = 0; k < option_count; k++)
    if (!(option_table[k].flags & OPTION_SHARED))
      own |= 1ull << k;
  return config->given & own;
}

static void take_all(Config *config, const Config *from, unsigned flags) {
  for (int k = 0; k < option_count; k++)
    if (from->given >> k & 1 && (option_table[k].flags & flags) == flags)
      config_take(config, from, k);
}

static void fill_configs(Link *link, const Part *parts) {
  const Config *both = &parts[PART_BOTH].config;
  link->empty = !both->given && !parts[PART_A].config.given && !parts[PART_B].config.given;
  const Preset *preset = link->empty ? opening_preset() : preset_of((int)both->data);
  for (int c = 0; c < 2; c++) {
    Config *config = &link->contender[c].config, lent;
    config_default(config);
    config_default(&lent);
    config_parse(&lent, c ? preset->b : preset->a, NULL);
    if (link->empty)
      config_parse(config, preset->shared, NULL);
    int mentioned = own_options(both) || own_options(&parts[c].config);
    take_all(config, &lent, mentioned ? OPTION_SAID : 0);
    take_all(config, both, 0);
    take_all(config, &parts[c].config, 0);
  }
}

static void note_conflict(Link *link, const char *what, int row, int contender) {
  LinkProblem *entry = problem(link, what, NULL);
  entry->option = row;
  entry->contender = contender;
}

/* Resolves; options that contradict one another lose, the last of the table first, their values. */
static void resolve(Link *link) {
  for (int c = 0; c < 2; c++) {
    Config *config = &link->contender[c].config;
    Error error, next;
    while (config_resolve(config, &error)) {
      int row = -1;
      for (int k = option_count - 1; k >= 0; k--) {
        if (!(config->given >> k & 1))
          continue;
        row = row < 0 ? k : row; /* nothing helps: the last one goes */
        Config trial = *config;
        config_reset(&trial, k);
        if (!config_resolve(&trial, &next) || strcmp(next.text, error.text)) {
          row = k;
          break;
        }
      }
      if (row < 0)
        break; /* the defaults contradict one another: config_test.c knows that they don't */
      note_conflict(link, error.text, row, c);
      config_reset(config, row);
      if (option_table[row].flags & OPTION_SHARED)
        config_reset(&link->contender[!c].config, row);
    }
  }
}

/* Says of problems with an option what is in force now. */
static void say_what_is_used(Link *link) {
  for (uint32_t k = 0; k < link->problem_count && k < LINK_PROBLEMS_MAXIMUM; k++) {
    LinkProblem *entry = &link->problems[k];
    if (entry->option < 0)
      continue;
    Text value = {0};
    config_print_value(&link->contender[entry->contender].config, entry->option, &value);
    format_text(entry->used, sizeof entry->used, "%s=%.100s", option_table[entry->option].key,
                text_string(&value));
    text_free(&value);
  }
}

/* Fingerprints and changes: the contender's own, else those of both. */
static Status fill_contender(LinkContender *contender, const Part *own, const Part *both,
                             Error *error) {
  const Part *part = own->said >> WORD_FINGERPRINT & 1 ? own : both;
  contender->has_fingerprint = (int)(part->said >> WORD_FINGERPRINT & 1);
  contender->fingerprint = contender->has_fingerprint ? part->fingerprint : 0;
  part = own->said >> WORD_CHANGES & 1 ? own : both;
  if (!part->change_count)
    return STATUS_OK;
  contender->changes = malloc(part->change_count * sizeof *part->changes);
  if (!contender->changes)
    return error_set(error, STATUS_MEMORY, "out of memory for a link");
  memcpy(contender->changes, part->changes, part->change_count * sizeof *part->changes);
  contender->change_count = part->change_count;
  return STATUS_OK;
}

/* What only the whole shows: keys of a contender that `only` leaves out, changes that the step to stop
 * at leaves out. */
static void check_together(Link *link, const Part *parts) {
  int other = 2 - link->only; /* only = a: 1, b: 0 */
  if (link->only && (parts[other].said || parts[other].config.given)) {
    char what[120];
    format_text(what, sizeof what,
                "only=%c leaves %c out, but the link has keys that begin with %c.",
                LETTERS[link->only - 1], LETTERS[other], LETTERS[other]);
    problem(link, what, "the settings, without what is compared or changed");
    free(link->contender[other].changes);
    link->contender[other].changes = NULL;
    link->contender[other].change_count = 0;
    link->contender[other].has_fingerprint = 0;
    link->contender[other].fingerprint = 0;
  }
  for (int c = 0; link->has_at && c < 2; c++) {
    LinkContender *contender = &link->contender[c];
    uint32_t kept = contender->change_count;
    while (kept && contender->changes[kept - 1].step > link->at)
      kept--;
    if (kept == contender->change_count)
      continue;
    char what[160];
    format_text(what, sizeof what,
                "%c is changed at step %" PRIu64 ", but the link stops at step %" PRIu64,
                LETTERS[c], contender->changes[kept].step, link->at);
    problem(link, what, "the run without that change");
    contender->change_count = kept;
  }
}

Status link_parse(const char *text, size_t length, Link *link, Error *error) {
  *link = (Link){0};
  Status status = STATUS_OK;
  const char *hash = memchr(text, '#', length);
  const char *at = hash ? hash + 1 : text, *end = text + length;
  Part *parts = calloc(PARTS, sizeof *parts);
  if (!parts)
    return error_set(error, STATUS_MEMORY, "out of memory for a link");
  for (int k = 0; k < PARTS; k++)
    config_default(&parts[k].config);
  if (end - at > LINK_LONGEST) {
    char what[120];
    format_text(what, sizeof what, "the link has %zu characters; at most %d are read",
                (size_t)(end - at), LINK_LONGEST);
    problem(link, what, "nothing of it");
    at = end;
  }
  char *room = malloc((size_t)(end - at) + 2);
  if (!room)
    status = error_set(error, STATUS_MEMORY, "out of memory for a link");
  while (!status && at < end) {
    const char *next = memchr(at, '&', (size_t)(end - at));
    size_t part = (size_t)((next ? next : end) - at);
    if (memchr(at, 0, part))
      problem_at(link, at, part, "has a byte that no link has", NULL);
    else if (part)
      status = read_pair(link, parts, at, part, room, error);
    at = next ? next + 1 : end;
  }
  fill_configs(link, parts);
  resolve(link);
  say_what_is_used(link);
  for (int c = 0; !status && c < 2; c++)
    status = fill_contender(&link->contender[c], &parts[c], &parts[PART_BOTH], error);
  if (!status)
    check_together(link, parts);
  for (int k = 0; k < PARTS; k++)
    free(parts[k].changes);
  free(parts);
  free(room);
  if (status)
    link_free(link);
  return status;
}

Status link_parse_strict(const char *text, size_t length, Link *link, Error *error) {
  Status status = link_parse(text, length, link, error);
  if (status || !link->problem_count)
    return status;
  uint32_t more = link->problem_count - 1;
  char others[48] = "";
  if (more)
    format_text(others, sizeof others, "; %u other problem%s", more, more > 1 ? "s" : "");
  status = error_set(error, STATUS_USAGE, "the link cannot be used: %s%s", link->problems[0].what,
                     others);
  link_free(link);
  return status;
}

void link_free(Link *link) {
  for (int c = 0; c < 2; c++)
    free(link->contender[c].changes);
  *link = (Link){0};
}

/* ---- printing -------------------------------------------------------------------------------- */

static void add_changes(const LinkContender *contender, Text *text) {
  for (uint32_t k = 0; k < contender->change_count; k++) {
    const LinkChange *change = &contender->changes[k];
    text_add(text, "%s%" PRIu64 ":%s:%s", k ? "," : "", change->step,
             option_table[change->option].key, change->value);
  }
}

void link_print(const Link *link, Text *text) {
  static const char *const prefixes[] = {"a.", "b."};
  text_add(text, "#v=%d", LINK_VERSION);
  if (link->only)
    text_add(text, "&only=%c", LETTERS[link->only - 1]);
  config_print_part(&link->contender[0].config, 1, "", 0, text);
  for (int c = 0; c < 2; c++)
    if (!link->only || link->only == c + 1)
      config_print_part(&link->contender[c].config, 0, prefixes[c], 0, text);
  for (int c = 0; c < 2; c++)
    if (link->contender[c].change_count && (!link->only || link->only == c + 1)) {
      text_add(text, "&%schanges=", prefixes[c]);
      add_changes(&link->contender[c], text);
    }
  if (link->has_at)
    text_add(text, "&at=%" PRIu64, link->at);
  for (int c = 0; c < 2; c++)
    if (link->contender[c].has_fingerprint && (!link->only || link->only == c + 1))
      text_add(text, "&%sfp=%016" PRIx64, prefixes[c], link->contender[c].fingerprint);
  if (link->engine[0])
    text_add(text, "&engine=%s", link->engine);
  if (link->own)
    text_add(text, "&own=1");
  if (link->has_data_hash)
    text_add(text, "&data-hash=%016" PRIx64, link->data_hash);
  const char *const shown[][2] = {
      {"view", link->view}, {"sort", link->sort}, {"lesson", link->lesson}};
  for (int k = 0; k < 3; k++)
    if (shown[k][1][0])
      text_add(text, "&%s=%s", shown[k][0], shown[k][1]);
  if (link->projector)
    text_add(text, "&projector=1");
  if (link->embed)
    text_add(text, "&embed=1");
}

/* Adds {"KEY":"text",...} of the options that were said or that links always say. */
static void add_settings(const Config *config, int shared, Text *text) {
  int first = 1;
  text_add(text, "{");
  for (int k = 0; k < option_count; k++) {
    const Option *option = &option_table[k];
    if (!(option->flags & OPTION_SHARED) == !!shared || option->flags & OPTION_LOCAL ||
        (!(config->given >> k & 1) && !(option->flags & OPTION_SAID)))
      continue;
    Text value = {0};
    config_print_value(config, k, &value);
    text_add(text, "%s\"%s\":", first ? "" : ",", option->key);
    text_add_json_string(text, text_string(&value));
    text->failed |= value.failed;
    text_free(&value);
    first = 0;
  }
  text_add(text, "}");
}

static void add_fingerprint(const LinkContender *contender, Text *text) {
  if (contender->has_fingerprint)
    text_add(text, "\"%016" PRIx64 "\"", contender->fingerprint);
  else
    text_add(text, "null");
}

static void add_changes_json(const LinkContender *contender, Text *text) {
  text_add(text, "[");
  for (uint32_t k = 0; k < contender->change_count; k++) {
    const LinkChange *change = &contender->changes[k];
    text_add(text, "%s{\"step\":%" PRIu64 ",\"key\":\"%s\",\"value\":\"%s\"}", k ? "," : "",
             change->step, option_table[change->option].key, change->value);
  }
  text_add(text, "]");
}

void link_json(const Link *link, Text *text) {
  const LinkContender *a = &link->contender[0], *b = &link->contender[1];
  text_add(text, "{\"empty\":%s,\"only\":", link->empty ? "true" : "false");
  if (link->only)
    text_add(text, "\"%c\"", LETTERS[link->only - 1]);
  else
    text_add(text, "null");
  text_add(text, ",\"shared\":");
  add_settings(&a->config, 1, text);
  text_add(text, ",\"a\":");
  add_settings(&a->config, 0, text);
  text_add(text, ",\"b\":");
  add_settings(&b->config, 0, text);
  text_add(text, ",\"at\":");
  if (link->has_at)
    text_add(text, "%" PRIu64, link->at);
  else
    text_add(text, "null");
  text_add(text, ",\"fingerprints\":{\"a\":");
  add_fingerprint(a, text);
  text_add(text, ",\"b\":");
  add_fingerprint(b, text);
  text_add(text, "},\"changes\":{\"a\":");
  add_changes_json(a, text);
  text_add(text, ",\"b\":");
  add_changes_json(b, text);
  text_add(text, "},\"engine\":\"%s\",\"own\":%s,\"data_hash\":", link->engine,
           link->own ? "true" : "false");
  if (link->has_data_hash)
    text_add(text, "\"%016" PRIx64 "\"", link->data_hash);
  else
    text_add(text, "null");
  text_add(text, ",\"view\":\"%s\",\"sort\":\"%s\",\"lesson\":\"%s\",\"projector\":%s,\"embed\":%s",
           link->view, link->sort, link->lesson, link->projector ? "true" : "false",
           link->embed ? "true" : "false");
  text_add(text, ",\"problems\":[");
  uint32_t kept =
      link->problem_count < LINK_PROBLEMS_MAXIMUM ? link->problem_count : LINK_PROBLEMS_MAXIMUM;
  for (uint32_t k = 0; k < kept; k++) {
    text_add(text, "%s{\"what\":", k ? "," : "");
    text_add_json_string(text, link->problems[k].what);
    text_add(text, ",\"used\":");
    if (link->problems[k].used[0])
      text_add_json_string(text, link->problems[k].used);
    else
      text_add(text, "null");
    text_add(text, "}");
  }
  if (link->problem_count > kept)
    text_add(text, ",{\"what\":\"%u more\",\"used\":null}", link->problem_count - kept);
  text_add(text, "]}");
}
