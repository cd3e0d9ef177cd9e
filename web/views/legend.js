// legend.js: the key to the pictures' colours: a diverging scale, drawn by the engine, with its numbers, and single
// colours with their names. It follows the view that is shown. Depends on format.js.
import { strength } from "../format.js";

/** Device pixels of the key's picture; it is stretched to its place. */
export const KEY_WIDTH = 257;
export const KEY_HEIGHT = 1;
/** The palettes, in the order of the engine's numbers (heatmap.h): twice their place, and one more when dark. */
export const PALETTES = Object.freeze(["weights", "pull", "difference"]);

export class Legend {
  #root;
  #keys = {};
  #shown = null;

  constructor(root) {
    this.#root = root;
  }

  /** By palette {width, height, pixels}: minus the scale to plus the scale, zero in the middle. */
  setKeys(keys) {
    this.#keys = keys;
    if (this.#shown) this.show(this.#shown);
  }

  /**
   * `swatches`: [{colour or zero: true (the engine's colour of zeros), text}]; `key`: {palette, scale, ends: [text, text]}
   * or none. Colours go with the root of a value: half the way is a quarter.
   */
  show({ swatches, key }) {
    this.#shown = { swatches, key };
    this.#find("swatches").replaceChildren(
      ...swatches.map(({ colour, zero, text }) => {
        const item = document.createElement("li");
        const swatch = document.createElement("span");
        swatch.className = "swatch";
        if (zero) swatch.dataset.legend = "zero";
        swatch.style.background = zero ? this.#zero() : colour;
        item.append(swatch, text);
        return item;
      }),
    );
    this.#find("key").hidden = !key;
    if (!key) return;
    const numbers = { low: -key.scale, lower: -key.scale / 4, upper: key.scale / 4, high: key.scale };
    for (const [name, value] of Object.entries(numbers)) {
      this.#find(name).textContent = `${value < 0 ? "−" : "+"}${strength(Math.abs(value))}`;
    }
    this.#find("left").textContent = key.ends[0];
    this.#find("right").textContent = key.ends[1];
    const bar = this.#find("bar");
    bar.setAttribute("aria-label", BARS[key.palette]);
    const drawn = this.#keys[key.palette];
    if (!drawn) return;
    bar.width = drawn.width;
    bar.height = drawn.height;
    bar.getContext("2d").putImageData(new ImageData(drawn.pixels, drawn.width, drawn.height), 0, 0);
  }

  #zero() {
    const key = this.#keys.weights;
    if (!key) return "";
    const middle = 4 * (Math.floor(key.height / 2) * key.width + Math.floor(key.width / 2));
    return `rgb(${key.pixels.slice(middle, middle + 3).join(", ")})`;
  }

  #find(name) {
    return this.#root.querySelector(`[data-legend="${name}"]`);
  }
}

const BARS = {
  weights: "Negative weights blue, positive ones red, stronger colours for larger ones",
  pull: "Weights that the penalty lets grow green, those that it shrinks magenta, stronger colours for a stronger pull",
  difference: "Amber where B's weight is larger, violet where A's is, stronger colours for larger differences",
};
