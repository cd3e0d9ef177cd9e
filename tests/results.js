// results.js: remakes the table of results in README.md from full MNIST runs of build/filigree (`make results`, some
// minutes). Accuracy is the last epoch's on the test set, nonzero means != 0. With --write it replaces the table between
// the markers of README.md; without, it prints it. Not a test: seeds are fixed, so the numbers are the same everywhere.
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { repository } from "./tools/make.js";

const RUNS = [
  ["L1", "--regularizer l1 --lambda 1e-4"],
  ["L1", "--regularizer l1 --lambda 2e-4"],
  ["L1, polished", "--regularizer l1 --lambda 1e-4 --polish 0.9"],
  ["arrangement + L1", "--lambda 3e-6 --l1 1e-4"],
  ["arrangement + L1, polished", "--lambda 3e-6 --l1 1e-4 --polish 0.2"],
  ["the same without place (mix 0)", "--lambda 3e-6 --l1 1e-4 --mix 0"],
  ["arrangement", "--lambda 3.5e-5"],
  ["arrangement, seed 2", "--lambda 3.5e-5 --seed 2"],
  ["arrangement, seed 3", "--lambda 3.5e-5 --seed 3"],
  ["arrangement", "--lambda 8e-4"],
  ["Hoyer-Square", "--regularizer hoyer-square --lambda 1e-3"],
];
const AT_ONCE = 2;
const START = "<!-- results: made by `make results` -->";
const END = "<!-- end of results -->";
const FORMAT = new Intl.NumberFormat("en-US");

async function train(words) {
  const run = await promisify(execFile)(join(repository, "build/filigree"), ["train", "--json", ...words.split(" ")]);
  return JSON.parse(run.stdout.trim().split("\n").at(-1)).result;
}

const results = new Array(RUNS.length);
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (next < RUNS.length) {
      const k = next++;
      results[k] = await train(RUNS[k][1]);
      console.error(`${RUNS[k][1]}: done`);
    }
  }),
);

const rows = results.map((result, k) => {
  const [name, words] = RUNS[k];
  const accuracy = `${result.accuracy_before_finetune.toFixed(2)} / ${result.test_accuracy.toFixed(2)}`;
  const counts = `${FORMAT.format(result.nonzeros_before_finetune)} / ${FORMAT.format(result.nonzeros)}`;
  const live = FORMAT.format(result.live_nonzeros);
  return `| ${name} | \`${words}\` | ${accuracy} | ${counts} | ${live} | \`${result.fingerprint}\` |`;
});
const table = [
  "| contender | `build/filigree train` with | test accuracy, % | nonzero weights | live | fingerprint |",
  "|---|---|---|---|---|---|",
  ...rows,
].join("\n");

if (process.argv.includes("--write")) {
  const file = join(repository, "README.md");
  const text = readFileSync(file, "utf8");
  const [head, rest] = text.split(START);
  const tail = rest?.split(END)[1];
  if (tail === undefined) throw new Error(`README.md lacks the markers ${START} and ${END}`);
  writeFileSync(file, `${head}${START}\n\n${table}\n\n${END}${tail}`);
} else {
  console.log(table);
}
