/* link_test.c: the whole link: what every key means, what is left out, round trips, and everything
 * that a stranger may put into it. Depends on check.h, link.h, dataset.h, random.h. */
#include "link.h"

#include "check.h"
#include "dataset.h"
#include "random.h"

static Link parse(const char *text) {
  Link link;
  Error error;
  CHECK(link_parse(text, strlen(text), &link, &error) == STATUS_OK, "%.80s", text);
  return link;
}

static const char *print(const Link *link) {
  static Text text;
  text_clear(&text);
  link_print(link, &text);
  return text_string(&text);
}

static const char *json(const Link *link) {
  static Text text;
  text_clear(&text);
  link_json(link, &text);
  return text_string(&text);
}

/* Reads as `printed`, without problems, and `printed` reads as itself. */
static void reads_as(const char *text, const char *printed) {
  Link link = parse(text);
  CHECK(link.problem_count == 0, "%s: %s", text, link.problems[0].what);
  CHECK(!strcmp(print(&link), printed), "%s\n  became %s\n  wanted %s", text, print(&link),
        printed);
  Link again = parse(printed);
  CHECK(!strcmp(print(&again), printed), "%s became %s", printed, print(&again));
  char first[8192];
  snprintf(first, sizeof first, "%s", print(&link));
  CHECK(strlen(first) < sizeof first - 1);
  for (int c = 0; c < 2; c++)
    if (!link.only || link.only == c + 1)
      for (int k = 0; k < option_count; k++) {
        Text one = {0}, other = {0};
        config_print_value(&link.contender[c].config, k, &one);
        config_print_value(&again.contender[c].config, k, &other);
        CHECK(!strcmp(text_string(&one), text_string(&other)), "%s: %s", text, option_table[k].key);
        text_free(&one);
        text_free(&other);
      }
  link_free(&link);
  link_free(&again);
}

/* Has exactly one problem, which says `word`; `used` stands in its place ("": nothing). Strict reading fails. */
static void complains(const char *text, const char *word, const char *used) {
  Link link = parse(text);
  Error error = {STATUS_OK, ""};
  CHECK(link.problem_count == 1, "%s: %u problems", text, link.problem_count);
  CHECK(strstr(link.problems[0].what, word), "%s: '%s' does not say %s", text,
        link.problems[0].what, word);
  CHECK(!strcmp(link.problems[0].used, used), "%s: used '%s', wanted '%s'", text,
        link.problems[0].used, used);
  link_free(&link);
  CHECK(link_parse_strict(text, strlen(text), &link, &error) == STATUS_USAGE, "%s", text);
  CHECK(error.status == STATUS_USAGE && strstr(error.text, word), "%s: %s", text, error.text);
  CHECK(!strchr(error.text, '\n'), "%s: %s", text, error.text);
  static const Link zeroed;
  CHECK(!memcmp(&link, &zeroed, sizeof link), "%s: not zeroed", text);
}

static void test_settings(void) {
  reads_as("v=1&data=moons&seed=3&a.regularizer=l1&a.lambda=1e-3&b.regularizer=arrangement",
           "#v=1&data=moons&seed=3&a.regularizer=l1&a.lambda=0.001&b.regularizer=arrangement");
  reads_as("#data=moons&layers=2,16,2&a.regularizer=none&b.regularizer=l2",
           "#v=1&data=moons&layers=2,16,2&a.regularizer=none&b.regularizer=l2");
  /* a contender's key without letter is for both; one with letter wins, in either order */
  reads_as("regularizer=l1&lambda=0.5&a.lambda=2",
           "#v=1&data=mnist&a.regularizer=l1&a.lambda=2&b.regularizer=l1&b.lambda=0.5");
  reads_as("a.lambda=2&lambda=0.5&regularizer=l1",
           "#v=1&data=mnist&a.regularizer=l1&a.lambda=2&b.regularizer=l1&b.lambda=0.5");
  /* the data's pair lends what is not mentioned */
  reads_as("#data=mnist&b.lambda=4e-5", "#v=1&data=mnist&a.regularizer=l1"
                                        "&b.regularizer=arrangement&b.lambda=4e-5");
  reads_as("https://example.org/filigree/?embed=1#v=1&data=xor&only=a&a.regularizer=l1",
           "#v=1&only=a&data=xor&a.regularizer=l1");
  reads_as("%64ata=%6doons&b.%6c1=0.5&a.regularizer=l1&b.regularizer=l1",
           "#v=1&data=moons&a.regularizer=l1&b.regularizer=l1&b.l1=0.5");
}

static void test_empty(void) {
  const char *const texts[] = {"", "#", "#&&", "#v=1", "#v=1&at=5", "view=x"};
  for (int k = 0; k < 6; k++) {
    Link link = parse(texts[k]);
    const Config *config = &link.contender[0].config;
    CHECK(link.empty && !link.problem_count, "'%s'", texts[k]);
    CHECK(dataset_table[(int)config->data].generated, "'%s' needs a download", texts[k]);
    Text whole = {0}; /* the opening preset, word for word */
    int found = 0;
    for (int p = 0; p < preset_count && !found; p++) {
      Link said;
      const Preset *preset = &preset_table[p];
      text_clear(&whole);
      text_add(&whole, "%s", preset->shared);
      const char *const own[] = {preset->a, preset->b};
      for (int c = 0; c < 2; c++) {
        Config contender;
        config_default(&contender);
        CHECK(!config_parse(&contender, own[c], NULL) && !config_resolve(&contender, NULL));
        config_print_part(&contender, 0, c ? "b." : "a.", 0, &whole);
      }
      said = parse(text_string(&whole));
      char first[1024];
      snprintf(first, sizeof first, "%s", print(&said));
      link.has_at = 0;
      link.view[0] = 0;
      found = !strcmp(first, print(&link));
      link_free(&said);
    }
    CHECK(found, "'%s' opens %s", texts[k], print(&link));
    text_free(&whole);
    link_free(&link);
  }
}

static void test_words(void) {
  reads_as("data=moons&a.regularizer=l1&b.regularizer=l2&at=120&a.fp=0123456789ABCDEF"
           "&b.fp=00000000000000ff&engine=1&view=filigree&sort=strength&lesson=zeros:3&projector=1"
           "&embed=1&b.changes=7:lambda:1e-2,7:l1:0,90:mix:.5&data-hash=00000000000000aa&own=1",
           "#v=1&data=moons&a.regularizer=l1&b.regularizer=l2"
           "&b.changes=7:lambda:0.01,7:l1:0,90:mix:0.5&at=120&a.fp=0123456789abcdef"
           "&b.fp=00000000000000ff&engine=1&own=1&data-hash=00000000000000aa&view=filigree"
           "&sort=strength&lesson=zeros:3&projector=1&embed=1");
  Link link = parse("fp=00000000000000ff&a.fp=0000000000000001&changes=3:l1:1&b.changes=4:l1:2");
  CHECK(link.contender[0].fingerprint == 1 && link.contender[1].fingerprint == 255);
  CHECK(link.contender[0].changes[0].step == 3 && link.contender[1].changes[0].step == 4);
  CHECK(strstr(json(&link), "\"changes\":{\"a\":[{\"step\":3,\"key\":\"l1\",\"value\":\"1\"}],"),
        "%s", json(&link));
  link_free(&link);
  for (int k = 0; k < option_count;
       k++) { /* a word that is also an option would hide one of them */
    static const char *const taken[] = {"v",     "only", "at",     "engine", "data-hash",
                                        "own",   "view", "sort",   "lesson", "projector",
                                        "embed", "fp",   "changes"};
    for (int w = 0; w < 13; w++)
      CHECK(strcmp(option_table[k].key, taken[w]), "%s", taken[w]);
  }
}

static void test_problems(void) {
  complains("#colour=red&seed=2", "colour=red", "");
  complains("#a.seed=3&data=xor", "both have the same", "");
  complains("#c.lambda=3&data=xor", "c.lambda", "");
  complains("#data-dir=/etc&data=xor", "data-dir", "");
  complains("#data=cats", "cats", "data=moons"); /* nothing else is said: the opening preset */
  complains("#data=xor&seed=1.5", "whole number", "seed=1");
  complains("#data=xor&seed=", "number", "seed=1");
  complains("#a.regularizer=l1&a.lambda=abc", "number", "lambda=0.0001");
  complains("#a.regularizer=l1&a.lambda=-1", "out of range", "lambda=0");
  complains("#epochs=999999999", "out of range", "epochs=100000");
  complains("#data=xor&epochs=0&ramp=0&finetune=0", "nothing to train", "finetune=20");
  complains("#data=xor&average=3&finetune=2", "average=3", "average=0");
  complains("#data=xor&=3", "key=value", "");
  complains("#data=xor&seed", "key=value", "");
  complains("#data=xor&seed=%zz", "percent", "");
  complains("#data=xor&seed=%0", "percent", "");
  complains("#data=xor&seed=1%00", "percent", "");
  complains("#seed=3&seed=4", "again", "the first");
  complains("#data=xor&at=5&at=6", "again", "the first");
  complains("#v=2&data=xor", "version 2", "what is known of it");
  complains("#v=x&data=xor", "version x", "what is known of it");
  complains("#data=xor&at=-1", "whole number", "");
  complains("#data=xor&at=99999999999999999999", "whole number", "");
  complains("#data=xor&a.fp=123", "16 hex", "");
  complains("#data=xor&a.at=5", "both have the same", "");
  complains("#data=xor&only=c", "neither", "");
  complains("#data=xor&embed=yes", "neither", "");
  complains("#data=xor&view=a%20b", "word", "");
  complains("#data=xor&view=", "word", "");
  complains("#data=xor&changes=5", "STEP:KEY:VALUE", "");
  complains("#data=xor&changes=5:seed:3", "mid-run", "");
  complains("#data=xor&changes=x:l1:3", "step", "");
  complains("#data=xor&changes=5:l1:-3,6:l1:0", "range", "");
  complains("#data=xor&changes=5:l1:3,4:l1:0", "later step", "");
  complains("#data=xor&%1b[31m=1", "not known", "");
  complains("#data=xor&\x1b[31m=1", "?[31m=1", "");
  complains("#data=\x1b[31m%0a", "?[31m?", "data=moons");
  Link link = parse("#data=xor&seed=1.5&colour=1&seed=3");
  CHECK(link.problem_count == 2 && link.contender[0].config.seed == 3,
        "a value that was not taken leaves room for another");
  link_free(&link);
  /* two that contradict others, at once */
  link = parse("#data=xor&average=30&finetune=3&polish=0.5&optimizer=sgd");
  CHECK(link.problem_count == 2, "%u", link.problem_count);
  Error error;
  CHECK(!config_resolve(&link.contender[0].config, &error), "%s", error.text);
  CHECK(!config_resolve(&link.contender[1].config, &error), "%s", error.text);
  link_free(&link);
}

/* Problems keep nothing that a terminal or a page must fear, and no more than fits. */
static void sane(const Link *link) {
  uint32_t kept = link->problem_count < LINK_PROBLEMS_MAXIMUM ? link->problem_count
                                                              : (uint32_t)LINK_PROBLEMS_MAXIMUM;
  for (uint32_t k = 0; k < kept; k++)
    for (const char *at = link->problems[k].what; *at; at++)
      CHECK(*at >= ' ' && *at < 127, "byte %d in a problem", *at);
  for (int c = 0; c < 2; c++) {
    Config config = link->contender[c].config;
    CHECK(!config_resolve(&config, NULL));
  }
}

static void test_hostile(void) {
  enum { LONG = 1000000 };
  char *text = malloc(LONG + 1);
  const char *const repeated[] = {"seed=3&", "%", "&", "=", "a.changes=1:l1:1,", "1:l1:1,", "#"};
  for (int k = 0; k < 7; k++) {
    size_t length = strlen(repeated[k]);
    for (size_t at = 0; at < LONG; at++)
      text[at] = repeated[k][at % length];
    text[LONG] = 0;
    for (size_t size = LONG; size; size = size > LINK_LONGEST ? LINK_LONGEST : 0) {
      Link link;
      CHECK(link_parse(text, size, &link, NULL) == STATUS_OK);
      CHECK(size <= LINK_LONGEST || link.problem_count >= 1, "a long link was read");
      sane(&link);
      link_free(&link);
    }
  }
  /* more changes than a link may have */
  Text many = {0};
  text_add(&many, "data=xor&a.changes=");
  for (int k = 0; k < LINK_CHANGES_MAXIMUM + 5; k++)
    text_add(&many, "%s%d:l1:1e-3", k ? "," : "", k);
  Link link = parse(text_string(&many));
  CHECK(link.problem_count == 1 && link.contender[0].change_count == LINK_CHANGES_MAXIMUM);
  text_free(&many);
  char first[65536];
  snprintf(first, sizeof first, "%s", print(&link));
  link_free(&link);
  link = parse(first);
  CHECK(!link.problem_count && link.contender[0].change_count == LINK_CHANGES_MAXIMUM);
  CHECK(!strcmp(first, print(&link)), "a thousand changes");
  link_free(&link);
  /* every byte, everywhere */
  for (int byte = 0; byte < 256; byte++) {
    int length = snprintf(text, LONG, "#_=_&seed=_&_.lambda=1&a._=2&data=%%_&_v=1&view=_&at=_");
    for (int k = 0; k < length; k++)
      text[k] = text[k] == '_' ? (char)byte : text[k];
    Link any;
    CHECK(link_parse(text, (size_t)length, &any, NULL) == STATUS_OK);
    sane(&any);
    CHECK(json(&any)[0] == '{');
    link_free(&any);
  }
  free(text);
}

/* Links by chance, from pieces that mean something: what is printed reads as the same. */
static void test_random(void) {
  static const char *const pieces[] = {
      "a.",       "b.",    "=",     "&",  "1",   "0",  "-",   "e",   ".",
      ":",        ",",     "%",     "%3", "%41", "at", "v=1", "fp=", "0123456789abcdef",
      "changes=", "view=", "only=", "a",  "#"};
  Random random = random_stream(check_seed, RANDOM_DATA, 17, 0);
  for (int round = 0; round < 3000; round++) {
    char text[512] = "";
    for (int k = (int)random_below(&random, 30); k >= 0; k--) {
      uint32_t draw = random_below(&random, (uint32_t)(23 + option_count));
      const char *piece = draw < 23 ? pieces[draw] : option_table[draw - 23].key;
      if (strlen(text) + strlen(piece) + 2 < sizeof text)
        strcat(text, piece);
    }
    Link link = parse(text);
    sane(&link);
    char first[8192];
    snprintf(first, sizeof first, "%s", print(&link));
    Link again = parse(first);
    CHECK(!again.problem_count, "%s\n  gave %s: %s", text, first, again.problems[0].what);
    CHECK(!strcmp(first, print(&again)), "%s\n  gave %s\n  then %s", text, first, print(&again));
    link_free(&again);
    link_free(&link);
  }
}

int main(int count, char **words) {
  check_start(count, words);
  test_settings();
  test_empty();
  test_words();
  test_problems();
  test_hostile();
  test_random();
  return check_finish();
}
