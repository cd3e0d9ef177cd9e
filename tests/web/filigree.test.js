// filigree.test.js: the arithmetic of the filigree on networks that fit on paper, and the centring of a drawing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { centred } from "../../web/views/digit.js";
import {
  answerPaths,
  BUDGET,
  edgesOf,
  limits,
  linesOf,
  livingUnits,
  nearestUnit,
  orders,
  pathsThrough,
  places,
} from "../../web/views/filigree-layout.js";

/** Two inputs, three hidden units (the last one dead), two outputs; lines cross. */
const WIDTHS = [2, 3, 2];
const EDGES = [
  edgesOf({ cells: Uint32Array.of(1, 2), weights: Float32Array.of(2, -1) }, 2),
  edgesOf({ cells: Uint32Array.of(1, 3), weights: Float32Array.of(3, 0.5) }, 3),
];
const LIVE = [Uint8Array.of(1, 1, 0), Uint8Array.of(1, 1)];

test("cells become edges", () => {
  assert.deepEqual([...EDGES[0].from], [1, 0]);
  assert.deepEqual([...EDGES[0].to], [0, 1]);
  assert.deepEqual([...EDGES[1].from], [1, 0]);
  assert.deepEqual([...EDGES[1].to], [0, 1]);
});

test("the budget is never passed, and small layers are drawn whole", () => {
  for (const nonzeros of [
    [235200, 30000, 1000],
    [10, 20, 30],
    [0, 0],
    [1e6, 1],
    [4000, 4000],
    [BUDGET],
    [1e6, 1e6, 1e6],
  ]) {
    const given = limits(nonzeros);
    const total = given.reduce((sum, each) => sum + each, 0);
    const all = nonzeros.reduce((sum, each) => sum + each, 0);
    assert.ok(total <= BUDGET);
    assert.ok(total >= Math.min(all, BUDGET - nonzeros.length), `${nonzeros}: ${total}`);
    given.forEach((each, layer) => assert.ok(each <= nonzeros[layer]));
    if (all <= BUDGET) assert.deepEqual(given, nonzeros);
  }
  assert.equal(limits([235200, 30000, 1000])[2], 1000);
});

test("every unit has a place in the picture, level below level", () => {
  for (const [widths, picture] of [
    [[784, 300, 100, 10], { width: 28, height: 28 }],
    [[2, 16, 16, 2], null],
    [[784, 10], { width: 28, height: 28 }],
    [[3, 1], null],
    [[4, 3, 3, 3, 3, 3, 2], { width: 2, height: 2 }],
  ]) {
    const at = places(widths, picture);
    const heights = at.map((place, level) => {
      assert.equal(place.length, 2 * widths[level]);
      for (const each of place) assert.ok(each > 0 && each < 1, `${widths}: ${each}`);
      return place.at(-1);
    });
    for (let level = 1; level < heights.length; level++)
      assert.ok(heights[level] > heights[level - 1] + 0.02, `${widths}: ${heights}`);
  }
  const plane = places([784, 10], { width: 28, height: 28 })[0];
  assert.ok(plane[2 * 27] - plane[0] < plane[2 * 783] - plane[2 * 756], "the front is wider");
});

test("places do not depend on who lives, until units are ordered", () => {
  assert.deepEqual(places(WIDTHS, null), places(WIDTHS, null, null, livingUnits(WIDTHS, EDGES, LIVE)));
});

test("ordering uncrosses, and leaves inputs and outputs", () => {
  const crossings = (at) => {
    let count = 0;
    EDGES.forEach(({ from, to }, layer) => {
      const x = (level, unit) => at[level][2 * unit];
      for (let i = 0; i < from.length; i++)
        for (let j = 0; j < i; j++)
          if ((x(layer, from[i]) - x(layer, from[j])) * (x(layer + 1, to[i]) - x(layer + 1, to[j])) < 0) count++;
    });
    return count;
  };
  const living = livingUnits(WIDTHS, EDGES, LIVE);
  assert.deepEqual(
    living.map((each) => [...each]),
    [
      [1, 1],
      [1, 1, 0],
      [1, 1],
    ],
  );
  const order = orders(WIDTHS, null, EDGES, living);
  assert.deepEqual([order[0], order[2]], [null, null]);
  assert.deepEqual([...order[1]].sort(), [0, 1, 2]);
  const ordered = places(WIDTHS, null, order, living);
  assert.equal(crossings(places(WIDTHS, null)), 2);
  assert.equal(crossings(ordered), 0);
  assert.deepEqual(order, orders(WIDTHS, null, EDGES, living), "the same every time");
});

test("the paths through a unit light up", () => {
  const light = (level, unit) => pathsThrough(WIDTHS, EDGES, level, unit).map((each) => [...each]);
  assert.deepEqual(light(1, 0), [
    [1, 0],
    [0, 1],
  ]);
  assert.deepEqual(light(0, 1), [
    [1, 0],
    [0, Math.fround(0.4)],
  ]);
  assert.deepEqual(light(2, 0), [
    [0, Math.fround(0.4)],
    [1, 0],
  ]);
  assert.deepEqual(light(1, 2), [
    [0, 0],
    [0, 0],
  ]);
  assert.deepEqual(linesOf(EDGES, 1, 0), {
    inputs: { count: 1, strongest: { unit: 1, weight: 2 } },
    outputs: { count: 1, strongest: { unit: 1, weight: 0.5 } },
  });
  assert.deepEqual(linesOf(EDGES, 1, 2).inputs, { count: 0, strongest: null });
});

test("an answer's paths: shares of what argued for it", () => {
  const values = [Float32Array.of(1, 1), Float32Array.of(2, 0, 0)];
  assert.deepEqual(
    answerPaths(WIDTHS, EDGES, values, 1).map((each) => [...each]),
    [
      [1, 0],
      [0, 1],
    ],
  );
  // The only line into class 0 comes from a unit that is silent.
  assert.deepEqual(
    answerPaths(WIDTHS, EDGES, values, 0).map((each) => [...each]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  const two = [edgesOf({ cells: Uint32Array.of(0, 1, 2), weights: Float32Array.of(4, 1, -5) }, 3)];
  assert.deepEqual([...answerPaths([3, 1], two, [Float32Array.of(1, 1, 1)], 0)[0]], [1, 0.5, 0]);
});

test("a pointer finds the nearest living unit in reach", () => {
  const living = livingUnits(WIDTHS, EDGES, LIVE);
  const at = places(WIDTHS, null);
  const place = (level, unit) => [at[level][2 * unit] * 300, at[level][2 * unit + 1] * 200];
  const [x, y] = place(1, 1);
  assert.deepEqual(nearestUnit(at, living, x + 3, y - 4, 300, 200, 14), { level: 1, unit: 1 });
  assert.equal(nearestUnit(at, living, x + 30, y + 20, 300, 200, 14), null);
  assert.equal(nearestUnit(at, living, ...place(1, 2), 300, 200, 14), null, "a dead one is not there");
});

// --- the pad ----------------------------------------------------------------------------------------------------------

const drawing = (width, height, inside) =>
  Float32Array.from({ length: width * height }, (_, k) => (inside(k % width, Math.floor(k / width)) ? 1 : 0));

function box(picture) {
  const lit = [...picture.keys()].filter((k) => picture[k] > 0);
  const [columns, rows] = [lit.map((k) => k % 28), lit.map((k) => Math.floor(k / 28))];
  return [Math.min(...columns), Math.min(...rows), Math.max(...columns), Math.max(...rows)];
}

test("a drawing fills 20 x 20 with its proportions, its mass in the middle", () => {
  const bar = centred(
    drawing(280, 280, (x, y) => x >= 10 && x < 30 && y >= 50 && y < 250),
    280,
    280,
  );
  assert.deepEqual(box(bar), [13, 4, 14, 23]);
  assert.ok([...bar].every((each) => each === 0 || Math.abs(each - 1) < 1e-5));
  const tiny = centred(
    drawing(280, 280, (x, y) => x >= 200 && x < 205 && y >= 3 && y < 8),
    280,
    280,
  );
  assert.deepEqual(box(tiny), [4, 4, 23, 23], "a small one is enlarged");
  assert.equal(centred(new Float32Array(280 * 280), 280, 280), null);
});

test("the centre of mass counts, not the box; nothing leaves the picture", () => {
  // An L: heavy on the left and below.
  const heavy = centred(
    drawing(200, 200, (x, y) => (x < 40 && y < 200) || (y >= 160 && x < 200)),
    200,
    200,
  );
  let [mass, atX, atY] = [0, 0, 0];
  heavy.forEach((value, k) => {
    mass += value;
    atX += value * (k % 28);
    atY += value * Math.floor(k / 28);
  });
  assert.ok(Math.abs(atX / mass - 13.5) <= 0.5 && Math.abs(atY / mass - 13.5) <= 0.5, `${atX / mass}, ${atY / mass}`);
  const edge = centred(
    drawing(280, 280, (x, y) => y === 279 || (x === 0 && y === 0)),
    280,
    280,
  );
  assert.equal(edge.length, 784);
  assert.ok(edge.every((each) => each >= 0 && each <= 1));
});

test("edges are antialiased", () => {
  const slope = centred(
    drawing(280, 280, (x, y) => Math.abs(x - y) < 12 && x > 40 && x < 240),
    280,
    280,
  );
  const between = [...slope].filter((each) => each > 0.05 && each < 0.95).length;
  assert.ok(between > 15, `${between} pixels between ink and paper`);
});
