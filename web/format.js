// format.js: numbers to the texts that people read. Pure; English notation whatever the reader's locale, so
// that a number on the page reads as it does in the terminal. Depends on nothing.

/** 34530 -> "34,530". */
export function count(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 98.1234 -> "98.12". */
export function percentage(value, digits = 2) {
  return value.toFixed(digits);
}

/** Share of a whole as a percentage, finer where it is small: 12.3 %, 1.23 %, 0.123 %; "0 %" only for an exact 0. */
export function share(part, whole) {
  if (!(whole > 0)) return "–";
  if (part === 0) return "0 %";
  const value = (100 * part) / whole;
  if (part === whole) return "100 %";
  // 99.96 must not read "100.0".
  if (value >= 10) return `${Math.min(value, 99.9).toFixed(1)} %`;
  if (value >= 0.01) return `${value.toPrecision(value >= 1 ? 3 : 2)} %`;
  return "< 0.01 %";
}

/** Strengths and rates: 0, 0.5, 3.5e-5: at most six significant digits, exponents below 1e-3. */
export function strength(value) {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  const short = Number(value.toPrecision(6));
  if (magnitude >= 1e-3 && magnitude < 1e6) return String(short);
  return short.toExponential().replace("e+", "e");
}

/** 7.63 -> "7.6", 12.4 -> "12", for "N times fewer". */
export function ratio(value) {
  return value < 9.95 ? value.toFixed(1) : count(value);
}

/** 9912422 -> "9.9 MB". */
export function bytes(value) {
  if (value < 1000) return `${value} B`;
  if (value < 999_500) return `${Math.round(value / 1000)} kB`;
  return `${(value / 1e6).toFixed(1)} MB`;
}

/** A file or option key as words: "label-smoothing" -> "Label smoothing". */
export function title(key) {
  const words = String(key).replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The engine's short help as a sentence: "seed of all" -> "Seed of all." */
export function sentence(words) {
  if (words === "") return "";
  return words.charAt(0).toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}

/** Seconds as people say them: "8 s", "2 min 05 s", "1 h 04 min". */
export function duration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  const two = (value) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${count(Math.floor(whole / 3600))} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
