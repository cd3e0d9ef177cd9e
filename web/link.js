// link.js: links as texts for the engine, which alone reads and writes them (src/link.h): the page only says what is to
// stand in one. Pure; knows no option. Depends on nothing.

export const CONTENDERS = Object.freeze(["a", "b"]);

/**
 * What a link says, in any form that the engine reads; it prints the short one. {shared, a, b: {key: text}} and, each
 * left out where there is nothing to say, changes: {a, b: [{step, key, value}]}, at: step, fingerprints: {a, b: text},
 * engine, data_hash: texts, view, sort, lesson: words, own, projector, embed: flags.
 */
export function linkText({ shared, a, b, changes, at, fingerprints, ...words }) {
  const pairs = [["v", "1"], ...Object.entries(shared)];
  for (const [letter, part] of Object.entries({ a, b })) {
    pairs.push(...Object.entries(part).map(([key, value]) => [`${letter}.${key}`, value]));
    const moved = changes?.[letter] ?? [];
    if (moved.length > 0) {
      pairs.push([`${letter}.changes`, moved.map(({ step, key, value }) => `${step}:${key}:${value}`).join(",")]);
    }
    if (fingerprints?.[letter]) pairs.push([`${letter}.fp`, fingerprints[letter]]);
  }
  if (Number.isInteger(at)) pairs.push(["at", at]);
  for (const [key, value] of Object.entries(words)) {
    if (value) pairs.push([key.replace("_", "-"), value === true ? "1" : value]);
  }
  return `#${pairs.map(([key, value]) => `${encode(key)}=${encode(String(value))}`).join("&")}`;
}

/** {key: text} -> "key=value&key=value" as fg_configure takes it. */
export function settingsText(settings) {
  return Object.entries(settings)
    .map(([key, value]) => `${encode(key)}=${encode(value)}`)
    .join("&");
}

/** "key=value&key=value" (a preset of the option table) -> {key: text}. */
export function parseSettings(text) {
  return Object.fromEntries(
    text
      .split("&")
      .filter((pair) => pair !== "")
      .map((pair) => decodePair(pair))
      .filter(([key]) => key !== undefined),
  );
}

function decodePair(pair) {
  const equals = pair.indexOf("=");
  if (equals <= 0) return [undefined, ""];
  try {
    return [decodeURIComponent(pair.slice(0, equals)), decodeURIComponent(pair.slice(equals + 1))];
  } catch {
    return [undefined, ""];
  }
}

/** Commas and colons stay readable: "layers=784,300,100,10". */
function encode(text) {
  return encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");
}
