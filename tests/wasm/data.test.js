// data.test.js: data from files over WebAssembly, in both builds: pictures that stay outside of the engine's memory and arrive
// in pieces give the bits of those that are handed over whole; files of one's own are understood, or refused with words.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { make, repository } from "../tools/make.js";
import { readData, readWeights } from "../../web/reader.js";
import { ADVANCED, DATA_FILES, EngineError, loadEngine } from "../../web/wasm.js";

make("wasm", "data");
const directory = pathToFileURL(`${repository}build/wasm/`);
// The threaded build's workers would keep this process alive.
after(() => setTimeout(() => process.exit(), 200).unref());

/** Four IDX files: 60 training and 20 test pictures of 5 x 4 (width x height), 3 classes. */
function idxFiles() {
  const file = (magic, count, sizes, value) => {
    const length = count * sizes.reduce((product, size) => product * size, 1);
    const bytes = Buffer.alloc(8 + 4 * sizes.length + length);
    [magic, count, ...sizes].forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
    for (let k = 0; k < length; k++) bytes[bytes.length - length + k] = value(k);
    return bytes;
  };
  return [60, 20].flatMap((count) => [
    file(0x803, count, [4, 5], (k) => (k * k * 7919) % 256),
    file(0x801, count, [], (k) => (k * 7) % 3),
  ]);
}

async function giveAll(engine, files) {
  for (const [which, bytes] of files.entries())
    if (bytes) await engine.giveFile(which, bytes.length, (view) => view().set(bytes));
}

/** The pictures of the four files as what stays outside, of which `arrived` are there. */
function outsideOf(files, arrived = [0, 0]) {
  const part = (bytes, count) => {
    const pixels = new Uint8Array(new SharedArrayBuffer(bytes.length - 16));
    pixels.set(bytes.subarray(16));
    return { bytes: pixels, count };
  };
  return {
    width: files[0].readUInt32BE(12),
    height: files[0].readUInt32BE(8),
    train: part(files[0], arrived[0]),
    test: part(files[2], arrived[1]),
  };
}

async function startOutside(engine, files, outside) {
  await giveAll(engine, [null, files[1], null, files[3]]);
  engine.giveOutside(outside);
  engine.start();
}

/** Trains to the end; `starve(step)` is asked whenever pictures are missing. -> how often they were. */
function finish(engine, more = () => assert.fail("pictures are missing")) {
  for (let waits = 0; ;) {
    const did = engine.advance();
    if (did === ADVANCED.FINISHED) return waits;
    assert.notEqual(did, ADVANCED.DIVERGED);
    if (did !== ADVANCED.WAITING) continue;
    const before = engine.metrics().step;
    assert.equal(engine.advance(), ADVANCED.WAITING, "waiting changes nothing");
    assert.equal(engine.metrics().step, before);
    more(++waits);
  }
}

const SETTINGS = "data=mnist&layers=20,16,3&batch=8&epochs=2&ramp=1&finetune=2&input-noise=0.1&lambda=1e-4&l1=1e-3";

for (const threads of [1, 2])
  describe(threads === 1 ? "single-threaded build" : "threaded build", () => {
    for (const settings of [SETTINGS, `${SETTINGS}&train-size=41`, SETTINGS.replace("epochs=2", "epochs=0")])
      test(`pictures outside, in pieces: the same bits, ${settings}`, async () => {
        const files = idxFiles();
        const engine = await loadEngine({ directory, threads });
        engine.configure(settings);
        await giveAll(engine, files);
        engine.start();
        const data = engine.dataset();
        assert.match(data.hash, /^[0-9a-f]{16}$/);
        const sample = engine.sample(3);
        finish(engine);
        const wanted = engine.fingerprint();

        const other = await loadEngine({ directory, threads });
        other.configure(settings);
        const outside = outsideOf(files, [60, 20]);
        await startOutside(other, files, outside);
        assert.deepEqual(other.dataset(), data, "the hash is that of all the data");
        assert.deepEqual(other.sample(3), sample);
        assert.equal(finish(other), 0);
        assert.equal(other.fingerprint(), wanted);
        assert.equal(other.restart(), true);
        finish(other);
        assert.equal(other.fingerprint(), wanted);

        const slow = outsideOf(files, [0, 20]);
        await startOutside(other, files, slow);
        assert.equal(other.dataset().hash, "0000000000000000", "not known yet");
        assert.ok(finish(other, () => (slow.train.count += 7)) > 3);
        assert.equal(other.fingerprint(), wanted);
        assert.deepEqual(other.dataset(), data);
      });

    test("pictures outside: what is refused", async () => {
      const files = idxFiles();
      const engine = await loadEngine({ directory, threads });
      engine.configure(SETTINGS);
      await assert.rejects(startOutside(engine, files, outsideOf(files, [60, 19])), /test pictures have not arrived/);
      await startOutside(engine, files, outsideOf(files, [60, 20]));
      const none = { ...outsideOf(files), width: 0 };
      assert.throws(() => engine.giveOutside(none), /no pictures of 0 x 4/);
      const labels = [null, files[1].subarray(0, 30), null, files[3]];
      await giveAll(engine, labels);
      engine.giveOutside(outsideOf(files));
      assert.throws(() => engine.start(), /train-labels-idx1-ubyte is cut short/);
    });

    test("a table", async () => {
      const csv = Buffer.from(CSV);
      const { table, hash } = await readData(directory, {
        kind: "csv",
        names: ["tablé.csv"],
        blobs: [new Blob([csv])],
      });
      const engine = await loadEngine({ directory, threads });
      engine.configure("data-dir=tabl%C3%A9.csv&batch=4&epochs=1&ramp=1&finetune=0&layers=1,4,2");
      assert.equal(engine.needsFiles(), true);
      assert.throws(() => engine.start(), /tablé\.csv is missing/);
      await engine.giveTable(table);
      engine.start();
      assert.equal(engine.dataset().hash, hash);
      finish(engine);
      const print = engine.fingerprint();
      assert.equal(engine.restart(), true);
      finish(engine);
      assert.equal(engine.fingerprint(), print);
      const [train, test] = table.parts;
      const refused = async (wrong, expected) => {
        await assert.rejects(async () => {
          await engine.giveTable({ ...table, ...wrong });
          engine.start();
        }, expected);
      };
      await refused({ inputs: 2 }, /no table of 24 samples of 2 inputs/);
      await refused(
        { parts: [train, { ...test, labels: Uint8Array.of(0, 1, 0, 1, 0, 2) }] },
        /label is 2; it must be below 2/,
      );
      await refused({ classes: 101 }, /no table of 1 inputs and 101 classes/);
    });
  });

const CSV = `a,kind\n${Array.from({ length: 30 }, (_, k) => `${k / 8},${k % 3 ? "x" : "é"}`).join("\n")}`;

test("own files: four IDX files, a pair, a CSV file", async () => {
  const files = idxFiles();
  const read = (kind, names, ...bytes) =>
    readData(directory, { kind, names, blobs: bytes.map((each) => new Blob([each])) });
  const whole = await read("idx", DATA_FILES, ...files);
  assert.deepEqual([whole.inputs, whole.classes, whole.width, whole.train, whole.test], [20, 3, 5, 60, 20]);
  assert.deepEqual(Buffer.from(whole.parts[1].pictures), files[2].subarray(16));
  assert.deepEqual(Buffer.from(whole.parts[0].labels), files[1].subarray(8));
  assert.deepEqual([whole.csv, whole.table], [null, null]);

  const pair = await read("pair", ["pictures", "labels"], ...files.slice(0, 2));
  assert.deepEqual([pair.train, pair.test], [48, 12]);
  assert.notEqual(pair.hash, whole.hash);
  // All pictures are there once, with their labels.
  const seen = (parts, each) => parts.flatMap(each).sort();
  const rows = ({ pictures, labels }) =>
    Array.from(labels, (label, k) => [label, ...pictures.subarray(20 * k, 20 * k + 20)].join());
  const original = rows({ pictures: files[0].subarray(16), labels: files[1].subarray(8) }).sort();
  assert.deepEqual(seen(pair.parts, rows), original);

  const table = await read("csv", ["tablé.csv"], CSV);
  assert.deepEqual([table.inputs, table.classes, table.width, table.train, table.test], [1, 2, 0, 24, 6]);
  assert.deepEqual(table.csv.class_names, ["x", "é"]);
  assert.deepEqual([table.csv.label_column, table.csv.label_name, table.csv.header], [2, "kind", true]);
  assert.equal(table.parts, null);
  assert.deepEqual(
    table.table.parts.map(({ values, labels }) => [values.length, labels.length]),
    [
      [24, 24],
      [6, 6],
    ],
  );

  await assert.rejects(
    read("csv", ["mine.csv"], "a,b\n1\n"),
    (error) => error instanceof EngineError && /^mine\.csv, line 2: expected 2 cells/.test(error.message),
  );
  await assert.rejects(read("pair", ["one", "two"], new Uint8Array(0), files[1]), /one/);
  await assert.rejects(
    readWeights(directory, { bytes: new Uint8Array(3), name: "short" }),
    (error) => error.name === "STATUS_FORMAT" && /short is no safetensors file/.test(error.message),
  );
});

test("MNIST outside takes little of the engine's memory, and gives the same bits", { timeout: 300_000 }, async () => {
  const folder = `${repository}build/data/mnist/`;
  assert.ok(existsSync(folder), "make data");
  const files = DATA_FILES.map((name) => readFileSync(folder + name));
  const engine = await loadEngine({ directory, threads: 1 });
  engine.configure("data=mnist&epochs=1&ramp=1&finetune=0&batch=512&layers=784,32,10");
  const outside = outsideOf(files, [10_000, 10_000]);
  await startOutside(engine, files, outside);
  let steps = 0;
  while (engine.advance() === ADVANCED.BATCH) steps++;
  // The first 10,000 samples come first; the batch with the first of the others waits.
  assert.equal(steps, Math.floor(10_000 / 512));
  outside.train.count = 60_000;
  for (let did = 0; did !== ADVANCED.EPOCH; did = engine.advance());
  const print = engine.fingerprint();
  assert.ok(engine.memory() < 64 * 2 ** 20, `${engine.memory()} bytes`);
  await giveAll(engine, files);
  engine.start();
  for (let did = 0; did !== ADVANCED.EPOCH; did = engine.advance());
  assert.equal(engine.fingerprint(), print);
});
