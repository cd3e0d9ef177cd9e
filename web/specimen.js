// specimen.js: the microscope's small matrix: where its presets put weights, how they are moved, one step down a
// regularizer's own slope, and the sentence that says what a move did to each value. Pure; no formula of a
// regularizer is here (the engine has them). Depends on format.js.
//
// A matrix here is {rows, columns, weights: Float32Array}, row-major; nothing changes one in place.
import { count, ratio } from "./format.js";

export const SIZES = Object.freeze([4, 6, 8, 10, 12]);
/** No weight grows beyond this, however often it is doubled, nor shrinks below its inverse by halving. */
const STRONGEST = 1 << 20;
/** Values whose ratio is this near to 1 have not changed: what single precision leaves open. */
const SAME_WITHIN = 2e-5;

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomStream(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const make = (rows, columns, weights = new Float32Array(rows * columns)) => ({ rows, columns, weights });

/** `many` weights between 0.5 and 2, a third of them negative: the same in every preset, so that only place differs. */
function stock(many) {
  const sizes = [2, 1, 1.5, 0.5];
  return Array.from({ length: many }, (_, k) => sizes[k % 4] * (k % 3 === 1 ? -1 : 1));
}

/** The first cells of a block for `many` weights, as near to a square as its area allows: row by row. */
function blockCells(many, { rows, columns }) {
  let width = Math.min(columns, Math.ceil(Math.sqrt(many)));
  while (width < columns && Math.ceil(many / width) > rows) width++;
  return Array.from({ length: many }, (_, k) => Math.floor(k / width) * columns + (k % width));
}

function placed(rows, columns, cells, values) {
  const matrix = make(rows, columns);
  cells.forEach((cell, k) => (matrix.weights[cell] = values[k]));
  return matrix;
}

/** All numbers below `many` in an order by chance. */
function permutation(many, random) {
  const order = Array.from({ length: many }, (_, k) => k);
  for (let k = many - 1; k > 0; k--) {
    const other = Math.floor(random() * (k + 1));
    [order[k], order[other]] = [order[other], order[k]];
  }
  return order;
}

/** The presets: {name, label, help, make(size, random)}. All but the last two hold the same `size` weights. */
export const PRESETS = Object.freeze([
  {
    name: "block",
    label: "Block",
    help: "close together in one corner",
    make: (size) => placed(size, size, blockCells(size, { rows: size, columns: size }), stock(size)),
  },
  {
    name: "row",
    label: "Row",
    help: "one unit takes all inputs",
    make: (size) =>
      placed(
        size,
        size,
        Array.from({ length: size }, (_, k) => Math.floor(size / 2) * size + k),
        stock(size),
      ),
  },
  {
    name: "diagonal",
    label: "Diagonal",
    help: "each row and each column has one",
    make: (size) =>
      placed(
        size,
        size,
        Array.from({ length: size }, (_, k) => k * size + k),
        stock(size),
      ),
  },
  {
    name: "scattered",
    label: "Scattered",
    help: "in places by chance",
    make: (size, random) => placed(size, size, permutation(size * size, random).slice(0, size), stock(size)),
  },
  {
    name: "random",
    label: "Random, full",
    help: "every weight is nonzero",
    make: (size, random) => {
      const normal = () => random() + random() + random() - 1.5;
      const weights = Float32Array.from({ length: size * size }, () => Math.round(200 * normal()) / 100 || 0.01);
      return make(size, size, weights);
    },
  },
  { name: "empty", label: "Empty", help: "a blank to draw on", make: (size) => make(size, size) },
]);

/**
 * The strongest corner of a layer ({rows, columns, weights}): the rows with the largest sums of |w|, and in them the
 * columns with the largest; both in the order in which they stand.
 */
export function strongestCorner(layer, size) {
  const strongest = (many, sizeOf) => {
    const sums = Array.from({ length: many }, (_, k) => sizeOf(k));
    const order = sums.map((_, k) => k).sort((one, other) => sums[other] - sums[one] || one - other);
    return order.slice(0, size).sort((one, other) => one - other);
  };
  const at = (row, column) => layer.weights[row * layer.columns + column];
  const sum = (many, read) => {
    let total = 0;
    for (let k = 0; k < many; k++) total += Math.abs(read(k));
    return total;
  };
  const rows = strongest(layer.rows, (row) => sum(layer.columns, (column) => at(row, column)));
  const columns = strongest(layer.columns, (column) => sum(rows.length, (k) => at(rows[k], column)));
  const weights = rows.flatMap((row) => columns.map((column) => at(row, column)));
  return make(rows.length, columns.length, Float32Array.from(weights));
}

/** The layer that has most to show in a small square: the one whose smaller side is the largest, after the first. */
export function cornerLayer(layers) {
  const later = layers.length > 2 ? layers.slice(1) : layers;
  const side = ({ rows, columns }) => Math.min(rows, columns);
  const best = later.reduce((most, layer) => (side(layer) > side(most) ? layer : most));
  return layers.indexOf(best);
}

// --- moves ---------------------------------------------------------------------------------------------------------

/** Every weight times `factor`, unless one would leave the range of what can be shown. */
export function scaled(matrix, factor) {
  const weights = matrix.weights.map((w) => w * factor);
  const fine = weights.every((w) => w === 0 || (Math.abs(w) <= STRONGEST && Math.abs(w) >= 1 / STRONGEST));
  return fine ? { ...matrix, weights } : matrix;
}

/** All cells in an order by chance. */
export function shuffled(matrix, random) {
  const order = permutation(matrix.weights.length, random);
  return { ...matrix, weights: matrix.weights.map((_, k) => matrix.weights[order[k]]) };
}

/** Whole rows in an order by chance. */
export function rowsPermuted({ rows, columns, weights }, random) {
  const order = permutation(rows, random);
  return make(
    rows,
    columns,
    weights.map((_, k) => weights[order[Math.floor(k / columns)] * columns + (k % columns)]),
  );
}

/** The nonzeros together in the upper left corner, largest first. */
export function gathered(matrix) {
  const values = [...matrix.weights].filter((w) => w !== 0).sort((one, other) => Math.abs(other) - Math.abs(one));
  return placed(matrix.rows, matrix.columns, blockCells(values.length, matrix), values);
}

export function withWeight(matrix, cell, value) {
  const weights = matrix.weights.slice();
  weights[cell] = value;
  return { ...matrix, weights };
}

// --- descending ----------------------------------------------------------------------------------------------------

/** Of the largest weight at the start, what the weight with the steepest slope moves in a step. */
const STRIDE = 0.05;

/** {nonzeros, largest, rows, columns}: rows and columns in which there is a nonzero. */
export function summary({ columns, weights }) {
  const rowsSeen = new Set();
  const columnsSeen = new Set();
  let nonzeros = 0;
  let largest = 0;
  weights.forEach((w, k) => {
    if (w === 0) return;
    nonzeros++;
    largest = Math.max(largest, Math.abs(w));
    rowsSeen.add(Math.floor(k / columns));
    columnsSeen.add(k % columns);
  });
  return { nonzeros, largest, rows: rowsSeen.size, columns: columnsSeen.size };
}

/** The steepest slope among the nonzeros. */
export function steepest(weights, slopes) {
  let most = 0;
  weights.forEach((w, k) => (most = w === 0 ? most : Math.max(most, Math.abs(slopes[k]))));
  return most;
}

/**
 * The rate of a descent that starts here, for descended(); 0 where there is no slope to follow. No step of it moves
 * a weight by more than STRIDE of the largest at the start.
 */
export function descentRate(matrix, slopes) {
  const most = steepest(matrix.weights, slopes);
  const stride = STRIDE * summary(matrix).largest;
  return most > 0 ? { rate: stride / most, stride } : { rate: 0, stride };
}

/**
 * One step down the slopes (positive shrinks |w|, negative grows it). Shrinking is a soft threshold: what would
 * pass zero becomes exactly 0 and stays there.
 */
export function descended(matrix, slopes, { rate, stride }) {
  const most = steepest(matrix.weights, slopes);
  const pace = Math.min(rate, most > 0 ? stride / most : 0);
  const weights = matrix.weights.map((w, k) => {
    if (w === 0) return 0;
    const size = Math.abs(w) - pace * slopes[k];
    return size > 0 ? Math.sign(w) * size : 0;
  });
  return { ...matrix, weights };
}

// --- words ---------------------------------------------------------------------------------------------------------

/** A weight in at most five characters: "1", "−0.25", "12", "2k". */
export function shortWeight(weight) {
  const size = Math.abs(weight);
  if (size === 0) return "0";
  let text;
  if (size >= 1e6) text = `${Number((size / 1e6).toPrecision(2))}M`;
  else if (size >= 1000) text = `${Number((size / 1000).toPrecision(2))}k`;
  else if (size < 0.001) text = size.toExponential(0).replace("e-", "e−");
  else text = String(Number(size.toPrecision(2))).replace(/^0\./, ".");
  return weight < 0 ? `−${text}` : text;
}

/** What became of a value: "did not change", "doubled", "rose by 38 %". */
export function changeWords(before, after) {
  if (before === after) return "did not change";
  if (before === 0) return "rose from 0";
  if (after === 0) return "fell to 0";
  const factor = after / before;
  const near = (target) => Math.abs(factor / target - 1) <= SAME_WITHIN;
  if (near(1)) return "did not change";
  const named = [
    [2, "doubled"],
    [4, "quadrupled"],
    [0.5, "halved"],
    [0.25, "fell to a quarter"],
  ].find(([target]) => near(target));
  if (named) return named[1];
  if (factor >= 2) return `rose to ${ratio(factor)} times`;
  const percent = Math.abs(factor - 1) * 100;
  const amount = percent < 0.1 ? "less than 0.1" : percent < 9.95 ? percent.toFixed(1) : count(percent);
  return `${factor > 1 ? "rose" : "fell"} by ${amount} %`;
}

/** The factor beside a value, short: "×2", "=", "+38 %"; "" where there was nothing before. */
export function changeMark(before, after) {
  const words = before === undefined ? "" : changeWords(before, after);
  if (words === "" || words === "rose from 0") return "";
  if (words === "did not change") return "=";
  if (words === "fell to 0") return "→ 0";
  const factor = after / before;
  if (factor >= 1.995) return `×${Number(factor.toPrecision(3))}`;
  const percent = Math.abs(factor - 1) * 100;
  return `${factor > 1 ? "+" : "−"}${percent < 9.95 ? percent.toFixed(1) : count(percent)} %`;
}

const joined = (words) => (words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

/** "Hoyer-Square" and "L1" are names; "Arrangement" is a word. */
const inSentence = (label) => (/^[A-Z][a-z ]+$/.test(label) ? label.toLowerCase() : label);

/**
 * "×2: L1 and group lasso doubled, arrangement did not change." `changes`: [{label, before, after}] in the table's
 * order; those that fared alike are said together, those that moved first.
 */
export function changeSentence(action, changes) {
  const groups = new Map();
  for (const { label, before, after } of changes) {
    const words = changeWords(before, after);
    groups.set(words, [...(groups.get(words) ?? []), inSentence(label)]);
  }
  if (groups.size === 1 && groups.has("did not change")) return `${action}: no value changed.`;
  const still = groups.get("did not change");
  groups.delete("did not change");
  const parts = [...groups].map(([words, labels]) => `${joined(labels)} ${words}`);
  if (still) parts.push(`${joined(still)} did not change`);
  return `${action}: ${parts.join(parts.length > 2 ? "; " : ", ")}.`;
}
