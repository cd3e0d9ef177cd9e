// table.js: the table behind a chart: the numbers that the lines are drawn from, a row for each epoch. Built only while it is
// open. Depends on format.js, thin.js.
import { count } from "../format.js";
import { strideOf, thin } from "./thin.js";

/** Rows that are listed; of a longer run every 2nd, 4th ... epoch. */
const MOST_ROWS = 200;

export class RunTable {
  #columns;
  #body;
  #head;
  #note;
  #shown = [];
  #labels = "";
  #records = null;
  #names = null;

  /** `columns`: [{head, read(record) -> text}], each once for A and once for B. `name`: of the chart. */
  constructor(name, columns) {
    this.#columns = columns;
    this.element = document.createElement("details");
    this.element.className = "chart-table";
    this.element.innerHTML =
      "<summary>As a table</summary><p></p>" +
      '<div class="chart-rows" tabindex="0" role="region"><table><thead><tr></tr></thead><tbody></tbody></table></div>';
    this.element.querySelector("summary").title = "The numbers behind this chart, an epoch a row";
    this.element.querySelector("div").setAttribute("aria-label", `${name} as a table`);
    this.#note = this.element.querySelector("p");
    this.#head = this.element.querySelector("thead tr");
    this.#body = this.element.querySelector("tbody");
    this.element.addEventListener("toggle", () => this.#build());
  }

  /** `records` {a, b}: from epoch 0 on; `labels` {a, b}. */
  render(records, labels) {
    this.#records = records;
    this.#names = labels;
    this.#build();
  }

  #build() {
    if (!this.element.open || !this.#records) return;
    const { a, b } = this.#records;
    const labels = `${this.#names.a}|${this.#names.b}`;
    if (labels !== this.#labels) {
      this.#labels = labels;
      this.#head.replaceChildren(
        heading("Epoch"),
        ...["a", "b"].flatMap((letter) =>
          this.#columns.map(({ head }) => heading(`${letter.toUpperCase()}: ${head}`, this.#names[letter])),
        ),
      );
    }
    const longer = a.length >= b.length ? a : b;
    const stride = strideOf(longer.length, MOST_ROWS);
    this.#note.textContent =
      stride === 1 ? "" : `One of ${stride} epochs; all of them are in Export, “Epochs of both (CSV)”.`;
    const other = new Map((longer === a ? b : a).map((record) => [record.epoch, record]));
    const rows = thin(longer, MOST_ROWS).map((record) => {
      const pair = longer === a ? [record, other.get(record.epoch)] : [other.get(record.epoch), record];
      return [
        count(record.epoch),
        ...pair.flatMap((each) => this.#columns.map(({ read }) => (each ? read(each) : ""))),
      ];
    });
    // Rows that stand already are left alone.
    const same = rows.findIndex((row, index) => row.join("|") !== this.#shown[index]);
    const from = same < 0 ? rows.length : same;
    while (this.#body.rows.length > from) this.#body.lastChild.remove();
    this.#body.append(...rows.slice(from).map(rowElement));
    this.#shown = rows.map((row) => row.join("|"));
  }
}

function heading(text, title = "") {
  const cell = document.createElement("th");
  cell.scope = "col";
  cell.textContent = text;
  if (title) cell.title = title;
  return cell;
}

function rowElement(cells) {
  const row = document.createElement("tr");
  cells.forEach((text, index) => {
    const cell = document.createElement(index === 0 ? "th" : "td");
    if (index === 0) cell.scope = "row";
    cell.textContent = text;
    row.append(cell);
  });
  return row;
}
