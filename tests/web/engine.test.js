// engine.test.js: promises over a worker that is not there: one reply each, errors with their operation, and what
// happens when the worker dies.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Engine } from "../../web/engine.js";

/** A worker that keeps what it is sent. */
class SilentWorker {
  sent = [];
  terminated = false;
  postMessage(message, transfer) {
    this.sent.push({ ...message, transfer });
  }
  terminate() {
    this.terminated = true;
  }
  reply(message) {
    this.onmessage({ data: message });
  }
}

function setUp({ patience } = {}) {
  const worker = new SilentWorker();
  const losses = [];
  const engine = new Engine(worker, { onLost: (error) => losses.push(error), patience });
  return { worker, losses, engine };
}

test("answers find their requests, in any order", async () => {
  const { worker, engine } = setUp();
  const first = engine.play(5);
  const second = engine.pause();
  assert.deepEqual(
    worker.sent.map(({ operation }) => operation),
    ["play", "pause"],
  );
  assert.deepEqual(worker.sent[0].request, { limit: 5 });
  worker.reply({ id: worker.sent[1].id, result: "paused" });
  worker.reply({ id: worker.sent[0].id, result: "played" });
  assert.equal(await first, "played");
  assert.equal(await second, "paused");
});

test("pixels are handed over", () => {
  const { worker, engine } = setUp();
  const pixels = new Uint8ClampedArray(16);
  engine.frame({ heatmaps: [{ layer: 0, pixels }, { layer: 1 }] }).catch(() => {});
  assert.deepEqual(worker.sent[0].transfer, [pixels.buffer]);
  engine.dispose();
});

test("an engine's error keeps its name and says which operation it was", async () => {
  const { worker, engine, losses } = setUp();
  const request = engine.set("lambda", "-1");
  worker.reply({ id: worker.sent[0].id, error: { code: -2, name: "STATUS_RANGE", message: "out of range" } });
  await assert.rejects(request, { name: "STATUS_RANGE", code: -2, operation: "set", message: "out of range" });
  assert.equal(engine.lost, false);
  assert.deepEqual(losses, []);
});

test("after a trap every open and every later request is rejected, and the owner hears of it once", async () => {
  const { worker, engine, losses } = setUp();
  const requests = [engine.pause(), engine.frame({ heatmaps: [] })];
  worker.reply({ id: worker.sent[0].id, error: { name: "ENGINE_TRAP", message: "unreachable" }, fatal: true });
  await assert.rejects(requests[0], { name: "ENGINE_TRAP" });
  await assert.rejects(requests[1], { name: "ENGINE_LOST", operation: "frame" });
  await assert.rejects(engine.play(1), { name: "ENGINE_LOST", operation: "play" });
  assert.equal(worker.terminated, true);
  assert.equal(engine.lost, true);
  assert.equal(losses.length, 1);
  worker.onerror({ message: "again" });
  assert.equal(losses.length, 1);
});

test("a worker that cannot start is a lost engine", async () => {
  const { worker, engine, losses } = setUp();
  const request = engine.load({});
  worker.onerror({ message: "no such file" });
  await assert.rejects(request, { name: "ENGINE_LOST", message: "no such file" });
  assert.equal(losses.length, 1);
});

test("an engine that is replaced does not report itself as lost", async () => {
  const { engine, losses } = setUp();
  const request = engine.pause();
  engine.dispose();
  await assert.rejects(request, { name: "ENGINE_LOST" });
  assert.deepEqual(losses, []);
});

test("a worker that falls silent while it owes an answer is lost", async () => {
  const { worker, engine, losses } = setUp({ patience: 40 });
  await assert.rejects(engine.pause(), { name: "ENGINE_LOST", operation: "pause", message: /not answered/ });
  assert.equal(worker.terminated, true);
  assert.equal(losses.length, 1);
});

test("long work is no silence while pings are answered; a load or a start may take any time", async () => {
  const { worker, engine, losses } = setUp({ patience: 40 });
  engine.start({}).catch(() => {});
  await sleep(100);
  assert.deepEqual(
    worker.sent.map(({ operation }) => operation),
    ["start"],
  );
  const post = worker.postMessage;
  worker.postMessage = (message) => {
    post.call(worker, message);
    if (message.operation === "ping") setTimeout(() => worker.reply({ id: message.id, result: null }), 1);
  };
  const long = engine.advanceTo(5);
  await sleep(150);
  assert.ok(worker.sent.filter(({ operation }) => operation === "ping").length >= 2);
  worker.reply({ id: worker.sent[1].id, result: "there" });
  assert.equal(await long, "there");
  await sleep(100);
  assert.deepEqual(losses, []);
  engine.dispose();
});

test("answers() says whether the worker still does", async () => {
  const { worker, engine } = setUp();
  const silent = engine.answers(5);
  assert.equal(await silent, false);
  const alive = engine.answers(1000);
  worker.reply({ id: worker.sent[1].id, result: null });
  assert.equal(await alive, true);
  engine.dispose();
  assert.equal(await engine.answers(1000), false);
});
