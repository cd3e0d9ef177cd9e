// options.js: the engine's option table as the page needs it: look-ups, groups, ranges in words, checks of typed values,
// and the way between a value and the position of its slider. Pure; knows no key by name. Depends on format.js.
import { strength } from "./format.js";

/** Positions of a slider: 0 .. SLIDER_STEPS. */
export const SLIDER_STEPS = 1000;
/** What a logarithmic slider covers; smaller and larger values are typed. */
const LOGARITHMIC_BOTTOM = 1e-7;
const LOGARITHMIC_TOP = 0.1;
/** The numbers that the engine reads: plain decimal notation. */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const LONGEST_NUMBER = 60;

/** Map key -> option. */
export function byKey(table) {
  return new Map(table.options.map((option) => [option.key, option]));
}

/** The strengths that one contender may change in mid-run, which get a slider. */
export function strengthsOf(table) {
  return table.options.filter(
    (option) => option.scope === "contender" && option.type === "real" && option.scale === "log" && !option.restart,
  );
}

/** The choices of an option as [{value, label, help}], whatever form the table gives them. */
export function choicesOf(option) {
  return (option.choices ?? []).map((choice, index) =>
    typeof choice === "string"
      ? { value: choice, label: option.choice_labels?.[index] ?? choice, help: "" }
      : { value: choice.name, label: choice.label ?? choice.name, help: choice.help ?? "" },
  );
}

/**
 * What the page shows of the table, under its headings: [{name, label, help, plain: [option], advanced: [option]}].
 * Options that mean something on one machine only, such as paths, are not the page's.
 */
export function groupsOf(table) {
  return (table.groups ?? []).map((group) => {
    const own = table.options.filter((option) => option.group === group.name && option.link !== false);
    return {
      ...group,
      plain: own.filter(({ advanced }) => !advanced),
      advanced: own.filter(({ advanced }) => advanced),
    };
  });
}

/** What an option takes, in words: "1 to 8192 samples", "whole numbers with commas", "". */
export function rangeText(option) {
  const unit = option.unit ? ` ${option.unit}` : "";
  if (option.type === "integer") return `${option.min} to ${option.max}${unit}`;
  if (option.type === "real") return `${strength(option.min)} to ${strength(option.max)}${unit}`;
  if (option.type === "layers") return "whole numbers with commas";
  return "";
}

/**
 * Checks a typed value. -> {value: text for the engine} or {value, problem}: then `value` is the nearest good
 * one, or undefined. Texts and layers are the engine's to judge.
 */
export function check(option, text) {
  const words = String(text).trim();
  if (option.type === "choice") {
    const names = choicesOf(option).map((choice) => choice.value);
    if (names.includes(words)) return { value: words };
    return { problem: `${option.key} is one of ${names.join(", ")}; not “${cut(words)}”.` };
  }
  if (option.type === "integer" || option.type === "real") {
    const number = NUMBER.test(words) && words.length <= LONGEST_NUMBER ? Number(words) : NaN;
    if (!Number.isFinite(number) || (option.type === "integer" && !Number.isInteger(number))) {
      const kind = option.type === "integer" ? "a whole number" : "a number";
      return { problem: `${option.key} is ${kind}; not “${cut(words)}”.` };
    }
    const nearest = Math.min(Math.max(number, option.min ?? -Infinity), option.max ?? Infinity);
    if (nearest !== number) {
      return {
        value: String(nearest),
        problem: `${option.key} lies between ${option.min} and ${option.max}; ${words} became ${nearest}.`,
      };
    }
    return { value: words };
  }
  return { value: words };
}

function cut(words) {
  return words.length > 40 ? `${words.slice(0, 40)}…` : words;
}

function logarithmicRange(option) {
  const top = Math.min(option.max, LOGARITHMIC_TOP);
  const bottom = Math.max(option.min, LOGARITHMIC_BOTTOM);
  return { bottom, decades: Math.log10(top / bottom) };
}

/** Value -> slider position. On a logarithmic slider position 0 is the smallest value, which may be 0 itself. */
export function positionOf(option, value) {
  if (option.scale !== "log") {
    return Math.round(((value - option.min) / (option.max - option.min)) * SLIDER_STEPS);
  }
  const { bottom, decades } = logarithmicRange(option);
  if (value < bottom) return 0;
  const position = (Math.log10(value / bottom) / decades) * SLIDER_STEPS;
  return Math.min(SLIDER_STEPS, Math.max(1, Math.round(position)));
}

/** Slider position -> value, rounded to two significant digits. */
export function valueAt(option, position) {
  if (option.scale !== "log") {
    const value = option.min + (position / SLIDER_STEPS) * (option.max - option.min);
    return option.type === "integer" ? Math.round(value) : Number(value.toPrecision(4));
  }
  if (position <= 0) return option.min;
  const { bottom, decades } = logarithmicRange(option);
  return Number((bottom * 10 ** ((position / SLIDER_STEPS) * decades)).toPrecision(2));
}

/** Positions between two stops of a slider's keys: a fifth of a decade, or a twentieth of a linear one. */
function stride(option) {
  return SLIDER_STEPS / (option.scale === "log" ? 5 * logarithmicRange(option).decades : 20);
}

/** Where a slider goes from `position` by `stops` of its keys (below 0: down), from stop to stop. */
export function stopFrom(option, position, stops) {
  const each = stride(option);
  // Stops lie at whole positions: half of one is within rounding.
  const slack = 0.6 / each;
  const at = position / each;
  const next = (stops > 0 ? Math.floor(at + slack) : Math.ceil(at - slack)) + stops;
  return Math.min(SLIDER_STEPS, Math.max(0, Math.round(next * each)));
}

/** A value with its meaning, for who hears it: "1e-4, strength of the penalty"; "0, off" where 0 is none of it. */
export function spokenValue(option, value) {
  if (value === 0 && option.scale === "log") return "0, off";
  return `${strength(value)}, ${option.help}`;
}

/** Why an option changes nothing under a regularizer of the table, in words, or "" where it does. */
export function whyIgnored(table, regularizer, option) {
  const isParameter = table.regularizers.some(({ uses = [] }) => uses.includes(option.key));
  if (!isParameter || !regularizer || regularizer.uses?.includes(option.key)) return "";
  return `${regularizer.label} does not use it`;
}
