// legend.js: the key to the matrices' colours, drawn by the engine: the diverging scale with its numbers, and zero's own
// colour. Depends on format.js.
import { strength } from "../format.js";

/** Device pixels of the key's picture; it is stretched to its place. */
export const KEY_WIDTH = 257;
export const KEY_HEIGHT = 1;

export class Legend {
  #root;

  constructor(root) {
    this.#root = root;
  }

  /** `scale`: the weight of the strongest colour. Colours go with the root of the weight: half the way is a quarter. */
  setScale(scale) {
    const numbers = { low: -scale, lower: -scale / 4, upper: scale / 4, high: scale };
    for (const [name, value] of Object.entries(numbers)) {
      const sign = value < 0 ? "−" : "+";
      this.#find(name).textContent = `${sign}${strength(Math.abs(value))}`;
    }
  }

  /** {width, height, pixels}: -scale to +scale, zero in the middle. */
  render({ width, height, pixels }) {
    const bar = this.#find("bar");
    bar.width = width;
    bar.height = height;
    bar.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
    const middle = 4 * (Math.floor(height / 2) * width + Math.floor(width / 2));
    this.#find("zero").style.background = `rgb(${pixels.slice(middle, middle + 3).join(", ")})`;
  }

  #find(name) {
    return this.#root.querySelector(`[data-legend="${name}"]`);
  }
}
