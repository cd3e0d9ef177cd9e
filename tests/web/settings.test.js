// settings.test.js: which settings a pair opens with, and what a change brings with it.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  engineSettings,
  openingPreset,
  presetNameOf,
  presetSettings,
  settingsOf,
  withData,
  withPreset,
  withRegularizer,
  withValue,
} from "../../web/settings.js";
import { table } from "./table.js";

const moons = presetSettings(table.presets[1]);

test("without a link the first preset on generated data opens", () => {
  assert.equal(openingPreset(table).name, "moons");
  assert.deepEqual(settingsOf("", table), { settings: moons, problems: [] });
});

test("without presets there is still a pair", () => {
  const { settings } = settingsOf("", { ...table, presets: [] });
  assert.equal(settings.shared.data, "moons");
  assert.notDeepEqual(settings.a, settings.b);
});

test("a link's shared settings stand alone: missing ones are the engine's defaults, not the preset's", () => {
  const { settings } = settingsOf("#v=1&data=moons&seed=5", table);
  assert.deepEqual(settings.shared, { data: "moons", seed: "5" });
  assert.deepEqual(settings.a, moons.a);
  assert.deepEqual(settings.b, moons.b);
});

test("a contender that a link mentions is as the link says, with the pair's regularizer", () => {
  const { settings } = settingsOf("#data=mnist&b.lambda=3.5e-5", table);
  assert.deepEqual(settings.b, { regularizer: "arrangement", lambda: "3.5e-5" });
  assert.deepEqual(settings.a, { regularizer: "l1", lambda: "1e-4" });
});

test("data without a pair of its own keep the contenders; the seed stays", () => {
  const before = withValue(moons, "shared", "seed", "9");
  const after = withData(before, "xor", table);
  assert.deepEqual(after.shared, { data: "xor", seed: "9" });
  assert.deepEqual(after.a, moons.a);
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
