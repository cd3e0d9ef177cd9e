// longtasks.test.js: the page's main thread while both networks train on full MNIST, with every view open and the page
// scrolled through, and with every view of a layer, the microscope, the drawer, projector mode and window sizes in turn, by the browser's own
// tracing: how long its tasks are. And what the page weighs, and when it paints.
//
// A task's length is the CPU time of its thread ("tdur"), for on a busy machine a task also waits while others run. The rule
// for a repeat: CPU time still grows when caches are cold or the machine is being throttled, so up to three rounds are
// measured, and one within the budget passes. Wall times are reported, not judged.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { repository } from "../tools/make.js";
import { assertQuiet, button, LETTERS, startBrowser, value, waitForState, waitForStep } from "./browser.js";

/** Milliseconds; of the longest task, and of all but one in a hundred. */
const LONGEST = 50;
const TYPICAL = 16;
const ROUNDS = 3;
/** Milliseconds of training that are measured in a round. */
const MEASURED = 6000;
/** Bytes of all scripts and modules that a page can load, with the larger build of the engine, compressed one by one. */
const SCRIPT_BUDGET = 300_000;

let site;
before(async () => {
  site = await startBrowser();
});
after(() => site.close());

/** Records while work() runs -> the trace's events. */
async function traced(page, work) {
  const client = await page.context().browser().newBrowserCDPSession();
  const events = [];
  client.on("Tracing.dataCollected", ({ value: some }) => events.push(...some));
  const complete = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
  await client.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      recordMode: "recordUntilFull",
      includedCategories: [
        "toplevel",
        "devtools.timeline",
        "disabled-by-default-devtools.timeline",
        "v8",
        "blink.user_timing",
      ],
    },
  });
  await work();
  await client.send("Tracing.end");
  await complete;
  await client.detach();
  return events;
}

/** The tasks of the page's main thread: [{cpu, wall, inside: [[name, milliseconds of its longest parts]]}], longest first. */
function mainTasks(events) {
  const scripts = events.filter(({ name, args }) => name === "EvaluateScript" || args?.data?.url?.includes("main.js"));
  const named = events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain");
  const busy = (thread) =>
    scripts.filter(({ pid, tid }) => pid === thread.pid && tid === thread.tid).length +
    events.filter(({ name, pid, tid }) => name === "FireAnimationFrame" && pid === thread.pid && tid === thread.tid)
      .length;
  const thread = named.sort((one, other) => busy(other) - busy(one))[0];
  assert.ok(thread && busy(thread) > 0, "the trace holds the page's main thread");
  const own = events.filter(({ ph, pid, tid }) => ph === "X" && pid === thread.pid && tid === thread.tid);
  // One of the two, by version and category; the second lies within the first.
  const called = (wanted) => own.filter(({ name }) => name === wanted);
  const outer = called("ThreadControllerImpl::RunTask");
  const tasks = outer.length > 0 ? outer : called("RunTask");
  return tasks
    .map((task) => ({ task, cpu: (task.tdur ?? task.dur) / 1000, wall: task.dur / 1000 }))
    .sort((one, other) => other.cpu - one.cpu)
    .map(({ task, cpu, wall }, index) => ({
      cpu,
      wall,
      turn: index > 4 ? "" : turnAt(events, task.ts),
      inside: index > 4 ? [] : partsOf(task, own),
    }));
}

/** What was being gone through at a time: the name of its mark, or "". */
function turnAt(events, time) {
  const before = events.filter(({ name, ts }) => name.startsWith("turn: ") && ts <= time);
  return before.sort((one, other) => other.ts - one.ts)[0]?.name ?? "";
}

function partsOf(task, own) {
  return own
    .filter(
      (part) => part !== task && part.ts >= task.ts && part.ts + part.dur <= task.ts + task.dur && part.dur > 1000,
    )
    .sort((one, other) => other.dur - one.dur)
    .slice(0, 8)
    .map(({ name, dur, args }) => `${name} ${args?.data?.functionName ?? ""} ${(dur / 1000).toFixed(1)}`);
}

const share = (sorted, part) => sorted[Math.floor(sorted.length * part)];

/** A line a person can read. `tasks`: longest first. */
function distribution(tasks, key) {
  const sorted = tasks.map((task) => task[key]).sort((one, other) => other - one);
  const parts = [0.5, 0.05, 0.01].map((part) => share(sorted, part).toFixed(2));
  return `${key}: median ${parts[0]}, 95 % below ${parts[1]}, 99 % below ${parts[2]}, longest ${sorted[0].toFixed(1)} ms`;
}

/** Opens what can be opened, scrolls from end to end and looks into things, for `milliseconds`. */
async function lookAround(page, milliseconds) {
  for (const summary of await page.locator("#filigree summary").all()) await summary.click().catch(() => {});
  const end = Date.now() + milliseconds;
  for (let turn = 0; Date.now() < end; turn++) {
    const height = await page.evaluate(() => document.documentElement.scrollHeight - innerHeight);
    await page.mouse.move(300 + ((turn * 97) % 800), 200 + ((turn * 61) % 500));
    await page.mouse.wheel(0, turn % 24 < 12 ? height / 12 : -height / 12);
    await sleep(120);
  }
}

/** A page on which both train on full MNIST. */
async function training() {
  const page = await site.open("#v=1&data=mnist&epochs=30&ramp=5&finetune=2", { reducedMotion: "no-preference" });
  await waitForState(page, "(Ready|Training)");
  await button(page, "Play")
    .click({ timeout: 5000 })
    .catch(() => {});
  for (const letter of LETTERS) await waitForStep(page, letter, 20);
  return page;
}

/** Measures rounds of `work` until one is within the budget; fails when none is. */
async function measure(context, page, work) {
  const tried = [];
  for (let round = 0; round < ROUNDS; round++) {
    const [from, events] = [Number(await value(page, "b", "step")), await traced(page, work)];
    const tasks = mainTasks(events);
    assert.ok(tasks.length > 200, `${tasks.length} tasks`);
    assert.ok(Number(await value(page, "b", "step")) > from, "both trained meanwhile");
    const sorted = tasks.map(({ cpu }) => cpu);
    const within = sorted[0] <= LONGEST && share(sorted, 0.01) < TYPICAL;
    tried.push(`${tasks.length} tasks; ${distribution(tasks, "cpu")}; ${distribution(tasks, "wall")}`);
    context.diagnostic(tried.at(-1));
    for (const { cpu, inside, turn } of tasks.slice(0, 5))
      context.diagnostic(`  ${cpu.toFixed(1)} ms: ${turn} ${inside.join(", ")}`);
    if (within) {
      assertQuiet(page);
      return;
    }
  }
  assert.fail(tried.join("\n"));
}

/** What is gone through in turn: [name, what is done, what undoes it]. */
const TURNS = [
  ...["fields", "pull", "difference", "histogram", "matrix"].map((name) => [
    `view ${name}`,
    async (page) => {
      await page.evaluate(() => scrollTo(0, 0));
      await page.locator(`input[name=view][value=${name}]`).check({ force: true });
      await page.mouse.move(300, 420, { steps: 4 });
      await page.mouse.move(500, 500, { steps: 4 });
    },
  ]),
  ["order by strength", (page) => page.locator('[data-views="order"]').selectOption("strength")],
  ["views as a table", (page) => page.locator('[data-views="open"]').click()],
  [
    "filigree",
    async (page) => {
      await page.locator("#filigree").scrollIntoViewIfNeeded();
      await page.locator('[data-filigree="a"] .filigree-frame').hover();
    },
  ],
  [
    "a digit",
    async (page) => {
      await page.locator("#digit").scrollIntoViewIfNeeded();
      await button(page, "Test sample").click();
    },
  ],
  [
    "microscope",
    async (page) => {
      await page.locator("#microscope").scrollIntoViewIfNeeded();
      await page.locator('[data-microscope="preset"]').selectOption("live-b");
      await page.locator('[data-microscope="descend"]').click();
    },
  ],
  ["drawer", (page) => page.locator("#open-settings").click()],
  ["drawer closed", (page) => page.keyboard.press("Escape")],
  ["export menu", (page) => page.locator("#export").click()],
  ["projector", (page) => page.locator("#projector").click()],
  ["dark", (page) => page.locator("#theme").click()],
  ["light", (page) => page.locator("#theme").click()],
  ["no projector", (page) => page.locator("#projector").click()],
  ["a narrower window", (page) => page.setViewportSize({ width: 1100, height: 800 })],
  ["a wider window", (page) => page.setViewportSize({ width: 1440, height: 900 })],
];

test("both train on full MNIST, views open, page scrolled: no task over 50 ms, 99 of 100 under 16", async (context) => {
  const page = await training();
  await measure(context, page, () => lookAround(page, MEASURED));
  await page.context().close();
});

test("the same with every view, the microscope, the drawer and projector mode in turn", async (context) => {
  const page = await training();
  await measure(context, page, async () => {
    for (const [name, work] of TURNS) {
      await page.evaluate((text) => performance.mark(text), `turn: ${name}`);
      await work(page);
      await sleep(450);
    }
    await page.locator('[data-views="open"]').click();
    await page.locator('[data-views="order"]').selectOption("as-is");
  });
  await page.context().close();
});

test("all scripts together are under 300 kB compressed", (context) => {
  const sizes = readdirSync(join(repository, "dist"), { recursive: true })
    .filter((file) => /\.(m?js|cjs|wasm)$/.test(file) && statSync(join(repository, "dist", file)).isFile())
    .map((file) => [
      file.split(/[\\/]/).pop(),
      gzipSync(readFileSync(join(repository, "dist", file)), { level: 9 }).length,
    ]);
  assert.ok(sizes.length >= 5);
  const sum = (wanted) => sizes.reduce((total, [name, size]) => total + (wanted(name) ? size : 0), 0);
  const builds = [/^filigree\.(js|wasm)$/, /^filigree-threads\./];
  const engine = builds.map((names) => sum((name) => names.test(name)));
  assert.ok(Math.min(...engine) > 10_000, "both builds were found");
  const total = sum((name) => !builds.some((names) => names.test(name))) + Math.max(...engine);
  context.diagnostic(`${total} bytes: ${sizes.map(([name, size]) => `${name} ${size}`).join(", ")}`);
  assert.ok(total < SCRIPT_BUDGET, `${total} bytes`);
});

test("paints at once, and the toy networks move by themselves", async (context) => {
  const page = await site.open("about:blank", { reducedMotion: "no-preference" });
  let moving; // read here, for writing the trace takes seconds
  const events = await traced(page, async () => {
    await page.goto(site.url);
    await page.waitForFunction(
      () => Number(document.querySelector('[data-contender="b"] [data-metric="step"]').dataset.value) >= 1,
    );
    moving = await page.evaluate(() => performance.now());
  });
  const tasks = mainTasks(events);
  context.diagnostic(
    `starting up: ${tasks.length} tasks; ${distribution(tasks, "cpu")}; ${distribution(tasks, "wall")}`,
  );
  for (const { cpu, inside } of tasks.slice(0, 3)) context.diagnostic(`  ${cpu.toFixed(1)} ms: ${inside.join(", ")}`);
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  // Times on a machine that may be busy: reported, not judged (tests/bench measures them alone).
  assert.ok(paint > 0 && moving > paint);
  context.diagnostic(`first contentful paint ${paint.toFixed(0)} ms, moving ${moving.toFixed(0)} ms`);
  assertQuiet(page);
  await page.context().close();
});
