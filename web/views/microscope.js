// microscope.js: a small matrix that people set by hand, with the value of every regularizer of the table beside it and
// the pull of the chosen one in each cell. It knows no regularizer by name and computes none: values and slopes come
// through measure(). Depends on specimen.js, format.js, options.js, settings.js, link.js, controls.js.
import { sentence, strength, title } from "../format.js";
import { whyIgnored } from "../options.js";
import { settingsText } from "../link.js";
import { KEYS } from "../settings.js";
import {
  changeMark,
  changeSentence,
  cornerLayer,
  descended,
  descentRate,
  gathered,
  PRESETS,
  randomStream,
  rowsPermuted,
  scaled,
  shortWeight,
  shuffled,
  SIZES,
  steepest,
  strongestCorner,
  summary,
  withWeight,
} from "../specimen.js";
import { bindNumber, fillSelect, setIgnored } from "./controls.js";

/** Milliseconds between two steps of a descent, its longest course, and the steps without progress that end it. */
const STEP_INTERVAL = 30;
const LONGEST_DESCENT = 160;
const PATIENCE = 12;
const PROGRESS = 1e-5;
/** The strongest colour stands for this many times the largest weight of what was put under the microscope. */
const COLOUR_ROOM = 4;
const START_SIZE = 8;
/** A pull of less than this share of the strongest is a dash instead of an arrow; the key says so. */
const FAINT = 0.2;
const SVG = "http://www.w3.org/2000/svg";

export class Microscope {
  #root;
  #cells = [];
  #rows = [];
  #matrix = null;
  #size = START_SIZE;
  /** What a click sets, and what a digit counts in. */
  #unit = 1;
  /** What stands there: its name, until a hand or a move changes it. */
  #standing = PRESETS[0].label;
  #colourScale = COLOUR_ROOM;
  #colours = null;
  #focus = 0;
  #random = randomStream(1);
  #regularizers = [];
  #chosen = 0;
  /** By regularizer: the parameters of its formula, {key: text}. */
  #parameters = new Map();
  #fields = [];
  #values = null;
  #slopes = null;
  #queue = Promise.resolve();
  #descent = null;
  #awake = false;

  /**
   * `measure({rows, columns, weights, wanted, slopesOf})` -> {values, slopes}; `liveLayers(letter)` -> [{rows,
   * columns, weights}] of a network that trains, or null; `letters`: the contenders; `onProblem(text)`.
   */
  constructor(root, { measure, liveLayers, letters, onProblem }) {
    this.#root = root;
    this.measure = measure;
    this.liveLayers = liveLayers;
    this.letters = letters;
    this.onProblem = onProblem;
  }

  /** Builds the controls from the table. Nothing is measured before the microscope comes into view. */
  setTable(table) {
    // What has no strength by default has nothing to show: its value is 0 whatever the weights.
    this.#regularizers = table.regularizers.filter(({ lambda }) => lambda > 0);
    // What a formula takes beside its strength.
    const parameters = table.options.filter(
      (option) => option.scope === "contender" && option.type === "real" && option.live && option.scale !== "log",
    );
    for (const entry of this.#regularizers) {
      this.#parameters.set(entry.name, Object.fromEntries(parameters.map(({ key }) => [key, String(entry[key])])));
    }
    this.#chosen = Math.max(
      0,
      this.#regularizers.findIndex(
        ({ name }) => name === table.options.find(({ key }) => key === KEYS.regularizer).default,
      ),
    );
    this.#buildValues();
    this.#buildParameters(parameters);
    this.#buildControls();
    this.#matrix = PRESETS[0].make(this.#size, this.#random);
    this.#colourScale = COLOUR_ROOM * summary(this.#matrix).largest;
    this.#buildCells();
    this.#draw();
    new IntersectionObserver(
      (entries, observer) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        this.#awake = true;
        this.#update("");
      },
      { rootMargin: "50%" },
    ).observe(this.#root);
  }

  /** The colours of weights from -scale to +scale: {width, pixels}, as the engine draws its key. */
  setColours({ width, pixels }) {
    this.#colours = { width, pixels: pixels.slice(0, 4 * width) };
    if (this.#matrix) this.#draw();
  }

  // --- building ----------------------------------------------------------------------------------------------------

  #find(name) {
    return this.#root.querySelector(`[data-microscope="${name}"]`);
  }

  #buildValues() {
    this.#rows = this.#regularizers.map(({ name, label, help }, index) => {
      const row = document.createElement("label");
      row.className = "measure";
      row.title = sentence(help);
      row.innerHTML =
        '<input type="radio" name="microscope-pull" /><span class="measure-name"></span>' +
        '<output aria-live="off">–</output><span class="measure-change"></span>';
      const [radio, caption, output, change] = row.children;
      radio.value = name;
      radio.checked = index === this.#chosen;
      radio.addEventListener("change", () => this.#choose(index));
      caption.textContent = label;
      output.dataset.penalty = name;
      return { row, output, change };
    });
    this.#find("values").append(...this.#rows.map(({ row }) => row));
  }

  #buildParameters(parameters) {
    this.#fields = parameters.map((option) => {
      const element = document.createElement("label");
      element.className = "field";
      element.innerHTML = '<span></span><input type="text" autocomplete="off" spellcheck="false" />';
      const [caption, input] = element.children;
      caption.textContent = title(option.key);
      input.dataset.parameter = option.key;
      const number = bindNumber(input, option, {
        onProblem: (text) => this.#say(text),
        onChange: (text) => {
          this.#stop();
          this.#own()[option.key] = text;
          this.#update(`${option.key} = ${text}`, { only: this.#chosen });
        },
      });
      return { option, element, number };
    });
    this.#find("parameters").append(...this.#fields.map(({ element }) => element));
    this.#showParameters();
  }

  #buildControls() {
    const presets = this.#find("preset");
    const live = this.letters.map((letter) => ({ value: `live-${letter}`, label: `Network ${letter.toUpperCase()}` }));
    fillSelect(presets, [
      { value: "", label: "Your own" },
      ...PRESETS.map(({ name, label, help }) => ({ value: name, label, help })),
      ...live,
    ]);
    presets.options[0].hidden = true;
    presets.value = PRESETS[0].name;
    presets.addEventListener("change", () => this.#load(presets.value));
    const sizes = this.#find("size");
    fillSelect(
      sizes,
      SIZES.map((size) => ({ value: String(size), label: `${size} × ${size}` })),
    );
    sizes.value = String(this.#size);
    sizes.addEventListener("change", () => {
      this.#size = Number(sizes.value);
      this.#load(presets.value || PRESETS[0].name);
    });
    const moves = {
      double: ["×2", (matrix) => scaled(matrix, 2)],
      halve: ["÷2", (matrix) => scaled(matrix, 0.5)],
      shuffle: ["Shuffled", (matrix) => shuffled(matrix, this.#random)],
      permute: ["Rows permuted", (matrix) => rowsPermuted(matrix, this.#random)],
      gather: ["Gathered", (matrix) => gathered(matrix)],
    };
    for (const [name, [words, move]] of Object.entries(moves)) {
      this.#find(name).addEventListener("click", () => {
        this.#stop();
        this.#set(move(this.#matrix), words);
      });
    }
    this.#find("descend").addEventListener("click", () => {
      if (this.#descent) this.#stop();
      else this.#descend();
    });
    const grid = this.#find("grid");
    grid.addEventListener("keydown", (event) => this.#key(event));
    grid.addEventListener("focusin", ({ target }) =>
      this.#moveTo(this.#cells.findIndex(({ cell }) => cell === target)),
    );
    grid.addEventListener("pointerover", ({ target, buttons, pointerType }) => {
      const cell = this.#cellOf(target);
      if (cell < 0) return;
      this.#inspect(cell);
      if (this.#brush !== null && buttons === 1 && pointerType === "mouse") this.#paint(cell, this.#brush);
    });
    grid.addEventListener("pointerleave", () => this.#inspect(this.#focus));
    grid.addEventListener("pointerdown", ({ target, button, pointerType }) => {
      const cell = this.#cellOf(target);
      if (cell < 0 || button !== 0 || pointerType !== "mouse") return;
      this.#brush = this.#next(cell);
      this.#paint(cell, this.#brush);
    });
    window.addEventListener("pointerup", () => (this.#brush = null));
    // A finger or a screen reader has no brush: its click turns one weight.
    grid.addEventListener("click", ({ target, pointerType, detail }) => {
      const cell = this.#cellOf(target);
      if (cell >= 0 && !(pointerType === "mouse" && detail > 0)) this.#paint(cell, this.#next(cell));
    });
  }

  /** The cells of the present shape. */
  #buildCells() {
    const { rows, columns } = this.#matrix;
    const grid = this.#find("grid");
    grid.style.setProperty("--columns", String(columns));
    grid.dataset.crowded = String(Math.max(rows, columns) > 8);
    grid.setAttribute("aria-rowcount", String(rows));
    grid.setAttribute("aria-colcount", String(columns));
    this.#focus = Math.min(this.#focus, rows * columns - 1);
    this.#cells = [];
    const lines = Array.from({ length: rows }, (_, row) => {
      const line = document.createElement("div");
      line.setAttribute("role", "row");
      for (let column = 0; column < columns; column++) {
        const cell = document.createElement("div");
        cell.className = "cell";
        cell.setAttribute("role", "gridcell");
        cell.dataset.cell = `${row},${column}`;
        const picture = document.createElementNS(SVG, "svg");
        picture.setAttribute("viewBox", "-10 -10 20 20");
        picture.setAttribute("aria-hidden", "true");
        const pull = picture.appendChild(document.createElementNS(SVG, "path"));
        const number = document.createElement("span");
        cell.append(picture, number);
        line.append(cell);
        this.#cells.push({ cell, pull, number });
      }
      return line;
    });
    grid.replaceChildren(...lines);
  }

  // --- setting -----------------------------------------------------------------------------------------------------

  async #load(name) {
    this.#stop();
    const preset = PRESETS.find((each) => each.name === name);
    if (preset) {
      this.#unit = 1;
      const matrix = preset.make(this.#size, this.#random);
      this.#colourScale = COLOUR_ROOM * (summary(matrix).largest || 1);
      this.#set(matrix, preset.label, { preset: name, standing: preset.label });
      return;
    }
    const letter = this.letters.find((each) => name === `live-${each}`);
    try {
      const layers = letter ? await this.liveLayers(letter) : null;
      if (!layers) {
        this.#say("The networks are not there yet.");
        this.#find("preset").value = "";
        return;
      }
      const which = cornerLayer(layers);
      const matrix = strongestCorner(layers[which], this.#size);
      const { largest } = summary(matrix);
      this.#unit = largest > 0 ? Number(largest.toPrecision(1)) : 1;
      this.#colourScale = COLOUR_ROOM * (largest || 1);
      const standing = `Layer ${which + 1} of ${letter.toUpperCase()}`;
      this.#set(matrix, `${standing}, its strongest rows and columns`, {
        preset: name,
        standing,
      });
    } catch (error) {
      this.onProblem(error);
    }
  }

  /** What a pattern takes the place of, and is compared with. */
  #before() {
    return this.#standing === ""
      ? "what stood here"
      : this.#standing.replace(/^[A-Z](?=[a-z, ]+$)/, (first) => first.toLowerCase());
  }

  /** `preset`: the pattern that comes in the place of what stands here; it is called `standing`. */
  #set(matrix, action, { preset, standing = "" } = {}) {
    const shape = ({ rows, columns }) => `${rows} ${columns}`;
    const anew = !this.#matrix || shape(matrix) !== shape(this.#matrix);
    // A matrix of another shape has no cell in common with this one: there is nothing to compare.
    if (anew) this.#values = null;
    const said = preset && !anew ? `${action} in place of ${this.#before()}` : action;
    this.#matrix = matrix;
    this.#standing = standing;
    this.#slopes = null;
    this.#find("preset").value = preset ?? "";
    if (anew) this.#buildCells();
    this.#draw();
    this.#update(said);
  }

  #brush = null;

  /** What a click makes of a weight: +, -, 0 in turn. */
  #next(cell) {
    const weight = this.#matrix.weights[cell];
    if (weight === 0) return this.#unit;
    return weight > 0 ? -this.#unit : 0;
  }

  #paint(cell, value) {
    this.#stop();
    const { columns, weights } = this.#matrix;
    if (weights[cell] === Math.fround(value)) return;
    const place = `Row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}`;
    this.#set(withWeight(this.#matrix, cell, value), `${place} set to ${shortWeight(value)}`);
    this.#moveTo(cell);
  }

  #cellOf(target) {
    const element = target.closest?.(".cell");
    return element ? this.#cells.findIndex(({ cell }) => cell === element) : -1;
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { columns, weights } = this.#matrix;
    const cell = this.#focus;
    const column = cell % columns;
    const moves = {
      ArrowRight: column < columns - 1 ? cell + 1 : cell,
      ArrowLeft: column > 0 ? cell - 1 : cell,
      ArrowDown: cell + columns < weights.length ? cell + columns : cell,
      ArrowUp: cell >= columns ? cell - columns : cell,
      Home: cell - column,
      End: cell - column + columns - 1,
    };
    if (event.key in moves) {
      this.#moveTo(moves[event.key]);
      this.#cells[this.#focus].cell.focus();
    } else if (event.key === " " || event.key === "Enter") {
      this.#paint(cell, this.#next(cell));
    } else if (/^[0-9]$/.test(event.key)) {
      this.#paint(cell, Number(event.key) * this.#unit);
    } else if (event.key === "-" || event.key === "−") {
      this.#paint(cell, -weights[cell]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      this.#paint(cell, 0);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #moveTo(cell) {
    if (cell < 0 || cell >= this.#cells.length) return;
    this.#cells[this.#focus]?.cell.setAttribute("tabindex", "-1");
    this.#focus = cell;
    this.#cells[cell].cell.setAttribute("tabindex", "0");
    this.#inspect(cell);
  }

  #choose(index) {
    this.#stop();
    this.#chosen = index;
    this.#slopes = null;
    this.#showParameters();
    this.#update("");
  }

  /** The parameters of the chosen regularizer. */
  #own() {
    return this.#parameters.get(this.#regularizers[this.#chosen].name);
  }

  #showParameters() {
    const chosen = this.#regularizers[this.#chosen];
    for (const { option, element, number } of this.#fields) {
      number.accept(this.#own()[option.key]);
      setIgnored(element, whyIgnored({ regularizers: this.#regularizers }, chosen, option));
    }
  }

  // --- measuring ---------------------------------------------------------------------------------------------------

  /** Asks for the values of the present matrix, one request after the other. -> {values, slopes}, or null. */
  #measure() {
    const { rows, columns, weights } = this.#matrix;
    const request = {
      rows,
      columns,
      weights,
      slopesOf: this.#chosen,
      wanted: this.#regularizers.map(({ name }) =>
        settingsText({ [KEYS.regularizer]: name, ...this.#parameters.get(name) }),
      ),
    };
    return this.measure(request);
  }

  /** Measures, and says what `action` did; `only`: the one regularizer that it can have changed. */
  #update(action, { only } = {}) {
    if (!this.#awake) return;
    const matrix = this.#matrix;
    this.#queue = this.#queue.then(async () => {
      // Overtaken by a later one, which says what both did.
      if (matrix !== this.#matrix) return;
      try {
        const { values, slopes } = await this.#measure();
        if (matrix !== this.#matrix) return;
        this.#show(values, slopes, action, only);
      } catch (error) {
        this.onProblem(error);
      }
    });
  }

  #show(values, slopes, action, only) {
    const before = this.#values;
    this.#values = values;
    this.#slopes = slopes;
    this.#draw();
    this.#rows.forEach(({ output, change }, index) => {
      output.textContent = valueText(values[index]);
      output.dataset.value = String(values[index]);
      change.textContent = action === "" ? "" : changeMark(before?.[index], values[index]);
    });
    if (action === "") return;
    if (!before) {
      this.#say(`${action}.`);
      return;
    }
    const changes = this.#regularizers
      .map(({ label }, index) => ({ label, before: before[index], after: values[index] }))
      .filter((_, index) => only === undefined || index === only);
    this.#say(changeSentence(action, changes));
  }

  #say(text) {
    const news = this.#find("news");
    if (news.textContent !== text) news.textContent = text;
  }

  // --- descending --------------------------------------------------------------------------------------------------

  #stop() {
    this.#descent?.stop();
  }

  async #descend() {
    if (!this.#awake || summary(this.#matrix).nonzeros === 0) {
      this.#say("There is no weight to descend from.");
      return;
    }
    const descent = { over: false };
    descent.stop = () => (descent.over = true);
    this.#descent = descent;
    const button = this.#find("descend");
    button.textContent = "Stop";
    button.setAttribute("aria-pressed", "true");
    const first = { ...summary(this.#matrix), value: null };
    let steps = 0;
    let best = Infinity;
    let sinceBest = 0;
    let rate = null;
    try {
      for (;;) {
        const matrix = this.#matrix;
        const { values, slopes } = await this.#measure();
        if (matrix !== this.#matrix) return;
        this.#show(values, slopes, "");
        const value = values[this.#chosen];
        first.value ??= value;
        rate ??= descentRate(matrix, slopes);
        sinceBest = value < best * (1 - PROGRESS) ? 0 : sinceBest + 1;
        best = Math.min(best, value);
        if (descent.over || steps >= LONGEST_DESCENT || sinceBest > PATIENCE || rate.rate === 0) break;
        if (summary(matrix).nonzeros === 0) break;
        await new Promise((resolve) => setTimeout(resolve, STEP_INTERVAL));
        if (descent.over) break;
        this.#matrix = descended(matrix, slopes, rate);
        this.#standing = "";
        this.#find("preset").value = "";
        steps++;
      }
      const last = summary(this.#matrix);
      const { label } = this.#regularizers[this.#chosen];
      const where = last.nonzeros > 0 ? `, in ${amount(last.rows, "row")} and ${amount(last.columns, "column")}` : "";
      this.#say(
        `${label}, ${amount(steps, "step")} down: ${valueText(first.value)} became ${valueText(this.#values[this.#chosen])}; ` +
          `${last.nonzeros} of ${amount(first.nonzeros, "weight")} left${where}.`,
      );
    } catch (error) {
      this.onProblem(error);
    } finally {
      this.#descent = null;
      button.textContent = "Descend";
      button.setAttribute("aria-pressed", "false");
    }
  }

  // --- drawing -----------------------------------------------------------------------------------------------------

  #draw() {
    const { weights } = this.#matrix;
    const slopes = this.#slopes;
    const most = slopes ? steepest(weights, slopes) : 0;
    const firmest = slopes ? weights.reduce((top, w, k) => (w === 0 ? Math.max(top, slopes[k]) : top), 0) : 0;
    this.#cells.forEach((parts, k) => {
      const { cell, pull, number } = parts;
      const weight = weights[k];
      const colour = this.#colour(weight);
      const look = `rgb(${colour.join(" ")})`;
      // Only what changes is touched: a descent draws many times a second.
      if (parts.look !== look) {
        parts.look = look;
        cell.style.background = look;
        cell.style.color = readable(colour);
      }
      cell.dataset.weight = String(weight);
      const stop = k === this.#focus ? 0 : -1;
      if (cell.tabIndex !== stop) cell.tabIndex = stop;
      const text = weight === 0 ? "" : shortWeight(weight);
      if (number.textContent !== text) number.textContent = text;
      let path = "";
      if (slopes && weight !== 0 && most > 0) path = arrow(slopes[k] / most);
      else if (slopes && weight === 0 && firmest > 0) path = dot(slopes[k] / firmest);
      if (parts.path !== path) {
        parts.path = path;
        pull.setAttribute("d", path);
      }
      cell.setAttribute("aria-label", this.#words(k));
    });
    this.#find("scale").textContent = `Strongest colour: ±${shortWeight(this.#colourScale)}`;
    this.#find("unit").textContent = strength(this.#unit);
    this.#inspect(this.#focus);
  }

  /** [red, green, blue] of a weight: by the engine's key, in which colours go with the root; 0 has its own. */
  #colour(weight) {
    if (!this.#colours) return [200, 200, 200];
    const { width, pixels } = this.#colours;
    const middle = (width - 1) / 2;
    const size = Math.sqrt(Math.min(1, Math.abs(weight) / this.#colourScale));
    // The key keeps some room for 0's own colour around the middle.
    const at = weight === 0 ? middle : middle + Math.sign(weight) * Math.max(middle * 0.05, size * middle);
    return [...pixels.slice(4 * Math.round(at), 4 * Math.round(at) + 3)];
  }

  #words(cell) {
    const { columns, weights } = this.#matrix;
    const place = `row ${Math.floor(cell / columns) + 1}, column ${(cell % columns) + 1}`;
    const weight = weights[cell] === 0 ? "exactly 0" : strength(Number(weights[cell].toPrecision(4))).replace("-", "−");
    if (!this.#slopes) return `${place}: ${weight}`;
    const slope = this.#slopes[cell];
    const size = strength(Number(Math.abs(slope).toPrecision(3)));
    if (weights[cell] === 0) return `${place}: ${weight}, ${slope > 0 ? `held there by ${size}` : "no pull"}`;
    return `${place}: ${weight}, ${slope === 0 ? "no pull" : `pull ${size} to ${slope > 0 ? "shrink" : "grow"}`}`;
  }

  #inspect(cell) {
    const text = this.#words(cell);
    const line = this.#find("inspector");
    const shown = text.charAt(0).toUpperCase() + text.slice(1);
    if (line.textContent !== shown) line.textContent = shown;
  }
}

const amount = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

/** A value in a place of fixed width: four or five digits. */
function valueText(value) {
  if (value >= 1e6 || (value > 0 && value < 1e-3)) return strength(Number(value.toPrecision(3)));
  return value >= 1000 ? value.toFixed(0) : value.toFixed(value >= 100 ? 1 : 2);
}

/** Black or white, whichever reads better on [red, green, blue]: at least 4.5 to 1 on any colour. */
function readable(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "black" : "white";
}

/** An arrow as a path: down where the weight shrinks (share > 0), up where it grows. */
function arrow(share) {
  const length = Math.max(-1, Math.min(1, share)) * 6.5;
  if (Math.abs(share) < FAINT) return "M-2 0H2";
  const head = Math.sign(length) * Math.min(3.2, Math.abs(length));
  return `M0 ${-length}V${length}M-2.8 ${length - head}L0 ${length}L2.8 ${length - head}`;
}

/** A dot whose size says how firmly a zero is held. */
function dot(share) {
  const radius = 0.3 + 1.5 * Math.max(0, Math.min(1, share));
  return `M${-radius} 0a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;
}
