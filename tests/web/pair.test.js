// pair.test.js: the two contenders as one run, on engines made of a counter: held together, aligned by a pause, restarted,
// and stopped together when one is lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pair } from "../../web/pair.js";

const STEPS_PER_EPOCH = 10;

/** An engine that trains `speed` steps each time it is looked at. */
class CountingEngine {
  lost = false;
  step = 0;
  limit = 0;
  playing = false;
  asked = [];
  snapshots = [];
  changes = [];

  constructor(speed, steps, log) {
    this.speed = speed;
    this.steps = steps;
    this.log = log;
  }

  metrics() {
    return {
      step: this.step,
      steps: this.steps,
      epochs: this.steps / STEPS_PER_EPOCH,
      steps_per_epoch: STEPS_PER_EPOCH,
      state: this.step >= this.steps ? "finished" : "running",
    };
  }

  async #work(result) {
    await sleep(1);
    if (this.broken) throw this.broken;
    if (this.vanished) await new Promise((_, reject) => (this.drop = reject));
    return result();
  }

  start(request) {
    return this.#work(() => {
      this.started = request;
      this.step = 0;
      this.playing = false;
      return { metrics: this.metrics() };
    });
  }

  play(limit) {
    return this.#work(() => {
      this.playing = true;
      this.limit = limit;
    });
  }

  restore(bytes) {
    return this.#work(() => {
      this.restored = this.step = bytes;
      return this.metrics();
    });
  }

  pause() {
    return this.#work(() => {
      this.playing = false;
      this.overtake?.();
      return this.metrics();
    });
  }

  async advanceTo(step) {
    if (this.log?.slow && this.log.engines.indexOf(this) > 1) await new Promise((resolve) => (this.overtake = resolve));
    return this.#work(() => {
      this.step = Math.max(this.step, Math.min(step, this.steps));
      return this.metrics();
    });
  }

  frame(request) {
    return this.#work(() => {
      this.asked.push(request);
      if (request.limit !== undefined) this.limit = request.limit;
      if (this.playing) this.step = Math.max(this.step, Math.min(this.step + this.speed, this.limit, this.steps));
      const records = Array.from({ length: Math.floor(this.step / STEPS_PER_EPOCH) }, (_, epoch) => ({ epoch }));
      return {
        metrics: this.metrics(),
        records: records.slice(request.firstRecord),
        heatmaps: [],
        fingerprint: request.fingerprint ? `step ${this.step}` : null,
        snapshot: request.snapshot ? { bytes: this.#snapshot(), step: this.step, milliseconds: 1 } : null,
      };
    });
  }

  #snapshot() {
    this.snapshots.push(this.step);
    return this.step;
  }

  set(key, value) {
    return this.#work(() => {
      this.changes.push({ key, value, step: this.step });
      return { settings: { [key]: value }, step: this.step };
    });
  }

  async answers() {
    return !this.vanished;
  }

  dispose() {
    this.lost = true;
    this.drop?.(new Error("disposed"));
  }
}

async function setUp({ speeds = [3, 7], steps = 400 } = {}) {
  const log = { states: [], frames: [], errors: [], engines: [], recoveries: [], careful: [] };
  let now = 0;
  const pair = new Pair({
    makeEngine: async (onLost, { careful }) => {
      const engine = new CountingEngine(speeds[log.engines.length % 2], steps, log);
      log.engines.push(engine);
      engine.onLost = onLost;
      log.careful.push(careful);
      return { engine };
    },
    describeFrame: () => ({ heatmaps: [], theme: 0 }),
    onState: (state) => log.states.push(state),
    onFrame: (letter, frame) => log.frames.push({ letter, ...frame }),
    onError: (error) => log.errors.push(error),
    onRecovery: (event) => log.recoveries.push(event),
    clock: () => now,
  });
  const look = async (times) => {
    for (let time = 0; time < times; time++) {
      now += 33;
      pair.tick();
      await sleep(4);
    }
  };
  const wait = (milliseconds) => (now += milliseconds);
  await pair.load();
  return { pair, log, look, wait };
}

const settings = { a: "data=moons", b: "data=moons" };

test("start, play, pause: both end at the same step, and nothing moves after it", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
  await pair.play();
  await look(20);
  const [a, b] = log.engines;
  assert.ok(a.step > 0 && b.step > 0);
  assert.ok(Math.abs(a.step - b.step) <= STEPS_PER_EPOCH);
  await pair.pause();
  assert.equal(a.step, b.step);
  assert.equal(pair.state, "paused");
  const last = log.frames.slice(-2);
  assert.deepEqual(
    last.map(({ fingerprint }) => fingerprint),
    [`step ${a.step}`, `step ${a.step}`],
  );
  const frames = log.frames.length;
  await look(5);
  assert.equal(log.frames.length, frames);
  assert.deepEqual(log.states, ["starting", "paused", "running", "paused"]);
});

test("nothing is asked for beside the last frames of a pause, which have the fingerprints", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(10);
  // B's frames take their time; the page goes on looking.
  const [, b] = log.engines;
  const { frame } = b;
  b.frame = (request) => sleep(25).then(() => frame.call(b, request));
  await Promise.all([pair.pause(), look(15)]);
  await sleep(60);
  for (const letter of ["a", "b"]) {
    const { fingerprint, metrics } = log.frames.filter((each) => each.letter === letter).at(-1);
    assert.equal(fingerprint, `step ${metrics.step}`);
  }
});

test("a step is one batch of each", async () => {
  const { pair, log } = await setUp();
  await pair.start({ settings });
  for (let step = 1; step <= 3; step++) {
    await pair.step();
    assert.deepEqual(
      log.engines.map((engine) => engine.step),
      [step, step],
    );
  }
});

test("commands given at once run in order", async () => {
  const { pair, log } = await setUp();
  await Promise.all([pair.start({ settings }), pair.play(), pair.pause(), pair.step(), pair.start({ settings })]);
  assert.deepEqual(log.states, ["starting", "paused", "running", "paused", "starting", "paused"]);
  assert.deepEqual(
    log.engines.map((engine) => engine.step),
    [0, 0],
  );
});

test("the run ends by itself, every record having come once", async () => {
  const { pair, log, look } = await setUp({ steps: 60 });
  await pair.start({ settings });
  await pair.play();
  await look(80);
  assert.equal(pair.state, "ended");
  for (const letter of ["a", "b"]) {
    const seen = new Map();
    for (const frame of log.frames.filter((each) => each.letter === letter))
      frame.records.forEach((record, index) => seen.set(frame.firstRecord + index, record.epoch));
    assert.deepEqual([...seen.values()], [0, 1, 2, 3, 4, 5]);
  }
  await pair.play();
  assert.equal(pair.state, "ended");
});

test("an engine that fails but lives stops both, is said once, and the next start goes on", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(3);
  log.engines[0].broken = new Error("no memory for a picture");
  await look(3);
  assert.equal(pair.state, "failed");
  assert.equal(log.errors.length, 1);
  assert.equal(log.engines[1].playing, false);
  delete log.engines[0].broken;
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
  assert.equal(log.engines.length, 2);
});

/** As a worker that died: everything asked of it rejects. */
function kill(engine, reason = "trap") {
  engine.broken = new Error(reason);
  engine.lost = true;
  engine.onLost(engine.broken);
}

test("an engine that is lost in mid-run is replaced, restored and caught up; the other waits; the run ends alike", async () => {
  const { pair, log, look } = await setUp({ speeds: [3, 3], steps: 400 });
  await pair.start({ settings, files: ["the data"] });
  await pair.play();
  await look(80); // past the first snapshot
  await pair.set("a", "lambda", "0.5");
  const changedAt = log.engines[0].step;
  await look(4);
  const [lost, other] = log.engines;
  const taken = lost.snapshots.at(-1);
  assert.ok(taken > 0 && taken < changedAt, `${taken} of ${changedAt}`);
  kill(lost);
  const diedAt = lost.step;
  await look(2);
  await look(20);
  const fresh = log.engines[2];
  assert.equal(log.engines.length, 3);
  assert.deepEqual(fresh.started, { settings: settings.a, files: ["the data"] });
  assert.equal(fresh.restored, taken);
  assert.deepEqual(fresh.changes, [{ key: "lambda", value: "0.5", step: changedAt }]);
  assert.equal(pair.state, "running");
  assert.deepEqual(log.errors, []);
  assert.deepEqual(
    log.recoveries.map(({ letter, back, reason, from }) => ({ letter, back, reason, from })),
    [false, true].map((back) => ({ letter: "a", back, reason: "trap", from: taken })),
  );
  assert.ok(log.recoveries[1].step <= diedAt && log.recoveries[1].step >= changedAt);
  await look(200);
  assert.equal(pair.state, "ended");
  assert.deepEqual([fresh.step, other.step], [400, 400]);
});

test("without a snapshot the fresh engine begins at step 0 and repeats what was changed", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(5);
  await pair.pause();
  await pair.set("b", "lambda", "0.25");
  const { step } = log.engines[1];
  kill(log.engines[1]);
  // The command that meets the death is done again.
  await pair.step();
  const fresh = log.engines[2];
  assert.equal(fresh.restored, undefined);
  assert.deepEqual(fresh.changes, [{ key: "lambda", value: "0.25", step }]);
  assert.deepEqual([fresh.step, log.engines[0].step], [step + 1, step + 1], "one batch, not two");
  assert.equal(pair.state, "paused");
});

test("three deaths within a minute end the run; later ones do not count together", async () => {
  const { pair, log, look, wait } = await setUp();
  await pair.start({ settings });
  await pair.play();
  for (let death = 0; death < 4; death++) {
    await look(3);
    kill(log.engines.at(death ? -1 : 0));
    await look(3);
    assert.equal(pair.state, "running");
    wait(31_000);
  }
  assert.deepEqual(log.careful, [false, false, false, true, true, true], "the second death in a row: care");
  const { step } = log.engines[1];
  for (let death = 0; death < 2; death++) {
    kill(log.engines.at(-1), "out of memory.");
    await look(3);
  }
  assert.equal(pair.state, "failed");
  assert.equal(log.errors.length, 1);
  assert.match(log.errors[0].message, /A stopped 3 times within a minute.*out of memory\. Close/);
  assert.ok(log.engines[1].step >= step && !log.engines[1].playing);
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
});

test("a start cuts catching up short", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(10);
  kill(log.engines[0]);
  log.slow = true; // the fresh one never gets there by itself
  await look(5);
  assert.equal(log.engines.length, 3);
  await pair.dropSilent();
  await pair.pause();
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
  assert.deepEqual(log.errors, []);
  assert.deepEqual(
    log.engines.map(({ step, lost }) => lost || step),
    [true, 0, 0],
  );
});

test("a start that an engine refuses rejects, and the next one works", async () => {
  const { pair, log } = await setUp();
  log.engines[1].broken = new Error("no");
  await assert.rejects(pair.start({ settings }), /no/);
  assert.equal(pair.state, "failed");
  delete log.engines[1].broken;
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
});

test("a run that was given up does not play on; a start does", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(3);
  await pair.pause();
  await pair.fail();
  const frames = log.frames.length;
  for (const command of ["play", "step", "pause", "redraw"]) await pair[command]();
  await look(3);
  assert.equal(pair.state, "failed");
  assert.equal(log.frames.length, frames);
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
});

test("an engine that vanished holds up no restart", async () => {
  const { pair, log } = await setUp();
  await pair.start({ settings });
  await pair.play();
  log.engines[1].vanished = true;
  const pause = pair.pause();
  const start = pair.start({ settings });
  await sleep(10);
  assert.equal(pair.state, "running", "the pause waits");
  await pair.dropSilent();
  await assert.rejects(pause, /disposed/);
  await start;
  assert.equal(pair.state, "paused");
  assert.equal(log.engines.length, 3);
});

test("a load that fails is a state, and is tried again for what is missing", async () => {
  let refuse = true;
  const made = [];
  const pair = new Pair({
    makeEngine: async () => {
      if (made.length === 1 && refuse) throw new Error("404");
      made.push(new CountingEngine(1, 10));
      return { engine: made.at(-1), threads: made.length };
    },
    onState: () => {},
  });
  await assert.rejects(pair.load(), /404/);
  assert.equal(pair.state, "failed");
  refuse = false;
  await pair.load();
  assert.deepEqual([pair.engines.a.threads, pair.engines.b.threads], [1, 2]);
});
