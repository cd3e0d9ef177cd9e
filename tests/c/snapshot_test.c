/* snapshot_test.c: a run that was saved goes on elsewhere to the same bits, wherever it was interrupted, whatever its
 * settings and its pool. And bytes that are no snapshot of this run: an error, nothing changed. */
#include "check.h"

#include <stddef.h>

#include "analysis.h"
#include "memory.h"
#include "random.h"
#include "snapshot.h"
#include "trainer.h"

static Config settings(const char *text) {
  Config config;
  Error error = {STATUS_OK, ""};
  config_default(&config);
  Status status = config_parse(&config, text, &error);
  if (!status)
    status = config_resolve(&config, &error);
  CHECK(!status, "%s: %s", text, error.text);
  return config;
}

/* Pictures that are mostly dark, as files give them: their inputs go by the nonzeros. */
static Dataset dark_pictures(void) {
  enum { INPUTS = 48, CLASSES = 4 };
  Dataset dataset = {.inputs = INPUTS, .classes = CLASSES, .width = 8, .height = 6};
  Samples *parts[] = {&dataset.train, &dataset.test};
  Random random = random_stream(check_seed, RANDOM_DATA, 7, 7);
  for (int p = 0; p < 2; p++) {
    if (dataset_allocate_samples(parts[p], p ? 130 : 500, INPUTS, SAMPLE_BYTES, NULL))
      abort();
    for (uint32_t k = 0; k < parts[p]->count; k++) {
      uint32_t label = random_below(&random, CLASSES);
      parts[p]->labels[k] = (uint8_t)label;
      for (uint32_t i = 0; i < INPUTS; i++)
        if (random_below(&random, 5) == 0 || (i % CLASSES == label && random_below(&random, 2)))
          parts[p]->bytes[k * INPUTS + i] = (uint8_t)(1 + random_below(&random, 255));
    }
  }
  dataset.hash = dataset_hash(&dataset);
  return dataset;
}

static Dataset data_of(const char *text) {
  Config config = settings(text);
  if (!dataset_table[(int)config.data].generated)
    return dark_pictures();
  Dataset dataset;
  Error error = {STATUS_OK, ""};
  Status status = dataset_generate((int)config.data, (uint64_t)config.seed, &dataset, &error);
  if (!status && config.train_size > 0)
    status = dataset_subset(&dataset, (uint32_t)config.train_size, (uint64_t)config.seed, &error);
  if (!CHECK(!status, "%s: %s", text, error.text))
    exit(check_finish());
  return dataset;
}

static Trainer *make(const char *text, const Dataset *dataset, uint32_t threads) {
  Config config = settings(text);
  Trainer *trainer = NULL;
  Error error = {STATUS_OK, ""};
  if (!CHECK(!trainer_create(&config, dataset, threads, &trainer, &error), "%s: %s", text,
             error.text))
    exit(check_finish());
  return trainer;
}

/* What must not differ. */
typedef struct Outcome {
  uint64_t fingerprint, advances;
  TrainerState state;
  EpochRecord records[64];
  uint32_t record_count;
} Outcome;

static void read_outcome(Trainer *trainer, Outcome *outcome) {
  memset(outcome, 0, sizeof *outcome);
  outcome->fingerprint = analysis_fingerprint(trainer_network(trainer));
  outcome->state = trainer_state(trainer);
  const EpochRecord *records = trainer_records(trainer, &outcome->record_count);
  if (!CHECK(outcome->record_count <= 64))
    exit(check_finish());
  for (uint32_t k = 0; k < outcome->record_count; k++) {
    outcome->records[k] = records[k];
    outcome->records[k].seconds = 0;
  }
  outcome->state.seconds = outcome->state.train_seconds = 0;
  size_t event = offsetof(TrainerState, event) + sizeof outcome->state.event;
  memset((char *)&outcome->state + event, 0,
         offsetof(TrainerState, last_loss) - event); /* padding */
}

static int same(const Outcome *a, const Outcome *b) {
  return a->fingerprint == b->fingerprint && a->record_count == b->record_count &&
         !memcmp(a->records, b->records, sizeof a->records) &&
         !memcmp(&a->state, &b->state, sizeof a->state);
}

/* To the end; returns how many units of work that took. */
static uint64_t finish(Trainer *trainer, Outcome *outcome) {
  uint64_t advances = 0;
  TrainerEvent event;
  do {
    event = trainer_advance(trainer);
    advances++;
  } while (event != TRAINER_FINISHED && event != TRAINER_DIVERGED);
  read_outcome(trainer, outcome);
  return advances;
}

static void save(Trainer *trainer, uint8_t **bytes, size_t *length) {
  Error error = {STATUS_OK, ""};
  if (!CHECK(!trainer_save(trainer, bytes, length, &error), "%s", error.text))
    exit(check_finish());
}

/* A strength changes on the way, as on the page. */
typedef struct Change {
  uint64_t at;
  const char *key, *value;
} Change;

static void advance_to(Trainer *trainer, uint64_t from, uint64_t to, const Change *change) {
  for (uint64_t at = from; at < to; at++) {
    if (change && change->at == at)
      CHECK(!trainer_set(trainer, change->key, change->value, NULL));
    trainer_advance(trainer);
  }
}

/* Interrupts a run of `text` at `points` places. */
static void interrupt(const char *text, const Change *change, int points) {
  Dataset dataset = data_of(text);
  Outcome whole, again, here, there;
  Trainer *trainer = make(text, &dataset, 1);
  uint64_t total = 0;
  for (TrainerEvent event = TRAINER_STEP; event != TRAINER_FINISHED && event != TRAINER_DIVERGED;) {
    if (change && change->at == total)
      CHECK(!trainer_set(trainer, change->key, change->value, NULL));
    event = trainer_advance(trainer);
    total++;
  }
  read_outcome(trainer, &whole);
  CHECK(!change || change->at < total);
  trainer_free(trainer);

  Random random = random_stream(check_seed, RANDOM_DATA, total, (uint64_t)points);
  for (int point = 0; point < points; point++) {
    uint64_t at = point == 0            ? 0
                  : point == points - 1 ? total
                                        : random_below(&random, (uint32_t)total);
    uint32_t threads = 1 + (uint32_t)point % 3;
    Trainer *old = make(text, &dataset, threads);
    uint8_t *bytes, *second;
    size_t length, second_length;
    advance_to(old, 0, at, change);
    save(old, &bytes, &length);
    read_outcome(old, &here);

    /* into a fresh run of another number of threads; every other time, one that was elsewhere */
    Trainer *fresh = make(text, &dataset, 1 + (uint32_t)(point + 1) % 3);
    if (point % 2)
      advance_to(fresh, 0, random_below(&random, (uint32_t)total), NULL);
    Error error = {STATUS_OK, ""};
    CHECK(!trainer_restore(fresh, bytes, length, &error), "%s: %s", text, error.text);
    read_outcome(fresh, &there);
    CHECK(same(&here, &there), "%s at %llu", text, (unsigned long long)at);
    save(fresh, &second, &second_length);
    CHECK(second_length == length, "%s: %zu and %zu bytes", text, second_length, length);
    memory_free(second);
    if (change && change->at >= at) {
      advance_to(fresh, at, change->at + 1, change);
      advance_to(old, at, change->at + 1, change);
    }
    finish(fresh, &again);
    CHECK(same(&whole, &again), "%s from %llu of %llu: %016llx, not %016llx", text,
          (unsigned long long)at, (unsigned long long)total, (unsigned long long)again.fingerprint,
          (unsigned long long)whole.fingerprint);
    /* saving changed nothing */
    finish(old, &again);
    CHECK(same(&whole, &again), "%s saved at %llu", text, (unsigned long long)at);
    memory_free(bytes);
    trainer_free(old);
    trainer_free(fresh);
  }
  dataset_free(&dataset);
}

#define PLANTED "data=planted&train-size=400&layers=32,64,48,4&batch=100&ramp=1&"
#define PICTURES "data=mnist&layers=48,40,24,4&batch=64&ramp=1&"
#define SMALL "batch=128&ramp=1&"

static void all_settings(void) {
  static const char *const texts[] = {
      SMALL "data=moons&layers=2,7,5,2&epochs=2&finetune=2&lambda=1e-3",
      SMALL "data=circles&layers=2,9,2&epochs=2&finetune=1&regularizer=l1&lambda=1e-2&step=orthant",
      SMALL "data=xor&layers=2,8,8,2&epochs=1&finetune=2&optimizer=sgd&lr=0.1&regularizer=l2&"
            "lambda=1e-3&l1=1e-3",
      SMALL "data=spiral&layers=2,16,16,2&epochs=2&finetune=1&regularizer=hoyer-square&lambda=1e-3",
      /* no data set is too small: as many layers as there may be, one step an epoch */
      "data=moons&layers=2,3,4,5,4,3,2&epochs=3&finetune=3&batch=1024&lambda=1e-3",
      /* layers that become sparse, then packed */
      PLANTED "epochs=12&finetune=6&lambda=1e-2&l1=1e-2&lr=1e-2",
      PLANTED "epochs=12&finetune=6&regularizer=l1&lambda=2e-2&lr=1e-2&average=4&polish=0.2",
      PLANTED "epochs=6&finetune=3&regularizer=elastic-net&lambda=1e-2&dropout=0.3&input-noise=0.2",
      PLANTED "epochs=12&finetune=4&regularizer=l1&lambda=2e-2&lr=1e-2&input-noise=0.2&average=2",
      PLANTED "epochs=4&finetune=2&regularizer=group-lasso&lambda=1e-3&step=orthant&average=2",
      PICTURES "epochs=4&finetune=3&lambda=1e-4&average=2",
      PICTURES "epochs=9&finetune=3&regularizer=l1&lambda=2e-2&lr=1e-2&average=2&polish=0.1",
      PICTURES "epochs=9&finetune=3&regularizer=l1&lambda=2e-2&lr=1e-2&input-noise=0.1&dropout=0.1",
      PLANTED "epochs=0&finetune=3&average=2", PLANTED "epochs=3&finetune=0&regularizer=none",
      PLANTED "epochs=3&finetune=2&optimizer=sgd&lr=100&l1=10", /* diverges */
  };
  for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
    interrupt(texts[k], NULL, 8);
}

static void changes(void) {
  const char *text = PLANTED "epochs=6&finetune=3&lambda=1e-3&l1=1e-3&lr=1e-2";
  const Change early = {9, "lambda", "1e-2"}, late = {40, "lr", "5e-3"}, form = {17, "order", "2"};
  interrupt(text, &early, 7);
  interrupt(text, &late, 7);
  interrupt(text, &form, 7);
}

/* The packed path must have been walked, or the list above proves little. */
static void packed_is_reached(void) {
  const char *text = PLANTED "epochs=12&finetune=6&regularizer=l1&lambda=2e-2&lr=1e-2";
  Dataset dataset = data_of(text);
  Trainer *trainer = make(text, &dataset, 2);
  CHECK(trainer_threads(trainer) == 2);
  uint8_t *bytes;
  size_t dense, packed;
  int sparse = 0;
  SnapshotHeader header;
  save(trainer, &bytes, &dense);
  memory_free(bytes);
  while (trainer_state(trainer).epoch < 12) {
    trainer_advance(trainer);
    save(trainer, &bytes, &packed);
    memcpy(&header, bytes, sizeof header);
    for (int l = 0; l < LAYERS_MAXIMUM; l++)
      sparse |= header.mode[l] == 1;
    memory_free(bytes);
  }
  trainer_advance(trainer);
  save(trainer, &bytes, &packed);
  CHECK(sparse);
  CHECK(packed < dense / 2, "%zu and %zu bytes", packed, dense);
  memory_free(bytes);
  trainer_free(trainer);
  dataset_free(&dataset);
}

static void refuse(Trainer *trainer, const uint8_t *bytes, size_t length, Status wanted,
                   const char *word) {
  Error error = {STATUS_OK, ""};
  Outcome before, after;
  read_outcome(trainer, &before);
  Status status = trainer_restore(trainer, bytes, length, &error);
  CHECK(status == wanted, "%s, not %s: %s", status_name(status), status_name(wanted), error.text);
  CHECK(strstr(error.text, word) != NULL, "%s", error.text);
  read_outcome(trainer, &after);
  CHECK(same(&before, &after), "%s", error.text);
}

static void bad_snapshots(void) {
  const char *text = SMALL "data=moons&layers=2,7,5,2&epochs=2&finetune=2&lambda=1e-3";
  Dataset dataset = data_of(text), other = data_of("data=moons&seed=2"), planted = data_of(PLANTED);
  Trainer *trainer = make(text, &dataset, 1);
  uint8_t *bytes;
  size_t length;
  for (int k = 0; k < 11; k++)
    trainer_advance(trainer);
  save(trainer, &bytes, &length);
  for (int k = 0; k < 3; k++)
    trainer_advance(trainer);

  for (size_t cut = 0; cut < length; cut += cut < 8 ? 1 : 97)
    refuse(trainer, bytes, cut, STATUS_FORMAT, "snapshot");
  for (size_t at = 0; at < length; at += 13) {
    bytes[at] ^= (uint8_t)(1 << at % 8);
    refuse(trainer, bytes, length, STATUS_FORMAT, "snapshot");
    bytes[at] ^= (uint8_t)(1 << at % 8);
  }

  struct {
    const char *text;
    const Dataset *data;
    const char *word;
  } others[] = {
      {SMALL "data=moons&layers=2,7,5,2&epochs=2&finetune=3&lambda=1e-3", &dataset, "finetune"},
      {SMALL "data=moons&layers=2,7,5,2&epochs=2&finetune=2&regularizer=l1", &dataset,
       "regularizer"},
      {SMALL "data=moons&layers=2,7,6,2&epochs=2&finetune=2&lambda=1e-3", &dataset, "layers"},
      {SMALL "data=moons&layers=2,7,5,2&epochs=2&finetune=2&lambda=1e-3", &other, "other data"},
      {PLANTED, &planted, "other data"},
  };
  for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
    Trainer *stranger = make(others[k].text, others[k].data, 1);
    refuse(stranger, bytes, length, STATUS_STATE, others[k].word);
    trainer_free(stranger);
  }
  memory_free(bytes);
  trainer_free(trainer);
  dataset_free(&dataset);
  dataset_free(&other);
  dataset_free(&planted);
}

int main(int count, char **words) {
  check_start(count, words);
  all_settings();
  changes();
  packed_is_reached();
  bad_snapshots();
  return check_finish();
}
