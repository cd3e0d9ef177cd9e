// browser.js: what the tests of the page share: the browser, the served site, and readers of what the page's contract
// names. No test of its own.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { startServer } from "../tools/serve.js";
import { repository } from "../tools/make.js";

/**
 * What Chromium leaves out. The first two are its address bar's own pages, which it would load with every window: half of
 * the work of opening one. The rest is what playwright-core turns off by the same switch, of which the last one counts.
 */
const FEATURES_OFF = [
  ...["WebUIOmniboxPopup", "WebUIOmniboxAimPopup"],
  ...["AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"],
  ...["HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"],
  ...["AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"],
  "PreconnectToSearch",
];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${FEATURES_OFF.join(",")}`,
];

const AXE = `${repository}node_modules/axe-core/axe.min.js`;

export const LETTERS = ["a", "b"];

/** Starts Chromium and a server for dist/. -> {url, open(address, options), ready(address, options), close()}. */
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

    /** The same, ready at step 0. */
    async ready(address, options) {
      const page = await this.open(address, options);
      await waitForState(page, "Ready");
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

/** Plays a run that is ready to its end, at full speed: its pace changes no number. */
export async function finish(page, timeout) {
  if (await page.locator("#speed").isVisible()) await page.locator("#speed").selectOption("full");
  await button(page, "Play").click();
  await waitForState(page, "Finished", timeout);
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

/** Fails when axe-core minds anything in the page, or in the `part` that a selector names; `what` is said of it then. */
export async function assertAccessible(page, { part, what = "" } = {}) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.addScriptTag({ path: AXE });
  const found = await page.evaluate(async (selector) => {
    // Of what passes nothing is described: finding words for it takes longer than the checks.
    const { violations } = await globalThis.axe.run(selector ?? document, { resultTypes: ["violations"] });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  }, part);
  assert.deepEqual(
    found.map((text) => `${what} ${text}`),
    [],
  );
}

export const SIZES = Object.freeze([
  [1440, 900],
  [1024, 768],
  [390, 844],
]);

/**
 * A test for each size, with a page of its own: open({viewport, colorScheme}) -> page, in the one colour scheme and in the other by
 * turns; then check(page, {width, height, colorScheme}) in the scheme it came with and, after the page has been turned, in the other.
 */
export function testLooks(words, sizes, open, check) {
  for (const [index, [width, height]] of sizes.entries())
    test(`${width}x${height}, light and dark: ${words}`, async (context) => {
      const schemes = index % 2 === 0 ? ["light", "dark"] : ["dark", "light"];
      const page = await open({ viewport: { width, height }, colorScheme: schemes[0] });
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme });
        await context.test(colorScheme, () => check(page, { width, height, colorScheme }));
      }
      assertQuiet(page);
      await page.context().close();
    });
}

/** Fails when the page or its console reported anything. */
export function assertQuiet(page) {
  assert.deepEqual(page.problems, []);
}
