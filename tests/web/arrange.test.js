// arrange.test.js: where the pictures go in their box, and their scales.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, fieldColumns, fieldGrid, fixedScale, pullScale } from "../../web/views/arrange.js";

const NETWORKS = [
  [
    { rows: 300, columns: 784 },
    { rows: 100, columns: 300 },
  ],
  [
    { rows: 32, columns: 2 },
    { rows: 32, columns: 32 },
  ],
  [{ rows: 10, columns: 784 }],
  [
    { rows: 2048, columns: 1 },
    { rows: 1, columns: 2048 },
  ],
  [784, 300, 100, 10].slice(1).map((rows, index) => ({ rows, columns: [784, 300, 100][index] })),
  [784, 128, 64, 64, 32, 16, 10].slice(1).map((rows, index) => ({ rows, columns: [784, 128, 64, 64, 32, 16][index] })),
];

test("matrices stay in their box and are never without size", () => {
  let checked = 0;
  for (const layers of NETWORKS) {
    for (const [width, height] of [
      [640, 460],
      [163, 300],
      [900, 900],
    ]) {
      const { rows, sizes } = arrange(layers, width, height);
      assert.deepEqual(
        rows.flat(),
        layers.map((_, index) => index),
        "all layers, in order",
      );
      for (const row of rows) {
        const total = row.reduce((sum, layer) => sum + sizes[layer].width, 0);
        assert.ok(total <= width + 1e-6, `${JSON.stringify(layers)} in ${width}: ${total}`);
      }
      const deep = rows.reduce((sum, row) => sum + Math.max(...row.map((layer) => sizes[layer].height)), 0);
      assert.ok(deep <= height, `${JSON.stringify(layers)} in ${height}: ${deep}`);
      for (const size of sizes) assert.ok(size.width > 3 && size.height > 0, JSON.stringify(sizes));
      checked++;
    }
  }
  assert.equal(checked, 3 * NETWORKS.length);
});

test("wide matrices are stacked, square ones stand side by side", () => {
  assert.deepEqual(arrange(NETWORKS[0], 640, 460).rows, [[0], [1]]);
  assert.deepEqual(arrange(NETWORKS[1], 640, 460).rows, [[0, 1]]);
  assert.deepEqual(arrange(NETWORKS[4], 640, 460).rows, [[0], [1, 2]]);
});

test("the scale depends on the shapes only and is a round number", () => {
  assert.equal(fixedScale(NETWORKS[0]), 0.5);
  assert.equal(fixedScale(NETWORKS[1]), 5);
});

test("receptive fields: all units where they fit, in whole cells where these fit, and never beyond the box", () => {
  let checked = 0;
  for (const [units, columns, lines] of [
    [300, 28, 28],
    [32, 2, 1],
    [2048, 28, 28],
    [10, 28, 28],
    [64, 8, 4],
    [1, 1, 1],
  ]) {
    for (const [width, height] of [
      [646, 350],
      [163, 275],
      [1292, 700],
    ]) {
      const grid = fieldGrid(units, columns, lines, width, height);
      assert.ok(grid.width <= width && grid.height <= height, JSON.stringify(grid));
      assert.ok(grid.count >= 1 && grid.count <= units && grid.across <= grid.count, JSON.stringify(grid));
      assert.ok(grid.tileWidth >= Math.min(columns, 7), JSON.stringify(grid));
      checked++;
    }
  }
  assert.equal(checked, 18);
  assert.equal(fieldGrid(300, 28, 28, 646, 450).tileWidth, 28);
  assert.equal(fieldGrid(300, 28, 28, 646, 350).count, 300);
  assert.ok(fieldGrid(2048, 28, 28, 163, 275).count < 2048);
});

test("inputs that are no picture get a shape at most about twice as wide as high", () => {
  for (let inputs = 4; inputs < 900; inputs++) {
    const columns = fieldColumns(inputs);
    assert.ok(columns <= 2.2 * Math.ceil(inputs / columns) + 1, `${inputs}: ${columns}`);
  }
  assert.equal(fieldColumns(2), 2);
  assert.equal(fieldColumns(32), 8);
});

test("the pull's scale is a round number ten times the largest mean, 1 where nothing pulls", () => {
  assert.equal(pullScale([1.28e-4, 1e-4, 1.1e-4]), 1e-3);
  assert.equal(pullScale([0, 0]), 1);
  assert.equal(pullScale([2e-5, NaN]), 2e-4);
});
