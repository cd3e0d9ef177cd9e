/* trainer.c: see trainer.h. One step is one run of the pool with one barrier inside (two when nonzeros
 * are collected):
 *   before it  every thread takes some rows of each matrix (row sums of the penalty, nonzeros) and
 *              some panels of the batch, forward and back;
 *   after it   every thread takes some panels of each weight matrix: gradient, slope, optimizer,
 *              column sums. */
#include "trainer.h"

#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "host.h"
#include "memory.h"
#include "panel.h"
#include "polish.h"
#include "pool.h"
#include "random.h"
#include "scalar.h"
#include "snapshot.h"
#include "sparse.h"

enum { EVALUATION_BATCH = 512, FIRST_SAMPLES = 10000, KEPT_BYTES = 16 << 20 };
/* Multiplications a step below which one thread is faster than several. */
static const uint64_t THREADED_WORK = 1 << 18;

const char *const profile_names[PROFILE_STAGES] = {"gather",    "penalty",   "collect", "forward",
                                                   "loss",      "backward",  "wait",    "gradient",
                                                   "optimizer", "evaluation"};

/* How a layer computes. Counts of nonzeros decide, never machine or threads.
 *   DENSE   all products over all weights.
 *   SPARSE  sparsifying, at most 1 / SPARSE_SHARE nonzero when last counted (every COUNT_STEPS
 *           steps): products with W by its nonzeros; penalty and step by marks of what is nonzero,
 *           where kernels.step_marked knows the step. The same bits as DENSE.
 *   PACKED  fine-tuning, at most 1 / SPARSE_SHARE nonzero when it began: only the nonzeros'
 *           gradients are computed; each is summed lane by lane over the batch (kernels.h,
 *           sparse_gradient), which defines its bits. */
typedef enum LayerMode { MODE_DENSE, MODE_SPARSE, MODE_PACKED } LayerMode;
enum { SPARSE_SHARE = 5, COUNT_STEPS = 32, PANELS_AT_ONCE = 4 };

struct Trainer {
  Config config;
  const Dataset *dataset;
  Kernels kernels;
  Pool *pool;
  Network network;
  Batch batch, evaluation;
  RegularizerScratch *scratch[POOL_MAXIMUM];
  LayerMode mode[NETWORK_LAYERS_MAXIMUM];
  SparseMatrix sparse[NETWORK_LAYERS_MAXIMUM]; /* MODE_SPARSE: this step's nonzeros */
  LineMarks marks[NETWORK_LAYERS_MAXIMUM];     /* MODE_SPARSE: true between steps */
  PackedLayer packed[NETWORK_LAYERS_MAXIMUM];  /* MODE_PACKED */
  int stale;                                   /* packed weights have moved on from the network's */
  Saliency *saliencies;                        /* [weights] for polish; NULL: not asked for */
  uint8_t *silent[POOL_MAXIMUM]; /* per thread: [layers][widest] 1 where dz is all zero so far */
  float *compact[POOL_MAXIMUM];  /* per thread: dz without its silent rows, widest x B */
  int32_t *place[POOL_MAXIMUM];  /* per thread: [widest] row of the compact gradient, or -1 */
  SparseMatrix *kept;            /* [slices] the test set's nonzeros, where they were seen before */
  uint32_t slices;               /* of the test set, as it is evaluated */
  size_t keeping;                /* bytes that may still be kept; 0 once that or memory ran out */
  int sparse_inputs;             /* most inputs are 0: level 0 goes by its nonzeros */
  float *turned_weights;         /* layer 0's, I x O; current while sparse_inputs and MODE_DENSE */
  float *turned_gradient[POOL_MAXIMUM]; /* per thread: layer 0's dz, B x O */
  uint32_t widest;
  uint8_t *used;    /* [panels of inputs] 1: some weight of a packed first layer reads it */
  int skipping;     /* panels that are not used are not loaded */
  uint32_t *order;  /* [train.count] this epoch's shuffle */
  double *averages; /* sums of all parameters at the ends of the last epochs; NULL: not asked for */
  EpochRecord *records;
  uint32_t record_count;
  TrainerState state;
  uint32_t averaged;
  uint32_t evaluated, evaluated_correct; /* test samples so far, in the pending evaluation */
  int evaluating;
  uint64_t epoch_samples, epoch_correct;
  double epoch_loss;
  double started;
  int profiling;
  double profile[PROFILE_STAGES], mark;
  /* of the present step */
  StepForm step_form, bias_form;
  double ramp;
  int penalized;
  unsigned needs; /* sums that the regularizer reads */
};

/* ---- inputs that are mostly zero ----------------------------------------------------------- */

enum { LOOKED_AT = 1000, INPUT_SHARE = 3 };

/* 1 when at most 1 / INPUT_SHARE of the inputs of the first training samples are not 0: then level 0
 * goes by its nonzeros. Pictures from outside are taken to be so. The same bits either way. */
static int inputs_are_sparse(const Dataset *dataset) {
  if (!dataset->train.bytes)
    return dataset->train.outside != NULL;
  uint32_t samples = dataset->train.count < LOOKED_AT ? dataset->train.count : LOOKED_AT;
  uint64_t nonzeros = 0, cells = (uint64_t)samples * dataset->inputs;
  for (uint64_t k = 0; k < cells; k++)
    nonzeros += dataset->train.bytes[k] != 0;
  return nonzeros * INPUT_SHARE <= cells;
}

/* Layer 0's weights turned, for the panels [first, end) of inputs. */
static void turn_weights(Trainer *trainer, uint32_t first, uint32_t end) {
  const Layer *layer = &trainer->network.layer[0];
  if (trainer->sparse_inputs && trainer->mode[0] == MODE_DENSE)
    trainer->kernels.transpose(layer->weights, layer->outputs, layer->inputs,
                               trainer->turned_weights, 0, panel_count(layer->outputs), first, end);
}
static void turn_all_weights(Trainer *trainer) {
  turn_weights(trainer, 0, panel_count(trainer->network.layer[0].inputs));
}

/* The forms in which the coming batch is needed. */
static unsigned forms_of(const Trainer *trainer, int training) {
  if (!trainer->sparse_inputs || trainer->mode[0] == MODE_PACKED)
    return BATCH_DENSE;
  if (trainer->mode[0] == MODE_DENSE)
    return BATCH_NONZEROS;
  return training ? BATCH_DENSE | BATCH_NONZEROS
                  : BATCH_DENSE; /* forward by the weights' nonzeros */
}

/* ---- marks ---------------------------------------------------------------------------------- */

static void marks_free(LineMarks *marks) {
  memory_free(marks->nonzero);
  memory_free(marks->asleep);
  *marks = (LineMarks){0};
}

/* Room for a sparse layer's nonzeros and marks; 0: no memory. */
static int make_sparse(Trainer *trainer, uint32_t l) {
  const Layer *layer = &trainer->network.layer[l];
  LineMarks *marks = &trainer->marks[l];
  size_t lines = (size_t)panel_count(layer->inputs) * layer->outputs;
  if (trainer->sparse[l].rows)
    return 1;
  marks->nonzero = memory_zeroed(lines, sizeof *marks->nonzero);
  marks->asleep = memory_zeroed(lines, sizeof *marks->asleep);
  if (marks->nonzero && marks->asleep && !sparse_create(layer, &trainer->sparse[l], NULL))
    return 1;
  marks_free(marks);
  return 0;
}

/* After a sparse layer's weights and moments were set anew. */
static void mark_layer(Trainer *trainer, uint32_t l) {
  const Layer *layer = &trainer->network.layer[l];
  uint32_t panels = panel_count(layer->inputs);
  trainer->kernels.mark(layer->weights, layer->outputs, 0, panels, trainer->marks[l].nonzero);
  memset(trainer->marks[l].asleep, 0,
         (size_t)panels * layer->outputs * sizeof *trainer->marks[l].asleep);
}

/* Number of the last step that was done, in its phase. */
static uint32_t steps_in_phase(const Trainer *trainer) {
  uint64_t sparsify = (uint64_t)trainer->config.epochs * trainer->state.steps_per_epoch;
  uint64_t step = trainer->state.step;
  return (uint32_t)(step <= sparsify ? step : step - sparsify);
}

/* Brings a sparse layer's moments up to date. */
static void wake_layer(Trainer *trainer, uint32_t l) {
  Layer *layer = &trainer->network.layer[l];
  if (trainer->mode[l] == MODE_SPARSE)
    trainer->kernels.wake(layer->second_moment, layer->outputs, 0, panel_count(layer->inputs),
                          steps_in_phase(trainer), trainer->marks[l].asleep);
}

/* ---- making and freeing --------------------------------------------------------------------- */

/* Layers from the config, or by the data where they are open; checked against the data. */
static Status fit_layers(Config *config, const Dataset *dataset, Error *error) {
  if (!config->layers) { /* a folder of files without layers: LeNet-300-100's hidden widths */
    config->widths[0] = dataset->inputs;
    config->widths[1] = 300;
    config->widths[2] = 100;
    config->widths[3] = dataset->classes;
    config->layers = 3;
  }
  return config_fit(config, dataset->inputs, dataset->classes, error);
}

static void column_sums_all(Trainer *trainer) {
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    Layer *layer = &trainer->network.layer[l];
    trainer->kernels.column_sums(layer->weights, layer->outputs, 0, panel_count(layer->inputs),
                                 layer->sums.column_absolute, layer->sums.column_square,
                                 layer->sums.column_largest);
  }
}

static const Regularizer *regularizer_of(const Trainer *trainer) {
  return &regularizer_table[(int)trainer->config.regularizer];
}

static RegularizerParameters parameters_of(const Trainer *trainer) {
  return (RegularizerParameters){trainer->config.order, trainer->config.mix};
}

Status trainer_create(const Config *config, const Dataset *dataset, uint32_t threads,
                      Trainer **result, Error *error) {
  Trainer *trainer = calloc(1, sizeof *trainer);
  if (!trainer)
    return error_set(error, STATUS_MEMORY, "out of memory for a trainer");
  trainer->config = *config;
  trainer->dataset = dataset;
  uint32_t batch = (uint32_t)config->batch, train = dataset->train.count;
  Status status = fit_layers(&trainer->config, dataset, error);
  if (!status && batch > train)
    status =
        error_set(error, STATUS_RANGE,
                  "batch=%u is more than the %u training samples; make it smaller", batch, train);
  if (!status)
    status = kernels_best(&trainer->kernels, error);
  uint32_t layers = trainer->config.layers;
  const uint32_t *widths = trainer->config.widths;
  if (!status)
    status = network_create(widths, layers, &trainer->network, error);
  if (status)
    goto failed;

  uint64_t bytes = network_bytes(widths, layers) + batch_bytes(widths, layers, batch, 1);
  if (bytes > NETWORK_BUDGET) {
    status = error_set(error, STATUS_RANGE,
                       "network and batch need %.0f MiB, the budget is %.0f MiB; make layers or "
                       "batch smaller",
                       (double)bytes / (1 << 20), (double)NETWORK_BUDGET / (1 << 20));
    goto failed;
  }
  uint64_t work = network_weights(&trainer->network) * batch;
  status = pool_create(work < THREADED_WORK ? 1 : threads, &trainer->pool, error);
  if (status)
    goto failed;

  uint32_t epochs = (uint32_t)(config->epochs + config->finetune);
  uint32_t widest = 0;
  for (uint32_t l = 0; l <= layers; l++)
    widest = widths[l] > widest ? widths[l] : widest;
  trainer->sparse_inputs = inputs_are_sparse(dataset);
  unsigned forms = BATCH_DENSE | (trainer->sparse_inputs ? BATCH_NONZEROS : 0u);
  int complete = batch_create(&trainer->batch, &trainer->network, batch, 1, forms);
  uint32_t slice = dataset->test.count < EVALUATION_BATCH ? dataset->test.count : EVALUATION_BATCH;
  complete &= batch_create(&trainer->evaluation, &trainer->network, slice, 0, forms);
  if (dataset->train.outside)
    complete &= batch_make_room(&trainer->batch, widths[0]) &&
                batch_make_room(&trainer->evaluation, widths[0]);
  trainer->widest = widest;
  for (uint32_t thread = 0; thread < pool_threads(trainer->pool); thread++) {
    complete &= !!(trainer->scratch[thread] = regularizer_scratch_create(widest, widest));
    complete &= !!(trainer->silent[thread] = calloc((size_t)layers * widest, 1));
    complete &= !!(trainer->compact[thread] = memory_zeroed(panel_floats(widest, batch), 4));
    complete &= !!(trainer->place[thread] = calloc(widest, sizeof(int32_t)));
    if (trainer->sparse_inputs)
      complete &= !!(trainer->turned_gradient[thread] =
                         memory_zeroed(panel_floats(batch, widths[1]), sizeof(float)));
  }
  trainer->slices = (dataset->test.count + slice - 1) / slice;
  trainer->keeping = KEPT_BYTES;
  if (trainer->sparse_inputs) {
    complete &= !!(trainer->kept = calloc(trainer->slices, sizeof *trainer->kept));
    complete &= !!(trainer->turned_weights =
                       memory_zeroed(panel_floats(widths[0], widths[1]), sizeof(float)));
  }
  complete &= !!(trainer->used = calloc(panel_count(widths[0]), 1));
  for (uint32_t l = 0; complete && config->finetune > 0 && l < layers; l++)
    complete &= !packed_create(&trainer->network.layer[l], widths[l] * widths[l + 1] / SPARSE_SHARE,
                               &trainer->packed[l], NULL);
  if (config->polish > 0)
    complete &=
        !!(trainer->saliencies = calloc(network_weights(&trainer->network), sizeof(Saliency)));
  complete &= !!(trainer->order = calloc(train, sizeof *trainer->order));
  complete &= !!(trainer->records = calloc(epochs, sizeof *trainer->records));
  if (config->average > 0) {
    size_t parameters = 0;
    for (uint32_t l = 0; l < layers; l++)
      parameters += panel_floats(widths[l + 1], widths[l]) + widths[l + 1];
    complete &= !!(trainer->averages = calloc(parameters, sizeof *trainer->averages));
  }
  if (!complete) {
    status =
        error_set(error, STATUS_MEMORY, "out of memory for training; make batch or layers smaller");
    goto failed;
  }
  network_initialize(&trainer->network, (uint64_t)config->seed);
  column_sums_all(trainer);
  turn_all_weights(trainer);
  double nan = __builtin_nan("");
  trainer->state = (TrainerState){.steps_per_epoch = train / batch,
                                  .epochs = epochs,
                                  .steps = (uint64_t)(train / batch) * epochs,
                                  .phase = config->epochs > 0 ? PHASE_SPARSIFY : PHASE_FINETUNE,
                                  .last_loss = nan,
                                  .loss = nan,
                                  .test_accuracy = nan,
                                  .train_accuracy = nan,
                                  .accuracy_before_finetune = nan};
  for (uint32_t l = 0; config->epochs < 1 && l < layers; l++)
    trainer->state.nonzeros_before_finetune += analysis_nonzeros(&trainer->network.layer[l]);
  trainer->started = host_seconds();
  *result = trainer;
  return STATUS_OK;
failed:
  trainer_free(trainer);
  return status;
}

void trainer_free(Trainer *trainer) {
  if (!trainer)
    return;
  for (int thread = 0; thread < POOL_MAXIMUM; thread++) {
    regularizer_scratch_free(trainer->scratch[thread]);
    free(trainer->silent[thread]);
    memory_free(trainer->compact[thread]);
    free(trainer->place[thread]);
    memory_free(trainer->turned_gradient[thread]);
  }
  memory_free(trainer->turned_weights);
  for (int l = 0; l < NETWORK_LAYERS_MAXIMUM; l++) {
    sparse_free(&trainer->sparse[l]);
    marks_free(&trainer->marks[l]);
    packed_free(&trainer->packed[l]);
  }
  free(trainer->used);
  free(trainer->saliencies);
  pool_free(trainer->pool);
  network_free(&trainer->network);
  for (uint32_t slice = 0; trainer->kept && slice < trainer->slices; slice++)
    sparse_free(&trainer->kept[slice]);
  free(trainer->kept);
  batch_free(&trainer->batch);
  batch_free(&trainer->evaluation);
  free(trainer->order);
  free(trainer->averages);
  free(trainer->records);
  free(trainer);
}

/* ---- forward and back ----------------------------------------------------------------------- */

/* Books the time since the last mark to `stage`; thread 0 only. */
static void book(Trainer *trainer, uint32_t thread, ProfileStage stage) {
  if (!trainer->profiling || thread)
    return;
  double now = host_seconds();
  trainer->profile[stage] += now - trainer->mark;
  trainer->mark = now;
}

/* Where the coming batch comes from. */
static BatchSource source_of(const Trainer *trainer, const Samples *samples, int training) {
  return (BatchSource){.config = &trainer->config,
                       .kernels = &trainer->kernels,
                       .samples = samples,
                       .inputs = trainer->dataset->inputs,
                       .used = trainer->skipping ? trainer->used : NULL,
                       .step = trainer->state.step,
                       .training = training};
}

/* The nonzeros through which layer l computes, or NULL: through all weights. */
static const SparseMatrix *nonzeros_of(const Trainer *trainer, uint32_t l) {
  return trainer->mode[l] == MODE_SPARSE   ? &trainer->sparse[l]
         : trainer->mode[l] == MODE_PACKED ? &trainer->packed[l].matrix
                                           : NULL;
}

/* source: whose dropout applies; NULL: none. */
static void forward(const Trainer *trainer, Batch *batch, const BatchSource *source,
                    uint32_t panel_first, uint32_t panel_end) {
  const Network *network = &trainer->network;
  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    const SparseMatrix *nonzeros = nonzeros_of(trainer, l);
    if (l == 0 && !(batch->forms & BATCH_DENSE))
      trainer->kernels.input_product(batch_nonzeros(batch), trainer->turned_weights, layer->bias,
                                     batch->levels[1], layer->outputs, panel_first, panel_end);
    else if (nonzeros)
      trainer->kernels.sparse_product(nonzeros, batch->levels[l], layer->bias, batch->levels[l + 1],
                                      panel_first, panel_end);
    else
      trainer->kernels.product(layer->weights, batch->levels[l], layer->bias, batch->levels[l + 1],
                               layer->outputs, layer->inputs, 0, layer->outputs, panel_first,
                               panel_end);
    if (l + 1 == network->layers)
      break;
    trainer->kernels.relu(batch->levels[l + 1] + (size_t)panel_first * layer->outputs * 16,
                          (panel_end - panel_first) * layer->outputs);
    if (source && trainer->config.dropout > 0)
      batch_drop_units(batch, source, l + 1, layer->outputs, panel_first, panel_end);
  }
}

static void backward(const Trainer *trainer, Batch *batch, uint32_t panel_first,
                     uint32_t panel_end) {
  const Network *network = &trainer->network;
  float scale = (float)(1 / (1 - trainer->config.dropout));
  for (uint32_t l = network->layers - 1; l > 0; l--) {
    const Layer *layer = &network->layer[l];
    size_t at = (size_t)panel_first * layer->inputs * 16;
    const SparseMatrix *nonzeros = nonzeros_of(trainer, l);
    if (nonzeros)
      trainer->kernels.sparse_product_transposed(nonzeros, batch->gradients[l],
                                                 batch->gradients[l - 1], panel_first, panel_end);
    else
      trainer->kernels.product_transposed(layer->weights, batch->gradients[l],
                                          batch->gradients[l - 1], layer->inputs, layer->outputs,
                                          panel_first, panel_end);
    trainer->kernels.relu_backward(batch->gradients[l - 1] + at, batch->levels[l] + at, scale,
                                   (panel_end - panel_first) * layer->inputs);
    if (trainer->mode[l] != MODE_PACKED) /* packed gradients read the levels */
      trainer->kernels.transpose(batch->levels[l], layer->inputs, batch->count, batch->rows[l], 0,
                                 panel_count(layer->inputs), panel_first, panel_end);
  }
}

/* ---- one step
 * ------------------------------------------------------------------------------------ */

/* Bias gradients: sums over the batch, lane by lane over the panels, then across the lanes. */
static void bias_step(Trainer *trainer, uint32_t l) {
  Layer *layer = &trainer->network.layer[l];
  trainer->kernels.batch_sums(trainer->batch.gradients[l], layer->outputs,
                              panel_count(trainer->batch.count), layer->bias_gradient);
  SlopeForm none = {0};
  trainer->kernels.step(layer->bias, layer->bias_first_moment, layer->bias_second_moment,
                        layer->bias_gradient, NULL, 1, 0, panel_count(layer->outputs), &none,
                        &trainer->bias_form, NULL, NULL, NULL);
}

/* Notes which rows of dz are zero in the given panels of the batch. */
static void note_silent(Trainer *trainer, uint32_t thread, uint32_t panel_first,
                        uint32_t panel_end) {
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    uint32_t outputs = trainer->network.layer[l].outputs;
    trainer->kernels.silent_rows(trainer->batch.gradients[l], outputs, panel_first, panel_end,
                                 trainer->silent[thread] + (size_t)l * trainer->widest);
  }
}

/* Copies the rows of dz that are not silent into the thread's compact matrix when that saves a
 * tenth or more; a silent row's gradient is exactly zero. Returns the rows' places, or count = 0:
 * all are used. */
static GradientRows compact_rows(Trainer *trainer, uint32_t thread, uint32_t threads, uint32_t l) {
  uint32_t outputs = trainer->network.layer[l].outputs, count = 0;
  int32_t *place = trainer->place[thread];
  for (uint32_t o = 0; o < outputs; o++) {
    int silent = 1;
    for (uint32_t other = 0; other < threads; other++)
      silent &= trainer->silent[other][(size_t)l * trainer->widest + o];
    place[o] = silent ? -1 : (int32_t)count++;
  }
  if (count * 10 > outputs * 9)
    return (GradientRows){0, NULL};
  const float *from = trainer->batch.gradients[l];
  float *to = trainer->compact[thread];
  for (uint32_t panel = 0; panel < panel_count(trainer->batch.count); panel++)
    for (uint32_t o = 0; o < outputs; o++, from += 16)
      if (place[o] >= 0) {
        memcpy(to, from, 16 * sizeof *to);
        to += 16;
      }
  return (GradientRows){count, place};
}

/* Gradient and optimizer step of a packed layer, this thread's share of the nonzeros. */
static void packed_step(Trainer *trainer, uint32_t thread, uint32_t threads, uint32_t l) {
  PackedLayer *packed = &trainer->packed[l];
  const Kernels *kernels = &trainer->kernels;
  uint32_t first, end;
  pool_share(panel_count(packed->nonzeros), thread, threads, &first, &end);
  kernels->sparse_gradient(&packed->matrix, trainer->batch.gradients[l], trainer->batch.levels[l],
                           trainer->batch.count, first, end, packed->gradient);
  book(trainer, thread, PROFILE_GRADIENT);
  SlopeForm none = {0};
  kernels->step(packed->matrix.value, packed->first_moment, packed->second_moment, packed->gradient,
                NULL, 1, first, end, &none, &trainer->step_form, NULL, NULL, NULL);
}

/* 1 when kernels.step_marked knows this step. Forms with linear terms come with squares (regularizer.h). */
static int plans_by_marks(const Trainer *trainer, uint32_t l) {
  return trainer->mode[l] == MODE_SPARSE && trainer->step_form.adam &&
         trainer->step_form.kind == STEP_PROXIMAL &&
         !(trainer->needs & (NEEDS_SQUARES | NEEDS_LARGEST));
}

/* Gradient, slope and optimizer step of a layer with all its weights, this thread's panels. */
static void dense_step(Trainer *trainer, uint32_t thread, uint32_t threads, uint32_t l,
                       const RegularizerSums *sums) {
  Layer *layer = &trainer->network.layer[l];
  const Kernels *kernels = &trainer->kernels;
  const Config *config = &trainer->config;
  RegularizerParameters parameters = parameters_of(trainer);
  uint32_t first, end;
  pool_share(panel_count(layer->inputs), thread, threads, &first, &end);
  SlopeForm form = {0};
  if (trainer->penalized)
    regularizer_slope(regularizer_of(trainer), &parameters, kernels, sums,
                      config->lambda * trainer->ramp, config->l1 * trainer->ramp,
                      trainer->scratch[thread], &form);
  book(trainer, thread, PROFILE_PENALTY);
  GradientRows rows = compact_rows(trainer, thread, threads, l);
  const float *dz = rows.place ? trainer->compact[thread] : trainer->batch.gradients[l];
  uint32_t count = rows.place ? rows.count : layer->outputs, batch = trainer->batch.count;
  int by_nonzeros = l == 0 && trainer->batch.forms & BATCH_NONZEROS;
  if (by_nonzeros) {
    uint32_t inputs = end * 16 < layer->inputs ? end * 16 : layer->inputs;
    sparse_turn(&trainer->batch.nonzeros, &trainer->batch.turned, first * 16, inputs);
    kernels->transpose(dz, count, batch, trainer->turned_gradient[thread], 0, panel_count(count), 0,
                       panel_count(batch));
  }
  const LineMarks *marks = &trainer->marks[l];
  int sparse = trainer->mode[l] == MODE_SPARSE, by_marks = plans_by_marks(trainer, l);
  if (sparse && !by_marks) /* other steps know of no sleep */
    kernels->wake(layer->second_moment, layer->outputs, first, end, trainer->step_form.number - 1,
                  marks->asleep);
  /* a few panels at a time, so that their gradient is still near when the optimizer reads it */
  for (uint32_t panel = first; panel < end; panel += PANELS_AT_ONCE) {
    uint32_t next = panel + PANELS_AT_ONCE < end ? panel + PANELS_AT_ONCE : end;
    if (by_nonzeros)
      kernels->input_product(&trainer->batch.turned, trainer->turned_gradient[thread], NULL,
                             layer->gradient, count, panel, next);
    else
      kernels->product(dz, trainer->batch.rows[l], NULL, layer->gradient, count, batch, 0, count,
                       panel, next);
    book(trainer, thread, PROFILE_GRADIENT);
    if (by_marks)
      kernels->step_marked(layer->weights, layer->first_moment, layer->second_moment,
                           layer->gradient, rows.place ? &rows : NULL, layer->outputs, panel, next,
                           &form, &trainer->step_form, marks, layer->next.column_absolute);
    else
      kernels->step(layer->weights, layer->first_moment, layer->second_moment, layer->gradient,
                    rows.place ? &rows : NULL, layer->outputs, panel, next, &form,
                    &trainer->step_form, layer->next.column_absolute,
                    trainer->needs & NEEDS_SQUARES ? layer->next.column_square : NULL,
                    trainer->needs & NEEDS_LARGEST ? layer->next.column_largest : NULL);
    if (sparse && !by_marks)
      kernels->mark(layer->weights, layer->outputs, panel, next, marks->nonzero);
    if (l == 0)
      turn_weights(trainer, panel, next);
    book(trainer, thread, PROFILE_OPTIMIZER);
  }
}

static void step_work(void *context, uint32_t thread, uint32_t threads) {
  Trainer *trainer = context;
  const Kernels *kernels = &trainer->kernels;
  Network *network = &trainer->network;
  Batch *batch = &trainer->batch;
  RegularizerParameters parameters = parameters_of(trainer);
  RegularizerSums sums[NETWORK_LAYERS_MAXIMUM];
  uint32_t first, end;
  int collecting = 0;

  for (uint32_t l = 0; l < network->layers; l++) {
    const Layer *layer = &network->layer[l];
    pool_share(layer->outputs, thread, threads, &first, &end);
    if (trainer->penalized) {
      sums[l] = layer->sums;
      sums[l].nonzero = plans_by_marks(trainer, l) ? trainer->marks[l].nonzero : NULL;
      regularizer_totals(&sums[l]);
      regularizer_rows(regularizer_of(trainer), &parameters, kernels, layer->weights, &sums[l],
                       first, end);
    }
    book(trainer, thread, PROFILE_PENALTY);
    if (trainer->mode[l] == MODE_SPARSE) {
      kernels->sparse_collect(layer->weights, trainer->marks[l].nonzero, &trainer->sparse[l], first,
                              end);
      collecting = 1;
    }
    book(trainer, thread, PROFILE_COLLECT);
  }

  pool_share(panel_count(batch->count), thread, threads, &first, &end);
  BatchSource source = source_of(trainer, &trainer->dataset->train, 1);
  batch_load(batch, &source, first, end);
  book(trainer, thread, PROFILE_GATHER);
  if (collecting)
    pool_barrier(trainer->pool); /* the products need all rows */
  book(trainer, thread, PROFILE_WAIT);
  forward(trainer, batch, &source, first, end);
  book(trainer, thread, PROFILE_FORWARD);
  uint32_t last = network->layers;
  kernels->softmax(batch->levels[last], batch->labels, trainer->dataset->classes, batch->count,
                   first, end, (float)trainer->config.label_smoothing, 1.0f / (float)batch->count,
                   batch->loss, batch->correct, batch->gradients[last - 1]);
  book(trainer, thread, PROFILE_LOSS);
  backward(trainer, batch, first, end);
  note_silent(trainer, thread, first, end);
  book(trainer, thread, PROFILE_BACKWARD);
  pool_barrier(trainer->pool);
  book(trainer, thread, PROFILE_WAIT);

  for (uint32_t l = 0; l < network->layers; l++) {
    if (trainer->mode[l] == MODE_PACKED)
      packed_step(trainer, thread, threads, l);
    else
      dense_step(trainer, thread, threads, l, &sums[l]);
    if (thread == 0)
      bias_step(trainer, l);
    book(trainer, thread, PROFILE_OPTIMIZER);
  }
}

/* Share of a cosine's fall: 1 at 0, 0 at 1. */
static double cosine(double t) { return (1 + scalar_cos_turn(t / 2)) / 2; }

/* Learning rate and ramp of the coming step, steps counted from the phase's start. */
static void schedule(const Config *config, TrainerState *state) {
  uint64_t sparsify = (uint64_t)config->epochs * state->steps_per_epoch;
  if (state->step < sparsify) {
    double t = (double)state->step / (double)sparsify;
    double ramp_steps = config->ramp * state->steps_per_epoch;
    state->rate = config->learning_rate * (0.05 + 0.95 * cosine(t));
    state->ramp = (double)state->step < ramp_steps ? (double)state->step / ramp_steps : 1.0;
  } else {
    uint64_t finetune = (uint64_t)config->finetune * state->steps_per_epoch;
    double t = finetune ? (double)(state->step - sparsify) / (double)finetune : 1;
    state->rate = config->learning_rate / 2 * cosine(t);
    state->ramp = 0;
  }
}

static void plan_step(Trainer *trainer) {
  const Config *config = &trainer->config;
  TrainerState *state = &trainer->state;
  schedule(config, state);
  uint64_t sparsify = (uint64_t)config->epochs * state->steps_per_epoch;
  uint64_t t = (state->step < sparsify ? state->step : state->step - sparsify) + 1;
  StepForm form = {
      .adam = config->optimizer == OPTIMIZER_ADAM, .kind = STEP_GRADIENT, .number = (uint32_t)t};
  form.learning_rate = (float)state->rate;
  form.rate = form.learning_rate;
  if (form.adam) {
    double power = (double)t;
    form.rate = (float)(state->rate / (1 - scalar_power(0.9, power)));
    form.second_correction = (float)(1 / scalar_sqrt(1 - scalar_power(0.999, power)));
  }
  trainer->bias_form = form;
  trainer->ramp = state->ramp;
  trainer->penalized = 0;
  RegularizerParameters parameters = parameters_of(trainer);
  trainer->needs = regularizer_of(trainer)->needs(&parameters);
  if (state->phase == PHASE_FINETUNE)
    form.kind = STEP_FROZEN;
  else {
    trainer->penalized = config->lambda > 0 || config->l1 > 0;
    if (regularizer_of(trainer)->kink || config->l1 > 0)
      form.kind = config->step == STEP_RULE_ORTHANT ? STEP_ORTHANT : STEP_PROXIMAL;
  }
  trainer->step_form = form;
}

static void shuffle(Trainer *trainer) {
  uint32_t count = trainer->dataset->train.count, epoch = trainer->state.epoch + 1;
  Random random = random_stream((uint64_t)trainer->config.seed, RANDOM_SHUFFLE, epoch, 0);
  uint32_t first = epoch == 1 && count > FIRST_SAMPLES ? FIRST_SAMPLES : 0;
  if (first)
    random_permutation(&random, trainer->order, first);
  random_permutation(&random, trainer->order + first, count - first);
  for (uint32_t k = first; k < count; k++)
    trainer->order[k] += first;
}

/* Sparsifying: which layers go by their nonzeros for the next COUNT_STEPS steps. Where memory is
 * refused a layer stays dense: the bits are the same. */
static void choose_modes(Trainer *trainer) {
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    const Layer *layer = &trainer->network.layer[l];
    uint64_t cells = (uint64_t)layer->outputs * layer->inputs;
    int few = analysis_nonzeros(layer) * SPARSE_SHARE <= cells;
    few = few && make_sparse(trainer, l);
    if (few && trainer->mode[l] != MODE_SPARSE)
      mark_layer(trainer, l);
    else if (!few)
      wake_layer(trainer, l);
    int turn = l == 0 && !few && trainer->mode[l] != MODE_DENSE;
    trainer->mode[l] = few ? MODE_SPARSE : MODE_DENSE;
    if (turn)
      turn_all_weights(trainer);
  }
}

/* Which panels of inputs are loaded from now on. */
static void choose_inputs(Trainer *trainer) {
  memset(trainer->used, 0, panel_count(trainer->dataset->inputs));
  /* noise draws a number per input in order: then all are loaded */
  trainer->skipping = trainer->mode[0] == MODE_PACKED && !(trainer->config.input_noise > 0);
  const SparseMatrix *first = &trainer->packed[0].matrix;
  for (uint32_t k = 0; trainer->skipping && k < trainer->packed[0].nonzeros; k++)
    trainer->used[first->column[k] / 16] = 1;
  turn_all_weights(trainer);
}

/* Fine-tuning begins: which layers are packed to its end. */
static void pack_layers(Trainer *trainer) {
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    const Layer *layer = &trainer->network.layer[l];
    uint64_t cells = (uint64_t)layer->outputs * layer->inputs;
    sparse_free(&trainer->sparse[l]);
    marks_free(&trainer->marks[l]); /* the moments are reset: none has to be woken */
    trainer->mode[l] = MODE_DENSE;
    if (analysis_nonzeros(layer) * SPARSE_SHARE > cells)
      continue;
    packed_fill(&trainer->packed[l], layer, &trainer->kernels);
    trainer->mode[l] = MODE_PACKED;
  }
  choose_inputs(trainer);
}

/* Brings the network's weights up to date with the packed ones. */
static void settle(Trainer *trainer) {
  for (uint32_t l = 0; trainer->stale && l < trainer->network.layers; l++)
    if (trainer->mode[l] == MODE_PACKED)
      packed_unpack(&trainer->packed[l], &trainer->network.layer[l]);
  trainer->stale = 0;
}

static TrainerEvent diverged(Trainer *trainer) {
  trainer->state.diverged_step = trainer->state.step;
  return trainer->state.event = TRAINER_DIVERGED;
}

static int is_finite(double x) { return x - x == 0.0; }

/* Sets the next batch's samples; 0 when they have not arrived. To be called again then. */
static int next_batch(Trainer *trainer) {
  Batch *batch = &trainer->batch;
  uint32_t in_epoch = (uint32_t)(trainer->state.step % trainer->state.steps_per_epoch);
  if (in_epoch == 0)
    shuffle(trainer);
  batch->count = batch->capacity;
  memcpy(batch->order, trainer->order + (size_t)in_epoch * batch->count,
         batch->count * sizeof *batch->order);
  return batch_fetch(batch, &trainer->dataset->train, trainer->dataset->inputs);
}

static TrainerEvent train_step(Trainer *trainer) {
  TrainerState *state = &trainer->state;
  Batch *batch = &trainer->batch;
  double begin = host_seconds();
  trainer->mark = begin;
  uint32_t in_epoch = (uint32_t)(state->step % state->steps_per_epoch);
  if (in_epoch == 0) {
    trainer->epoch_loss = 0;
    trainer->epoch_correct = trainer->epoch_samples = 0;
  }
  plan_step(trainer);
  if (state->phase == PHASE_SPARSIFY && state->step % COUNT_STEPS == 0)
    choose_modes(trainer);
  batch_plan(batch, batch->capacity, forms_of(trainer, 1), NULL);
  pool_run(trainer->pool, step_work, trainer);
  trainer->stale = state->phase == PHASE_FINETUNE;

  double loss = 0;
  uint32_t correct = 0;
  for (uint32_t b = 0; b < batch->count; b++) {
    loss += batch->loss[b];
    correct += (uint32_t)batch->correct[b];
  }
  state->step++;
  state->samples += batch->count;
  state->last_loss = loss / batch->count;
  trainer->epoch_loss += loss;
  trainer->epoch_correct += correct;
  trainer->epoch_samples += batch->count;
  state->loss = trainer->epoch_loss / (double)trainer->epoch_samples;
  state->train_accuracy = 100.0 * (double)trainer->epoch_correct / (double)trainer->epoch_samples;
  double total = loss;
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    if (trainer->mode[l] == MODE_PACKED)
      continue; /* the next step's loss shows it */
    RegularizerSums *sums = &trainer->network.layer[l].sums, before = *sums;
    *sums = trainer->network.layer[l].next;
    trainer->network.layer[l].next = before;
    for (uint32_t c = 0; c < sums->columns; c++)
      total += sums->column_absolute[c];
  }
  state->train_seconds += host_seconds() - begin;
  if (!is_finite(total))
    return diverged(trainer);
  return state->event = TRAINER_STEP;
}

/* ---- evaluation
 * ---------------------------------------------------------------------------------- */

static void evaluation_work(void *context, uint32_t thread, uint32_t threads) {
  Trainer *trainer = context;
  Batch *batch = &trainer->evaluation;
  uint32_t first, end;
  pool_share(panel_count(batch->count), thread, threads, &first, &end);
  if (first == end)
    return;
  BatchSource source = source_of(trainer, &trainer->dataset->test, 0);
  batch_load(batch, &source, first, end);
  forward(trainer, batch, NULL, first, end);
  trainer->kernels.softmax(batch->levels[trainer->network.layers], batch->labels,
                           trainer->dataset->classes, batch->count, first, end, 0, 1, batch->loss,
                           batch->correct, NULL);
}

/* Before an evaluation: a sparse layer's nonzeros are those before the last step. */
static void collect_all(Trainer *trainer) {
  for (uint32_t l = 0; l < trainer->network.layers; l++)
    if (trainer->mode[l] == MODE_SPARSE)
      trainer->kernels.sparse_collect(trainer->network.layer[l].weights, NULL, &trainer->sparse[l],
                                      0, trainer->network.layer[l].outputs);
}

/* Keeps the nonzeros of the slice that was loaded. */
static void keep(Trainer *trainer, SparseMatrix *kept) {
  const SparseMatrix *nonzeros = &trainer->evaluation.nonzeros;
  size_t bytes = sparse_bytes(nonzeros);
  int fits = bytes <= trainer->keeping && !sparse_copy(nonzeros, kept, NULL);
  trainer->keeping = fits ? trainer->keeping - bytes : 0;
}

/* The next slice of the test set from sample `first` on; returns how many of it are correct, *count = 0
 * when it has not arrived. */
static uint32_t evaluate_slice(Trainer *trainer, uint32_t first, uint32_t *count) {
  Batch *batch = &trainer->evaluation;
  uint32_t left = trainer->dataset->test.count - first;
  SparseMatrix *kept = trainer->kept ? &trainer->kept[first / batch->capacity] : NULL;
  const SparseMatrix *known = kept && kept->rows ? kept : NULL;
  int keeps = kept && !known && trainer->keeping;
  batch_plan(batch, left < batch->capacity ? left : batch->capacity,
             forms_of(trainer, 0) | (keeps ? BATCH_NONZEROS : 0u), known);
  for (uint32_t b = 0; b < batch->count; b++)
    batch->order[b] = first + b;
  *count = 0;
  if (!known && !batch_fetch(batch, &trainer->dataset->test, trainer->dataset->inputs))
    return 0;
  pool_run(trainer->pool, evaluation_work, trainer);
  if (keeps)
    keep(trainer, kept);
  uint32_t correct = 0;
  for (uint32_t b = 0; b < batch->count; b++)
    correct += (uint32_t)batch->correct[b];
  *count = batch->count;
  return correct;
}

double trainer_evaluate(Trainer *trainer) {
  uint32_t correct = 0, count, test = trainer->dataset->test.count;
  collect_all(trainer);
  for (uint32_t first = 0; first < test; first += count) {
    correct += evaluate_slice(trainer, first, &count);
    if (!count)
      return __builtin_nan("");
  }
  double accuracy = 100.0 * correct / test;
  if (!trainer->record_count)
    trainer->state.test_accuracy = accuracy;
  if (trainer->config.epochs < 1 && !trainer->state.step)
    trainer->state.accuracy_before_finetune = accuracy;
  return accuracy;
}

/* ---- epochs and phases
 * --------------------------------------------------------------------------- */

/* Adds the present parameters to the averages, or (last) replaces them by the mean. */
static void average(Trainer *trainer, int last) {
  double *sum = trainer->averages;
  settle(trainer);
  trainer->averaged++;
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    Layer *layer = &trainer->network.layer[l];
    float *const arrays[] = {layer->weights, layer->bias};
    size_t counts[] = {panel_floats(layer->outputs, layer->inputs), layer->outputs};
    for (int a = 0; a < 2; a++)
      for (size_t k = 0; k < counts[a]; k++, sum++) {
        *sum += arrays[a][k];
        if (last)
          arrays[a][k] = (float)(*sum / trainer->averaged);
      }
    if (last && trainer->mode[l] == MODE_PACKED)
      packed_fill(&trainer->packed[l], layer, &trainer->kernels);
    if (last && trainer->mode[l] == MODE_SPARSE) {
      wake_layer(trainer, l);
      mark_layer(trainer, l);
    }
  }
  if (last)
    turn_all_weights(trainer);
}

static double penalty_now(Trainer *trainer) {
  RegularizerParameters parameters = parameters_of(trainer);
  double total = 0;
  column_sums_all(trainer);
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    Layer *layer = &trainer->network.layer[l];
    RegularizerSums sums = layer->sums;
    SlopeForm form;
    regularizer_totals(&sums);
    regularizer_rows(regularizer_of(trainer), &parameters, &trainer->kernels, layer->weights, &sums,
                     0, sums.rows);
    double value = regularizer_slope(regularizer_of(trainer), &parameters, &trainer->kernels, &sums,
                                     1.0, 0.0, trainer->scratch[0], &form);
    if (trainer->config.lambda > 0) /* 0 times a value that overflows is 0, not NaN */
      total += trainer->config.lambda * value;
    if (trainer->config.l1 > 0)
      total += trainer->config.l1 * sums.absolute;
  }
  return total;
}

/* 1 when all parameters are finite. */
static int parameters_finite(const Trainer *trainer) {
  double total = 0; /* x - x is 0 for finite x, else NaN */
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    const Layer *layer = &trainer->network.layer[l];
    for (uint32_t c = 0; c < layer->inputs; c++)
      total += layer->sums.column_absolute[c] - layer->sums.column_absolute[c];
    for (uint32_t o = 0; o < layer->outputs; o++)
      total += (double)layer->bias[o] - layer->bias[o];
  }
  return total == 0;
}

/* What is to be said of the present parameters. */
static EpochRecord record_of(Trainer *trainer, double test_accuracy, double penalty) {
  const TrainerState *state = &trainer->state;
  EpochRecord record = {.epoch = state->epoch,
                        .phase = state->phase,
                        .loss = state->loss,
                        .train_accuracy = state->train_accuracy,
                        .test_accuracy = test_accuracy,
                        .bias_nonzeros = analysis_bias_nonzeros(&trainer->network),
                        .penalty = penalty};
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    record.nonzeros_by_layer[l] = analysis_nonzeros(&trainer->network.layer[l]);
    record.nonzeros += record.nonzeros_by_layer[l];
  }
  if (analysis_live_nonzeros(&trainer->network, &record.live_nonzeros, NULL, NULL))
    record.live_nonzeros = record.nonzeros;
  record.seconds = host_seconds() - trainer->started;
  return record;
}

static TrainerEvent finish_epoch(Trainer *trainer) {
  TrainerState *state = &trainer->state;
  EpochRecord *record = &trainer->records[trainer->record_count];
  settle(trainer);
  double penalty = penalty_now(trainer); /* also brings the column sums up to date */
  if (!parameters_finite(trainer) || !is_finite(penalty))
    return diverged(trainer);
  state->test_accuracy = 100.0 * trainer->evaluated_correct / trainer->dataset->test.count;
  state->epoch++;
  *record = record_of(trainer, state->test_accuracy, penalty);
  state->seconds = record->seconds;
  trainer->record_count++;
  if (state->epoch == trainer->config.epochs) {
    state->accuracy_before_finetune = record->test_accuracy;
    state->nonzeros_before_finetune = record->nonzeros;
  }
  return state->event = TRAINER_EPOCH;
}

/* What happens between an epoch's last step and its evaluation. */
static void end_epoch(Trainer *trainer) {
  TrainerState *state = &trainer->state;
  if (trainer->averages && state->epochs - state->epoch <= trainer->config.average)
    average(trainer, state->epoch + 1 == state->epochs);
  collect_all(trainer);
  trainer->evaluating = 1;
  trainer->evaluated = trainer->evaluated_correct = 0;
}

TrainerEvent trainer_advance(Trainer *trainer) {
  TrainerState *state = &trainer->state;
  if (state->event == TRAINER_DIVERGED || state->event == TRAINER_FINISHED)
    return state->event;
  if (trainer->evaluating) {
    uint32_t count;
    double begin = host_seconds();
    trainer->evaluated_correct += evaluate_slice(trainer, trainer->evaluated, &count);
    if (!count)
      return TRAINER_WAITING;
    trainer->evaluated += count;
    trainer->profile[PROFILE_EVALUATION] += host_seconds() - begin;
    if (trainer->evaluated < trainer->dataset->test.count)
      return state->event = TRAINER_EVALUATION;
    trainer->evaluating = 0;
    return finish_epoch(trainer);
  }
  if (state->epoch == state->epochs)
    return state->event = TRAINER_FINISHED;
  double begin = host_seconds();
  if (!next_batch(trainer))
    return TRAINER_WAITING;
  state->train_seconds += host_seconds() - begin;
  if (state->phase == PHASE_SPARSIFY && state->epoch == trainer->config.epochs) {
    state->phase = PHASE_FINETUNE;
    if (trainer->config.polish > 0)
      polish(&trainer->network, trainer->config.polish, trainer->saliencies);
    network_reset_moments(&trainer->network);
  }
  if (state->phase == PHASE_FINETUNE && state->epoch == trainer->config.epochs &&
      state->step % state->steps_per_epoch == 0)
    pack_layers(trainer);
  TrainerEvent event = train_step(trainer);
  if (event == TRAINER_STEP && state->step % state->steps_per_epoch == 0)
    end_epoch(trainer);
  return event;
}

/* ---- snapshots
 * ---------------------------------------------------------------------------------- */

static SnapshotHeader header_of(const Trainer *trainer) {
  uint64_t fields =
      (uint64_t)sizeof(Config) << 32 ^ sizeof(TrainerState) << 16 ^ sizeof(EpochRecord);
  return snapshot_header(&trainer->config, trainer->dataset->hash, fields);
}

/* As many as `averages` has: padding between columns counts, that behind biases does not. */
static size_t parameters_of_network(const Network *network) {
  size_t count = 0;
  for (uint32_t l = 0; l < network->layers; l++)
    count += panel_floats(network->layer[l].outputs, network->layer[l].inputs) +
             network->layer[l].outputs;
  return count;
}

/* Takes to or from a snapshot, behind its header, all that steps have left for later ones. The rest
 * is made anew in every step, or follows from this (trainer_restore). The header's fields are the
 * trainer's already. */
static void carry(Trainer *trainer, Snapshot *snapshot) {
#define CARRY(field) snapshot_carry(snapshot, &trainer->field, sizeof trainer->field)
  CARRY(state);
  CARRY(evaluated);
  CARRY(evaluated_correct);
  CARRY(evaluating);
  CARRY(epoch_samples);
  CARRY(epoch_correct);
  CARRY(epoch_loss);
#undef CARRY
  double elapsed = host_seconds() - trainer->started;
  snapshot_carry(snapshot, &elapsed, sizeof elapsed);
  trainer->started = host_seconds() - elapsed;
  snapshot_carry(snapshot, trainer->records, trainer->record_count * sizeof *trainer->records);
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    Layer *layer = &trainer->network.layer[l];
    PackedLayer *packed = &trainer->packed[l];
    size_t weights = panel_floats(layer->outputs, layer->inputs);
    size_t biases = panel_floats(1, layer->outputs) * sizeof(float);
    size_t columns = panel_floats(1, layer->inputs) * sizeof(float);
    if (trainer->mode[l] == MODE_PACKED) {
      size_t bytes = packed->nonzeros * sizeof(float);
      snapshot_carry(snapshot, packed->matrix.count, layer->outputs * sizeof(uint32_t));
      snapshot_carry(snapshot, packed->matrix.column, packed->nonzeros * sizeof(uint32_t));
      snapshot_carry(snapshot, packed->matrix.value, bytes);
      snapshot_carry(snapshot, packed->first_moment, bytes);
      snapshot_carry(snapshot, packed->second_moment, bytes);
    } else {
      snapshot_carry(snapshot, layer->weights, weights * sizeof(float));
      snapshot_carry(snapshot, layer->first_moment, weights * sizeof(float));
      snapshot_carry(snapshot, layer->second_moment, weights * sizeof(float));
    }
    snapshot_carry(snapshot, layer->bias, biases);
    snapshot_carry(snapshot, layer->bias_first_moment, biases);
    snapshot_carry(snapshot, layer->bias_second_moment, biases);
    snapshot_carry(snapshot, layer->sums.column_absolute, columns);
    snapshot_carry(snapshot, layer->sums.column_square, columns);
    snapshot_carry(snapshot, layer->sums.column_largest, columns);
  }
  if (trainer->averaged)
    snapshot_carry(snapshot, trainer->averages,
                   parameters_of_network(&trainer->network) * sizeof *trainer->averages);
}

Status trainer_save(Trainer *trainer, uint8_t **bytes, size_t *length, Error *error) {
  for (uint32_t l = 0; l < trainer->network.layers; l++)
    wake_layer(trainer, l);
  SnapshotHeader header = header_of(trainer);
  header.records = trainer->record_count;
  header.averaged = trainer->averaged;
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    header.mode[l] = trainer->mode[l];
    header.nonzeros[l] = trainer->mode[l] == MODE_PACKED ? trainer->packed[l].nonzeros : 0;
  }
  uint8_t *memory = NULL;
  for (SnapshotWay way = SNAPSHOT_MEASURE; way <= SNAPSHOT_WRITE; way++) {
    Snapshot snapshot = {.way = way, .bytes = memory};
    snapshot_carry(&snapshot, &header, sizeof header);
    carry(trainer, &snapshot);
    snapshot_seal(&snapshot);
    header.length = snapshot.at;
    if (!memory && !(memory = memory_zeroed(snapshot.at, 1)))
      return error_set(error, STATUS_MEMORY, "out of memory for a snapshot of %.1f MiB",
                       (double)snapshot.at / (1 << 20));
  }
  *bytes = memory;
  *length = header.length;
  return STATUS_OK;
}

/* Takes over what a header says; 0: it does not fit this trainer, which is unchanged. */
static int adopt(Trainer *trainer, const SnapshotHeader *header) {
  if (header->records > trainer->state.epochs || (header->averaged && !trainer->averages))
    return 0;
  for (uint32_t l = 0; l < trainer->network.layers; l++)
    if (header->mode[l] > MODE_PACKED ||
        (header->mode[l] == MODE_PACKED && header->nonzeros[l] + 16 > trainer->packed[l].slots))
      return 0;
  Config own = trainer->config;
  trainer->config = header->config;
  memcpy(trainer->config.data_folder, own.data_folder, sizeof own.data_folder);
  trainer->record_count = header->records;
  trainer->averaged = header->averaged;
  for (size_t k = 0; trainer->averages && k < parameters_of_network(&trainer->network); k++)
    trainer->averages[k] = 0;
  for (uint32_t l = 0; l < trainer->network.layers; l++) {
    trainer->mode[l] = (LayerMode)header->mode[l];
    trainer->packed[l].nonzeros = header->nonzeros[l];
    /* where memory is refused: the same bits */
    if (trainer->mode[l] == MODE_SPARSE && !make_sparse(trainer, l))
      trainer->mode[l] = MODE_DENSE;
  }
  return 1;
}

Status trainer_restore(Trainer *trainer, const uint8_t *bytes, size_t length, Error *error) {
  SnapshotHeader expected = header_of(trainer), header;
  Status status = snapshot_check(bytes, length, &expected, &header, error);
  if (status)
    return status;
  if (!adopt(trainer, &header))
    return error_set(error, STATUS_FORMAT, "the snapshot does not fit this run");
  Snapshot snapshot = {.way = SNAPSHOT_READ, .bytes = (uint8_t *)(uintptr_t)bytes};
  snapshot_carry(&snapshot, &header, sizeof header);
  carry(trainer, &snapshot);
  for (uint32_t l = 0; l < trainer->network.layers; l++)
    if (trainer->mode[l] == MODE_PACKED) {
      packed_restored(&trainer->packed[l]);
      memset(trainer->network.layer[l].weights, 0,
             panel_floats(trainer->network.layer[l].outputs, trainer->network.layer[l].inputs) *
                 sizeof(float));
    } else if (trainer->mode[l] == MODE_SPARSE)
      mark_layer(trainer, l);
  trainer->stale = 1;
  settle(trainer);
  choose_inputs(trainer);
  collect_all(trainer); /* an evaluation may be under way */
  if (trainer->state.step % trainer->state.steps_per_epoch)
    shuffle(trainer);
  return STATUS_OK;
}

Network *trainer_end(Trainer *trainer) {
  if (trainer->state.step)
    return NULL;
  trainer->state.event = TRAINER_FINISHED;
  return &trainer->network;
}

/* ---- looking in
 * ----------------------------------------------------------------------------------- */

Status trainer_set(Trainer *trainer, const char *key, const char *value, Error *error) {
  int option = option_find(key);
  if (option >= 0 && !(option_table[option].flags & OPTION_LIVE))
    return error_set(error, STATUS_STATE, "%s cannot change in mid-run; restart with the new value",
                     key);
  Config changed = trainer->config;
  Status status = config_set(&changed, key, value, error);
  if (!status)
    status = config_resolve(&changed, error);
  if (status)
    return status;
  /* widths that came from the data are not the resolver's to open again */
  changed.layers = trainer->config.layers;
  memcpy(changed.widths, trainer->config.widths, sizeof changed.widths);
  trainer->config = changed;
  column_sums_all(trainer); /* other parameters may read sums that no step has kept */
  return STATUS_OK;
}

TrainerState trainer_state(const Trainer *trainer) {
  TrainerState state = trainer->state;
  schedule(&trainer->config, &state);
  return state;
}

const Config *trainer_config(const Trainer *trainer) { return &trainer->config; }
const Network *trainer_network(Trainer *trainer) {
  settle(trainer);
  return &trainer->network;
}
const Kernels *trainer_kernels(const Trainer *trainer) { return &trainer->kernels; }
uint32_t trainer_threads(const Trainer *trainer) { return pool_threads(trainer->pool); }

const EpochRecord *trainer_records(const Trainer *trainer, uint32_t *count) {
  *count = trainer->record_count;
  return trainer->records;
}

EpochRecord trainer_present(Trainer *trainer) {
  double accuracy = trainer_evaluate(trainer);
  settle(trainer);
  return record_of(trainer, accuracy, penalty_now(trainer));
}

int trainer_evaluating(const Trainer *trainer) { return trainer->evaluating; }

Status trainer_slopes(Trainer *trainer, uint32_t l, float *slopes, Error *error) {
  settle(trainer);
  const Layer *layer = &trainer->network.layer[l];
  RegularizerParameters parameters = parameters_of(trainer);
  RegularizerSums sums = layer->sums;
  SlopeForm form = {0};
  uint32_t panels = panel_count(layer->inputs);
  float *panel = memory_zeroed(panel_floats(layer->outputs, layer->inputs), sizeof(float));
  if (!panel)
    return error_set(error, STATUS_MEMORY, "out of memory for the slopes of layer %u", l + 1);
  trainer->kernels.column_sums(layer->weights, layer->outputs, 0, panels, sums.column_absolute,
                               sums.column_square, sums.column_largest);
  regularizer_totals(&sums);
  regularizer_rows(regularizer_of(trainer), &parameters, &trainer->kernels, layer->weights, &sums,
                   0, sums.rows);
  regularizer_slope(regularizer_of(trainer), &parameters, &trainer->kernels, &sums,
                    trainer->config.lambda, trainer->config.l1, trainer->scratch[0], &form);
  trainer->kernels.slopes(layer->weights, layer->outputs, 0, panels, &form, panel);
  panel_to_rows(panel, layer->outputs, layer->inputs, slopes);
  memory_free(panel);
  return STATUS_OK;
}

Status trainer_predict(Trainer *trainer, const float *inputs, float *probabilities, float *hidden,
                       Error *error) {
  Batch one = {0};
  if (!batch_create(&one, &trainer->network, 1, 0, BATCH_DENSE)) {
    batch_free(&one);
    return error_set(error, STATUS_MEMORY, "out of memory for a prediction");
  }
  collect_all(trainer);
  for (uint32_t i = 0; i < trainer->dataset->inputs; i++)
    one.levels[0][(size_t)i * 16] = inputs[i];
  forward(trainer, &one, NULL, 0, 1);
  const float *logits = one.levels[trainer->network.layers];
  double largest = logits[0], sum = 0;
  for (uint32_t c = 1; c < trainer->dataset->classes; c++)
    largest = logits[c * 16] > largest ? logits[c * 16] : largest;
  for (uint32_t c = 0; c < trainer->dataset->classes; c++)
    sum += scalar_exp(logits[c * 16] - largest);
  for (uint32_t c = 0; c < trainer->dataset->classes; c++)
    probabilities[c] = (float)(scalar_exp(logits[c * 16] - largest) / sum);
  for (uint32_t l = 1; hidden && l < trainer->network.layers; l++)
    for (uint32_t unit = 0; unit < trainer->network.layer[l].inputs; unit++)
      *hidden++ = one.levels[l][(size_t)unit * 16];
  batch_free(&one);
  return STATUS_OK;
}

void trainer_profile(Trainer *trainer, int enabled) { trainer->profiling = enabled; }
const double *trainer_profile_seconds(const Trainer *trainer) { return trainer->profile; }
