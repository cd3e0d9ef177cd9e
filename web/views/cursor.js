// cursor.js: pointing at a cell of a picture, with the pointer or with arrow keys, and the mark around it. It knows places in
// the picture, not weights: who is told of a place asks the engine what stands there. Depends on histogram.js.
import { barPlace } from "./histogram.js";

/** The mark is never smaller than this, in CSS pixels. */
const LEAST_MARK = 7;
/** Cells that Shift or a page key goes at once. */
const LEAP = 10;

/** The cells [first, end) of `cells` that pixel `at` of `pixels` covers, as heatmap.h has it. */
export function span(cells, pixels, at) {
  const first = Math.floor((cells * at) / pixels);
  return [first, pixels <= cells ? Math.floor((cells * (at + 1)) / pixels) : first + 1];
}

export class CellCursor {
  #frame;
  #canvas;
  #mark;
  #twin;
  #shape = null;
  /** {row, column, rowEnd, columnEnd} in places of the picture, {bin}, or null. */
  #at = null;
  #byKey = false;

  /** `frame`: the focusable element around `canvas`. onPlace(place or null); unitAt(tile): whose field stands there. */
  constructor(frame, canvas, { onPlace, unitAt }) {
    this.#frame = frame;
    this.#canvas = canvas;
    this.onPlace = onPlace;
    this.unitAt = unitAt;
    [this.#twin, this.#mark] = ["twin", "mark"].map((name) => {
      const mark = document.createElement("span");
      mark.className = `cell-mark cell-${name}`;
      mark.hidden = true;
      frame.append(mark);
      return mark;
    });
    frame.addEventListener("pointermove", (event) => this.#point(event));
    frame.addEventListener("pointerdown", (event) => this.#point(event));
    frame.addEventListener("pointerleave", (event) => {
      if (event.pointerType !== "touch" && !this.#byKey) this.#go(null);
    });
    frame.addEventListener("focus", () => {
      if (!this.#at && frame.matches(":focus-visible")) this.#goByKey(this.#start());
    });
    frame.addEventListener("blur", () => {
      this.#byKey = false;
      this.#go(null);
    });
    frame.addEventListener("keydown", (event) => this.#key(event));
  }

  /** What the picture shows: {view, layer, rows, columns, grid, bins, ratio, title}. */
  layout(shape) {
    const before = this.#shape;
    this.#shape = shape;
    const what = shape.view === "histogram" ? "Bars" : shape.view === "fields" ? "Fields" : "Cells";
    this.#frame.setAttribute("aria-label", `${what} of ${shape.title}: arrow keys go through them`);
    this.#twin.hidden = true;
    const same = before && ["view", "layer", "rows", "columns"].every((key) => before[key] === shape[key]);
    if (!same) this.clear();
    else this.#show();
  }

  /** The place again: what stands there may have changed. */
  repeat() {
    if (this.#at) this.onPlace(this.#place());
  }

  clear() {
    this.#byKey = false;
    this.#go(null);
  }

  /** Marks the place of another picture of the same shape, or none. */
  mirror(place) {
    this.#twin.hidden = !place;
    if (place) this.#put(this.#twin, place.at);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #start() {
    return this.#shape?.view === "histogram" ? { bin: 0 } : { row: 0, column: 0, rowEnd: 1, columnEnd: 1 };
  }

  #point(event) {
    if (!this.#shape) return;
    const box = this.#canvas.getBoundingClientRect();
    const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return;
    this.#byKey = false;
    this.#go(this.#find(x, y));
  }

  /** The place at x, y in [0, 1). */
  #find(x, y) {
    const { view, rows, columns, grid, bins } = this.#shape;
    const { width, height } = this.#canvas;
    if (view === "histogram") {
      for (let bin = 0; bin <= bins; bin++) {
        const { left, width: wide } = barPlace(bin, width, this.#shape.ratio);
        if (x * width >= left && x * width < left + wide) return { bin };
      }
      return null;
    }
    if (view === "fields") {
      const column = Math.floor((x * width) / (grid.tileWidth + grid.gap));
      const row = Math.floor((y * height) / (grid.tileHeight + grid.gap));
      const [inX, inY] = [
        x * width - column * (grid.tileWidth + grid.gap),
        y * height - row * (grid.tileHeight + grid.gap),
      ];
      if (inX >= grid.tileWidth || inY >= grid.tileHeight || row * grid.across + column >= grid.count) return null;
      const lines = Math.ceil(columns / grid.columns);
      const cell = {
        column: column * grid.columns + Math.floor((inX * grid.columns) / grid.tileWidth),
        row: row * lines + Math.floor((inY * lines) / grid.tileHeight),
      };
      return this.#fieldOf(cell) ? { ...cell, rowEnd: cell.row + 1, columnEnd: cell.column + 1 } : null;
    }
    // The device pixel, then the cells that it covers; the strongest of them is what it shows.
    const [shownWidth, shownHeight] = [Math.min(width, columns), Math.min(height, rows)];
    const [column, columnEnd] = span(columns, shownWidth, Math.floor(x * shownWidth));
    const [row, rowEnd] = span(rows, shownHeight, Math.floor(y * shownHeight));
    return { row, rowEnd, column, columnEnd };
  }

  /** The tile and the input of a cell of the whole grid, or null beyond the last. */
  #fieldOf({ row, column }) {
    const { grid, columns } = this.#shape;
    const lines = Math.ceil(columns / grid.columns);
    const tile = Math.floor(row / lines) * grid.across + Math.floor(column / grid.columns);
    const input = (row % lines) * grid.columns + (column % grid.columns);
    if (tile >= grid.count || input >= columns || Math.floor(column / grid.columns) >= grid.across) return null;
    return { tile, input };
  }

  #key(event) {
    if (!this.#shape || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (!this.#at) return;
      this.clear();
      event.preventDefault();
      return;
    }
    const leap = event.shiftKey ? LEAP : 1;
    const moves = {
      ArrowLeft: [0, -leap],
      ArrowRight: [0, leap],
      ArrowUp: [-leap, 0],
      ArrowDown: [leap, 0],
      PageUp: [-LEAP, 0],
      PageDown: [LEAP, 0],
      Home: [0, -Infinity],
      End: [0, Infinity],
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    if (!this.#at) {
      this.#goByKey(this.#start());
      return;
    }
    const [down, right] = moves[event.key];
    if (this.#shape.view === "histogram") {
      this.#goByKey({ bin: within(this.#at.bin + right + down, this.#shape.bins + 1) });
      return;
    }
    const { view, rows, columns, grid } = this.#shape;
    const lines = view === "fields" ? Math.ceil(columns / grid.columns) : 0;
    const [high, wide] =
      view === "fields" ? [Math.ceil(grid.count / grid.across) * lines, grid.across * grid.columns] : [rows, columns];
    const next = { row: within(this.#at.row + down, high), column: within(this.#at.column + right, wide) };
    if (view === "fields" && !this.#fieldOf(next)) return;
    this.#goByKey({ ...next, rowEnd: next.row + 1, columnEnd: next.column + 1 });
  }

  #goByKey(at) {
    this.#byKey = true;
    this.#go(at);
  }

  #go(at) {
    const before = this.#at;
    if (!at && !before) return;
    if (at && before && ["row", "column", "rowEnd", "columnEnd", "bin"].every((key) => at[key] === before[key])) return;
    this.#at = at;
    this.#show();
    this.onPlace(at && this.#place());
  }

  /** What onPlace gets. */
  #place() {
    const { view, layer, layers } = this.#shape;
    const at = this.#at;
    if (view === "histogram") return { view, layer, layers, bin: at.bin, at, byKey: this.#byKey };
    let places = [at.row, at.rowEnd, at.column, at.columnEnd];
    if (view === "fields") {
      const { tile, input } = this.#fieldOf(at);
      const unit = this.unitAt(tile);
      if (unit === undefined) return null;
      places = [unit, unit + 1, input, input + 1];
    }
    return { view, layer, span: places, at, byKey: this.#byKey };
  }

  #show() {
    this.#mark.hidden = !this.#at;
    if (this.#at) this.#put(this.#mark, this.#at);
  }

  #put(mark, at) {
    const { view, rows, columns, grid, bins, ratio } = this.#shape;
    const { width, height } = this.#canvas;
    let [left, top, wide, high] = [0, 0, width, height];
    if (view === "histogram") {
      ({ left, width: wide } = barPlace(Math.min(at.bin, bins), width, ratio));
    } else if (view === "fields") {
      const lines = Math.ceil(columns / grid.columns);
      const [cellWidth, cellHeight] = [grid.tileWidth / grid.columns, grid.tileHeight / lines];
      left =
        Math.floor(at.column / grid.columns) * (grid.tileWidth + grid.gap) + (at.column % grid.columns) * cellWidth;
      top = Math.floor(at.row / lines) * (grid.tileHeight + grid.gap) + (at.row % lines) * cellHeight;
      [wide, high] = [cellWidth, cellHeight];
    } else {
      left = (at.column * width) / columns;
      wide = ((at.columnEnd - at.column) * width) / columns;
      top = (at.row * height) / rows;
      high = ((at.rowEnd - at.row) * height) / rows;
    }
    const [markWidth, markHeight] = [Math.max(LEAST_MARK, wide / ratio), Math.max(LEAST_MARK, high / ratio)];
    mark.style.left = `${(left + wide / 2) / ratio - markWidth / 2}px`;
    mark.style.top = `${(top + high / 2) / ratio - markHeight / 2}px`;
    mark.style.width = `${markWidth}px`;
    mark.style.height = `${markHeight}px`;
  }
}

function within(value, count) {
  return Math.min(count - 1, Math.max(0, value));
}
