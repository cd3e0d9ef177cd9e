// regularizer_vectors.test.js: every case of tests/vectors/vectors.json through `build/filigree penalty`: the value and
// the gradient within a tolerance that follows from single precision, and smaller than the signal. NaN fails.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { make, repository } from "./tools/make.js";

const CASES = 204;
const UNIT = 2 ** -24; // the rounding error of one operation in single precision

const { cases } = JSON.parse(readFileSync(`${repository}tests/vectors/vectors.json`, "utf8"));
const folder = mkdtempSync(join(tmpdir(), "filigree-vectors-"));
before(() => make("build/filigree"));
after(() => rmSync(folder, { recursive: true }));

/** What `filigree penalty` says of a matrix: its value and gradient. */
function penalty({ regularizer, params, rows, cols, w }) {
  const [input, output] = [join(folder, "w.f32"), join(folder, "g.f32")];
  writeFileSync(input, Float32Array.from(w));
  rmSync(output, { force: true });
  const flags = Object.entries({ regularizer, ...params, rows, cols, in: input, "gradient-out": output });
  const words = ["penalty", ...flags.flatMap(([key, value]) => [`--${key}`, String(value)])];
  const { status, stdout, stderr } = spawnSync("build/filigree", words, { cwd: repository, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const bytes = readFileSync(output);
  const gradient = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { value: JSON.parse(stdout).value, gradient };
}

/**
 * Allowed errors. Sums of up to `rows` floats, `cols / 16` lines and 4 halvings are off by as many UNITs; a psi and a
 * slope take about 12 operations. The arrangement's slope is R / S times a difference of terms in which the largest
 * is what rounding works on: (1 + |ln e|) of them for order 1, |factor| psi for others, bounded by the psi of a zero
 * cell, the steepest there is (below 1), or of the largest cell (above 1).
 */
function tolerances({ regularizer, params, rows, cols, w, value, gradient }) {
  const magnitudes = w.map(Math.abs);
  const sum = magnitudes.reduce((a, b) => a + b, 0);
  const largest = Math.max(...magnitudes);
  const squares = magnitudes.reduce((a, b) => a + b * b, 0);
  const roundings = (rows + cols / 16 + 16) * UNIT;
  if (sum === 0) return { value: 0, gradient: 0 };
  if (regularizer === "hoyer-square")
    return {
      value: roundings * value,
      gradient: roundings * ((2 * sum) / squares + 2 * (sum / squares) ** 2 * largest),
    };
  if (regularizer !== "arrangement")
    return { value: roundings * value, gradient: roundings * Math.max(...gradient.map(Math.abs)) };
  const cells = rows * cols;
  const [e, order] = [0.01 / cells, params.order];
  // the size of |d ln N / dx| at worst, over the three distributions; p's, that has the smallest cells, is the largest
  const steepest = (xs, smoothing) => {
    const total = xs.reduce((a, x) => a + (x + smoothing) ** order - smoothing ** order, 0);
    const ends = [smoothing, Math.max(...xs) + smoothing];
    if (order === 1) return Math.max(...ends.map((x) => Math.abs(Math.log(x)) + 1));
    return Math.max(...ends.map((x) => ((order / Math.abs(1 - order)) * x ** (order - 1)) / total));
  };
  const rowSums = Array.from({ length: rows }, (_, r) =>
    magnitudes.slice(r * cols, (r + 1) * cols).reduce((a, x) => a + x / sum, 0),
  );
  const columnSums = Array.from({ length: cols }, (_, c) =>
    magnitudes.reduce((a, x, k) => a + (k % cols === c ? x / sum : 0), 0),
  );
  const size =
    (1 - params.mix) *
      steepest(
        magnitudes.map((x) => x / sum),
        e,
      ) +
    params.mix * (steepest(rowSums, 0.01 / rows) + steepest(columnSums, 0.01 / cols));
  // ln N is off by the sums' relative error over |1 - order|, or by it times the logarithms in an entropy
  const steps = order === 1 ? 1 + Math.abs(Math.log(e)) : (order + 1) / Math.abs(1 - order);
  return { value: roundings * steps * value, gradient: (roundings * size * value) / sum };
}

const close = (got, wanted, tolerance) => got === wanted || Math.abs(got - wanted) <= tolerance; // NaN: false

test("the comparison refuses NaN and what is too far", () => {
  assert.ok(close(1, 1.05, 0.1) && close(1, 1, 0));
  for (const [got, wanted, tolerance] of [
    [NaN, 1, 1e9],
    [1, NaN, 1e9],
    [1, 2, NaN],
    [1, 1.2, 0.1],
    [Infinity, 1, 1e9],
    [null, 1, 0.1],
    [undefined, 1, 0.1],
  ])
    assert.ok(!close(got, wanted, tolerance), `${got}, ${wanted}, ${tolerance}`);
});

test(`there are ${CASES} cases of every regularizer and corner`, () => {
  assert.equal(cases.length, CASES);
  assert.equal(new Set(cases.map(({ regularizer }) => regularizer)).size, 6);
  assert.equal(new Set(cases.map((row) => row.case)).size, 12);
});

test("values and gradients agree with the vectors", () => {
  let compared = 0;
  let clear = 0;
  for (const row of cases) {
    const name = `${row.regularizer} ${JSON.stringify(row.params)} of ${row.case}`;
    const got = penalty(row);
    const allowed = tolerances(row);
    assert.ok(
      close(got.value, row.value, allowed.value),
      `${name}: ${got.value}, wanted ${row.value} +- ${allowed.value}`,
    );
    assert.ok(allowed.value <= 1e-4 * row.value, `${name}: tolerance ${allowed.value} of ${row.value}`);
    assert.equal(got.gradient.length, row.gradient.length, name);
    row.gradient.forEach((wanted, k) => {
      // the gradient at a zero weight is exactly 0
      const tolerance = row.w[k] === 0 ? 0 : allowed.gradient;
      const message = `${name}, weight ${k} (${row.w[k]}): ${got.gradient[k]}, wanted ${wanted} +- ${tolerance}`;
      assert.ok(close(got.gradient[k], wanted, tolerance), message);
      compared++;
      if (wanted !== 0 && Math.abs(wanted) > 100 * tolerance) clear++;
    });
  }
  assert.equal(
    compared,
    cases.reduce((sum, row) => sum + row.w.length, 0),
  );
  const nonzero = cases.flatMap(({ gradient }) => gradient).filter((x) => Math.abs(x) > 1e-9).length;
  assert.ok(clear > 0.8 * nonzero, `the tolerance hides the signal: ${clear} of ${nonzero} gradients are clear of it`);
});

test("the same bits by every lane width", () => {
  const rows = cases.filter(({ case: name }) => ["gauss_5x7", "lognormal_10x6"].includes(name));
  assert.equal(rows.length, 34);
  const widths = [4, 8, 16].filter((lanes) => {
    const row = cases[0];
    writeFileSync(join(folder, "w.f32"), Float32Array.from(row.w));
    const words = ["penalty", "--regularizer", "l1", "--rows", "3", "--cols", "4", "--in", join(folder, "w.f32")];
    const env = { ...process.env, FILIGREE_LANES: String(lanes) };
    return spawnSync("build/filigree", words, { cwd: repository, env }).status === 0;
  });
  assert.equal(widths[0], 4);
  for (const row of rows) {
    const results = widths.map((lanes) => {
      process.env.FILIGREE_LANES = String(lanes);
      try {
        const { value, gradient } = penalty(row);
        return { value, bytes: Buffer.from(gradient.buffer).toString("hex") };
      } finally {
        delete process.env.FILIGREE_LANES;
      }
    });
    for (const result of results) assert.deepEqual(result, results[0]);
  }
});
