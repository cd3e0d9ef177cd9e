// browser.js: what the tests of the page share: the browser, the served site, and readers of what the page's contract
// names. No test of its own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { startServer } from "../tools/serve.js";
import { repository } from "../tools/make.js";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const LETTERS = ["a", "b"];

/** Starts Chromium and a server for dist/. -> {open(address, options), close()}. */
export async function startBrowser({ isolated = true, ...settings } = {}) {
  const server = await startServer({ root: `${repository}dist`, port: 0, isolated, ...settings });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  return {
    url: server.url,

    /**
     * A page of its own at `address` (a hash or a path). `prepare(page)` runs before it loads. `page.problems` collects what the
     * console and the page reported. It has no service workers unless asked for: a test sees the host it asked for.
     */
    async open(address = "", { reducedMotion = "reduce", prepare, serviceWorker = false, ...options } = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      page.problems = [];
      page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) page.problems.push(message.text());
      });
      page.on("pageerror", (error) => page.problems.push(String(error)));
      // The page's policy forbids script elements with text: it gets a file of its own site.
      page.addScriptTag = async ({ path, content: body = readFileSync(path, "utf8") }) => {
        const address = new URL("injected.js", server.url).href;
        await page.route(address, (route) => route.fulfill({ contentType: "text/javascript", body }));
        const element = await page.evaluateHandle((src) => {
          const script = document.createElement("script");
          const done = new Promise((resolve, reject) =>
            Object.assign(script, { src, onload: resolve, onerror: reject }),
          );
          document.head.append(script);
          return done.then(() => script);
        }, address);
        await page.unroute(address);
        return element;
      };
      if (!serviceWorker) await page.addInitScript(() => delete Navigator.prototype.serviceWorker);
      await prepare?.(page);
      await page.goto(new URL(address, server.url).href);
      return page;
    },

    async close() {
      await browser.close();
      await server.close();
    },
  };
}

export const button = (page, name) => page.getByRole("button", { name, exact: true });

/** The plain value of a contender's number. */
export function value(page, letter, metric) {
  return page.locator(`[data-contender="${letter}"] output[data-metric="${metric}"]`).getAttribute("data-value");
}

/** {nonzeros, test-accuracy, epoch, step, fingerprint} of both contenders. */
export async function numbers(page) {
  const read = {};
  for (const letter of LETTERS) {
    read[letter] = {};
    for (const metric of ["nonzeros", "test-accuracy", "epoch", "step", "fingerprint"])
      read[letter][metric] = await value(page, letter, metric);
  }
  return read;
}

/** Waits until the page says so: "Ready", "Training", "Paused", "Finished", "Stopped". */
export async function waitForState(page, state, timeout = 60_000) {
  await page.locator('[data-progress="state"]', { hasText: new RegExp(`^${state}$`) }).waitFor({ timeout });
}

/** Waits until an asynchronous function in the page says true (page.waitForFunction takes its promise for an answer). */
export async function until(page, condition, argument, timeout = 60_000) {
  const end = Date.now() + timeout;
  while (!(await page.evaluate(condition, argument))) {
    if (Date.now() > end) throw new Error(`not within ${timeout} ms: ${condition}`);
    await page.waitForTimeout(50);
  }
}

/** Waits until a contender has trained at least `step` steps. */
export async function waitForStep(page, letter, step) {
  await page.waitForFunction(
    ([name, least]) =>
      Number(document.querySelector(`[data-contender="${name}"] output[data-metric="step"]`).dataset.value) >= least,
    [letter, step],
  );
}

/** Fails when the page or its console reported anything. */
export function assertQuiet(page) {
  assert.deepEqual(page.problems, []);
}
