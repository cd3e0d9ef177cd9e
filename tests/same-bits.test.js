// same-bits.test.js: one run has one fingerprint: gcc and clang, 1 to 3 threads, 4, 8 and 16 lanes, both WebAssembly builds.
// Chromium's is compared in tests/browser/.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { make, repository } from "./tools/make.js";

make("native", "native-clang", "wasm");

/** Runs that are small but do everything; all but the last large enough for threads. */
const RUNS = {
  "planted, odd layers, arrangement":
    "--data planted --train-size 1500 --layers 32,61,37,4 --batch 100 --lambda 1e-3 --epochs 3 --ramp 2 --finetune 2",
  "planted, sparse products, packed fine-tuning":
    "--data planted --train-size 2000 --layers 32,61,37,4 --batch 101 --regularizer l1 --lambda 0.02 --lr 5e-3 --epochs 5 " +
    "--ramp 1 --finetune 2 --average 2",
  "moons, orthant, SGD, dropout, noise":
    "--data moons --layers 2,67,45,2 --batch 97 --step orthant --optimizer sgd --lr 0.05 --lambda 1e-4 --epochs 2 " +
    "--ramp 1 --finetune 1 --dropout 0.3 --input-noise 0.2 --seed 9007199254740991",
  "MNIST, arrangement and L1, polish, average":
    "--train-size 1000 --layers 784,53,10 --batch 64 --lambda 3e-5 --l1 1e-3 --epochs 2 --ramp 1 --finetune 1 " +
    "--polish 0.2 --average 1 --input-noise 0.3",
  "circles, a general order":
    "--data circles --layers 2,31,33,29,2 --batch 500 --order 1.7 --mix 0.6 --lambda 1e-3 --epochs 2 --ramp 0 --finetune 1",
  "xor, one thread is enough": "--data xor --regularizer group-lasso --epochs 2 --ramp 1 --finetune 1",
};

const wasm = [process.execPath, "web/cli.js"];

/** [what, program, threads, lanes] */
const WAYS = [
  ["native", ["build/filigree"], 1],
  ["native", ["build/filigree"], 2],
  ["native", ["build/filigree"], 3],
  ["native", ["build/filigree"], 1, 4],
  ["native", ["build/filigree"], 2, 8],
  ["native", ["build/filigree"], 3, 16],
  ["clang", ["build/clang/filigree"], 1],
  ["clang", ["build/clang/filigree"], 2, 4],
  ["clang", ["build/clang/filigree"], 3, 8],
  ["wasm", wasm, 1],
  ["wasm", wasm, 2],
  ["wasm", wasm, 3],
];

function start([what, [program, ...first], threads, lanes], settings) {
  const environment = { ...process.env };
  delete environment.FILIGREE_LANES;
  if (lanes) environment.FILIGREE_LANES = String(lanes);
  const words = [...first, "train", "--json", ...settings.split(" "), "--threads", String(threads)];
  const result = spawnSync(program, words, {
    cwd: repository,
    encoding: "utf8",
    timeout: 120_000,
    env: environment,
  });
  if (result.error) throw result.error;
  if (lanes && result.status === 2 && /no such kernels/.test(result.stderr)) return null;
  assert.equal(result.status, 0, `${what}: ${result.stderr}`);
  return JSON.parse(result.stdout.trim().split("\n").at(-1)).result;
}

for (const [name, settings] of Object.entries(RUNS))
  test(`one fingerprint: ${name}`, (context) => {
    const first = start(WAYS[0], settings);
    assert.match(first.fingerprint, /^[0-9a-f]{16}$/);
    const without = [];
    let compared = 0;
    for (const way of WAYS.slice(1)) {
      const [what, , threads, lanes] = way;
      const shown = `${what}, ${threads} threads${lanes ? `, ${lanes} lanes` : ""}`;
      const result = start(way, settings);
      if (!result) {
        without.push(shown);
        continue;
      }
      compared++;
      assert.equal(result.fingerprint, first.fingerprint, shown);
      for (const key of ["loss", "train_accuracy", "test_accuracy", "nonzeros", "live_nonzeros", "penalty"])
        assert.equal(result[key], first[key], `${shown}: ${key}`);
    }
    assert.ok(compared >= 7, "nearly nothing was compared");
    if (without.length) context.diagnostic(`not on this machine: ${without.join("; ")}`);
  });

test("the runs are not all the same", () => {
  const prints = Object.values(RUNS).map((settings) => start(WAYS[0], settings).fingerprint);
  assert.equal(new Set(prints).size, prints.length);
});
