// time-left.js: how long a run will take yet, from how fast it went of late. Pure. Depends on format.js.
import { duration } from "./format.js";

/** Seconds that are looked back on, that must have passed before anything is said, and between two texts. */
const MEMORY = 12;
const PATIENCE = 1.5;
const EVERY = 1;

export class TimeLeft {
  #seen = [];
  #text = "";
  #saidAt = -Infinity;

  /** `metrics` {step, steps} at the time `now` in seconds, while it trains. -> "2 min 05 s left", or "" */
  note({ step, steps }, now) {
    if (this.#seen.at(-1)?.step > step) this.rest();
    this.#seen.push({ step, now });
    while (this.#seen.length > 2 && now - this.#seen[1].now > MEMORY) this.#seen.shift();
    const [first] = this.#seen;
    if (now - first.now < PATIENCE || step <= first.step || now - this.#saidAt < EVERY) return this.#text;
    this.#saidAt = now;
    this.#text = `${duration(((steps - step) * (now - first.now)) / (step - first.step))} left`;
    return this.#text;
  }

  /** Forgets: nothing trains. -> "" */
  rest() {
    this.#seen = [];
    this.#text = "";
    this.#saidAt = -Infinity;
    return "";
  }
}
