// history.js: the lines of one quantity against epochs, both contenders in one chart, by Chart.js. It gets the
// epoch records and knows no engine. This folder is the only one that imports Chart.js. Depends on chart.js.
import { Chart, LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip } from "chart.js";

Chart.register(LinearScale, LineController, LineElement, LogarithmicScale, PointElement, Tooltip);

const FONT = '"Hanken Grotesk", system-ui, sans-serif';
/** Both contenders differ by more than their colour. */
const MARKS = { a: "circle", b: "rectRot" };

/** Writes A and B at the end of their lines, and a hairline where fine-tuning begins. */
const annotations = {
  id: "annotations",
  beforeDatasetsDraw(chart, _, { phaseEpoch, phaseText, phaseAt, colours }) {
    if (!(phaseEpoch > 0)) return;
    const { ctx, chartArea, scales } = chart;
    const x = Math.round(scales.x.getPixelForValue(phaseEpoch)) + 0.5;
    if (x < chartArea.left || x > chartArea.right) return;
    ctx.save();
    ctx.strokeStyle = colours.inkSoft;
    ctx.globalAlpha = 0.55;
    ctx.setLineDash([1, 3]);
    ctx.beginPath();
    ctx.moveTo(x, chartArea.top);
    ctx.lineTo(x, chartArea.bottom);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
    ctx.fillStyle = colours.inkSoft;
    ctx.font = `${0.78 * colours.rem}px ${FONT}`;
    const right = chartArea.right - x > 80;
    ctx.textAlign = right ? "left" : "right";
    ctx.textBaseline = phaseAt;
    ctx.fillText(phaseText, x + (right ? 6 : -6), phaseAt === "top" ? chartArea.top + 4 : chartArea.bottom - 6);
    ctx.restore();
  },
  afterDatasetsDraw(chart, _, { colours }) {
    const { ctx, chartArea } = chart;
    const ends = chart.data.datasets
      .map((dataset, index) => ({ dataset, element: chart.getDatasetMeta(index).data.at(-1) }))
      .filter(({ element }) => element && Number.isFinite(element.y))
      .map(({ dataset, element }) => ({
        letter: dataset.letter,
        x: element.x,
        y: Math.min(Math.max(element.y, chartArea.top), chartArea.bottom),
      }));
    // Labels that would cover each other move apart.
    const line = 0.9 * colours.rem;
    if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < line && Math.abs(ends[0].x - ends[1].x) < line) {
      const middle = (ends[0].y + ends[1].y) / 2;
      const [upper, lower] = ends[0].y <= ends[1].y ? ends : [ends[1], ends[0]];
      upper.y = middle - line / 2;
      lower.y = middle + line / 2;
    }
    ctx.save();
    ctx.font = `600 ${0.85 * colours.rem}px ${FONT}`;
    ctx.textBaseline = "middle";
    for (const { letter, x, y } of ends) {
      ctx.fillStyle = colours[letter];
      ctx.fillText(letter.toUpperCase(), x + 0.5 * colours.rem, y);
    }
    ctx.restore();
  },
};

export class HistoryChart {
  #canvas;
  #chart = null;
  #read;
  #name;
  #format;
  #logarithmic;

  /**
   * `read(record)` gives the quantity, `format(value)` its text, `name` what it is called; `logarithmic`: its axis.
   */
  constructor(canvas, { read, name, format, axis = format, logarithmic = false }) {
    this.#canvas = canvas;
    this.#read = read;
    this.#name = name;
    this.#format = format;
    this.axis = axis;
    this.#logarithmic = logarithmic;
  }

  /** New run or new colours: `labels` {a, b}: what the lines are called; `epochs`: where the axis ends. */
  reset({ labels, epochs, colours }) {
    this.#chart?.destroy();
    const lines = ["a", "b"].map((letter) => ({
      letter,
      label: `${letter.toUpperCase()} ${labels[letter]}`,
      data: [],
      borderColor: colours[letter],
      backgroundColor: colours[letter],
      borderWidth: 0.11 * colours.rem,
      borderJoinStyle: "round",
      pointStyle: MARKS[letter],
      // Only the newest point is marked.
      pointRadius: ({ dataIndex, dataset }) => (dataIndex === dataset.data.length - 1 ? 0.22 * colours.rem : 0),
      pointHoverRadius: 0.28 * colours.rem,
      pointHitRadius: 8,
      // Marks at the edges stay whole; what lies below the axis does not show.
      clip: { left: 8, top: 8, right: 8, bottom: this.#logarithmic ? 8 : 0 },
    }));
    const ticks = {
      color: colours.inkSoft,
      font: { family: FONT, size: 0.78 * colours.rem },
      maxRotation: 0,
      padding: 8,
    };
    const grid = { color: colours.hairline, lineWidth: 1, tickLength: 0, drawTicks: false };
    this.#chart = new Chart(this.#canvas, {
      type: "line",
      data: { datasets: lines },
      options: {
        parsing: false,
        normalized: true,
        animation: false,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "x", intersect: false, axis: "x" },
        layout: { padding: { right: 1.4 * colours.rem, top: 6 } },
        scales: {
          x: {
            type: "linear",
            min: 0,
            max: Math.max(1, epochs),
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
              callback: (value) => (this.#logarithmic && !isRound(value) ? null : this.axis(value)),
            },
          },
        },
        plugins: {
          annotations: {
            phaseEpoch: NaN,
            phaseText: "",
            // Where the lines are not: one falls, the other rises.
            phaseAt: this.#logarithmic ? "top" : "bottom",
            colours,
          },
          tooltip: {
            backgroundColor: colours.ink,
            titleColor: colours.paper,
            bodyColor: colours.paper,
            titleFont: { family: FONT, size: 0.8 * colours.rem, weight: "600" },
            bodyFont: { family: FONT, size: 0.85 * colours.rem },
            padding: 10,
            cornerRadius: 3,
            caretSize: 0,
            displayColors: false,
            filter: (item, index, items) =>
              items.findIndex((other) => other.datasetIndex === item.datasetIndex) === index,
            callbacks: {
              title: (items) => (items.length ? `Epoch ${items[0].parsed.x}` : ""),
              label: (item) => `${item.dataset.label}: ${this.#format(item.parsed.y)}`,
            },
          },
        },
      },
      plugins: [annotations],
    });
  }

  /** The records of both contenders, from epoch 0 on. */
  render({ a, b }) {
    if (!this.#chart) return;
    const { datasets } = this.#chart.data;
    [a, b].forEach((records, index) => {
      datasets[index].data = records
        .map((record) => ({ x: record.epoch, y: this.#read(record) }))
        .filter(({ y }) => Number.isFinite(y) && (!this.#logarithmic || y > 0));
    });
    if (this.#logarithmic) this.#round([...a, ...b]);
    else this.#zoom([...a, ...b]);
    const change = a.findIndex((record) => record.phase === "finetune");
    const notes = this.#chart.options.plugins.annotations;
    notes.phaseEpoch = change > 0 ? a[change - 1].epoch : NaN;
    notes.phaseText = "fine-tuning";
    this.#chart.update("none");
    const words = { a, b };
    this.#canvas.setAttribute(
      "aria-label",
      `${this.#name} against epochs. ` +
        ["a", "b"]
          .map((letter) => {
            const last = words[letter].at(-1);
            return last ? `${letter.toUpperCase()} after epoch ${last.epoch}: ${this.#format(this.#read(last))}.` : "";
          })
          .join(" "),
    );
  }

  resize() {
    this.#chart?.resize();
  }

  /** A logarithmic axis ends at 1, 2 or 5 times a power of ten, so that even a short one has numbers. */
  #round(records) {
    const values = records.map(this.#read).filter((value) => value > 0);
    const scale = this.#chart.options.scales.y;
    scale.min = values.length ? roundDown(Math.min(...values)) : 1;
    scale.max = values.length ? roundUp(Math.max(...values)) : 10;
    if (scale.max <= scale.min) scale.max = scale.min * 2;
  }

  /** The axis shows what training does; the untrained point of epoch 0 may lie below it. */
  #zoom(records) {
    const values = records
      .filter((record) => record.epoch > 0)
      .map(this.#read)
      .filter(Number.isFinite);
    const scale = this.#chart.options.scales.y;
    if (values.length < 4) {
      scale.min = 0;
      scale.max = 100;
      return;
    }
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = Math.max(0.5, (high - low) * 0.08);
    scale.min = Math.max(0, low - room);
    scale.max = Math.min(100, high + room);
  }
}

/** 1, 2 and 5 times a power of ten. */
function isRound(value) {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5].some((round) => Math.abs(digit - round) < 1e-6);
}

/** The round value at or below; roundUp the one at or above. */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [5, 2, 1].find((digit) => digit * power <= value * (1 + 1e-9)) * power;
}

function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return [1, 2, 5, 10].find((digit) => digit * power >= value * (1 - 1e-9)) * power;
}
