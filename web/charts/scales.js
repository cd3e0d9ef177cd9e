// scales.js: where axes end. Pure arithmetic. Depends on nothing.

/** 1, 2 and 5 times a power of ten. */
export function isRound(value) {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(digit - round) < 1e-6);
}

/** The round value at or below; roundUp the one at or above. */
export function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [5, 2, 1].find((digit) => digit * power <= value * (1 + 1e-9)) * power;
}

export function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) * power;
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

/**
 * The accuracies that a chart of accuracy against weights shows: [[percent, ...], ...], one list a line in the order of
 * epochs, and `always`: values that stay within. The beginning of a line, still untrained, may lie below; so that the axis
 * rarely moves, it ends at whole steps of its own size. -> {min, max}
 */
export function accuracyRange(lines, always = []) {
  const seen = lines.flatMap((line) => line.slice(Math.floor(line.length * 0.3)));
  const values = [...seen, ...always].filter(Number.isFinite);
  if (values.length === 0) return { min: 0, max: 100 };
  const low = Math.min(...values);
  const high = Math.max(...values);
  const step = high - low > 20 ? 10 : high - low > 4 ? 2 : 0.5;
  const min = Math.max(0, Math.floor((low - step / 4) / step) * step);
  return { min, max: Math.min(100, Math.max(min + step, Math.ceil((high + step / 4) / step) * step)) };
}
