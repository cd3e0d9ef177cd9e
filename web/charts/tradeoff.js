// tradeoff.js: test accuracy against nonzero weights, the chart that matters: each contender's trail from its first epoch to
// its last, and beside them what others have published. It gets epoch records and anchors, and knows no engine. Depends on
// base.js, labels.js, scales.js, format.js.
import { count, percentage } from "../format.js";
import { LETTERS, recordText, RunChart } from "./base.js";
import { leaderEnd, placeLabels } from "./labels.js";
import { accuracyRange, logarithmicAxis } from "./scales.js";

/** The anchors' place among the data sets. */
const PUBLISHED = LETTERS.length;
/** Rem of width below which anchors carry numbers instead of names. */
const NARROW = 30;

export class TradeoffChart extends RunChart {
  #anchors = [];
  /** The numbers at the axis of weights. */
  #counts = [];
  #places = { key: "", list: null, numbers: false };

  constructor(figure) {
    super(figure, {
      name: "Test accuracy against nonzero weights",
      columns: [
        { head: "nonzero", read: (record) => count(record.nonzeros) },
        { head: "accuracy", read: ({ test_accuracy: value }) => (Number.isFinite(value) ? percentage(value) : "–") },
        { head: "loss", read: ({ loss }) => (Number.isFinite(loss) ? loss.toFixed(4) : "–") },
      ],
    });
  }

  /** As RunChart's; `anchors`: [{name, short, accuracy, nonzeros, note}] of this network, or none. */
  reset({ anchors = [], ...run }) {
    this.#anchors = anchors;
    this.#places.key = "";
    super.reset(run);
  }

  pointOf({ nonzeros, test_accuracy: accuracy }) {
    return { x: nonzeros > 0 ? nonzeros : NaN, y: accuracy };
  }

  valueText({ y }) {
    return `${percentage(y)} %`;
  }

  clip() {
    return { left: 8, top: 8, right: 8, bottom: 0 };
  }

  help() {
    return "left and right go through the epochs, up and down from line to line";
  }

  interaction() {
    return { mode: "nearest", axis: "xy", intersect: false };
  }

  extraDatasets() {
    const { colours } = this;
    return [
      {
        label: "Published",
        data: this.#anchors.map((anchor) => ({ x: anchor.nonzeros, y: anchor.accuracy, anchor })),
        showLine: false,
        pointStyle: "rect",
        pointRadius: 0.2 * colours.stroke * colours.rem,
        pointHoverRadius: 0.3 * colours.stroke * colours.rem,
        borderColor: colours.inkSoft,
        borderWidth: colours.stroke,
        backgroundColor: colours.paper,
        pointHoverBackgroundColor: colours.inkSoft,
        clip: 8,
      },
    ];
  }

  scales({ ticks, grid, colours }) {
    const title = (text) => ({ display: true, text, color: colours.inkSoft, font: ticks.font, padding: 4 });
    return {
      x: {
        type: "logarithmic",
        border: { color: colours.hairline },
        grid: { display: false },
        title: title("nonzero weights"),
        ticks: { ...ticks, callback: count },
        afterBuildTicks: (axis) => (axis.ticks = this.#counts.map((value) => ({ value }))),
      },
      y: {
        type: "linear",
        border: { display: false },
        grid,
        title: title("test accuracy, %"),
        ticks: {
          ...ticks,
          maxTicksLimit: 7,
          includeBounds: false,
          callback: (value) => String(Number(value.toFixed(2))),
        },
      },
    };
  }

  fit() {
    const { x, y } = this.chart.options.scales;
    const lines = LETTERS.map((letter) => this.records[letter].filter(({ epoch }) => epoch > 0));
    const accuracies = lines.map((line) => line.map((record) => record.test_accuracy).filter(Number.isFinite));
    Object.assign(
      y,
      accuracyRange(
        accuracies,
        this.#anchors.map(({ accuracy }) => accuracy),
      ),
    );
    const counts = [
      ...LETTERS.flatMap((letter) => this.records[letter].map(({ nonzeros }) => nonzeros)),
      ...this.#anchors.map(({ nonzeros }) => nonzeros * 0.8),
    ].filter((value) => value > 0);
    if (counts.length === 0) return;
    const { ticks, ...ends } = logarithmicAxis(counts.flatMap((value) => [value * 0.97, value * 1.03]));
    Object.assign(x, ends);
    this.#counts = ticks;
  }

  moved(key, cursor) {
    const { datasets } = this.chart.data;
    const lines = datasets.map((_, index) => index).filter((index) => datasets[index].data.length > 0);
    if (lines.length === 0) return undefined;
    const { line, index } = this.#found(cursor) ?? { line: lines[0], index: 0 };
    const last = datasets[line].data.length - 1;
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = lines[(lines.indexOf(line) + (key === "ArrowDown" ? 1 : lines.length - 1)) % lines.length];
      return this.#cursorAt(next, next === PUBLISHED ? 0 : datasets[next].data.length - 1);
    }
    const next = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: last }[key];
    return next === undefined ? undefined : this.#cursorAt(line, Math.min(Math.max(next, 0), last));
  }

  lastCursor() {
    const { datasets } = this.chart?.data ?? { datasets: [] };
    const line = datasets.findIndex(({ data }) => data.length > 0);
    return line < 0 ? null : this.#cursorAt(line, line === PUBLISHED ? 0 : datasets[line].data.length - 1);
  }

  pointedAt(cursor) {
    const found = this.#found(cursor);
    return found ? [{ datasetIndex: found.line, index: found.index }] : [];
  }

  tipTitle(items) {
    const anchor = items[0]?.raw.anchor;
    return anchor ? `${anchor.name} (${anchor.year}), as published` : super.tipTitle(items);
  }

  tipLine(item) {
    const { anchor, record } = item.raw;
    if (record) return `${item.dataset.label}: ${recordText(record)}`;
    const lines = [`${count(anchor.nonzeros)} nonzero · ${percentage(anchor.accuracy)} %`];
    if (anchor.note) lines.push(anchor.note);
    return lines;
  }

  /** The anchors' names, over the lines; where there is no room, their numbers in the list below. */
  drawAbove(chart) {
    if (this.#anchors.length === 0) return;
    const { ctx, chartArea, scales } = chart;
    const { colours } = this;
    const { size, font } = this.font();
    ctx.save();
    ctx.font = font;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    const places = this.#placed(chart, size);
    this.#anchors.forEach((anchor, index) => {
      const place = places.list?.[index];
      if (!place) return;
      const x = scales.x.getPixelForValue(anchor.nonzeros);
      const y = scales.y.getPixelForValue(anchor.accuracy);
      if (y > chartArea.bottom || x < chartArea.left) return;
      if (place.leader) {
        ctx.strokeStyle = colours.line;
        ctx.lineWidth = colours.stroke;
        ctx.beginPath();
        ctx.moveTo(x, y);
        const end = leaderEnd({ x, y }, place);
        ctx.lineTo(end.x, end.y);
        ctx.stroke();
      }
    });
    this.#anchors.forEach((anchor, index) => {
      const place = places.list?.[index];
      if (!place) return;
      this.writeOver(ctx, textOf(anchor, index, places.how), place.left, place.top + place.height / 2, colours.inkSoft);
    });
    ctx.restore();
  }

  /** The names' places; only found anew when the axes or the size changed, so that nothing jumps. */
  #placed(chart, size) {
    const { ctx, chartArea, scales } = chart;
    const { left, top, right, bottom } = chartArea;
    const key = [left, top, right, bottom, scales.x.min, scales.x.max, scales.y.min, scales.y.max, size].join();
    if (key === this.#places.key) return this.#places;
    const ways = right - left < NARROW * this.colours.rem ? ["number"] : ["name", "short", "number"];
    let list = null;
    let how;
    for (how of ways) {
      const points = this.#anchors.map((anchor, index) => ({
        x: scales.x.getPixelForValue(anchor.nonzeros),
        y: scales.y.getPixelForValue(anchor.accuracy),
        width: ctx.measureText(textOf(anchor, index, how)).width,
        height: size * 1.15,
      }));
      list = placeLabels(points, { left, top, right, bottom }, 0.25 * this.colours.rem);
      if (list) break;
    }
    this.#places = { key, list, how };
    return this.#places;
  }

  #cursorAt(line, index) {
    const { record } = this.chart.data.datasets[line].data[index];
    return record ? { line, epoch: record.epoch } : { line, index };
  }

  #found(cursor) {
    if (!cursor) return null;
    const { line } = cursor;
    const { data } = this.chart.data.datasets[line];
    const index = line === PUBLISHED ? cursor.index : data.findIndex(({ record }) => record.epoch === cursor.epoch);
    return index < 0 || index >= data.length ? null : { line, index };
  }
}

function textOf({ name, short = name }, index, how) {
  return { name, short, number: String(index + 1) }[how];
}
