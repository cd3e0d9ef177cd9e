// setting-field.js: the control of one option for one part of the settings, made from its row of the option table: a select
// for a choice, a text field for anything else, with a slider where the scale is logarithmic, a button back to the default,
// and a line for what is wrong. It judges nothing. Depends on options.js, settings.js, format.js.
import { sentence, strength } from "../format.js";
import { choicesOf, positionOf, SLIDER_STEPS, spokenValue, valueAt } from "../options.js";
import { nameOfOption, valueText } from "../settings.js";
import { bindSliderKeys, fillSelect } from "./controls.js";

const RESET =
  '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3 3v3.6h3.6M3.3 6.4A5.2 5.2 0 1 1 2.9 9.4" /></svg>';

/** A new element with a class and a text. */
export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

export class SettingField {
  #control;
  #slider = null;
  #reset;
  #problem;
  #note;
  /** What the control showed last: the text that it goes on from. */
  #shown = "";
  /** True from the first key to the commit: nothing is taken from under the fingers of who types. */
  #typing = false;
  /** True while what was typed is judged: it stays until then. */
  #judging = false;

  /**
   * `help`: the id of the words on the option. Callbacks: onInput(text) while a slider moves, onChange(text) when a value was
   * chosen, onReset().
   */
  constructor(option, part, { help, onInput, onChange, onReset }) {
    this.option = option;
    this.part = part;
    this.onInput = onInput;
    this.onChange = onChange;
    this.onReset = onReset;
    this.id = `setting-${part}-${option.key}`;
    this.name = nameOfOption(option, part);
    this.element = element("div", "setting-field");
    this.element.dataset.part = part;
    this.element.dataset.option = option.key;
    if (part !== "shared") {
      const badge = element("span", "setting-badge", part.toUpperCase());
      badge.setAttribute("aria-hidden", "true");
      this.element.append(badge);
    }
    if (option.scale === "log") this.element.append(this.#makeSlider());
    this.#control = option.type === "choice" ? this.#makeSelect() : this.#makeInput();
    this.#control.id = this.id;
    this.#control.title = sentence(option.help);
    if (part !== "shared") this.#control.setAttribute("aria-label", this.name);
    this.#control.setAttribute("aria-describedby", `${help} ${this.id}-problem`);
    this.element.append(this.#control);
    this.#reset = element("button", "setting-reset");
    this.#reset.type = "button";
    this.#reset.innerHTML = RESET;
    this.#reset.addEventListener("click", () => {
      this.#typing = false;
      this.#control.focus();
      this.onReset();
    });
    this.#problem = element("p", "setting-problem");
    this.#problem.id = `${this.id}-problem`;
    this.#problem.setAttribute("role", "alert");
    this.#note = element("p", "setting-note");
    this.#note.hidden = true;
    this.element.append(this.#reset, this.#problem, this.#note);
  }

  /** What stands in the control now. */
  get text() {
    return this.#control.value.trim();
  }

  /** True when the last value was refused. */
  get refused() {
    return this.#problem.textContent !== "";
  }

  /**
   * Shows a value (text, or null: open) with its default; `waiting`: it holds only after a restart; `ignored`: why it changes
   * nothing, or "".
   */
  set(value, { fallback, changed, waiting, ignored = "" }) {
    const { option } = this;
    this.element.toggleAttribute("data-changed", changed);
    this.element.toggleAttribute("data-waiting", waiting);
    this.#control.disabled = ignored !== "";
    if (this.#slider) this.#slider.disabled = ignored !== "";
    this.element.toggleAttribute("data-ignored", ignored !== "");
    this.#note.hidden = ignored === "";
    this.#note.textContent = ignored;
    const words = valueText(option, fallback);
    this.#reset.hidden = !changed;
    this.#reset.title = `Back to the default, ${words}`;
    this.#reset.setAttribute("aria-label", `${this.name}: back to the default, ${words}`);
    if (this.#typing || this.#judging || this.refused) return;
    this.#shown = value === null ? "" : option.type === "choice" ? value : valueText(option, value);
    this.#control.value = this.#shown;
    if (option.type !== "choice") this.#control.placeholder = value === null ? option.default : "";
    if (this.#slider && value !== null) this.#showSlider(Number(value));
  }

  /** Says what is wrong with the value that stands in the control, or "" that nothing is. */
  say(problem) {
    this.#judging = false;
    this.#problem.textContent = problem;
    this.element.toggleAttribute("data-refused", problem !== "");
    if (problem) this.#control.setAttribute("aria-invalid", "true");
    else this.#control.removeAttribute("aria-invalid");
  }

  #makeSelect() {
    const select = element("select");
    fillSelect(
      select,
      choicesOf(this.option).map((choice) => ({ ...choice, label: valueText(this.option, choice.value) })),
    );
    select.addEventListener("change", () => this.onChange(select.value));
    return select;
  }

  #makeInput() {
    const input = element("input");
    input.type = "text";
    input.autocomplete = "off";
    input.spellcheck = false;
    if (this.option.type === "integer") input.inputMode = "numeric";
    if (this.option.type === "real") input.inputMode = "decimal";
    input.addEventListener("input", () => (this.#typing = true));
    input.addEventListener("change", () => {
      this.#typing = false;
      this.#commit();
    });
    input.addEventListener("blur", () => (this.#typing = false));
    return input;
  }

  #commit() {
    if (this.text === this.#shown) {
      this.say("");
      this.#control.value = this.#shown;
    } else {
      this.#judging = true;
      this.onChange(this.text);
    }
  }

  #makeSlider() {
    const slider = element("input");
    slider.type = "range";
    slider.min = "0";
    slider.max = String(SLIDER_STEPS);
    slider.step = "1";
    slider.title = sentence(this.option.help);
    slider.setAttribute("aria-label", `${this.name}, slider`);
    bindSliderKeys(slider, this.option);
    let slid = "";
    const follow = () => {
      const value = valueAt(this.option, Number(slider.value));
      slid = String(value);
      this.say("");
      this.#typing = false;
      this.#control.value = strength(value);
      this.#sliderText(value);
    };
    slider.addEventListener("input", () => {
      follow();
      this.onInput(slid);
    });
    slider.addEventListener("change", () => {
      follow();
      this.onChange(slid);
    });
    this.#slider = slider;
    return slider;
  }

  #showSlider(value) {
    if (document.activeElement === this.#slider && valueAt(this.option, Number(this.#slider.value)) === value) return;
    this.#slider.value = String(positionOf(this.option, value));
    this.#sliderText(value);
  }

  #sliderText(value) {
    this.#slider.setAttribute("aria-valuetext", spokenValue(this.option, value));
    this.#slider.style.setProperty("--filled", String(Number(this.#slider.value) / SLIDER_STEPS));
  }
}
