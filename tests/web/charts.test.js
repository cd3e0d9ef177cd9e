// charts.test.js: the pure parts of the charts: names of points that cover nothing, the epochs that are drawn of a long run,
// where axes end, and the published numbers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ANCHORED, ANCHORS, anchorsFor } from "../../web/anchors.js";
import { leaderEnd, overlap, placeLabels } from "../../web/charts/labels.js";
import { accuracyRange, logarithmicAxis, rangesText, zoom } from "../../web/charts/scales.js";
import { strideOf, thin } from "../../web/charts/thin.js";

const RADIUS = 5;

/** The anchors in pixels of a chart of this size, as the page draws them. */
function anchorPoints(width, height, [low, high]) {
  const across = (value) => (Math.log(value / 2000) / Math.log(250)) * width;
  return ANCHORS.map(({ name, accuracy, nonzeros }) => ({
    x: across(nonzeros),
    y: height * (1 - (accuracy - low) / (high - low)),
    width: name.length * 6.5,
    height: 15,
  }));
}

test("names of the published points cover neither one another nor a point, in charts of many sizes", () => {
  let placed = 0;
  for (let width = 420; width <= 2600; width += 90) {
    for (const height of [300, 380, 520, 900]) {
      for (const range of [
        [97.5, 99],
        [96, 99],
        [94, 99],
      ]) {
        const points = anchorPoints(width, height, range);
        const places = placeLabels(points, { left: 0, top: 0, right: width, bottom: height }, RADIUS);
        if (!places) continue;
        placed++;
        places.forEach((place, index) => {
          assert.ok(place.left >= 0 && place.top >= 0, "within the chart");
          assert.ok(place.left + place.width <= width && place.top + place.height <= height, "within the chart");
          for (const other of places.slice(index + 1)) assert.ok(!overlap(place, other), "names apart");
          for (const { x, y } of points) {
            const box = { left: x - RADIUS, top: y - RADIUS, width: 2 * RADIUS, height: 2 * RADIUS };
            assert.ok(!overlap(place, box), "no name on a point");
          }
          const end = leaderEnd(points[index], place);
          assert.ok(end.x >= place.left && end.x <= place.left + place.width);
        });
      }
    }
  }
  assert.ok(placed > 200, `${placed} of 300 charts had room for all names`);
});

test("without room there is no placing, rather than a bad one", () => {
  const points = Array.from({ length: 30 }, () => ({ x: 20, y: 20, width: 60, height: 15 }));
  assert.equal(placeLabels(points, { left: 0, top: 0, right: 100, bottom: 60 }), null);
});

test("long runs are thinned by epoch: ends and the change of phase stay, and what is shown stays shown", () => {
  const records = Array.from({ length: 5001 }, (_, epoch) => ({
    epoch,
    phase: epoch <= 3333 ? "sparsify" : "finetune",
  }));
  assert.equal(thin(records.slice(0, 71), 400).length, 71);
  const shown = thin(records, 400);
  assert.ok(shown.length <= 403 && shown.length > 200, String(shown.length));
  const epochs = shown.map(({ epoch }) => epoch);
  for (const epoch of [0, 3333, 5000]) assert.ok(epochs.includes(epoch), String(epoch));
  const earlier = thin(records.slice(0, 4000), 400).map(({ epoch }) => epoch);
  for (const epoch of earlier.slice(0, -1)) assert.ok(epochs.includes(epoch), String(epoch));
  assert.equal(strideOf(400, 400), 1);
  assert.equal(strideOf(401, 400), 2);
});

test("axes end at round numbers and hold what is shown", () => {
  assert.deepEqual(logarithmicAxis([942, 1152]), { min: 700, max: 1500, ticks: [800, 1000, 1200, 1500] });
  assert.deepEqual(logarithmicAxis([3000, 266_200], 7), {
    min: 3000,
    max: 300_000,
    ticks: [5000, 10_000, 20_000, 50_000, 100_000, 200_000],
  });
  for (const values of [[], [1], [7, 7], [1, 1e9], [0.97, 1152], [999, 1001], [19.9, 20.1]]) {
    const { min, max, ticks } = logarithmicAxis(values);
    assert.ok(min < max && values.every((value) => min <= value && value <= max), values.join());
    assert.ok(
      ticks.length >= 2 && ticks.length <= 11 && ticks.every((tick) => min <= tick && tick <= max),
      ticks.join(),
    );
  }
  assert.deepEqual(zoom([1, 2], { room: 0.5, least: 0.8 }), { min: 0.8, max: 2.5 });
  const anchors = ANCHORS.map(({ accuracy }) => accuracy);
  assert.deepEqual(accuracyRange([[], []], []), { min: 0, max: 100 });
  for (const lines of [
    [[], []],
    [
      [11, 94, 96, 97.2, 98.1],
      [95, 97, 97.8, 98.2],
    ],
    [[50, 60, 62]],
    [[99.99]],
  ]) {
    const { min, max } = accuracyRange(lines, anchors);
    assert.ok(min <= Math.min(...anchors) && max >= Math.max(...anchors) && max <= 100);
    for (const line of lines) if (line.length > 0) assert.ok(min <= line.at(-1) && line.at(-1) <= max);
  }
});

test("what of a line came into sight stays there, unless that made the axis much longer", () => {
  // Not cut in two by an axis that ends at 95.5; but what rises into it once may begin below.
  assert.ok(accuracyRange([[50, 96, 93, 96, 97, 97, 97, 97, 97, 97]]).min <= 93);
  assert.ok(accuracyRange([[50, 96.6, 95, 95.5, 92.2, 97, 97, 97, 97, 97, 97, 97, 97, 97, 97, 97]]).min <= 92.2);
  assert.ok(accuracyRange([[50, 80, 93, 96, 97, 97, 97, 97, 97, 97]]).min > 93);
  assert.ok(accuracyRange([[99, 10, 12, 98, 98, 98, 98, 98, 98, 98]]).min > 90);
});

test("epochs in words", () => {
  assert.equal(rangesText([]), "");
  assert.equal(rangesText([0]), "0");
  assert.equal(rangesText([0, 1, 2, 5, 7, 8]), "0 to 2, 5, 7 to 8");
});

test("the published numbers are for LeNet-300-100 on MNIST only, each with a source", () => {
  const layers = (...widths) => widths.slice(1).map((rows, index) => ({ rows, columns: widths[index] }));
  assert.equal(anchorsFor("mnist", layers(784, 300, 100, 10)), ANCHORS);
  for (const [data, ...widths] of [
    ["fashion-mnist", 784, 300, 100, 10],
    ["mnist", 784, 300, 10],
    ["mnist", 784, 100, 300, 10],
    ["moons", 2, 2],
  ])
    assert.deepEqual(anchorsFor(data, layers(...widths)), []);
  const weights = ANCHORED.layers.slice(1).reduce((sum, width, index) => sum + width * ANCHORED.layers[index], 0);
  assert.equal(weights, 266_200);
  for (const { name, year, accuracy, nonzeros, source } of ANCHORS) {
    assert.ok(name && year > 2014 && accuracy > 97 && accuracy < 100 && nonzeros > 1000 && nonzeros < weights, name);
    assert.match(source, /^https:\/\/arxiv\.org\/abs\/\d{4}\.\d{5}$/);
  }
});

test("Chart.js is told what it need not do", () => {
  const base = readFileSync(new URL("../../web/charts/base.js", import.meta.url), "utf8");
  for (const setting of ["parsing: false", "normalized: true", "animation: false"]) assert.ok(base.includes(setting));
});
