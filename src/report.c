/* report.c: see report.h. */
#include "report.h"

#include <inttypes.h>

static const char *phase_name(TrainerPhase phase) {
  return phase == PHASE_SPARSIFY ? "sparsify" : "finetune";
}

static void add(Text *text, const char *key, double value) {
  text_add(text, "\"%s\":", key);
  text_add_number(text, value);
  text_add(text, ",");
}

static void add_counts(Text *text, const char *key, const uint64_t *counts, uint32_t count) {
  text_add(text, "\"%s\":[", key);
  for (uint32_t k = 0; k < count; k++)
    text_add(text, "%s%" PRIu64, k ? "," : "", counts[k]);
  text_add(text, "],");
}

/* An epoch's keys, with a comma behind each but the last. */
static void add_epoch_keys(const EpochRecord *record, uint32_t layers, Text *text) {
  text_add(text, "\"epoch\":%u,\"phase\":\"%s\",", record->epoch, phase_name(record->phase));
  add(text, "loss", record->loss);
  add(text, "train_accuracy", record->train_accuracy);
  add(text, "test_accuracy", record->test_accuracy);
  text_add(text, "\"nonzeros\":%" PRIu64 ",", record->nonzeros);
  add_counts(text, "nonzeros_by_layer", record->nonzeros_by_layer, layers);
  text_add(text, "\"live_nonzeros\":%" PRIu64 ",\"bias_nonzeros\":%" PRIu64 ",",
           record->live_nonzeros, record->bias_nonzeros);
  add(text, "penalty", record->penalty);
  text_add(text, "\"seconds\":%.3f", record->seconds);
}

/* Opens a line. */
static void open_line(const char *contender, Text *text) {
  text_add(text, "{");
  if (contender)
    text_add(text, "\"contender\":\"%s\",", contender);
}

void report_epoch(const EpochRecord *record, uint32_t layers, const char *contender, Text *text) {
  open_line(contender, text);
  add_epoch_keys(record, layers, text);
  text_add(text, "}");
}

void report_result(Trainer *trainer, const EpochRecord *record, const char *link,
                   const char *contender, Text *text) {
  TrainerState state = trainer_state(trainer);
  open_line(contender, text);
  text_add(text, "\"result\":{");
  add_epoch_keys(record, trainer_network(trainer)->layers, text);
  text_add(text, ",\"step\":%" PRIu64 ",\"weights\":%" PRIu64 ",", state.step,
           network_weights(trainer_network(trainer)));
  add(text, "accuracy_before_finetune", state.accuracy_before_finetune);
  text_add(text, "\"nonzeros_before_finetune\":%" PRIu64 ",", state.nonzeros_before_finetune);
  text_add(text, "\"fingerprint\":\"%016" PRIx64 "\",",
           analysis_fingerprint(trainer_network(trainer)));
  text_add(text, "\"link\":");
  text_add_json_string(text, link);
  text_add(text, ",\"samples_per_second\":%.0f}}",
           state.train_seconds > 0 ? (double)state.samples / state.train_seconds : 0.0);
}

void report_metrics(Trainer *trainer, Text *text) {
  TrainerState state = trainer_state(trainer);
  const Network *network = trainer_network(trainer);
  const Config *config = trainer_config(trainer);
  uint64_t counts[NETWORK_LAYERS_MAXIMUM], total = 0, live = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    total += counts[l] = analysis_nonzeros(&network->layer[l]);
  if (analysis_live_nonzeros(network, &live, NULL, NULL))
    live = total;
  text_add(text, "{\"step\":%" PRIu64 ",\"steps\":%" PRIu64 ",\"epoch\":%u,\"epochs\":%u,",
           state.step, state.steps, state.epoch, state.epochs);
  text_add(text, "\"steps_per_epoch\":%u,\"phase\":\"%s\",\"state\":\"%s\",", state.steps_per_epoch,
           phase_name(state.phase),
           state.event == TRAINER_DIVERGED                                    ? "diverged"
           : state.event == TRAINER_FINISHED || (state.epoch == state.epochs) ? "finished"
                                                                              : "running");
  if (state.event == TRAINER_DIVERGED)
    text_add(text, "\"diverged_step\":%" PRIu64 ",", state.diverged_step);
  add(text, "batch_loss", state.last_loss);
  add(text, "loss", state.loss);
  add(text, "train_accuracy", state.train_accuracy);
  add(text, "test_accuracy", state.test_accuracy);
  text_add(text, "\"nonzeros\":%" PRIu64 ",\"live_nonzeros\":%" PRIu64 ",", total, live);
  add_counts(text, "nonzeros_by_layer", counts, network->layers);
  text_add(text, "\"weights\":%" PRIu64 ",\"bias_nonzeros\":%" PRIu64 ",", network_weights(network),
           analysis_bias_nonzeros(network));
  add(text, "lambda", config->lambda);
  add(text, "l1", config->l1);
  add(text, "ramp", state.ramp);
  add(text, "rate", state.rate);
  add(text, "seconds", state.seconds);
  text_add(text, "\"threads\":%u,\"samples_per_second\":%.0f}", trainer_threads(trainer),
           state.train_seconds > 0 ? (double)state.samples / state.train_seconds : 0.0);
}

void report_profile(const Trainer *trainer, Text *text) {
  const double *seconds = trainer_profile_seconds(trainer);
  double total = 0;
  for (int k = 0; k < PROFILE_STAGES; k++)
    total += seconds[k];
  TrainerState state = trainer_state(trainer);
  text_add(text, "stage          seconds   share   us/step\n");
  for (int k = 0; k < PROFILE_STAGES; k++)
    text_add(text, "%-12s %9.3f %6.1f %% %9.1f\n", profile_names[k], seconds[k],
             total > 0 ? 100 * seconds[k] / total : 0.0,
             state.step ? 1e6 * seconds[k] / (double)state.step : 0.0);
}
