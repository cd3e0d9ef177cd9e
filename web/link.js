// link.js: the hash of the address <-> settings. "#v=1&data=moons&seed=3&a.lambda=1e-3": readable key=value
// pairs, percent- encoded; a.KEY and b.KEY for one contender, a contender's KEY without prefix for both. Pure;
// every key comes from the engine's option table. It decides nothing about what a missing key means
// (settings.js). Depends on options.js.
import { byKey, check } from "./options.js";

/** The version of the link's format. */
export const LINK_VERSION = 1;
/** A longer hash is not read at all. */
const LONGEST = 20_000;
export const CONTENDERS = Object.freeze(["a", "b"]);

/**
 * hash -> {shared: {key: text}, a: {...}, b: {...}, problems: [text]}. What cannot be used is left out and
 * listed; a value out of range is replaced by the nearest good one and listed.
 */
export function parseLink(hash, table) {
  const link = { shared: {}, a: {}, b: {}, problems: [] };
  const text = hash.replace(/^#/, "");
  if (text === "") return link;
  if (text.length > LONGEST) {
    link.problems.push(`The link is ${text.length} characters long and was not read.`);
    return link;
  }
  const options = byKey(table);
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [name, value] = decodePair(pair);
    if (name === undefined) {
      link.problems.push(`“${shorten(pair)}” is not readable and was left out.`);
      continue;
    }
    if (name === "v") {
      if (value !== String(LINK_VERSION)) {
        link.problems.push(
          `The link is of version ${shorten(value)}; this page reads version ${LINK_VERSION}, and used what it knows.`,
        );
      }
      continue;
    }
    const contender = CONTENDERS.find((letter) => name.startsWith(`${letter}.`));
    const key = contender ? name.slice(contender.length + 1) : name;
    const option = options.get(key);
    if (!option || option.link === false || (contender && option.scope !== "contender")) {
      link.problems.push(`“${shorten(name)}” is not a setting of this page and was left out.`);
      continue;
    }
    const result = check(option, value);
    if (result.problem) {
      const kept = result.value === undefined ? " It was left out." : "";
      link.problems.push(`${contender ? `${contender.toUpperCase()}: ` : ""}${result.problem}${kept}`);
    }
    if (result.value === undefined) continue;
    if (contender) link[contender][key] = result.value;
    else if (option.scope === "contender") for (const letter of CONTENDERS) link[letter][key] ??= result.value;
    else link.shared[key] = result.value;
  }
  return link;
}

/** {shared, a, b} -> "#v=1&...", in the order of the option table; contenders' keys after the shared ones. */
export function formatLink({ shared, a, b }, table) {
  const pairs = [`v=${LINK_VERSION}`];
  const keys = table.options.filter(({ link }) => link !== false).map(({ key }) => key);
  const add = (settings, prefix) => {
    for (const key of keys) {
      if (settings[key] !== undefined) pairs.push(`${prefix}${encode(key)}=${encode(settings[key])}`);
    }
  };
  add(shared, "");
  add(a, "a.");
  add(b, "b.");
  return `#${pairs.join("&")}`;
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

/** Commas stay readable: "layers=784,300,100,10". */
function encode(text) {
  return encodeURIComponent(text).replaceAll("%2C", ",");
}

function shorten(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
