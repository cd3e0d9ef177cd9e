// options.test.js: typed values and sliders against the option table.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  byKey,
  check,
  choicesOf,
  groupsOf,
  positionOf,
  rangeText,
  SLIDER_STEPS,
  strengthsOf,
  valueAt,
} from "../../web/options.js";
import { table } from "./table.js";

const options = byKey(table);

test("the strengths that get a slider are a contender's own that may change in mid-run", () => {
  assert.deepEqual(
    strengthsOf(table).map(({ key }) => key),
    ["lambda", "l1"],
  );
});

test("checks what was typed", () => {
  assert.deepEqual(check(options.get("lambda"), " 3e-4 "), { value: "3e-4" });
  assert.deepEqual(check(options.get("seed"), "12"), { value: "12" });
  assert.equal(check(options.get("lambda"), "2000").value, "1000");
  assert.ok(check(options.get("lambda"), "2000").problem);
  for (const words of ["", "x", "Infinity", "1e999", "0x10", "0b1", "1_0", "1e", ".", "0".repeat(61)])
    assert.equal(check(options.get("lambda"), words).value, undefined, words);
  for (const words of ["+1", "1.", ".5", "1E-3", "-0"])
    assert.deepEqual(check(options.get("lambda"), words), { value: words }, words);
  assert.equal(check(options.get("seed"), "0x10").value, undefined);
  assert.equal(check(options.get("seed"), "1.5").value, undefined);
  assert.equal(check(options.get("data"), "moons").value, "moons");
  assert.equal(check(options.get("data"), "cats").value, undefined);
});

test("choices may be words or objects", () => {
  assert.deepEqual(choicesOf({ choices: ["x"] }), [{ value: "x", label: "x", help: "" }]);
  assert.deepEqual(choicesOf({ choices: [{ name: "x", label: "X" }] }), [{ value: "x", label: "X", help: "" }]);
  assert.deepEqual(choicesOf({}), []);
});

test("a logarithmic slider: zero at its left end, values within one step of where they were", () => {
  const lambda = options.get("lambda");
  assert.equal(valueAt(lambda, 0), 0);
  assert.equal(positionOf(lambda, 0), 0);
  assert.equal(positionOf(lambda, 1000), SLIDER_STEPS);
  let checked = 0;
  for (const value of [1e-7, 3e-6, 1e-4, 2e-4, 1e-3, 0.05, 0.1]) {
    const again = valueAt(lambda, positionOf(lambda, value));
    assert.ok(Math.abs(Math.log10(again / value)) < 0.03, `${value} became ${again}`);
    checked++;
  }
  assert.equal(checked, 7);
  let last = -1;
  for (let position = 0; position <= SLIDER_STEPS; position++) {
    const value = valueAt(lambda, position);
    assert.ok(value >= last);
    last = value;
  }
});

test("a linear slider", () => {
  const option = { type: "real", min: 0, max: 1, scale: "linear" };
  assert.equal(positionOf(option, 0.25), SLIDER_STEPS / 4);
  assert.equal(valueAt(option, SLIDER_STEPS / 4), 0.25);
  assert.equal(valueAt({ ...option, type: "integer", max: 10 }, SLIDER_STEPS), 10);
});

test("groups hold what the page shows, in the table's order, advanced ones apart", () => {
  const groups = groupsOf(table);
  assert.deepEqual(
    groups.map(({ name, plain, advanced }) => [name, plain.map(({ key }) => key), advanced.map(({ key }) => key)]),
    [
      ["first", ["data"], []],
      ["rest", ["lr"], ["epochs"]],
    ],
  );
  assert.equal(groups[0].label, "First");
  assert.deepEqual(groupsOf({ ...table, groups: undefined }), []);
});

test("ranges in words", () => {
  const words = (key) => rangeText(table.options.find((option) => option.key === key));
  assert.equal(words("epochs"), "0 to 100000 epochs");
  assert.equal(words("order"), "0.001 to 1000");
  assert.equal(words("layers"), "whole numbers with commas");
  assert.equal(words("data"), "");
});

test("choices have the table's labels", () => {
  assert.deepEqual(
    choicesOf(table.options.find(({ key }) => key === "regularizer")).map(({ label }) => label),
    ["None", "L1", "Arrangement"],
  );
});
