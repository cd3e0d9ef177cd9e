// specimen.test.js: the microscope's matrix: presets, moves, steps of a descent, and the sentences.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  changeMark,
  changeSentence,
  changeWords,
  cornerLayer,
  descended,
  descentRate,
  gathered,
  PRESETS,
  randomStream,
  rowsPermuted,
  scaled,
  shortWeight,
  shuffled,
  SIZES,
  strongestCorner,
  summary,
  withWeight,
} from "../../web/specimen.js";

const sorted = ({ weights }) => [...weights].sort((one, other) => one - other);
const preset = (name, size) => PRESETS.find((each) => each.name === name).make(size, randomStream(7));

test("presets: the four patterns hold the same weights in different places", () => {
  for (const size of SIZES) {
    const patterns = ["block", "row", "diagonal", "scattered"].map((name) => preset(name, size));
    for (const matrix of patterns) {
      assert.equal(matrix.weights.length, size * size);
      assert.deepEqual(sorted(matrix), sorted(patterns[0]));
      assert.equal(summary(matrix).nonzeros, size);
    }
    assert.deepEqual(
      patterns.slice(0, 3).map((matrix) => [summary(matrix).rows, summary(matrix).columns]),
      [
        [Math.ceil(size / Math.ceil(Math.sqrt(size))), Math.ceil(Math.sqrt(size))],
        [1, size],
        [size, size],
      ],
    );
    assert.equal(summary(preset("random", size)).nonzeros, size * size);
    assert.equal(summary(preset("empty", size)).nonzeros, 0);
    assert.deepEqual(preset("scattered", size), preset("scattered", size), "the same seed, the same places");
  }
});

test("moves keep the weights and leave the old matrix alone", () => {
  const matrix = preset("random", 6);
  const before = matrix.weights.slice();
  const random = randomStream(3);
  for (const moved of [shuffled(matrix, random), rowsPermuted(matrix, random), gathered(matrix)]) {
    assert.deepEqual(sorted(moved), sorted(matrix));
    assert.notDeepEqual(moved.weights, matrix.weights);
  }
  const rows = ({ weights }) =>
    Array.from({ length: 6 }, (_, row) => weights.slice(6 * row, 6 * row + 6).join()).sort();
  assert.deepEqual(rows(rowsPermuted(matrix, random)), rows(matrix));
  assert.equal(withWeight(matrix, 4, 9).weights[4], 9);
  assert.deepEqual(matrix.weights, before);
});

test("gathering puts the nonzeros into the smallest square, largest first", () => {
  const moved = gathered(preset("diagonal", 8));
  assert.deepEqual([summary(moved).rows, summary(moved).columns], [3, 3]);
  assert.equal(Math.abs(moved.weights[0]), 2);
  const wide = { rows: 2, columns: 5, weights: new Float32Array([1, 2, 3, 4, 5, 6, 7, 0, 0, 0]) };
  assert.equal(summary(gathered(wide)).nonzeros, 7, "a low matrix takes a wider block");
});

test("scaling is exact, and ends where numbers could no longer be shown", () => {
  const matrix = preset("block", 4);
  assert.deepEqual(
    [...scaled(matrix, 2).weights],
    [...matrix.weights].map((w) => 2 * w),
  );
  assert.deepEqual(scaled(scaled(matrix, 2), 0.5), matrix);
  let large = matrix;
  for (let k = 0; k < 200; k++) large = scaled(large, 2);
  assert.ok(summary(large).largest <= 2 ** 20 && summary(large).largest > 2 ** 18);
});

test("the strongest corner of a layer", () => {
  const layer = { rows: 3, columns: 4, weights: new Float32Array([0, 0, 0, 1, 9, 0, 0, -8, 0, 5, 0, 7]) };
  assert.deepEqual(strongestCorner(layer, 2), { rows: 2, columns: 2, weights: new Float32Array([9, -8, 0, 7]) });
  assert.deepEqual(strongestCorner(layer, 12).weights, layer.weights, "all of a small one");
  assert.equal(
    cornerLayer([
      { rows: 300, columns: 784 },
      { rows: 100, columns: 300 },
      { rows: 10, columns: 100 },
    ]),
    1,
  );
  assert.equal(
    cornerLayer([
      { rows: 48, columns: 32 },
      { rows: 4, columns: 48 },
    ]),
    0,
  );
});

test("descending: bounded steps, exact zeros that stay, growth where the slope is negative", () => {
  const matrix = { rows: 2, columns: 2, weights: new Float32Array([1, -0.02, 0, 0.5]) };
  const slopes = new Float32Array([-1, 2, 5, 0]);
  const rate = descentRate(matrix, slopes);
  const next = descended(matrix, slopes, rate);
  assert.ok(next.weights[0] > 1 && next.weights[0] - 1 <= rate.stride);
  assert.ok(Object.is(next.weights[1], 0), "past zero is exactly 0");
  assert.ok(Object.is(next.weights[2], 0), "a zero stays, whatever holds it");
  assert.equal(next.weights[3], 0.5);
  const steep = descended(
    matrix,
    slopes.map((slope) => 1000 * slope),
    rate,
  );
  assert.ok(steep.weights[0] - 1 <= rate.stride + 1e-6, "no slope makes a step longer");
  assert.equal(descentRate(preset("empty", 4), new Float32Array(16)).rate, 0);
});

test("words for changes", () => {
  const words = [
    [3, 3, "did not change"],
    [3, 3.00003, "did not change"],
    [3, 6, "doubled"],
    [3, 12, "quadrupled"],
    [8, 4, "halved"],
    [8, 2, "fell to a quarter"],
    [0, 2, "rose from 0"],
    [2, 0, "fell to 0"],
    [10, 13.8, "rose by 38 %"],
    [10, 9.95, "fell by 0.5 %"],
    [10, 10.005, "rose by less than 0.1 %"],
    [2, 7, "rose to 3.5 times"],
  ];
  for (const [before, after, text] of words) assert.equal(changeWords(before, after), text);
  const marks = [
    [undefined, 2, ""],
    [3, 3, "="],
    [3, 6, "×2"],
    [8, 4, "−50 %"],
    [10, 13.8, "+38 %"],
    [1, 0, "→ 0"],
  ];
  for (const [before, after, text] of marks) assert.equal(changeMark(before, after), text);
});

test("the sentence says together what fared alike", () => {
  const changes = [
    { label: "L1", before: 1, after: 2 },
    { label: "Group lasso", before: 2, after: 4 },
    { label: "Hoyer-Square", before: 5, after: 5 },
    { label: "Arrangement", before: 7, after: 7 },
  ];
  assert.equal(
    changeSentence("×2", changes),
    "×2: L1 and group lasso doubled, Hoyer-Square and arrangement did not change.",
  );
  const still = changes.slice(2);
  assert.equal(changeSentence("Rows permuted", still), "Rows permuted: no value changed.");
});

test("weights in few characters", () => {
  const texts = [
    [0, "0"],
    [1, "1"],
    [-0.25, "−.25"],
    [12, "12"],
    [-2048, "−2k"],
    [1048576, "1M"],
    [0.0001, "1e−4"],
  ];
  for (const [weight, text] of texts) assert.equal(shortWeight(weight), text);
});
