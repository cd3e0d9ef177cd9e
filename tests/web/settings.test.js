// settings.test.js: which settings a pair opens with, and what a change brings with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  defaultOf,
  differences,
  engineSettings,
  isDefault,
  presetNameOf,
  presetSettings,
  valueOf,
  valueText,
  withAllDefaults,
  withChange,
  withData,
  withDefault,
  withPreset,
  withRegularizer,
  withValue,
} from "../../web/settings.js";
import { table } from "./table.js";

const moons = presetSettings(table.presets[1]);

test("data without a pair of its own keep the contenders and a recipe of their kind; the seed stays", () => {
  const before = withValue(moons, "shared", "seed", "9");
  const after = withData(before, "xor", table);
  assert.deepEqual(after.shared, { data: "xor", epochs: "30", seed: "9" });
  assert.deepEqual(after.a, moons.a);
  const mnist = withData(moons, "mnist", table);
  assert.deepEqual(
    withData(mnist, "xor", table),
    { ...moons, shared: { data: "xor", epochs: "30" } },
    "from another kind",
  );
  assert.deepEqual(withData(before, "mnist", table).a, { regularizer: "l1", lambda: "1e-4" });
  assert.equal(withPreset(before, table.presets[0]).shared.seed, "9");
});

test("another regularizer takes its own strengths", () => {
  const changed = withRegularizer(moons, "b", "none");
  assert.deepEqual(changed.b, { regularizer: "none" });
  assert.deepEqual(changed.a, moons.a);
});

test("changes leave what was there before untouched", () => {
  const before = structuredClone(moons);
  withValue(moons, "a", "lambda", "1");
  withData(moons, "xor", table);
  withRegularizer(moons, "a", "none");
  assert.deepEqual(moons, before);
});

test("a preset is recognized by value, whatever the seed", () => {
  assert.equal(presetNameOf(moons, table), "moons");
  assert.equal(presetNameOf(withValue(moons, "a", "lambda", "0.001"), table), "moons");
  assert.equal(presetNameOf(withValue(moons, "shared", "seed", "4"), table), "moons");
  assert.equal(presetNameOf(withValue(moons, "a", "lambda", "0.002"), table), "");
});

test("an engine gets the shared settings and its contender's own", () => {
  assert.deepEqual(engineSettings(moons, "a"), { data: "moons", epochs: "30", regularizer: "l1", lambda: "1e-3" });
});

const option = (key) => table.options.find((each) => each.key === key);

test("a default is the table's, the data set's or the regularizer's", () => {
  const at = (key, part = "shared", settings = moons) => defaultOf(option(key), settings, part, table);
  assert.equal(at("epochs"), "50");
  assert.equal(at("lr"), "0.002");
  assert.equal(at("data"), "mnist");
  assert.equal(at("layers"), "2,32,32,2");
  assert.equal(at("layers", "shared", withData(moons, "mnist", table)), "784,300,100,10");
  assert.equal(at("lambda", "a"), "0.0001");
  assert.equal(at("lambda", "b"), "0.000035");
  assert.equal(at("order", "b"), null, "nobody says");
  assert.equal(at("layers", "shared", { ...moons, shared: { data: "unheard-of" } }), null);
});

test("a value is what is said, else the default; equal numbers are equal however they are written", () => {
  assert.equal(valueOf(option("epochs"), moons, "shared", table), "30");
  assert.equal(valueOf(option("l1"), moons, "a", table), "0");
  assert.ok(isDefault(option("l1"), moons, "a", table));
  assert.ok(!isDefault(option("l1"), moons, "b", table));
  assert.ok(isDefault(option("lambda"), withValue(moons, "a", "lambda", "1.0e-4"), "a", table));
});

test("values as people read them", () => {
  assert.equal(valueText(option("lambda"), "0.000035"), "3.5e-5");
  assert.equal(valueText(option("regularizer"), "l1"), "L1");
  assert.equal(valueText(option("data"), "mnist"), "MNIST");
  assert.equal(valueText(option("layers"), null), "by data");
  assert.equal(valueText(option("epochs"), "30"), "30");
});

test("a change brings what belongs to it, a default takes it back", () => {
  assert.deepEqual(withChange(moons, "shared", "data", "mnist", table), withData(moons, "mnist", table));
  assert.deepEqual(withChange(moons, "b", "regularizer", "l1", table), withRegularizer(moons, "b", "l1"));
  assert.deepEqual(withChange(moons, "b", "l1", "2", table), withValue(moons, "b", "l1", "2"));
  assert.deepEqual(withDefault(moons, "b", option("l1"), table).b, { regularizer: "arrangement", lambda: "1e-4" });
  assert.deepEqual(withDefault(moons, "shared", option("data"), table), withData(moons, "mnist", table));
  assert.equal(withDefault(moons, "a", option("regularizer"), table).a.regularizer, "arrangement");
  const all = withAllDefaults(withValue(moons, "shared", "seed", "3"));
  assert.deepEqual(all, {
    shared: { data: "moons", seed: "3" },
    a: { regularizer: "l1" },
    b: { regularizer: "arrangement" },
  });
});

test("differences are those of what is in force, said or not", () => {
  assert.deepEqual(differences(moons, withValue(moons, "a", "l1", "0"), table), []);
  const list = differences(moons, withRegularizer(moons, "b", "l1"), table);
  assert.deepEqual(
    list.map(({ part, option: { key }, before, after }) => [part, key, before, after]),
    [
      ["b", "regularizer", "arrangement", "l1"],
      ["b", "l1", "1e-3", "0"],
    ],
    "its strength stays 1e-4: the other's default",
  );
});
