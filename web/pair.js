// pair.js: the two contenders as one run: started, played, paused and stepped together, held at one pace, asked
// for frames when the page can draw one. It draws nothing, reads no address and knows no element. Depends on
// pace.js, recovery.js.
//
// Commands run one after the other, in the order they were given. States: "empty" (nothing started),
// "starting", "paused", "running", "ended" (both finished or diverged), "failed" (an engine is lost or could
// not start).
//
// An engine that dies in the midst of a run is replaced: the fresh one takes the last snapshot and catches up, while
// the other waits; the command that met the death is then done again. Deaths while starting, and too many of them,
// end in "failed".
import { Pace } from "./pace.js";
import { isTooOften, Recovery, tooOftenWords } from "./recovery.js";

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
  /** The step at which both stop, once. */
  #goal = Infinity;
  /** True while both are brought to one step. */
  #aligning = false;
  #state = "empty";
  /** Counts starts, so that answers to an earlier run are dropped. */
  #generation = 0;
  /** By letter, what a fresh engine needs; and the one that is catching up: {letter, seen: it may be drawn}, or null. */
  #recovery;
  #reviving = null;

  /**
   * `makeEngine(onLost, {careful})` -> {engine, threads, options}, loaded; careful: engines died of late. `describeFrame(letter, still)` -> {heatmaps, theme, edges?} to
   * ask for; still: nothing trains, and this is what will be left to see. Callbacks: onState(state), onFrame(letter, frame), onError(error, letter or null),
   * onRecovery({letter, back: bool, reason, from, step}) when an engine died and when a fresh one has caught up. `clock()`:
   * milliseconds.
   */
  constructor({
    makeEngine,
    describeFrame,
    onState,
    onFrame,
    onError,
    onRecovery = () => {},
    clock = () => performance.now(),
  }) {
    this.#makeEngine = makeEngine;
    this.describeFrame = describeFrame;
    this.onState = onState;
    this.onFrame = onFrame;
    this.onError = onError;
    this.onRecovery = onRecovery;
    this.#clock = clock;
    this.#recovery = { a: new Recovery(clock), b: new Recovery(clock) };
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

  /**
   * Disposes engines that do not answer, which also ends the commands that wait for them; a fresh engine that is
   * catching up is stopped.
   */
  async dropSilent() {
    if (this.#reviving) {
      this.#generation++;
      this.#setState("failed");
      this.#engines[this.#reviving.letter].engine.pause().catch(() => {});
    }
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
   * Both at step 0 with new settings: {settings: {a, b: text}, changes: {a, b: [{step, key, value}]} (made on the way),
   * files, stepsPerSecond(metrics), onStarted(answers), still: false where step 0 need not be drawn, for play() comes next;
   * ahead: both train a first batch while the page is busy with the answers}; onStarted comes before the first frame.
   * -> {a, b}: the engines' answers. Rejects, with the state "failed", when one refuses.
   */
  start({
    settings,
    changes,
    files,
    stepsPerSecond = () => Infinity,
    onStarted = () => {},
    still = true,
    ahead = false,
  }) {
    return this.#command(async () => {
      this.#setState("starting");
      const generation = ++this.#generation;
      this.#goal = Infinity;
      try {
        await this.#loadEngines();
        const planned = (letter) => (changes?.[letter]?.length > 0 ? { changes: changes[letter] } : {});
        const request = (letter) => ({ settings: settings[letter], files, ...planned(letter) });
        const answers = await this.#both((letter) => this.#engines[letter].engine.start({ ...request(letter), ahead }));
        for (const letter of LETTERS) {
          this.#recovery[letter].begin(request(letter), answers[letter].layers);
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
        if (still) await this.#still();
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
      const going = this.#go();
      this.#setState("running");
      this.tick(); // the first frames are on their way with it
      await going;
    });
  }

  /** From now on both stop at `step`, once; null: they don't. */
  stopAt(step) {
    this.#goal = step ?? Infinity;
  }

  /**
   * How both stand at the same step, while nothing trains; then they go on if they did: {a, b: {metrics, fingerprint,
   * dataset}}; null where there is no run.
   */
  freeze() {
    return this.#command(async () => {
      if (!this.#isGoing()) return null;
      const going = this.#state === "running";
      if (going) await this.#align({ more: 0 });
      const moment = await this.#both((letter) => this.#engines[letter].engine.moment());
      if (!going || this.#state !== "running") return moment;
      if (this.#active().length === 0 || this.#reached()) this.#settleState();
      else await this.#go();
      return moment;
    });
  }

  /**
   * Stops both at the same step (the one behind catches up) and draws it. When it resolves, nothing changes any
   * more.
   */
  pause() {
    return this.#command(async () => {
      if (this.#state !== "running") return;
      await this.#align({ more: 0 });
      this.#settleState();
    });
  }

  /** Trains both by one batch, from the same step. */
  step() {
    let goal; // kept when the command is done again
    return this.#command(async () => {
      if (this.#state !== "running" && this.#state !== "paused") return;
      goal ??= { more: this.#state === "paused" ? 1 : 0 };
      await this.#align(goal);
      this.#settleState();
    });
  }

  /** Changes a strength of a running contender. -> {settings, step}, as Engine.set(). */
  set(letter, key, value) {
    return this.#command(async () => {
      const answer = await this.#engines[letter].engine.set(key, value);
      // What the link had for later is not made any more.
      const { request } = this.#recovery[letter];
      if (request.changes) request.changes = request.changes.filter((change) => change.step <= answer.step);
      this.#recovery[letter].changed(key, value, answer.step);
      return answer;
    });
  }

  /** Weights from a file ({bytes, name}) instead of a contender's run at step 0, which is over then. -> metrics */
  loadWeights(letter, file) {
    return this.#command(async () => {
      const { metrics, snapshot } = await this.#engines[letter].engine.loadWeights(file);
      this.#run[letter].metrics = metrics;
      this.#recovery[letter].keep(snapshot);
      await this.#still();
      this.#settleState();
      return metrics;
    });
  }

  /** Every parameter of a contender as it stands: {layers, metrics, fingerprint}. */
  parameters(letter) {
    return this.#command(() => this.#engines[letter].engine.parameters());
  }

  /** One cell of a contender's picture, at once: {layer, order, span} -> {row, column, weight, slope}. */
  cell(letter, request) {
    const engine = this.#engines[letter]?.engine;
    return engine ? engine.cell(request) : Promise.reject(new Error("There is no engine yet."));
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
    // What is asked for while both are being stopped would come after the last frames, and without their fingerprints.
    if (this.#state !== "running" || this.#aligning) return;
    const now = this.#clock();
    for (const letter of LETTERS) {
      const run = this.#run[letter];
      const { engine } = this.#engines[letter];
      const hidden = engine.lost || (this.#reviving?.letter === letter && !this.#reviving.seen);
      if (!hidden && !run.asked && now - run.askedAt >= FRAME_INTERVAL) {
        this.#ask(letter, { fingerprint: now - run.fingerprintAt >= FINGERPRINT_INTERVAL }).catch((error) =>
          engine.lost ? this.#onLost(error, letter) : this.#fail(error, letter),
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
    const result = this.#queue.then(() => this.#enduring(work));
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Does `work`, again where an engine died in it and was replaced. */
  async #enduring(work) {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!this.#isGoing() || !LETTERS.some((letter) => this.#engines[letter].engine.lost)) throw error;
        await this.#heal();
      }
    }
  }

  // --- engines that die --------------------------------------------------------------------------------------------

  /** True in the midst of a run, where a dead engine is replaced. */
  #isGoing() {
    return this.#state === "running" || this.#state === "paused" || this.#state === "ended";
  }

  #onLost(error, letter) {
    this.#run[letter] &&= { ...this.#run[letter], reason: error.message };
    if (this.#isGoing()) this.#command(() => this.#heal()).catch(() => {});
    else this.#fail(error, letter);
  }

  /** Replaces what is lost; rejects, having said why, when that cannot be. */
  async #heal() {
    for (const letter of LETTERS) {
      while (this.#isGoing() && this.#engines[letter].engine.lost) {
        const { reason = "" } = this.#run[letter];
        const deaths = this.#recovery[letter].died();
        const { step: from } = this.#recovery[letter].state;
        const { step } = this.#run[letter].metrics;
        if (isTooOften(deaths)) return this.#giveUp(new Error(tooOftenWords(letter, reason)), letter);
        this.onRecovery({ letter, back: false, reason, from, step });
        try {
          await this.#revive(letter, { step, careful: deaths > 1 });
        } catch (error) {
          // The fresh one died as well: once more, or too often.
          if (this.#isGoing() && this.#engines[letter].engine.lost) continue;
          return this.#giveUp(error, letter);
        } finally {
          this.#reviving = null;
        }
        this.onRecovery({ letter, back: true, reason, from, step });
      }
    }
  }

  #giveUp(error, letter) {
    this.#fail(error, letter);
    throw error;
  }

  /** A fresh engine at the step at which the lost one was last seen, with its play going on. */
  async #revive(letter, { step, careful }) {
    const generation = this.#generation;
    const recovery = this.#recovery[letter];
    const current = () => {
      if (generation !== this.#generation) throw new Error("The run was given up.");
    };
    const made = await this.#makeEngine((error) => this.#onLost(error, letter), { careful });
    this.#reviving = { letter, seen: false };
    this.#engines[letter] = made;
    const { engine } = made;
    current();
    await engine.start(recovery.request);
    const { bytes, changes } = recovery.state;
    if (bytes) await engine.restore(bytes);
    this.#run[letter] = { ...this.#run[letter], asked: false, askedAt: -Infinity, spare: new Map() };
    this.#reviving.seen = true;
    for (const change of changes) {
      current();
      await engine.advanceTo(change.step);
      await engine.set(change.key, change.value);
    }
    current();
    await engine.advanceTo(step);
    current();
    if (this.#state === "running") await engine.play(this.#limit());
    else await this.#ask(letter, { fingerprint: true, still: true });
  }

  // --- frames and steps --------------------------------------------------------------------------------------------

  async #both(work) {
    const [a, b] = await Promise.all(LETTERS.map((letter) => work(letter)));
    return { a, b };
  }

  async #loadEngines() {
    // Both are waited for: one that came after the other's failure would be nobody's.
    const loads = await Promise.allSettled(
      LETTERS.map(async (letter) => {
        if (this.#engines[letter] && !this.#engines[letter].engine.lost) return;
        this.#engines[letter] = await this.#makeEngine((error) => this.#onLost(error, letter), { careful: false });
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

  /** True when those that still train are at the step at which both are to stop. */
  #reached() {
    return this.#active().every((letter) => this.#run[letter].metrics.step >= this.#goal);
  }

  #settleState() {
    if (this.#state === "failed") return;
    if (this.#reached()) this.#goal = Infinity;
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

  /** Lets both train. */
  async #go() {
    this.#pace.rest();
    const limit = this.#limit();
    await this.#both((letter) => this.#engines[letter].engine.play(limit));
  }

  #limit() {
    const limit = this.#pace.limit(
      this.#clock() / 1000,
      this.#active().map((letter) => this.#run[letter].metrics.step),
    );
    return Math.min(limit, this.#goal);
  }

  /** Stops both, brings both to the later one's step plus goal.more (goal.step, once that is known), and draws. */
  async #align(goal) {
    this.#aligning = true;
    try {
      const stopped = await this.#both((letter) => this.#engines[letter].engine.pause());
      const training = LETTERS.filter((letter) => stopped[letter].state === "running");
      goal.step ??= Math.max(0, ...training.map((letter) => stopped[letter].step)) + goal.more;
      await this.#both((letter) => this.#engines[letter].engine.advanceTo(goal.step));
      await this.#still();
    } finally {
      this.#aligning = false;
    }
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
    if (this.#state === "running" && !this.#reviving) request.snapshot = this.#recovery[letter].due();
    const frame = await this.#engines[letter].engine.frame(request);
    run.asked = false;
    if (run !== this.#run[letter] || run.generation !== this.#generation) return;
    run.metrics = frame.metrics;
    // The records are asked for from an index: two requests can be under way around a pause.
    frame.firstRecord = request.firstRecord;
    run.records = Math.max(run.records, request.firstRecord + frame.records.length);
    for (const map of frame.heatmaps) run.spare.set(map.layer, map.pixels);
    if (frame.snapshot) this.#recovery[letter].keep(frame.snapshot);
    this.onFrame(letter, frame);
    if (this.#state === "running" && this.#reached()) {
      this.pause().catch((error) => this.#fail(error, null));
    }
  }
}
