// engine.js: one contender as the page sees it: a class over a worker, one promise per request.
// It holds no training state and draws nothing. Depends on wasm.js (EngineError) only.
//
// Every request gets exactly one reply. When the worker dies (it cannot be loaded, the engine traps, or it falls
// silent), all open requests and all later ones are rejected with ENGINE_LOST; the owner then makes a new Engine.
import { EngineError } from "./wasm.js";

/** Milliseconds of silence after which a worker that owes an answer counts as dead. */
const PATIENCE = 10_000;
/** How many times that is waited for what may take long by its nature; Infinity: nothing is concluded from waiting. */
const UNHURRIED = { load: Infinity, start: 12, importData: Infinity, loadWeights: Infinity };

export class Engine {
  #worker;
  #open = new Map();
  #next = 1;
  #lost = null;
  #patience;
  #watch = null;
  #watchedFor = Infinity;
  /** Looks in a row that found nothing heard. Counted, not timed: a machine that slept has not been silent. */
  #silent = 0;

  /**
   * `worker`: a Worker that runs trainer.worker.js. `onLost(EngineError)` is called once if it dies. `patience`:
   * milliseconds of silence.
   */
  constructor(worker, { onLost, patience = PATIENCE } = {}) {
    this.#worker = worker;
    this.#patience = patience;
    this.onLost = onLost;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#lose(event.message || "The worker of the engine could not be started.");
    };
    worker.onmessageerror = () => this.#lose("A message of the engine could not be read.");
  }

  /** True once the worker is dead. */
  get lost() {
    return this.#lost !== null;
  }

  /** Loads a build: {directory, threads, link?} -> {threads, version, options, link: {text, parsed, printed} or null}. */
  load(request) {
    return this.#ask("load", request);
  }

  /** Starts a run at step 0: {settings, files?: what pictures.js or own data describe, ahead?: train a batch at once} -> {settings, layers, metrics, records, fingerprint}. */
  start(request) {
    return this.#ask("start", request);
  }

  /** Puts a run, started with the same settings and data, where frame() took a snapshot: its bytes -> metrics. */
  restore(bytes) {
    return this.#ask("restore", { bytes });
  }

  /** Lets it train as far as step `limit`, which frame() moves on. */
  play(limit) {
    return this.#ask("play", { limit });
  }

  /** Stops after the present unit of work -> metrics. */
  pause() {
    return this.#ask("pause");
  }

  /** Trains to step `step` and through the evaluation that is due there -> metrics. */
  advanceTo(step) {
    return this.#ask("advanceTo", { step });
  }

  /**
   * What can be drawn: {limit?, heatmaps: [{layer, width, height, scale, pixels?, kind?, ...}], theme, firstRecord,
   * fingerprint: bool, snapshot?: bool, edges?: [limit of each layer], histogram?, lend?: [layer]} -> {metrics, records,
   * heatmaps: [{layer, kind, width, height, pixels, ...}], fingerprint: text or null, edges: [{cells, weights, live}] or
   * null, snapshot: {bytes (or null: refused), step, milliseconds} or null, histogram: [{zeros, counts}] or null, lent:
   * [{layer, rows, columns, weights}] or null}. `pixels` are handed over both ways.
   */
  frame(request) {
    return this.#ask(
      "frame",
      request,
      request.heatmaps.filter((map) => map.pixels).map((map) => map.pixels.buffer),
    );
  }

  /** One cell of a picture: {layer, order, span} -> {row, column, weight, slope}. */
  cell(request) {
    return this.#ask("cell", request);
  }

  /** Two contenders' layers, whose weights are handed over: {layers: [{layer, rows, columns, first, second, width, height}],
   * order, ink, scale, theme, colours} -> [{layer, width, height, difference, kept, both, first, second, ...}]. */
  compare(request) {
    return this.#ask(
      "compare",
      request,
      request.layers.flatMap(({ first, second }) => [first.buffer, second.buffer]),
    );
  }

  /** A cell of what was compared last: {layer, order, span} -> {row, column, first, second}, or null. */
  comparedCell(request) {
    return this.#ask("comparedCell", request);
  }

  /** The key to the colours: {width, height, theme} -> {width, height, pixels}. */
  legend(request) {
    return this.#ask("legend", request);
  }

  /** A test sample -> {label, inputs}. */
  sample(index) {
    return this.#ask("sample", { index });
  }

  /** What the network makes of inputs now -> {probabilities, hidden}. */
  predict(inputs) {
    return this.#ask("predict", { inputs });
  }

  /** Changes a strength in mid-run -> {settings, step}: as resolved, and the step after which it holds. */
  set(key, value) {
    return this.#ask("set", { key, value });
  }

  /** True if the worker answers within so many milliseconds. */
  async answers(milliseconds) {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
    const ping = this.#ask("ping").then(
      () => true,
      () => false,
    );
    try {
      return await Promise.race([ping, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** -> {layers: [{rows, columns, weights, biases}], metrics, fingerprint}, all of the same step. */
  parameters() {
    return this.#ask("parameters");
  }

  /** {rows, columns, weights, wanted: [settings], slopesOf: index} -> {values, slopes}. */
  penalties(request) {
    return this.#ask("penalties", request);
  }

  /** A link in any form -> {parsed: as WasmEngine.parseLink, printed: as the engine writes it}. */
  link(text) {
    return this.#ask("link", { text });
  }

  /** How the run stands, to be frozen in a link -> {metrics, fingerprint, dataset}. */
  moment() {
    return this.#ask("moment");
  }

  /** {settings: text} -> {settings: resolved, remark}, or a rejection in the engine's words. */
  check(request) {
    return this.#ask("check", request);
  }

  /** More pictures of the data have arrived: {id, part, count, offset, bytes} (pictures.js). */
  arrive(lot) {
    return this.#ask("arrive", lot);
  }

  /** {bytes, name} of a safetensors file -> the layers of its network, as text. */
  weightsLayers(request) {
    return this.#ask("weightsLayers", request);
  }

  /** {bytes, name}: its weights instead of the run's at step 0, which is over then -> {metrics, snapshot}. */
  loadWeights(request) {
    return this.#ask("loadWeights", request);
  }

  /** Files of one's own -> what they are (WasmEngine.importData): {kind, names, blobs}. */
  importData(request) {
    return this.#ask("importData", request);
  }

  /** Ends the worker. Open requests are rejected, with the reason. */
  dispose(reason = "The engine was replaced.") {
    this.onLost = undefined;
    this.#lose(reason);
  }

  #ask(operation, request = {}, transfer = []) {
    if (this.#lost) return Promise.reject(this.#error(operation, this.#lost));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { operation, resolve, reject });
      this.#worker.postMessage({ id, operation, request }, transfer);
      this.#watchOver();
    });
  }

  /** While an answer is owed, looks whether anything was heard; long work is told from death by a ping. */
  #watchOver() {
    const owed = [...this.#open.values()].map(({ operation }) => UNHURRIED[operation] ?? 1);
    const patience = this.#patience * Math.min(...owed);
    if (patience !== this.#watchedFor) {
      clearTimeout(this.#watch);
      this.#watch = null;
      this.#watchedFor = patience;
      this.#silent = 0;
    }
    if (patience === Infinity || this.#watch !== null) return;
    this.#watch = setTimeout(() => {
      this.#watch = null;
      if (++this.#silent === 2) this.#lose(`The engine has not answered for ${Math.round(patience / 1000)} seconds.`);
      else if (patience === this.#patience) this.#ask("ping").catch(() => {});
      else this.#watchOver();
    }, patience / 2);
  }

  #receive({ id, result, error, fatal }) {
    const request = this.#open.get(id);
    this.#open.delete(id);
    this.#silent = 0;
    this.#watchOver();
    if (error) request?.reject(new EngineError({ ...error, operation: error.operation || request.operation }));
    else request?.resolve(result);
    if (fatal) this.#lose(error.message);
  }

  #lose(message) {
    if (this.#lost) return;
    this.#lost = message;
    this.#worker.terminate();
    clearTimeout(this.#watch);
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const request of open) request.reject(this.#error(request.operation, message));
    this.onLost?.(this.#error("", message));
  }

  #error(operation, message) {
    return new EngineError({ name: "ENGINE_LOST", operation, message });
  }
}
