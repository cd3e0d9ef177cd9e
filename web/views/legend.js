// legend.js: the key to the matrices' colours: the diverging scale with its two ends, and zero's own colour.
// Depends on format.js.
import { strength } from "../format.js";

const SWATCHES = 64;

export class Legend {
  #root;

  constructor(root) {
    this.#root = root;
  }

  /** `scale`: the weight of the strongest colour. `colourAt(weight)`: CSS colour; `zero`: that of an exact zero. */
  render({ scale, colourAt, zero }) {
    const stops = Array.from({ length: SWATCHES }, (_, index) => colourAt(((index + 0.5) / SWATCHES) * 2 - 1));
    const find = (name) => this.#root.querySelector(`[data-legend="${name}"]`);
    find("bar").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
    find("zero").style.background = zero;
    find("low").textContent = `−${strength(scale)}`;
    find("high").textContent = `+${strength(scale)}`;
  }
}
