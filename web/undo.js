// undo.js: the settings that were in force before and, after going back, those that came after, for Undo and Redo. Pure.
// Depends on nothing.

/** More steps than this are forgotten, oldest first. */
const DEEPEST = 100;

export class Undo {
  #past = [];
  #future = [];
  #present = null;
  #describe;

  /** `describe(before, after)` -> a change in words; "" says that it is none. */
  constructor(describe) {
    this.#describe = describe;
  }

  /** Takes `settings` as in force. What they replace can be gone back to; what had been undone is forgotten. */
  record(settings) {
    const before = this.#present;
    this.#present = structuredClone(settings);
    if (before === null || this.#describe(before, settings) === "") return;
    this.#past.push(before);
    if (this.#past.length > DEEPEST) this.#past.shift();
    this.#future.length = 0;
  }

  /** What undo() would go back to: {settings, text}; text: the change that is taken back. null: nothing. */
  get back() {
    const settings = this.#past.at(-1);
    return settings ? { settings, text: this.#describe(settings, this.#present) } : null;
  }

  /** What redo() would bring again, likewise. */
  get forth() {
    const settings = this.#future.at(-1);
    return settings ? { settings, text: this.#describe(this.#present, settings) } : null;
  }

  /** Goes one step back -> as `back` was. The caller puts its settings in force. */
  undo() {
    return this.#move(this.back, this.#past, this.#future);
  }

  redo() {
    return this.#move(this.forth, this.#future, this.#past);
  }

  #move(step, from, to) {
    if (!step) return null;
    to.push(this.#present);
    this.#present = from.pop();
    return { settings: structuredClone(step.settings), text: step.text };
  }
}
