// arrange.js: where the pictures of a layer go and on which scale they are coloured: matrices in rows, receptive
// fields in a grid, the round numbers at the end of a scale. Pure arithmetic. Depends on nothing.

const GAP = 20;
const SMALL_GAP = 12;
/** A box narrower than this has the small gap. */
const SMALL_BOX = 300;
/** Heights of a caption of one line and of two, and the width from which one is enough. */
export const CAPTION = 25;
const TALL_CAPTION = 44;
const CAPTION_FITS = 172;
/** A matrix of few rows is stretched to this height. */
const LOWEST = 24;
/** Cells of one matrix alone in its box may be this much longer than wide, or wider than long. */
const MOST_STRETCH = 4;
/** The first layers that the scale of the weights is made for. */
const SCALED = 2;

export function gapOf(boxWidth) {
  return boxWidth < SMALL_BOX ? SMALL_GAP : GAP;
}

/**
 * Where `layers` ([{rows, columns}]) go in a box, in reading order: the division into rows whose cells are nearest to
 * squares, larger layers counting for more. -> {rows: [[index]], sizes: [{width, height}]} in CSS pixels.
 */
export function arrange(layers, boxWidth, boxHeight) {
  let best = null;
  for (let breaks = 0; breaks < 2 ** (layers.length - 1); breaks++) {
    const rows = [[0]];
    for (let layer = 1; layer < layers.length; layer++) {
      if (breaks & (1 << (layer - 1))) rows.push([layer]);
      else rows.at(-1).push(layer);
    }
    const sizes = sizesOf(layers, rows, boxWidth, boxHeight);
    const distortion = layers.reduce((sum, layer, index) => {
      const { width, height } = sizes[index];
      const cell = (width / layer.columns) * (layer.rows / height);
      return sum + (layer.rows * layer.columns) ** 0.25 * Math.abs(Math.log(cell));
    }, 0);
    if (!best || distortion < best.distortion) best = { rows, sizes, distortion };
  }
  return { rows: best.rows, sizes: best.sizes };
}

function sizesOf(layers, rows, boxWidth, boxHeight) {
  const sizes = [];
  const narrowest = Math.max(boxWidth / 6, 64);
  for (const row of rows) {
    const room = boxWidth - gapOf(boxWidth) * (row.length - 1);
    const wide = row.map((layer) => Math.sqrt(layers[layer].columns));
    const total = wide.reduce((sum, each) => sum + each, 0);
    const raised = wide.map((each) => Math.max(Math.min(narrowest, room / row.length), (room * each) / total));
    const excess = raised.reduce((sum, each) => sum + each, 0);
    row.forEach((layer, place) => (sizes[layer] = { width: (raised[place] * room) / excess, height: 0 }));
  }
  const captions = rows.map((row) => (row.some((layer) => sizes[layer].width < CAPTION_FITS) ? TALL_CAPTION : CAPTION));
  const free = boxHeight - captions.reduce((sum, each) => sum + each, 0) - 14 * (rows.length - 1);
  const high = rows.map((row) => Math.sqrt(Math.max(...row.map((layer) => layers[layer].rows))));
  const total = high.reduce((sum, each) => sum + each, 0);
  rows.forEach((row, place) => {
    let height = Math.max(LOWEST, (free * high[place]) / total);
    if (rows.length === 1 && row.length === 1) {
      const { rows: cells, columns } = layers[row[0]];
      const size = sizes[row[0]];
      height = Math.min(height, Math.max(LOWEST, (MOST_STRETCH * size.width * cells) / columns));
      size.width = Math.min(size.width, Math.max(narrowest, (MOST_STRETCH * height * columns) / cells));
    }
    for (const layer of row) sizes[layer].height = height;
  });
  return sizes;
}

/**
 * Device pixels for `cells` in `space` device pixels: a whole number a cell where that leaves little room over.
 */
export function fit(cells, space) {
  const each = Math.floor(space / cells);
  const whole = each * cells;
  return each >= 3 && whole >= 0.94 * space ? whole : Math.max(1, Math.round(space));
}

/** The shape in which `inputs` numbers are drawn when they are no picture: cells a line, at most twice as wide as high. */
export function fieldColumns(inputs) {
  if (inputs <= 3) return inputs;
  const least = Math.ceil(Math.sqrt(inputs));
  for (let columns = least; columns ** 2 <= 2 * inputs; columns++) if (inputs % columns === 0) return columns;
  return least;
}

/** Device pixels a line from which a receptive field can be read, and the largest cell of one in CSS pixels. */
const SMALLEST_FIELD = 7;
const LARGEST_CELL = 64;

/**
 * The grid of `units` receptive fields of columns x lines cells in width x height device pixels: the largest tiles
 * with which all fit, else as many of the smallest as do.
 * -> {count, across, gap, tileWidth, tileHeight, columns, width, height}
 */
export function fieldGrid(units, columns, lines, width, height, ratio = 1) {
  const sizes = [];
  for (let cell = LARGEST_CELL * ratio; cell >= 1; cell--) sizes.push(Math.floor(cell) * columns);
  for (let size = columns - 1; size >= Math.min(columns, SMALLEST_FIELD); size--) sizes.push(size);
  const grids = sizes.map((tileWidth) => {
    const tileHeight = Math.max(1, Math.round((tileWidth * lines) / columns));
    const gap = tileWidth >= 40 * ratio ? 2 * Math.round(ratio) : Math.round(ratio);
    const across = Math.min(units, Math.floor((width + gap) / (tileWidth + gap)));
    const down = Math.floor((height + gap) / (tileHeight + gap));
    const count = Math.min(units, across * down);
    const deep = Math.ceil(count / Math.max(1, across));
    return {
      ...{ count, across, gap, tileWidth, tileHeight, columns },
      width: across * (tileWidth + gap) - gap,
      height: deep * (tileHeight + gap) - gap,
    };
  });
  const whole = grids.find(({ count }) => count === units);
  if (whole) return whole;
  const some = grids.filter(({ count }) => count > 0);
  return some.length > 0 ? some.at(-1) : { ...grids.at(-1), count: 0 };
}

/** The number nearest to `wanted`, in ratio, of 1, 2 and 5 times powers of ten. */
function round(wanted) {
  const power = 10 ** Math.floor(Math.log10(wanted));
  const distance = (digit) => Math.abs(Math.log((digit * power) / wanted));
  const digit = [1, 2, 5, 10].reduce((best, each) => (distance(each) < distance(best) ? each : best));
  return Number((digit * power).toPrecision(1));
}

/**
 * The one scale for both contenders and all of a run: ten standard deviations of the first weights (He-normal,
 * sqrt(2 / inputs)), the first layers' geometric mean, rounded to 1, 2 or 5 times a power of ten. The weights that
 * survive grow to about that; colours go with the root of a weight, so that the first ones show as well.
 */
export function fixedScale(layers) {
  const scaled = layers.slice(0, SCALED);
  const logarithms = scaled.map(({ columns }) => Math.log(10 * Math.sqrt(2 / columns)));
  return round(Math.exp(logarithms.reduce((sum, each) => sum + each, 0) / scaled.length));
}

/**
 * The scale of the pull, one for both: ten times the largest of the layers' mean pulls (`means`, of both contenders, at
 * step 0 or when a strength was last changed), rounded likewise. 1 where nothing pulls.
 */
export function pullScale(means) {
  const largest = Math.max(0, ...means.filter(Number.isFinite));
  return largest > 0 ? round(10 * largest) : 1;
}
