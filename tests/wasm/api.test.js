// api.test.js: every export of src/wasm_api.c in Node, in both builds: what it does, and what it says when it can't.
// Calls go through web/wasm.js where that has a method, else to the module itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { make, repository } from "../tools/make.js";
import { networkTensors, safetensors } from "../../web/exports.js";
import { commandLine } from "../../web/cli.js";
import { readWeights } from "../../web/reader.js";
import { ADVANCED, EngineError, WasmEngine, loadBuild, loadEngine } from "../../web/wasm.js";

make("wasm", "native");
const directory = pathToFileURL(`${repository}build/wasm/`);

const EXPORTS = [
  ...readFileSync(`${repository}src/wasm_api.c`, "utf8").matchAll(/^EXPORT [a-z0-9_ ]+?\*?(fg_\w+)\(/gm),
].map((match) => `_${match[1]}`);

/** The module of a build; `called` collects the names of the exports that are used. */
async function load(threads, called = new Set()) {
  const file = threads > 1 ? "filigree-threads" : "filigree";
  const { default: factory } = await import(new URL(`${file}.js`, directory).href);
  const module = await factory({
    poolSize: threads - 1,
    wasmBinary: readFileSync(`${repository}build/wasm/${file}.wasm`),
  });
  return new Proxy(module, {
    get(target, name) {
      if (typeof name === "string" && name.startsWith("_fg_")) called.add(name);
      return target[name];
    },
  });
}

/** Lets use(address) work on a zero-terminated copy of `text`. */
function withText(module, text, use) {
  const bytes = new TextEncoder().encode(`${text}\0`);
  const address = module._fg_allocate(bytes.length);
  module.HEAPU8.set(bytes, address);
  try {
    return use(address);
  } finally {
    module._fg_release(address);
  }
}

const textAt = (module, address) => {
  const bytes = module.HEAPU8;
  return new TextDecoder().decode(bytes.slice(address, bytes.indexOf(0, address)));
};

/** The name and the text of the last error, which must be there. */
const lastError = (module) => {
  const [name, text] = [textAt(module, module._fg_error_name()), textAt(module, module._fg_error())];
  assert.match(name, /^STATUS_[A-Z]+$/);
  assert.ok(text.length > 5, text);
  return { name, text };
};

const fails = (use, name, pattern) =>
  assert.throws(use, (error) => {
    assert.ok(error instanceof EngineError, String(error));
    assert.equal(error.name, name);
    assert.ok(error.code < 0 && error.operation);
    assert.match(error.message, pattern);
    return true;
  });

function finish(engine) {
  for (let calls = 0; calls < 100_000; calls++) {
    const did = engine.advance();
    if (did === ADVANCED.FINISHED || did === ADVANCED.DIVERGED) return did;
  }
  throw new Error("the run does not end");
}

/** Two layers and enough work for several threads. */
const PLANTED = "data=planted&train-size=400&layers=32,64,48,4&batch=100&epochs=2&ramp=1&finetune=1&lambda=1e-4";
const MOONS = "data=moons&layers=2,7,5,2&batch=256&epochs=2&ramp=1&finetune=1&regularizer=l1&lambda=1e-2";

/** Four IDX files: 6 training and 4 test pictures of 2 x 2. */
function idxFiles() {
  const file = (magic, count, sizes, value) => {
    const length = count * sizes.reduce((product, size) => product * size, 1);
    const bytes = Buffer.alloc(8 + 4 * sizes.length + length);
    [magic, count, ...sizes].forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
    for (let k = 0; k < length; k++) bytes[bytes.length - length + k] = value(k);
    return bytes;
  };
  return [6, 4].flatMap((count) => [
    file(0x803, count, [2, 2], (k) => (k * 53) % 256),
    file(0x801, count, [], (k) => k % 2),
  ]);
}

async function giveAll(engine, files) {
  for (const [which, bytes] of files.entries()) await engine.giveFile(which, bytes.length, (view) => view().set(bytes));
}

const calledAnywhere = new Set();
// The threaded build's workers would keep this process alive.
after(() => setTimeout(() => process.exit(), 200).unref());

test("the exports are found", () => assert.ok(EXPORTS.length >= 28, EXPORTS.join(" ")));

for (const threads of [1, 3])
  describe(threads === 1 ? "single-threaded build" : "threaded build", () => {
    const create = async () => {
      const module = await load(threads, calledAnywhere);
      return { module, engine: new WasmEngine(module, threads) };
    };

    test("exports are those of wasm_api.c", async () => {
      const { module } = await create();
      for (const name of EXPORTS) assert.equal(typeof module[name], "function", name);
      const others = Object.keys(module).filter((name) => name.startsWith("_fg_") && !EXPORTS.includes(name));
      assert.deepEqual(others, []);
    });

    test("loadEngine", async () => {
      const engine = await loadEngine({ directory, threads });
      assert.equal(engine.threads, threads);
      assert.match(engine.version(), /^\d+$/);
      assert.equal(engine.options().version, engine.version());
      const nowhere = { directory: new URL("nowhere/", directory), threads };
      await assert.rejects(
        loadEngine(nowhere),
        (error) => error.name === "ENGINE_LOAD" && /filigree/.test(error.message),
      );
    });

    test("before there is a run", async () => {
      const { module, engine } = await create();
      assert.equal(textAt(module, module._fg_metrics()), "");
      assert.deepEqual(engine.epochs(0), []);
      assert.equal(engine.fingerprint(), "");
      assert.deepEqual(engine.layers(), []);
      assert.equal(module._fg_rows(0), 0);
      assert.equal(module._fg_columns(0), 0);
      fails(() => engine.start(), "STATUS_STATE", /configure/);
      assert.equal(engine.restart(), false);
      fails(() => engine.advance(), "STATUS_STATE", /fg_start/);
      fails(() => engine.set("lambda", 1), "STATUS_STATE", /fg_start/);
      assert.ok(module._fg_predict(0, 0, 0) < 0);
      assert.equal(lastError(module).name, "STATUS_STATE");
      assert.equal(textAt(module, module._fg_dataset()), "");
      fails(() => engine.sample(0), "STATUS_STATE", /fg_start/);
      for (const call of [
        () => module._fg_weights(0, 0),
        () => module._fg_biases(0, 0),
        () => module._fg_edges(0, 1, 0, 0),
        () => module._fg_live_units(0, 0),
        () => module._fg_slopes(0, 0),
        () => module._fg_heatmap(0, 1, 1, 1, 0, 0),
      ]) {
        assert.ok(call() < 0);
        assert.equal(lastError(module).name, "STATUS_RANGE");
      }
    });

    test("settings: parsed, resolved, printed; an error keeps the old ones", async () => {
      const { module, engine } = await create();
      engine.configure("");
      assert.equal(engine.settings().data, "mnist");
      assert.equal(engine.needsFiles(), true);
      assert.equal(textAt(module, module._fg_link()), "");
      engine.configure(`#${MOONS}&seed=9007199254740991`);
      const settings = engine.settings();
      assert.equal(settings.data, "moons");
      assert.equal(settings.seed, 9007199254740991);
      assert.equal(settings.layers, "2,7,5,2");
      assert.equal(engine.needsFiles(), false);
      const link = textAt(module, module._fg_link());
      engine.configure(link);
      assert.deepEqual(engine.settings(), settings, link);
      fails(() => engine.configure("data=moons&lamda=1"), "STATUS_USAGE", /lamda.*lambda/);
      fails(() => engine.configure("mix=2"), "STATUS_RANGE", /mix/);
      fails(() => engine.configure("mix"), "STATUS_USAGE", /key=value/);
      fails(() => engine.configure("mix=%zz"), "STATUS_USAGE", /percent/);
      fails(() => engine.configure("epochs=0&finetune=0"), "STATUS_RANGE", /epochs/);
      assert.deepEqual(engine.settings(), settings);
      assert.equal(textAt(module, module._fg_remark()), "");
      engine.configure("data=moons&epochs=5&ramp=10");
      assert.match(textAt(module, module._fg_remark()), /ramp=10.*epochs=5/);
      engine.fits();
      engine.configure("data=moons&layers=3,8,2");
      fails(() => engine.fits(), "STATUS_RANGE", /layers begin with 3.*2 inputs/);
      engine.configure("data=mnist&layers=784,8,9");
      fails(() => engine.fits(), "STATUS_RANGE", /layers end with 9.*10 classes/);
    });

    test("links: read leniently, printed without defaults; a zero or a million characters are no end", async () => {
      const { engine } = await create();
      const link = engine.parseLink("#v=1&data=moons&seed=3&a.lambda=1e-3&b.regularizer=l2&at=7&colour=red");
      assert.deepEqual(link.shared, { data: "moons", seed: "3" });
      assert.deepEqual(link.a, { regularizer: "l1", lambda: "0.001" });
      assert.deepEqual(link.b, { regularizer: "l2" });
      assert.deepEqual([link.empty, link.only, link.at], [false, null, 7]);
      assert.deepEqual(
        link.problems.map(({ used }) => used),
        [null],
      );
      assert.equal(
        engine.printLink("a.lambda=1e-3&data=moons&b.regularizer=l2&batch=128"),
        "#v=1&data=moons&a.regularizer=l1&a.lambda=0.001&b.regularizer=l2",
      );
      assert.equal(engine.parseLink("").empty, true);
      assert.equal(engine.parseLink("data=xor&seed=2\0&epochs=7").problems.length, 1);
      const long = engine.parseLink(`data=xor&${"seed=3&".repeat(150_000)}`);
      assert.deepEqual([long.empty, long.problems.length], [true, 1]);
    });

    test("a run: metrics, records, weights, fingerprint, end", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      const first = engine.metrics();
      assert.equal(first.step, 0);
      assert.equal(first.steps, 24);
      assert.equal(first.state, "running");
      assert.equal(first.weights, 14 + 35 + 10);
      assert.equal(first.nonzeros, first.weights);
      assert.equal(first.batch_loss, null);
      assert.ok(first.test_accuracy >= 0 && first.test_accuracy <= 100, "evaluated at the start");
      assert.deepEqual(engine.layers(), [
        { rows: 7, columns: 2 },
        { rows: 5, columns: 7 },
        { rows: 2, columns: 5 },
      ]);
      const before = engine.fingerprint();
      assert.match(before, /^[0-9a-f]{16}$/);
      assert.equal(engine.advance(), ADVANCED.BATCH);
      assert.notEqual(engine.fingerprint(), before);
      assert.ok(engine.metrics().batch_loss > 0);
      const seen = new Set();
      for (let did = ADVANCED.BATCH; did !== ADVANCED.FINISHED; did = engine.advance()) seen.add(did);
      assert.deepEqual([...seen].sort(), [ADVANCED.BATCH, ADVANCED.EVALUATION, ADVANCED.EPOCH]);
      const end = engine.metrics();
      assert.equal(end.state, "finished");
      assert.equal(end.step, 24);
      const records = engine.epochs(0);
      assert.deepEqual(
        records.map((record) => record.epoch),
        [1, 2, 3],
      );
      assert.deepEqual(engine.epochs(2), [records[2]]);
      assert.deepEqual(engine.epochs(3), []);
      assert.deepEqual(engine.epochs(-5), records);
      assert.equal(records[2].test_accuracy, end.test_accuracy);
      assert.equal(records[2].nonzeros, end.nonzeros);
      const counts = [0, 1, 2].map((layer) => engine.weights(layer).filter((w) => w !== 0).length);
      assert.deepEqual(counts, end.nonzeros_by_layer);
      assert.equal(engine.advance(), ADVANCED.FINISHED);
    });

    test("the same fingerprint as the command line's, and again after restart", async () => {
      const { engine } = await create();
      engine.configure(PLANTED);
      engine.start();
      assert.equal(engine.metrics().threads, threads);
      assert.equal(finish(engine), ADVANCED.FINISHED);
      const wanted = engine.fingerprint();
      assert.equal(engine.restart(), true);
      assert.equal(engine.metrics().step, 0);
      for (let k = 0; k < 3; k++) engine.advance();
      assert.equal(engine.restart(), true, "in mid-run");
      finish(engine);
      assert.equal(engine.fingerprint(), wanted);

      const printed = [];
      const host = { print: (stream, text) => printed.push([stream, text]) };
      const command = await loadBuild({ directory, name: "command", threads, host });
      const words = [...PLANTED.split("&").map((pair) => `--${pair}`), "--json", "--threads", String(threads)];
      assert.equal(commandLine(command, ["train", ...words]), 0, JSON.stringify(printed));
      const text = printed.filter(([stream]) => stream === 1).map(([, part]) => part);
      assert.equal(JSON.parse(text.join("").trim().split("\n").at(-1)).result.fingerprint, wanted);
      assert.equal(commandLine(command, ["train", "--data-dir", "here"]), 1, "there are no files here");
      assert.equal(commandLine(command, ["nothing"]), 2);
      const exports = Object.keys(command).filter((name) => name.startsWith("_fg_"));
      assert.deepEqual(exports, ["_fg_cli"]);
    });

    test("restart wants start when the data change, and keeps the run on errors", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      finish(engine);
      const print = engine.fingerprint();
      for (const change of ["&seed=2", "&train-size=100", "&data=xor"]) {
        engine.configure(MOONS.replace("batch=256", "batch=64") + change);
        assert.equal(engine.restart(), false, change);
        assert.equal(engine.fingerprint(), print, "the old run is still there");
      }
      engine.configure(MOONS.replace("batch=256", "batch=4000"));
      fails(() => engine.restart(), "STATUS_RANGE", /batch=4000/);
      assert.equal(engine.fingerprint(), print);
      engine.configure(MOONS.replace("lambda=1e-2", "lambda=0"));
      assert.equal(engine.restart(), true);
      finish(engine);
      assert.notEqual(engine.fingerprint(), print);
      engine.configure(MOONS.replace("layers=2", "layers=3"));
      fails(() => engine.start(), "STATUS_RANGE", /2 inputs/);
      fails(() => engine.advance(), "STATUS_STATE", /fg_start/);
      engine.configure(MOONS);
      engine.start();
      finish(engine);
      assert.equal(engine.fingerprint(), print);
    });

    test("live options", async () => {
      const { engine } = await create();
      engine.configure(PLANTED);
      engine.start();
      engine.advance();
      engine.set("lambda", 0.5);
      engine.set("l1", "1e-3");
      assert.equal(engine.settings().lambda, 0.5);
      assert.equal(engine.metrics().l1, 1e-3);
      fails(() => engine.set("batch", 5), "STATUS_STATE", /batch/);
      fails(() => engine.set("lambda", -1), "STATUS_RANGE", /lambda/);
      fails(() => engine.set("lambda", "x"), "STATUS_USAGE", /lambda/);
      fails(() => engine.set("", ""), "STATUS_USAGE", /unknown/);
      assert.equal(engine.settings().lambda, 0.5);
      finish(engine);
      const changed = engine.fingerprint();
      assert.equal(engine.restart(), true);
      finish(engine);
      assert.notEqual(engine.fingerprint(), changed, "restart takes the settings of configure");
    });

    test("divergence is a state", async () => {
      const { engine } = await create();
      engine.configure(`${MOONS}&optimizer=sgd&lr=100&regularizer=l2&lambda=1&ramp=0&epochs=50`);
      engine.start();
      assert.equal(finish(engine), ADVANCED.DIVERGED);
      const metrics = engine.metrics();
      assert.equal(metrics.state, "diverged");
      assert.equal(metrics.diverged_step, metrics.step);
      assert.equal(engine.advance(), ADVANCED.DIVERGED);
      assert.equal(engine.restart(), true);
      assert.equal(engine.metrics().state, "running");
    });

    test("data files", async () => {
      const { module, engine } = await create();
      const files = idxFiles();
      engine.configure("data=mnist&layers=4,3,2&batch=3&epochs=1&ramp=1&finetune=0");
      assert.equal(engine.needsFiles(), true);
      fails(() => engine.start(), "STATUS_STATE", /train-images-idx3-ubyte/);
      await giveAll(engine, files);
      await giveAll(engine, files); // again: the first ones are let go
      engine.start();
      finish(engine);
      const print = engine.fingerprint();
      assert.equal(engine.restart(), true, "the data are still there");
      finish(engine);
      assert.equal(engine.fingerprint(), print);

      await giveAll(engine, [files[0].subarray(0, 20), ...files.slice(1)]);
      fails(() => engine.start(), "STATUS_FORMAT", /train-images-idx3-ubyte.*expected 40 bytes.*found 20/);
      await giveAll(engine, [files[1], files[0], files[2], files[3]]);
      fails(() => engine.start(), "STATUS_FORMAT", /expected IDX images/);
      await giveAll(engine, [new Uint8Array(0), ...files.slice(1)]);
      fails(() => engine.start(), "STATUS_FORMAT", /found 0 bytes/);
      // More in data.test.js.
      await giveAll(engine, [new Uint8Array(0), files[1], new Uint8Array(0), files[3]]);
      const [train, test] = [0, 2].map((which) => ({ bytes: files[which].subarray(16), count: which ? 4 : 6 }));
      engine.giveOutside({ width: 2, height: 2, train, test });
      engine.start();
      finish(engine);
      assert.equal(engine.fingerprint(), print);
      for (const which of [-1, 4]) {
        assert.ok(module._fg_data_file(which, 0, 0) < 0);
        assert.equal(lastError(module).name, "STATUS_RANGE");
      }
      const broken = engine.giveFile(0, 10, () => {
        throw new Error("the network went away");
      });
      await assert.rejects(broken, /went away/);
      await giveAll(engine, files);
      engine.start();
      finish(engine);
      assert.equal(engine.fingerprint(), print, "after all those errors");
    });

    test("pictures", async () => {
      const { module, engine } = await create();
      engine.configure(MOONS);
      engine.start();
      finish(engine);
      const zeros = [];
      for (const theme of [0, 1]) {
        const pixels = engine.heatmap(0, 2, 7, 0.2, theme, new Uint8ClampedArray(2 * 7 * 4));
        const legend = engine.legend(101, 2, theme, new Uint8ClampedArray(101 * 2 * 4));
        const zero = String([...legend.slice(200, 204)]);
        zeros.push(zero);
        const weights = engine.weights(0);
        for (let k = 0; k < 14; k++) {
          assert.equal(String([...pixels.slice(4 * k, 4 * k + 4)]) === zero, weights[k] === 0, `weight ${k}`);
          assert.equal(pixels[4 * k + 3], 255);
        }
      }
      assert.notEqual(zeros[0], zeros[1]);
      const one = new Uint8ClampedArray(4);
      fails(() => engine.heatmap(3, 1, 1, 1, 0, one), "STATUS_RANGE", /layer 3/);
      fails(() => engine.heatmap(-1, 1, 1, 1, 0, one), "STATUS_RANGE", /layer -1/);
      for (const [width, height, scale, theme] of [
        [0, 1, 1, 0],
        [1, 0, 1, 0],
        [20000, 1, 1, 0],
        [1, 1, 0, 0],
        [1, 1, -1, 0],
        [1, 1, NaN, 0],
        [1, 1, 1, 2],
        [1, 1, 1, -1],
      ])
        fails(() => engine.heatmap(0, width, height, scale, theme, one), "STATUS_RANGE", /size/);
      for (const [width, height, theme] of [
        [0, 1, 0],
        [1, -1, 0],
        [1, 20000, 0],
        [1, 1, 6],
      ]) {
        assert.ok(module._fg_legend(width, height, 0, theme) < 0);
        assert.equal(lastError(module).name, "STATUS_RANGE");
      }
    });

    test("views of a layer: pictures, fields, cells, bins and comparisons are of the weights", async () => {
      const { module, engine } = await create();
      engine.configure(MOONS);
      engine.start();
      for (let k = 0; k < 40; k++) engine.advance();
      const print = engine.fingerprint();
      const colour = (pixels, place) => String([...pixels.slice(4 * place, 4 * place + 4)]);
      const zero = (theme) => colour(engine.legend(3, 1, theme, new Uint8ClampedArray(12)), 1);
      const { rows, columns } = engine.layers()[1];
      const weights = engine.weights(1);
      const size = { layer: 1, width: columns, height: rows };
      const plain = new Uint8ClampedArray(4 * rows * columns);
      assert.equal(engine.picture({ ...size, scale: 5, theme: 0 }, plain), null);
      assert.deepEqual(plain, engine.heatmap(1, columns, rows, 5, 0, new Uint8ClampedArray(plain.length)));

      // By strength: rows and columns with the largest sums first.
      const sums = (count, other, at) =>
        Array.from({ length: count }, (_, k) =>
          Array.from({ length: other }, (__, m) => Math.abs(weights[at(k, m)])).reduce((sum, each) => sum + each, 0),
        );
      const order = (values) => values.map((_, k) => k).sort((a, b) => values[b] - values[a] || a - b);
      const rowOrder = order(sums(rows, columns, (r, c) => r * columns + c));
      const columnOrder = order(sums(columns, rows, (c, r) => r * columns + c));
      const ordered = new Uint8ClampedArray(plain.length);
      engine.picture({ ...size, order: true, scale: 5, theme: 0 }, ordered);
      let checked = 0;
      rowOrder.forEach((row, y) =>
        columnOrder.forEach((column, x) => {
          assert.equal(colour(ordered, y * columns + x), colour(plain, row * columns + column));
          const cell = engine.cell({ layer: 1, order: true, span: [y, y + 1, x, x + 1] });
          assert.deepEqual([cell.row, cell.column, cell.weight], [row, column, weights[row * columns + column]]);
          assert.equal(cell.slope, Math.fround(1e-2));
          checked++;
        }),
      );
      assert.equal(checked, rows * columns);
      const strongest = weights.reduce((best, each) => (Math.abs(each) > Math.abs(best) ? each : best), 0);
      assert.equal(engine.cell({ layer: 1, span: [0, rows, 0, columns] }).weight, strongest);

      // Zeros only; the pull, which is flat for this penalty.
      const masked = new Uint8ClampedArray(plain.length);
      engine.picture({ ...size, ink: 0x010203, scale: 5, theme: 0 }, masked);
      const pulled = new Uint8ClampedArray(plain.length);
      const summary = engine.picture({ ...size, pull: true, scale: 0.1, theme: 2 }, pulled);
      const nonzeros = weights.filter((each) => each !== 0).length;
      const strength = Math.fround(1e-2);
      const expected = { shrinking: nonzeros, growing: 0, unmoved: 0, least: strength, greatest: strength };
      const { mean, ...rest } = summary;
      assert.deepEqual(rest, expected);
      assert.ok(Math.abs(mean - strength) < 1e-12);
      assert.deepEqual(engine.pull(1), summary);
      const flat = new Set();
      weights.forEach((weight, place) => {
        assert.equal(colour(masked, place), weight === 0 ? "1,2,3,255" : zero(0));
        if (weight === 0) assert.equal(colour(pulled, place), zero(2));
        else flat.add(colour(pulled, place));
      });
      assert.equal(flat.size, 1);

      // Receptive fields: a cell a pixel.
      const units = engine.layers()[0].rows;
      const grid = { count: units, across: 3, gap: 1, tileWidth: 2, tileHeight: 1, columns: 2 };
      const fields = new Uint8ClampedArray(4 * (3 * 3 - 1) * (Math.ceil(units / 3) * 2 - 1));
      const { living, units: placed } = engine.fields({ layer: 0, grid, scale: 5, theme: 0, ground: 0 }, fields);
      const first = engine.heatmap(0, 2, units, 5, 0, new Uint8ClampedArray(8 * units));
      assert.deepEqual(
        [...placed].sort((a, b) => a - b),
        [...placed.keys()],
      );
      assert.ok(living > 0 && living <= units);
      for (let tile = 0; tile < living; tile++)
        for (let input = 0; input < 2; input++) {
          const place = Math.floor(tile / 3) * 2 * 8 + (tile % 3) * 3 + input;
          assert.equal(colour(fields, place), colour(first, placed[tile] * 2 + input));
        }

      // Bins.
      const { zeros, counts } = engine.histogram({ layer: 1, low: -20, high: 4, bins: 48 });
      assert.equal(zeros, weights.length - nonzeros);
      const bins = new Array(48).fill(0);
      for (const weight of weights)
        if (weight !== 0) bins[Math.min(47, Math.max(0, Math.floor((Math.log2(Math.abs(weight)) + 20) * 2)))]++;
      assert.deepEqual([...counts], bins);

      // Two matrices of whatever run.
      const a = new Float32Array([1, 0, 0, -2, 0.5, 0]);
      const b = new Float32Array([1, 0, 3, 0, 0.25, 0]);
      const colours = [0x010101, 0x020202, 0x030303, 0x040404];
      const two = { rows: 2, columns: 3, first: a, second: b };
      const result = engine.compare({ ...two, width: 3, height: 2, scale: 1, theme: 4, colours });
      const { difference, kept, ...numbers } = result;
      assert.deepEqual(numbers, { both: 2, first: 1, second: 1, neither: 2, equal: 3, largest: 3 });
      assert.deepEqual(
        [...a].map((_, place) => kept[4 * place]),
        [4, 1, 3, 2, 4, 1],
      );
      a.forEach((each, place) => assert.equal(colour(difference, place) === zero(4), each === b[place]));
      const cell = engine.comparedCell({ ...two, span: [0, 2, 0, 3] });
      assert.deepEqual(cell, { row: 0, column: 2, first: 0, second: 3 });
      const top = engine.comparedCell({ ...two, order: true, span: [1, 2, 1, 2] });
      assert.deepEqual(top, { row: 1, column: 0, first: -2, second: 0 });

      // What is not there is said, and looking changes nothing.
      const one = new Uint8ClampedArray(4);
      const pixel = { width: 1, height: 1, scale: 1, theme: 0 };
      fails(() => engine.picture({ ...pixel, layer: 9 }, one), "STATUS_RANGE", /layer 9/);
      fails(() => engine.picture({ ...pixel, layer: 0, theme: 6 }, one), "STATUS_RANGE", /theme/);
      fails(() => engine.pull(-1), "STATUS_RANGE", /layer -1/);
      const bad = { layer: 0, scale: 1, theme: 0, ground: 0 };
      fails(() => engine.fields({ ...bad, grid: { ...grid, count: 99 } }, one), "STATUS_RANGE", /grid/);
      fails(() => engine.fields({ ...bad, grid: { ...grid, tileWidth: 0 } }, one), "STATUS_RANGE", /size/);
      fails(() => engine.fields({ ...bad, grid: { ...grid, tileWidth: 9000 } }, one), "STATUS_RANGE", /size/);
      fails(() => engine.cell({ layer: 5, span: [0, 1, 0, 1] }), "STATUS_RANGE", /layer 5/);
      for (const span of [
        [0, 0, 0, 1],
        [-1, 1, 0, 1],
        [0, rows + 1, 0, 1],
        [0, 1, 1, columns + 1],
      ])
        fails(() => engine.cell({ layer: 1, span }), "STATUS_RANGE", /cells/);
      fails(() => engine.histogram({ layer: 0, low: 1, high: 0, bins: 4 }), "STATUS_RANGE", /bins/);
      fails(() => engine.histogram({ layer: 7, low: 0, high: 1, bins: 4 }), "STATUS_RANGE", /layer 7/);
      const none = { ...two, rows: 0, first: [], second: [] };
      fails(() => engine.compare({ ...none, ...pixel, colours }), "STATUS_RANGE", /0 x 3/);
      fails(() => engine.comparedCell({ ...none, span: [0, 1, 0, 1] }), "STATUS_RANGE", /0 x 3/);
      fails(() => engine.comparedCell({ ...two, span: [0, 3, 0, 1] }), "STATUS_RANGE", /cells/);
      assert.equal(engine.fingerprint(), print);
      assert.ok(module._fg_layers() === 3);
    });

    test("slopes and predictions", async () => {
      const { module, engine } = await create();
      engine.configure(MOONS);
      engine.start();
      engine.advance();
      const print = engine.fingerprint();
      const address = module._fg_allocate(4 * 35);
      const read = (count) => new Float32Array(module.HEAPU8.slice(address, address + 4 * count).buffer);
      assert.equal(module._fg_slopes(1, address), 0);
      for (const slope of read(35)) assert.equal(slope, Math.fround(1e-2));
      for (const layer of [-1, 3, 1 << 30]) {
        assert.ok(module._fg_slopes(layer, address) < 0);
        assert.ok(module._fg_weights(layer, address) < 0);
        assert.ok(module._fg_biases(layer, address) < 0);
        assert.equal(module._fg_rows(layer), 0);
        assert.match(lastError(module).text, new RegExp(`layer ${layer}`));
      }
      new Float32Array(module.HEAPU8.buffer, address, 2).set([0.5, -0.25]);
      assert.equal(module._fg_predict(address, address + 8, 0), 0);
      const [first, second] = read(4).slice(2);
      assert.ok(first > 0 && second > 0 && Math.abs(first + second - 1) < 1e-6);
      assert.equal(engine.fingerprint(), print, "looking changes nothing");
      module._fg_release(address);
    });

    test("biases: zero at the start, moved by the first step", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      assert.deepEqual(
        engine.layers().map((_, layer) => [...engine.biases(layer)]),
        [7, 5, 2].map((rows) => Array(rows).fill(0)),
      );
      engine.advance();
      const moved = engine.layers().map((_, layer) => engine.biases(layer).filter((bias) => bias !== 0).length);
      assert.equal(moved.length, 3);
      for (const many of moved) assert.ok(many > 0);
      fails(() => engine.biases(3), "STATUS_RANGE", /layer 3/);
    });

    test("penalty by web/wasm.js, beside a run", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      const print = engine.fingerprint();
      const weights = new Float32Array([3, 0, -1, 0.5, 0, 0]);
      const { value, slopes } = engine.penalty("regularizer=l1", 2, 3, weights);
      assert.equal(value, 4.5);
      assert.deepEqual([...slopes], [1, 1, 1, 1, 1, 1]);
      const own = engine.penalty("regularizer=arrangement&order=1&mix=1", 2, 3, weights);
      const doubled = engine.penalty(
        "regularizer=arrangement&order=1&mix=1",
        2,
        3,
        weights.map((w) => 2 * w),
      );
      assert.ok(Math.abs(own.value - doubled.value) < 1e-6 * own.value);
      fails(() => engine.penalty("regularizer=l1&mix=3", 2, 3, weights), "STATUS_RANGE", /mix/);
      assert.equal(engine.fingerprint(), print);
      assert.equal(engine.remark(), "");
    });

    test("edges: the strongest nonzeros of each layer, row by row", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      finish(engine);
      let fewer = 0;
      for (const limit of [0, 1, 2, 3, 5, 9, 35, 1000]) {
        const found = engine.edges([limit, limit, limit]);
        for (const [layer, { cells, weights, live }] of found.entries()) {
          const all = engine.weights(layer);
          const nonzeros = [...all.keys()].filter((cell) => all[cell] !== 0);
          const wanted = nonzeros
            .sort((one, other) => Math.abs(all[other]) - Math.abs(all[one]) || one - other)
            .slice(0, limit)
            .sort((one, other) => one - other);
          assert.deepEqual([...cells], wanted, `layer ${layer}, limit ${limit}`);
          assert.deepEqual(
            [...weights],
            wanted.map((cell) => all[cell]),
          );
          if (limit < nonzeros.length) fewer++;
          const { rows, columns } = engine.layers()[layer];
          assert.equal(live.length, rows);
          if (layer === 2) assert.ok(live.every((each) => each === 1));
          else
            for (const [row, each] of live.entries())
              if (each) assert.ok(all.subarray(row * columns, (row + 1) * columns).some((w) => w !== 0));
        }
      }
      assert.ok(fewer > 5);
      fails(() => engine.edges([-1, 0, 0]), "STATUS_RANGE", /limit/);
    });

    test("weights from a safetensors file: as they were saved", async () => {
      const { engine } = await create();
      engine.configure(MOONS);
      engine.start();
      finish(engine);
      const layers = engine.layers().map(({ rows, columns }, layer) => ({
        rows,
        columns,
        weights: engine.weights(layer),
        biases: engine.biases(layer),
      }));
      const [print, { test_accuracy: accuracy, nonzeros }] = [engine.fingerprint(), engine.metrics()];
      const file = safetensors(networkTensors(layers), { format: "pt", "any key": "“text”" });
      const read = await readWeights(directory, { bytes: file, name: "file" });
      assert.deepEqual([read.layers, read.name], ["2,7,5,2", "file"]);
      fails(() => engine.loadWeights(read), "STATUS_STATE", /past step 0/);
      engine.configure(MOONS.replace("7,5", "7,6"));
      engine.start();
      fails(() => engine.loadWeights(read), "STATUS_RANGE", /file is of a network of other layers/);
      engine.configure(`${MOONS}&train-size=800`);
      engine.start();
      assert.notEqual(engine.fingerprint(), print);
      engine.loadWeights(read);
      assert.equal(engine.fingerprint(), print);
      const loaded = engine.metrics();
      assert.deepEqual([loaded.state, loaded.step, loaded.nonzeros], ["finished", 0, nonzeros]);
      assert.equal(loaded.test_accuracy, accuracy);
      assert.equal(engine.advance(), ADVANCED.FINISHED);
      assert.ok(engine.predict(engine.sample(0).inputs).probabilities[0] >= 0);
      const kept = engine.save();
      assert.equal(engine.restart(), true);
      engine.restore(kept);
      assert.equal(engine.fingerprint(), print);
      await assert.rejects(readWeights(directory, { bytes: file.subarray(0, 100), name: "cut" }), /cut is cut short/);
    });

    test("test samples, and what a network makes of them", async () => {
      const { engine } = await create();
      engine.configure("data=mnist&layers=4,3,2&batch=3&epochs=1&ramp=1&finetune=0");
      const files = idxFiles();
      await giveAll(engine, files);
      engine.start();
      const { hash, ...shapes } = engine.dataset();
      assert.deepEqual(shapes, { inputs: 4, classes: 2, width: 2, height: 2, train: 6, test: 4 });
      assert.equal(hash, "cfb0319935fa4853");
      for (let index = 0; index < 4; index++) {
        const { label, inputs } = engine.sample(index);
        assert.equal(label, files[3][8 + index]);
        const bytes = files[2].subarray(16 + 4 * index, 20 + 4 * index);
        assert.deepEqual(
          [...inputs],
          [...bytes].map((byte) => Math.fround(byte * Math.fround(1 / 255))),
        );
        const { probabilities, hidden } = engine.predict(inputs);
        assert.ok(Math.abs(probabilities[0] + probabilities[1] - 1) < 1e-6);
        const w = engine.weights(0);
        assert.deepEqual([hidden.length, hidden[0].length], [1, 3]);
        for (const [unit, value] of hidden[0].entries()) {
          // The biases are 0 at step 0. Sums of four products, each below 2 in size.
          const sum = inputs.reduce((total, x, i) => total + x * w[4 * unit + i], 0);
          assert.ok(Math.abs(value - Math.max(0, sum)) <= 8 * 2 ** -23, `${value} against ${sum}`);
        }
      }
      for (const index of [-1, 4]) fails(() => engine.sample(index), "STATUS_RANGE", /no test sample/);
      assert.throws(() => engine.predict(new Float32Array(3)), { name: "STATUS_RANGE", message: /3 inputs/ });
      engine.configure(MOONS);
      engine.start();
      assert.equal(engine.dataset().width, 0);
      assert.equal(engine.sample(0).inputs.length, 2);
    });

    test("penalty", async () => {
      const { module } = await create();
      const memory = module._fg_allocate(100);
      const [w, value, gradient, slope] = [memory, memory + 24, memory + 32, memory + 56];
      const penalty = (settings, rows, columns, ...out) =>
        withText(module, settings, (text) => module._fg_penalty(text, rows, columns, w, value, ...out));
      const read = (address, count) =>
        Array.from(new Float32Array(module.HEAPU8.slice(address, address + 4 * count).buffer));
      assert.equal(value % 8, 0);
      new Float32Array(module.HEAPU8.buffer, w, 6).set([3, 0, -1, 0.5, 0, 0]);
      assert.equal(penalty("regularizer=l1", 2, 3, gradient, slope), 0);
      assert.equal(new Float64Array(module.HEAPU8.slice(value, value + 8).buffer)[0], 4.5);
      assert.deepEqual(read(gradient, 6), [1, 0, -1, 1, 0, 0]);
      assert.deepEqual(read(slope, 6), [1, 1, 1, 1, 1, 1]);
      assert.equal(penalty("regularizer=arrangement", 3, 2, 0, 0), 0);
      assert.ok(new Float64Array(module.HEAPU8.slice(value, value + 8).buffer)[0] > 1);
      for (const [settings, rows, columns, name] of [
        ["regularizer=l3", 2, 3, "STATUS_RANGE"],
        ["lamda=3", 2, 3, "STATUS_USAGE"],
        ["regularizer=l1", 0, 3, "STATUS_RANGE"],
        ["regularizer=l1", 2, -3, "STATUS_RANGE"],
        ["regularizer=l1", 65536, 65536, "STATUS_RANGE"],
        ["regularizer=l1", 2147483647, 2147483647, "STATUS_RANGE"],
      ]) {
        assert.ok(penalty(settings, rows, columns, gradient, 0) < 0, settings);
        assert.equal(lastError(module).name, name);
      }
      new Float32Array(module.HEAPU8.buffer, w, 1)[0] = NaN;
      assert.ok(penalty("regularizer=l1", 2, 3, 0, 0) < 0);
      assert.match(lastError(module).text, /row 0, column 0/);
      module._fg_release(memory);
      module._fg_release(0);
    });

    test("threads that cannot be", async () => {
      const { module, engine } = await create();
      engine.configure(PLANTED);
      for (const count of [0, -1]) {
        assert.ok(module._fg_start(count) < 0);
        assert.equal(lastError(module).name, "STATUS_RANGE");
        engine.start();
        assert.ok(module._fg_restart(count) < 0, `fg_restart(${count})`);
      }
      if (threads === 1) {
        assert.ok(module._fg_start(2) < 0, "the single-threaded build has one thread");
        assert.equal(lastError(module).name, "STATUS_THREADS");
      }
      assert.ok(module._fg_start(1000) < 0);
      engine.start();
      assert.equal(finish(engine), ADVANCED.FINISHED);
    });

    test("memory grows where it must and stays bounded over 50 restarts", async () => {
      const { module, engine } = await create();
      const small = module.HEAPU8.length;
      engine.configure("data=mnist&layers=4,4000,1000,2&batch=2&epochs=1&ramp=1&finetune=0");
      await giveAll(engine, idxFiles());
      engine.start();
      const large = module.HEAPU8.length;
      assert.ok(large > small && large < small + (400 << 20), `${small} became ${large}`);
      engine.configure(PLANTED);
      engine.start();
      finish(engine);
      const print = engine.fingerprint();
      const settled = module.HEAPU8.length;
      for (let k = 0; k < 50; k++) {
        if (k % 10 === 9) engine.start();
        else assert.equal(engine.restart(), true);
        for (let n = 0; n < 1 + (k % 3); n++) engine.advance();
        engine.weights(0);
        engine.metrics();
      }
      assert.equal(module.HEAPU8.length, settled, "no restart keeps memory");
      engine.restart();
      finish(engine);
      assert.equal(engine.fingerprint(), print);
    });

    test("fg_save and fg_restore: the same bits at the end, also from the other build", async () => {
      const files = "data=mnist&layers=4,5,3,2&batch=2&epochs=2&ramp=1&finetune=2&l1=1e-2&average=2";
      for (const settings of [PLANTED, MOONS, files]) {
        const [here, fresh, other] = [await create(), await create(), { module: await load(4 - threads) }];
        other.engine = new WasmEngine(other.module, 4 - threads);
        for (const { engine } of [here, fresh, other]) {
          engine.configure(settings);
          if (engine.needsFiles()) await giveAll(engine, idxFiles());
          engine.start();
        }
        const snapshots = [];
        do snapshots.push(here.engine.save());
        while (here.engine.advance() !== ADVANCED.FINISHED);
        const [print, records] = [here.engine.fingerprint(), here.engine.epochs(0)];
        const untimed = (list) => list.map((record) => ({ ...record, seconds: 0 }));
        assert.ok(snapshots.length > 9);
        for (let k = 0; k < snapshots.length; k += 1 + (snapshots.length >> 3)) {
          for (const { engine } of [fresh, other]) {
            engine.restore(snapshots[k]);
            finish(engine);
            assert.equal(engine.fingerprint(), print, `${settings} from ${k}`);
            assert.deepEqual(untimed(engine.epochs(0)), untimed(records));
          }
        }
        // A live option travels along.
        fresh.engine.restart();
        fresh.engine.set("lambda", "0.125");
        other.engine.restore(fresh.engine.save());
        assert.equal(other.engine.settings().lambda, 0.125);
      }
    });

    test("fg_save and fg_restore say what is wrong, and nothing changes", async () => {
      const { module, engine } = await create();
      fails(() => engine.save(), "STATUS_STATE", /no run/);
      fails(() => engine.restore(new Uint8Array(9)), "STATUS_STATE", /no run/);
      engine.configure(MOONS);
      engine.start();
      const start = engine.save();
      for (let k = 0; k < 7; k++) engine.advance();
      const print = engine.fingerprint();
      const damaged = start.slice();
      damaged[start.length >> 1] ^= 4;
      fails(() => engine.restore(damaged), "STATUS_FORMAT", /damaged/);
      fails(() => engine.restore(start.subarray(0, -1)), "STATUS_FORMAT", /cut short/);
      fails(() => engine.restore(new Uint8Array(4000)), "STATUS_FORMAT", /no snapshot/);
      fails(() => engine.restore(new Uint8Array(0)), "STATUS_FORMAT", /0 bytes/);
      const other = await create();
      other.engine.configure(`${MOONS}&seed=2`);
      other.engine.start();
      fails(() => other.engine.restore(start), "STATUS_STATE", /other data/);
      other.engine.configure(MOONS.replace("finetune=1", "finetune=2"));
      other.engine.start();
      fails(() => other.engine.restore(start), "STATUS_STATE", /finetune=1/);
      assert.equal(engine.fingerprint(), print);
      const before = module.HEAPU8.length;
      for (let k = 0; k < 100; k++) engine.save();
      assert.equal(module.HEAPU8.length, before, "no snapshot keeps memory");
    });

    test("two instances do not disturb one another", async () => {
      const alone = [];
      const engines = [(await create()).engine, (await create()).engine];
      const settings = [PLANTED, PLANTED.replace("lambda=1e-4", "regularizer=l1&lambda=1e-3")];
      for (const [k, engine] of engines.entries()) {
        engine.configure(settings[k]);
        engine.start();
        finish(engine);
        alone.push(engine.fingerprint());
        engine.restart();
      }
      assert.notEqual(alone[0], alone[1]);
      const ended = [false, false];
      for (let turn = 0; !(ended[0] && ended[1]); turn++) {
        assert.ok(turn < 10_000);
        const k = turn % 3 === 0 ? 0 : 1; // not in step
        ended[k] ||= engines[k].advance() === ADVANCED.FINISHED;
        fails(() => engines[1 - k].set("nothing", k), "STATUS_USAGE", /nothing/);
      }
      assert.deepEqual(
        engines.map((engine) => engine.fingerprint()),
        alone,
      );
    });
  });

test("both builds give the same bits, and every export was called", async () => {
  const prints = [];
  for (const threads of [1, 2, 3]) {
    const engine = new WasmEngine(await load(threads, calledAnywhere), threads);
    engine.configure(PLANTED);
    engine.start();
    finish(engine);
    prints.push(engine.fingerprint());
  }
  assert.deepEqual(prints, [prints[0], prints[0], prints[0]]);
  assert.deepEqual(
    EXPORTS.filter((name) => !calledAnywhere.has(name)),
    [],
  );
});
