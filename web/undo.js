// undo.js: the settings that were in force before, latest last, for one button and one key. Pure. Depends on nothing.

/** More steps than this are forgotten, oldest first. */
const DEEPEST = 100;

export class Undo {
  #past = [];

  /** True when there is something to go back to. */
  get possible() {
    return this.#past.length > 0;
  }

  /** What take() would give, or null. */
  get latest() {
    return this.#past.at(-1) ?? null;
  }

  /** Remembers `settings`, which are about to be replaced by `next`; what changes nothing is not remembered. */
  remember(settings, next) {
    if (settings === null || sameSettings(settings, next)) return;
    this.#past.push(structuredClone(settings));
    if (this.#past.length > DEEPEST) this.#past.shift();
  }

  take() {
    return this.#past.pop() ?? null;
  }
}

/** [{part, key, before, after}] of two {shared, a, b}; undefined where a key is not set. */
export function differences(before, after) {
  return ["shared", "a", "b"].flatMap((part) => {
    const keys = new Set([...Object.keys(before[part]), ...Object.keys(after[part])]);
    return [...keys]
      .filter((key) => before[part][key] !== after[part][key])
      .map((key) => ({ part, key, before: before[part][key], after: after[part][key] }));
  });
}

export function sameSettings(one, other) {
  return differences(one, other).length === 0;
}
