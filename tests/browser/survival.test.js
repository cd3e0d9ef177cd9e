// survival.test.js: the page when something breaks under it: engines that are killed, fall silent or trap in mid-run, memory
// and threads that are refused, a page that is hidden for long, two tabs, browsers that lack what it takes. What a run
// ends with is held against the engine in Node, which nothing interrupted.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import { assertQuiet, button, LETTERS, numbers, startBrowser, value, waitForState, waitForStep } from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);

/** {a, b}: the fingerprints with which an uninterrupted run of a link ends. */
const uninterrupted = (() => {
  const known = new Map();
  return async (hash) => {
    if (!known.has(hash)) {
      const prints = {};
      for (const letter of LETTERS) {
        const engine = await loadEngine({ directory: builds, threads: 1 });
        const { settings, problems } = settingsOf(hash, engine.options());
        assert.deepEqual(problems, []);
        engine.configure(settingsText(engineSettings(settings, letter)));
        engine.start();
        while (engine.advance() !== ADVANCED.FINISHED);
        prints[letter] = engine.fingerprint();
      }
      known.set(hash, prints);
    }
    return known.get(hash);
  };
})();

/** Some seconds of work in either build, with enough of it a step for threads. */
const HASH =
  "#v=1&data=planted&layers=32,128,128,4&batch=128&epochs=400&ramp=50&finetune=200&average=20&polish=0.1&dropout=0.1" +
  "&a.regularizer=l1&a.lambda=1e-3";

/** Keeps all workers of the page in globalThis.workers, with the script that each runs. */
function keepWorkers() {
  globalThis.workers = [];
  globalThis.Worker = class extends Worker {
    constructor(address, ...words) {
      super(address, ...words);
      this.script = String(address).split("/").pop();
      globalThis.workers.push(this);
    }
  };
}

/** Two threads a network. */
const fourCores = () => Object.defineProperty(Navigator.prototype, "hardwareConcurrency", { get: () => 4 });

/** The index-th engine that was made. */
const engineWorker = (index) =>
  `globalThis.workers.filter(({ script }) => script === "trainer.worker.js").at(${index})`;

/** A worker that dies as browsers report it. */
const kill = (page, index) =>
  page.evaluate(`(() => {
    const worker = ${engineWorker(index)};
    worker.terminate();
    worker.dispatchEvent(new ErrorEvent("error", { message: "killed by a test" }));
  })()`);

/** A worker that is gone without a word. */
const silence = (page, index) => page.evaluate(`${engineWorker(index)}.terminate()`);

const enginesMade = (page) =>
  page.evaluate(() => globalThis.workers.filter(({ script }) => script === "trainer.worker.js").length);

const notice = (page, text) => page.locator("#notices .notice").filter({ hasText: text });

async function assertEndsAlike(page, hash = HASH) {
  await waitForState(page, "Finished", 120_000);
  const shown = await numbers(page);
  assert.deepEqual(
    { a: shown.a.fingerprint, b: shown.b.fingerprint },
    await uninterrupted(hash),
    "the run ends as one that nothing interrupted",
  );
}

for (const isolated of [true, false])
  describe(isolated ? "isolated, two threads a network" : "not isolated", () => {
    let site;
    before(async () => {
      site = await startBrowser({ isolated });
    });
    after(() => site.close());

    const open = async (hash = HASH, prepare = () => {}) => {
      const page = await site.open(hash, {
        prepare: async (each) => {
          await each.addInitScript(keepWorkers);
          await each.addInitScript(fourCores);
          await prepare(each);
        },
      });
      await waitForState(page, "Ready");
      return page;
    };
    const playFast = async (page) => {
      await page.locator("#speed").selectOption("full");
      await button(page, "Play").click();
    };

    test("a worker killed in mid-run: the run goes on by itself and ends alike", async () => {
      const page = await open();
      await playFast(page);
      // Early, before there is a snapshot.
      await waitForStep(page, "b", 30);
      await kill(page, 1);
      await notice(page, "B goes on").waitFor();
      assert.match(await notice(page, "B goes on").textContent(), /killed by a test\).*began at the beginning/);
      assert.equal(await page.getByRole("alert").count(), 0, "nothing for people to do");
      // Later, from a snapshot; the other one.
      await page.evaluate(() => document.querySelector("#notices").replaceChildren());
      await page.waitForFunction(
        () => Number(document.querySelector('[data-contender="a"] [data-metric="step"]').dataset.value) > 2500,
      );
      await kill(page, 0);
      await notice(page, "A goes on").waitFor();
      assert.match(await notice(page, "A goes on").textContent(), /began at step [\d,]+, caught up/);
      await assertEndsAlike(page);
      assert.equal(await enginesMade(page), 4);
      await page.context().close();
    });
  });
