// cli.test.js: the command line's contract (keys, lines, exit codes, messages), natively and over WebAssembly.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { make, repository } from "./tools/make.js";

make("native", "wasm");

const folder = mkdtempSync(join(tmpdir(), "filigree-cli-"));
after(() => rmSync(folder, { recursive: true }));

const PROGRAMS = {
  native: (words) => ["build/filigree", words],
  "wasm, 1 thread": (words) => [process.execPath, ["web/cli.js", ...words]],
  "wasm, 2 threads": (words) => [process.execPath, ["web/cli.js", ...words]],
};

/** A run's exit code and texts. `words` may hold spaces-free words in one string. */
function run(name, words, environment = {}) {
  const list = typeof words === "string" ? words.split(" ").filter(Boolean) : words;
  const [program, all] = PROGRAMS[name](
    name === "wasm, 2 threads" && list[0] === "train" ? [...list, "--threads", "2"] : list,
  );
  const result = spawnSync(program, all, {
    cwd: repository,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, ...environment },
  });
  if (result.error) throw result.error;
  return result;
}

/** Fails with `code`, says so in one or two lines that match each pattern, prints no result. */
function refuses(name, words, code, ...patterns) {
  const { status, stdout, stderr } = run(name, words);
  const shown = `${words}: exit ${status}\n${stdout}${stderr}`;
  assert.equal(status, code, shown);
  assert.equal(stdout, "", shown);
  assert.match(stderr, /^filigree: [^\n]+\n([^\n]+\n)?$/, shown);
  for (const pattern of patterns) assert.match(stderr, pattern, shown);
}

const jsonLines = (text) =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

const EPOCH_KEYS = [
  ...["epoch", "phase", "loss", "train_accuracy", "test_accuracy", "nonzeros", "nonzeros_by_layer"],
  ...["live_nonzeros", "penalty", "seconds"],
];
const RESULT_KEYS = [
  ...EPOCH_KEYS,
  ...["accuracy_before_finetune", "nonzeros_before_finetune", "fingerprint", "link", "samples_per_second"],
];

const floats = (...numbers) => new Uint8Array(Float32Array.from(numbers).buffer);

/** Four IDX files of 6 training and 3 test pictures, 2 x 2, in a folder of their own; `change` edits them before. */
function idxFolder(name, change = () => {}) {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  const header = (...numbers) => {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
    return bytes;
  };
  const images = (count) =>
    Buffer.concat([
      header(0x803, count, 2, 2),
      Buffer.from(Array.from({ length: 4 * count }, (_, k) => (k * 37) % 256)),
    ]);
  const labels = (count) =>
    Buffer.concat([header(0x801, count), Buffer.from(Array.from({ length: count }, (_, k) => k % 3))]);
  const files = {
    "train-images-idx3-ubyte": images(6),
    "train-labels-idx1-ubyte": labels(6),
    "t10k-images-idx3-ubyte": images(3),
    "t10k-labels-idx1-ubyte": labels(3),
  };
  change(files);
  for (const [file, bytes] of Object.entries(files)) if (bytes) writeFileSync(join(path, file), bytes);
  return path;
}

for (const name of Object.keys(PROGRAMS))
  describe(name, () => {
    test("train --json: a line for each epoch, then the result", () => {
      const { status, stdout, stderr } = run(
        name,
        "train --json --data moons --train-size 256 --batch 32 --layers 2,12,8,2 --epochs 3 --ramp 2 --finetune 2 --l1 1e-3",
      );
      assert.equal(status, 0, stderr);
      assert.equal(stderr, "");
      const lines = jsonLines(stdout);
      assert.equal(lines.length, 6);
      const { result } = lines.pop();
      for (const [index, line] of lines.entries()) {
        for (const key of EPOCH_KEYS) assert.ok(key in line, `epoch ${index + 1} has no ${key}`);
        assert.equal(line.epoch, index + 1);
        assert.equal(line.phase, index < 3 ? "sparsify" : "finetune");
        assert.equal(line.nonzeros_by_layer.length, 3);
        assert.equal(
          line.nonzeros_by_layer.reduce((sum, count) => sum + count, 0),
          line.nonzeros,
        );
        assert.ok(line.live_nonzeros <= line.nonzeros && line.nonzeros <= 24 + 96 + 16);
        for (const key of ["train_accuracy", "test_accuracy"]) assert.ok(line[key] >= 0 && line[key] <= 100);
        assert.ok(Number.isFinite(line.loss) && Number.isFinite(line.penalty) && line.seconds >= 0);
      }
      for (const key of RESULT_KEYS) assert.ok(key in result, `the result has no ${key}`);
      for (const key of EPOCH_KEYS) assert.deepEqual(result[key], lines.at(-1)[key], key);
      assert.equal(result.accuracy_before_finetune, lines[2].test_accuracy);
      assert.equal(result.nonzeros_before_finetune, lines[2].nonzeros);
      assert.match(result.fingerprint, /^[0-9a-f]{16}$/);
      assert.ok(result.samples_per_second > 0);
    });

    test("train without --json: a table", () => {
      const { status, stdout } = run(name, "train --data xor --epochs 2 --ramp 1 --finetune 1 --batch 256");
      assert.equal(status, 0);
      assert.throws(() => JSON.parse(stdout.split("\n")[0]));
      const rows = stdout.split("\n").filter((line) => /^ *\d+ +(sparsify|finetune) /.test(line));
      assert.equal(rows.length, 3);
      assert.match(stdout, /test accuracy [\d.]+ % with \d+ of \d+ weights/);
      assert.match(stdout, /fingerprint [0-9a-f]{16}/);
    });

    test("--key value and --key=value mean the same", () => {
      const common = ["--json", "--data=moons", "--epochs", "1", "--ramp=1", "--finetune=0", "--batch=256"];
      const prints = [
        ["--seed", "7", "--layers=2,5,2"],
        ["--seed=7", "--layers", "2,5,2"],
        ["--seed=8", "--layers", "2,5,2"],
      ].map((words) => jsonLines(run(name, ["train", ...common, ...words]).stdout).at(-1).result.fingerprint);
      assert.equal(prints[0], prints[1]);
      assert.notEqual(prints[0], prints[2]);
    });

    test("epochs 0, and fine-tuning 0", () => {
      const common = "train --json --data moons --batch 256 --ramp 0 --regularizer l1 --layers 2,6,2";
      const fine = jsonLines(run(name, `${common} --epochs 0 --finetune 2`).stdout);
      assert.deepEqual(
        fine.slice(0, 2).map((line) => line.phase),
        ["finetune", "finetune"],
      );
      assert.equal(fine[2].result.nonzeros_before_finetune, 24);
      assert.equal(typeof fine[2].result.accuracy_before_finetune, "number");
      const sparse = jsonLines(run(name, `${common} --epochs 2 --finetune 0`).stdout);
      assert.equal(sparse.length, 3);
      assert.equal(sparse[2].result.accuracy_before_finetune, sparse[2].result.test_accuracy);
      refuses(name, `${common} --epochs 0 --finetune 0`, 2, /epochs/);
    });

    test("bad usage: exit code 2", () => {
      refuses(name, "", 2, /command/);
      refuses(name, "tran", 2, /tran/);
      refuses(name, "train --lamda 1", 2, /lamda.*lambda/);
      refuses(name, "train --nothing-like-it", 2, /nothing-like-it/);
      refuses(name, "train --data", 2, /data/);
      refuses(name, "train word", 2, /word/);
      refuses(name, "train --mix 1.5", 2, /mix.*0 to 1/);
      refuses(name, "train --mix nan", 2, /mix/);
      refuses(name, "train --epochs 1.5", 2, /epochs.*whole/);
      refuses(name, "train --data mars", 2, /mars.*moons/);
      refuses(name, "train --layers 784", 2, /layers/);
      refuses(name, "train --data moons --layers 3,2", 2, /layers.*2 inputs/);
      refuses(name, "train --data moons --layers 2,5,3", 2, /layers.*2 classes/);
      refuses(name, "train --data moons --batch 5000", 2, /batch.*2048/);
      refuses(name, "train --data moons --train-size 5000", 2, /5000.*2048/);
      refuses(name, "train --data moons --layers 2,16384,16384,2", 2, /MiB/);
      refuses(name, "train --average 30 --finetune 20", 2, /average/);
      refuses(name, ["train", "--threads", "0"], 2, /threads/);
      refuses(name, "options more", 2, /more/);
      refuses(name, "penalty", 2, /--regularizer/);
      refuses(name, "penalty --regularizer l1 --rows 0 --cols 1 --in x", 2, /rows/);
      refuses(name, "penalty --lambda 1", 2, /lambda/);
    });

    test("divergence: exit code 1, no result", () => {
      const words =
        "train --json --data moons --optimizer sgd --lr 100 --regularizer l2 --lambda 1 --ramp 0 --epochs 50";
      const { status, stdout, stderr } = run(name, words);
      assert.equal(status, 1, stderr);
      assert.doesNotMatch(stdout, /result|NaN|inf/);
      assert.match(stderr, /^filigree: training diverged at step \d+ [^\n]*\n([^\n]+\n)?$/);
    });

    test("data from a folder", () => {
      const words = (path) => ["train", "--json", "--data-dir", path, "--batch", "3", "--epochs", "1", "--ramp", "1"];
      const { status, stdout, stderr } = run(name, [...words(idxFolder("whole")), "--finetune", "1"]);
      assert.equal(status, 0, stderr);
      // Layers are open: 300 and 100 hidden units between the data's inputs and classes.
      assert.equal(jsonLines(stdout)[0].nonzeros_by_layer.length, 3);
      assert.equal(jsonLines(stdout).at(-1).result.weights, 4 * 300 + 300 * 100 + 100 * 3);

      const cases = {
        short: [
          (files) => (files["train-images-idx3-ubyte"] = files["train-images-idx3-ubyte"].subarray(0, 30)),
          [/train-images-idx3-ubyte/, /expected 40 bytes/, /found 30/],
        ],
        swapped: [
          (files) => (files["t10k-labels-idx1-ubyte"] = files["t10k-images-idx3-ubyte"]),
          [/t10k-labels-idx1-ubyte/, /expected IDX labels/, /found images/],
        ],
        counts: [
          (files) => (files["t10k-labels-idx1-ubyte"] = files["train-labels-idx1-ubyte"]),
          [/t10k-labels-idx1-ubyte/, /expected 3/, /found 6/],
        ],
        missing: [(files) => delete files["t10k-images-idx3-ubyte"], [/t10k-images-idx3-ubyte/]],
        empty: [
          (files) => (files["train-labels-idx1-ubyte"] = Buffer.alloc(0)),
          [/train-labels-idx1-ubyte/, /found 0 bytes/],
        ],
      };
      for (const [kind, [change, patterns]] of Object.entries(cases))
        refuses(name, words(idxFolder(kind, change)), 1, ...patterns);
      refuses(name, words(join(folder, "nowhere")), 1, /nowhere/);
    });

    test("data from a CSV file", () => {
      // Numbers that only correct rounding reads alike everywhere.
      const rows = Array.from({ length: 40 }, (_, k) => {
        const x = ((k * 7919) % 40) / 40;
        return `${x}${k % 3}3333333333333333333,${k}.${k}e-${(k % 5) * 70},${k % 4 ? "no" : "yes"}`;
      });
      const path = join(folder, "table.csv");
      writeFileSync(path, `a,b,class\r\n${rows.join("\r\n")}`);
      const words = ["train", "--json", "--data-dir", path, "--batch", "8", "--epochs", "2", "--ramp", "1"];
      const { status, stdout, stderr } = run(name, [...words, "--finetune", "1", "--layers", "2,8,2"]);
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^filigree: note: .*table.csv: 2 classes by column 3 \(class\), 2 inputs, 32 .* 8 test/);
      assert.equal(jsonLines(stdout).at(-1).result.fingerprint, "cc910f6a427c3d72");

      writeFileSync(path, "a,b,class\n1,2,no\n1,red,yes\n");
      refuses(name, words, 1, /table\.csv, line 3, column 2 \(b\): 'red' is not a number/);
      refuses(name, ["train", "--data-dir", join(folder, "nothing.csv")], 1, /nothing\.csv/);
    });

    test("data that are not there", () => {
      const { status, stdout, stderr } = run(name, "train --data fashion-mnist", { FILIGREE_DATA: folder });
      assert.equal(status, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /fashion-mnist.*train-images-idx3-ubyte[^]*--data-dir/);
      assert.ok(stderr.trim().split("\n").length <= 2, stderr);
    });

    test("penalty: value and gradient", () => {
      const input = join(folder, `w-${name.replace(/\W/g, "")}.f32`);
      const output = join(folder, `g-${name.replace(/\W/g, "")}.f32`);
      writeFileSync(input, floats(3, 0, -1, 0.5, 0, 0));
      const words = ["penalty", "--rows", "2", "--cols=3", "--in", input, "--regularizer"];
      const value = (...more) => {
        const { status, stdout, stderr } = run(name, [...words, ...more]);
        assert.equal(status, 0, stderr);
        assert.deepEqual(Object.keys(JSON.parse(stdout)), ["value"]);
        return JSON.parse(stdout).value;
      };
      const near = (got, wanted) => assert.ok(Math.abs(got - wanted) <= 1e-6 * Math.abs(wanted), `${got}, ${wanted}`);
      assert.equal(value("l1"), 4.5);
      assert.equal(value("none"), 0);
      assert.equal(value("l2"), 10.25 / 2);
      near(value("elastic-net", "--mix", "0.25"), 0.25 * 4.5 + 0.75 * 5.125);
      near(value("hoyer-square"), 4.5 ** 2 / 10.25);
      near(value("group-lasso"), Math.sqrt(10) + 0.5 + Math.sqrt(9.25) + 1);
      const plain = value("arrangement", "--order", "0.5", "--mix", "0.3");
      assert.ok(plain > 1 && plain < 6);
      assert.equal(value("arrangement"), plain, "0.5 and 0.3 are the defaults");

      assert.equal(value("l1", "--gradient-out", output), 4.5);
      assert.deepEqual([...new Float32Array(new Uint8Array(readFileSync(output)).buffer)], [1, 0, -1, 1, 0, 0]);

      refuses(name, [...words.slice(0, -3), "--in", join(folder, "no.f32"), "--regularizer", "l1"], 1, /no\.f32/);
      const sized = (rows, columns) => [
        "penalty",
        "--rows",
        rows,
        "--cols",
        columns,
        "--in",
        input,
        "--regularizer",
        "l1",
      ];
      refuses(name, sized("4", "3"), 1, /48 bytes.*24/);
      refuses(name, [...words, "l3"], 2, /l3/);
      refuses(name, [...words, "arrangement", "--order", "0"], 2, /order/);
      refuses(name, [...words, "l1", "--gradient-out", join(folder, "none", "g")], 1, /written|write/);
      writeFileSync(input, floats(3, 0, NaN, 0.5, 0, 0));
      refuses(name, [...words, "l1"], 1, /row 0, column 2/);
      writeFileSync(input, new Uint8Array(0));
      // 2^32 cells are none where sizes have 32 bits.
      refuses(name, sized("65536", "65536"), 1, /17179869184 bytes/);
      refuses(name, ["penalty", "--rows", "1", "--cols", "1", "--in", folder, "--regularizer", "l1"], 1);
    });

    test("penalty: what float cannot hold is an error, not a number", () => {
      const file = join(folder, "extreme.f32");
      const words = ["--rows", "2", "--cols", "2", "--in", file];
      for (const [regularizer, scale] of [
        ["hoyer-square", 1e20],
        ["hoyer-square", 1e-20],
        ["group-lasso", 1e20],
        ["arrangement", 1e-39],
      ]) {
        writeFileSync(file, floats(scale, -2 * scale, 3 * scale, 4 * scale));
        refuses(name, ["penalty", "--regularizer", regularizer, ...words], 1, /float's range/);
      }
      writeFileSync(file, floats(1e30, 0, 2e30, 1e30));
      assert.equal(run(name, ["penalty", "--regularizer", "arrangement", ...words]).status, 0);
    });

    test("a penalty that overflows at strength 0 is no divergence", () => {
      const words = "train --data moons --layers 2,64,64,64,64,64,2 --optimizer sgd --lr 100 --batch 2048 --epochs 3";
      const { status, stdout } = run(name, `${words} --finetune 0 --regularizer l2 --lambda 0 --json`);
      assert.equal(status, 0);
      assert.equal(jsonLines(stdout).length, 4);
    });

    test("output that cannot be written: exit code 1", { skip: !existsSync("/dev/full") }, () => {
      const [program, words] = PROGRAMS[name](["options"]);
      const result = spawnSync(program, words, {
        cwd: repository,
        stdio: ["ignore", openSync("/dev/full", "w"), "pipe"],
      });
      assert.equal(result.status, 1);
      assert.match(String(result.stderr), /could not be written/);
    });

    test("options: the table as JSON, complete", () => {
      const { status, stdout } = run(name, "options");
      assert.equal(status, 0);
      const table = JSON.parse(stdout);
      const keys = table.options.map((option) => option.key);
      assert.deepEqual(keys, [
        ...[
          "data",
          "data-dir",
          "train-size",
          "layers",
          "regularizer",
          "lambda",
          "order",
          "mix",
          "l1",
          "step",
          "optimizer",
        ],
        ...["lr", "batch", "epochs", "ramp", "finetune", "polish", "average", "label-smoothing", "dropout"],
        ...["input-noise", "seed"],
      ]);
      for (const option of table.options) {
        for (const key of ["type", "default", "unit", "help", "scope", "live"])
          assert.ok(key in option, `${option.key} has no ${key}`);
        if (["integer", "real"].includes(option.type)) assert.ok(option.min < option.max, option.key);
        if (option.type === "choice") assert.ok(option.choices.includes(option.default), option.key);
        if (option.choice_labels) assert.equal(option.choice_labels.length, option.choices.length, option.key);
        assert.ok(option.label && option.symbol, option.key);
        assert.ok(
          table.groups.some(({ name, label, help }) => name === option.group && label && help),
          option.key,
        );
      }
      const named = (key) => table.options.find((option) => option.key === key);
      assert.deepEqual(named("data").choices, [
        ...["mnist", "fashion-mnist", "moons", "circles", "xor", "spiral", "planted"],
      ]);
      assert.deepEqual(
        table.regularizers.map((regularizer) => regularizer.name),
        ["none", "l1", "l2", "elastic-net", "group-lasso", "hoyer-square", "arrangement"],
      );
      assert.deepEqual(
        table.regularizers.map(({ uses }) => uses.join()),
        ["", "lambda", "lambda", "lambda,mix", "lambda", "lambda", "lambda,order,mix"],
      );
      assert.equal(named("train-size").default_value, 0);
      assert.equal(named("lambda").default_value, null, "open until the regularizer is known");
      const defaults = { data: "mnist", regularizer: "arrangement", l1: 0, step: "proximal", optimizer: "adam" };
      Object.assign(defaults, { lr: 2e-3, batch: 128, epochs: 50, ramp: 20, finetune: 20, polish: 0, average: 0 });
      Object.assign(defaults, { "label-smoothing": 0.1, dropout: 0, "input-noise": 0, seed: 1 });
      for (const [key, value] of Object.entries(defaults)) assert.equal(named(key).default, value, key);
    });

    test("help", () => {
      for (const word of ["help", "--help", "-h"]) {
        const { status, stdout } = run(name, word);
        assert.equal(status, 0);
        for (const command of ["train", "penalty", "options"]) assert.match(stdout, new RegExp(`filigree ${command}`));
      }
    });

    test("--profile goes to standard error", () => {
      const { status, stdout, stderr } = run(
        name,
        "train --json --profile --data moons --epochs 1 --ramp 1 --finetune 0 --batch 512",
      );
      assert.equal(status, 0);
      assert.equal(jsonLines(stdout).length, 2);
      assert.match(stderr, /forward +[\d.]+/);
    });
  });

test("all three print the same epochs", () => {
  const words =
    "train --json --data spiral --epochs 2 --ramp 1 --finetune 1 --batch 128 --dropout 0.1 --input-noise 0.1";
  const outputs = Object.keys(PROGRAMS).map((name) =>
    jsonLines(run(name, words).stdout).map((line) => {
      const epoch = { ...(line.result ?? line) };
      for (const key of ["seconds", "samples_per_second"]) delete epoch[key];
      return epoch;
    }),
  );
  assert.equal(outputs[0].length, 4);
  assert.deepEqual(outputs[1], outputs[0]);
  assert.deepEqual(outputs[2], outputs[0]);
});

test("a number of threads that nothing can start is refused at once", () => {
  for (const threads of ["65", "999", "-1", "two", "99999999999"])
    for (const name of ["native", "wasm, 1 thread"])
      refuses(name, ["train", "--data", "moons", "--threads", threads], 2, /threads/);
});

test("a flag given twice is refused: neither of both is silently lost", () => {
  const link = "#v=1&data=moons&only=a&epochs=1&ramp=1&finetune=0";
  for (const name of ["native", "wasm, 1 thread"]) {
    refuses(name, "train --data moons --data xor", 2, /--data is given twice/);
    refuses(name, "train --data moons --data=moons", 2, /--data is given twice/);
    refuses(name, "train --data moons --threads 2 --threads=3", 2, /--threads is given twice/);
    refuses(name, "train --json --data moons --json", 2, /--json is given twice/);
    refuses(name, "penalty --regularizer l1 --rows 1 --cols 1 --rows 2 --in x", 2, /--rows is given twice/);
    refuses(name, "penalty --regularizer l1 --rows 1 --cols 1 --in x --in=y", 2, /--in is given twice/);
    refuses(name, ["replay", link, "--threads", "1", "--threads", "2"], 2, /--threads is given twice/);
    refuses(name, ["replay", `${link}&seed=1&seed=2`], 2, /seed=2.*again/);
    // One flag's name may begin as another's.
    const { status, stderr } = run(name, "train --data moons --data-dir nowhere --epochs 1");
    assert.equal(status, 1, stderr);
    assert.match(stderr, /nowhere/);
  }
});

test("MNIST is there, and a subset of it is trained on", () => {
  const words = "train --json --train-size 200 --batch 50 --layers 784,20,10 --epochs 1 --ramp 1 --finetune 0";
  const { status, stdout, stderr } = run("native", words);
  assert.equal(status, 0, stderr);
  assert.ok(jsonLines(stdout).at(-1).result.test_accuracy > 5);
});

const fashion = existsSync(`${repository}build/data/fashion-mnist/train-images-idx3-ubyte`);
test("Fashion-MNIST", { skip: fashion ? false : "Debian's dataset-fashion-mnist is not installed" }, () => {
  const words = "train --json --data fashion-mnist --train-size 200 --batch 50 --layers 784,20,10 --epochs 1 --ramp 1";
  const { status, stdout, stderr } = run("native", `${words} --finetune 0`);
  assert.equal(status, 0, stderr);
  assert.ok(jsonLines(stdout).at(-1).result.test_accuracy > 5);
});
