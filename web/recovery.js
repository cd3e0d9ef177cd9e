// recovery.js: what is kept of a run so that a lost engine can be replaced in its midst: how it was started, its last
// snapshot, the strengths changed since, and when engines died. Kept in memory only. Bookkeeping and words; pair.js
// acts on it. Depends on format.js.
//
// A run is a function of its settings and data, so a run without a snapshot (a large network, memory refused) can
// also be brought back: from step 0. A snapshot only makes it quick.
import { count } from "./format.js";

/** Milliseconds of training between two snapshots; and a snapshot costs at most this share of the time. */
const SNAPSHOT_INTERVAL = 2000;
const SNAPSHOT_SHARE = 0.01;
/** A larger snapshot is not taken: it would be in memory several times. */
const SNAPSHOT_BYTES = 64 << 20;
/** Weights, and two moments each. */
const BYTES_A_WEIGHT = 12;
/** So many deaths within so many milliseconds, and the run is given up. */
const DEATHS = 3;
const DEATHS_WITHIN = 60_000;

export class Recovery {
  #clock;
  #deaths = [];
  #bytes = null;
  #step = 0;
  #changes = [];
  #dueAt = Infinity;

  constructor(clock) {
    this.#clock = clock;
  }

  /** A run began. `request`: what the engine was started with; `layers`: [{rows, columns}] of its answer. */
  begin(request, layers = []) {
    this.request = request;
    this.#bytes = null;
    this.#step = 0;
    this.#changes = [];
    this.#deaths = [];
    const weights = layers.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
    this.#dueAt = weights * BYTES_A_WEIGHT > SNAPSHOT_BYTES ? Infinity : this.#clock() + SNAPSHOT_INTERVAL;
  }

  /** True when it is time for a snapshot. */
  due() {
    return this.#clock() >= this.#dueAt;
  }

  /** A snapshot {bytes, step, milliseconds: what it cost the engine}; bytes null: it was refused. */
  keep({ bytes, step, milliseconds }) {
    this.#dueAt = this.#clock() + Math.max(SNAPSHOT_INTERVAL, milliseconds / SNAPSHOT_SHARE);
    if (!bytes) return;
    this.#bytes = bytes;
    this.#step = step;
    this.#changes = this.#changes.filter((change) => change.step >= step);
  }

  /** A strength was changed in mid-run; it holds after `step`. */
  changed(key, value, step) {
    this.#changes.push({ key, value, step });
  }

  /** Where to go on from: {bytes or null, step, changes: those to repeat on the way, in order}. */
  get state() {
    return { bytes: this.#bytes, step: this.#step, changes: [...this.#changes] };
  }

  /** Its engine died: how often that was of late. */
  died() {
    const now = this.#clock();
    this.#deaths = [...this.#deaths.filter((at) => now - at < DEATHS_WITHIN), now];
    return this.#deaths.length;
  }
}

/** Too many deaths to go on. */
export const isTooOften = (deaths) => deaths >= DEATHS;

/** What people are told: {heading, lines}. `event`: {letter, back, reason, from, step}, as Pair's onRecovery gets it. */
export function recoveryWords({ letter, back, reason, from, step }) {
  const name = letter.toUpperCase();
  const start = from === 0 ? "the beginning" : `step ${count(from)}`;
  return back
    ? {
        heading: `${name} goes on`,
        lines: [
          `Its engine had stopped (${trimmed(reason)}). A fresh one began at ${start}, caught up to step ${count(step)}, ` +
            "and goes on: the results are the same, to the bit, as without the interruption.",
        ],
      }
    : {
        heading: `The engine of ${name} stopped`,
        lines: [
          `${reason} A fresh one takes over from ${start} and catches up by itself; the other network waits. Nothing is lost.`,
        ],
      };
}

/** Of a run that is given up. */
export function tooOftenWords(letter, reason) {
  return (
    `The engine of ${letter.toUpperCase()} stopped ${DEATHS} times within a minute and was not started again. ` +
    `The last reason: ${trimmed(reason)}. Close other tabs, or take a smaller network or batch, then start again.`
  );
}

const trimmed = (reason) => reason.replace(/[.\s]+$/, "");
