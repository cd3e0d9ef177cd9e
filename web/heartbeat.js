// heartbeat.js: calls `beat` a few times a second while the page does not draw: hidden, or shown where the browser draws
// nothing (a frame that is scrolled out of sight). Nothing is seen then, but the run goes on at the pace it had. For a
// hidden page the clock is a worker's, with the page's own slower timer behind it. A page that the browser freezes rests
// with its workers, and goes on when it is shown. Depends on nothing.

/** Milliseconds between two looks; after so many without a drawing, there is a beat. */
const INTERVAL = 250;

export class Heartbeat {
  #makeWorker;
  #beat;
  #worker = null;
  #drawnAt = -Infinity;

  /** `makeWorker()` -> a Worker that runs heartbeat.worker.js. */
  constructor({ makeWorker, beat }) {
    this.#makeWorker = makeWorker;
    this.#beat = beat;
    setInterval(() => {
      if (performance.now() - this.#drawnAt >= INTERVAL) beat();
    }, INTERVAL);
    document.addEventListener("visibilitychange", () => this.#look());
    this.#look();
  }

  /** To be called with every drawing. */
  drawn() {
    this.#drawnAt = performance.now();
  }

  #look() {
    if (document.hidden && !this.#worker) {
      this.#worker = this.#makeWorker();
      this.#worker.onmessage = () => this.#beat();
      this.#worker.onerror = (event) => event.preventDefault();
    } else if (!document.hidden) {
      this.#worker?.terminate();
      this.#worker = null;
    }
  }
}
