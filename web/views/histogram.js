// histogram.js: how many weights are how large, of both contenders on the same axes: bars for one, an outline for the
// other, exact zeros in a bar of their own. The counts are the engine's. Depends on format.js.
import { count } from "../format.js";

/** The bins: half octaves of |w| from 2^LOW to 2^HIGH; those beyond are in the first and the last. */
export const LOW = -20;
export const HIGH = 4;
export const BINS = 48;
/** CSS pixels: the zeros' bar, what parts it from the others, room for the numbers at the axes. */
const ZERO_BAR = 34;
const ZERO_GAP = 14;
const AXIS_LEFT = 44;
const AXIS_BOTTOM = 22;
const TOP = 20;
const RIGHT = 6;

/** Where bar `bin` stands (0: zeros, then the bins) in a canvas `width` device pixels wide. -> {left, width} */
export function barPlace(bin, width, ratio) {
  const left = AXIS_LEFT * ratio;
  if (bin === 0) return { left, width: ZERO_BAR * ratio };
  const first = left + (ZERO_BAR + ZERO_GAP) * ratio;
  const each = (width - RIGHT * ratio - first) / BINS;
  return { left: first + (bin - 1) * each, width: each };
}

/** The bounds of bin `bin` (1 to BINS) in |w|: [from, to); the outermost are open: 0 and Infinity. */
export function binBounds(bin) {
  const each = (HIGH - LOW) / BINS;
  return [bin === 1 ? 0 : 2 ** (LOW + (bin - 1) * each), bin === BINS ? Infinity : 2 ** (LOW + bin * each)];
}

/** The height of a count in [0, 1]: logarithmic from 1 to `most`; 0 for none, and never invisible for one. */
export function barHeight(amount, most) {
  if (amount <= 0) return 0;
  return 0.02 + (0.98 * Math.log(amount)) / Math.log(Math.max(2, most));
}

/** `own`, `other`: {zeros, counts, weights} or null; `letter`: whose bars are filled. */
export function drawHistogram(canvas, { own, other, colours, letter, ratio }) {
  const context = canvas.getContext("2d", { alpha: false });
  const { width, height } = canvas;
  const most = own?.weights ?? other?.weights ?? 1;
  const bottom = height - AXIS_BOTTOM * ratio;
  const room = bottom - TOP * ratio;
  const top = (amount) => bottom - barHeight(amount, most) * room;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, height);
  context.font = `${Math.round(0.82 * colours.rem * ratio)}px "Hanken Grotesk", system-ui, sans-serif`;
  context.textBaseline = "middle";
  // Lines at 1, 10, 100, ...
  context.textAlign = "right";
  for (let each = 1; each <= most; each *= 10) {
    const y = Math.round(top(each));
    context.fillStyle = colours.hairline;
    context.fillRect(AXIS_LEFT * ratio, y, width - (AXIS_LEFT + RIGHT) * ratio, Math.max(1, Math.round(ratio)));
    context.fillStyle = colours.inkSoft;
    context.fillText(short(each), (AXIS_LEFT - 6) * ratio, y);
  }
  const values = (side) => [side.zeros, ...side.counts];
  if (own) {
    context.fillStyle = colours[letter];
    values(own).forEach((amount, bin) => {
      const place = barPlace(bin, width, ratio);
      const y = Math.round(top(amount));
      const [left, right] = [Math.round(place.left), Math.round(place.left + place.width)];
      if (amount > 0) context.fillRect(left, y, Math.max(1, right - left - Math.round(ratio)), Math.round(bottom) - y);
    });
  }
  if (other) {
    context.strokeStyle = colours[letter === "a" ? "b" : "a"];
    context.lineWidth = 1.5 * ratio;
    context.beginPath();
    values(other).forEach((amount, bin) => {
      const { left, width: wide } = barPlace(bin, width, ratio);
      if (bin <= 1) context.moveTo(left, bottom);
      context.lineTo(left, top(amount));
      context.lineTo(left + wide, top(amount));
      if (bin === 0 || bin === BINS) context.lineTo(left + wide, bottom);
    });
    context.stroke();
  }
  context.fillStyle = colours.ink;
  context.fillRect(
    AXIS_LEFT * ratio,
    Math.round(bottom),
    width - (AXIS_LEFT + RIGHT) * ratio,
    Math.max(1, Math.round(ratio)),
  );
  // Powers of ten of |w|.
  context.textBaseline = "top";
  context.fillStyle = colours.inkSoft;
  const under = bottom + 6 * ratio;
  context.textAlign = "center";
  context.fillText("0", barPlace(0, width, ratio).left + (ZERO_BAR * ratio) / 2, under);
  const start = barPlace(1, width, ratio);
  const narrow = width / ratio < 320;
  for (let power = -6; power <= 1; power += narrow ? 3 : 1) {
    const x = start.left + ((Math.log2(10 ** power) - LOW) / (HIGH - LOW)) * start.width * BINS;
    context.fillRect(Math.round(x), Math.round(bottom), Math.max(1, Math.round(ratio)), 4 * ratio);
    const text = power >= -3 ? String(10 ** power) : `1e${power}`;
    context.fillText(text, Math.min(x, width - 14 * ratio), under);
  }
  if (own) {
    context.textAlign = "left";
    context.textBaseline = "alphabetic";
    context.fillStyle = colours.ink;
    // Above the other's outline where that would run through it.
    const label = 0.82 * colours.rem * ratio + 6 * ratio;
    const [mine, others] = [top(own.zeros), other ? top(other.zeros) : Infinity];
    const above = others < mine && mine - others < label ? others : mine;
    const text = count(own.zeros);
    context.lineJoin = "round";
    context.lineWidth = 4 * ratio;
    context.strokeStyle = colours.paper;
    context.strokeText(text, AXIS_LEFT * ratio, Math.round(above) - 5 * ratio);
    context.fillText(text, AXIS_LEFT * ratio, Math.round(above) - 5 * ratio);
  }
}

function short(value) {
  return value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(value);
}
