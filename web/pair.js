// pair.js: the two contenders as one run: started, played, paused and stepped together, held at one pace, asked
// for frames when the page can draw one. It draws nothing, reads no address and knows no element. Depends on
// pace.js.
//
// Commands run one after the other, in the order they were given. States: "empty" (nothing started),
// "starting", "paused", "running", "ended" (both finished or diverged), "failed" (an engine is lost or could
// not start).
import { Pace } from "./pace.js";

export const LETTERS = Object.freeze(["a", "b"]);
/** Milliseconds in which an engine must answer to be kept for another run. */
const ANSWER_WITHIN = 2000;
/** Milliseconds between two frames, between two fingerprints while running. */
const FRAME_INTERVAL = 30;
const FINGERPRINT_INTERVAL = 1000;

export class Pair {
  #makeEngine;
  #clock;
  #queue = Promise.resolve();
  #engines = { a: null, b: null };
  #run = { a: null, b: null };
  #pace = null;
  #state = "empty";
  /** Counts starts, so that answers to an earlier run are dropped. */
  #generation = 0;

  /**
   * `makeEngine(onLost)` -> {engine, threads, options}, loaded. `describeFrame(letter, still)` -> {heatmaps, theme, edges?} to
   * ask for; still: nothing trains, and this is what will be left to see. Callbacks: onState(state), onFrame(letter, frame), onError(error, letter or null). `clock()`:
   * milliseconds.
   */
  constructor({ makeEngine, describeFrame, onState, onFrame, onError, clock = () => performance.now() }) {
    this.#makeEngine = makeEngine;
    this.describeFrame = describeFrame;
    this.onState = onState;
    this.onFrame = onFrame;
    this.onError = onError;
    this.#clock = clock;
  }

  get state() {
    return this.#state;
  }

  /** Loads both engines (again, where one was lost). -> {a, b}: what makeEngine gave. */
  load() {
    return this.#command(async () => {
      this.#setState("starting");
      try {
        return await this.#loadEngines();
      } catch (error) {
        this.#setState("failed");
        throw error;
      }
    });
  }

  /** {a, b}: what makeEngine gave. */
  get engines() {
    return { ...this.#engines };
  }

  /** Disposes engines that do not answer, which also ends the commands that wait for them. */
  async dropSilent() {
    await this.#both(async (letter) => {
      const engine = this.#engines[letter]?.engine;
      if (!engine || engine.lost || (await engine.answers(ANSWER_WITHIN))) return;
      this.#generation++;
      this.#setState("failed");
      engine.dispose();
    });
  }

  /** Gives the run up, so that nothing but a start goes on from here. */
  fail() {
    return this.#command(() => {
      this.#generation++;
      this.#setState("failed");
    });
  }

  /**
   * Both at step 0 with new settings: {settings: {a, b: text}, files, stepsPerSecond(metrics),
   * onStarted(answers)}; onStarted comes before the first frame. -> {a, b}: the engines' answers. Rejects, with
   * the state "failed", when one refuses.
   */
  start({ settings, files, stepsPerSecond = () => Infinity, onStarted = () => {} }) {
    return this.#command(async () => {
      this.#setState("starting");
      const generation = ++this.#generation;
      try {
        await this.#loadEngines();
        const answers = await this.#both((letter) =>
          this.#engines[letter].engine.start({ settings: settings[letter], files }),
        );
        for (const letter of LETTERS) {
          this.#run[letter] = {
            generation,
            metrics: answers[letter].metrics,
            records: 0,
            asked: false,
            askedAt: -Infinity,
            fingerprintAt: -Infinity,
            spare: new Map(),
          };
        }
        const { metrics } = answers.a;
        this.#pace = new Pace({
          stepsPerEpoch: metrics.steps_per_epoch,
          stepsPerSecond: stepsPerSecond(metrics),
        });
        onStarted(answers);
        await this.#still();
        this.#setState("paused");
        return answers;
      } catch (error) {
        this.#setState("failed");
        throw error;
      }
    });
  }

  play() {
    return this.#command(async () => {
      if (this.#state !== "paused") return;
      this.#pace.rest();
      const limit = this.#limit();
      await this.#both((letter) => this.#engines[letter].engine.play(limit));
      this.#setState("running");
    });
  }

  /**
   * Stops both at the same step (the one behind catches up) and draws it. When it resolves, nothing changes any
   * more.
   */
  pause() {
    return this.#command(async () => {
      if (this.#state !== "running") return;
      await this.#align(0);
      this.#settleState();
    });
  }

  /** Trains both by one batch, from the same step. */
  step() {
    return this.#command(async () => {
      if (this.#state !== "running" && this.#state !== "paused") return;
      await this.#align(this.#state === "paused" ? 1 : 0);
      this.#settleState();
    });
  }

  /** Changes a strength of a running contender. -> {settings, step}, as Engine.set(). */
  set(letter, key, value) {
    return this.#command(() => this.#engines[letter].engine.set(key, value));
  }

  /** Every parameter of a contender as it stands: {layers, metrics, fingerprint}. */
  parameters(letter) {
    return this.#command(() => this.#engines[letter].engine.parameters());
  }

  /** The key to the colours, which are the same for both: {width, height, theme} -> {width, height, pixels}. */
  legend(request) {
    return this.#command(() => this.#engines.a.engine.legend(request));
  }

  /** A test sample, the same for both -> {label, inputs}. */
  sample(index) {
    return this.#command(() => this.#engines.a.engine.sample(index));
  }

  /** What both make of inputs, as they stand -> {a, b}: {probabilities, hidden}. */
  predict(inputs) {
    return this.#command(() => this.#both((letter) => this.#engines[letter].engine.predict(inputs)));
  }

  /** Steps per second that the pair may take; Infinity = as fast as it can. */
  setSpeed(stepsPerSecond) {
    if (this.#pace) this.#pace.stepsPerSecond = stepsPerSecond;
  }

  /** Call whenever the page can draw: asks each contender for a frame unless one is on its way. */
  tick() {
    if (this.#state !== "running") return;
    const now = this.#clock();
    for (const letter of LETTERS) {
      const run = this.#run[letter];
      if (!run.asked && now - run.askedAt >= FRAME_INTERVAL) {
        this.#ask(letter, { fingerprint: now - run.fingerprintAt >= FINGERPRINT_INTERVAL }).catch((error) =>
          this.#fail(error, letter),
        );
      }
    }
  }

  /** Draws both again where they stand (another size, another theme). */
  redraw() {
    return this.#command(async () => {
      if (this.#state === "paused" || this.#state === "ended") await this.#still();
    });
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #command(work) {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  async #both(work) {
    const [a, b] = await Promise.all(LETTERS.map((letter) => work(letter)));
    return { a, b };
  }

  async #loadEngines() {
    // Both are waited for: one that came after the other's failure would be nobody's.
    const loads = await Promise.allSettled(
      LETTERS.map(async (letter) => {
        if (this.#engines[letter] && !this.#engines[letter].engine.lost) return;
        this.#engines[letter] = await this.#makeEngine((error) => this.#fail(error, letter));
      }),
    );
    const refused = loads.find(({ status }) => status === "rejected");
    if (refused) throw refused.reason;
    return this.engines;
  }

  #setState(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state);
  }

  #settleState() {
    if (this.#state === "failed") return;
    this.#setState(this.#active().length === 0 ? "ended" : "paused");
  }

  #fail(error, letter) {
    // An answer to a run that is no more, or the second of two errors.
    if (this.#state === "failed") return;
    this.#generation++;
    for (const other of LETTERS) {
      const loaded = this.#engines[other];
      if (loaded && !loaded.engine.lost) loaded.engine.pause().catch(() => {});
    }
    this.#setState("failed");
    this.onError(error, letter);
  }

  /** The contenders that still train. */
  #active() {
    return LETTERS.filter((letter) => this.#run[letter]?.metrics.state === "running");
  }

  #limit() {
    return this.#pace.limit(
      this.#clock() / 1000,
      this.#active().map((letter) => this.#run[letter].metrics.step),
    );
  }

  /** Stops both, brings both to the later one's step plus `more`, and draws. */
  async #align(more) {
    const stopped = await this.#both((letter) => this.#engines[letter].engine.pause());
    const training = LETTERS.filter((letter) => stopped[letter].state === "running");
    const target = Math.max(0, ...training.map((letter) => stopped[letter].step)) + more;
    await this.#both((letter) => this.#engines[letter].engine.advanceTo(target));
    await this.#still();
  }

  /** A frame of each with its fingerprint, while nothing trains. */
  async #still() {
    await this.#both((letter) => this.#ask(letter, { fingerprint: true, still: true }));
  }

  async #ask(letter, { fingerprint, still = false }) {
    const run = this.#run[letter];
    run.asked = true;
    run.askedAt = this.#clock();
    if (fingerprint) run.fingerprintAt = run.askedAt;
    const { heatmaps, ...wishes } = this.describeFrame(letter, still);
    const request = {
      ...wishes,
      heatmaps: heatmaps.map((map) => ({ ...map, pixels: run.spare.get(map.layer) })),
      firstRecord: run.records,
      fingerprint,
    };
    run.spare.clear();
    if (this.#state === "running") request.limit = this.#limit();
    const frame = await this.#engines[letter].engine.frame(request);
    run.asked = false;
    if (run !== this.#run[letter] || run.generation !== this.#generation) return;
    run.metrics = frame.metrics;
    // The records are asked for from an index: two requests can be under way around a pause.
    frame.firstRecord = request.firstRecord;
    run.records = Math.max(run.records, request.firstRecord + frame.records.length);
    for (const map of frame.heatmaps) run.spare.set(map.layer, map.pixels);
    this.onFrame(letter, frame);
    if (this.#state === "running" && this.#active().length === 0) {
      this.pause().catch((error) => this.#fail(error, null));
    }
  }
}
