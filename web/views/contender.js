// contender.js: one contender's column: its regularizer and strengths (generated from the option table), its
// numbers and its matrices. It draws frames and reports what people set; it knows no engine. Depends on
// format.js, options.js, controls.js, matrices.js.
import { count, percentage, share } from "../format.js";
import { whyIgnored } from "../options.js";
import { fillSelect, strengthRow } from "./controls.js";
import { Matrices } from "./matrices.js";

export class Contender {
  #letter;
  #root;
  #outputs = {};
  #rows = [];
  #regularizers = new Map();
  #label = "";

  /**
   * `root`: its section, `template`: what goes into it. onRegularizer(name), onStrength(key, text, final:
   * bool), onProblem(text); onCell, onVisible: matrices.js.
   */
  constructor(letter, root, template, { onRegularizer, onStrength, onProblem, onCell, onVisible }) {
    this.#letter = letter;
    this.#root = root;
    this.onRegularizer = onRegularizer;
    this.onStrength = onStrength;
    this.onProblem = onProblem;
    root.append(template.content.cloneNode(true));
    root.querySelector(".badge").textContent = letter.toUpperCase();
    for (const output of root.querySelectorAll("output[data-metric]")) {
      this.#outputs[output.dataset.metric] = output;
    }
    const select = this.#select();
    select.setAttribute("aria-label", `Regularizer of ${letter.toUpperCase()}`);
    select.addEventListener("change", () => this.onRegularizer(select.value));
    this.matrices = new Matrices(root.querySelector(".matrices"), letter, { onCell, onVisible });
  }

  /** The label of the regularizer in force. */
  get label() {
    return this.#label;
  }

  /** Builds the controls: `regularizers` of the table, `strengths`: the options that can change in mid-run. */
  setTable({ regularizers, strengths, labelOf }) {
    this.#regularizers = new Map(regularizers.map((entry) => [entry.name, entry]));
    fillSelect(
      this.#select(),
      regularizers.map(({ name, label, help }) => ({ value: name, label: label ?? name, help })),
    );
    this.#rows = strengths.map((option) => {
      const label = labelOf(option);
      const row = strengthRow(option, {
        label,
        name: `${label} of ${this.#letter.toUpperCase()}`,
        onInput: (text) => this.onStrength(option.key, text, false),
        onChange: (text) => this.onStrength(option.key, text, true),
        onProblem: (text) => this.onProblem(text),
      });
      return { option, label, row };
    });
    this.#root.querySelector(".strengths").replaceChildren(...this.#rows.map(({ row }) => row.element));
  }

  /** Shows settings: as the engine resolved them, or as far as they are known before. `regularizer`: its name. */
  showSettings(settings, regularizer) {
    const entry = this.#regularizers.get(regularizer);
    this.#label = entry?.label ?? regularizer;
    const select = this.#select();
    select.value = regularizer;
    select.title = `${entry?.help ?? regularizer}; a change restarts the run`;
    for (const { option, label, row } of this.#rows) {
      const value = Number(settings[option.key] ?? entry?.[option.key] ?? option.default);
      if (Number.isFinite(value)) row.set(value);
      row.ignore(whyIgnored({ regularizers: [...this.#regularizers.values()] }, entry, option));
      // "+ L1" beside another penalty is a part of it.
      const added = /^\+ (.*)$/.exec(label)?.[1];
      if (added && added !== entry?.label && value > 0) this.#label += ` ${label}`;
    }
    this.#root.querySelector("h2").textContent = `${this.#letter.toUpperCase()}: ${this.#label}`;
  }

  /** Draws a frame: {metrics, heatmaps, fingerprint}. */
  render(frame) {
    const { metrics } = frame;
    // What diverged has no result: its numbers are of weights that are none.
    const diverged = metrics.state === "diverged";
    const fingerprint = diverged ? "" : frame.fingerprint;
    this.#put("nonzeros", count(metrics.nonzeros), metrics.nonzeros);
    this.#number("test-accuracy", diverged ? null : metrics.test_accuracy, percentage);
    this.#put("epoch", count(metrics.epoch), metrics.epoch);
    this.#put("step", count(metrics.step), metrics.step);
    this.#number("loss", metrics.loss, (loss) => loss.toFixed(4));
    if (fingerprint || diverged) this.#put("fingerprint", fingerprint || "–", fingerprint);
    this.#text("share", share(metrics.nonzeros, metrics.weights));
    this.#text("weights", count(metrics.weights));
    this.matrices.render(frame);
  }

  /** How it stands to the other: {weights, accuracy}, texts. */
  compare({ weights, accuracy }) {
    this.#text("versus-weights", weights);
    this.#text("versus-accuracy", accuracy);
  }

  /** The texts for screen readers. */
  describe() {
    this.matrices.describe();
  }

  /** No numbers: there is no run that they would be of. */
  blank() {
    for (const metric of Object.keys(this.#outputs)) this.#put(metric, "–", "");
    for (const name of ["share", "weights"]) this.#text(name, "–");
    this.compare({ weights: "", accuracy: "" });
  }

  /**
   * Marks a run that is not what it seems (diverged, changed on its way), or clears the mark with "". `aside`: the same in
   * short, beside the fingerprint.
   */
  mark(text, aside = "") {
    for (const [selector, words] of [
      [".mark", text],
      [".fact-note", aside],
    ]) {
      const element = this.#root.querySelector(selector);
      element.textContent = words;
      element.hidden = words === "";
    }
  }

  #select() {
    return this.#root.querySelector("select[data-control=regularizer]");
  }

  /** A number that may not be there yet, or no number any more. */
  #number(metric, value, format) {
    if (typeof value === "number") this.#put(metric, format(value), value);
    else this.#put(metric, "–", "");
  }

  #put(metric, text, value) {
    const output = this.#outputs[metric];
    if (!output) return;
    const plain = String(value);
    if (output.dataset.value === plain) return;
    output.dataset.value = plain;
    output.firstChild.data = text;
  }

  #text(name, text) {
    const element = this.#root.querySelector(`[data-text="${name}"]`);
    if (element.textContent !== text) element.textContent = text;
  }
}
