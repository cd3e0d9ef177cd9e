// undo-buttons.js: the buttons and keys of Undo and Redo, which say what they would do, and the line that says what was done.
// Depends on nothing.

/** Milliseconds that the line stays; the button's title goes on saying it. */
const STAY = 8000;

export class UndoButtons {
  #buttons;
  #line;
  #timer = 0;

  /** `buttons`: {undo: [element], redo: [element]}; `line`: the visible status. onUndo(), onRedo(). */
  constructor(buttons, line, { onUndo, onRedo }) {
    this.#buttons = buttons;
    this.#line = line;
    for (const button of buttons.undo) button.addEventListener("click", onUndo);
    for (const button of buttons.redo) button.addEventListener("click", onRedo);
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
      // A field that is typed in has an undo of its own.
      if (event.target.closest?.('input:not([type="range"]), textarea, [contenteditable]')) return;
      event.preventDefault();
      if (event.shiftKey) onRedo();
      else onUndo();
    });
  }

  /** `undo`, `redo`: {text, restarts} of what would be done, or null. */
  show({ undo, redo }) {
    const say = (buttons, word, step, keys) => {
      const words = step
        ? `${word}: ${step.text}${step.restarts ? " (restarts the run)" : ""}`
        : `Nothing to ${word.toLowerCase()}`;
      for (const button of buttons) {
        // Not `disabled`: the focus would be lost with the last step.
        button.setAttribute("aria-disabled", String(step === null));
        button.title = `${words} · ${keys}`;
        button.setAttribute("aria-label", words);
      }
    };
    say(this.#buttons.undo, "Undo", undo, "Ctrl+Z");
    say(this.#buttons.redo, "Redo", redo, "Ctrl+Shift+Z");
  }

  /** Says in the page what was done. */
  say(text) {
    this.#line.textContent = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#line.textContent = ""), STAY);
  }
}
