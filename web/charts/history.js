// history.js: the lines of one quantity against epochs, both contenders in one chart. It gets the epoch records and knows no
// engine. Depends on base.js, scales.js.
import { LETTERS, RunChart } from "./base.js";
import { logarithmicAxis, zoom } from "./scales.js";

export class HistoryChart extends RunChart {
  #read;
  #format;
  #axis;
  #logarithmic;
  #percent;
  /** The numbers at a logarithmic axis. */
  #ticks = [];

  /**
   * `read(record)` gives the quantity, `format(value)` its text, `name` what it is called; `logarithmic`: its axis;
   * `percent`: it ends at 100.
   */
  constructor(figure, { read, name, format, axis = format, logarithmic = false, percent = false }) {
    const text = (record) => (Number.isFinite(read(record)) ? format(read(record)) : "–");
    super(figure, { name: `${name} against epochs`, columns: [{ head: name.toLowerCase(), read: text }] });
    this.#read = read;
    this.#format = format;
    this.#axis = axis;
    this.#logarithmic = logarithmic;
    this.#percent = percent;
  }

  pointOf(record) {
    const value = this.#read(record);
    return { x: record.epoch, y: this.#logarithmic && !(value > 0) ? NaN : value };
  }

  valueText({ y }) {
    return this.#format(y);
  }

  clip() {
    return { left: 8, top: 8, right: 8, bottom: this.#logarithmic ? 8 : 0 };
  }

  summary(record) {
    const value = this.#read(record);
    return Number.isFinite(value) ? this.#format(value) : "no number";
  }

  scales({ ticks, grid, colours }) {
    return {
      x: {
        type: "linear",
        min: 0,
        max: Math.max(1, this.epochs),
        border: { color: colours.hairline },
        grid: { display: false },
        ticks: { ...ticks, precision: 0, maxTicksLimit: 8 },
      },
      y: {
        type: this.#logarithmic ? "logarithmic" : "linear",
        border: { display: false },
        grid,
        ticks: {
          ...ticks,
          maxTicksLimit: 7,
          includeBounds: false,
          callback: (value) => this.#axis(value),
        },
        ...(this.#logarithmic && { afterBuildTicks: (axis) => (axis.ticks = this.#ticks.map((value) => ({ value }))) }),
      },
    };
  }

  /**
   * A linear axis shows what training does; the untrained point of epoch 0 may lie outside.
   */
  fit() {
    const scale = this.chart.options.scales.y;
    const values = LETTERS.flatMap((letter) => this.records[letter])
      .filter((record) => this.#logarithmic || record.epoch > 0)
      .map(this.#read)
      .filter((value) => Number.isFinite(value) && (!this.#logarithmic || value > 0));
    if (this.#logarithmic) {
      const { ticks, ...ends } = logarithmicAxis(values, 7);
      Object.assign(scale, ends);
      this.#ticks = ticks;
    } else if (this.#percent) {
      Object.assign(scale, values.length < 4 ? { min: 0, max: 100 } : zoom(values, { room: 0.5, least: 0, most: 100 }));
    } else {
      Object.assign(scale, values.length < 2 ? { min: 0, max: 1 } : zoom(values, { room: 0.01, least: 0 }));
    }
  }

  /** A hairline where fine-tuning begins, and one where a contender diverged. */
  drawBelow(chart) {
    const { ctx, chartArea, scales } = chart;
    const { colours, records } = this;
    const change = records.a.findIndex((record) => record.phase === "finetune");
    const lines = [];
    if (change > 0) lines.push({ at: records.a[change - 1].epoch, text: "fine-tuning", colour: colours.inkSoft });
    for (const letter of LETTERS) {
      if (this.diverged[letter] !== null)
        lines.push({ at: this.diverged[letter], text: `${letter.toUpperCase()} diverged`, colour: colours.alert });
    }
    ctx.save();
    lines.forEach(({ at, text, colour }, row) => {
      const x = Math.round(scales.x.getPixelForValue(at)) + 0.5;
      if (x < chartArea.left || x > chartArea.right + 1) return;
      ctx.strokeStyle = colour;
      ctx.lineWidth = colours.stroke;
      ctx.globalAlpha = colour === colours.alert ? 1 : 0.55;
      ctx.setLineDash([1, 3]);
      ctx.beginPath();
      ctx.moveTo(x, chartArea.top);
      ctx.lineTo(x, chartArea.bottom);
      ctx.stroke();
      ctx.setLineDash([]);
      ctx.globalAlpha = 1;
      ctx.fillStyle = colour;
      ctx.font = this.font().font;
      const right = chartArea.right - x > 6 * colours.rem;
      ctx.textAlign = right ? "left" : "right";
      // Where the lines are not: accuracy rises, the others fall.
      ctx.textBaseline = this.#percent ? "bottom" : "top";
      const shift = row * 1.1 * colours.rem;
      ctx.fillText(
        text,
        x + (right ? 6 : -6),
        this.#percent ? chartArea.bottom - 6 - shift : chartArea.top + 4 + shift,
      );
    });
    ctx.restore();
  }
}
