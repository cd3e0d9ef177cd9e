// filigree-draw.js: draws one network's filigree onto a 2D context, of a screen or a poster. Runs in filigree.worker.js;
// knows no element and no engine. Depends on nothing.
//
// A scene: {edges: [{from, to, weights}], places: [Float32Array], living: [Uint8Array], light: [Float32Array] or null,
// picture: Float32Array or null (the inputs as ink, level 0), pictureSize: {width, height} or null, winner: class or
// -1, labels: [text of an output], inputLabels: [text] or null, selected: {level, unit} or
// null, placing: a number that changes with the places, colours: {ink, inkSoft, hairline, positive, negative, paper}}.

/** Steps of strength in which lines are drawn, weak ones first. */
const STRENGTHS = 12;
/** From so many lines on each one is fainter. */
const DENSE = 900;
/** Lines in one stroke: where many cross, strokes add up to a stronger tone. */
const CHUNK = 16;

/** Draws `scene` into the box (left, top, width, height) in pixels; `unit` is the width of a hairline's pixel. */
export function drawFiligree(context, scene, { left, top, width, height, unit }) {
  const x = (level, index) => left + scene.places[level][2 * index] * width;
  const y = (level, index) => top + scene.places[level][2 * index + 1] * height;
  context.lineCap = "round";
  drawPicture(context, scene, { x, y, width, unit });
  const total = scene.edges.reduce((sum, { weights }) => sum + weights.length, 0);
  const tone = Math.min(1, Math.max(0.3, Math.sqrt(DENSE / Math.max(1, total))));
  scene.edges.forEach((edges, layer) => drawLayer(context, scene, edges, layer, { x, y, unit, tone }));
  drawUnits(context, scene, { x, y, width, unit });
  drawLabels(context, scene, { x, y, width, unit });
  context.globalAlpha = 1;
}

function drawLayer(context, scene, { from, to, weights }, layer, { x, y, unit, tone }) {
  const light = scene.light?.[layer];
  let most = 0;
  for (const weight of weights) most = Math.max(most, Math.abs(weight));
  // Buckets: unlit before lit, weak before strong, both signs.
  const buckets = new Map();
  for (let k = 0; k < weights.length; k++) {
    const strength = Math.min(STRENGTHS - 1, Math.floor(Math.sqrt(Math.abs(weights[k]) / most) * STRENGTHS));
    const brightness = light ? Math.ceil(light[k] * 6) : 0;
    const dead = scene.living[layer + 1][to[k]] && scene.living[layer][from[k]] ? 0 : 1;
    const key = ((brightness * 2 + (1 - dead)) * STRENGTHS + strength) * 2 + (weights[k] > 0 ? 1 : 0);
    if (!buckets.has(key)) buckets.set(key, []);
    buckets.get(key).push(k);
  }
  for (const key of [...buckets.keys()].sort((a, b) => a - b)) {
    const positive = key % 2 === 1;
    const strength = (Math.floor(key / 2) % STRENGTHS) / (STRENGTHS - 1);
    const alive = Math.floor(key / 2 / STRENGTHS) % 2 === 1;
    const brightness = Math.floor(key / 4 / STRENGTHS) / 6;
    context.strokeStyle = positive ? scene.colours.positive : scene.colours.negative;
    let alpha = (0.16 + 0.84 * strength ** 1.3) * tone;
    let lineWidth = 0.45 + 1.35 * strength ** 1.6;
    if (light) {
      alpha = brightness > 0 ? 0.25 + 0.75 * brightness : alpha * 0.2;
      lineWidth = brightness > 0 ? lineWidth + 0.9 * brightness : lineWidth * 0.8;
    }
    context.globalAlpha = alive ? alpha : alpha * 0.15;
    context.lineWidth = lineWidth * unit;
    const members = buckets.get(key);
    for (let start = 0; start < members.length; start += CHUNK) {
      context.beginPath();
      for (const k of members.slice(start, start + CHUNK)) {
        const [x0, y0, x1, y1] = [x(layer, from[k]), y(layer, from[k]), x(layer + 1, to[k]), y(layer + 1, to[k])];
        const middle = (y1 - y0) / 2;
        context.moveTo(x0, y0);
        context.bezierCurveTo(x0, y0 + middle, x1, y1 - middle, x1, y1);
      }
      context.stroke();
    }
  }
}

/** The plane of pixels: its edge, and what was drawn on it as ink. */
function drawPicture(context, scene, { x, y, width, unit }) {
  const { pictureSize, picture, colours } = scene;
  if (!pictureSize) return;
  const last = pictureSize.width * pictureSize.height - 1;
  const corners = [0, pictureSize.width - 1, last, last - pictureSize.width + 1];
  const half = (0.5 * 0.6 * width) / pictureSize.width;
  context.globalAlpha = 1;
  context.strokeStyle = colours.hairline;
  context.lineWidth = unit;
  context.beginPath();
  corners.forEach((corner, index) => {
    const outward = index === 0 || index === 3 ? -half : half;
    const down = index < 2 ? -half : half;
    context[index === 0 ? "moveTo" : "lineTo"](x(0, corner) + outward, y(0, corner) + down);
  });
  context.closePath();
  context.stroke();
  if (!picture) return;
  context.fillStyle = colours.ink;
  for (let row = 0; row < pictureSize.height; row++) {
    const first = row * pictureSize.width;
    const across = x(0, first + 1) - x(0, first);
    const below = row + 1 < pictureSize.height ? row + 1 : row;
    const down = (y(0, below * pictureSize.width) - y(0, (below - 1) * pictureSize.width)) * 1.02;
    for (let column = 0; column < pictureSize.width; column++) {
      const value = picture[first + column];
      if (!(value > 0.02)) continue;
      context.globalAlpha = Math.min(1, value) * 0.82;
      context.fillRect(x(0, first + column) - across / 2, y(0, first + column) - down / 2, across * 1.02, down);
    }
  }
}

function drawUnits(context, scene, { x, y, width, unit }) {
  context.fillStyle = scene.colours.ink;
  scene.living.forEach((living, level) => {
    const dense = scene.pictureSize && level === 0;
    const count = living.reduce((sum, each) => sum + each, 0);
    const radius = dense ? 0.55 * unit : Math.min(2.4 * unit, (0.3 * width) / Math.max(1, count));
    context.globalAlpha = scene.light ? 0.35 : dense ? 0.45 : 0.8;
    context.beginPath();
    living.forEach((alive, index) => {
      if (!alive) return;
      context.moveTo(x(level, index) + radius, y(level, index));
      context.arc(x(level, index), y(level, index), radius, 0, 2 * Math.PI);
    });
    context.fill();
  });
  if (!scene.selected) return;
  const { level, unit: index } = scene.selected;
  context.globalAlpha = 1;
  context.strokeStyle = scene.colours.ink;
  context.fillStyle = scene.colours.paper;
  context.lineWidth = 1.6 * unit;
  context.beginPath();
  context.arc(x(level, index), y(level, index), 4.5 * unit, 0, 2 * Math.PI);
  context.fill();
  context.stroke();
}

function drawLabels(context, scene, { x, y, width, unit }) {
  const { colours, labels, inputLabels, winner } = scene;
  const last = scene.places.length - 1;
  const size = Math.min(15 * unit, (0.55 * width) / Math.max(1, labels.length));
  context.textAlign = "center";
  context.textBaseline = "middle";
  labels.forEach((label, index) => {
    const [centre, line] = [x(last, index), y(last, index) + 1.35 * size];
    context.globalAlpha = 1;
    if (index === winner) {
      context.fillStyle = colours.ink;
      context.beginPath();
      context.arc(centre, line, 0.85 * size, 0, 2 * Math.PI);
      context.fill();
    }
    context.fillStyle = index === winner ? colours.paper : winner >= 0 ? colours.inkSoft : colours.ink;
    context.font = `${index === winner ? 600 : 400} ${size}px "Hanken Grotesk", system-ui, sans-serif`;
    context.fillText(label, centre, line + 0.05 * size);
  });
  if (!inputLabels) return;
  context.fillStyle = colours.ink;
  context.font = `400 ${13 * unit}px "Hanken Grotesk", system-ui, sans-serif`;
  inputLabels.forEach((label, index) => context.fillText(label, x(0, index), y(0, index) - 11 * unit));
}
