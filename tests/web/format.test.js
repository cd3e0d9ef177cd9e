// format.test.js: numbers as people read them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, count, percentage, ratio, share, strength, title } from "../../web/format.js";
import { compare } from "../../web/views/comparison.js";

test("counts are grouped by thousands", () => {
  assert.deepEqual([0, 7, 999, 1000, 34530, 266200, 1234567].map(count), [
    "0",
    "7",
    "999",
    "1,000",
    "34,530",
    "266,200",
    "1,234,567",
  ]);
});

test("a share is finer where it is small, and never rounds to nothing or to all", () => {
  assert.equal(share(0, 266200), "0 %");
  assert.equal(share(266200, 266200), "100 %");
  assert.equal(share(266199, 266200), "99.9 %");
  assert.equal(share(34530, 266200), "13.0 %");
  assert.equal(share(3875, 266200), "1.46 %");
  assert.equal(share(500, 266200), "0.19 %");
  assert.equal(share(1, 266200), "< 0.01 %");
  assert.equal(share(1, 0), "–");
});

test("strengths read as people type them", () => {
  const cases = { 0: "0", 0.5: "0.5", 0.001: "0.001", 0.0001: "1e-4", 0.000035: "3.5e-5", 100: "100", 1e7: "1e7" };
  for (const [value, text] of Object.entries(cases)) {
    assert.equal(strength(Number(value)), text);
    assert.equal(Number(strength(Number(value))), Number(value));
  }
});

test("percentages, ratios, bytes, titles", () => {
  assert.equal(percentage(98.1), "98.10");
  assert.equal(ratio(7.63), "7.6");
  assert.equal(ratio(9.96), "10");
  assert.equal(ratio(1234.5), "1,235");
  assert.equal(bytes(12), "12 B");
  assert.equal(bytes(28881), "29 kB");
  assert.equal(bytes(9912422), "9.9 MB");
  assert.equal(title("label-smoothing"), "Label smoothing");
});

test("equal accuracy is only said when it is so", () => {
  const metrics = (nonzeros, test_accuracy, more = {}) => ({ epoch: 3, nonzeros, test_accuracy, ...more });
  assert.match(compare(metrics(34530, 98.2), metrics(3875, 98.1)), /^B has 8\.9× fewer .* at equal test accuracy/);
  assert.equal(
    compare(metrics(34530, 98.36), metrics(3875, 98.12)),
    "B has 8.9× fewer nonzero weights than A, and is 0.24 points less accurate.",
  );
  assert.match(compare(metrics(100, 90), metrics(110, 95)), /^B has 10\.0 % more .* 5\.00 points more accurate/);
  assert.match(compare(metrics(5, 90), metrics(5, 90)), /as many nonzero weights as A/);
  assert.match(compare(metrics(5, 90), metrics(0, 90)), /5 fewer/);
  assert.equal(compare(metrics(5, 90), metrics(5, 90, { epoch: 0 })), "");
  assert.equal(compare(metrics(5, 90), metrics(5, 90, { state: "diverged" })), "");
  assert.equal(compare(null, metrics(5, 90)), "");
});
