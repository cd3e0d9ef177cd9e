// filigree-layout.js: the arithmetic of the filigree: how many lines are drawn, where units stand, in what order, which
// lines light up. Pure: no element, no canvas, no engine. Depends on nothing.
//
// Level 0 are the inputs, level l the outputs of layer l. Edges of a layer: {from, to: Uint32Array (units of the levels
// on both sides), weights: Float32Array}, row by row of the matrix. Places are Float32Array [x, y, x, y, ...], in shares
// of the picture's width and height.

/** Lines that are drawn of one network while it is dense. */
export const BUDGET = 5000;
const MARGIN = 0.035;
/** The row of inputs or the back of the plane of pixels, and the row of outputs. */
const TOP = 0.035;
const BOTTOM = 0.93;
/** The plane of pixels: its depth, and half its width at the back and in front. */
const PLANE = { depth: 0.24, back: 0.25, front: 0.36 };
/** The room of a dead unit in a row that is ordered, as a share of a live one's. */
const DEAD_ROOM = 0.02;

/** Lines for each layer: all of the small ones, and the large ones share what is left of `budget`. */
export function limits(nonzeros, budget = BUDGET) {
  const result = nonzeros.map(() => 0);
  let left = budget;
  const smallestFirst = nonzeros.map((count, layer) => ({ count, layer })).sort((a, b) => a.count - b.count);
  smallestFirst.forEach(({ count, layer }, index) => {
    result[layer] = Math.min(count, Math.floor(left / (nonzeros.length - index)));
    left -= result[layer];
  });
  return result;
}

/** What the engine gives of a layer with `columns` inputs, as edges. */
export function edgesOf({ cells, weights }, columns) {
  return {
    from: cells.map((cell) => cell % columns),
    to: cells.map((cell) => Math.floor(cell / columns)),
    weights,
  };
}

/** Which units have a line on each side where they need one: [Uint8Array a level]. `live`: the engine's, by layer. */
export function livingUnits(widths, edges, live) {
  const used = Uint8Array.from({ length: widths[0] }, () => 0);
  edges[0].from.forEach((unit, index) => {
    if (live[0][edges[0].to[index]]) used[unit] = 1;
  });
  return [used, ...live];
}

/**
 * Places of all units. `picture`: {width, height} or null; `orders`: for each level the units from left to right, or
 * null for their own order, in which nothing depends on who lives.
 */
export function places(widths, picture, orders = null, living = null) {
  const last = widths.length - 1;
  const first = picture ? TOP + PLANE.depth : TOP + 0.02;
  return widths.map((width, level) => {
    if (level === 0 && picture) return planePlaces(picture);
    const y =
      first + ((BOTTOM - first) * (level + (picture ? 0.3 * Math.sin((Math.PI * level) / last / 1.2) : 0))) / last;
    const room = level === last ? 0.12 : MARGIN;
    return rowPlaces(width, level === last ? BOTTOM : Math.min(y, BOTTOM), room, orders?.[level], living?.[level]);
  });
}

function planePlaces({ width, height }) {
  const result = new Float32Array(2 * width * height);
  for (let row = 0; row < height; row++) {
    const near = height > 1 ? row / (height - 1) : 1;
    const half = PLANE.back + (PLANE.front - PLANE.back) * near;
    for (let column = 0; column < width; column++) {
      const at = 2 * (row * width + column);
      result[at] = 0.5 + (width > 1 ? (2 * column) / (width - 1) - 1 : 0) * half;
      result[at + 1] = TOP + PLANE.depth * near ** 1.15;
    }
  }
  return result;
}

function rowPlaces(width, y, margin, order, living) {
  const result = new Float32Array(2 * width);
  const room = (unit) => (order && living && !living[unit] ? DEAD_ROOM : 1);
  const units = order ?? Array.from({ length: width }, (_, unit) => unit);
  const total = units.reduce((sum, unit) => sum + room(unit), 0);
  let passed = 0;
  for (const unit of units) {
    result[2 * unit] = margin + ((1 - 2 * margin) * (passed + room(unit) / 2)) / total;
    result[2 * unit + 1] = y;
    passed += room(unit);
  }
  return result;
}

/**
 * Orders of the hidden units in which lines cross less: each unit goes to the weighted mean of where its lines lead
 * (Sugiyama's barycentres), down from the inputs, then up from the outputs, a few times. Inputs and outputs stay.
 */
export function orders(widths, picture, edges, living, rounds = 6) {
  const result = widths.map(() => null);
  for (let round = 0; round < rounds; round++) {
    for (const down of [true, false]) {
      const levels = widths.map((_, level) => level).slice(1, -1);
      for (const level of down ? levels : levels.reverse()) {
        const at = places(widths, picture, result, living);
        const sums = new Float64Array(widths[level]);
        const counts = new Float64Array(widths[level]);
        const pull = ({ from, to, weights }, ownSide, other, place, factor) => {
          for (let k = 0; k < weights.length; k++) {
            const own = ownSide === "to" ? to[k] : from[k];
            const strength = Math.abs(weights[k]) * factor;
            sums[own] += strength * place[2 * (other === "to" ? to[k] : from[k])];
            counts[own] += strength;
          }
        };
        pull(edges[level - 1], "to", "from", at[level - 1], 1);
        pull(edges[level], "from", "to", at[level + 1], 1);
        const mean = (unit) => (counts[unit] > 0 ? sums[unit] / counts[unit] : at[level][2 * unit]);
        const means = Array.from({ length: widths[level] }, (_, unit) => mean(unit));
        result[level] = means.map((_, unit) => unit).sort((a, b) => means[a] - means[b] || a - b);
      }
    }
  }
  return result;
}

/** How brightly each line is lit by a unit, by layer: its own 1, those on a path through it 0.4, others 0. */
export function pathsThrough(widths, edges, level, unit) {
  const light = edges.map(({ weights }) => new Float32Array(weights.length));
  let reached = new Uint8Array(widths[level]);
  reached[unit] = 1;
  for (let layer = level; layer < edges.length; layer++) {
    const next = new Uint8Array(widths[layer + 1]);
    edges[layer].from.forEach((from, k) => {
      if (!reached[from]) return;
      light[layer][k] = layer === level ? 1 : 0.4;
      next[edges[layer].to[k]] = 1;
    });
    reached = next;
  }
  reached = new Uint8Array(widths[level]);
  reached[unit] = 1;
  for (let layer = level - 1; layer >= 0; layer--) {
    const next = new Uint8Array(widths[layer]);
    edges[layer].to.forEach((to, k) => {
      if (!reached[to]) return;
      light[layer][k] = layer === level - 1 ? 1 : 0.4;
      next[edges[layer].from[k]] = 1;
    });
    reached = next;
  }
  return light;
}

/**
 * Which lines carried an answer: from the class `winner` back to the inputs each unit's share is handed on to the lines
 * that argued for it (weight times what came in, where positive), in proportion. -> by layer each line's share of 1,
 * over the strongest line's, square-rooted so that small ones show. `values`: what each level but the last gives.
 */
export function answerPaths(widths, edges, values, winner) {
  let share = new Float64Array(widths.at(-1));
  share[winner] = 1;
  const light = edges.map(({ weights }) => new Float32Array(weights.length));
  for (let layer = edges.length - 1; layer >= 0; layer--) {
    const { from, to, weights } = edges[layer];
    const sums = new Float64Array(widths[layer + 1]);
    const argument = (k) => Math.max(0, weights[k] * values[layer][from[k]]);
    for (let k = 0; k < weights.length; k++) sums[to[k]] += argument(k);
    const next = new Float64Array(widths[layer]);
    let most = 0;
    for (let k = 0; k < weights.length; k++) {
      const handed = sums[to[k]] > 0 ? (share[to[k]] * argument(k)) / sums[to[k]] : 0;
      light[layer][k] = handed;
      next[from[k]] += handed;
      most = Math.max(most, handed);
    }
    if (most > 0) light[layer] = light[layer].map((each) => Math.sqrt(each / most));
    share = next;
  }
  return light;
}

/** The living unit nearest to (x, y) in pixels of a picture of `width` x `height`, within `reach`; or null. */
export function nearestUnit(at, living, x, y, width, height, reach) {
  let best = null;
  let least = reach;
  at.forEach((place, level) => {
    for (let unit = 0; unit < place.length / 2; unit++) {
      if (!living[level][unit]) continue;
      const distance = Math.hypot(place[2 * unit] * width - x, place[2 * unit + 1] * height - y);
      if (distance < least) {
        least = distance;
        best = { level, unit };
      }
    }
  });
  return best;
}

/** What is said of a unit: its lines in and out, and the strongest of each. */
export function linesOf(edges, level, unit) {
  const collect = (layer, own, other) => {
    if (!layer) return { count: 0, strongest: null };
    let count = 0;
    let strongest = null;
    layer[own].forEach((each, k) => {
      if (each !== unit) return;
      count++;
      const weight = layer.weights[k];
      if (!strongest || Math.abs(weight) > Math.abs(strongest.weight)) strongest = { unit: layer[other][k], weight };
    });
    return { count, strongest };
  };
  return { inputs: collect(edges[level - 1], "to", "from"), outputs: collect(edges[level], "from", "to") };
}
