// settings.js: which settings a pair of contenders has: the opening pair, presets, a link laid over them, and
// what follows from a change (another data set brings its own pair; another regularizer its own strengths).
// Pure. Depends on link.js, format.js.
//
// Settings here are {shared, a, b}, each {key: text}, holding only what differs from the engine's defaults by
// intent; the engine resolves the rest, and its answer is what the controls show.
import { title } from "./format.js";
import { CONTENDERS, parseLink, parseSettings } from "./link.js";

/** The few keys that the page itself gives a place to; everything else about them comes from the table. */
export const KEYS = Object.freeze({
  data: "data",
  seed: "seed",
  regularizer: "regularizer",
  strength: "lambda",
});

/** Shorter labels for the strengths; any other option is called by its key. */
const STRENGTH_LABELS = Object.freeze({ lambda: "λ", l1: "+ L1" });

export function strengthLabel(option) {
  return STRENGTH_LABELS[option.key] ?? title(option.key);
}

/** A data set's name as people write it. */
export function dataLabel(name) {
  return title(name).replace(/mnist/i, "MNIST").replace(/^xor$/i, "XOR");
}

/** Used when the table has no presets. */
const FALLBACK = Object.freeze({
  name: "",
  label: "",
  shared: "data=moons",
  a: "regularizer=l1",
  b: "regularizer=arrangement",
});

export function datasetOf(table, name) {
  return table.datasets.find((dataset) => dataset.name === name);
}

export function regularizerOf(table, name) {
  return table.regularizers.find((regularizer) => regularizer.name === name);
}

function presetData(preset) {
  return parseSettings(preset.shared)[KEYS.data];
}

/** The preset that the page opens with: the first on generated data, which needs no download. */
export function openingPreset(table) {
  const presets = table.presets ?? [];
  return presets.find((preset) => datasetOf(table, presetData(preset))?.generated) ?? presets[0] ?? FALLBACK;
}

/** The first preset on a data set, or null. */
export function presetFor(table, data) {
  return (table.presets ?? []).find((preset) => presetData(preset) === data) ?? null;
}

/** Preset -> {shared, a, b}. */
export function presetSettings(preset) {
  return {
    shared: parseSettings(preset.shared),
    a: parseSettings(preset.a),
    b: parseSettings(preset.b),
  };
}

/**
 * The settings to open with, for a hash. An empty one opens the opening preset. Otherwise the link's shared
 * settings stand alone (missing = the engine's defaults); a contender that the link mentions is as the link
 * says (only its regularizer falls back on the pair's), and one that it doesn't mention is that of the pair for
 * this data set. -> {settings, problems}
 */
export function settingsOf(hash, table) {
  const { problems, ...link } = parseLink(hash, table);
  const opening = presetSettings(openingPreset(table));
  if ([link.shared, link.a, link.b].every((part) => Object.keys(part).length === 0)) {
    return { settings: opening, problems };
  }
  const fallbackData = table.options.find((option) => option.key === KEYS.data)?.default;
  const data = link.shared[KEYS.data] ?? fallbackData;
  const base = presetSettings(presetFor(table, data) ?? openingPreset(table));
  const settings = { shared: { ...link.shared, [KEYS.data]: data } };
  for (const letter of CONTENDERS) {
    const mentioned = Object.keys(link[letter]).length > 0;
    settings[letter] = mentioned
      ? { [KEYS.regularizer]: base[letter][KEYS.regularizer], ...link[letter] }
      : base[letter];
  }
  return { settings, problems };
}

/**
 * After another data set was chosen: its own pair where there is one; else the same contenders on its own
 * network. The seed stays.
 */
export function withData(settings, data, table) {
  const preset = presetFor(table, data);
  const next = preset ? presetSettings(preset) : { shared: {}, a: { ...settings.a }, b: { ...settings.b } };
  next.shared[KEYS.data] = data;
  return keepSeed(settings, next);
}

export function withPreset(settings, preset) {
  return keepSeed(settings, presetSettings(preset));
}

function keepSeed(settings, next) {
  if (settings.shared[KEYS.seed] !== undefined) next.shared[KEYS.seed] = settings.shared[KEYS.seed];
  return next;
}

/** After another regularizer was chosen for a contender: only that, so that its own default strengths hold. */
export function withRegularizer(settings, letter, name) {
  return { ...settings, [letter]: { [KEYS.regularizer]: name } };
}

/** One changed key. `part`: "shared", "a" or "b". */
export function withValue(settings, part, key, value) {
  return { ...settings, [part]: { ...settings[part], [key]: value } };
}

/** The name of the preset that these settings are (apart from the seed), or "". */
export function presetNameOf(settings, table) {
  const same = (left, right) => {
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    keys.delete(KEYS.seed);
    return [...keys].every((key) => sameValue(left[key], right[key]));
  };
  const preset = (table.presets ?? []).find((candidate) => {
    const own = presetSettings(candidate);
    return same(own.shared, settings.shared) && CONTENDERS.every((letter) => same(own[letter], settings[letter]));
  });
  return preset?.name ?? "";
}

function sameValue(left, right) {
  if (left === right) return true;
  if (left === undefined || right === undefined) return false;
  return left !== "" && right !== "" && Number(left) === Number(right);
}

/** The text that one engine is configured with: the shared settings and the contender's own. */
export function engineSettings(settings, letter) {
  return { ...settings.shared, ...settings[letter] };
}
