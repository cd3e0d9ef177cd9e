// filigree.worker.js: draws the filigrees off the page's thread, on canvases that were handed over, and posters as PNG.
// It holds the last scene of each, moves units gently where asked, and knows no engine and no training.
// Depends on views/filigree-draw.js.
//
// Messages in: {operation: "canvas" | "size" | "scene" | "poster", letter, ...}. Out: {drawn: letter} after each scene, and
// {poster: Blob, id} or {poster: null, id, error}.
import { drawFiligree } from "./views/filigree-draw.js";

/** Milliseconds of a move of the units. */
const MOVE = 900;
const boards = new Map();
let due = false;

const font = new FontFace("Hanken Grotesk", "url(fonts/hanken-grotesk.woff2)", { weight: "100 900" });
self.fonts.add(font);
font.load().then(
  () => boards.forEach((board) => touch(board)),
  () => {}, // the system's font then
);

function touch(board) {
  board.stale = true;
  if (due) return;
  due = true;
  self.requestAnimationFrame(draw);
}

function draw(now) {
  due = false;
  for (const [letter, board] of boards) {
    if (!board.stale || !board.scene || !board.width) continue;
    board.stale = false;
    const { canvas } = board;
    if (canvas.width !== board.width || canvas.height !== board.height) {
      canvas.width = board.width;
      canvas.height = board.height;
    }
    const context = (board.context ??= canvas.getContext("2d"));
    context.clearRect(0, 0, canvas.width, canvas.height);
    const scene = { ...board.scene, places: placesNow(board, now) };
    drawFiligree(context, scene, { left: 0, top: 0, width: canvas.width, height: canvas.height, unit: board.unit });
    self.postMessage({ drawn: letter, lines: scene.edges.reduce((sum, { weights }) => sum + weights.length, 0) });
  }
}

/** Where units stand: on their way, while they move. */
function placesNow(board, now) {
  const { move, scene } = board;
  if (!move) return scene.places;
  const share = Math.min(1, Math.max(0, (now - move.begin) / MOVE));
  if (share === 1) {
    board.move = null;
    return scene.places;
  }
  const eased = share < 0.5 ? 4 * share ** 3 : 1 - (2 - 2 * share) ** 3 / 2;
  touch(board);
  return scene.places.map((to, level) =>
    to.map((each, k) => move.from[level][k] + (each - move.from[level][k]) * eased),
  );
}

const sameShape = (one, other) =>
  one.length === other.length && one.every((each, k) => each.length === other[k].length);

const operations = {
  canvas({ letter, canvas }) {
    boards.set(letter, { canvas, width: 0, height: 0, unit: 1, scene: null, move: null, stale: false });
  },

  size({ letter, width, height, unit }) {
    const board = boards.get(letter);
    Object.assign(board, { width, height, unit });
    touch(board);
  },

  scene({ letter, scene, gently }) {
    const board = boards.get(letter);
    // The same places again (other lines, other light) leave a move under way alone.
    if (board.scene?.placing !== scene.placing) {
      const now = performance.now();
      const moves = gently && board.scene && sameShape(board.scene.places, scene.places);
      board.move = moves ? { from: placesNow(board, now), begin: now } : null;
    }
    board.scene = scene;
    touch(board);
  },

  async poster({ id, width, texts, colours, ratio }) {
    try {
      const gap = width * 0.04;
      const each = (width - 3 * gap) / 2;
      const size = width / 110;
      const head = 9 * size;
      const foot = 5 * size;
      const height = Math.round(each * ratio + head + foot + gap);
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext("2d");
      context.fillStyle = colours.paper;
      context.fillRect(0, 0, width, height);
      [...boards].forEach(([letter, board], index) => {
        const left = gap + index * (each + gap);
        context.textAlign = "left";
        context.textBaseline = "alphabetic";
        context.fillStyle = colours[letter];
        context.font = `500 ${2 * size}px "Hanken Grotesk", system-ui, sans-serif`;
        context.fillText(texts[letter].heading, left, gap + 2 * size);
        context.fillStyle = colours.inkSoft;
        context.font = `400 ${1.25 * size}px "Hanken Grotesk", system-ui, sans-serif`;
        texts[letter].lines.forEach((line, row) => context.fillText(line, left, gap + (4.2 + 1.8 * row) * size));
        if (board.scene) {
          const scene = { ...board.scene, selected: null };
          drawFiligree(context, scene, {
            left,
            top: head + gap / 2,
            width: each,
            height: each * ratio,
            unit: each / 640,
          });
        }
      });
      context.globalAlpha = 1;
      context.textAlign = "left";
      context.textBaseline = "alphabetic";
      context.fillStyle = colours.inkSoft;
      context.font = `400 ${1.1 * size}px "Hanken Grotesk", system-ui, sans-serif`;
      context.fillText(texts.foot, gap, height - gap * 0.6);
      self.postMessage({ poster: await canvas.convertToBlob({ type: "image/png" }), id });
    } catch (error) {
      self.postMessage({ poster: null, id, error: String(error?.message ?? error) });
    }
  },
};

self.onmessage = ({ data }) => operations[data.operation](data);
