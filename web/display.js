// display.js: how the page is shown, apart from any run: its theme and projector mode. Kept on the root element, where the
// styles read it, and for the tab, so that a reload keeps it. Depends on nothing.

const STORE = "filigree-display";
export const THEMES = Object.freeze(["light", "dark"]);

export class Display {
  #root;
  #store;

  /** `root`: the html element; `store`: a Storage, or none; onChange() after each change. */
  constructor(root, { onChange, store = tabStore() }) {
    this.#root = root;
    this.#store = store;
    this.onChange = onChange;
    let kept = {};
    try {
      kept = JSON.parse(store?.getItem(STORE) ?? "{}") ?? {};
    } catch {
      // What is kept is of somebody else: nothing is.
    }
    if (THEMES.includes(kept.theme)) root.dataset.theme = kept.theme;
    if (kept.projector === true) root.dataset.projector = "";
  }

  /** "light", "dark", or "" for the system's. */
  get theme() {
    return this.#root.dataset.theme ?? "";
  }
  set theme(theme) {
    if (theme === this.theme || !(theme === "" || THEMES.includes(theme))) return;
    if (theme === "") delete this.#root.dataset.theme;
    else this.#root.dataset.theme = theme;
    this.#changed();
  }

  /** True while type is large and lines are strong. */
  get projector() {
    return this.#root.dataset.projector !== undefined;
  }
  set projector(on) {
    if (Boolean(on) === this.projector) return;
    if (on) this.#root.dataset.projector = "";
    else delete this.#root.dataset.projector;
    this.#changed();
  }

  #changed() {
    try {
      this.#store?.setItem(STORE, JSON.stringify({ theme: this.theme, projector: this.projector }));
    } catch {
      // A full or forbidden store: the page is as it is, only a reload forgets it.
    }
    this.onChange();
  }
}

/** The tab's own storage, where the page may have one. */
function tabStore() {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
