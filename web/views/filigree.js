// filigree.js: the filigrees of both contenders: what is asked of the engine, what the drawing worker gets, hover and keys,
// the words on a unit, the table, the poster. Draws no line itself (filigree-draw.js). Depends on format.js and
// filigree-layout.js.
import { count, percentage, strength } from "../format.js";
import {
  answerPaths,
  edgesOf,
  limits,
  linesOf,
  livingUnits,
  nearestUnit,
  orders,
  pathsThrough,
  places,
} from "./filigree-layout.js";

const LETTERS = ["a", "b"];
/** Milliseconds between two pictures of a contender while it trains. */
const INTERVAL = 90;
/** Pixels around a unit in which a pointer finds it. */
const REACH = 14;
/** Height of a picture over its width, and its most pixels on the screen. */
const SHAPE = 0.86;
const TALLEST = 720;
const POSTER_WIDTH = 3200;

export class Filigree {
  #root;
  #worker;
  #boards = {};
  #widths = [];
  #pictureSize = null;
  #colours = {};
  #calm;
  #visible = false;
  #picture = null;
  #posters = new Map();
  #nextPoster = 1;

  /**
   * `root`: its section; `worker`: a Worker of filigree.worker.js; `calm()`: true where motion is not welcome;
   * `describe(letter)` -> {heading, line} for the poster; `onProblem(text)`.
   */
  constructor(root, { worker, calm, describe, onProblem }) {
    this.#root = root;
    this.#worker = worker;
    this.#calm = calm;
    worker.onmessage = ({ data }) => this.#receive(data);
    for (const letter of LETTERS) this.#boards[letter] = this.#makeBoard(letter);
    new IntersectionObserver(([entry]) => (this.#visible = entry.isIntersecting), { rootMargin: "200px" }).observe(
      root,
    );
    const save = root.querySelector("[data-filigree=save]");
    save.addEventListener("click", async () => {
      save.disabled = true;
      try {
        download(await this.#poster(describe), "filigree.png");
      } catch (error) {
        onProblem(`The picture could not be made: ${error.message}`);
      }
      save.disabled = false;
    });
  }

  /** A new run: {layers: [{rows, columns}], dataset, names: {a, b}, colours}. */
  start({ layers, dataset, names, colours }) {
    this.#widths = [layers[0].columns, ...layers.map(({ rows }) => rows)];
    this.#pictureSize = dataset.width > 1 && dataset.height > 1 ? dataset : null;
    this.#picture = null;
    for (const letter of LETTERS) {
      const board = this.#boards[letter];
      Object.assign(board, {
        name: names[letter],
        edges: null,
        selected: null,
        answer: null,
        orders: null,
        busy: false,
      });
      board.placing = { version: (board.placing?.version ?? 0) + 1, places: places(this.#widths, this.#pictureSize) };
      board.text.textContent = "";
    }
    this.layout(colours);
  }

  /** New size or colours. */
  layout(colours) {
    this.#colours = colours;
    const ratio = window.devicePixelRatio || 1;
    const widths = LETTERS.map((letter) => this.#boards[letter].frame.clientWidth);
    for (const [index, letter] of LETTERS.entries()) {
      const board = this.#boards[letter];
      const width = widths[index];
      if (width === 0) continue;
      const height = Math.round(Math.min(TALLEST, width * SHAPE));
      board.frame.style.height = `${height}px`;
      this.#worker.postMessage({
        operation: "size",
        letter,
        width: Math.round(width * ratio),
        height: Math.round(height * ratio),
        unit: ratio * Math.min(1.4, Math.max(0.75, width / 620)),
      });
      this.#send(letter);
    }
  }

  /** How many of each layer's strongest weights the next frame of a contender should bring; undefined: none. */
  wanted(letter, metrics, still) {
    const board = this.#boards[letter];
    if (!still && (!this.#visible || board.busy || performance.now() - board.askedAt < INTERVAL)) return undefined;
    board.askedAt = performance.now();
    if (metrics) return limits(metrics.nonzeros_by_layer);
    return limits(this.#widths.slice(1).map((width, layer) => width * this.#widths[layer]));
  }

  /** Draws a frame that brought edges. */
  render(letter, { edges, metrics }) {
    if (!edges || edges.length !== this.#widths.length - 1) return;
    const board = this.#boards[letter];
    board.edges = edges.map((layer, index) => edgesOf(layer, this.#widths[index]));
    board.living = livingUnits(
      this.#widths,
      board.edges,
      edges.map(({ live }) => live),
    );
    const drawn = edges.reduce((sum, { weights }) => sum + weights.length, 0);
    board.all = drawn === metrics.nonzeros;
    board.amount.textContent = board.all
      ? `all ${count(drawn)} nonzero weights`
      : `the strongest ${count(drawn)} of ${count(metrics.nonzeros)} nonzero weights`;
    board.metrics = metrics;
    this.#send(letter);
  }

  /** While nothing trains: units that live are ordered, so that lines cross less. */
  settle() {
    for (const letter of LETTERS) {
      const board = this.#boards[letter];
      if (!board.edges || board.metrics.step === 0) continue;
      const order = orders(this.#widths, this.#pictureSize, board.edges, board.living);
      board.placing = {
        version: board.placing.version + 1,
        places: places(this.#widths, this.#pictureSize, order, board.living),
      };
      this.#send(letter, !this.#calm());
    }
  }

  /** Words and tables; call at a lower rate than render(). */
  describe() {
    for (const letter of LETTERS) {
      const board = this.#boards[letter];
      if (!board.edges) continue;
      const alive = board.living.slice(1, -1).map((living) => living.reduce((sum, each) => sum + each, 0));
      board.canvas.setAttribute(
        "aria-label",
        `${board.name}: the network as lines from ${this.#pictureSize ? "the pixels" : "the inputs"} to the ` +
          `${this.#widths.at(-1)} classes, ${board.amount.textContent}; living hidden units: ${alive.join(", ") || "none"}.`,
      );
      this.#fillTable(board);
    }
  }

  /** What both made of `inputs` ({a, b}: {probabilities, hidden}), or null: no sample. */
  answer(inputs, answers) {
    this.#picture = inputs;
    for (const letter of LETTERS) {
      const board = this.#boards[letter];
      board.answer = inputs && answers ? { values: [inputs, ...answers[letter].hidden], ...answers[letter] } : null;
      this.#send(letter);
    }
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #makeBoard(letter) {
    const figure = this.#root.querySelector(`[data-filigree="${letter}"]`);
    const frame = figure.querySelector(".filigree-frame");
    const canvas = frame.querySelector("canvas");
    const board = {
      letter,
      figure,
      frame,
      canvas,
      amount: figure.querySelector("[data-filigree=amount]"),
      text: figure.querySelector("[data-filigree=unit]"),
      table: figure.querySelector("tbody"),
      askedAt: -Infinity,
      busy: false,
      edges: null,
    };
    const offscreen = canvas.transferControlToOffscreen();
    this.#worker.postMessage({ operation: "canvas", letter, canvas: offscreen }, [offscreen]);
    frame.addEventListener("pointermove", (event) => this.#point(board, event));
    frame.addEventListener("pointerdown", (event) => this.#point(board, event));
    frame.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch") this.#select(board, null);
    });
    frame.addEventListener("blur", () => this.#select(board, null));
    frame.addEventListener("keydown", (event) => this.#key(board, event));
    return board;
  }

  #point(board, event) {
    if (!board.edges) return;
    const box = board.frame.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const { places: at } = board.placing;
    this.#select(board, nearestUnit(at, board.living, x, y, box.width, box.height, REACH));
  }

  /** Left and right: the next living unit as it stands; up and down: the nearest one of the next level. */
  #key(board, event) {
    if (!board.edges || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const { places: at } = board.placing;
    const unitsOf = (level) =>
      [...board.living[level].keys()]
        .filter((unit) => board.living[level][unit])
        .sort((a, b) => (this.#pictureSize && level === 0 ? a - b : at[level][2 * a] - at[level][2 * b]));
    const last = this.#widths.length - 1;
    if (event.key === "Escape") {
      this.#select(board, null);
    } else if (event.key in steps) {
      const selected = board.selected;
      const [across, down] = steps[event.key];
      let level = selected ? selected.level : last;
      let unit;
      if (!selected) [unit] = unitsOf(level);
      else if (across !== 0) {
        const units = unitsOf(level);
        unit = units[(units.indexOf(selected.unit) + across + units.length) % units.length];
      } else {
        do level += down;
        while (level >= 0 && level <= last && unitsOf(level).length === 0);
        if (level >= 0 && level <= last) {
          const x = at[selected.level][2 * selected.unit];
          const distance = (each) => Math.abs(at[level][2 * each] - x);
          unit = unitsOf(level).reduce((best, each) => (distance(each) < distance(best) ? each : best));
        }
      }
      if (unit !== undefined) this.#select(board, { level, unit });
    } else return;
    event.preventDefault();
  }

  #select(board, selected) {
    const before = board.selected;
    if (before?.level === selected?.level && before?.unit === selected?.unit) return;
    board.selected = selected;
    board.text.textContent = selected ? this.#words(board, selected) : "";
    this.#send(board.letter);
  }

  #nameOf(level, unit) {
    const last = this.#widths.length - 1;
    if (level === last) return `class ${unit}`;
    if (level > 0) return `unit ${unit + 1} of hidden layer ${level}`;
    if (!this.#pictureSize) return `input ${unit + 1}`;
    const { width } = this.#pictureSize;
    return `the pixel in row ${Math.floor(unit / width) + 1}, column ${(unit % width) + 1}`;
  }

  #words(board, { level, unit }) {
    const { inputs, outputs } = linesOf(board.edges, level, unit);
    const kind = board.all ? "nonzero" : "drawn";
    const side = (lines, what, levelThere) => {
      if (levelThere < 0 || levelThere >= this.#widths.length) return [];
      const amount = `${count(lines.count)} ${kind} ${what}${lines.count === 1 ? "" : "s"}`;
      if (!lines.strongest) return [amount];
      const { weight } = lines.strongest;
      const sign = weight < 0 ? "−" : "+";
      const value = strength(Number(Math.abs(weight).toPrecision(3)));
      return [`${amount}, strongest ${this.#nameOf(levelThere, lines.strongest.unit)} (${sign}${value})`];
    };
    const name = this.#nameOf(level, unit).replace(/^the /, "");
    const parts = [...side(inputs, "input", level - 1), ...side(outputs, "output", level + 1)];
    return `${name[0].toUpperCase()}${name.slice(1)}: ${parts.join("; ")}.`;
  }

  /** Gives the worker what is to be seen. */
  #send(letter, gently = false) {
    const board = this.#boards[letter];
    if (!board.edges) return;
    const { selected, answer, edges, living, placing } = board;
    let winner = -1;
    if (answer) winner = answer.probabilities.indexOf(Math.max(...answer.probabilities));
    let light = null;
    if (selected) light = pathsThrough(this.#widths, edges, selected.level, selected.unit);
    else if (answer) light = answerPaths(this.#widths, edges, answer.values, winner);
    board.busy = true;
    const classes = Array.from({ length: this.#widths.at(-1) }, (_, each) => String(each));
    const few = !this.#pictureSize && this.#widths[0] <= 12;
    this.#worker.postMessage({
      operation: "scene",
      letter,
      gently,
      scene: {
        edges,
        living,
        light,
        winner,
        selected: selected && { ...selected },
        picture: this.#picture,
        pictureSize: this.#pictureSize && { width: this.#pictureSize.width, height: this.#pictureSize.height },
        places: placing.places,
        placing: placing.version,
        labels: classes,
        inputLabels: few ? Array.from({ length: this.#widths[0] }, (_, each) => `x${each + 1}`) : null,
        colours: this.#colours,
      },
    });
  }

  #receive({ drawn, lines, poster, id, error }) {
    if (drawn) {
      this.#boards[drawn].busy = false;
      this.#boards[drawn].figure.dataset.lines = String(lines);
      return;
    }
    const { resolve, reject } = this.#posters.get(id);
    this.#posters.delete(id);
    if (poster) resolve(poster);
    else reject(new Error(error));
  }

  #poster(describe) {
    const id = this.#nextPoster++;
    const texts = { foot: "Filigree: one network, trained twice. Same first weights, same batches, two penalties." };
    for (const letter of LETTERS) {
      const { heading, line } = describe(letter);
      texts[letter] = { heading, lines: [line, `Drawn: ${this.#boards[letter].amount.textContent}.`] };
    }
    const message = { operation: "poster", id, width: POSTER_WIDTH, ratio: SHAPE, texts, colours: this.#colours };
    return new Promise((resolve, reject) => {
      this.#posters.set(id, { resolve, reject });
      this.#worker.postMessage(message);
    });
  }

  #fillTable(board) {
    const last = this.#widths.length - 1;
    const rows = board.edges.map(({ weights }, layer) => [
      `${layer === 0 ? "inputs" : `hidden layer ${layer}`} to ${layer + 1 === last ? "classes" : `hidden layer ${layer + 1}`}`,
      count(board.metrics.nonzeros_by_layer[layer]),
      count(weights.length),
      `${count(board.living[layer + 1].reduce((sum, each) => sum + each, 0))} of ${count(this.#widths[layer + 1])}`,
    ]);
    board.table.replaceChildren(
      ...rows.map(([head, ...cells]) => {
        const row = document.createElement("tr");
        const heading = row.appendChild(document.createElement("th"));
        heading.scope = "row";
        heading.textContent = head;
        for (const text of cells) row.appendChild(document.createElement("td")).textContent = text;
        return row;
      }),
    );
  }
}

/** The line under a contender's name on the poster. */
export function posterLine(metrics) {
  const accuracy =
    typeof metrics.test_accuracy === "number" ? `, ${percentage(metrics.test_accuracy)} % test accuracy` : "";
  return `${count(metrics.nonzeros)} of ${count(metrics.weights)} weights${accuracy}, epoch ${metrics.epoch}.`;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
