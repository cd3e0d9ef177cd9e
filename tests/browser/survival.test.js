// survival.test.js: the page when something breaks under it: engines that are killed, fall silent or trap in mid-run, memory
// and threads that are refused, a page that is hidden for long, two tabs, browsers that lack what it takes. What a run
// ends with is held against the engine in Node, which nothing interrupted.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import {
  assertQuiet,
  button,
  LETTERS,
  numbers,
  startBrowser,
  until,
  value,
  waitForState,
  waitForStep,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);

/** {a, b}: the fingerprints with which an uninterrupted run of a link ends. */
const uninterrupted = (() => {
  const known = new Map();
  return async (hash) => {
    if (!known.has(hash)) {
      const prints = {};
      for (const letter of LETTERS) {
        const engine = await loadEngine({ directory: builds, threads: 1 });
        const link = engine.parseLink(hash);
        assert.deepEqual(link.problems, []);
        const settings = settingsOf(link);
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

/** A run of 15 seconds at the steady speed, with enough work a step for threads. */
const HASH =
  "#v=1&data=planted&layers=32,64,32,4&batch=128&epochs=40&ramp=5&finetune=20&average=5&polish=0.1&dropout=0.1" +
  "&a.regularizer=l1&a.lambda=1e-3";

/** Keeps all workers of the page in globalThis.workers, with the script that each runs and how many snapshots it gave. */
function keepWorkers() {
  globalThis.workers = [];
  globalThis.Worker = class extends Worker {
    constructor(address, ...words) {
      super(address, ...words);
      this.script = String(address).split("/").pop();
      this.snapshots = 0;
      this.addEventListener("message", ({ data }) => (this.snapshots += data?.result?.snapshot?.bytes ? 1 : 0));
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

const stepsOf = async (page) =>
  Object.fromEntries(
    await Promise.all(LETTERS.map(async (letter) => [letter, Number(await value(page, letter, "step"))])),
  );

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

/** Puts `script` before what the page's engines run. */
const inEngines = (script) => (page) =>
  page.route("**/trainer.worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script}\n${await response.text()}` });
  });

/** In a worker: after the message "trap" every call into the engine meets an instruction that traps. */
const TRAP = `
  const trap = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 116, 0, 0, 10, 5, 1, 3, 0, 0, 11,
  ]))).exports.t;
  let trapping = false;
  addEventListener("message", (event) => {
    if (event.data !== "trap") return;
    event.stopImmediatePropagation();
    trapping = true;
  });
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const load = WebAssembly[name];
    WebAssembly[name] = async (...words) => {
      const made = await load(...words);
      const instance = made.instance ?? made; // alone where it was compiled before
      const exports = Object.fromEntries(Object.entries(instance.exports).map(([key, value]) =>
        [key, typeof value === "function" ? (...given) => (trapping ? trap() : value(...given)) : value]));
      return made.instance ? { module: made.module, instance: { exports } } : { exports };
    };
  }`;

/** A document that can be hidden and shown: nothing is drawn meanwhile, and its own timers stand still. */
function hideable() {
  let hidden = false;
  const held = [];
  const { requestAnimationFrame, setTimeout, setInterval } = globalThis;
  Object.defineProperty(Document.prototype, "hidden", { get: () => hidden });
  Object.defineProperty(Document.prototype, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
  globalThis.requestAnimationFrame = (draw) => requestAnimationFrame((now) => (hidden ? held.push(draw) : draw(now)));
  globalThis.setTimeout = (work, ...words) => setTimeout(() => (hidden ? held.push(work) : work()), ...words);
  globalThis.setInterval = (work, ...words) => setInterval(() => hidden || work(), ...words);
  globalThis.setHidden = (value) => {
    hidden = value;
    document.dispatchEvent(new Event("visibilitychange"));
    for (const work of held.splice(0)) work(performance.now());
  };
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
    const goFast = (page) => page.locator("#speed").selectOption("full");

    test("a worker killed in mid-run: the run goes on by itself and ends alike", async () => {
      const page = await open();
      await button(page, "Play").click();
      // Early, before there is a snapshot.
      await waitForStep(page, "b", 2);
      await kill(page, 1);
      await notice(page, "B goes on").waitFor();
      assert.match(await notice(page, "B goes on").textContent(), /killed by a test\).*began at the beginning/);
      assert.equal(await page.getByRole("alert").count(), 0, "nothing for people to do");
      // Later, from a snapshot; the other one.
      await until(page, `${engineWorker(0)}.snapshots > 0`);
      await kill(page, 0);
      await notice(page, "A goes on").waitFor();
      assert.match(await notice(page, "A goes on").textContent(), /began at step [\d,]+, caught up/);
      await goFast(page);
      await assertEndsAlike(page);
      assert.equal(await enginesMade(page), 4);
      assert.ok(
        page.problems.every((text) => /killed by a test/.test(text)),
        page.problems.join("\n"),
      );
      await page.context().close();
    });

    test("a worker killed by its first step: the run goes on by itself and ends alike", async () => {
      const page = await open();
      await page.evaluate(`(() => {
        const worker = ${engineWorker(0)};
        const post = worker.postMessage.bind(worker);
        worker.postMessage = (data, ...words) => {
          post(data, ...words);
          if (data.operation !== "play") return;
          delete worker.postMessage;
          worker.terminate();
          setTimeout(() => worker.dispatchEvent(new ErrorEvent("error", { message: "killed by a test" })));
        };
      })()`);
      // Begun anew and at once, as on opening the page.
      await goFast(page);
      await button(page, "Play").click();
      await notice(page, "A goes on").waitFor();
      await assertEndsAlike(page);
      assert.equal(await page.getByRole("alert").count(), 0);
      await page.context().close();
    });

    test("an engine that traps in mid-run, and again: the run ends alike", async () => {
      const page = await open(HASH, inEngines(TRAP));
      await button(page, "Play").click();
      await waitForStep(page, "b", 20);
      for (const index of [0, -1]) {
        await page.evaluate(`${engineWorker(index)}.postMessage("trap")`);
        await notice(page, /goes on/).waitFor();
        assert.match(await notice(page, /goes on/).textContent(), /The engine stopped: .*unreachable/i);
        await notice(page, /goes on/)
          .getByRole("button", { name: "Dismiss" })
          .click();
      }
      await goFast(page);
      await assertEndsAlike(page);
      // Over, it can still be looked at; and begun again.
      await button(page, "Restart").click();
      await waitForState(page, "Ready");
      await page.context().close();
    });

    test("engines that die again and again are given up, in words", async () => {
      const page = await open();
      await button(page, "Play").click();
      for (let death = 1; death <= 3; death++) {
        // The news of one death is not that of the next.
        for (const old of await page.getByRole("button", { name: "Dismiss" }).all()) await old.click();
        await waitForStep(page, "b", 5 * death);
        await kill(page, death === 1 ? 0 : -1);
        if (death < 3) await notice(page, "A goes on").waitFor();
      }
      const alert = page.getByRole("alert").filter({ hasText: "stopped 3 times within a minute" });
      await alert.waitFor();
      assert.match(await alert.textContent(), /killed by a test\. Close other tabs/);
      await waitForState(page, "Stopped");
      await alert.getByRole("button", { name: "Start again" }).click();
      await waitForState(page, "(Ready|Training)");
      assert.equal(await page.getByRole("alert").count(), 0);
      await page.context().close();
    });

    test("hidden for long and shown again: the run goes on meanwhile, at its pace, and ends alike", async () => {
      const page = await open(HASH, (each) => each.addInitScript(hideable));
      await button(page, "Play").click();
      await waitForStep(page, "a", 10);
      await page.evaluate(() => globalThis.setHidden(true));
      const begin = await stepsOf(page);
      await sleep(2500);
      const end = await stepsOf(page);
      for (const letter of LETTERS)
        assert.ok(end[letter] >= begin[letter] + 5, `hidden: from ${begin[letter]} to ${end[letter]}`);
      await page.evaluate(() => globalThis.setHidden(false));
      await waitForStep(page, "a", end.a + 1);
      await goFast(page);
      await assertEndsAlike(page);
      assert.equal(await page.locator("#notices .notice").count(), 0, "nobody was taken for dead");
      assertQuiet(page);
      await page.context().close();
    });

    test("memory refused: what it was, and what to do; then it works", async () => {
      // Threads need shared memory from the start: without it one thread does.
      const shared = await open(
        HASH,
        inEngines(`
          const Memory = WebAssembly.Memory;
          WebAssembly.Memory = function (wish) {
            if (wish.shared) throw new RangeError("WebAssembly.Memory(): could not allocate memory");
            return new Memory(wish);
          };
          WebAssembly.Memory.prototype = Memory.prototype;`),
      );
      assert.match(await shared.locator("#engine").textContent(), /single-threaded/);
      await shared.context().close();

      // None at all: the engine cannot be loaded.
      let refuse = true;
      const refusing = await site.open(HASH, {
        prepare: (each) =>
          each.route("**/trainer.worker.js", async (route) => {
            const response = await route.fetch();
            const none = 'WebAssembly.Memory = function () { throw new RangeError("could not allocate memory"); };';
            await route.fulfill({ response, body: `${refuse ? none : ""}\n${await response.text()}` });
          }),
      });
      const alert = refusing.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.textContent(), /could not allocate memory.*Close other tabs.*smaller/);
      refuse = false;
      await alert.getByRole("button", { name: "Start again" }).click();
      await waitForState(refusing, "Ready");
      await refusing.context().close();

      // Memory that cannot grow: a small network runs, a large one is refused by its size.
      const growing = await site.open(HASH.replace("32,64,32,4", "32,4000,2000,4"), {
        prepare: inEngines('WebAssembly.Memory.prototype.grow = () => { throw new RangeError("refused"); };'),
      });
      const size = growing.getByRole("alert");
      await size.waitFor();
      assert.match(await size.textContent(), /out of memory for .*Close other tabs.*smaller layers/i);
      await growing.evaluate((hash) => (location.hash = hash), HASH);
      await waitForState(growing, "Ready");
      await growing.context().close();
    });
  });

describe("what a browser may lack, and other places", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  test("two tabs train at once, each to its own end", async () => {
    // Fewer epochs: a tab that is not drawn looks for its next one four times a second.
    const one = HASH.replace("epochs=40", "epochs=14").replace("finetune=20", "finetune=7");
    const other = one.replace("dropout=0.1", "dropout=0.2");
    const pages = [await site.open(one), await site.open(other)];
    // Behind this one the first is not drawn any more.
    const second = await pages[0].context().newPage();
    await second.goto(new URL(other, site.url).href);
    pages.push(second);
    for (const page of pages) {
      await waitForState(page, "(Ready|Training)");
      await page.locator("#speed").selectOption("full");
      await button(page, "Play").click();
    }
    for (const [page, hash] of [
      [pages[0], one],
      [pages[1], other],
      [second, other],
    ])
      await assertEndsAlike(page, hash);
    await Promise.all(pages.slice(0, 2).map((page) => page.context().close()));
  });

  test("without SharedArrayBuffer it runs on one thread, and says so", async () => {
    const page = await site.open("#v=1&data=moons", {
      prepare: (each) => each.addInitScript(() => delete globalThis.SharedArrayBuffer),
    });
    await waitForState(page, "Ready");
    assert.match(await page.locator("#engine").textContent(), /single-threaded \(no SharedArrayBuffer/);
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    assertQuiet(page);
    await page.context().close();
  });

  test("without OffscreenCanvas, workers or WebAssembly there is a message that names it, and words to read", async () => {
    for (const [script, words] of [
      [() => delete globalThis.OffscreenCanvas, /canvases for workers/],
      [() => delete globalThis.Worker, /web workers/],
      [() => delete globalThis.WebAssembly, /WebAssembly with SIMD/],
      [
        () => {
          delete globalThis.OffscreenCanvas;
          delete globalThis.Worker;
          delete globalThis.WebAssembly;
        },
        /WebAssembly.* and web workers.* and canvases/,
      ],
    ]) {
      const page = await site.open("", { prepare: (each) => each.addInitScript(script) });
      const alert = page.getByRole("alert");
      await alert.waitFor();
      assert.match(await alert.textContent(), words);
      assert.equal(await page.locator("#not-started").count(), 0);
      assert.ok(await page.getByText("What you see", { exact: true }).isVisible());
      await page.context().close();
    }
  });

  test("a script that does not arrive, or is not understood: the page says so by itself", async () => {
    const answers = [
      { status: 404, body: "" },
      { contentType: "text/javascript", body: "this is not a module of today" },
    ];
    // The page waits before it says so: both at the same time.
    await Promise.all(
      answers.map(async (answer) => {
        const page = await site.open("", {
          prepare: (each) => each.route("**/main.js", (route) => route.fulfill(answer)),
        });
        const text = page.locator("#not-started");
        assert.equal(await text.isVisible(), false, "not at once: it may still come");
        await text.waitFor({ state: "visible" });
        assert.match(await text.textContent(), /has not started.*Reload the page/s);
        await page.context().close();
      }),
    );
    const page = await site.open("#v=1&data=moons");
    await waitForState(page, "Ready");
    assert.equal(await page.locator("#not-started").count(), 0);
    await page.context().close();
  });
});
