// digit.js: the pad to draw a digit on, the picture that the networks get of it, and what both answer. Centres and scales
// as MNIST does. Knows no engine. Depends on format.js.
import { percentage } from "../format.js";

/** Pixels of a picture of MNIST, and of the box in it that a digit fills. */
export const SIDE = 28;
const BOX = 20;
/** Pixels of the pad, and of its brush. */
const PAD = 280;
const BRUSH = 22;
const LETTERS = ["a", "b"];
/** What stands beside an empty pad. */
const INVITATION = "Draw here, or take a sample: both answer at each stroke.";

/**
 * A drawing (grey, 0 to 1, row by row, `width` x `height`) as MNIST would have it: scaled with its proportions so that it
 * fills a box of 20 x 20, each pixel the mean of what it covers, its centre of mass in the middle of 28 x 28.
 * -> Float32Array(784), or null where nothing is drawn.
 */
export function centred(grey, width, height) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (grey[y * width + x] < 0.05) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) return null;
  const [inkWidth, inkHeight] = [right - left + 1, bottom - top + 1];
  const scale = Math.max(inkWidth, inkHeight) / BOX;
  const [columns, rows] = [inkWidth, inkHeight].map((size) => Math.max(1, Math.round(size / scale)));
  const small = shrink(grey, width, { left, top, inkWidth, inkHeight }, columns, rows);
  let [mass, atX, atY] = [0, 0, 0];
  small.forEach((value, k) => {
    mass += value;
    atX += value * (k % columns);
    atY += value * Math.floor(k / columns);
  });
  const shift = (at, size) => Math.max(0, Math.min(SIDE - size, Math.round((SIDE - 1) / 2 - at / mass)));
  const [shiftX, shiftY] = [shift(atX, columns), shift(atY, rows)];
  const result = new Float32Array(SIDE * SIDE);
  small.forEach((value, k) => {
    result[(Math.floor(k / columns) + shiftY) * SIDE + (k % columns) + shiftX] = value;
  });
  return result;
}

/** Means over areas, with the shares of pixels that an edge cuts. */
function shrink(grey, width, { left, top, inkWidth, inkHeight }, columns, rows) {
  const result = new Float32Array(columns * rows);
  const [stepX, stepY] = [inkWidth / columns, inkHeight / rows];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x0, x1, y0, y1] = [column * stepX, (column + 1) * stepX, row * stepY, (row + 1) * stepY];
      let sum = 0;
      for (let y = Math.floor(y0); y < Math.min(inkHeight, Math.ceil(y1)); y++) {
        const high = Math.min(y + 1, y1) - Math.max(y, y0);
        for (let x = Math.floor(x0); x < Math.min(inkWidth, Math.ceil(x1)); x++) {
          const wide = Math.min(x + 1, x1) - Math.max(x, x0);
          sum += high * wide * grey[(y + top) * width + x + left];
        }
      }
      result[row * columns + column] = Math.min(1, sum / (stepX * stepY));
    }
  }
  return result;
}

export class DigitPad {
  #root;
  #pad;
  #context;
  #view;
  #answers = {};
  #colours = { ink: "#000", paper: "#fff" };
  #last = null;
  #sample = -1;
  #samples = 0;
  #inputs = null;

  /**
   * `root`: its section. onInputs(Float32Array or null) after each stroke; onSample(index) -> Promise of {label, inputs}.
   */
  constructor(root, { onInputs, onSample }) {
    this.#root = root;
    this.onInputs = onInputs;
    this.onSample = onSample;
    this.#pad = root.querySelector("[data-digit=pad]");
    this.#pad.width = this.#pad.height = PAD;
    this.#context = this.#pad.getContext("2d", { willReadFrequently: true });
    this.#view = root.querySelector("[data-digit=seen]");
    this.#view.width = this.#view.height = SIDE;
    for (const letter of LETTERS) this.#answers[letter] = root.querySelector(`[data-answers="${letter}"]`);
    this.#pad.addEventListener("pointerdown", (event) => this.#begin(event));
    this.#pad.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) this.#pad.addEventListener(name, () => (this.#last = null));
    root.querySelector("[data-digit=clear]").addEventListener("click", () => this.clear());
    root.querySelector("[data-digit=sample]").addEventListener("click", () => this.#showSample());
  }

  /** What is on the pad as the networks get it, or null. */
  get inputs() {
    return this.#inputs;
  }

  /** A new run: shown where the data are pictures of 28 x 28. {dataset, names: {a, b}, colours}. */
  start({ dataset, names, colours }) {
    this.#root.hidden = dataset.width !== SIDE || dataset.height !== SIDE;
    this.#samples = dataset.test;
    for (const letter of LETTERS) {
      const list = this.#answers[letter];
      list.setAttribute("aria-label", `Answer of ${names[letter]}`);
      this.#root.querySelector(`[data-answers-name="${letter}"]`).textContent = names[letter];
      if (list.children.length === dataset.classes) continue;
      list.replaceChildren(
        ...Array.from({ length: dataset.classes }, (_, each) => {
          const item = document.createElement("li");
          item.innerHTML = `<b>${each}</b><i></i><span></span>`;
          return item;
        }),
      );
    }
    this.layout(colours);
  }

  /** New colours. What was drawn is kept, in the new ink. */
  layout(colours) {
    this.#colours = colours;
    this.#context.globalCompositeOperation = "source-in";
    this.#context.fillStyle = colours.ink;
    this.#context.fillRect(0, 0, PAD, PAD);
    this.#context.globalCompositeOperation = "source-over";
    this.#show();
  }

  clear() {
    this.#context.clearRect(0, 0, PAD, PAD);
    this.#say(INVITATION);
    this.#give(null);
  }

  /** {a, b}: {probabilities}, or null: nothing to answer. */
  render(answers) {
    for (const letter of LETTERS) {
      const probabilities = answers?.[letter].probabilities;
      const best = probabilities ? probabilities.indexOf(Math.max(...probabilities)) : -1;
      [...this.#answers[letter].children].forEach((item, each) => {
        const [, bar, text] = item.children;
        const value = probabilities?.[each];
        item.classList.toggle("best", each === best);
        item.dataset.value = value === undefined ? "" : String(value);
        bar.style.setProperty("--share", String(value ?? 0));
        text.textContent = value === undefined ? "" : `${percentage(100 * value, 1)} %`;
      });
    }
  }

  async #showSample() {
    this.#sample = (this.#sample + 1) % this.#samples;
    const index = this.#sample;
    const { label, inputs } = await this.onSample(index);
    this.#say(`Test sample ${index + 1}, a ${label}.`);
    this.#context.clearRect(0, 0, PAD, PAD);
    const each = PAD / SIDE;
    this.#context.fillStyle = this.#colours.ink;
    inputs.forEach((value, k) => {
      this.#context.globalAlpha = value;
      this.#context.fillRect((k % SIDE) * each, Math.floor(k / SIDE) * each, each, each);
    });
    this.#context.globalAlpha = 1;
    this.#give(inputs);
  }

  #begin(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#pad.setPointerCapture(event.pointerId);
    this.#last = this.#place(event);
    this.#say("");
    this.#stroke(this.#last, this.#last);
  }

  #move(event) {
    if (!this.#last) return;
    const at = this.#place(event);
    this.#stroke(this.#last, at);
    this.#last = at;
  }

  #place(event) {
    const box = this.#pad.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * PAD, ((event.clientY - box.top) / box.height) * PAD];
  }

  #stroke(from, to) {
    const context = this.#context;
    context.strokeStyle = this.#colours.ink;
    context.lineWidth = BRUSH;
    context.lineCap = "round";
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(to[0] + 0.01, to[1]);
    context.stroke();
    const { data } = context.getImageData(0, 0, PAD, PAD);
    const grey = Float32Array.from({ length: PAD * PAD }, (_, k) => data[4 * k + 3] / 255);
    this.#give(centred(grey, PAD, PAD));
  }

  #give(inputs) {
    this.#inputs = inputs;
    this.#show();
    if (!inputs) this.render(null);
    this.onInputs(inputs);
  }

  /** What the networks see. */
  #show() {
    const context = this.#view.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    context.fillStyle = this.#colours.ink;
    this.#inputs?.forEach((value, k) => {
      context.globalAlpha = value;
      context.fillRect(k % SIDE, Math.floor(k / SIDE), 1, 1);
    });
    context.globalAlpha = 1;
  }

  #say(text) {
    this.#root.querySelector("[data-digit=label]").textContent = text;
  }
}
