// transport.js: the buttons Play, Pause, Step, Restart with the state they show, and where the run stands.
// Depends on format.js.
import { count } from "../format.js";

const STATES = {
  empty: "Getting ready",
  starting: "Getting ready",
  paused: "Paused",
  running: "Training",
  ended: "Finished",
  failed: "Stopped",
};

export class Transport {
  #buttons;
  #root;

  /** Calls play(), pause(), step(), restart(). */
  constructor(root, { play, pause, step, restart }) {
    this.#root = root;
    const find = (name) => root.querySelector(`[data-action="${name}"]`);
    this.#buttons = { play: find("play"), pause: find("pause") };
    find("play").addEventListener("click", play);
    find("pause").addEventListener("click", pause);
    find("step").addEventListener("click", step);
    find("restart").addEventListener("click", restart);
  }

  /**
   * `state` of the pair, `metrics` of the contender that is behind (null before a start), `diverged`: whether one
   * of both did, `left`: the time that is left, in words.
   */
  render({ state, metrics, diverged = false, left = "" }) {
    this.#buttons.play.setAttribute("aria-pressed", String(state === "running"));
    this.#buttons.pause.setAttribute("aria-pressed", String(state === "paused"));
    const show = (name, text) => {
      const element = this.#root.querySelector(`[data-progress="${name}"]`);
      if (element.textContent !== text) element.textContent = text;
    };
    const begun = metrics && metrics.step > 0;
    show("state", stateText(state, { begun, diverged }));
    this.#buttons.play.title =
      state === "ended" ? "This run is over: Restart begins again at step 0" : "Train both networks (Space)";
    this.#root.dataset.state = state;
    if (!metrics) return;
    show("epoch", count(metrics.epoch));
    show("epochs", count(metrics.epochs));
    show("phase", begun ? phaseText(metrics, { ended: state === "ended", diverged }) : "");
    show("left", left);
    const bar = this.#root.querySelector("progress");
    bar.max = Math.max(1, metrics.steps);
    bar.value = metrics.step;
  }
}

function stateText(state, { begun, diverged }) {
  if (state === "paused" && !begun) return "Ready";
  // What one of both still trains is training; its end is no finish.
  if (state === "ended" && diverged) return "Diverged";
  return STATES[state];
}

function phaseText({ phase, steps }, { ended, diverged }) {
  // What is over is in no phase any more.
  if (ended) return diverged ? "" : `all ${count(steps)} steps done`;
  if (phase === "finetune") return "fine-tuning";
  if (phase === "sparsify") return "sparsifying";
  return String(phase ?? "");
}
