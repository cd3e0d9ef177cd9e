// published.js: the list of published numbers beside the chart of accuracy against weights, with their sources. Depends on
// format.js.
import { count, percentage } from "../format.js";

export class Published {
  #box;
  #elsewhere;
  #shown = null;

  /** `box` holds the list, `elsewhere` says why there is none. */
  constructor(box, elsewhere) {
    this.#box = box;
    this.#elsewhere = elsewhere;
    this.show([]);
  }

  /** [{name, year, accuracy, nonzeros, source, note}]; their numbers in the chart are those of this list. */
  show(anchors) {
    if (anchors === this.#shown) return;
    this.#shown = anchors;
    this.#box.hidden = anchors.length === 0;
    this.#elsewhere.hidden = anchors.length > 0;
    this.#box.querySelector("[data-anchors=list]").replaceChildren(...anchors.map(item));
  }
}

function item({ name, year, accuracy, nonzeros, source, note }) {
  const row = document.createElement("li");
  const link = document.createElement("a");
  link.href = source;
  link.rel = "noreferrer";
  link.textContent = `${name}, ${year}`;
  link.title = `${source.replace("https://", "")}${note ? `: ${note}` : ""}`;
  const numbers = document.createElement("span");
  numbers.textContent = `${percentage(accuracy)} %, ${count(nonzeros)}`;
  row.append(link, " ", numbers);
  return row;
}
