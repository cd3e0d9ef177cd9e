// network-field.js: the widths of the network's layers as a text that can be changed: "784-300-100-10". It reads what people
// write and leaves the judgement to the engine. Depends on format.js.
import { sentence } from "../format.js";

export class NetworkField {
  #input;
  #last = "";
  #typing = false;

  /**
   * onChange(layers) -> a promise that rejects with what is wrong; "" stands for the data set's own network. onProblem(text).
   */
  constructor(input, { onChange, onProblem }) {
    this.#input = input;
    this.onChange = onChange;
    this.onProblem = onProblem;
    input.addEventListener("input", () => (this.#typing = true));
    input.addEventListener("change", () => this.#commit());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.#reset();
    });
  }

  /** The option of the table, for its help. */
  setOption(option) {
    this.#input.title = `${sentence(option.help).slice(0, -1)}, such as ${readable("784,300,100,10")}; empty: the data's own network`;
  }

  /** The widths in force, as the engine writes them. */
  show(layers) {
    this.#last = readable(layers);
    if (!this.#typing) this.#reset();
  }

  #reset() {
    this.#typing = false;
    this.#input.value = this.#last;
    this.#input.removeAttribute("aria-invalid");
  }

  async #commit() {
    const text = this.#input.value.trim();
    if (text === this.#last) {
      this.#reset();
      return;
    }
    this.#typing = false;
    try {
      await this.onChange(widthsOf(text));
      this.#input.removeAttribute("aria-invalid");
    } catch (error) {
      // What was typed stays, to be mended.
      this.#typing = true;
      this.#input.setAttribute("aria-invalid", "true");
      this.onProblem(error.message);
    }
  }
}

function readable(layers) {
  return layers.replaceAll(",", "-");
}

/** "784-300 100, 10" -> "784,300,100,10": any of the signs that people put between widths. */
export function widthsOf(text) {
  return text
    .trim()
    .split(/\s*[-–—,;x×/→\s]\s*/)
    .filter((part, index, parts) => part !== "" || (index > 0 && index < parts.length - 1))
    .join(",");
}
