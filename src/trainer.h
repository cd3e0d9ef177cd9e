/* trainer.h: trains one contender: epochs with the regularizer, then fine-tuning, and the numbers
 * to show for it. The result is a function of (config, dataset) alone: not of threads, of timing,
 * of when somebody looked, or of another contender. Depends on config, dataset, network, pool,
 * kernels, optimizer formulas below, analysis, snapshot.
 *
 * The recipe (REGULARIZER.md's, with the growing part as below). Step s of S in the phase, t = s / S:
 *   rate      sparsify: lr (0.05 + 0.95 (1 + cos pi t) / 2); fine-tuning: lr / 2 (1 + cos pi t) / 2
 *   strength  lambda and l1, times min(1, s / (ramp epochs of steps))
 *   Adam      m = 0.9 m + 0.1 g, v = 0.999 v + 0.001 g^2, bias-corrected, eps 1e-8 (Kingma, Ba
 *             2015); |g| < 2^-50 counts as 0, m and v below 2^-120 become 0
 *   growth    where slope < 0 and the data's g is not 0, a quarter of slope * sign w joins g: all of
 *             it lets Adam, which divides by sqrt(v), blow up weights of rarely lit pixels
 *   proximal  after the step soft-threshold by rate * slope / (sqrt(v_hat) + eps) where slope > 0
 *             (SGD: by rate * slope)
 *   orthant   w != 0: g += slope * sign w where slope > 0; w = 0: g = soft(g, slope); a step across
 *             0 stops at 0
 * No kink at zero (L2 without l1): the whole slope joins the gradient. Batches: a fresh shuffle each epoch, the
 * last incomplete one dropped; in the first epoch the first 10,000 samples of the set come before
 * the others, so that training may begin while the rest still loads. */
#ifndef FILIGREE_TRAINER_H
#define FILIGREE_TRAINER_H

#include "analysis.h"
#include "config.h"
#include "dataset.h"
#include "network.h"

typedef enum TrainerEvent {
  TRAINER_STEP = 0,       /* a batch was trained */
  TRAINER_EVALUATION = 1, /* a slice of the test set was evaluated */
  TRAINER_EPOCH = 2,      /* an epoch is complete: its record is there */
  TRAINER_FINISHED = 3,   /* nothing left to do */
  TRAINER_DIVERGED = 4,   /* loss or weights are not finite; the run is over */
  TRAINER_WAITING = 5,    /* pictures from outside have not arrived: nothing was done */
} TrainerEvent;

typedef enum TrainerPhase { PHASE_SPARSIFY = 0, PHASE_FINETUNE = 1 } TrainerPhase;

/* What is known at the end of an epoch (1, 2, ...). Accuracies in percent. */
typedef struct EpochRecord {
  uint32_t epoch;
  TrainerPhase phase;
  double loss;           /* mean cross-entropy over the epoch's batches, label smoothing included */
  double train_accuracy; /* of the batches as they were trained on */
  double test_accuracy;  /* of the whole test set, at the epoch's end */
  uint64_t nonzeros, nonzeros_by_layer[NETWORK_LAYERS_MAXIMUM], live_nonzeros, bias_nonzeros;
  double penalty; /* lambda * sum over layers of R + l1 * sum |w|, full strength, at the end */
  double seconds; /* since the run began, evaluation included */
} EpochRecord;

typedef enum ProfileStage {
  PROFILE_GATHER,
  PROFILE_PENALTY,
  PROFILE_COLLECT,
  PROFILE_FORWARD,
  PROFILE_LOSS,
  PROFILE_BACKWARD,
  PROFILE_WAIT,
  PROFILE_GRADIENT,
  PROFILE_OPTIMIZER,
  PROFILE_EVALUATION,
  PROFILE_STAGES
} ProfileStage;
extern const char *const profile_names[PROFILE_STAGES];

typedef struct Trainer Trainer;

/* A trainer for a resolved config on `dataset`, which it borrows. `threads` is how many the pool
 * has. Errors: STATUS_RANGE (layers do not fit the data, batch larger than the training set,
 * budget), STATUS_MEMORY, STATUS_THREADS. */
Status trainer_create(const Config *config, const Dataset *dataset, uint32_t threads,
                      Trainer **trainer, Error *error);
void trainer_free(Trainer *trainer);

/* One unit of work: one batch, or one slice of an evaluation; nothing where pictures that stay outside
 * (dataset.h) have not arrived. */
TrainerEvent trainer_advance(Trainer *trainer);

/* Ends the run before its first step, so that its network may get other parameters, which
 * trainer_evaluate then evaluates. NULL after the first step. */
Network *trainer_end(Trainer *trainer);

/* Evaluates the test set now and returns the accuracy; before the first epoch it also becomes the
 * state's. Changes nothing of the run. NaN when the pictures have not arrived. */
double trainer_evaluate(Trainer *trainer);

/* Changes an option marked OPTION_LIVE from the next step on. STATUS_USAGE, STATUS_RANGE,
 * STATUS_STATE. */
Status trainer_set(Trainer *trainer, const char *key, const char *value, Error *error);

/* The run as it stands, in a byte string (snapshot.h) that memory_free frees. Nothing of the run
 * changes. STATUS_MEMORY. */
Status trainer_save(Trainer *trainer, uint8_t **bytes, size_t *length, Error *error);

/* Puts a trainer of the same config (live options apart) and dataset, with any number of threads,
 * where trainer_save was called: from there it makes the same bits, fingerprint and records.
 * Errors as snapshot_check; the trainer is unchanged then. */
Status trainer_restore(Trainer *trainer, const uint8_t *bytes, size_t length, Error *error);

/* Where the run stands. */
typedef struct TrainerState {
  uint64_t step, steps;   /* batches trained, of all in the run */
  uint32_t epoch, epochs; /* epochs complete, of all */
  uint32_t steps_per_epoch;
  TrainerPhase phase;
  TrainerEvent event;          /* FINISHED, DIVERGED, or what the last advance did */
  double last_loss;            /* of the last batch; NaN before the first */
  double test_accuracy;        /* the last evaluated; NaN before the first */
  double train_accuracy, loss; /* of the present epoch so far, or of the last one; NaN before */
  double rate, ramp;           /* learning rate and share of the strength at the next step */
  double train_seconds, seconds;
  uint64_t samples; /* trained on */
  double accuracy_before_finetune;
  uint64_t nonzeros_before_finetune;
  uint64_t diverged_step;
} TrainerState;
TrainerState trainer_state(const Trainer *trainer);

const Config *trainer_config(const Trainer *trainer);
const Network *trainer_network(Trainer *trainer);
const Kernels *trainer_kernels(const Trainer *trainer);
uint32_t trainer_threads(const Trainer *trainer);

/* Records of complete epochs; valid until the next advance. */
const EpochRecord *trainer_records(const Trainer *trainer, uint32_t *count);

/* A record of the present moment, as of an epoch that ends here: complete epochs, the loss and
 * accuracy of the present one so far, counts, and the test set evaluated now. Changes nothing of the
 * run. */
EpochRecord trainer_present(Trainer *trainer);

/* 1 between the last batch of an epoch and the end of its evaluation. */
int trainer_evaluating(const Trainer *trainer);

/* Present slope of each weight of a layer (strength included, sign: positive shrinks), row-major
 * [O][I]. STATUS_MEMORY. */
Status trainer_slopes(Trainer *trainer, uint32_t layer, float *slopes, Error *error);

/* Class probabilities for one sample of I inputs; `hidden`, which may be NULL, gets what the hidden
 * units give after ReLU, layer by layer. STATUS_MEMORY. */
Status trainer_predict(Trainer *trainer, const float *inputs, float *probabilities, float *hidden,
                       Error *error);

/* From now on each step's seconds are booked to stages (thread 0's view). */
void trainer_profile(Trainer *trainer, int enabled);
const double *trainer_profile_seconds(const Trainer *trainer);

#endif
