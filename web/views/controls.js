// controls.js: form controls generated from the engine's option table: a select for a choice, a number field
// for a number, with a slider where wanted. Labels, ranges and help texts are the table's. Depends on
// options.js, format.js.
import { check, choicesOf, positionOf, SLIDER_STEPS, spokenValue, stopFrom, valueAt } from "../options.js";
import { sentence, strength } from "../format.js";

/** Fills a select with [{value, label, help}]; keeps the chosen one where it still exists. */
export function fillSelect(select, choices) {
  const chosen = select.value;
  select.replaceChildren(
    ...choices.map(({ value, label, help }) => {
      const option = new Option(label, value);
      if (help) option.title = help;
      return option;
    }),
  );
  if (choices.some(({ value }) => value === chosen)) select.value = chosen;
}

/** What a change costs, said before it is made. */
export function costOf(option) {
  return option.restart ? "; a change restarts the run" : "; a change holds at once";
}

/** A select on an option's choices; `labelOf(choice)` may give better words. onChange(value). */
export function bindChoice(select, option, { labelOf = ({ label }) => label, onChange }) {
  fillSelect(
    select,
    choicesOf(option).map((choice) => ({ ...choice, label: labelOf(choice) })),
  );
  select.title = option.help + costOf(option);
  select.addEventListener("change", () => onChange(select.value));
  return {
    set(value) {
      select.value = value;
    },
  };
}

/**
 * A number field on an option. onChange(text) only gets values within the range; `onProblem(text)` says what
 * was wrong.
 */
export function bindNumber(input, option, { onChange, onProblem = () => {} }) {
  let last = "";
  /** From the first key to the commit: only then is a text kept that is not the value in force. */
  let typing = false;
  input.inputMode = option.type === "integer" ? "numeric" : "decimal";
  input.title = `${sentence(option.help).replace(/\.$/, "")} (${strength(option.min)} to ${strength(option.max)})${costOf(option)}`;
  const commit = () => {
    typing = false;
    if (input.value.trim() === last) return;
    const { value, problem } = check(option, input.value);
    input.toggleAttribute("aria-invalid", false);
    if (value === undefined) {
      input.value = last;
      onProblem(problem);
      return;
    }
    last = strengthOrText(option, value);
    input.value = last;
    onChange(value);
    // Said last: a new run clears what was said of the one before.
    if (problem) onProblem(problem);
  };
  input.addEventListener("input", () => (typing = true));
  input.addEventListener("blur", () => (typing = false));
  input.addEventListener("change", commit);
  return {
    set(value) {
      last = strengthOrText(option, String(value));
      // Nothing is taken from under the fingers of who types.
      if (!typing) input.value = last;
    },
    accept(value) {
      last = strengthOrText(option, String(value));
      input.value = last;
    },
  };
}

function strengthOrText(option, value) {
  return option.type === "real" ? strength(Number(value)) : value;
}

/** Stops that a key of a slider goes; a decade is five. Home and End are the browser's. */
const STOPS = {
  ...{ ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 },
  ...{ PageUp: 5, PageDown: -5 },
};

/** The keys of a slider on an option: steps that people can feel, instead of a thousandth of the whole. */
export function bindSliderKeys(slider, option) {
  slider.addEventListener("keydown", (event) => {
    const stops = STOPS[event.key];
    if (!stops || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = String(stopFrom(option, Number(slider.value), stops));
    if (next === slider.value) return;
    slider.value = next;
    for (const type of ["input", "change"]) slider.dispatchEvent(new Event(type, { bubbles: true }));
  });
}

let identifiers = 0;

/** Disables a setting's inputs and says why it changes nothing now; "": it does, and they are enabled. */
export function setIgnored(element, why) {
  for (const input of element.querySelectorAll("input")) input.disabled = why !== "";
  element.toggleAttribute("data-ignored", why !== "");
  if (why) element.title = why;
  else element.removeAttribute("title");
}

/**
 * A row of label, slider and number field for a strength. onInput(text) follows the slider, onChange(text)
 * comes when it is let go or a number was typed. -> {element, set(value), ignore(why): "" or why it changes nothing now}
 */
export function strengthRow(option, { label, name, onInput, onChange, onProblem }) {
  const id = `strength-${++identifiers}`;
  const element = document.createElement("div");
  element.className = "strength";
  element.dataset.option = option.key;
  element.innerHTML =
    `<label for="${id}"></label><input type="range" min="0" max="${SLIDER_STEPS}" step="1" />` +
    `<input type="text" id="${id}" autocomplete="off" spellcheck="false" />`;
  const [caption, slider, field] = element.children;
  caption.textContent = label;
  caption.title = option.help;
  slider.title = option.help;
  field.title = `${sentence(option.help).replace(/\.$/, "")} (${strength(option.min)} to ${strength(option.max)})`;
  slider.setAttribute("aria-label", `${name}, slider`);
  field.setAttribute("aria-label", name);
  const show = (value) => {
    slider.value = String(positionOf(option, value));
    slider.setAttribute("aria-valuetext", spokenValue(option, value));
    slider.style.setProperty("--filled", String(Number(slider.value) / SLIDER_STEPS));
  };
  const number = bindNumber(field, option, {
    onProblem,
    onChange(value) {
      show(Number(value));
      onChange(value);
    },
  });
  bindSliderKeys(slider, option);
  let slid = "";
  const follow = () => {
    slid = String(valueAt(option, Number(slider.value)));
    slider.setAttribute("aria-valuetext", spokenValue(option, Number(slid)));
    slider.style.setProperty("--filled", String(Number(slider.value) / SLIDER_STEPS));
    number.accept(slid);
  };
  slider.addEventListener("input", () => {
    follow();
    onInput(slid);
  });
  slider.addEventListener("change", () => {
    follow();
    onChange(slid);
  });
  return {
    element,
    set(value) {
      number.set(value);
      if (document.activeElement !== slider) show(Number(value));
    },
    ignore: (why) => setIgnored(element, why),
  };
}
