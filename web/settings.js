// settings.js: which settings a pair of contenders has: presets, those of a link, and
// what follows from a change (another data set brings its own pair; another regularizer its own strengths).
// It also says what an option is where settings are silent, and what two settings differ in.
// Pure. Depends on link.js, options.js, format.js.
//
// Settings here are {shared, a, b}, each {key: text}, holding only what differs from the engine's defaults by
// intent; the engine resolves the rest, and its answer is what the controls show.
import { strength, title } from "./format.js";
import { CONTENDERS, parseSettings } from "./link.js";
import { choicesOf } from "./options.js";

/** The few keys that the page itself gives a place to; everything else about them comes from the table. */
export const KEYS = Object.freeze({
  data: "data",
  seed: "seed",
  regularizer: "regularizer",
  strength: "lambda",
  ownData: "data-dir",
  layers: "layers",
  batch: "batch",
});

/** The parts of settings: what both share, and each contender's own. */
export const PARTS = Object.freeze(["shared", ...CONTENDERS]);

/** An option's label where there is little room. */
export function strengthLabel(option) {
  return option.symbol ?? option.label ?? title(option.key);
}

/** An option's label, with the contender that it is of: "Strength λ of A". */
export function nameOfOption(option, part) {
  const label = option.label ?? title(option.key);
  return part === "shared" ? label : `${label} of ${part.toUpperCase()}`;
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

/** The settings that a link (as the engine reads it, src/link.h) opens with: {shared, a, b}. */
export function settingsOf({ shared, a, b }) {
  return { shared: { ...shared }, a: { ...a }, b: { ...b } };
}

/**
 * After another data set was chosen: its own pair where there is one; else the recipe and the contenders stay, if both
 * data sets are of one kind (their networks have the same widths), or are those of the first pair of its kind. Its own
 * network where widths differ. The seed stays.
 */
export function withData(settings, data, table) {
  const preset = presetFor(table, data);
  const next = presetSettings(preset ?? FALLBACK);
  if (!preset) {
    const kind = (name) => datasetOf(table, name)?.layers;
    const fallbackData = table.options.find(({ key }) => key === KEYS.data)?.default;
    const before = settings.shared[KEYS.ownData] === undefined ? (settings.shared[KEYS.data] ?? fallbackData) : "";
    const like = (table.presets ?? []).find((each) => kind(presetData(each)) === kind(data));
    const from = kind(before) === kind(data) ? settings : like ? presetSettings(like) : { ...settings, shared: {} };
    for (const part of PARTS) next[part] = { ...from[part] };
  }
  next.shared[KEYS.data] = data;
  return keepSeed(settings, next);
}

/**
 * On data of one's own, called `name`: {inputs, classes, width, train}. The first pair on pictures for pictures, else that of the opening
 * preset's data, on a network of this size, with batches that the data have enough samples for.
 */
export function withOwnData(settings, name, { inputs, classes, width, train }, table) {
  const isOfPictures = (each) => datasetOf(table, presetData(each))?.generated === false;
  const preset = width > 0 ? (table.presets ?? []).find(isOfPictures) : openingPreset(table);
  const next = presetSettings(preset ?? FALLBACK);
  delete next.shared[KEYS.data];
  const hidden = width > 0 ? "300,100" : "32,32";
  let batch = 128;
  while (batch > 8 && batch > train / 8) batch /= 2;
  Object.assign(next.shared, {
    [KEYS.ownData]: name,
    [KEYS.layers]: `${inputs},${hidden},${classes}`,
    [KEYS.batch]: String(Math.min(batch, train)),
  });
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

/** One changed key with all that it brings: another data set its pair, another regularizer its own strengths. */
export function withChange(settings, part, key, value, table) {
  if (key === KEYS.data) return withData(settings, value, table);
  if (key === KEYS.regularizer) return withRegularizer(settings, part, value);
  return withValue(settings, part, key, value);
}

/** One option as the engine has it when nobody says otherwise. */
export function withDefault(settings, part, option, table) {
  if (option.key === KEYS.data || option.key === KEYS.regularizer) {
    return withChange(settings, part, option.key, option.default, table);
  }
  const rest = { ...settings[part] };
  delete rest[option.key];
  return { ...settings, [part]: rest };
}

/** Everything at the engine's defaults, but for what says which run this is: data, seed and regularizers. */
export function withAllDefaults(settings) {
  const kept = (part, keys) => Object.fromEntries(Object.entries(part).filter(([key]) => keys.includes(key)));
  return {
    shared: kept(settings.shared, [KEYS.data, KEYS.ownData, KEYS.seed]),
    ...Object.fromEntries(CONTENDERS.map((letter) => [letter, kept(settings[letter], [KEYS.regularizer])])),
  };
}

/**
 * What an option is for a part of settings that does not mention it, as text; null where that is open until the data are read.
 */
export function defaultOf(option, settings, part, table) {
  if (typeof option.default_value === "number") return String(option.default_value);
  if (typeof option.default === "number" || option.type === "choice") return String(option.default);
  const dataKey = settings.shared[KEYS.data] ?? table.options.find(({ key }) => key === KEYS.data)?.default;
  const data = settings.shared[KEYS.ownData] === undefined ? datasetOf(table, dataKey) : undefined;
  const regularizer = part === "shared" ? undefined : regularizerOf(table, settings[part][KEYS.regularizer]);
  const value = data?.[option.key] ?? regularizer?.[option.key];
  return value === undefined || value === "" ? null : String(value);
}

/** An option as it stands in settings, said or not, as text; null as in defaultOf. */
export function valueOf(option, settings, part, table) {
  return settings[part][option.key] ?? defaultOf(option, settings, part, table);
}

export function isDefault(option, settings, part, table) {
  return sameValue(valueOf(option, settings, part, table), defaultOf(option, settings, part, table));
}

/** A value as people read it. */
export function valueText(option, text) {
  if (text === null) return option.default;
  if (option.type === "choice") {
    const { label } = choicesOf(option).find(({ value }) => value === text) ?? { label: text };
    return label === text ? dataLabel(text) : label;
  }
  return option.type === "real" && Number.isFinite(Number(text)) ? strength(Number(text)) : text;
}

/** What differs between two settings, said or not: [{part, option, before, after}] in the table's order. */
export function differences(before, after, table) {
  return table.options.flatMap((option) =>
    PARTS.filter((part) => (part === "shared") === (option.scope === "shared"))
      .map((part) => ({
        part,
        option,
        before: valueOf(option, before, part, table),
        after: valueOf(option, after, part, table),
      }))
      .filter((each) => !sameValue(each.before, each.after)),
  );
}

/** One difference in words: "Seed 1 → 2". */
export function differenceText({ part, option, before, after }) {
  return `${nameOfOption(option, part)} ${valueText(option, before)} → ${valueText(option, after)}`;
}

/** A change of settings in few words; "" where nothing differs. */
export function changeText(before, after, table) {
  const list = differences(before, after, table);
  if (list.length === 0) return "";
  if (list.length === 1) return differenceText(list[0]);
  const [from, to] = [before, after].map((each) => presetNameOf(each, table));
  if (from !== to && to !== "") {
    const labelOf = (name) => table.presets.find((preset) => preset.name === name)?.label ?? "your own";
    return `Preset ${labelOf(from)} → ${labelOf(to)}`;
  }
  return `${differenceText(list[0])} and ${list.length - 1} more`;
}

/** The name of the preset that these settings are (apart from the seed), said or not, or "". */
export function presetNameOf(settings, table) {
  const isSame = (preset) =>
    differences(presetSettings(preset), settings, table).every(({ option }) => option.key === KEYS.seed);
  return (table.presets ?? []).find(isSame)?.name ?? "";
}

function sameValue(left, right) {
  if (left === right) return true;
  if (left === undefined || right === undefined || left === null || right === null) return false;
  return left !== "" && right !== "" && Number(left) === Number(right);
}

/** The text that one engine is configured with: the shared settings and the contender's own. */
export function engineSettings(settings, letter) {
  return { ...settings.shared, ...settings[letter] };
}
