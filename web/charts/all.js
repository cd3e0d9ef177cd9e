// all.js: the page's charts. A script of its own (build-site.js), which main.js loads by its address after the first
// pictures. Depends on history.js, tradeoff.js, and on format.js.
import { count, percentage } from "../format.js";
import { HistoryChart } from "./history.js";
import { TradeoffChart } from "./tradeoff.js";

/** The charts in the figures of `page` (a Document), in the order in which they are drawn. */
export function makeCharts(page) {
  const find = (selector) => page.querySelector(selector);
  return [
    new TradeoffChart(find("#chart-tradeoff")),
    new HistoryChart(find("#chart-nonzeros"), {
      name: "Nonzero weights",
      read: (record) => record.nonzeros,
      format: count,
      logarithmic: true,
    }),
    new HistoryChart(find("#chart-accuracy"), {
      name: "Test accuracy",
      read: (record) => record.test_accuracy,
      format: (value) => `${percentage(value)} %`,
      axis: (value) => String(Number(value.toFixed(2))),
      percent: true,
    }),
    new HistoryChart(find("#chart-loss"), {
      name: "Training loss",
      read: (record) => record.loss,
      format: (value) => value.toFixed(4),
      axis: (value) => String(Number(value.toFixed(3))),
    }),
  ];
}
