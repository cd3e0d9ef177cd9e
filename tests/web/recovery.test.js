// recovery.test.js: what is kept of a run, when a snapshot is due, which changes are repeated, and the words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isTooOften, Recovery, recoveryWords, tooOftenWords } from "../../web/recovery.js";

function setUp(layers = [{ rows: 10, columns: 10 }]) {
  let now = 0;
  const recovery = new Recovery(() => now);
  recovery.begin({ settings: "data=moons" }, layers);
  return { recovery, wait: (milliseconds) => (now += milliseconds) };
}

const bytes = new Uint8Array(8);

test("a snapshot is due every two seconds, and costs a hundredth of the time at most", () => {
  const { recovery, wait } = setUp();
  assert.equal(recovery.due(), false);
  wait(2000);
  assert.equal(recovery.due(), true);
  recovery.keep({ bytes, step: 5, milliseconds: 3 });
  wait(1999);
  assert.equal(recovery.due(), false);
  wait(1);
  assert.equal(recovery.due(), true);
  recovery.keep({ bytes, step: 9, milliseconds: 50 });
  wait(4999);
  assert.equal(recovery.due(), false);
  wait(1);
  assert.equal(recovery.due(), true);
});

test("a large network has none, and one that was refused leaves the last", () => {
  const large = setUp([{ rows: 4000, columns: 2000 }]);
  large.wait(1e9);
  assert.equal(large.recovery.due(), false);
  assert.deepEqual(large.recovery.state, { bytes: null, step: 0, changes: [] });
  const { recovery } = setUp();
  recovery.keep({ bytes, step: 5, milliseconds: 1 });
  recovery.keep({ bytes: null, step: 9, milliseconds: 1 });
  assert.deepEqual(recovery.state, { bytes, step: 5, changes: [] });
});

test("changes are repeated from the snapshot's step on, in order; a new run forgets all", () => {
  const { recovery } = setUp();
  recovery.changed("lambda", "1", 3);
  recovery.changed("l1", "2", 5);
  recovery.changed("lambda", "3", 8);
  assert.deepEqual(
    recovery.state.changes.map(({ value }) => value),
    ["1", "2", "3"],
  );
  recovery.keep({ bytes, step: 5, milliseconds: 1 });
  // At the snapshot's own step it may be in there or not: again does no harm.
  assert.deepEqual(recovery.state.changes, [
    { key: "l1", value: "2", step: 5 },
    { key: "lambda", value: "3", step: 8 },
  ]);
  recovery.begin({ settings: "data=xor" });
  assert.deepEqual(recovery.state, { bytes: null, step: 0, changes: [] });
  assert.equal(recovery.request.settings, "data=xor");
});

test("three deaths within a minute are too many", () => {
  const { recovery, wait } = setUp();
  assert.equal(isTooOften(recovery.died()), false);
  wait(40_000);
  assert.equal(isTooOften(recovery.died()), false);
  wait(21_000);
  assert.equal(isTooOften(recovery.died()), false);
  wait(1000);
  assert.equal(isTooOften(recovery.died()), true);
});

test("the words name the contender, the reason and the steps", () => {
  const event = { letter: "b", reason: "out of memory.", from: 1200, step: 1500 };
  const lost = recoveryWords({ ...event, back: false });
  assert.match(`${lost.heading} ${lost.lines}`, /engine of B stopped.*out of memory\. A fresh one.*step 1,200/);
  const back = recoveryWords({ ...event, back: true });
  assert.match(`${back.heading} ${back.lines}`, /B goes on.*\(out of memory\).*step 1,200.*step 1,500/);
  assert.match(recoveryWords({ ...event, from: 0, back: true }).lines[0], /the beginning/);
  assert.match(tooOftenWords("a", "trap."), /engine of A stopped 3 times.*trap\. Close/);
});
