// colours.js: the page's colours as JavaScript needs them: the palette that style.css defines, and the
// diverging map of the matrices for their legend. The matrices themselves are coloured by the engine
// (src/heatmap.c); a test holds both maps together. Depends on nothing.

/** The palette now in force, read from the custom properties of style.css. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    paper: read("--paper"),
    ink: read("--ink"),
    inkSoft: read("--ink-soft"),
    hairline: read("--hairline"),
    a: read("--a"),
    b: read("--b"),
    dark: isDark(),
  };
}

/** True while the dark theme is in force: the page's own choice, else the system's. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The number by which the engine knows the theme. */
export function engineTheme() {
  return isDark() ? 1 : 0;
}

/** Stops of the diverging map, weight -scale to +scale, in both themes (R, G, B). */
const STOPS = {
  light: ["#001261", "#03407a", "#367fa9", "#94bed2", "#ebe5e0", "#dcac90", "#bf7850", "#8b3108", "#590008"],
  dark: ["#9bd4ff", "#5aa9e6", "#2b6ca3", "#1c3f5c", "#2a2724", "#5f3c28", "#a9602f", "#e08f4f", "#ffc999"],
};
const ZERO = { light: "#fcfbf8", dark: "#111317" };

/** CSS colour of a weight, `share` = weight / scale in [-1, 1]. */
export function colourOfWeight(share, dark) {
  const stops = STOPS[dark ? "dark" : "light"];
  const position = ((Math.min(1, Math.max(-1, share)) + 1) / 2) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(position));
  const part = position - index;
  const channel = (stop, k) => parseInt(stop.slice(1 + 2 * k, 3 + 2 * k), 16);
  const mixed = [0, 1, 2].map((k) =>
    Math.round(channel(stops[index], k) * (1 - part) + channel(stops[index + 1], k) * part),
  );
  return `rgb(${mixed.join(", ")})`;
}

/** CSS colour of an exact zero. */
export function zeroColour(dark) {
  return ZERO[dark ? "dark" : "light"];
}
