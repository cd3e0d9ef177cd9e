// reader.js: reads files of one's own by a WebAssembly build that does nothing else (src/wasm_reader.c): IDX and CSV files
// into data sets, safetensors files into weights. An instance serves one call and is gone with the memory that it took.
// Not a worker; knows no page and no run. Depends on wasm.js.
import { EngineError, loadBuild } from "./wasm.js";

const KINDS = ["idx", "pair", "csv"];
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** An instance with its memory's few uses. */
async function open(directory, operation) {
  const module = await loadBuild({ directory, name: "reader" });
  const text = (address) => {
    const end = module.HEAPU8.indexOf(0, address);
    return decoder.decode(module.HEAPU8.slice(address, end));
  };
  const room = (size) => {
    const address = module._malloc(Math.max(1, size));
    if (address) return address;
    const message = `Out of memory: ${size} bytes were refused.`;
    throw new EngineError({ name: "STATUS_MEMORY", operation, message });
  };
  const put = (bytes) => {
    const address = room(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  };
  return {
    module,
    text,
    room,
    put,
    putText: (words) => put(encoder.encode(`${words}\0`)),
    putNumbers: (numbers) => put(new Uint8Array(Uint32Array.from(numbers).buffer)),
    copy: (address, bytes) => module.HEAPU8.slice(address, address + bytes),
    check(status) {
      if (status >= 0) return;
      const [name, message] = [text(module._fg_error_name()), text(module._fg_error())];
      throw new EngineError({ code: status, name, operation, message });
    },
  };
}

/**
 * Makes a data set of files (Blobs): `kind` "idx" (four), "pair" (pictures and labels) or "csv" (one); `names` as people
 * know them. -> {inputs, classes, width, height, train, test, hash, csv, parts, table}: csv is what was understood of a CSV
 * file or null; parts is [{pictures, labels}, {..}] (Uint8Array) where samples are pictures, else null; table is what
 * WasmEngine.giveTable() takes where they are not, else null.
 */
export async function readData(directory, { kind, names, blobs }) {
  const { module, text, room, putText, putNumbers, copy, check } = await open(directory, "import");
  const files = [];
  for (const [index, blob] of blobs.entries()) {
    let at = room(blob.size);
    files.push(at);
    const stream = blob.stream().getReader();
    for (let part = await stream.read(); !part.done; part = await stream.read()) {
      module.HEAPU8.set(part.value, at);
      at += part.value.length;
    }
    if (at !== files[index] + blob.size)
      throw new EngineError({
        name: "STATUS_FILE",
        operation: "import",
        message: `${names[index]} changed meanwhile.`,
      });
  }
  const sizes = putNumbers(blobs.map(({ size }) => size));
  const words = putNumbers(names.map(putText));
  check(module._fg_import(KINDS.indexOf(kind), putNumbers(files), sizes, words));
  const info = JSON.parse(text(module._fg_import_info()));
  const parts = [info.train, info.test].map((samples, which) => {
    const labels = copy(module._fg_import_labels(which), samples);
    const inputs = module._fg_import_inputs(which);
    if (info.width > 0) return { pictures: copy(inputs, samples * info.inputs), labels };
    return { values: new Float32Array(copy(inputs, 4 * samples * info.inputs).buffer), labels };
  });
  if (info.width > 0) return { ...info, parts, table: null };
  return { ...info, parts: null, table: { inputs: info.inputs, classes: info.classes, parts } };
}

/**
 * Reads a safetensors file, `name` for errors -> {layers: as the option has them, "784,300,100,10"; values: Float32Array,
 * layer after layer its weights, row by row, and its biases; name}.
 */
export async function readWeights(directory, { bytes, name }) {
  const { module, text, put, putText, copy, check } = await open(directory, "weights");
  const layers = text(module._fg_weights(put(bytes), bytes.length, putText(name)));
  if (!layers) check(-1);
  const widths = layers.split(",").map(Number);
  const parts = widths
    .slice(1)
    .flatMap((outputs, layer) => [
      copy(module._fg_weights_of(layer, 0), 4 * outputs * widths[layer]),
      copy(module._fg_weights_of(layer, 1), 4 * outputs),
    ]);
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length / 4, 0));
  let at = 0;
  for (const part of parts) {
    values.set(new Float32Array(part.buffer), at);
    at += part.length / 4;
  }
  return { layers, values, name };
}
