// pace.js: how far each contender may train before it waits for the other. Pure arithmetic on steps and times;
// results never depend on it. Depends on nothing.
//
// Both get one limit: the step of the slower plus a slack of about a tenth of a second of its work, never more
// than an epoch. So both stay together on the page, a pause aligns them at once, and the slower never waits.
// Generated data train so fast that nobody could watch; for them the limit also moves no faster than a given
// rate.

/** Seconds of the slower contender's work by which the faster may be ahead. */
const SLACK_SECONDS = 0.12;
/** Steps of slack before a speed is known. */
const FIRST_SLACK = 2;
/** A longer gap between two looks (a hidden page) does not let the rate-limited run jump. */
const LONGEST_GAP_SECONDS = 0.5;

export class Pace {
  #stepsPerEpoch;
  #stepsPerSecond;
  #slack = FIRST_SLACK;
  #allowed = null;
  #last = null;

  /** `stepsPerSecond`: Infinity = as fast as the machine can. */
  constructor({ stepsPerEpoch, stepsPerSecond = Infinity }) {
    this.#stepsPerEpoch = Math.max(1, stepsPerEpoch);
    this.#stepsPerSecond = stepsPerSecond;
  }

  set stepsPerSecond(value) {
    this.#stepsPerSecond = value;
    this.#allowed = null;
  }

  /** Forgets the past: call when a run starts or goes on after a pause. */
  rest() {
    this.#slack = FIRST_SLACK;
    this.#allowed = null;
    this.#last = null;
  }

  /**
   * The step that both may reach. `seconds`: a clock; `steps`: the present steps of the contenders still
   * training.
   */
  limit(seconds, steps) {
    if (steps.length === 0) return 0;
    const slowest = Math.min(...steps);
    const gap = this.#last ? seconds - this.#last.seconds : 0;
    if (this.#last && gap > 0) {
      const speed = Math.max(0, slowest - this.#last.slowest) / gap;
      // A hidden page looks seldom; its contenders must not run dry in between.
      const wanted = speed * Math.max(SLACK_SECONDS, 1.5 * gap);
      // Growing at most twofold a look, shrinking slowly: one long evaluation must not stall the pair.
      this.#slack = Math.min(Math.max(wanted, this.#slack * 0.9), this.#slack * 2);
    }
    this.#last = { seconds, slowest };
    const slack = Math.min(Math.max(FIRST_SLACK, Math.ceil(this.#slack)), this.#stepsPerEpoch);
    if (this.#stepsPerSecond === Infinity) return slowest + slack;
    if (this.#allowed === null) this.#allowed = slowest;
    this.#allowed = Math.min(
      this.#allowed + Math.min(gap, LONGEST_GAP_SECONDS) * this.#stepsPerSecond,
      slowest + slack,
    );
    return Math.max(slowest, Math.floor(this.#allowed));
  }
}
