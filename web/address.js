// address.js: the page's address follows the run. The engine writes links, in a worker: so texts come late, and only the
// latest is put down. An entry in the history is made where people began another run; on the way the present one is
// rewritten. Depends on nothing.

export class Address {
  #write;
  #history;
  #location;
  #last = 0;
  #entry = false;
  #done = Promise.resolve();

  /** `write(text)` -> the link as the engine writes it (a promise). `place`: {history, location}. */
  constructor(write, place = globalThis) {
    this.#write = write;
    this.#history = place.history;
    this.#location = place.location;
  }

  /** Puts a link (linkText) into the address; `entry`: as a new entry of the history. Never rejects. */
  show(text, { entry = false } = {}) {
    const mine = ++this.#last;
    this.#entry ||= entry;
    this.#done = this.#put(text, mine);
    return this.#done;
  }

  /** What was on its way is no longer wanted: the address was changed by others. */
  drop() {
    this.#last++;
    this.#entry = false;
  }

  /** When the address says what was shown last. */
  get settled() {
    return this.#done;
  }

  async #put(text, mine) {
    let link;
    try {
      link = await this.#write(text);
    } catch {
      link = text; // without an engine: the long form says the same
    }
    if (mine !== this.#last) return;
    const entry = this.#entry && link !== this.#location.hash;
    this.#entry = false;
    if (entry) this.#history.pushState(null, "", link);
    else this.#history.replaceState(null, "", link);
  }
}
