// trainer.worker.js: one contender, trained in its own worker by its own instance of the engine.
// It knows no page, no other contender and no clock that could change a result: time only decides when it listens.
// Depends on wasm.js, and on reader.js for files of one's own.
//
// Messages in: {id, operation, request}. Exactly one message out for each: {id, result} or {id, error, fatal}; none for
// "ahead" and "module", which have no id.
// Training goes on in slices between messages; `limit` is the step at which it waits for the other contender.
import { readData, readWeights } from "./reader.js";
import { ADVANCED, EngineError, loadEngine } from "./wasm.js";

/** Milliseconds of work between two looks at the messages. */
const SLICE = 10;

let engine = null;
let step = 0;
let stepsPerEpoch = 1;
/** True from the last batch of an epoch to the end of the evaluation that follows it. */
let evaluationDue = false;
let ended = true;
let playing = false;
let limit = 0;
/** The open advanceTo request: {target, resolve, reject}, or null. */
let goal = null;
let scheduled = false;

// A message to ourselves lets waiting messages in and, unlike setTimeout, is not held back to 4 ms.
const channel = new MessageChannel();
channel.port1.onmessage = () => {
  scheduled = false;
  work();
};

function schedule() {
  if (scheduled) return;
  scheduled = true;
  channel.port2.postMessage(0);
}

function hasWork() {
  if (ended || waiting) return false;
  if (goal) return step < goal.target || evaluationDue;
  return playing && step < limit;
}

/** Changes that the run's link has for later: [{step, key, value}], by ascending step. */
let changes = [];

/** Those that hold from the coming batch on. */
function makeChanges() {
  while (changes.length > 0 && changes[0].step <= step) {
    const { key, value } = changes.shift();
    engine.set(key, value);
  }
}

function unit() {
  if (!evaluationDue) makeChanges();
  const did = engine.advance();
  if (did === ADVANCED.BATCH) {
    step++;
    if (step === 1) performance.mark("first batch"); // tests/bench reads it
    evaluationDue = step % stepsPerEpoch === 0;
  } else if (did === ADVANCED.EPOCH) {
    evaluationDue = false;
  } else if (did === ADVANCED.FINISHED || did === ADVANCED.DIVERGED) {
    evaluationDue = false;
    ended = true;
  } else if (did === ADVANCED.WAITING) {
    waiting = true;
  }
}

function work() {
  try {
    const end = performance.now() + SLICE;
    while (hasWork() && performance.now() < end) unit();
    if (hasWork()) schedule();
    else settle();
  } catch (error) {
    playing = false;
    ended = true;
    const waiting = goal;
    goal = null;
    if (waiting) waiting.reject(error);
    else failed = error;
  }
}

// --- data that stay outside of the engine ------------------------------------------------------------------------------

/** Which data the engine has (pictures.js numbers them), and the pictures outside: as giveOutside() takes them. */
let dataId;
let outside = null;
/** True when the next batch's pictures have not arrived: nothing goes on until they do. */
let waiting = false;

/** Hands over what the data consist of: {id, blobs: [a CSV file]} or what pictures.js describes. */
async function giveData(data, settings) {
  waiting = false;
  outside = null;
  if (data.blobs) {
    const [, name] = /(?:^|&)data-dir=([^&]*)/.exec(settings) ?? [];
    const file = { kind: "csv", names: [decodeURIComponent(name)], blobs: data.blobs };
    return engine.giveTable((await readData(directory, file)).table);
  }
  const { width, height, parts, labels } = data;
  outside = { id: data.id, width, height, train: parts[0], test: parts[1] };
  for (const [which, bytes] of labels.entries()) {
    await engine.giveFile(2 * which + 1, bytes.length, (view) => view().set(bytes));
  }
  engine.giveOutside(outside);
}

/** An error that no request was waiting for: the next frame reports it. */
let failed = null;

/** Answers the open advanceTo request, whether it got there or was overtaken by another. */
function settle() {
  if (!goal) return;
  const { resolve } = goal;
  goal = null;
  resolve(engine.metrics());
}

/** Reads a run's state again after the engine was started or restored: nothing is counted that the engine does not know. */
function readState() {
  const metrics = engine.metrics();
  step = metrics.step;
  stepsPerEpoch = metrics.steps_per_epoch;
  evaluationDue = step > metrics.epoch * stepsPerEpoch && step % stepsPerEpoch === 0;
  ended = metrics.state !== "running";
  // One of this very step may have been made already: again is the same.
  changes = changes.filter((change) => change.step >= step);
  return metrics;
}

/** The run in bytes, for restore(); bytes is null where memory is refused: training matters more. */
function snapshot() {
  const began = performance.now();
  let bytes = null;
  try {
    bytes = engine.save();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  return { bytes, step, milliseconds: performance.now() - began };
}

// --- views of a layer ------------------------------------------------------------------------------------------------

/** A picture that a frame asks for: {layer, kind: "weights" | "pull" | "fields", width, height, scale, ...} -> with pixels. */
function draw({ pixels, ...wanted }, theme) {
  const { layer, kind = "weights", width, height } = wanted;
  const size = width * height * 4;
  const target = pixels?.length === size ? pixels : new Uint8ClampedArray(size);
  const drawn = { layer, kind, width, height, pixels: target };
  if (kind === "fields") return { ...drawn, ...engine.fields({ ...wanted, theme }, target) };
  const pull = kind === "pull";
  const summary = engine.picture({ ...wanted, pull, theme: theme + (pull ? 2 : 0) }, target);
  return { ...drawn, summary };
}

/** The mean pull on each layer. */
function pulls() {
  return engine.layers().map((_, layer) => engine.pull(layer).mean);
}

/** What was compared last, for who asks about a cell of it: [{layer, rows, columns, first, second}]. */
let compared = [];

const viewOperations = {
  /** One cell of a picture. */
  cell(request) {
    return engine.cell(request);
  },

  /** Layers of two contenders; for an engine without a run. */
  compare({ layers, theme, ...request }) {
    compared = layers;
    return layers.map((layer) => ({
      ...{ layer: layer.layer, width: layer.width, height: layer.height },
      ...engine.compare({ ...request, ...layer, theme: theme + 4 }),
    }));
  },

  comparedCell({ layer, span, order }) {
    const pair = compared.find((each) => each.layer === layer);
    return pair ? engine.comparedCell({ ...pair, span, order }) : null;
  },
};

/** An engine that was begun ahead of its request: {directory, threads, engine: promise}, or null. */
let begun = null;
let takeModule = () => {};
/** Where the builds are. */
let directory = "";

const operations = {
  ...viewOperations,

  /** Begins what `load` will ask for, with what `module` brings; both get no answer. */
  ahead(request) {
    const module = new Promise((resolve) => (takeModule = resolve));
    begun = { ...request, engine: loadEngine({ ...request, module }) };
    begun.engine.catch(() => {}); // load() reports it
  },

  /** The engine, compiled, or null. */
  module(compiled) {
    takeModule(compiled);
  },

  /** `link`: read as soon as the engine is there. */
  async load({ directory: folder, threads, link }) {
    directory = folder;
    const same = begun?.directory === directory && begun.threads === threads;
    engine = await (same ? begun.engine : loadEngine({ directory, threads }));
    begun = null;
    return {
      threads: engine.threads,
      version: engine.version(),
      options: engine.options(),
      link: link === undefined ? null : { text: link, ...operations.link({ text: link }) },
    };
  },

  /** ahead: the first batch is trained when the answer is on its way, without being asked again. */
  async start({ settings, files, changes: planned = [], ahead = false }) {
    playing = false;
    settle();
    ended = true;
    failed = null;
    changes = [...planned];
    engine.configure(settings);
    waiting = false;
    if (files?.id !== dataId || !engine.restart()) {
      dataId = undefined;
      if (engine.needsFiles() && files) await giveData(files, settings);
      engine.start();
      dataId = files?.id;
    }
    const metrics = readState();
    if (ahead) {
      limit = 1;
      playing = true;
      schedule();
    }
    return {
      settings: engine.settings(),
      layers: engine.layers(),
      dataset: engine.dataset(),
      pulls: pulls(),
      metrics,
      records: engine.epochs(0),
      fingerprint: engine.fingerprint(),
    };
  },

  /** Puts a run that was started where its snapshot was taken, in whatever engine. */
  restore({ bytes }) {
    engine.restore(bytes);
    return readState();
  },

  play(request) {
    limit = request.limit;
    playing = true;
    work(); // the first slice at once: whoever asks for a frame next sees something trained
    return null;
  },

  pause() {
    playing = false;
    settle();
    return engine.metrics();
  },

  advanceTo({ step: target }) {
    playing = false;
    settle();
    return new Promise((resolve, reject) => {
      goal = { target, resolve, reject };
      schedule();
    });
  },

  frame(request) {
    if (failed) {
      const error = failed;
      failed = null;
      throw error;
    }
    if (request.limit !== undefined && playing) {
      limit = request.limit;
      schedule();
    }
    const heatmaps = request.heatmaps.map((wanted) => draw(wanted, request.theme));
    return {
      metrics: engine.metrics(),
      records: engine.epochs(request.firstRecord),
      heatmaps,
      edges: request.edges ? engine.edges(request.edges) : null,
      histogram: request.histogram?.layers.map((layer) => engine.histogram({ ...request.histogram, layer })) ?? null,
      lent:
        request.lend?.map((layer) => ({ layer, ...engine.layers()[layer], weights: engine.weights(layer) })) ?? null,
      fingerprint: request.fingerprint ? engine.fingerprint() : null,
      snapshot: request.snapshot ? snapshot() : null,
    };
  },

  legend({ width, height, theme }) {
    return { width, height, pixels: engine.legend(width, height, theme, new Uint8ClampedArray(width * height * 4)) };
  },

  sample({ index }) {
    return engine.sample(index);
  },

  predict({ inputs }) {
    return engine.predict(inputs);
  },

  set({ key, value }) {
    makeChanges();
    engine.set(key, value);
    // Who moves something takes over: what the link had for later is not made any more.
    changes = [];
    return { settings: engine.settings(), step, pulls: pulls() };
  },

  /** More pictures have arrived: {id, part, count, offset, bytes}, bytes null where they are shared. */
  arrive({ id, part, count, offset, bytes }) {
    if (outside?.id !== id) return null;
    const own = part === 0 ? outside.train : outside.test;
    if (bytes) own.bytes.set(bytes, offset);
    own.count = Math.max(own.count, count);
    waiting = false;
    if (hasWork()) schedule();
    return null;
  },

  /** The layers of a safetensors file's network: {bytes, name} -> as the option has them. */
  async weightsLayers(file) {
    return (await readWeights(directory, file)).layers;
  },

  /** A safetensors file's weights instead of this run's, which is over then -> {metrics, snapshot}. */
  async loadWeights(file) {
    engine.loadWeights(await readWeights(directory, file));
    return { metrics: readState(), snapshot: snapshot() };
  },

  /** Files of one's own made into a data set, as readData: {kind, names, blobs}. A table is not sent: start() reads it. */
  async importData(files) {
    return { ...(await readData(directory, files)), table: null };
  },

  ping() {
    return null;
  },

  /** Every parameter, with the step and the fingerprint that belong to them. */
  parameters() {
    const layers = engine.layers().map(({ rows, columns }, layer) => ({
      rows,
      columns,
      weights: engine.weights(layer),
      biases: engine.biases(layer),
    }));
    return { layers, metrics: engine.metrics(), fingerprint: engine.fingerprint() };
  },

  /** Regularizers' values for one small matrix, and the slopes of one of them. It touches no run. */
  penalties({ rows, columns, weights, wanted, slopesOf }) {
    const results = wanted.map((settings) => engine.penalty(settings, rows, columns, weights));
    return { values: results.map(({ value }) => value), slopes: results[slopesOf].slopes };
  },

  link({ text }) {
    return { parsed: engine.parseLink(text), printed: engine.printLink(text) };
  },

  moment() {
    return { metrics: engine.metrics(), fingerprint: engine.fingerprint(), dataset: engine.dataset() };
  },

  /** Settings as the engine would resolve them, if it would take them. For an engine without a run. */
  check({ settings }) {
    engine.configure(settings);
    engine.fits();
    return { settings: engine.settings(), remark: engine.remark() };
  },
};

self.onmessage = async ({ data: { id, operation, request } }) => {
  try {
    const result = await operations[operation](request);
    if (id === undefined) return;
    const transfer = result?.heatmaps?.map((map) => map.pixels.buffer) ?? [];
    for (const { cells, weights } of result?.edges ?? []) transfer.push(cells.buffer, weights.buffer);
    if (result?.snapshot?.bytes) transfer.push(result.snapshot.bytes.buffer);
    for (const { weights } of result?.lent ?? []) transfer.push(weights.buffer);
    if (operation === "compare") for (const each of result) transfer.push(each.difference.buffer, each.kept.buffer);
    self.postMessage({ id, result }, transfer);
  } catch (error) {
    // What is not the engine's own error is a trap or a bug of ours: this instance must not be used again.
    const known = error instanceof EngineError;
    self.postMessage({
      id,
      error: known
        ? error.toJSON()
        : { code: 0, name: "ENGINE_TRAP", operation, message: `The engine stopped: ${error?.message ?? error}` },
      fatal: !known,
    });
  }
};
