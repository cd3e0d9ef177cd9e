// exports.test.js: files that leave the page, read back byte by byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { networkTensors, recordsCsv, runsJson, safetensors } from "../../web/exports.js";

const layers = [
  { rows: 2, columns: 3, weights: new Float32Array([1, -2, 0, 0.1, 3e38, -1e-45]), biases: new Float32Array([5, 0]) },
  { rows: 1, columns: 2, weights: new Float32Array([7, -8]), biases: new Float32Array([-0.5]) },
];

test("safetensors: length, header, then float32 little-endian in order, nothing else", () => {
  const file = safetensors(networkTensors(layers), { format: "pt", note: "π" });
  const bytes = Buffer.from(file);
  const length = Number(bytes.readBigUInt64LE(0));
  assert.equal((8 + length) % 8, 0, "the data are aligned");
  const text = bytes.toString("utf8", 8, 8 + length);
  assert.equal(text[0], "{", "the format wants the header to begin so");
  const header = JSON.parse(text);
  assert.deepEqual(header, {
    __metadata__: { format: "pt", note: "π" },
    "layers.0.weight": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
    "layers.0.bias": { dtype: "F32", shape: [2], data_offsets: [24, 32] },
    "layers.1.weight": { dtype: "F32", shape: [1, 2], data_offsets: [32, 40] },
    "layers.1.bias": { dtype: "F32", shape: [1], data_offsets: [40, 44] },
  });
  const values = layers.flatMap(({ weights, biases }) => [...weights, ...biases]);
  assert.equal(bytes.length, 8 + length + 4 * values.length);
  values.forEach((value, k) => assert.ok(Object.is(bytes.readFloatLE(8 + length + 4 * k), value), `value ${k}`));
});

test("safetensors refuses what would be unreadable", () => {
  const tensor = { name: "w", shape: [2], values: new Float32Array(3) };
  assert.throws(() => safetensors([tensor]), /3 values/);
  assert.throws(
    () =>
      safetensors([
        { ...tensor, shape: [3] },
        { ...tensor, shape: [3] },
      ]),
    /twice/,
  );
});

test("epochs as CSV: lists are numbered, what is missing is empty, quotes are doubled", () => {
  const csv = recordsCsv({
    a: {
      regularizer: "l1",
      records: [
        { epoch: 0, loss: null },
        { epoch: 1, loss: 0.5, by_layer: [3, 4] },
      ],
    },
    b: { regularizer: 'a "b", c', records: [{ epoch: 0 }] },
  });
  assert.equal(
    csv,
    "contender,regularizer,epoch,loss,by_layer_1,by_layer_2\r\n" +
      'a,l1,0,,,\r\na,l1,1,0.5,3,4\r\nb,"a ""b"", c",0,,,\r\n',
  );
});

test("runs as JSON", () => {
  assert.deepEqual(JSON.parse(runsJson({ version: "1", contenders: {} })), {
    format: "filigree-runs",
    version: "1",
    contenders: {},
  });
});
