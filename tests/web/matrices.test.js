// matrices.test.js: where the matrices go in their box, and their one scale.
import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange, fixedScale } from "../../web/views/matrices.js";

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
];

test("matrices stay in their box and are never without size", () => {
  let checked = 0;
  for (const layers of NETWORKS) {
    for (const [width, height] of [
      [640, 460],
      [163, 300],
      [900, 900],
    ]) {
      const { direction, sizes } = arrange(layers, width, height);
      const across = sizes.map((size) => size.width);
      const total = direction === "row" ? across.reduce((sum, each) => sum + each, 0) : Math.max(...across);
      assert.ok(total <= width + 1e-6, `${JSON.stringify(layers)} in ${width}: ${total}`);
      for (const size of sizes) assert.ok(size.width > 3 && size.height > 0, JSON.stringify(sizes));
      checked++;
    }
  }
  assert.equal(checked, 12);
});

test("wide matrices are stacked, square ones stand side by side", () => {
  assert.equal(arrange(NETWORKS[0], 640, 460).direction, "column");
  assert.equal(arrange(NETWORKS[1], 640, 460).direction, "row");
});

test("the scale depends on the shapes only and is a round number", () => {
  assert.equal(fixedScale(NETWORKS[0]), 0.5);
  assert.equal(fixedScale(NETWORKS[1]), 5);
});
