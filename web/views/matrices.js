// matrices.js: the weight matrices of one contender as canvases: where each goes, how large, and the pixels of
// the last frame. The pixels come from the engine; nothing here knows a weight. Depends on format.js.
import { count } from "../format.js";

/** The first layers that are shown. */
const SHOWN = 2;
const GAP = 20;
const SMALL_GAP = 12;
/** A box narrower than this has the small gap. */
const SMALL_BOX = 300;
/** Heights of a caption of one line, and of the three lines that it takes above a narrow matrix. */
const CAPTION = 26;
const TALL_CAPTION = 64;
/** A matrix narrower than this has the tall caption. */
const NARROW = 240;
/** A matrix of few rows is stretched to this height. */
const LOWEST = 24;
/** Stacked matrices may be this much wider than square cells would make them. */
const WIDEST_STRETCH = 1.3;
/** From this size of a cell on (device pixels) hairlines part the cells. */
const GRID_FROM = 7;

/**
 * Where `layers` ([{rows, columns}]) go in a box: stacked or side by side, whichever shows more, cells square
 * unless a matrix would be too narrow to see. -> {direction: "column" | "row", sizes: [{width, height}]} in CSS
 * pixels.
 */
export function arrange(layers, boxWidth, boxHeight) {
  const captions = CAPTION * layers.length + GAP * (layers.length - 1);
  const tall = layers.reduce((sum, { rows, columns }) => sum + rows / columns, 0);
  const squareWidth = Math.min(boxWidth, (boxHeight - captions) / tall);
  // A little wider than square is better than an edge out of line.
  const stackWidth = squareWidth * WIDEST_STRETCH >= boxWidth ? boxWidth : squareWidth;
  const wide = layers.reduce((sum, { rows, columns }) => sum + columns / rows, 0);
  const gaps = gapOf(boxWidth) * (layers.length - 1);
  // A matrix of few columns is stretched so that it can be seen.
  const narrowest = Math.max(boxWidth / 6, 64);
  const rowHeight = Math.min(boxHeight - TALL_CAPTION, heightThatFits(layers, boxWidth - gaps, narrowest));
  const widths = layers.map(({ rows, columns }) => Math.max(narrowest, (rowHeight * columns) / rows));
  const rowArea = rowHeight * rowHeight * wide;
  const stackArea = squareWidth * squareWidth * tall;
  if (layers.length === 1 || stackArea >= rowArea) {
    return {
      direction: "column",
      sizes: layers.map(({ rows, columns }) => ({
        width: Math.max(stackWidth, narrowest),
        height: Math.min(Math.max(LOWEST, (squareWidth * rows) / columns), boxHeight),
      })),
    };
  }
  // Nothing is ever wider than the box, however odd its shape.
  const total = widths.reduce((sum, width) => sum + width, gaps);
  const shrink = Math.min(1, (boxWidth - gaps) / (total - gaps));
  return {
    direction: "row",
    sizes: widths.map((width) => ({ width: width * shrink, height: Math.max(LOWEST, rowHeight) })),
  };
}

function isStretched({ rows, columns }, { width, height }) {
  return width / columns > 1.2 * (height / rows);
}

function gapOf(boxWidth) {
  return boxWidth < SMALL_BOX ? SMALL_GAP : GAP;
}

/** The height at which matrices side by side, each at least `narrowest` wide, fill `width`. */
function heightThatFits(layers, width, narrowest) {
  let low = 1;
  let high = width * 64;
  for (let round = 0; round < 40; round++) {
    const height = (low + high) / 2;
    const total = layers.reduce((sum, { rows, columns }) => sum + Math.max(narrowest, (height * columns) / rows), 0);
    if (total <= width) low = height;
    else high = height;
  }
  return low;
}

/**
 * Device pixels for `cells` in `space` device pixels: a whole number a cell where there is room for three or
 * more.
 */
function fit(cells, space) {
  const each = Math.floor(space / cells);
  return each >= 3 ? each * cells : Math.max(1, Math.round(space));
}

export class Matrices {
  #root;
  #name = "";
  #layers = [];
  #scale = 1;
  #figures = [];
  #scratch = null;
  #paper = "#fff";

  /** `root`: the element that holds them. */
  constructor(root) {
    this.#root = root;
  }

  /** New network or new size. `scale`: the weight of the strongest colour; `paper`: the colour between the cells. */
  layout({ name, layers, scale, boxHeight, paper }) {
    this.#name = name;
    this.#layers = layers.slice(0, SHOWN);
    this.#scale = scale;
    this.#paper = paper;
    while (this.#figures.length > this.#layers.length) this.#figures.pop().figure.remove();
    while (this.#figures.length < this.#layers.length) this.#figures.push(this.#makeFigure());
    const boxWidth = this.#root.clientWidth;
    if (boxWidth === 0) return;
    const { direction, sizes } = arrange(this.#layers, boxWidth, boxHeight);
    this.#root.dataset.direction = direction;
    const ratio = window.devicePixelRatio || 1;
    const fitted = sizes.map((size, index) => ({
      width: fit(this.#layers[index].columns, size.width * ratio),
      height: fit(this.#layers[index].rows, size.height * ratio),
    }));
    if (direction === "row") this.#fill(fitted, sizes, boxWidth, ratio);
    this.#figures.forEach((entry, index) => {
      const { rows, columns } = this.#layers[index];
      const { width, height } = fitted[index];
      if (entry.canvas.width !== width || entry.canvas.height !== height) {
        entry.canvas.width = width;
        entry.canvas.height = height;
        entry.canvas.style.width = `${width / ratio}px`;
        entry.canvas.style.height = `${height / ratio}px`;
      }
      // Small matrices come one pixel a cell and are enlarged here; large ones come at the canvas' size.
      entry.width = Math.min(width, columns);
      entry.height = Math.min(height, rows);
      entry.figure.classList.toggle("narrow", width / ratio < NARROW);
      entry.name.textContent = `Layer ${index + 1}`;
      entry.shape.textContent = `${count(columns)} in, ${count(rows)} out`;
    });
  }

  /** What to ask the engine for. */
  wanted() {
    return this.#figures
      .filter((entry) => entry.width > 0)
      .map(({ width, height }, layer) => ({ layer, width, height, scale: this.#scale }));
  }

  /** Draws a frame. */
  render({ heatmaps, metrics }) {
    for (const { layer, width, height, pixels } of heatmaps) {
      const entry = this.#figures[layer];
      // A frame that was asked for before the last layout.
      if (!entry || entry.width !== width || entry.height !== height) continue;
      this.#draw(entry, new ImageData(pixels, width, height));
    }
    this.#figures.forEach((entry, layer) => {
      const nonzeros = metrics.nonzeros_by_layer[layer];
      const text = `${count(nonzeros)} nonzero`;
      if (entry.count.textContent !== text) entry.count.textContent = text;
    });
  }

  /** The texts for screen readers; call at a lower rate than render(). */
  describe({ metrics }) {
    this.#figures.forEach(({ canvas }, layer) => {
      const { rows, columns } = this.#layers[layer];
      canvas.setAttribute(
        "aria-label",
        `${this.#name}: weights of layer ${layer + 1}, ${rows} rows (outputs) by ${columns} columns (inputs); ` +
          `${count(metrics.nonzeros_by_layer[layer])} of ${count(rows * columns)} are nonzero.`,
      );
    });
  }

  /** What room a row leaves goes to the matrices that are stretched anyhow, so that both edges stand level. */
  #fill(fitted, sizes, boxWidth, ratio) {
    const gaps = gapOf(boxWidth) * (sizes.length - 1);
    const spare = (boxWidth - gaps) * ratio - fitted.reduce((sum, { width }) => sum + width, 0);
    const stretched = fitted.filter((_, index) => isStretched(this.#layers[index], sizes[index]));
    if (stretched.length === 0 || spare <= 0 || spare > (boxWidth * ratio) / 3) return;
    for (const size of stretched) size.width += Math.floor(spare / stretched.length);
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
    context.fillStyle = this.#paper;
    for (let column = 1; column < image.width; column++) {
      context.fillRect(Math.round(column * cellWidth) - 1, 0, 1, canvas.height);
    }
    for (let row = 1; row < image.height; row++) {
      context.fillRect(0, Math.round(row * cellHeight) - 1, canvas.width, 1);
    }
  }

  #makeFigure() {
    const figure = document.createElement("figure");
    figure.className = "matrix";
    figure.innerHTML =
      '<figcaption><span class="matrix-name"></span> <span class="matrix-shape"></span> ' +
      '<span class="matrix-count"></span></figcaption>' +
      '<canvas role="img" width="1" height="1" aria-label="Weights"></canvas>';
    this.#root.append(figure);
    return {
      figure,
      canvas: figure.querySelector("canvas"),
      name: figure.querySelector(".matrix-name"),
      shape: figure.querySelector(".matrix-shape"),
      count: figure.querySelector(".matrix-count"),
      width: 0,
      height: 0,
    };
  }
}

/**
 * The one scale for both contenders and all of a run: ten standard deviations of the first weights (He-normal,
 * sqrt(2 / inputs)), the layers' geometric mean, rounded to 1, 2 or 5 times a power of ten. The weights that survive
 * grow to about that; colours go with the root of a weight, so that the first ones show as well.
 */
export function fixedScale(layers) {
  const shown = layers.slice(0, SHOWN);
  const logarithms = shown.map(({ columns }) => Math.log(10 * Math.sqrt(2 / columns)));
  const wanted = Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / shown.length);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const distance = (digit) => Math.abs(Math.log((digit * power) / wanted));
  const digit = [1, 2, 5, 10].reduce((best, each) => (distance(each) < distance(best) ? each : best));
  return Number((digit * power).toPrecision(1));
}
