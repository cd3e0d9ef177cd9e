// format.test.js: numbers with a point as the WebAssembly builds write them (src/host_wasm.c: JavaScript does it) beside
// exact arithmetic on whole numbers, rounded half to even as C rounds. src/format.c around it: tests/c/format_test.c.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { repository } from "../tools/make.js";

/** The JavaScript of an EM_JS function, as it stands in host_wasm.c. */
function functionOf(name, parameters, ...scope) {
  const source = readFileSync(`${repository}src/host_wasm.c`, "utf8");
  const [, body] = new RegExp(`EM_JS\\(\\w+, ${name}, \\([^)]*\\), \\{([^]*?)\\n *\\}\\);`).exec(source);
  return new Function(...scope, ...parameters, body);
}

let written = "";
const write = functionOf("host_js_digits", ["value", "fixed", "precision", "to"], "stringToUTF8");
const significant = functionOf("host_js_significant", ["value"]);
const digits = (value, style, precision) => {
  write((text) => (written = text), value, style === "f", precision, 0);
  return written;
};

/** value = numerator / denominator, exactly. */
function fraction(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xfffffffffffffn) | (exponent ? 1n << 52n : 0n);
  const power = Math.max(exponent, 1) - 1075;
  return power < 0 ? [mantissa, 1n << BigInt(-power)] : [mantissa << BigInt(power), 1n];
}

/** value * 10^places, rounded half to even. */
function scaled(value, places) {
  let [above, below] = fraction(value);
  if (places >= 0) above *= 10n ** BigInt(places);
  else below *= 10n ** BigInt(-places);
  const [whole, rest] = [above / below, above % below];
  return whole + (rest * 2n > below || (rest * 2n === below && whole % 2n === 1n) ? 1n : 0n);
}

function fixedWanted(value, precision) {
  const text = String(scaled(value, precision)).padStart(precision + 1, "0");
  const point = text.length - precision;
  return precision ? `${text.slice(0, point)}.${text.slice(point)}` : text;
}

function generalWanted(value, precision) {
  if (value === 0) return "0";
  const count = precision || 1;
  const [above, below] = fraction(value);
  const reaches = (power) =>
    power >= 0 ? above >= below * 10n ** BigInt(power) : above * 10n ** BigInt(-power) >= below;
  let exponent = Math.floor(Math.log10(value)) + 2;
  while (!reaches(exponent)) exponent--;
  if (scaled(value, count - 1 - exponent) === 10n ** BigInt(count)) exponent++;
  const text = String(scaled(value, count - 1 - exponent));
  const bare = (number) => (number.includes(".") ? number.replace(/\.?0+$/, "") : number);
  if (exponent < -4 || exponent >= count) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${bare(`${text[0]}.${text.slice(1)}`.replace(/\.$/, ""))}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  return bare(fixedWanted(value, count - 1 - exponent));
}

function compare(value) {
  for (let precision = 0; precision <= 17; precision++) {
    assert.equal(digits(value, "g", precision), generalWanted(value, precision), `%.${precision}g of ${value}`);
    if (value < 1e40)
      assert.equal(digits(value, "f", precision), fixedWanted(value, precision), `%.${precision}f of ${value}`);
  }
}

const EDGES = [
  ...[0, 0.5, 1.5, 2.5, 0.25, 0.125, 0.0625, 9.5, 99.5, 999.5, 0.95, 9.995, 1e5, 1e6, 999999.5, 1e15, 1e16, 1e17, 1e21],
  ...[1e22, 1e23, 123456.789, 1e-4, 1e-5, 9.99995e-5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1 / 3],
  ...[2 / 3, 0.1, 1e300, 1e-300, 0.3, 2 ** 51 + 0.5, 16385 / 2 ** 18],
];

test("edges", () => {
  for (const value of EDGES) compare(value);
});

test("random numbers, and numbers that stand exactly between two texts", () => {
  let state = 12345n;
  const random = () => (state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn) >> 1n;
  const view = new DataView(new ArrayBuffer(8));
  for (let k = 0; k < 1500; k++) {
    view.setBigUint64(0, random() & 0x7fffffffffffffffn);
    const value = view.getFloat64(0);
    if (Number.isFinite(value)) compare(value);
    compare(Number(random() >> 43n) / 2 ** Number((random() >> 30n) % 18n));
  }
});

test("the fewest digits that read back", () => {
  for (const value of [...EDGES, 0.1 + 0.2, 1e-3, 123.456]) {
    const count = significant(value);
    assert.equal(Number(digits(value, "g", count)), value);
    for (let fewer = 1; fewer < count; fewer++) assert.notEqual(Number(digits(value, "g", fewer)), value);
  }
});
