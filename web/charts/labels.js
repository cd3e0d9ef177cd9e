// labels.js: where the names of points stand, so that none covers another, nor a point. Pure geometry in pixels. Depends
// on nothing.

/** Distances between a point and its name, and the directions tried at each: right, left, above, below, between. */
const DISTANCES = [7, 16, 28, 42, 58, 76, 96];
const DIRECTIONS = [
  [1, 0],
  [-1, 0],
  [0, -1],
  [0, 1],
  [0.8, -0.6],
  [-0.8, -0.6],
  [0.8, 0.6],
  [-0.8, 0.6],
  [0.45, -0.9],
  [-0.45, -0.9],
  [0.45, 0.9],
  [-0.45, 0.9],
];
/** From here on a line leads from the point to its name. */
const LEADER_FROM = 16;
const LEADER_BOXES = 12;

/**
 * `points`: [{x, y, width, height}], each with the size of its name; `area`: {left, top, right, bottom} that names stay
 * within; `radius` of a point. -> [{left, top, width, height, leader: bool}] in the points' order, or null when one finds
 * no place.
 */
export function placeLabels(points, area, radius = 5) {
  const taken = points.map(({ x, y }) => ({
    left: x - radius,
    top: y - radius,
    width: 2 * radius,
    height: 2 * radius,
  }));
  const places = [];
  for (const point of points) {
    const place = findPlace(point, area, taken);
    if (!place) return null;
    taken.push(place, ...leaderBoxes(point, place));
    places.push(place);
  }
  return places;
}

function findPlace({ x, y, width, height }, area, taken) {
  for (const distance of DISTANCES) {
    for (const [right, down] of DIRECTIONS) {
      const centerX = x + right * distance + (Math.sign(right) * width) / 2;
      const centerY = y + down * distance + ((Math.sign(down) * height) / 2) * Math.min(1, Math.abs(down) * 2);
      const place = {
        left: centerX - width / 2,
        top: centerY - height / 2,
        width,
        height,
        leader: distance >= LEADER_FROM,
      };
      if (within(place, area) && free(place, { x, y }, taken)) return place;
    }
  }
  return null;
}

/** Whether neither the name nor the line to it covers anything; the point's own box is where the line starts. */
function free(place, point, taken) {
  const own = (box) =>
    box.left < point.x && point.x < box.left + box.width && box.top < point.y && point.y < box.top + box.height;
  const others = taken.filter((box) => !own(box));
  const mine = [place, ...leaderBoxes(point, place)];
  return !taken.some((box) => overlap(place, box)) && !others.some((box) => mine.some((each) => overlap(each, box)));
}

/** The end of the line from a point to its name. */
export function leaderEnd({ x, y }, { left, top, width, height }) {
  return {
    x: Math.min(Math.max(x, left), left + width),
    y: Math.min(Math.max(y, top + height / 4), top + (height * 3) / 4),
  };
}

/** Small boxes along the line, none when there is no line. */
function leaderBoxes(point, place) {
  if (!place.leader) return [];
  const end = leaderEnd(point, place);
  return Array.from({ length: LEADER_BOXES }, (_, index) => {
    const part = (index + 0.5) / LEADER_BOXES;
    const x = point.x + part * (end.x - point.x);
    const y = point.y + part * (end.y - point.y);
    return { left: x - 1, top: y - 1, width: 2, height: 2 };
  });
}

function within({ left, top, width, height }, area) {
  return left >= area.left && top >= area.top && left + width <= area.right && top + height <= area.bottom;
}

/** True when two boxes share more than an edge. */
export function overlap(one, other) {
  return (
    one.left < other.left + other.width &&
    other.left < one.left + one.width &&
    one.top < other.top + other.height &&
    other.top < one.top + one.height
  );
}
