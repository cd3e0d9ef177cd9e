// base.js: what all charts of a run share: Chart.js and its settings, the ends of the lines with their letters, the marks
// of divergence, reading by mouse and by arrow keys, and the table behind. It gets epoch records and knows no engine. This
// folder is the only one that imports Chart.js. Depends on chart.js, format.js.
import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip } from "chart.js";
import { count, percentage } from "../format.js";
import { rangesText } from "./scales.js";
import { RunTable } from "./table.js";
import { thin } from "./thin.js";

Chart.register(LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip);

export const LETTERS = Object.freeze(["a", "b"]);
export const FONT = '"Hanken Grotesk", system-ui, sans-serif';
/** Points of a line that are drawn; of a longer run every 2nd, 4th ... epoch. */
const MOST_POINTS = 400;

/** Everything about an epoch in one line: count, accuracy, loss. */
export function recordText({ nonzeros, test_accuracy: accuracy, loss }) {
  const parts = [`${count(nonzeros)} nonzero`];
  if (Number.isFinite(accuracy)) parts.push(`${percentage(accuracy)} %`);
  if (Number.isFinite(loss)) parts.push(`loss ${loss.toFixed(4)}`);
  return parts.join(" · ");
}

export class RunChart {
  #plot;
  #canvas;
  #reading;
  #table;
  #outside;
  #labels = { a: "", b: "" };
  /** What the arrow keys point at: {letter, epoch or index}, or null. */
  cursor = null;
  chart = null;
  colours = null;
  records = { a: [], b: [] };
  /** By letter the epoch (with a fraction) at which a contender diverged, or null. */
  diverged = { a: null, b: null };

  /**
   * `figure` holds a .plot with a canvas. `name`: what is drawn, for screen readers; `columns`: [{head, read(record) ->
   * text}] of the table behind.
   */
  constructor(figure, { name, columns }) {
    this.name = name;
    this.#plot = figure.querySelector(".plot");
    this.#canvas = this.#plot.querySelector("canvas");
    this.#reading = document.createElement("p");
    this.#reading.className = "unseen";
    this.#reading.setAttribute("aria-live", "polite");
    this.#table = new RunTable(name, columns);
    this.#outside = document.createElement("p");
    this.#outside.className = "chart-outside";
    this.#plot.after(this.#outside);
    figure.append(this.#reading, this.#table.element);
    this.#plot.tabIndex = 0;
    this.#plot.setAttribute("role", "application");
    this.#plot.setAttribute("aria-label", `${name}: ${this.help()}`);
    this.#plot.addEventListener("keydown", (event) => this.#onKey(event));
    this.#plot.addEventListener("focus", () => {
      if (this.#plot.matches(":focus-visible")) this.#point(this.cursor ?? this.lastCursor());
    });
    this.#plot.addEventListener("blur", () => this.#point(null));
    new ResizeObserver(() => this.onRoom()).observe(this.#plot);
    // On another screen the room is the same, and its pixels are not.
    const follow = () => {
      const screen = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
      const moved = () => {
        this.onRoom();
        follow();
      };
      screen.addEventListener("change", moved, { once: true });
    };
    follow();
  }

  /** Its room has changed: resize() is due. To be replaced. */
  onRoom() {}

  // --- what a kind of chart says for itself --------------------------------------------------------------------------

  /** {x, y} of a record; what is not finite is not drawn. */
  pointOf() {
    throw new Error("pointOf is the chart's own");
  }
  /** The scales of Chart.js for a new run. `look`: {ticks, grid, colours}. */
  scales() {
    throw new Error("scales is the chart's own");
  }
  /** Fits the scales to the records. */
  fit() {}
  /** Data sets beside both lines. */
  extraDatasets() {
    return [];
  }
  /** Drawn below and above the lines: (chart). */
  drawBelow() {}
  drawAbove() {}
  /** How the arrow keys go. */
  help() {
    return "arrow keys go through the epochs";
  }
  /** The next cursor for a key, or undefined when the key is none of ours. */
  moved(key, cursor) {
    const epochs = this.#epochs();
    const at = epochs.indexOf(cursor?.epoch);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: epochs.length - 1 }[key];
    if (next === undefined) return undefined;
    return { epoch: epochs[Math.min(Math.max(next, 0), epochs.length - 1)] };
  }
  lastCursor() {
    return { epoch: this.#epochs().at(-1) };
  }
  /** The points that a cursor means: [{datasetIndex, index}]. */
  pointedAt({ epoch }) {
    return LETTERS.flatMap((_, datasetIndex) => {
      const index = this.chart.data.datasets[datasetIndex].data.findIndex(({ record }) => record.epoch === epoch);
      return index < 0 ? [] : [{ datasetIndex, index }];
    });
  }
  /** Heading and line of the tooltip for a point. */
  tipTitle(items) {
    const record = items[0]?.raw.record;
    return record ? `Epoch ${count(record.epoch)}${record.phase === "finetune" ? ", fine-tuning" : ""}` : "";
  }
  tipLine(item) {
    return `${item.dataset.label}: ${recordText(item.raw.record)}`;
  }
  /** Which points the mouse means. */
  interaction() {
    return { mode: "nearest", axis: "x", intersect: false };
  }
  /** The height of a point, in words. */
  valueText() {
    throw new Error("valueText is the chart's own");
  }
  /** Where it stands, for the canvas's description. */
  summary(record) {
    return recordText(record);
  }

  // --- for main.js ---------------------------------------------------------------------------------------------------

  /** New run or new colours: `labels` {a, b}: what the lines are called; `epochs`: where an axis of epochs ends. */
  reset({ labels, epochs, colours }) {
    this.chart?.destroy();
    const { clientWidth, clientHeight } = this.#plot;
    Object.assign(this.#canvas, { width: clientWidth, height: clientHeight });
    this.#labels = labels;
    this.colours = colours;
    this.epochs = epochs;
    const stroke = colours.stroke;
    const lines = LETTERS.map((letter) => ({
      letter,
      label: `${letter.toUpperCase()} ${labels[letter]}`,
      data: [],
      borderColor: colours[letter],
      backgroundColor: colours[letter],
      borderWidth: 0.11 * stroke * colours.rem,
      borderJoinStyle: "round",
      pointStyle: letter === "a" ? "circle" : "rectRot",
      pointRadius: 0,
      pointHoverRadius: 0.28 * stroke * colours.rem,
      // What leads out of the plot does not look like what is in it.
      segment: { borderDash: ({ p0, p1 }) => (this.#leads(p0, p1) ? [2, 4].map((dash) => dash * stroke) : undefined) },
      // Marks at the edges stay whole; what lies below the axis does not show.
      clip: this.clip(),
    }));
    const ticks = {
      color: colours.inkSoft,
      font: { family: FONT, ...this.#letters() },
      maxRotation: 0,
      padding: 8,
    };
    const grid = { color: colours.hairline, lineWidth: stroke, tickLength: 0, drawTicks: false };
    this.chart = new Chart(this.#canvas, {
      type: "line",
      data: { datasets: [...lines, ...this.extraDatasets()] },
      options: {
        parsing: false,
        normalized: true,
        animation: false,
        responsive: false, // all charts at once would be long: resize()
        maintainAspectRatio: false,
        interaction: this.interaction(),
        layout: { padding: { right: 1.4 * colours.rem, top: 6 } },
        scales: this.scales({ ticks, grid, colours }),
        plugins: { tooltip: this.#tooltip(colours) },
      },
      plugins: [
        {
          id: "marks",
          beforeDatasetsDraw: (chart) => this.drawBelow(chart),
          afterDatasetsDraw: (chart) => {
            this.drawAbove(chart);
            this.#drawExits(chart);
            this.#drawEnds(chart);
          },
        },
      ],
    });
  }

  /** The records of both contenders, from epoch 0 on; `diverged`: by letter the epoch at which one did, or null. */
  render(records, diverged = { a: null, b: null }) {
    if (!this.chart) return;
    this.records = records;
    this.diverged = diverged;
    LETTERS.forEach((letter, index) => {
      this.chart.data.datasets[index].data = thin(records[letter], MOST_POINTS)
        .map((record) => ({ ...this.pointOf(record), record }))
        .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
    });
    this.fit();
    this.chart.update("none");
    this.#sayOutside();
    if (this.cursor) this.#point(this.cursor, { quiet: true });
    this.#describe();
    this.#table.render(records, this.#labels);
  }

  /** To its present room. */
  resize() {
    this.chart?.resize();
  }

  clip() {
    return { left: 8, top: 8, right: 8, bottom: 8 };
  }

  // --- inside --------------------------------------------------------------------------------------------------------

  #epochs() {
    const { datasets } = this.chart?.data ?? { datasets: [] };
    const all = datasets.slice(0, LETTERS.length).flatMap(({ data }) => data.map(({ record }) => record.epoch));
    return [...new Set(all)].sort((one, other) => one - other);
  }

  #onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.chart) return;
    if (event.key === "Escape" && this.cursor) {
      this.#point(null);
      return;
    }
    const next = this.moved(event.key, this.cursor ?? this.lastCursor());
    if (next === undefined) return;
    event.preventDefault();
    this.#point(next);
  }

  /** Shows what a cursor means, as the mouse would, and says it. */
  #point(cursor, { quiet = false } = {}) {
    const { chart } = this;
    const had = this.cursor;
    this.cursor = cursor;
    if (!chart || (!cursor && !had)) return;
    const active = cursor ? this.pointedAt(cursor) : [];
    chart.setActiveElements(active);
    const element = active.length > 0 && chart.getDatasetMeta(active[0].datasetIndex).data[active[0].index];
    chart.tooltip.setActiveElements(active, element ? { x: element.x, y: element.y } : { x: 0, y: 0 });
    chart.tooltip.update(true);
    chart.draw();
    if (quiet) return;
    const items = active.map(({ datasetIndex, index }) => {
      const dataset = chart.data.datasets[datasetIndex];
      return { dataset, datasetIndex, raw: dataset.data[index] };
    });
    this.#reading.textContent = items.length
      ? [this.tipTitle(items), ...items.flatMap((item) => this.tipLine(item))].join(". ")
      : "";
  }

  #tooltip(colours) {
    return {
      backgroundColor: colours.ink,
      titleColor: colours.paper,
      bodyColor: colours.paper,
      titleFont: { family: FONT, size: 0.85 * colours.rem, weight: "600" },
      bodyFont: { family: FONT, size: 0.85 * colours.rem },
      padding: 10,
      cornerRadius: 3,
      caretSize: 0,
      caretPadding: 10,
      displayColors: false,
      // Equally near points of one line are one too many.
      filter: (item, index, items) => items.findIndex((other) => other.datasetIndex === item.datasetIndex) === index,
      callbacks: { title: (items) => this.tipTitle(items), label: (item) => this.tipLine(item) },
    };
  }

  /** What of the lines lies below the plot, in words: nothing is just cut off. */
  #sayOutside() {
    const { min } = this.chart.scales.y;
    const said = new Map();
    for (const letter of LETTERS) {
      const points = this.records[letter].map((record) => ({ ...this.pointOf(record), record }));
      const below = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y) && y < min);
      if (below.length === 0) continue;
      const lowest = below.reduce((least, point) => (point.y < least.y ? point : least));
      const epochs = below.map(({ record }) => record.epoch);
      const words = `${epochs.length > 1 ? "epochs" : "epoch"} ${rangesText(epochs, count)}`;
      const place = `in ${words} (${below.length > 1 ? "from " : ""}${this.valueText(lowest)})`;
      said.set(place, [...(said.get(place) ?? []), letter.toUpperCase()]);
    }
    const parts = [...said].map(([place, letters]) => `${letters.join(" and ")} ${place}`);
    const text = parts.length > 0 ? `▾ Below the axis: ${parts.join(", ")}.` : "";
    if (this.#outside.textContent !== text) this.#outside.textContent = text;
  }

  /** True when a line leads out of the plot, or back, between two points. */
  #leads(one, other) {
    const { bottom } = this.chart.chartArea;
    return one.y > bottom + 0.5 || other.y > bottom + 0.5;
  }

  /** A mark at the lower edge, where a line goes on below. */
  #drawExits(chart) {
    const { ctx, chartArea } = chart;
    const { colours } = this;
    const size = 0.3 * colours.stroke * colours.rem;
    ctx.save();
    LETTERS.forEach((letter, index) => {
      ctx.fillStyle = colours[letter];
      chart.getDatasetMeta(index).data.forEach((point, at, points) => {
        const before = points[at - 1];
        if (!before || before.y > chartArea.bottom + 0.5 === point.y > chartArea.bottom + 0.5) return;
        const x = before.x + ((point.x - before.x) * (chartArea.bottom - before.y)) / (point.y - before.y);
        ctx.beginPath();
        ctx.moveTo(x - size, chartArea.bottom - size);
        ctx.lineTo(x + size, chartArea.bottom - size);
        ctx.lineTo(x, chartArea.bottom + size * 0.6);
        ctx.fill();
      });
    });
    ctx.restore();
  }

  /** A mark, a letter, or what became of it, at the end of each line. */
  #drawEnds(chart) {
    const { ctx, chartArea } = chart;
    const { colours } = this;
    const ends = LETTERS.map((letter, index) => ({ letter, element: chart.getDatasetMeta(index).data.at(-1) }))
      .filter(({ element }) => element && Number.isFinite(element.y))
      .map(({ letter, element }) => ({
        letter,
        x: Math.min(Math.max(element.x, chartArea.left), chartArea.right),
        y: Math.min(Math.max(element.y, chartArea.top), chartArea.bottom),
      }));
    ctx.save();
    const size = 0.25 * colours.stroke * colours.rem;
    for (const { letter, x, y } of ends) {
      ctx.fillStyle = ctx.strokeStyle = colours[letter];
      ctx.beginPath();
      if (this.diverged[letter] !== null) {
        ctx.strokeStyle = colours.alert;
        ctx.lineWidth = 0.13 * colours.stroke * colours.rem;
        for (const side of [-1, 1]) {
          ctx.moveTo(x - size * 1.3, y - side * size * 1.3);
          ctx.lineTo(x + size * 1.3, y + side * size * 1.3);
        }
        ctx.stroke();
      } else if (letter === "a") {
        ctx.arc(x, y, size, 0, 2 * Math.PI);
        ctx.fill();
      } else {
        ctx.moveTo(x - size * 1.3, y);
        ctx.lineTo(x, y - size * 1.3);
        ctx.lineTo(x + size * 1.3, y);
        ctx.lineTo(x, y + size * 1.3);
        ctx.fill();
      }
    }
    // Letters that would cover each other move apart.
    const line = 0.95 * colours.rem;
    if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < line && Math.abs(ends[0].x - ends[1].x) < 2 * line) {
      const middle = (ends[0].y + ends[1].y) / 2;
      const [upper, lower] = ends[0].y <= ends[1].y ? ends : [ends[1], ends[0]];
      upper.y = middle - line / 2;
      lower.y = middle + line / 2;
    }
    ctx.font = `650 ${0.9 * colours.rem}px ${FONT}`;
    ctx.textBaseline = "middle";
    for (const { letter, x, y } of ends) {
      const gone = this.diverged[letter] !== null;
      const text = `${letter.toUpperCase()}${gone ? " diverged" : ""}`;
      const room = ctx.measureText(text).width + 0.55 * colours.rem;
      const left = x + room > chart.width;
      ctx.textAlign = left ? "right" : "left";
      const at = x + (left ? -0.55 : 0.55) * colours.rem;
      this.writeOver(ctx, text, at, y, gone ? colours.alert : colours[letter]);
    }
    ctx.restore();
  }

  /** Small text, and larger and bolder where it is to be read from afar. */
  #letters() {
    const { rem, stroke } = this.colours;
    return stroke > 1 ? { size: 0.95 * rem, weight: 600 } : { size: 0.8 * rem, weight: 400 };
  }

  /** The same as a context takes it. */
  font() {
    const { size, weight } = this.#letters();
    return { size, font: `${weight} ${size}px ${FONT}` };
  }

  /** Text that stays readable over lines. */
  writeOver(ctx, text, x, y, colour) {
    ctx.lineJoin = "round";
    ctx.lineWidth = 0.28 * this.colours.rem;
    ctx.strokeStyle = this.colours.paper;
    ctx.strokeText(text, x, y);
    ctx.fillStyle = colour;
    ctx.fillText(text, x, y);
  }

  #describe() {
    const words = LETTERS.map((letter) => {
      const last = this.records[letter].at(-1);
      const name = letter.toUpperCase();
      if (!last) return "";
      const gone =
        this.diverged[letter] === null ? "" : ` ${name} diverged in epoch ${this.diverged[letter].toFixed(1)}.`;
      return `${name} after epoch ${last.epoch}: ${this.summary(last)}.${gone}`;
    });
    this.#canvas.setAttribute("aria-label", `${this.name}. ${words.join(" ")}`);
  }
}
