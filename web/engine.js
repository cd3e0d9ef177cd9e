// engine.js: one contender as the page sees it: a class over a worker, one promise per request.
// It holds no training state and draws nothing. Depends on wasm.js (EngineError) only.
//
// Every request gets exactly one reply. When the worker dies (it cannot be loaded, or the engine traps), all
// open requests and all later ones are rejected with ENGINE_LOST; the owner then makes a new Engine.
import { EngineError } from "./wasm.js";

export class Engine {
  #worker;
  #open = new Map();
  #next = 1;
  #lost = null;

  /** `worker`: a Worker that runs trainer.worker.js. `onLost(EngineError)` is called once if it dies. */
  constructor(worker, { onLost } = {}) {
    this.#worker = worker;
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

  /** Loads a build: {directory, threads} -> {threads, version, options}. */
  load(request) {
    return this.#ask("load", request);
  }

  /** Starts a run at step 0: {settings, files?: [Blob x 4]} -> {settings, layers, metrics, records, fingerprint}. */
  start(request) {
    return this.#ask("start", request);
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
   * What can be drawn: {limit?, heatmaps: [{layer, width, height, scale, pixels?}], theme, firstRecord,
   * fingerprint: bool, edges?: [limit of each layer]} -> {metrics, records, heatmaps: [{layer, width, height, pixels}],
   * fingerprint: text or null, edges: [{cells, weights, live}] or null}. `pixels` are handed over both ways.
   */
  frame(request) {
    return this.#ask(
      "frame",
      request,
      request.heatmaps.filter((map) => map.pixels).map((map) => map.pixels.buffer),
    );
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

  /** Changes a strength in mid-run. */
  set(key, value) {
    return this.#ask("set", { key, value });
  }

  /** Ends the worker. Open requests are rejected. */
  dispose() {
    this.onLost = undefined;
    this.#lose("The engine was replaced.");
  }

  #ask(operation, request = {}, transfer = []) {
    if (this.#lost) return Promise.reject(this.#error(operation, this.#lost));
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { operation, resolve, reject });
      this.#worker.postMessage({ id, operation, request }, transfer);
    });
  }

  #receive({ id, result, error, fatal }) {
    const request = this.#open.get(id);
    this.#open.delete(id);
    if (error) request?.reject(new EngineError({ ...error, operation: error.operation || request.operation }));
    else request?.resolve(result);
    if (fatal) this.#lose(error.message);
  }

  #lose(message) {
    if (this.#lost) return;
    this.#lost = message;
    this.#worker.terminate();
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const request of open) request.reject(this.#error(request.operation, message));
    this.onLost?.(this.#error("", message));
  }

  #error(operation, message) {
    return new EngineError({ name: "ENGINE_LOST", operation, message });
  }
}
