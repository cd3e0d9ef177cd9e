/* contender.c: one native run for the benchmarks, led line by line through standard input, so that
 * its blocks can alternate with other programs'. Not a test and not part of the program: the same
 * library, another main. The counterpart of contender.js. Depends on the engine's headers.
 *
 *   contender THREADS KEY=VALUE&...     answers a line of JSON: {"weights":..., "lanes":...}
 *   block SECONDS                       trains for about that long
 *   epoch                               trains to the end of an epoch and through its evaluation
 *
 * Both answer {"steps", "seconds" (in steps), "evaluation_seconds", "evaluations" (whole ones),
 * "epoch", "phase", "nonzeros", "test_accuracy", "finished"}; counts are of this command alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "config.h"
#include "dataset.h"
#include "host.h"
#include "trainer.h"

static int fail(const Error *error) {
  fprintf(stderr, "contender: %s\n", error->text);
  return 1;
}

static void answer(Trainer *trainer, double limit) {
  double seconds = 0, evaluation = 0;
  unsigned steps = 0, evaluations = 0;
  for (;;) {
    double begin = host_seconds();
    TrainerEvent event = trainer_advance(trainer);
    double taken = host_seconds() - begin;
    if (event == TRAINER_FINISHED || event == TRAINER_DIVERGED)
      break;
    if (event == TRAINER_STEP) {
      steps++;
      seconds += taken;
    } else {
      evaluation += taken;
      evaluations += event == TRAINER_EPOCH;
    }
    if (limit > 0 ? seconds >= limit : event == TRAINER_EPOCH)
      break;
  }
  TrainerState state = trainer_state(trainer);
  const Network *network = trainer_network(trainer);
  unsigned long long nonzeros = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    nonzeros += analysis_nonzeros(&network->layer[l]);
  printf(
      "{\"steps\":%u,\"seconds\":%.6f,\"evaluation_seconds\":%.6f,\"evaluations\":%u,"
      "\"epoch\":%u,\"phase\":\"%s\",\"nonzeros\":%llu,\"test_accuracy\":%.2f,\"finished\":%s}\n",
      steps, seconds, evaluation, evaluations, state.epoch,
      state.phase == PHASE_SPARSIFY ? "sparsify" : "finetune", nonzeros,
      state.test_accuracy - state.test_accuracy == 0 ? state.test_accuracy : 0.0,
      state.event == TRAINER_DIVERGED || state.epoch == state.epochs ? "true" : "false");
  fflush(stdout);
}

int main(int count, char **words) {
  if (count != 3)
    return fputs("usage: contender THREADS KEY=VALUE&...\n", stderr), 2;
  Error error = {STATUS_OK, ""};
  Config config;
  Dataset dataset = {0};
  Trainer *trainer = NULL;
  config_default(&config);
  if (config_parse(&config, words[2], &error) || config_resolve(&config, &error))
    return fail(&error);
  const DatasetInfo *data = &dataset_table[(int)config.data];
  char path[PATH_MAXIMUM + 64];
  snprintf(path, sizeof path, "%.1000s/%s", host_data_folder(), data->name);
  if (data->generated ? dataset_generate((int)config.data, (uint64_t)config.seed, &dataset, &error)
                      : dataset_from_folder(path, &dataset, &error))
    return fail(&error);
  if (trainer_create(&config, &dataset, (uint32_t)atoi(words[1]), &trainer, &error))
    return fail(&error);
  printf("{\"weights\":%llu,\"lanes\":%d,\"batch\":%u}\n",
         (unsigned long long)network_weights(trainer_network(trainer)),
         (int)trainer_kernels(trainer)->lanes, (unsigned)config.batch);
  fflush(stdout);
  char line[256];
  while (fgets(line, sizeof line, stdin)) {
    if (!strncmp(line, "block ", 6))
      answer(trainer, atof(line + 6));
    else if (!strcmp(line, "epoch\n"))
      answer(trainer, 0);
    else
      return fprintf(stderr, "contender: unknown command %s", line), 2;
  }
  trainer_free(trainer);
  dataset_free(&dataset);
  return 0;
}
