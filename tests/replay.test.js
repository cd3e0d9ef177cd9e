// replay.test.js: `train --json`'s link and `replay LINK`, natively and over WebAssembly: what they print, and how they fail.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { make, repository } from "./tools/make.js";

make("native", "wasm");

const folder = mkdtempSync(join(tmpdir(), "filigree-replay-"));
after(() => rmSync(folder, { recursive: true }));

const PROGRAMS = { native: ["build/filigree"], wasm: [process.execPath, "web/cli.js"] };

function run(name, ...words) {
  const [program, ...first] = PROGRAMS[name];
  const result = spawnSync(program, [...first, ...words], { cwd: repository, encoding: "utf8", timeout: 120_000 });
  if (result.error) throw result.error;
  return result;
}

/** The lines of a run that succeeds, without what depends on time. */
function lines(name, ...words) {
  const { status, stdout, stderr } = run(name, ...words);
  assert.equal(status, 0, `${words}: ${stderr}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const parsed = JSON.parse(line);
      for (const each of [parsed, parsed.result ?? {}]) {
        delete each.seconds;
        delete each.samples_per_second;
      }
      return parsed;
    });
}

/** Fails with `code` and says so in one or two lines; no result is printed. */
function refuses(name, words, code, ...patterns) {
  const { status, stdout, stderr } = run(name, ...words);
  const shown = `${words}: exit ${status}\n${stdout}${stderr}`;
  assert.equal(status, code, shown);
  assert.doesNotMatch(stdout, /result/, shown);
  assert.match(stderr, /^filigree: [^\n]+\n([^\n]+\n)?$/, shown);
  for (const pattern of patterns) assert.match(stderr, pattern, shown);
}

const SMALL = "--data moons --epochs 2 --ramp 1 --finetune 1 --lambda 1e-3 --regularizer l1 --seed 7".split(" ");

for (const name of Object.keys(PROGRAMS)) {
  test(`the link of a result replays it: ${name}`, () => {
    const trained = lines(name, "train", "--json", ...SMALL);
    const { link, fingerprint, step } = trained.at(-1).result;
    assert.equal(
      link,
      "#v=1&only=a&data=moons&epochs=2&ramp=1&finetune=1&seed=7&a.regularizer=l1&a.lambda=0.001" +
        `&a.fp=${fingerprint}&engine=1`,
    );
    assert.ok(step > 0);
    for (const form of [link, link.slice(1), `https://example.org/filigree/?x=1${link}`])
      assert.deepEqual(lines(name, "replay", form), trained, form);
    assert.deepEqual(lines(name, "replay", link, "--threads", "2"), trained);
    const { stdout } = run(name, "train", ...SMALL);
    assert.ok(stdout.includes(`link ${link}\n`), "the table ends with the link");
  });

  test(`a fingerprint that differs: ${name}`, () => {
    const link = lines(name, "train", "--json", ...SMALL).at(-1).result.link;
    const print = link.match(/fp=([0-9a-f]{16})/)[1];
    const other = print.replace(/^./, (digit) => (digit === "0" ? "1" : "0"));
    refuses(name, ["replay", link.replace(print, other)], 3, new RegExp(`${other}.*${print}`), /engine version/);
    refuses(name, ["replay", link.replace(print, other)], 3, /not as it was made/);
    const older = run(name, "replay", link.replace(print, other).replace("engine=1", "engine=0.9"));
    assert.equal(older.status, 3);
    assert.match(older.stderr, /made by engine version 0\.9, this is version 1: the bits may differ/);
    assert.match(older.stderr, /version 0\.9.*replay it with that version/);
  });

  test(`both contenders, mid-run changes and a step to stop at: ${name}`, () => {
    const hash = "#v=1&data=moons&batch=64&epochs=3&ramp=1&finetune=1&b.changes=5:lambda:1e-2,20:l1:1e-2&at=37";
    const made = lines(name, "replay", hash);
    assert.deepEqual(
      made.map(({ contender, result, epoch }) => [contender, result?.epoch ?? epoch, result?.step]),
      [
        ["a", 1, undefined],
        ["b", 1, undefined],
        ["a", 1, 37],
        ["b", 1, 37],
      ],
    );
    const [a, b] = made.slice(-2).map(({ result }) => result);
    assert.match(b.link, /&only=b&.*&b\.changes=5:lambda:0\.01,20:l1:0\.01&at=37&b\.fp=/);
    assert.deepEqual(lines(name, "replay", `${hash}&a.fp=${a.fingerprint}&b.fp=${b.fingerprint}`), made);
    // Each alone, by the link of its result: the same, but for the letter.
    for (const [letter, result] of Object.entries({ a, b })) {
      const alone = lines(name, "replay", result.link);
      assert.deepEqual(
        alone,
        made
          .filter(({ contender }) => contender === letter)
          .map((line) => Object.fromEntries(Object.entries(line).filter(([key]) => key !== "contender"))),
      );
    }
    refuses(name, ["replay", `${hash}&a.fp=${a.fingerprint}&b.fp=${a.fingerprint}`], 3, /b: .*here it is/);
    // A change matters, and when it comes.
    const prints = ["", "&b.changes=5:lambda:1e-2", "&b.changes=6:lambda:1e-2"].map(
      (changes) => lines(name, "replay", hash.replace(/&b.changes[^&]*/, changes)).at(-1).result.fingerprint,
    );
    assert.equal(new Set([...prints, b.fingerprint]).size, 4);
  });

  test(`stopping at 0, at an epoch's end, at the end and beyond: ${name}`, () => {
    const hash = "#v=1&only=b&data=moons&batch=64&epochs=2&ramp=1&finetune=1&b.regularizer=l1";
    const end = lines(name, "replay", hash).at(-1).result;
    assert.equal(end.epoch, 3);
    const perEpoch = end.step / 3;
    const zero = lines(name, "replay", `${hash}&at=0`);
    assert.equal(zero.length, 1);
    assert.deepEqual([zero[0].result.epoch, zero[0].result.step, zero[0].result.loss], [0, 0, null]);
    const epoch = lines(name, "replay", `${hash}&at=${2 * perEpoch}`);
    assert.equal(epoch.length, 3);
    assert.equal(epoch[2].result.test_accuracy, epoch[1].test_accuracy);
    assert.deepEqual(lines(name, "replay", `${hash}&at=${end.step}`).at(-1).result, end);
    refuses(name, ["replay", `${hash}&at=${end.step + 1}`], 2, new RegExp(`only ${end.step} steps`));
  });

  test(`links that are not followed: ${name}`, () => {
    refuses(name, ["replay"], 2, /link is missing/);
    refuses(name, ["replay", ""], 2, /link is missing/);
    refuses(name, ["replay", "#v=1"], 2, /names no setting/);
    refuses(name, ["replay", "https://example.org/"], 2, /key=value/);
    refuses(name, ["replay", "#data=moons&colour=red"], 2, /colour=red/);
    refuses(name, ["replay", "#data=moons&seed=-3&a.lambda=x"], 2, /seed=-3/, /1 other problem/);
    refuses(name, ["replay", "#data=moons&seed=1&seed=2"], 2, /seed=2/);
    refuses(name, ["replay", "#v=2&data=moons"], 2, /version 2/);
    refuses(name, ["replay", "#data=moons&a.changes=9:lambda:1,500:lambda:2&at=10"], 2, /a is changed at step 500/);
    refuses(name, ["replay", `#data=moons&only=a&b.fp=${"1".repeat(16)}&at=10`], 2, /only=a leaves b out/);
    refuses(name, ["replay", "#data=moons&only=b&a.lambda=2&at=10"], 2, /only=b leaves a out/);
    refuses(name, ["replay", "#data=mnist&own=1"], 2, /lacks their data-hash/);
    refuses(name, ["replay", "#data=moons&%1b=\u001b[31m"], 2, /cannot be used/);
    refuses(name, ["replay", `#data=moons&x=${"y".repeat(100_000)}`], 2, /characters/);
    refuses(name, ["replay", "#data=moons", "again"], 2, /'again'/);
    refuses(name, ["replay", "#data=moons", "--seed", "2"], 2, /--seed/);
    refuses(name, ["replay", "#data=moons", "--threads"], 2, /needs a value/);
    refuses(name, ["replay", "#data=moons", "--threads", "0"], 2, /threads/);
    refuses(name, ["replay", "#data=moons&layers=3,4,2"], 2, /2 inputs/);
    const wild = "#data=moons&layers=2,64,64,64,2&lr=100&batch=16&optimizer=sgd&regularizer=none";
    refuses(name, ["replay", wild], 1, /diverged/);
    refuses(name, ["replay", "#data=moons", "--data-dir", folder], 2, /own data/);
  });

  test(`data of one's own are named by their hash: ${name}`, () => {
    const bytes = (...numbers) => Buffer.from(numbers);
    const write = (offset) => {
      const images = (count) =>
        Buffer.from(Array.from({ length: 4 * count }, (_, pixel) => (pixel * 37 + offset) % 256));
      const labels = (count) => Buffer.from(Array.from({ length: count }, (_, k) => k % 3));
      for (const [start, count] of Object.entries({ train: 60, t10k: 9 })) {
        writeFileSync(
          join(folder, `${start}-images-idx3-ubyte`),
          Buffer.concat([bytes(0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 2, 0, 0, 0, 2), images(count)]),
        );
        writeFileSync(
          join(folder, `${start}-labels-idx1-ubyte`),
          Buffer.concat([bytes(0, 0, 8, 1, 0, 0, 0, count), labels(count)]),
        );
      }
    };
    write(0);
    const words = "--layers 4,5,3 --batch 10 --epochs 1 --ramp 1 --finetune 0 --regularizer l1".split(" ");
    const trained = lines(name, "train", "--json", "--data-dir", folder, ...words);
    const { link } = trained.at(-1).result;
    assert.match(link, /&own=1&data-hash=[0-9a-f]{16}$/);
    assert.doesNotMatch(link, /filigree-replay/, "a link never holds a path");
    assert.deepEqual(lines(name, "replay", link, "--data-dir", folder), trained);
    const hash = link.match(/data-hash=(\w+)/)[1];
    refuses(name, ["replay", link], 2, new RegExp(hash), /--data-dir/);
    write(1);
    refuses(name, ["replay", link, "--data-dir", folder], 3, new RegExp(hash), /data differ/);
  });
}

test("a file-based set's link carries the hash of its data", () => {
  const words = "--train-size 200 --batch 50 --layers 784,20,10 --epochs 1 --ramp 1 --finetune 0".split(" ");
  const { link } = lines("native", "train", "--json", ...words).at(-1).result;
  assert.match(link, /^#v=1&only=a&data=mnist&.*&data-hash=[0-9a-f]{16}$/);
  assert.ok(link.length < 200, link);
  assert.equal(lines("wasm", "replay", link).at(-1).result.link, link);
  const hash = link.match(/data-hash=(\w+)/)[1];
  refuses("native", ["replay", link.replace(hash, "0123456789abcdef")], 3, new RegExp(hash), /0123456789abcdef/);
});
