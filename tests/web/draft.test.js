// draft.test.js: what waits for a restart, what takes effect at once, and what becomes of the one under the other.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Draft } from "../../web/draft.js";
import { presetSettings, withValue } from "../../web/settings.js";
import { table } from "./table.js";

const moons = presetSettings(table.presets[1]);
const make = () => new Draft(table, moons);
const shared = (key, value) => ({ part: "shared", key, value });
const words = (draft) => draft.waiting.map(({ part, option, before, after }) => [part, option.key, before, after]);

test("what needs a restart waits, what is live does not", () => {
  const draft = make();
  assert.equal(draft.atOnce(shared("epochs", "40")), null);
  assert.deepEqual(draft.atOnce({ part: "b", key: "lambda", value: "0.1" }), withValue(moons, "b", "lambda", "0.1"));
  assert.deepEqual(draft.atOnce(shared("lr", "0.1")), withValue(moons, "shared", "lr", "0.1"));
  assert.deepEqual(draft.next, moons);
});

test("what waits is listed, and goes when it is taken back by hand or by Revert", () => {
  const draft = make();
  draft.wait(shared("epochs", "40"));
  draft.wait(shared("seed", "2"));
  draft.wait(shared("epochs", "50"));
  assert.deepEqual(words(draft), [
    ["shared", "epochs", "30", "50"],
    ["shared", "seed", "1", "2"],
  ]);
  assert.equal(draft.next.shared.epochs, "50");
  assert.equal(draft.settings.shared.epochs, "30");
  draft.wait(shared("epochs", "30"));
  assert.equal(draft.waiting.length, 1);
  draft.wait(shared("seed", null));
  assert.deepEqual(draft.next, moons);
  draft.wait(shared("seed", "3"));
  draft.revert();
  assert.deepEqual(draft.waiting, []);
});

test("a live option waits where what waits would undo it", () => {
  const draft = make();
  draft.wait({ part: "b", key: "regularizer", value: "l1" });
  assert.equal(draft.atOnce({ part: "b", key: "lambda", value: "0.5" }), null, "meant for the new regularizer");
  assert.notEqual(draft.atOnce({ part: "a", key: "lambda", value: "0.5" }), null, "the other contender's goes on");
  draft.wait({ part: "b", key: "lambda", value: "0.5" });
  assert.deepEqual(draft.next.b, { regularizer: "l1", lambda: "0.5" });
  const data = make();
  data.wait(shared("data", "mnist"));
  assert.equal(data.atOnce(shared("lr", "0.1")), null);
});

test("other settings in force keep what waits", () => {
  const draft = make();
  draft.wait(shared("epochs", "40"));
  draft.rebase(withValue(moons, "shared", "seed", "9"));
  assert.deepEqual(words(draft), [["shared", "epochs", "30", "40"]]);
  draft.rebase(withValue(moons, "shared", "epochs", "40"));
  assert.deepEqual(draft.waiting, []);
  draft.rebase(moons);
  assert.deepEqual(draft.waiting, [], "what came true does not wait any more");
});

test("back to the default, one by one and all", () => {
  const draft = make();
  assert.deepEqual(draft.tried({ part: "b", key: "lambda", value: null }).b, {
    regularizer: "arrangement",
    l1: "1e-3",
  });
  assert.equal(draft.tried(shared("data", null)).shared.data, "mnist");
  assert.equal(draft.tried({ part: "a", key: "regularizer", value: null }).a.regularizer, "arrangement");
  draft.wait(shared("seed", "4"));
  draft.wait(shared("layers", "2,3,2"));
  draft.wait({ all: true });
  assert.deepEqual(draft.next, {
    shared: { data: "moons" },
    a: { regularizer: "l1" },
    b: { regularizer: "arrangement" },
  });
  draft.wait(shared("epochs", "7"));
  assert.equal(draft.next.shared.epochs, "7");
});
