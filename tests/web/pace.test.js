// pace.test.js: the limit that holds two contenders together, on a simulated clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../web/pace.js";

/** Trains two contenders at `speeds` (steps a second) under one Pace that is asked `looks` times a second. */
function simulate(pace, speeds, { seconds, looks = 30, stepsPerEpoch }) {
  const steps = [0, 0];
  let widest = 0;
  for (let look = 0; look <= seconds * looks; look++) {
    const limit = pace.limit(look / looks, steps.map(Math.floor));
    for (const [index, speed] of speeds.entries()) {
      steps[index] = Math.max(steps[index], Math.min(limit, steps[index] + speed / looks));
    }
    widest = Math.max(widest, Math.abs(steps[0] - steps[1]));
    assert.ok(widest <= stepsPerEpoch + 1e-9, `apart by ${widest} of ${stepsPerEpoch} steps`);
  }
  return { steps, widest };
}

test("the slower contender never waits, the faster stays within an epoch of it", () => {
  for (const speeds of [
    [250, 500],
    [500, 250],
    [300, 300],
    [40, 4000],
  ]) {
    const { steps } = simulate(new Pace({ stepsPerEpoch: 468 }), speeds, { seconds: 20, stepsPerEpoch: 468 });
    const slow = Math.min(...speeds) * 20;
    assert.ok(Math.min(...steps) > slow * 0.93, `${speeds}: ${steps} of ${slow}`);
  }
});

test("a hidden page that looks four times a second does not starve the run", () => {
  const { steps } = simulate(new Pace({ stepsPerEpoch: 468 }), [300, 330], {
    seconds: 60,
    looks: 4,
    stepsPerEpoch: 468,
  });
  assert.ok(Math.min(...steps) > 300 * 60 * 0.9, String(steps));
});

test("a rate is kept, from the first second on and whatever the machine could do", () => {
  const { steps } = simulate(new Pace({ stepsPerEpoch: 16, stepsPerSecond: 40 }), [9000, 8000], {
    seconds: 10,
    stepsPerEpoch: 16,
  });
  for (const step of steps) assert.ok(Math.abs(step - 400) <= 16, String(steps));
});

test("one step at a time is possible, and the limit never goes below where they are", () => {
  const pace = new Pace({ stepsPerEpoch: 1 });
  let step = 0;
  for (let look = 0; look < 100; look++) {
    const limit = pace.limit(look / 30, [step, step]);
    assert.ok(limit >= step);
    step = Math.min(limit, step + 1);
  }
  assert.ok(step > 90);
  assert.equal(pace.limit(9, []), 0);
});

test("after a rest nothing is caught up", () => {
  const pace = new Pace({ stepsPerEpoch: 100, stepsPerSecond: 10 });
  pace.limit(0, [0, 0]);
  pace.rest();
  assert.ok(pace.limit(1000, [50, 50]) <= 52);
});
