// page.test.js: the page in headless Chromium, as people and screen readers meet it: by its buttons' names, its regions and
// its outputs. What it shows is held against the engine in Node.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import { repository } from "../tools/make.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  numbers,
  SIZES,
  startBrowser,
  testLooks,
  value,
  waitForState,
  waitForStep,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);

/** An engine in Node with the settings that the page has for a hash, at step 0. */
async function startedEngine(hash, letter) {
  const engine = await loadEngine({ directory: builds, threads: 1 });
  const settings = settingsOf(engine.parseLink(hash));
  engine.configure(settingsText(engineSettings(settings, letter)));
  engine.start();
  return engine;
}

/** Trains as the page does on a pause at `step`: to that step, and through an evaluation that is due there. */
function trainTo(engine, step) {
  const { steps, epochs } = engine.metrics();
  let done = 0;
  while (done < step) if (engine.advance() === ADVANCED.BATCH) done++;
  if (done > 0 && done % (steps / epochs) === 0) while (engine.advance() !== ADVANCED.EPOCH);
}

/** The result of a command of ours; each is run once. */
const resultOf = (() => {
  const known = new Map();
  return async (program, words) => {
    const command = [program, ...words].join(" ");
    if (!known.has(command)) {
      const { stdout } = await promisify(execFile)(program, words, { cwd: repository });
      known.set(command, JSON.parse(stdout.trim().split("\n").at(-1)).result);
    }
    return known.get(command);
  };
})();

async function assertEqualsEngine(page, shown) {
  const hash = await page.evaluate(() => location.hash);
  for (const letter of LETTERS) {
    const engine = await startedEngine(hash, letter);
    trainTo(engine, Number(shown[letter].step));
    const metrics = engine.metrics();
    assert.deepEqual(shown[letter], {
      nonzeros: String(metrics.nonzeros),
      "test-accuracy": String(metrics.test_accuracy),
      epoch: String(metrics.epoch),
      step: String(metrics.step),
      fingerprint: engine.fingerprint(),
    });
  }
}

for (const isolated of [true, false]) {
  describe(isolated ? "isolated" : "not isolated (no SharedArrayBuffer)", () => {
    let site;
    before(async () => {
      site = await startBrowser({ isolated });
    });
    after(() => site.close());

    test("opens ready, says which engine runs, and starts by itself where motion is welcome", async () => {
      const page = await site.open("", { reducedMotion: "no-preference" });
      await waitForState(page, "Training");
      await waitForStep(page, "b", 20);
      assert.equal(await page.evaluate(() => typeof SharedArrayBuffer), isolated ? "function" : "undefined");
      const footer = await page.locator("#engine").textContent();
      assert.match(footer, /WebAssembly SIMD/);
      assert.equal(footer.includes("no SharedArrayBuffer on this page"), !isolated);
      assertQuiet(page);
      await page.context().close();
    });

    test("play changes the counts, pause holds them, and they are the engine's", async () => {
      const page = await site.open();
      await waitForState(page, "Ready");
      const first = await numbers(page);
      assert.equal(first.a.step, "0");
      assert.equal(first.a.fingerprint, first.b.fingerprint, "both start from the same weights");
      await assertEqualsEngine(page, first);

      await button(page, "Play").click();
      await waitForStep(page, "a", 200);
      await waitForStep(page, "b", 200);
      await button(page, "Pause").click();
      await waitForState(page, "Paused");
      const paused = await numbers(page);
      for (const letter of LETTERS) assert.notEqual(paused[letter].nonzeros, first[letter].nonzeros);
      assert.equal(paused.a.step, paused.b.step, "a pause brings both to the same step");
      await page.waitForTimeout(500);
      assert.deepEqual(await numbers(page), paused);
      await assertEqualsEngine(page, paused);
      assertQuiet(page);
      await page.context().close();
    });

    test("a small MNIST from a link ends as the command line does", async () => {
      const shared = { data: "mnist", "train-size": "2000", epochs: "2", ramp: "1", finetune: "1", seed: "3" };
      const own = {
        a: { regularizer: "l1", lambda: "1e-3" },
        b: { regularizer: "arrangement", lambda: "1e-4", l1: "1e-4" },
      };
      const pairs = [
        ...Object.entries(shared),
        ...LETTERS.flatMap((letter) => Object.entries(own[letter]).map(([key, each]) => [`${letter}.${key}`, each])),
      ];
      const page = await site.open(`#v=1&${pairs.map(([key, each]) => `${key}=${each}`).join("&")}`);
      await waitForState(page, "Ready");
      assert.equal(await value(page, "a", "step"), "0", "what had to be loaded waits for Play");
      await finish(page, 240_000);
      const shown = await numbers(page);
      for (const letter of LETTERS) {
        const words = ["train", "--json", "--threads", "1"];
        for (const [key, each] of Object.entries({ ...shared, ...own[letter] })) words.push(`--${key}`, each);
        const commands = [
          [process.execPath, ["web/cli.js", ...words]],
          ["build/filigree", words],
        ];
        for (const [program, list] of commands) {
          const result = await resultOf(program, list);
          assert.equal(shown[letter].fingerprint, result.fingerprint, program);
          assert.equal(shown[letter].nonzeros, String(result.nonzeros), program);
          assert.equal(shown[letter]["test-accuracy"], String(result.test_accuracy), program);
        }
      }
      assertQuiet(page);
      await page.context().close();
    });
  });
}

describe("the page", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  const ready = (address, options) => site.ready(address, options);

  test("step trains one batch, restart begins again with the same fingerprints", async () => {
    const page = await ready();
    const steps = async () => {
      const list = [await numbers(page)];
      for (let step = 1; step <= 5; step++) {
        await button(page, "Step").click();
        await waitForStep(page, "a", step);
        await waitForStep(page, "b", step);
        await waitForState(page, "Paused");
        list.push(await numbers(page));
      }
      return list;
    };
    const first = await steps();
    assert.deepEqual(
      first.map((each) => each.b.step),
      ["0", "1", "2", "3", "4", "5"],
    );
    assert.equal(new Set(first.map((each) => each.a.fingerprint)).size, 6);
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    assert.deepEqual(await steps(), first);
    assertQuiet(page);
    await page.context().close();
  });

  test("threads change nothing but the footer", async () => {
    const hash = "#v=1&data=moons&epochs=2&ramp=1&finetune=1&batch=50&a.regularizer=l1&b.regularizer=arrangement";
    const results = [];
    for (const cores of [2, 6]) {
      const page = await ready(hash, {
        prepare: (each) =>
          each.addInitScript((number) => {
            Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => number });
          }, cores),
      });
      const threads = Math.floor(cores / 2);
      assert.match(await page.locator("#engine").textContent(), new RegExp(`${threads} threads? a network`));
      await finish(page);
      results.push(await numbers(page));
      assertQuiet(page);
      await page.context().close();
    }
    assert.deepEqual(results[0], results[1]);
  });

  test("the space bar plays and pauses, but not from a field", async () => {
    const page = await ready();
    await page.locator("#seed").focus();
    await page.keyboard.press("Space");
    await waitForState(page, "Ready");
    await page.locator("#stage").focus();
    await page.keyboard.press("Space");
    await waitForState(page, "Training");
    await waitForStep(page, "a", 3);
    await page.keyboard.press("Space");
    await waitForState(page, "Paused");
    assertQuiet(page);
    await page.context().close();
  });

  test("the controls come from the option table and change the link", async () => {
    const page = await ready();
    const engine = await loadEngine({ directory: builds, threads: 1 });
    const table = engine.options();
    const data = table.options.find(({ key }) => key === "data");
    assert.deepEqual(await page.locator("#data option").evaluateAll((list) => list.map((option) => option.value)), [
      ...data.choices,
      "own",
    ]);
    for (const letter of LETTERS) {
      const select = page.getByLabel(`Regularizer of ${letter.toUpperCase()}`);
      assert.deepEqual(
        await select.locator("option").allTextContents(),
        table.regularizers.map(({ label }) => label),
      );
    }
    const before = await numbers(page);
    await page.locator("#seed").fill("12");
    await page.locator("#seed").press("Enter");
    await page.waitForFunction(() => location.hash.includes("seed=12"));
    await page.waitForFunction(
      (fingerprint) =>
        document.querySelector('[data-contender="a"] [data-metric="fingerprint"]').dataset.value !== fingerprint,
      before.a.fingerprint,
    );
    await assertEqualsEngine(page, await numbers(page));

    await page.getByLabel("Regularizer of A").selectOption("none");
    await page.waitForFunction(() => location.hash.includes("a.regularizer=none"));
    await page.locator("#data").selectOption("circles");
    await page.waitForFunction(() => location.hash.includes("data=circles"));
    await waitForState(page, "Ready");
    assert.match(await page.evaluate(() => location.hash), /seed=12/);
    await assertEqualsEngine(page, await numbers(page));
    assertQuiet(page);
    await page.context().close();
  });

  test("a strength can change in mid-run, by slider and by number", async () => {
    const page = await ready();
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    await waitForState(page, "Paused");
    const field = page.locator('[data-contender="b"] [data-option="lambda"] input[type="text"]');
    await field.fill("0.05");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.includes("&b.changes=1:lambda:0.05"));
    assert.equal(await value(page, "b", "step"), "1", "the run goes on");
    const slider = page.locator('[data-contender="b"] [data-option="lambda"] input[type="range"]');
    await slider.focus();
    await page.keyboard.press("Home");
    await page.waitForFunction(() => location.hash.endsWith("&b.changes=1:lambda:0"));
    assert.equal(await field.inputValue(), "0");
    const mark = page.locator('[data-contender="b"] .mark');
    await mark.filter({ hasText: "λ changed at step 1: the link says so and replays it. Restart" }).waitFor();
    await page.locator('[data-contender="b"] .fact-fingerprint', { hasText: "λ changed at step 1" }).waitFor();
    assert.equal(await page.locator('[data-contender="a"] .mark:visible').count(), 0);
    await field.fill("many");
    await field.press("Enter");
    assert.equal(await field.inputValue(), "0");
    await page.getByText("lambda is a number; not “many”.").waitFor();
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    assert.equal(await page.locator(".contender .mark:visible, .fact-note:visible").count(), 0);
    await assertEqualsEngine(page, await numbers(page));
    assertQuiet(page);
    await page.context().close();
  });

  test("the matrices show the engine's pixels, a cell each", async () => {
    const page = await ready();
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    await waitForState(page, "Paused");
    const scale = Number((await page.locator('[data-legend="high"]').textContent()).replace("+", ""));
    let checked = 0;
    for (const letter of LETTERS) {
      const engine = await startedEngine(await page.evaluate(() => location.hash), letter);
      trainTo(engine, 1);
      const layers = engine.layers();
      for (const layer of [0, 1]) {
        const { rows, columns } = layers[layer];
        const expected = engine.heatmap(layer, columns, rows, scale, 0, new Uint8Array(rows * columns * 4));
        const canvas = page.locator(`[data-contender="${letter}"] .matrix canvas`).nth(layer);
        assert.match(await canvas.getAttribute("aria-label"), new RegExp(`layer ${layer + 1}, ${rows} rows`));
        const shown = await canvas.evaluate(
          (element, [height, width]) => {
            const context = element.getContext("2d");
            const colours = [];
            for (let row = 0; row < height; row++) {
              for (let column = 0; column < width; column++) {
                const x = Math.floor(((column + 0.5) * element.width) / width);
                const y = Math.floor(((row + 0.5) * element.height) / height);
                colours.push(...context.getImageData(x, y, 1, 1).data);
              }
            }
            return colours;
          },
          [rows, columns],
        );
        assert.deepEqual(shown, [...expected]);
        checked++;
      }
    }
    assert.equal(checked, 4);
    await page.context().close();
  });

  test("a link that cannot be used in full says so, and the page runs", async () => {
    const page = await ready("#v=1&data=moons&colour=red&seed=-4&a.lambda=x");
    const notice = page.locator(".notice");
    await notice.waitFor();
    const text = await notice.textContent();
    for (const part of ["colour", "seed", "lambda"]) assert.ok(text.includes(part), text);
    await button(page, "Dismiss").click();
    assert.equal(await notice.count(), 0);
    await button(page, "Play").click();
    await waitForStep(page, "a", 5);
    assertQuiet(page);
    await page.context().close();
  });

  test("another link in the same page is followed", async () => {
    const page = await ready("#v=1&data=moons&seed=1");
    const one = await value(page, "a", "fingerprint");
    await page.evaluate(() => (location.hash = "#v=1&data=moons&seed=2"));
    await page.waitForFunction(
      (fingerprint) =>
        document.querySelector('[data-contender="a"] [data-metric="fingerprint"]').dataset.value !== fingerprint,
      one,
    );
    assert.equal(await page.locator("#seed").inputValue(), "2");
    assertQuiet(page);
    await page.context().close();
  });

  test("data that are not there, or break off, are an error in words; starting again loads them", async () => {
    let broken = true;
    const page = await site.open("#v=1&data=mnist&train-size=1000", {
      prepare: (each) =>
        each.route("**/data/mnist/train-labels-idx1-ubyte", (route) =>
          broken ? route.fulfill({ status: 404, body: "" }) : route.continue(),
        ),
    });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /train-labels-idx1-ubyte/);
    await waitForState(page, "Stopped");
    broken = false;
    await button(page, "Start again").click();
    await waitForState(page, "Ready");
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.context().close();
  });

  test("a run does not play on under the name of data that could not be loaded", async () => {
    let broken = true;
    const page = await ready("#v=1&data=moons", {
      prepare: (each) =>
        each.route("**/data/mnist/**", (route) =>
          broken ? route.fulfill({ status: 404, body: "" }) : route.continue(),
        ),
    });
    await button(page, "Play").click();
    await waitForStep(page, "a", 20);
    await page.evaluate(() => (location.hash = "#data=mnist&train-size=1000&a.lambda=1e-4"));
    await page.getByRole("alert").waitFor();
    await waitForState(page, "Stopped");
    assert.equal(await page.locator("#data").inputValue(), "mnist");
    for (const name of ["Play", "Step"]) {
      await button(page, name).click();
      await page.waitForTimeout(300);
      await page.getByRole("alert").waitFor();
      await waitForState(page, "Stopped");
      for (const each of Object.values((await numbers(page)).a)) assert.equal(each, "");
    }
    broken = false;
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    assert.equal(await page.locator(".contender .mark:visible").count(), 0);
    assert.match(await page.locator('[data-contender="a"] .matrix canvas').first().getAttribute("aria-label"), /784/);
    await page.context().close();
  });

  test("settings that the engine refuses are an error in its words", async () => {
    const page = await site.open("#v=1&data=moons&layers=2,5,9");
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /layers|classes|9/);
    await page.locator("#preset").selectOption({ index: 1 });
    await waitForState(page, "Ready");
    await page.context().close();
  });

  test("a browser that lacks what it takes gets a message, not a blank page", async () => {
    const lacks = [
      [() => delete globalThis.Worker, /web workers/],
      [() => delete globalThis.WebAssembly, /WebAssembly/],
      [() => (WebAssembly.validate = () => false), /SIMD/],
    ];
    for (const [script, words] of lacks) {
      const page = await site.open("", { prepare: (each) => each.addInitScript(script) });
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.textContent(), words);
      await page.context().close();
    }
  });

  test("an engine that cannot be loaded is said, and taken anew", async () => {
    for (const [file, name] of [
      ["**/wasm/*.wasm", "Restart"],
      ["**/trainer.worker.js", "Start again"],
    ]) {
      let broken = true;
      const page = await site.open("", {
        prepare: (each) =>
          each.route(file, (route) => (broken ? route.fulfill({ status: 404, body: "" }) : route.continue())),
      });
      await page.getByRole("alert").waitFor();
      await waitForState(page, "Stopped");
      await button(page, "Restart").click();
      await waitForState(page, "Stopped");
      await page.getByRole("alert").waitFor();
      broken = false;
      await button(page, name).click();
      await waitForState(page, "Ready");
      assert.equal(await page.getByRole("alert").count(), 0);
      await button(page, "Play").click();
      await waitForStep(page, "b", 5);
      await page.context().close();
    }
  });

  test("divergence is a state of the run, with what to try", async () => {
    const page = await ready("#v=1&data=moons&layers=2,64,64,64,2&lr=100&batch=16&optimizer=sgd&regularizer=none");
    await button(page, "Play").click();
    await waitForState(page, "Diverged");
    for (const letter of LETTERS) {
      assert.match(await page.locator(`[data-contender="${letter}"] .mark`).textContent(), /Diverged at step/);
      for (const metric of ["test-accuracy", "fingerprint"]) {
        assert.equal(await value(page, letter, metric), "");
        assert.equal(await page.locator(`[data-contender="${letter}"] [data-metric="${metric}"]`).textContent(), "–");
      }
    }
    const news = await page.locator("#status").textContent();
    assert.match(news, /^A: diverged at step \d+\. B: diverged at step \d+\.$/);
    assert.equal(await page.getByText("Finished").count(), 0);
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.locator("#preset").selectOption({ index: 1 });
    await waitForState(page, "Training");
    assert.equal(await page.locator(".mark:visible", { hasText: "Diverged" }).count(), 0);
    await page.context().close();
  });
});

// At the same time, for they take as long as the page's patience lasts.
describe("engines that never answer", { concurrency: 2 }, () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  const ready = (address, options) => site.ready(address, options);

  test("workers that vanish without a word hold up neither Pause nor Restart", async () => {
    const page = await ready("#v=1&data=moons", {
      prepare: (each) =>
        each.addInitScript(() => {
          globalThis.workers = [];
          globalThis.Worker = class extends Worker {
            constructor(...words) {
              super(...words);
              if (/trainer\.worker/.test(words[0])) globalThis.workers.push(this);
            }
          };
        }),
    });
    const vanish = () => page.evaluate(() => globalThis.workers.splice(0).at(-1).terminate());
    await button(page, "Play").click();
    await waitForStep(page, "a", 5);
    await vanish();
    await button(page, "Pause").click();
    // The engine is replaced, and then the pause happens.
    const news = page.locator("#notices .notice").filter({ hasText: /goes on.*has not answered for 10 seconds/ });
    await news.waitFor({ timeout: 20_000 });
    await waitForState(page, "Paused");
    await assertEqualsEngine(page, await numbers(page));
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    await waitForStep(page, "b", 5);
    await vanish();
    await button(page, "Pause").click();
    await button(page, "Restart").click();
    await waitForState(page, "Ready", 8000);
    assert.equal(await page.getByRole("alert").count(), 0);
    await assertEqualsEngine(page, await numbers(page));
    await page.context().close();
  });

  test("the footer says of each network what it got, when only one got threads", async () => {
    const page = await ready("", {
      prepare: (each) =>
        each.addInitScript(() => {
          Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => 6 });
          let made = 0;
          globalThis.Worker = class extends Worker {
            constructor(...words) {
              super(...words);
              this.silent = ++made === 2;
            }
            postMessage(...words) {
              if (!this.silent) super.postMessage(...words);
            }
            terminate() {
              globalThis.terminated = this.silent;
              super.terminate();
            }
          };
        }),
    });
    const footer = await page.locator("#engine").textContent();
    // Which of the two the silent worker belongs to is not fixed: they load at the same time.
    const alone = /single-threaded \(threads could not be started\)/.source;
    assert.match(footer, new RegExp(`A 3 threads, B ${alone}|A ${alone}, B 3 threads`));
    assert.equal(await page.evaluate(() => globalThis.terminated), true, "the late engine is no more");
    await page.context().close();
  });
});

describe("looks", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  testLooks(
    "nothing sticks out, nothing is out of reach, axe-core is content",
    SIZES,
    async (options) => {
      const page = await site.open("", options);
      await waitForState(page, "Ready");
      await button(page, "Step").click();
      await waitForStep(page, "b", 1);
      return page;
    },
    async (page) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      const level = await page.evaluate(() => {
        const tops = (selector) =>
          [...document.querySelectorAll(selector)].map((element) => Math.round(element.getBoundingClientRect().top));
        return [".head", ".figures", ".matrices", ".facts"].map((selector) => new Set(tops(selector)).size);
      });
      assert.deepEqual(level, [1, 1, 1, 1], "both columns stand level");
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("button, select, input")]
          .map((element) => ({ name: element.outerHTML.slice(0, 80), box: element.getBoundingClientRect() }))
          .filter(({ box }) => box.height > 0 && (box.height < 24 || box.width < 24))
          .map(({ name }) => name),
      );
      assert.deepEqual(small, [], "targets of 24 pixels");
      await assertAccessible(page);
    },
  );

  test("the theme can be turned, and stays readable", async () => {
    const page = await site.open();
    await waitForState(page, "Ready");
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await button(page, "Dark theme").click();
    assert.notEqual(await paper(), light);
    await button(page, "Light theme").click();
    assert.equal(await paper(), light);
    assertQuiet(page);
    await page.context().close();
  });
});
