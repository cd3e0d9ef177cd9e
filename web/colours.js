// colours.js: the page's colours as JavaScript needs them: the palette that style.css defines, and which theme is in
// force. The matrices and their key are coloured by the engine. Depends on nothing.

/** The palette now in force, read from the custom properties of style.css. */
export function palette() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    paper: read("--paper"),
    ink: read("--ink"),
    inkSoft: read("--ink-soft"),
    hairline: read("--hairline"),
    line: read("--line"),
    alert: read("--alert"),
    a: read("--a"),
    b: read("--b"),
    positive: read("--positive"),
    negative: read("--negative"),
    /** Times the usual width of lines that are drawn. */
    stroke: Number(read("--stroke")) || 1,
    /** Pixels of one rem, for texts that are drawn. */
    rem: parseFloat(style.fontSize),
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
