// exports.js: what leaves the page as a file: weights as safetensors, epochs as CSV, both runs as JSON. Pure: bytes and
// texts, no element and no download. Depends on nothing.

const encoder = new TextEncoder();
/** The header of a safetensors file is padded with blanks to this, so that the data are aligned. */
const ALIGNMENT = 8;

/**
 * Tensors as a safetensors file (https://github.com/huggingface/safetensors): eight bytes with the header's length,
 * the header as JSON, then the data; little-endian float32, row-major. `tensors`: [{name, shape, values:
 * Float32Array}], stored in that order; `metadata`: {key: text}. -> Uint8Array
 */
export function safetensors(tensors, metadata = {}) {
  const header = { __metadata__: metadata };
  let size = 0;
  for (const { name, shape, values } of tensors) {
    const cells = shape.reduce((product, each) => product * each, 1);
    if (cells !== values.length) throw new RangeError(`${name}: ${values.length} values for the shape ${shape}`);
    if (name in header) throw new RangeError(`${name} is there twice`);
    header[name] = { dtype: "F32", shape, data_offsets: [size, size + 4 * values.length] };
    size += 4 * values.length;
  }
  const text = encoder.encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(start + size);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  file.fill(0x20, 8 + text.length, start);
  let at = start;
  for (const { values } of tensors) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return file;
}

/** A network's layers ([{rows, columns, weights, biases}]) under the names that PyTorch's Linear modules use. */
export function networkTensors(layers) {
  return layers.flatMap(({ rows, columns, weights, biases }, layer) => [
    { name: `layers.${layer}.weight`, shape: [rows, columns], values: weights },
    { name: `layers.${layer}.bias`, shape: [rows], values: biases },
  ]);
}

/**
 * Records of several contenders as CSV (RFC 4180): {letter: {regularizer, records}} -> text. A column for each key of
 * the records, numbered ones for lists ("nonzeros_by_layer_1"); what is missing is empty.
 */
export function recordsCsv(contenders) {
  const rows = Object.entries(contenders).flatMap(([contender, { regularizer, records }]) =>
    records.map((record) => ({ contender, regularizer, ...flat(record) })),
  );
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((column) => row[column]))]
    .map((cells) => `${cells.map(csvCell).join(",")}\r\n`)
    .join("");
}

function flat(record) {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      Array.isArray(value) ? value.map((each, k) => [`${key}_${k + 1}`, each]) : [[key, value]],
    ),
  );
}

function csvCell(value) {
  const text = value === undefined || value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Both runs as JSON text: {version, link, contenders: {letter: {settings, metrics, fingerprint, records}}}. */
export function runsJson(runs) {
  return `${JSON.stringify({ format: "filigree-runs", ...runs }, null, 2)}\n`;
}
