// anchors.js: what others have published for one network on one data set: the points that stand beside our trails. Their
// numbers, not ours: taken from the papers, never remade here. Pure data. Depends on nothing.

/** The network and the data that the numbers hold for. */
export const ANCHORED = Object.freeze({ data: "mnist", layers: [784, 300, 100, 10] });

/**
 * {name, year, accuracy: percent of the test set, nonzeros: weights that are left, source: the paper, short: for the
 * tight places, note: what else to know}. From most to fewest weights saved.
 */
export const ANCHORS = Object.freeze([
  {
    name: "RigL+",
    year: 2019,
    accuracy: 98.31,
    nonzeros: 3070,
    source: "https://arxiv.org/abs/1911.11134",
    note: "hidden layers already cut to 375-62-51 inputs and units; final epoch",
  },
  {
    name: "Sparse variational dropout",
    short: "Sparse VD",
    year: 2017,
    accuracy: 98.08,
    nonzeros: 3900,
    source: "https://arxiv.org/abs/1701.05369",
    note: "",
  },
  {
    name: "Global sparse momentum",
    short: "GSM",
    year: 2019,
    accuracy: 98.18,
    nonzeros: 4400,
    source: "https://arxiv.org/abs/1909.12778",
    note: "",
  },
  {
    name: "Dynamic network surgery",
    short: "DNS",
    year: 2016,
    accuracy: 98.01,
    nonzeros: 4800,
    source: "https://arxiv.org/abs/1608.04493",
    note: "",
  },
  {
    name: "RigL",
    year: 2019,
    accuracy: 98.52,
    nonzeros: 6300,
    source: "https://arxiv.org/abs/1911.11134",
    note: "",
  },
  {
    name: "Hoyer-Square",
    year: 2019,
    accuracy: 97.99,
    nonzeros: 9900,
    source: "https://arxiv.org/abs/1908.09979",
    note: "by an independent reproduction; the link is the method's paper",
  },
  {
    name: "Soft weight sharing",
    year: 2017,
    accuracy: 98.06,
    nonzeros: 11600,
    source: "https://arxiv.org/abs/1702.04008",
    note: "",
  },
  {
    name: "L-OBS",
    year: 2017,
    accuracy: 98.18,
    nonzeros: 18600,
    source: "https://arxiv.org/abs/1705.07565",
    note: "",
  },
  {
    name: "Deep compression",
    year: 2015,
    accuracy: 98.41,
    nonzeros: 22000,
    source: "https://arxiv.org/abs/1510.00149",
    note: "",
  },
]);

/** The anchors for a run: `data`: its name, `layers`: [{rows: outputs, columns: inputs}]. Empty for any other network. */
export function anchorsFor(data, layers) {
  const widths = [layers[0]?.columns, ...layers.map(({ rows }) => rows)];
  const same = data === ANCHORED.data && widths.join() === ANCHORED.layers.join();
  return same ? ANCHORS : [];
}
