// undo.test.js: what Undo and Redo remember, and what they call it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changeText, presetSettings, withData, withRegularizer, withValue } from "../../web/settings.js";
import { Undo } from "../../web/undo.js";
import { table } from "./table.js";

const moons = presetSettings(table.presets[1]);
const make = (...list) => {
  const undo = new Undo((before, after) => changeText(before, after, table));
  for (const settings of list) undo.record(settings);
  return undo;
};

test("the settings of the start cannot be gone back from", () => {
  const undo = make(moons);
  assert.equal(undo.back, null);
  assert.equal(undo.forth, null);
  assert.equal(undo.undo(), null);
  assert.equal(undo.redo(), null);
});

test("back and forth, named by what changed", () => {
  const seed = withValue(moons, "shared", "seed", "2");
  const strength = withValue(seed, "b", "lambda", "0.01");
  const undo = make(moons, seed, strength);
  assert.equal(undo.back.text, "Lambda of B 1e-4 → 0.01");
  assert.deepEqual(undo.undo(), { settings: seed, text: "Lambda of B 1e-4 → 0.01" });
  assert.equal(undo.back.text, "Seed 1 → 2");
  assert.equal(undo.forth.text, "Lambda of B 1e-4 → 0.01");
  assert.deepEqual(undo.undo(), { settings: moons, text: "Seed 1 → 2" });
  assert.equal(undo.back, null);
  assert.deepEqual(undo.redo(), { settings: seed, text: "Seed 1 → 2" });
  assert.deepEqual(undo.redo().settings, strength);
  assert.equal(undo.forth, null);
});

test("what has come into force by going back is no new step, and keeps what can be redone", () => {
  const seed = withValue(moons, "shared", "seed", "2");
  const undo = make(moons, seed);
  undo.record(undo.undo().settings);
  assert.equal(undo.back, null);
  assert.equal(undo.forth.text, "Seed 1 → 2");
});

test("a new change after going back forgets what was undone", () => {
  const undo = make(moons, withValue(moons, "shared", "seed", "2"));
  undo.undo();
  undo.record(withValue(moons, "shared", "seed", "3"));
  assert.equal(undo.forth, null);
  assert.equal(undo.back.text, "Seed 1 → 3");
});

test("what differs only in how it is written is no change", () => {
  const undo = make(moons, withValue(moons, "a", "lambda", "0.001"), withValue(moons, "shared", "seed", "1"));
  assert.equal(undo.back, null);
});

test("what is given cannot be changed from outside", () => {
  const settings = structuredClone(moons);
  const undo = make(settings, withValue(settings, "shared", "seed", "2"));
  settings.shared.epochs = "1";
  assert.equal(undo.back.settings.shared.epochs, "30");
  undo.undo().settings.shared.epochs = "2";
  undo.redo();
  assert.equal(undo.back.settings.shared.epochs, "30");
});

test("only so many steps are kept", () => {
  const undo = make(...Array.from({ length: 300 }, (_, seed) => withValue(moons, "shared", "seed", String(seed))));
  let steps = 0;
  while (undo.undo()) steps++;
  assert.equal(steps, 100);
});

test("a change of many things is called by the first, or by its preset", () => {
  const spiral = withData(moons, "mnist", table);
  assert.equal(changeText(moons, spiral, table), "Preset Moons → MNIST pair");
  const own = withData(moons, "xor", table);
  assert.equal(changeText(moons, own, table), "Data Moons → XOR");
  const other = withValue(own, "shared", "seed", "4");
  assert.match(changeText(moons, other, table), /^Data Moons → XOR and 1 more$/);
  const penalty = withRegularizer(moons, "b", "none");
  assert.equal(changeText(moons, penalty, table), "Regularizer of B Arrangement → None and 2 more");
  assert.equal(changeText(other, moons, table), "Preset your own → Moons");
});
