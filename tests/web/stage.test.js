// stage.test.js: the pure parts of the stage: time left, what one column says of the other, widths as people write them, and
// how the page is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Display } from "../../web/display.js";
import { duration } from "../../web/format.js";
import { TimeLeft } from "../../web/time-left.js";
import { versus } from "../../web/views/comparison.js";
import { widthsOf } from "../../web/views/network-field.js";

test("durations as people say them", () => {
  assert.deepEqual([0, 0.2, 59.1, 60, 125, 3600, 3840].map(duration), [
    "0 s",
    "1 s",
    "1 min 00 s",
    "1 min 00 s",
    "2 min 05 s",
    "1 h 00 min",
    "1 h 04 min",
  ]);
});

test("the time left follows the speed of late, says nothing too soon, and forgets on a rest", () => {
  const left = new TimeLeft();
  const steps = 1000;
  assert.equal(left.note({ step: 0, steps }, 0), "");
  assert.equal(left.note({ step: 5, steps }, 0.5), "");
  assert.equal(left.note({ step: 20, steps }, 2), "1 min 38 s left");
  assert.equal(left.note({ step: 25, steps }, 2.5), "1 min 38 s left", "a text stays a second");
  let text = "";
  for (let now = 3; now <= 33; now++) text = left.note({ step: 25 + (now - 2) * 20, steps }, now);
  assert.equal(text, "18 s left", "twice as fast by now");
  assert.equal(left.rest(), "");
  assert.equal(left.note({ step: 700, steps }, 40), "");
});

test("one column on the other: the ratio alone only at equal accuracy", () => {
  const own = { epoch: 3, nonzeros: 1000, test_accuracy: 98.3 };
  const other = { epoch: 3, nonzeros: 7600, test_accuracy: 98.4 };
  assert.deepEqual(versus(own, other, "A"), {
    weights: "7.6× fewer than A at equal accuracy",
    accuracy: "equal to A (within 0.1)",
  });
  assert.deepEqual(versus(other, { ...own, test_accuracy: 98 }, "B"), {
    weights: "7.6× as many as B",
    accuracy: "0.40 points more than B",
  });
  const none = { weights: "", accuracy: "" };
  assert.deepEqual(versus(own, { ...other, epoch: 0 }, "A"), none);
  assert.deepEqual(versus(own, { ...other, state: "diverged" }, "A"), none);
  assert.deepEqual(versus(undefined, other, "A"), none);
});

test("widths as people write them", () => {
  for (const text of ["784-300-100-10", "784,300,100,10", " 784 300  100 10 ", "784 – 300 × 100;10", "784x300x100x10"])
    assert.equal(widthsOf(text), "784,300,100,10", text);
  assert.equal(widthsOf(""), "");
  assert.equal(widthsOf("2--2"), "2,,2", "the engine is to say what is wrong");
});

test("theme and projector mode are kept for the tab, and nothing else is taken from there", () => {
  const kept = new Map();
  const store = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  let changes = 0;
  const open = () => new Display({ dataset: {} }, { store, onChange: () => changes++ });
  const display = open();
  assert.deepEqual([display.theme, display.projector], ["", false]);
  display.theme = "dark";
  display.theme = "dark";
  display.theme = "pink";
  display.projector = true;
  assert.equal(changes, 2);
  assert.deepEqual([open().theme, open().projector], ["dark", true]);
  for (const text of ["{", "null", '{"theme":"pink","projector":1}']) {
    kept.set([...kept.keys()][0], text);
    assert.deepEqual([open().theme, open().projector], ["", false]);
  }
});
