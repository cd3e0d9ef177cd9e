// wasm.js: loads one build of the engine and turns its exports into methods with JavaScript types.
// It is not a worker, knows no page and keeps no state beside the instance: the same file serves
// trainer.worker.js, cli.js and the tests, in browsers and in Node. It depends on names.js.
//
// A char* that the engine returns is valid until the next call, so every method copies before it returns.
// A negative status becomes an EngineError that carries the engine's own name and text.
import { buildName } from "./names.js";

/**
 * An error of the engine or of what carries it. `code` is the engine's status (negative), 0 when JavaScript
 * raised it.
 */
export class EngineError extends Error {
  constructor({ code = 0, name, operation, message }) {
    super(message || name);
    this.code = code;
    this.name = name || "ENGINE_ERROR";
    this.operation = operation || "";
  }

  /** Plain object for postMessage and logs. */
  toJSON() {
    return { code: this.code, name: this.name, operation: this.operation, message: this.message };
  }
}

/** What one call of advance() did; the engine's numbers. */
export const ADVANCED = Object.freeze({
  BATCH: 0,
  EVALUATION: 1,
  EPOCH: 2,
  FINISHED: 3,
  DIVERGED: 4,
  WAITING: 5,
});

/** The four IDX files of a data set, in the order of fg_data_file. */
export const DATA_FILES = Object.freeze([
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
]);

/** The smallest module that uses a v128 instruction: validates only where WebAssembly SIMD is there. */
const SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

/** True when this JavaScript engine runs WebAssembly with 128-bit SIMD. */
export function hasSimd() {
  return typeof WebAssembly === "object" && WebAssembly.validate(SIMD_PROBE);
}

/**
 * Loads a build: NAME or, for `threads` > 1, NAME-threads, which starts threads - 1 more. `directory` (URL) is the folder
 * with the builds. `host` are the functions that the engine's host_wasm.c calls (the command line only). `module`: a promise
 * of its wasm file, compiled, or of null; without one it is loaded here. -> Emscripten's module. Rejects with an EngineError named ENGINE_SIMD or ENGINE_LOAD.
 */
export async function loadBuild({ directory, name, threads = 1, host, module = null }) {
  const operation = "load";
  if (!hasSimd()) {
    throw new EngineError({
      name: "ENGINE_SIMD",
      operation,
      message: "WebAssembly with 128-bit SIMD is not available here.",
    });
  }
  const glue = new URL(`${buildName(name, threads)}.js`, directory);
  try {
    const settings = { poolSize: threads - 1 };
    if (host) settings.host = host;
    if (glue.protocol === "file:") {
      // Node's fetch refuses file addresses. The name is a variable so that no bundler looks for it.
      const fileSystem = "node:fs/promises";
      const { readFile } = await import(fileSystem);
      settings.wasmBinary = await readFile(new URL(glue.href.replace(/\.js$/, ".wasm")));
    }
    const [{ default: factory }, compiled] = await Promise.all([import(glue.href), module]);
    return await (compiled ? instantiated(factory, settings, compiled) : factory(settings));
  } catch (error) {
    throw new EngineError({
      name: "ENGINE_LOAD",
      operation,
      message: `The engine (${glue.pathname.split("/").pop()}) could not be loaded: ${error?.message ?? error}`,
    });
  }
}

/** What an Emscripten module's factory makes of its wasm file, which is compiled already. */
function instantiated(factory, settings, compiled) {
  return new Promise((resolve, reject) => {
    settings.instantiateWasm = (imports, receive) => {
      WebAssembly.instantiate(compiled, imports).then((instance) => receive(instance, compiled), reject);
      return {};
    };
    factory(settings).then(resolve, reject);
  });
}

/** Loads the page's build (as loadBuild) -> WasmEngine. */
export async function loadEngine({ directory, threads = 1, module }) {
  return new WasmEngine(await loadBuild({ directory, name: "filigree", threads, module }), threads);
}

/**
 * Pictures that stay outside of the engine's memory: it asks for those of each batch. parts[0] (training) and parts[1]
 * (test): {bytes: Uint8Array, which may be shared, count: how many have arrived}.
 */
class OutsidePictures {
  parts = [];
  #memory = null;

  /** As host_fetch_pictures in src/host.h. */
  fetch(module, part, which, count, size, to) {
    const { bytes, count: arrived } = this.parts[part] ?? { count: 0 };
    const { buffer } = module.wasmMemory;
    if (this.#memory?.buffer !== buffer) this.#memory = new Uint8Array(buffer);
    const numbers = new Uint32Array(buffer, which, count);
    for (let k = 0; k < count; k++) if (numbers[k] >= arrived) return 0;
    for (let k = 0; k < count; k++) {
      const from = numbers[k] * size;
      this.#memory.set(bytes.subarray(from, from + size), to + k * size);
    }
    return 1;
  }
}

/** Numbers in a summary of fg_picture and fg_compare. */
const SUMMARY = 6;

function pullSummary([shrinking, growing, unmoved, least, greatest, mean]) {
  return { shrinking, growing, unmoved, least, greatest, mean };
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * One instance. Methods are synchronous; after a trap (any error that is not an EngineError) the instance is
 * dead.
 */
export class WasmEngine {
  #module;
  #outside = new OutsidePictures();
  #picture = { address: 0, size: 0 };

  constructor(module, threads) {
    this.#module = module;
    module.host = { ...module.host, fetchPictures: (...wanted) => this.#outside.fetch(module, ...wanted) };
    /** Threads that this build may use; 1 = the single-threaded build. */
    this.threads = threads;
  }

  // --- what the engine offers -------------------------------------------------------------------------------------

  version() {
    return this.#text(this.#module._fg_version());
  }

  /** The option table with regularizers, data sets and presets. */
  options() {
    return this.#json(this.#module._fg_options());
  }

  /** A whole link (src/link.h), read leniently: {empty, only, shared, a, b, at, fingerprints, changes, ..., problems}. */
  parseLink(link) {
    return JSON.parse(this.#link("parse_link", link, this.#module._fg_link_parse));
  }

  /** The same link as the engine writes it, "#v=1&...": without defaults and without what cannot be used. */
  printLink(link) {
    return this.#link("print_link", link, this.#module._fg_link_print);
  }

  // --- one run -----------------------------------------------------------------------------------------------------

  /** `settings`: "key=value&key=value", values percent-encoded; what is missing takes its default. */
  configure(settings) {
    this.#check(
      "configure",
      this.#withText(settings, (address) => this.#module._fg_configure(address)),
    );
  }

  /** Every setting as resolved by the last configure(). */
  settings() {
    return this.#json(this.#module._fg_settings());
  }

  /** A remark on surprising settings, or "". */
  remark() {
    return this.#text(this.#module._fg_remark());
  }

  /** Throws where the configured layers do not fit what is known of the data set before it is there. */
  fits() {
    this.#check("fits", this.#module._fg_fits());
  }

  /** True when the configured data set must be handed over as files before start(). */
  needsFiles() {
    return this.#check("data_needs_files", this.#module._fg_data_needs_files()) > 0;
  }

  /**
   * Hands over file `which` (0..3, DATA_FILES) of `size` bytes. `write(bytes)` fills a Uint8Array view on the
   * engine's memory; it may be asynchronous as long as it asks for a fresh view with `view()` after every await
   * (memory can grow).
   */
  async giveFile(which, size, write) {
    const address = this.#allocate("data_file", size);
    try {
      await write(() => new Uint8Array(this.#module.HEAPU8.buffer, address, size));
    } catch (error) {
      this.#module._fg_release(address);
      throw error;
    }
    // From here the engine owns the memory.
    this.#check("data_file", this.#module._fg_data_file(which, address, size));
  }

  /**
   * Instead of the files 0 and 2: pictures that stay outside of the engine: {width, height, train, test}, the latter
   * {bytes, count}, as OutsidePictures has them. `count` may grow later; advance() says WAITING until it suffices. All of
   * the test part must be there before start().
   */
  giveOutside({ width, height, train, test }) {
    this.#check("data_outside", this.#module._fg_data_outside(width, height));
    this.#outside.parts = [train, test];
  }

  /** A table that reader.js made of a CSV file: {inputs, classes, parts: [{values: Float32Array, labels}, {..}]}. */
  async giveTable({ inputs, classes, parts }) {
    const files = parts.flatMap(({ values, labels }) => [new Uint8Array(values.buffer), labels]);
    for (const [which, bytes] of files.entries()) await this.giveFile(which, bytes.length, (view) => view().set(bytes));
    this.#check("data_table", this.#module._fg_data_table(inputs, classes));
  }

  /** Builds data, network and trainer: step 0, with a first evaluation. */
  start() {
    this.#check("start", this.#module._fg_start(this.threads));
  }

  /**
   * Begins again on the data of the last start(), with the settings of the last configure(); false when these need
   * other data, so that start() is due.
   */
  restart() {
    try {
      this.#check("restart", this.#module._fg_restart(this.threads));
      return true;
    } catch (error) {
      if (error.name === "STATUS_STATE") return false;
      throw error;
    }
  }

  /** The run as it stands, in bytes (Uint8Array) for restore(), here or in another instance of either build. */
  save() {
    return this.#borrow("save", 4, (size) => {
      const address = this.#module._fg_save(size);
      if (address === 0) this.#check("save", -1);
      try {
        return this.#copy(address, new Uint32Array(this.#module.HEAPU8.buffer, size, 1)[0]);
      } finally {
        this.#module._fg_release(address);
      }
    });
  }

  /** Puts the run, started with the same settings on the same data, where save() was called. */
  restore(bytes) {
    this.#borrow("restore", bytes.length, (address) => {
      this.#module.HEAPU8.set(bytes, address);
      this.#check("restore", this.#module._fg_restore(address, bytes.length));
    });
  }

  /** Puts weights that reader.js read ({layers, values, name}) into the run at step 0, which is over then. */
  loadWeights({ layers, values, name }) {
    const widths = layers.split(",").map(Number);
    this.#borrowParts("load_weights", [4 * widths.length, values.byteLength], ([first, second]) => {
      this.#put(Uint32Array, first, widths);
      this.#put(Float32Array, second, values);
      const load = (text) => this.#module._fg_load_weights(first, widths.length, second, text);
      this.#check("load_weights", this.#withText(name, load));
    });
  }

  /** One unit of work; one of ADVANCED. */
  advance() {
    return this.#check("advance", this.#module._fg_advance());
  }

  /** Bytes of WebAssembly memory that this instance has taken so far. */
  memory() {
    return this.#module.wasmMemory.buffer.byteLength;
  }

  metrics() {
    return this.#json(this.#module._fg_metrics());
  }

  /** 16 hexadecimal digits of the present parameters. */
  fingerprint() {
    return this.#text(this.#module._fg_fingerprint());
  }

  /** The epoch records from index `first` on, keys as in the command line's JSON lines. */
  epochs(first = 0) {
    return this.#json(this.#module._fg_epochs(first));
  }

  /** Changes a strength in mid-run. */
  set(key, value) {
    const status = this.#withText(key, (keyAddress) =>
      this.#withText(String(value), (address) => this.#module._fg_set(keyAddress, address)),
    );
    this.#check("set", status);
  }

  // --- weights -----------------------------------------------------------------------------------------------------

  /** [{rows (outputs), columns (inputs)}] of every layer. */
  layers() {
    const count = this.#check("layers", this.#module._fg_layers());
    return Array.from({ length: count }, (_, layer) => ({
      rows: this.#module._fg_rows(layer),
      columns: this.#module._fg_columns(layer),
    }));
  }

  /** A row-major copy, Float32Array(rows * columns). */
  weights(layer) {
    const { rows, columns } = this.layers()[layer];
    const bytes = rows * columns * 4;
    const address = this.#allocate("weights", bytes);
    try {
      this.#check("weights", this.#module._fg_weights(layer, address));
      return new Float32Array(this.#module.HEAPU8.slice(address, address + bytes).buffer);
    } finally {
      this.#module._fg_release(address);
    }
  }

  /** A copy of a layer's biases, Float32Array(rows). */
  biases(layer) {
    const bytes = this.#module._fg_rows(layer) * 4;
    const address = this.#allocate("biases", bytes);
    try {
      this.#check("biases", this.#module._fg_biases(layer, address));
      return new Float32Array(this.#module.HEAPU8.slice(address, address + bytes).buffer);
    } finally {
      this.#module._fg_release(address);
    }
  }

  /**
   * A regularizer's value and slopes (positive shrinks, negative grows) for a row-major matrix, whatever runs.
   * `settings`: "regularizer=NAME&order=..&mix=..". -> {value, slopes: Float32Array}
   */
  penalty(settings, rows, columns, weights) {
    const bytes = rows * columns * 4;
    const address = this.#allocate("penalty", 8 + 2 * bytes);
    const slopes = address + 8 + bytes;
    try {
      new Float32Array(this.#module.HEAPU8.buffer, address + 8, rows * columns).set(weights);
      const status = this.#withText(settings, (text) =>
        this.#module._fg_penalty(text, rows, columns, address + 8, address, 0, slopes),
      );
      this.#check("penalty", status);
      const memory = this.#module.HEAPU8;
      return {
        value: new Float64Array(memory.slice(address, address + 8).buffer)[0],
        slopes: new Float32Array(memory.slice(slopes, slopes + bytes).buffer),
      };
    } finally {
      this.#module._fg_release(address);
    }
  }

  /**
   * The strongest nonzeros of every layer, at most limits[layer], row by row: [{cells: Uint32Array (row * columns +
   * column), weights: Float32Array, live: Uint8Array (1: the output unit is on some path; the last layer's all are)}].
   */
  edges(limits) {
    return this.layers().map(({ rows, columns }, layer, layers) => {
      const limit = Math.min(limits[layer], rows * columns);
      return this.#borrow("edges", 8 * limit + rows, (address) => {
        const count = this.#check("edges", this.#module._fg_edges(layer, limit, address, address + 4 * limit));
        const [cells, weights] = [address, address + 4 * limit].map((from) => this.#copy(from, 4 * count).buffer);
        const units = address + 8 * limit;
        const hidden = layer < layers.length - 1;
        if (hidden) this.#check("live_units", this.#module._fg_live_units(layer, units));
        const live = hidden ? this.#copy(units, rows) : new Uint8Array(rows).fill(1);
        return { cells: new Uint32Array(cells), weights: new Float32Array(weights), live };
      });
    });
  }

  /** {inputs, classes, width, height, train, test}; width and height are 0 where samples are no pictures. */
  dataset() {
    return this.#json(this.#module._fg_dataset());
  }

  /** A test sample: {label, inputs: Float32Array}. */
  sample(index) {
    const bytes = 4 * this.#inputs();
    return this.#borrow("sample", bytes, (address) => {
      const label = this.#check("sample", this.#module._fg_sample(index, address));
      return { label, inputs: new Float32Array(this.#copy(address, bytes).buffer) };
    });
  }

  /** What the network makes of inputs (Float32Array): {probabilities, hidden: [a Float32Array a hidden layer]}. */
  predict(inputs) {
    const widths = this.layers().map(({ rows }) => rows);
    const total = widths.reduce((sum, width) => sum + width, 0);
    const classes = widths.pop() ?? 0;
    if (inputs.length !== this.#inputs()) {
      const message = `${inputs.length} inputs were given; the network has ${this.#inputs()}.`;
      throw new EngineError({ name: "STATUS_RANGE", operation: "predict", message });
    }
    return this.#borrow("predict", 4 * (inputs.length + total), (address) => {
      new Float32Array(this.#module.HEAPU8.buffer, address, inputs.length).set(inputs);
      const given = address + 4 * inputs.length;
      this.#check("predict", this.#module._fg_predict(address, given, given + 4 * classes));
      const numbers = new Float32Array(this.#copy(given, 4 * total).buffer);
      let from = classes;
      const hidden = widths.map((width) => numbers.slice(from, (from += width)));
      return { probabilities: numbers.slice(0, classes), hidden };
    });
  }

  /**
   * Draws a layer into `pixels` (Uint8ClampedArray or Uint8Array, width * height * 4, RGBA). |w| = scale has the
   * strongest colour; theme 0 = light, 1 = dark.
   */
  heatmap(layer, width, height, scale, theme, pixels) {
    return this.#draw("heatmap", pixels, (address) =>
      this.#module._fg_heatmap(layer, width, height, scale, address, theme),
    );
  }

  // --- views of a layer (layer_view.h); theme: heatmap.h's number, ink: 0xRRGGBB for "zeros only" or undefined -----

  /**
   * Draws a layer's weights, or with `pull` what the penalty does to them at full strength, into `pixels`
   * (width * height * 4); `order`: rows and columns by strength. -> for a pull its summary, else null.
   */
  picture({ layer, pull = false, order = false, ink = -1, width, height, scale, theme }, pixels) {
    return this.#borrowParts("picture", [8 * SUMMARY, pixels.length], ([summary, address]) => {
      const status = this.#module._fg_picture(
        ...[layer, Number(pull), Number(order), ink, width, height, scale, theme, address, summary],
      );
      this.#check("picture", status);
      pixels.set(this.#module.HEAPU8.subarray(address, address + pixels.length));
      return pull ? pullSummary(this.#numbers(summary)) : null;
    });
  }

  /** What the penalty does to a layer's weights at full strength: {shrinking, growing, unmoved, least, greatest, mean}. */
  pull(layer) {
    return this.#borrow("pull", 8 * SUMMARY, (address) => {
      this.#check("pull", this.#module._fg_picture(layer, 1, 0, -1, 1, 1, 1, 0, 0, address));
      return pullSummary(this.#numbers(address));
    });
  }

  /**
   * Draws units by their inputs, the living ones first: grid {count, across, gap, tileWidth, tileHeight, columns} in
   * pixels, `columns` inputs a line; `ground`: 0xRRGGBB between them. -> {living, units: which stands where}.
   */
  fields({ layer, order = false, ink = -1, grid, scale, theme, ground }, pixels) {
    const { count, across, gap, tileWidth, tileHeight, columns } = grid;
    return this.#borrow("fields", pixels.length + 4 * count, (address) => {
      const units = address + pixels.length;
      const sizes = [count, across, gap, tileWidth, tileHeight, columns];
      const living = this.#check(
        "fields",
        this.#module._fg_fields(layer, Number(order), ink, ...sizes, scale, theme, ground, address, units),
      );
      pixels.set(this.#module.HEAPU8.subarray(address, units));
      return { living, units: new Uint32Array(this.#copy(units, 4 * count).buffer) };
    });
  }

  /**
   * The strongest cell of the places `span` = [first row, end, first column, end] of a layer's picture ->
   * {row, column, weight, slope (at full strength)}.
   */
  cell({ layer, order = false, span }) {
    return this.#borrow("cell", 16 + 8 * 4, (address) => {
      new Int32Array(this.#module.HEAPU8.buffer, address, 4).set(span);
      this.#check("cell", this.#module._fg_cell(layer, Number(order), address, address + 16));
      const [row, column, weight, slope] = this.#numbers(address + 16, 4);
      return { row, column, weight, slope };
    });
  }

  /** How many nonzero weights of a layer have a log2|w| in each of `bins` bins: {zeros, counts: Uint32Array}. */
  histogram({ layer, low, high, bins }) {
    return this.#borrow("histogram", 4 * bins, (address) => {
      const zeros = this.#check("histogram", this.#module._fg_histogram(layer, low, high, bins, address));
      return { zeros, counts: new Uint32Array(this.#copy(address, 4 * bins).buffer) };
    });
  }

  /**
   * Compares two row-major matrices: draws first - second and, in `colours` (0xRRGGBB for neither, first, second,
   * both), who has a nonzero where. -> {difference, kept, both, first, second, neither, equal, largest}.
   */
  compare({ rows, columns, first, second, order = false, ink = -1, width, height, scale, theme, colours }) {
    const bytes = 4 * rows * columns;
    const pixels = 4 * width * height;
    const sizes = [8 * SUMMARY, bytes, bytes, 16, pixels, pixels];
    return this.#borrowParts("compare", sizes, ([summary, a, b, tones, difference, kept]) => {
      this.#put(Float32Array, a, first);
      this.#put(Float32Array, b, second);
      this.#put(Uint32Array, tones, colours);
      const status = this.#module._fg_compare(
        ...[rows, columns, a, b, Number(order), ink, width, height, scale, theme, tones, difference, kept, summary],
      );
      this.#check("compare", status);
      const [both, onlyFirst, onlySecond, neither, equal, largest] = this.#numbers(summary);
      return {
        difference: new Uint8ClampedArray(this.#copy(difference, pixels).buffer),
        kept: new Uint8ClampedArray(this.#copy(kept, pixels).buffer),
        ...{ both, first: onlyFirst, second: onlySecond, neither, equal, largest },
      };
    });
  }

  /** The cell of the largest difference among the places `span` -> {row, column, first, second}. */
  comparedCell({ rows, columns, first, second, order = false, span }) {
    const bytes = 4 * rows * columns;
    return this.#borrowParts("compare_cell", [32, 16, bytes, bytes], ([out, places, a, b]) => {
      this.#put(Int32Array, places, span);
      this.#put(Float32Array, a, first);
      this.#put(Float32Array, b, second);
      this.#check("compare_cell", this.#module._fg_compare_cell(rows, columns, a, b, Number(order), places, out));
      const [row, column, one, other] = this.#numbers(out, 4);
      return { row, column, first: one, second: other };
    });
  }

  /** Draws the key to the colours, -scale to +scale with zero's own colour in the middle. */
  legend(width, height, theme, pixels) {
    return this.#draw("legend", pixels, (address) => this.#module._fg_legend(width, height, address, theme));
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #text(address) {
    const bytes = this.#module.HEAPU8;
    let end = address;
    while (bytes[end] !== 0) end++;
    // slice, not subarray: a TextDecoder refuses shared memory.
    return decoder.decode(bytes.slice(address, end));
  }

  #json(address) {
    return JSON.parse(this.#text(address));
  }

  #inputs() {
    return this.#module._fg_columns(0);
  }

  #copy(address, bytes) {
    return this.#module.HEAPU8.slice(address, address + bytes);
  }

  /** Lets use(address) work on memory that is given back at once. */
  #borrow(operation, bytes, use) {
    const address = this.#allocate(operation, bytes);
    try {
      return use(address);
    } finally {
      this.#module._fg_release(address);
    }
  }

  #link(operation, link, read) {
    const bytes = encoder.encode(link);
    return this.#borrow(operation, bytes.length, (address) => {
      this.#module.HEAPU8.set(bytes, address);
      const text = this.#text(read(address, bytes.length));
      if (text) return text;
      throw new EngineError({ name: "STATUS_MEMORY", operation, message: "Out of memory for a link." });
    });
  }

  /** Likewise on one piece a size, each aligned as doubles are; use([addresses]). */
  #borrowParts(operation, sizes, use) {
    const starts = [];
    const total = sizes.reduce((sum, size) => starts.push(sum) && sum + Math.ceil(size / 8) * 8, 0);
    return this.#borrow(operation, total, (address) => use(starts.map((start) => address + start)));
  }

  #put(Kind, address, values) {
    new Kind(this.#module.HEAPU8.buffer, address, values.length).set(values);
  }

  /** The SUMMARY doubles, or as many as there are, at an address. */
  #numbers(address, amount = SUMMARY) {
    return [...new Float64Array(this.#copy(address, 8 * amount).buffer)];
  }

  #withText(text, use) {
    const bytes = encoder.encode(`${text}\0`);
    const address = this.#allocate("text", bytes.length);
    try {
      this.#module.HEAPU8.set(bytes, address);
      return use(address);
    } finally {
      this.#module._fg_release(address);
    }
  }

  #allocate(operation, size) {
    const address = this.#module._fg_allocate(Math.max(1, size));
    if (address === 0) {
      throw new EngineError({
        name: "STATUS_MEMORY",
        operation,
        message: `Out of memory: ${size} bytes were refused.`,
      });
    }
    return address;
  }

  #draw(operation, pixels, draw) {
    if (pixels.length > this.#picture.size) {
      if (this.#picture.address) this.#module._fg_release(this.#picture.address);
      this.#picture = { address: 0, size: 0 };
      this.#picture = { address: this.#allocate(operation, pixels.length), size: pixels.length };
    }
    const { address } = this.#picture;
    this.#check(operation, draw(address));
    pixels.set(this.#module.HEAPU8.subarray(address, address + pixels.length));
    return pixels;
  }

  #check(operation, status) {
    if (status >= 0) return status;
    throw new EngineError({
      code: status,
      name: this.#text(this.#module._fg_error_name()),
      operation,
      message: this.#text(this.#module._fg_error()),
    });
  }
}
