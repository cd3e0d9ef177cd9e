// scales.js: where axes end. Pure arithmetic. Depends on nothing.

/** Leading digits of the numbers at a logarithmic axis, from few to many; the last but one are where it may end. */
const DIGITS = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7], [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]];
const ENDS = [1, 1.5, 2, 3, 5, 7];

/** All digit * 10^k between two values, ascending. */
function between(digits, low, high) {
  const found = [];
  for (let power = Math.floor(Math.log10(low) - 1e-9); 10 ** power <= high * (1 + 1e-9); power++)
    for (const digit of digits) {
      const value = Number((digit * 10 ** power).toPrecision(3));
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) found.push(value);
    }
  return found;
}

/** A logarithmic axis around positive values, with at most `most` numbers at it. -> {min, max, ticks: [value]} */
export function logarithmicAxis(values, most = 8) {
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [1, 10];
  const min = between(ENDS, low / 10, low).at(-1);
  const max = between(ENDS, high, high * 10).find((value) => value > min);
  const ticks = DIGITS.map((digits) => between(digits, min, max)).filter(({ length }) => length <= most);
  return { min, max, ticks: ticks.at(-1) ?? [min, max] };
}

/** A linear axis around values, with at least `room` to spare at either end, within `least` and `most`. -> {min, max} */
export function zoom(values, { room, least = -Infinity, most = Infinity }) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const spare = Math.max(room, (high - low) * 0.08);
  return { min: Math.max(least, low - spare), max: Math.min(most, high + spare) };
}

/** Points that an axis of accuracies may grow by, so that a line which came into sight stays there. */
const MOST_ADDED = 10;

/**
 * The accuracies that a chart of accuracy against weights shows: [[percent, ...], ...], one list a line in the order of
 * epochs, and `always`: values that stay within. The beginning of a line, still untrained, may lie below; what came into
 * sight stays there, unless that made the axis much longer. So that the axis rarely moves, it ends at whole steps of its own
 * size. -> {min, max}
 */
export function accuracyRange(lines, always = []) {
  const seen = lines.flatMap((line) => line.slice(Math.floor(line.length * 0.3)));
  const values = [...seen, ...always].filter(Number.isFinite);
  if (values.length === 0) return { min: 0, max: 100 };
  const first = endsOf(values);
  let { min, max } = first;
  for (;;) {
    const inSight = lines.flatMap((line) => {
      const from = line.findIndex((value) => value >= min);
      return from < 0 ? [] : line.slice(from);
    });
    const next = endsOf([...values, ...inSight.filter(Number.isFinite)]);
    if (next.min >= min || first.min - next.min > MOST_ADDED) return { min, max };
    ({ min, max } = next);
  }
}

function endsOf(values) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = high - low > 20 ? 10 : high - low > 4 ? 2 : 0.5;
  const min = Math.max(0, Math.floor((low - step / 4) / step) * step);
  return { min, max: Math.min(100, Math.max(min + step, Math.ceil((high + step / 4) / step) * step)) };
}

/** [0, 1, 2, 5] -> "0 to 2, 5": epochs in words; they ascend. */
export function rangesText(epochs, format = String) {
  const runs = [];
  for (const epoch of epochs) {
    const last = runs.at(-1);
    if (last && epoch === last[1] + 1) last[1] = epoch;
    else runs.push([epoch, epoch]);
  }
  return runs.map(([from, to]) => (from === to ? format(from) : `${format(from)} to ${format(to)}`)).join(", ");
}
