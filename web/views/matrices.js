// matrices.js: one contender's pictures of its layers, in the view that is chosen: what is asked of the engine, where
// each picture goes, and the pixels that came. The pixels are the engine's; nothing here knows a weight. Depends on
// format.js, arrange.js, cursor.js, histogram.js.
import { count, strength } from "../format.js";
import { arrange, CAPTION, fieldColumns, fieldGrid, fit, gapOf } from "./arrange.js";
import { CellCursor } from "./cursor.js";
import { BINS, drawHistogram, HIGH, LOW } from "./histogram.js";

/** A figure narrower than this has no shape in its caption. */
const NARROW = 250;
/** One narrower than this has the bare number. */
const TIGHT = 90;
/** From this size of a cell on (device pixels) hairlines part the cells. */
const GRID_FROM = 7;
/** Milliseconds between two pictures while training, of views that take the engine longer. */
const INTERVALS = { fields: 90, pull: 90, histogram: 90, difference: 150 };

export class Matrices {
  #root;
  #letter;
  #onCell;
  #name = "";
  #layers = [];
  #picture = null;
  #choice = { view: "matrix", layer: "all", order: "as-is", zeros: false };
  #colours = {};
  #scales = {};
  #figures = [];
  #scratch = null;
  #visible = true;
  #askedAt = -Infinity;
  #metrics = null;

  /**
   * `root`: the element that holds them; `letter`: whose they are. onCell(letter, place or null): a cell was pointed at or
   * gone to: {view, layer, layers, span} (places in the picture), or {view, bin}.
   */
  constructor(root, letter, { onCell = () => {}, onVisible = () => {} } = {}) {
    this.#root = root;
    this.#letter = letter;
    this.#onCell = onCell;
    if (typeof IntersectionObserver === "function") {
      new IntersectionObserver(([entry]) => {
        const before = this.#visible;
        this.#visible = entry.isIntersecting;
        if (this.#visible && !before) onVisible();
      }).observe(root);
    }
  }

  /** The width that there is for it (CSS pixels). */
  get boxWidth() {
    return this.#root.clientWidth;
  }

  /**
   * New network, view or size. `picture`: {width, height} where samples are pictures; `choice`: {view, layer, order,
   * zeros}; `scales`: {weights, pull}; `colours`: the palette; `boxWidth`, `boxHeight`: its room.
   */
  layout({ name, layers, picture, choice, scales, colours, boxWidth, boxHeight }) {
    this.#name = name;
    this.#layers = layers;
    this.#picture = picture?.width > 1 && picture.width * picture.height === layers[0].columns ? picture : null;
    this.#choice = choice;
    this.#scales = scales;
    this.#colours = colours;
    this.#askedAt = -Infinity;
    if (boxWidth === 0) return;
    const { rows, sizes } = this.#plan(boxWidth, boxHeight);
    const shown = rows.flat();
    while (this.#figures.length > shown.length) this.#figures.pop().figure.remove();
    while (this.#figures.length < shown.length) this.#figures.push(this.#makeFigure());
    this.#setRows(rows, shown, boxWidth);
    const ratio = window.devicePixelRatio || 1;
    for (const row of rows) {
      // Whole cells where that leaves both edges of a row level.
      const level = row.every((layer) => layers[layer].rows === layers[row[0]].rows);
      for (const layer of row) {
        this.#place(this.#figures[shown.indexOf(layer)], layer, sizes[layer] ?? sizes[0], level, ratio);
      }
    }
    this.#fill(rows, shown, boxWidth, ratio);
    for (const entry of this.#figures) this.#size(entry, ratio);
  }

  /** The pictures that are on the stage, for who saves them: [{canvas, label}]. */
  get pictures() {
    return this.#figures.map(({ canvas, label }) => ({ canvas, label }));
  }

  /**
   * What to ask the engine for: {heatmaps, histogram?, lend?}. `still`: nothing trains, and this is what will be left to
   * see; else nothing is asked that nobody sees, or too soon.
   */
  wanted(still = true) {
    const { view, order, zeros } = this.#choice;
    const now = performance.now();
    const none = { heatmaps: [] };
    if (this.#figures.length === 0) return none;
    if (!still && (!this.#visible || now - this.#askedAt < (INTERVALS[view] ?? 0))) return none;
    this.#askedAt = now;
    const shown = this.#figures.filter(({ width }) => width > 0);
    if (view === "histogram") {
      return { ...none, histogram: { low: LOW, high: HIGH, bins: BINS, layers: this.#figures[0].layers } };
    }
    if (view === "difference") return { ...none, lend: shown.map(({ layer }) => layer) };
    const common = { order: order === "strength", ink: zeros ? inkOf(this.#colours.ink) : undefined };
    if (view === "fields") {
      const [{ grid, width, height }] = this.#figures;
      if (grid.count === 0) return none;
      const ground = inkOf(this.#colours.ground);
      return {
        heatmaps: [{ ...common, kind: "fields", layer: 0, width, height, grid, ground, scale: this.#scales.weights }],
      };
    }
    const kind = view === "pull" ? "pull" : "weights";
    return {
      heatmaps: shown.map(({ layer, width, height }) => ({
        ...{ ...common, kind, layer, width, height, scale: this.#scales[kind] },
      })),
    };
  }

  /** Draws a frame. */
  render({ heatmaps, metrics, histogram }) {
    this.#metrics = metrics;
    for (const drawn of heatmaps) {
      const { layer, kind, width, height, pixels } = drawn;
      const entry = this.#figures.find((each) => each.layer === layer);
      // A frame that was asked for before the last layout.
      if (!entry || entry.kind !== kind || entry.width !== width || entry.height !== height) continue;
      this.#draw(entry, new ImageData(pixels, width, height));
      entry.summary = drawn.summary ?? null;
      if (kind === "fields") {
        Object.assign(entry, { living: drawn.living, units: drawn.units });
        this.#clearRest(entry);
      }
    }
    if (histogram && this.#choice.view === "histogram") {
      const [entry] = this.#figures;
      entry.bins = { zeros: 0, counts: new Array(BINS).fill(0), step: metrics.step };
      for (const { zeros, counts } of histogram) {
        entry.bins.zeros += zeros;
        counts.forEach((each, bin) => (entry.bins.counts[bin] += each));
      }
    }
    for (const entry of this.#figures) this.#caption(entry);
  }

  /** The bins of the histogram that is shown: {zeros, counts, step, weights}, or null. */
  get histogram() {
    const [entry] = this.#figures;
    if (this.#choice.view !== "histogram" || !entry?.bins) return null;
    return { ...entry.bins, weights: entry.layers.reduce((sum, layer) => sum + this.#cells(layer), 0) };
  }

  /** Draws the histogram over the other's outline: both as histogram gives them. */
  renderHistogram(own, other) {
    const [entry] = this.#figures;
    if (this.#choice.view !== "histogram" || !entry) return;
    drawHistogram(entry.canvas, {
      ...{ own, other, colours: this.#colours, letter: this.#letter, ratio: window.devicePixelRatio || 1 },
    });
  }

  /**
   * Draws a comparison: [{layer, width, height, difference, kept, both, first, second, equal, ...}] of `steps` {a, b}.
   */
  renderComparison(results, steps) {
    if (this.#choice.view !== "difference") return;
    for (const result of results) {
      const entry = this.#figures.find((each) => each.layer === result.layer);
      if (!entry || entry.width !== result.width || entry.height !== result.height) continue;
      const pixels = this.#letter === "a" ? result.difference : result.kept;
      this.#draw(entry, new ImageData(pixels, result.width, result.height));
      entry.comparison = { ...result, steps };
      this.#caption(entry);
    }
  }

  /** The pixels in which a comparison is wanted: layer -> {width, height}. */
  comparisonSizes() {
    return new Map(this.#figures.map(({ layer, width, height }) => [layer, { width, height }]));
  }

  /** What is known of each picture beyond its pixels: [{layer, layers, rows, columns, summary, living, units, comparison}]. */
  get known() {
    return this.#figures.map(({ layer, layers, summary, living, units, comparison, grid }) => ({
      ...{ layer, layers, summary, living, units, comparison, grid },
      ...this.#layers[layer],
    }));
  }

  /** The texts for screen readers; call at a lower rate than render(). */
  describe() {
    if (!this.#metrics) return;
    for (const entry of this.#figures) entry.canvas.setAttribute("aria-label", this.#words(entry));
  }

  /** Takes the mark from the cell that was pointed at. */
  clearCursor() {
    for (const { cursor } of this.#figures) cursor.clear();
  }

  /** Marks the same cell as the other contender's picture does (places as in onCell), or none. */
  mirror(place) {
    for (const entry of this.#figures) entry.cursor.mirror(place && place.layer === entry.layer ? place : null);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #cells(layer) {
    return this.#layers[layer].rows * this.#layers[layer].columns;
  }

  /** {rows: [[layer]], sizes: [{width, height}] by layer, or one for all}. */
  #plan(boxWidth, boxHeight) {
    const { view, layer } = this.#choice;
    if (view === "fields" || view === "histogram") {
      return { rows: [[0]], sizes: [{ width: boxWidth, height: boxHeight - CAPTION }] };
    }
    const chosen = layer === "all" ? this.#layers.map((_, index) => index) : [layer];
    const plan = arrange(
      chosen.map((each) => this.#layers[each]),
      boxWidth,
      boxHeight,
    );
    const sizes = [];
    plan.sizes.forEach((size, index) => (sizes[chosen[index]] = size));
    return { rows: plan.rows.map((row) => row.map((index) => chosen[index])), sizes };
  }

  /** Figures into rows; elements that stand well are not moved, for that would take the focus from them. */
  #setRows(rows, shown, boxWidth) {
    const form = JSON.stringify(rows.map(({ length }) => length));
    if (form !== this.#root.dataset.form) {
      this.#root.dataset.form = form;
      this.#root.replaceChildren(
        ...rows.map((row) => {
          const line = document.createElement("div");
          line.className = "matrix-row";
          line.append(...row.map((layer) => this.#figures[shown.indexOf(layer)].figure));
          return line;
        }),
      );
    }
    for (const line of this.#root.children) line.style.columnGap = `${gapOf(boxWidth)}px`;
  }

  /** What a figure shows, and how large in device pixels; `level`: rows of cells may be whole pixels high. */
  #place(entry, layer, size, level, ratio) {
    const { view } = this.#choice;
    const { rows, columns } = this.#layers[layer];
    const [across, down] = [Math.floor(size.width * ratio), Math.floor(size.height * ratio)];
    Object.assign(entry, {
      ...{ layer, layers: [layer], kind: view, grid: null, summary: null, living: null, units: null, bins: null },
      comparison: null,
    });
    if (view === "matrix") entry.kind = "weights";
    if (view === "fields") {
      const line = this.#picture ? this.#picture.width : fieldColumns(columns);
      entry.grid = fieldGrid(rows, line, Math.ceil(columns / line), across, down, ratio);
      entry.canvasWidth = entry.width = Math.max(1, entry.grid.width);
      entry.canvasHeight = entry.height = Math.max(1, entry.grid.height);
    } else if (view === "histogram") {
      const { layer: chosen } = this.#choice;
      entry.layers = chosen === "all" ? this.#layers.map((_, index) => index) : [chosen];
      entry.canvasWidth = entry.width = across;
      entry.canvasHeight = entry.height = down;
    } else {
      entry.canvasWidth = fit(columns, across);
      entry.canvasHeight = level ? fit(rows, down) : down;
      // Small matrices come one pixel a cell and are enlarged here; large ones come at the canvas' size.
      entry.width = Math.min(entry.canvasWidth, columns);
      entry.height = Math.min(entry.canvasHeight, rows);
    }
  }

  /** What room whole cells leave in a row goes to its widest matrix of uneven cells, so that both edges stand level. */
  #fill(rows, shown, boxWidth, ratio) {
    for (const row of rows) {
      if (row.length < 2) continue;
      const entries = row.map((layer) => this.#figures[shown.indexOf(layer)]);
      const room = Math.floor((boxWidth - gapOf(boxWidth) * (row.length - 1)) * ratio);
      const spare = room - entries.reduce((sum, { canvasWidth }) => sum + canvasWidth, 0);
      const least = entries.reduce((best, each) =>
        each.canvasWidth / each.width < best.canvasWidth / best.width ? each : best,
      );
      if (spare <= 0) continue;
      least.canvasWidth += spare;
      least.width = Math.min(least.canvasWidth, this.#layers[least.layer].columns);
    }
  }

  #size(entry, ratio) {
    const { canvas, figure, canvasWidth, canvasHeight } = entry;
    if (canvas.width !== canvasWidth || canvas.height !== canvasHeight) {
      canvas.width = canvasWidth;
      canvas.height = canvasHeight;
    }
    canvas.style.width = `${canvasWidth / ratio}px`;
    canvas.style.height = `${canvasHeight / ratio}px`;
    figure.classList.toggle("narrow", canvasWidth / ratio < NARROW);
    figure.classList.toggle("tight", canvasWidth / ratio < TIGHT);
    figure.style.width = `${canvasWidth / ratio}px`;
    figure.classList.toggle("of-fields", this.#choice.view === "fields");
    if (this.#choice.view === "fields" || this.#choice.view === "histogram") figure.style.width = "100%";
    this.#label(entry);
    const { rows, columns } = this.#layers[entry.layer];
    entry.cursor.layout({
      view: this.#choice.view,
      layer: entry.layer,
      layers: entry.layers,
      rows,
      columns,
      grid: entry.grid,
      bins: BINS,
      ratio,
      title: `${this.#letter.toUpperCase()}, ${entry.title}`,
    });
    this.#caption(entry);
  }

  #label(entry) {
    const { view } = this.#choice;
    const { rows, columns } = this.#layers[entry.layer];
    const letter = this.#letter.toUpperCase();
    entry.title = `layer ${entry.layer + 1}`;
    let name = `Layer ${entry.layer + 1}`;
    let shape = `${count(columns)} in, ${count(rows)} out`;
    let label = `${letter}, ${VIEW_WORDS[view]} of layer ${entry.layer + 1}`;
    if (view === "fields") {
      name = "Receptive fields";
      shape = `${count(entry.grid.count)} of ${count(rows)} units of layer 1`;
      if (entry.grid.count === rows) shape = `${count(rows)} units of layer 1`;
    } else if (view === "histogram") {
      const all = entry.layers.length > 1;
      entry.title = all ? "all layers" : `layer ${entry.layers[0] + 1}`;
      name = all ? "All layers" : `Layer ${entry.layers[0] + 1}`;
      shape = "weights by size";
      label = `${letter}, histogram of ${entry.title}`;
    } else if (view === "difference") {
      label =
        this.#letter === "a"
          ? `A − B, difference of layer ${entry.layer + 1}`
          : `A and B, who kept what in layer ${entry.layer + 1}`;
      shape = this.#letter === "a" ? "A − B" : "who kept what";
    }
    if (this.#choice.zeros && view !== "histogram") label += ", zeros only";
    entry.label = label;
    entry.name.textContent = name;
    entry.shape.textContent = shape;
  }

  #caption(entry) {
    let text = "";
    // A word that goes where there is room for the number only.
    let unit = "";
    const { view } = this.#choice;
    if (view === "fields") {
      text = entry.living === null ? "" : `${count(entry.living)} living`;
    } else if (view === "histogram") {
      text = entry.bins ? `${count(entry.bins.zeros)} exactly 0` : "";
    } else if (view === "pull") {
      text = pullCaption(entry.summary);
    } else if (view === "difference") {
      text = entry.comparison ? this.#differenceCaption(entry.comparison) : "";
    } else if (this.#metrics) {
      text = count(this.#metrics.nonzeros_by_layer[entry.layer]);
      unit = " nonzero";
    }
    const [amount, word] = entry.count.children;
    if (amount.textContent !== text) amount.textContent = text;
    if (word.textContent !== unit) word.textContent = unit;
  }

  #differenceCaption({ both, first, second, steps }) {
    if (this.#letter === "b") return `${count(both)} both, ${count(first)} A, ${count(second)} B`;
    return steps.a === steps.b ? `at step ${count(steps.a)}` : `A at step ${count(steps.a)}, B at ${count(steps.b)}`;
  }

  /** A sentence on a picture. */
  #words(entry) {
    const { layer, summary, comparison, living, bins } = entry;
    const { rows, columns } = this.#layers[layer];
    const { view, zeros } = this.#choice;
    const shape = `layer ${layer + 1}, ${rows} rows (outputs) by ${columns} columns (inputs)`;
    const nonzeros = this.#metrics.nonzeros_by_layer[layer];
    const kept = `${count(nonzeros)} of ${count(rows * columns)} are nonzero.`;
    const mask = zeros ? " Only the zeros are drawn." : "";
    if (view === "fields") {
      return `${this.#name}: receptive fields, the inputs of ${count(entry.grid.count)} units of layer 1 as small pictures, living units first; ${living ?? 0} of ${rows} live.${mask}`;
    }
    if (view === "histogram") {
      return `${this.#name}: histogram of |w| of ${entry.title}, ${bins ? `${count(bins.zeros)} weights are exactly 0, ${count(bins.counts.reduce((sum, each) => sum + each, 0))} are not` : "not drawn yet"}.`;
    }
    if (view === "pull") {
      const words = summary
        ? `${count(summary.shrinking)} weights shrink, ${count(summary.growing)} grow, ${count(summary.unmoved)} are not pulled; slopes from ${signed(summary.least)} to ${signed(summary.greatest)}.`
        : "";
      return `${this.#name}: pull on ${shape}; ${words}${mask}`;
    }
    if (view === "difference" && comparison) {
      const at = this.#differenceSteps(comparison.steps);
      if (this.#letter === "a") {
        return `A minus B: ${shape}; ${count(comparison.equal)} weights are equal, the largest difference is ${strength(Number(comparison.largest.toPrecision(3)))}; ${at}.${mask}`;
      }
      return `Who kept what: ${shape}; nonzero in both ${count(comparison.both)}, in A alone ${count(comparison.first)}, in B alone ${count(comparison.second)}, in neither ${count(comparison.neither)}; ${at}.`;
    }
    return `${this.#name}: weights of ${shape}; ${kept}${mask}`;
  }

  #differenceSteps({ a, b }) {
    return a === b ? `both at step ${count(a)}` : `A at step ${count(a)}, B at step ${count(b)}`;
  }

  #draw(entry, image) {
    const { canvas } = entry;
    const context = (entry.context ??= canvas.getContext("2d", { alpha: false }));
    if (image.width === canvas.width && image.height === canvas.height) {
      context.putImageData(image, 0, 0);
      return;
    }
    this.#scratch ??= document.createElement("canvas");
    if (this.#scratch.width < image.width || this.#scratch.height < image.height) {
      this.#scratch.width = Math.max(this.#scratch.width, image.width);
      this.#scratch.height = Math.max(this.#scratch.height, image.height);
    }
    this.#scratch.getContext("2d").putImageData(image, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#scratch, 0, 0, image.width, image.height, 0, 0, canvas.width, canvas.height);
    const cellWidth = canvas.width / image.width;
    const cellHeight = canvas.height / image.height;
    if (Math.min(cellWidth, cellHeight) < GRID_FROM) return;
    context.fillStyle = this.#colours.paper;
    for (let column = 1; column < image.width; column++) {
      context.fillRect(Math.round(column * cellWidth) - 1, 0, 1, canvas.height);
    }
    for (let row = 1; row < image.height; row++) {
      context.fillRect(0, Math.round(row * cellHeight) - 1, canvas.width, 1);
    }
  }

  /** Behind the last field there is nothing: no tile, and no box either. */
  #clearRest({ canvas, grid }) {
    const rest = (grid.count - 1) % grid.across;
    if (rest === grid.across - 1) return;
    const context = canvas.getContext("2d");
    const left = (rest + 1) * (grid.tileWidth + grid.gap) - grid.gap;
    const top = Math.floor((grid.count - 1) / grid.across) * (grid.tileHeight + grid.gap);
    context.fillStyle = this.#colours.paper;
    context.fillRect(left, top, canvas.width - left, canvas.height - top);
  }

  #makeFigure() {
    const figure = document.createElement("figure");
    figure.className = "matrix";
    figure.innerHTML =
      '<figcaption><span class="matrix-name"></span> <span class="matrix-shape"></span> ' +
      '<span class="matrix-count"><span></span><span class="matrix-unit"></span></span></figcaption>' +
      '<div class="matrix-frame" role="application" tabindex="0" aria-describedby="view-keys">' +
      '<canvas role="img" width="1" height="1" aria-label="Weights"></canvas></div>';
    const frame = figure.querySelector(".matrix-frame");
    const entry = {
      figure,
      canvas: figure.querySelector("canvas"),
      name: figure.querySelector(".matrix-name"),
      shape: figure.querySelector(".matrix-shape"),
      count: figure.querySelector(".matrix-count"),
      width: 0,
      height: 0,
    };
    entry.cursor = new CellCursor(frame, entry.canvas, {
      onPlace: (place) => this.#onCell(this.#letter, place),
      unitAt: (tile) => entry.units?.[tile],
    });
    return entry;
  }
}

const VIEW_WORDS = {
  matrix: "matrix",
  fields: "receptive fields",
  pull: "pull",
  difference: "difference",
  histogram: "histogram",
};

/** "#1a2b3c" -> 0x1a2b3c. */
export function inkOf(colour) {
  return Number.parseInt(colour.replace("#", ""), 16);
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${strength(Number(Math.abs(value).toPrecision(3)))}`;
}

function pullCaption(summary) {
  if (!summary) return "";
  const { shrinking, growing, unmoved } = summary;
  if (shrinking + growing === 0) return unmoved > 0 ? "no pull" : "no weights";
  return `${count(shrinking)} shrink, ${count(growing)} grow`;
}
