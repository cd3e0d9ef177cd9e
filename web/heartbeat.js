// heartbeat.js: while the page is hidden, and only then, calls `beat` a few times a second: nothing is drawn, but the run
// goes on at the pace it had. Where the worker cannot be had, the page's own slower timer does. A page that the browser
// freezes rests with its workers, and goes on when it is shown. Depends on nothing.

/** Milliseconds between two beats of the page's own timer. */
const INTERVAL = 250;

export class Heartbeat {
  #worker = null;
  #timer = null;
  #makeWorker;
  #beat;

  /** `makeWorker()` -> a Worker that runs heartbeat.worker.js. */
  constructor({ makeWorker, beat }) {
    this.#makeWorker = makeWorker;
    this.#beat = beat;
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  #look() {
    if (document.hidden) this.#start();
    else this.#stop();
  }

  #start() {
    if (this.#timer !== null) return;
    // Both: a worker that never comes must not stop the run, and a beat too many does no harm.
    this.#timer = setInterval(this.#beat, INTERVAL);
    this.#worker = this.#makeWorker();
    this.#worker.onmessage = this.#beat;
    this.#worker.onerror = (event) => event.preventDefault();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#worker?.terminate();
    this.#timer = this.#worker = null;
  }
}
