// layer-views.js: the views of a layer, switched for both contenders together: which view, layer and order, the words and
// the legend that go with them, the cell that is pointed at, the numbers as a table, and the comparison of the two. It
// knows the engines only by the callbacks that it is given. Depends on format.js, arrange.js, histogram.js, matrices.js.
import { count, share, strength } from "../format.js";
import { binBounds } from "./histogram.js";
import { inkOf } from "./matrices.js";

const LETTERS = ["a", "b"];
/** The views in which the zeros alone say something. */
const WITH_ZEROS = ["matrix", "fields", "pull"];
/** Why a control has no meaning in a view, by control and view. */
const MEANINGLESS = {
  layer: { fields: "Receptive fields are those of layer 1" },
  order: { histogram: "A histogram has no rows and columns" },
  zeros: {
    difference: "The right picture says already what is zero in which of the two",
    histogram: "The zeros have a bar of their own",
  },
};
/** Milliseconds between two readings of the cell that is marked while training, and between two that are spoken. */
const CELL_INTERVAL = 200;
const SPEAK_INTERVAL = 900;

/** The views, in the order of the switch: name (as in links), label, title, words (what you see, what to try). */
export const VIEWS = Object.freeze([
  {
    name: "matrix",
    label: "Matrix",
    title: "The weights as they stand: a row for each unit, a column for each of its inputs",
    words:
      "A row for each unit, a column for each of its inputs. Order both by strength to see what is left gather in a " +
      "corner. Point at a cell to read it, or go there with Tab and the arrow keys.",
  },
  {
    name: "fields",
    label: "Receptive fields",
    title: "What each hidden unit of layer 1 looks for: its weights from the inputs, a tile a unit",
    words:
      "Each tile is what one unit of layer 1 looks for: its weights as a picture of the inputs. Living units come " +
      "first; pale ones reach no output any more. Watch strokes grow out of noise.",
  },
  {
    name: "pull",
    label: "Pull",
    title: "What the penalty does to each weight: its slope, shrinking or growing",
    words:
      "The slope of the penalty at each weight, at full strength. One flat colour: all weights are pulled alike. " +
      "Shades: it depends on how strong a weight is and where it stands.",
  },
  {
    name: "difference",
    label: "Difference",
    title: "A − B weight by weight, and which of the two still has a weight where",
    words:
      "Left A − B, weight by weight: empty at step 0, for both start equal. Right: who still has a weight there. " +
      "Order by strength puts the rows and columns first in which the two differ most.",
  },
  {
    name: "histogram",
    label: "Histogram",
    title: "How many weights are how large, with the exact zeros in a bar of their own",
    words:
      "How many weights are how large: |w| across, their number upwards, both logarithmic; exact zeros in the bar at " +
      "the left. The outline is the other contender. Watch the small weights go over into the bar.",
  },
]);

/** The orders of rows and columns. */
export const ORDERS = Object.freeze([
  { name: "as-is", label: "as they are" },
  { name: "strength", label: "by strength" },
]);

export class LayerViews {
  #root;
  #matrices;
  #legend;
  #choice = { view: "matrix", layer: "all", order: "as-is", zeros: false };
  #picture = null;
  #inputs = 0;
  /** Titles of the controls where they have a meaning. */
  #titles = {};
  #colours = {};
  #scales = { weights: 1, pull: 1 };
  #metrics = { a: null, b: null };
  #lent = { a: null, b: null };
  #comparing = false;
  #cell = null;
  #cellLetter = null;
  #reading = false;
  #readAt = -Infinity;
  #spokenAt = -Infinity;
  #speaking = null;

  /**
   * `root`: its section; `matrices` {a, b}; `legend`. onChange(): another picture is wanted; cell(letter, {layer, order,
   * span}) -> {row, column, weight, slope}; compare(request), comparedCell(request): see wasm.js, by an engine without a
   * run; onProblem(error).
   */
  constructor(root, { matrices, legend, onChange, cell, compare, comparedCell, onProblem }) {
    this.#root = root;
    this.#matrices = matrices;
    this.#legend = legend;
    this.onChange = onChange;
    this.cell = cell;
    this.compare = compare;
    this.comparedCell = comparedCell;
    this.onProblem = onProblem;
    this.#build();
    this.#showChoice();
  }

  /** The names that setView takes. */
  get names() {
    return VIEWS.map(({ name }) => name);
  }

  getView() {
    return this.#choice.view;
  }

  /** Shows another view; false when there is none of that name. */
  setView(view) {
    return this.set({ view });
  }

  /** {view, layer ("all" or its number from 0), order, zeros}: all that is chosen. */
  get() {
    return { ...this.#choice };
  }

  /** As get(), as far as it has a meaning in this view. */
  get #effective() {
    const { view, zeros } = this.#choice;
    return { ...this.#choice, zeros: zeros && WITH_ZEROS.includes(view) };
  }

  /** Changes what is chosen, as far as it is given; false, and nothing changed, when one of it does not exist. */
  set(changes) {
    const next = { ...this.#choice, ...changes };
    const fine =
      this.names.includes(next.view) &&
      ORDERS.some(({ name }) => name === next.order) &&
      (next.layer === "all" || (Number.isInteger(next.layer) && next.layer >= 0)) &&
      typeof next.zeros === "boolean";
    if (!fine) return false;
    const changed = Object.keys(next).some((key) => next[key] !== this.#choice[key]);
    this.#choice = next;
    this.#showChoice();
    if (changed) {
      this.#forgetCell();
      this.onChange();
    }
    return true;
  }

  /** A new run: {layers, picture: {width, height}}. */
  start({ layers, picture }) {
    this.#picture = picture?.width > 1 && picture.width * picture.height === layers[0].columns ? picture : null;
    this.#inputs = layers[0].columns;
    this.#lent = { a: null, b: null };
    this.#metrics = { a: null, b: null };
    this.#forgetCell();
    if (this.#choice.layer !== "all" && this.#choice.layer >= layers.length) this.#choice.layer = "all";
    const select = this.#find("layer");
    select.replaceChildren(
      new Option("all", "all"),
      ...layers.map((_, layer) => new Option(String(layer + 1), String(layer))),
    );
    this.#showChoice();
  }

  /** What the pictures need: {choice, scales, colours}. New colours or scales are taken on. */
  layout({ scales, colours }) {
    this.#scales = scales;
    this.#colours = { ...colours, ground: colours.hairline };
    this.#showLegend();
    return { choice: this.#effective, scales, colours: this.#colours };
  }

  /** The key's colours by palette: {weights, pull, difference}: {width, height, pixels}. */
  setKeys(keys) {
    this.#legend.setKeys(keys);
    this.#showLegend();
  }

  /** A frame of a contender came. */
  render(letter, frame) {
    this.#metrics[letter] = frame.metrics;
    if (frame.lent) this.#lend(letter, frame);
    if (frame.histogram && this.#choice.view === "histogram") this.#drawHistograms();
    if (this.#choice.view === "pull") this.#showWords();
    const now = performance.now();
    if (this.#cell && now - this.#readAt > CELL_INTERVAL) this.#read();
  }

  /** Tables and other slow texts. */
  describe() {
    if (!this.#find("table").hidden) this.#fillTable();
  }

  /** A cell is pointed at (matrices.js onCell), or none. */
  point(letter, place) {
    if (!place && this.#cellLetter !== letter) return;
    this.#cell = place;
    this.#cellLetter = letter;
    const other = letter === "a" ? "b" : "a";
    const alike = this.#choice.order === "as-is" || this.#choice.view === "difference";
    const twin = place && (place.view === "histogram" || (alike && place.view !== "fields"));
    this.#matrices[other].mirror(twin ? { ...place, layer: place.layer } : null);
    if (place) this.#read();
    else this.#say("");
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #find(name) {
    return this.#root.querySelector(`[data-views="${name}"]`);
  }

  #build() {
    const names = this.#find("names");
    for (const { name, label, title } of VIEWS) {
      const item = document.createElement("label");
      item.className = "segment";
      item.title = title;
      const input = document.createElement("input");
      Object.assign(input, { type: "radio", name: "view", value: name });
      const text = document.createElement("span");
      text.textContent = label;
      item.append(input, text);
      input.addEventListener("change", () => this.set({ view: name }));
      names.append(item);
    }
    const order = this.#find("order");
    order.replaceChildren(...ORDERS.map(({ name, label }) => new Option(label, name)));
    order.addEventListener("change", () => this.set({ order: order.value }));
    const layer = this.#find("layer");
    layer.replaceChildren(new Option("all", "all"));
    layer.addEventListener("change", () => this.set({ layer: layer.value === "all" ? "all" : Number(layer.value) }));
    const zeros = this.#find("zeros");
    zeros.addEventListener("change", () => this.set({ zeros: zeros.checked }));
    const open = this.#find("open");
    open.addEventListener("click", () => {
      const hidden = this.#find("table").toggleAttribute("hidden");
      open.setAttribute("aria-expanded", String(!hidden));
      this.describe();
    });
  }

  #showChoice() {
    const { view, layer, order, zeros } = this.#choice;
    for (const input of this.#find("names").querySelectorAll("input")) input.checked = input.value === view;
    this.#find("layer").value = String(layer);
    this.#find("order").value = order;
    this.#find("zeros").checked = zeros && !MEANINGLESS.zeros[view];
    this.#root.querySelector("[data-views=order-name]").textContent = view === "fields" ? "Units" : "Rows, columns";
    for (const [name, reasons] of Object.entries(MEANINGLESS)) {
      const control = this.#find(name);
      const label = control.closest("label");
      this.#titles[name] ??= label.title;
      control.disabled = view in reasons;
      label.title = reasons[view] ?? this.#titles[name];
    }
    this.#showWords();
    this.#showLegend();
  }

  #showWords() {
    const { view } = this.#choice;
    const words = [VIEWS.find(({ name }) => name === view).words];
    if (view === "fields" && !this.#picture) words[0] = this.#fieldWords();
    if (view === "pull") words.push(this.#pullWords());
    const text = words.filter(Boolean).join(" ");
    const element = this.#find("words");
    if (element.textContent !== text) element.textContent = text;
  }

  /** What the fields are where the inputs are no picture. */
  #fieldWords() {
    const inputs = count(this.#inputs);
    const what =
      this.#inputs === 2
        ? "two numbers, its weights from the inputs x1 (left) and x2 (right)"
        : this.#inputs === 1
          ? "one number, its weight from the input"
          : `its weights from the ${inputs} inputs, line by line from the first`;
    return (
      `Each tile is one unit of layer 1: ${what}. Living units come first; pale ones reach no output any more. ` +
      "Two units that look alike look for the same."
    );
  }

  /** How much of the full strength acts at the next step. */
  #pullWords() {
    const metrics = this.#metrics.a ?? this.#metrics.b;
    if (!metrics) return "";
    const { a, b } = this.#metrics;
    if (a && b && a.phase !== b.phase) return "One of the two is fine-tuning: there no penalty acts any more.";
    if (metrics.state === "finished") return "The run is over: nothing pulls any more.";
    if (metrics.phase === "finetune") return "Fine-tuning: no penalty acts any more; this is what it would do.";
    if (metrics.ramp === 0) return "The ramp begins at 0: the next step has none of it yet.";
    if (metrics.ramp < 1) return `The ramp lets ${share(metrics.ramp, 1)} of it act at the next step.`;
    return "All of the shrinking acts; of the growing a quarter, and only where the data pull too.";
  }

  #showLegend() {
    const { view, zeros } = this.#effective;
    const { ink = "", a = "", b = "" } = this.#colours;
    const kept = [
      { colour: ink, text: "both" },
      { colour: a, text: "A alone" },
      { colour: b, text: "B alone" },
    ];
    if (view === "histogram") {
      this.#legend.show({
        swatches: [
          { colour: a, text: "A" },
          { colour: b, text: "B" },
        ],
      });
    } else if (zeros) {
      this.#legend.show({
        swatches: [
          { colour: ink, text: "exactly 0" },
          { zero: true, text: "not 0" },
        ],
      });
    } else if (view === "pull") {
      this.#legend.show({
        swatches: [{ zero: true, text: "weight is 0" }],
        key: { palette: "pull", scale: this.#scales.pull, ends: ["grows", "shrinks"] },
      });
    } else if (view === "difference") {
      this.#legend.show({
        swatches: kept,
        key: { palette: "difference", scale: this.#scales.weights, ends: ["A − B", ""] },
      });
    } else {
      this.#legend.show({
        swatches: [{ zero: true, text: "exactly 0" }],
        key: { palette: "weights", scale: this.#scales.weights, ends: ["", ""] },
      });
    }
  }

  // --- the comparison ----------------------------------------------------------------------------------------------

  #lend(letter, { lent, metrics }) {
    this.#lent[letter] = { step: metrics.step, layers: lent };
    this.#compare();
  }

  async #compare() {
    const { a, b } = this.#lent;
    if (!a || !b || this.#comparing || this.#choice.view !== "difference") return;
    this.#lent = { a: null, b: null };
    this.#comparing = true;
    try {
      const { order } = this.#choice;
      const { paper, ink, a: onlyA, b: onlyB } = this.#colours;
      const sizes = this.#matrices.a.comparisonSizes();
      const results = await this.compare({
        layers: a.layers
          .map((own, index) => ({
            ...own,
            first: own.weights,
            second: b.layers[index]?.weights,
            ...sizes.get(own.layer),
          }))
          .filter(({ width, second, first }) => width > 0 && second?.length === first.length)
          .map(({ layer, rows, columns, first, second, width, height }) => ({
            ...{ layer, rows, columns, first, second, width, height },
          })),
        order: order === "strength",
        scale: this.#scales.weights,
        colours: [paper, onlyA, onlyB, ink].map(inkOf),
      });
      for (const letter of LETTERS) this.#matrices[letter].renderComparison(results, { a: a.step, b: b.step });
      for (const letter of LETTERS) this.#matrices[letter].describe();
      this.describe();
    } catch (error) {
      this.onProblem(error);
    }
    this.#comparing = false;
    if (this.#cell) this.#read();
    this.#compare();
  }

  #drawHistograms() {
    const [a, b] = LETTERS.map((letter) => this.#matrices[letter].histogram);
    this.#matrices.a.renderHistogram(a, b);
    this.#matrices.b.renderHistogram(b, a);
  }

  // --- one cell ----------------------------------------------------------------------------------------------------

  #forgetCell() {
    for (const letter of LETTERS) {
      this.#matrices[letter].clearCursor();
      this.#matrices[letter].mirror(null);
    }
    this.#cell = null;
    this.#say("");
  }

  /** Reads the marked cell; while an answer is under way, only the latest place waits. */
  async #read() {
    if (this.#reading) return;
    this.#reading = true;
    while (this.#cell) {
      const place = this.#cell;
      const letter = this.#cellLetter;
      this.#readAt = performance.now();
      let text = null;
      try {
        text = await this.#textOf(letter, place);
      } catch {
        // An engine that is gone is reported by who owns it.
        break;
      }
      if (this.#cell === place) {
        if (text) this.#say(text, place.byKey);
        break;
      }
    }
    this.#reading = false;
  }

  async #textOf(letter, place) {
    if (place.view === "histogram") return this.#binText(place.bin);
    const order = this.#choice.order === "strength" && place.view !== "fields";
    if (place.view === "difference") {
      const cell = await this.comparedCell({ layer: place.layer, span: place.span, order });
      if (!cell) return null;
      const distance = cell.first - cell.second;
      return `${this.#where(place, cell)}: A ${weightText(cell.first)}, B ${weightText(cell.second)}; A − B ${weightText(distance)}.`;
    }
    const own = await this.cell(letter, { layer: place.layer, order, span: place.span });
    const { row, column } = own;
    const other = letter === "a" ? "b" : "a";
    const same = await this.cell(other, { layer: place.layer, order: false, span: [row, row + 1, column, column + 1] });
    const [a, b] = letter === "a" ? [own, same] : [same, own];
    return `${this.#where(place, own)}: A ${this.#cellText(a, "a")}; B ${this.#cellText(b, "b")}.`;
  }

  #where({ layer }, { row, column }) {
    const pixel =
      layer === 0 && this.#picture
        ? ` (pixel in row ${Math.floor(column / this.#picture.width) + 1}, column ${(column % this.#picture.width) + 1})`
        : "";
    return `Layer ${layer + 1}, row ${row + 1}, column ${column + 1}${pixel}`;
  }

  #cellText({ weight, slope }, letter) {
    const { phase, ramp, state } = this.#metrics[letter] ?? {};
    let now = "";
    if (state === "finished" || phase === "finetune") now = ", no longer acting";
    else if (ramp < 1) now = `, of which ${share(ramp, 1)} acts now`;
    if (slope === 0) return `${weightText(weight)}, no pull`;
    const size = strength(Number(Math.abs(slope).toPrecision(3)));
    if (weight === 0) return `exactly 0, ${slope > 0 ? `held there by ${size}` : `pushed out by ${size}`}${now}`;
    return `${weightText(weight)}, pull ${slope < 0 ? "−" : "+"}${size} (${slope > 0 ? "shrinks" : "grows"}${now})`;
  }

  #binText(bin) {
    const [a, b] = LETTERS.map((letter) => this.#matrices[letter].histogram);
    if (!a || !b) return null;
    const amounts = (values) => `A ${count(values(a))}, B ${count(values(b))} of ${count(a.weights)} weights`;
    if (bin === 0) return `Exactly 0: ${amounts(({ zeros }) => zeros)}.`;
    const [from, to] = binBounds(bin).map((value) =>
      value === Infinity ? Infinity : strength(Number(value.toPrecision(3))),
    );
    const range = bin === 1 ? `below ${to}, not 0` : to === Infinity ? `from ${from} on` : `from ${from} to ${to}`;
    return `|w| ${range}: ${amounts(({ counts }) => counts[bin - 1])}.`;
  }

  /** Shows a text on a cell in the place of the words, or the words again; what keys went to is spoken, not too often. */
  #say(text, spoken = false) {
    const line = this.#find("cell");
    if (line.textContent !== text) line.textContent = text;
    this.#root.classList.toggle("reading", text !== "");
    clearTimeout(this.#speaking);
    this.#speaking = null;
    const said = this.#find("said");
    if (text === "") said.textContent = "";
    if (!spoken || text === "") return;
    const wait = Math.max(0, this.#spokenAt + SPEAK_INTERVAL - performance.now());
    this.#speaking = setTimeout(() => {
      this.#spokenAt = performance.now();
      if (said.textContent !== text) said.textContent = text;
    }, wait);
  }

  // --- the numbers as a table --------------------------------------------------------------------------------------

  #fillTable() {
    const { head, rows } = this.#tableOf();
    const make = (cells, tag) => {
      const line = document.createElement("tr");
      cells.forEach((text, index) => {
        const cell = document.createElement(index === 0 || tag === "th" ? "th" : "td");
        if (cell.localName === "th") cell.scope = tag === "th" ? "col" : "row";
        cell.textContent = text;
        line.append(cell);
      });
      return line;
    };
    const table = this.#find("numbers");
    table.tHead.replaceChildren(make(head, "th"));
    table.tBodies[0].replaceChildren(...rows.map((cells) => make(cells, "td")));
    table.caption.textContent = `${VIEWS.find(({ name }) => name === this.#choice.view).label} in numbers`;
  }

  /** {head: [text], rows: [[text]]} of the view that is shown. */
  #tableOf() {
    const { view } = this.#choice;
    const [a, b] = LETTERS.map((letter) => this.#matrices[letter].known);
    const both = (values) => [values(a, this.#metrics.a), values(b, this.#metrics.b)];
    const layerName = ({ layer, rows, columns }) => `Layer ${layer + 1} (${count(columns)} in, ${count(rows)} out)`;
    const number = (value) => strength(Number(value.toPrecision(3)));
    if (view === "histogram") {
      const [own, other] = LETTERS.map((letter) => this.#matrices[letter].histogram);
      if (!own || !other) return { head: ["|w|", "A", "B"], rows: [] };
      const bins = own.counts.flatMap((amount, index) => {
        if (amount === 0 && other.counts[index] === 0) return [];
        const [from, to] = binBounds(index + 1);
        const name = to === Infinity ? `${number(from)} and more` : `${number(from)} to ${number(to)}`;
        return [[name, count(amount), count(other.counts[index])]];
      });
      return { head: ["|w|", "A", "B"], rows: [["exactly 0", count(own.zeros), count(other.zeros)], ...bins] };
    }
    if (view === "fields") {
      const living = both(([entry]) => (entry?.living === null || !entry ? "–" : count(entry.living)));
      const units = a[0]?.rows ?? 0;
      return {
        head: ["Units of layer 1", "A", "B"],
        rows: [
          ["Living", ...living],
          ["Of", count(units), count(units)],
        ],
      };
    }
    if (view === "pull") {
      const columns = [
        "Layer",
        ...["A", "B"].flatMap((name) => ["shrinks", "grows", "slopes"].map((word) => `${name} ${word}`)),
      ];
      const cells = (entry) =>
        entry?.summary
          ? [
              count(entry.summary.shrinking),
              count(entry.summary.growing),
              `${number(entry.summary.least)} to ${number(entry.summary.greatest)}`,
            ]
          : ["–", "–", "–"];
      return { head: columns, rows: a.map((entry, index) => [layerName(entry), ...cells(entry), ...cells(b[index])]) };
    }
    if (view === "difference") {
      const rows = a.map((entry) => {
        const result = entry.comparison;
        if (!result) return [layerName(entry), "–", "–", "–", "–", "–"];
        const amounts = ["both", "first", "second", "equal"].map((key) => count(result[key]));
        return [layerName(entry), ...amounts, number(result.largest)];
      });
      return { head: ["Layer", "Both nonzero", "A alone", "B alone", "Equal", "Largest difference"], rows };
    }
    const rows = a.map((entry) => {
      const cells = entry.rows * entry.columns;
      return [
        layerName(entry),
        ...both((_, metrics) => metrics?.nonzeros_by_layer[entry.layer]).flatMap((nonzeros) =>
          nonzeros === undefined ? ["–", "–"] : [count(nonzeros), share(nonzeros, cells)],
        ),
      ];
    });
    return { head: ["Layer", "A nonzero", "A share", "B nonzero", "B share"], rows };
  }
}

/** -0.0123 -> "−0.0123", 0 -> "exactly 0". */
function weightText(value) {
  if (value === 0) return "exactly 0";
  return `${value < 0 ? "−" : "+"}${strength(Number(Math.abs(value).toPrecision(3)))}`;
}
