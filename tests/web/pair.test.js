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

  constructor(speed, steps) {
    this.speed = speed;
    this.steps = steps;
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

  pause() {
    return this.#work(() => {
      this.playing = false;
      return this.metrics();
    });
  }

  advanceTo(step) {
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
      };
    });
  }

  set(key, value) {
    return this.#work(() => ({ settings: { [key]: value }, step: this.step }));
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
  const log = { states: [], frames: [], errors: [], engines: [] };
  let now = 0;
  const pair = new Pair({
    makeEngine: async () => {
      const engine = new CountingEngine(speeds[log.engines.length % 2], steps);
      log.engines.push(engine);
      return { engine };
    },
    describeFrame: () => ({ heatmaps: [], theme: 0 }),
    onState: (state) => log.states.push(state),
    onFrame: (letter, frame) => log.frames.push({ letter, ...frame }),
    onError: (error) => log.errors.push(error),
    clock: () => now,
  });
  const look = async (times) => {
    for (let time = 0; time < times; time++) {
      now += 33;
      pair.tick();
      await sleep(4);
    }
  };
  await pair.load();
  return { pair, log, look };
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

test("an engine that is lost stops both, is said once, and is replaced by the next start", async () => {
  const { pair, log, look } = await setUp();
  await pair.start({ settings });
  await pair.play();
  await look(3);
  const [broken] = log.engines;
  broken.broken = new Error("trap");
  broken.lost = true;
  await look(3);
  assert.equal(pair.state, "failed");
  assert.equal(log.errors.length, 1);
  assert.equal(log.engines[1].playing, false);
  await pair.start({ settings });
  assert.equal(pair.state, "paused");
  assert.equal(log.engines.length, 3);
  await pair.step();
  assert.equal(log.engines[2].step, 1);
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
