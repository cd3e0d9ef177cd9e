// microscope.test.js: the microscope in Chromium: its values are the engine's, two clicks show both properties, it works by
// keyboard alone, a descent makes exact zeros, and axe-core finds nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { loadEngine } from "../../web/wasm.js";
import { assertAccessible, assertQuiet, SIZES, startBrowser, testLooks, waitForState } from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);

describe("the microscope", () => {
  let site;
  let engine;
  before(async () => {
    site = await startBrowser();
    engine = await loadEngine({ directory: builds, threads: 1 });
  });
  after(() => site.close());

  const part = (page, name) => page.locator(`[data-microscope="${name}"]`);

  async function opened(options) {
    const page = await site.open("", options);
    await waitForState(page, "Ready");
    await page.locator("#microscope").scrollIntoViewIfNeeded();
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[data-penalty]")].every((output) => output.dataset.value),
    );
    return page;
  }

  /** {columns, weights, values by name}. */
  const read = (page) =>
    page.evaluate(() => ({
      columns: Number(document.querySelector('[data-microscope="grid"]').getAttribute("aria-colcount")),
      weights: [...document.querySelectorAll("#microscope .cell")].map(({ dataset }) => Number(dataset.weight)),
      values: Object.fromEntries(
        [...document.querySelectorAll("[data-penalty]")].map(({ dataset }) => [dataset.penalty, Number(dataset.value)]),
      ),
    }));

  /** Runs an action and waits for its sentence. */
  async function doing(page, action) {
    const news = part(page, "news");
    const old = await news.textContent();
    await action();
    await page.waitForFunction((text) => document.querySelector('[data-microscope="news"]').textContent !== text, old);
    return news.textContent();
  }

  function assertEngines({ columns, weights, values }, extra = {}) {
    const names = Object.keys(values);
    assert.ok(names.length >= 5);
    for (const name of names) {
      const settings = `regularizer=${name}${extra[name] ?? ""}`;
      const { value } = engine.penalty(settings, weights.length / columns, columns, Float32Array.from(weights));
      assert.equal(values[name], value, name);
    }
  }

  test("every regularizer of the table that has a strength is there, with the engine's values for every pattern", async () => {
    const page = await opened();
    const wanted = engine.options().regularizers.filter(({ lambda }) => lambda > 0);
    assert.deepEqual(
      await page.locator(".measure-name").allTextContents(),
      wanted.map(({ label }) => label),
    );
    assertEngines(await read(page));
    const patterns = await part(page, "preset")
      .locator("option")
      .evaluateAll((list) => list.map(({ value }) => value).filter((value) => value !== ""));
    assert.ok(patterns.length >= 7);
    for (const pattern of patterns.slice(1)) {
      const news = await doing(page, () => part(page, "preset").selectOption(pattern));
      assert.match(news, / in place of [a-zL][^:]*: /, "says what it is compared with");
      assertEngines(await read(page));
    }
    assertQuiet(page);
    await page.context().close();
  });

  test("two clicks: ×2 leaves arrangement and doubles L1, shuffling moves arrangement and leaves L1", async () => {
    const page = await opened();
    const first = await read(page);
    const doubled = await doing(page, () => part(page, "double").click());
    const second = await read(page);
    assert.deepEqual(
      second.weights,
      first.weights.map((w) => 2 * w),
    );
    assert.equal(second.values.l1, 2 * first.values.l1);
    assert.ok(Math.abs(second.values.arrangement / first.values.arrangement - 1) < 1e-6);
    assert.match(doubled, /^×2: L1.* doubled; .*arrangement did not change\.$/);
    const shuffled = await doing(page, () => part(page, "shuffle").click());
    const third = await read(page);
    assert.equal(third.values.l1, second.values.l1);
    assert.ok(third.values.arrangement > 1.02 * second.values.arrangement);
    assert.match(shuffled, /^Shuffled: .*arrangement rose by .*L1.* did not change\.$/);
    const permuted = await doing(page, () => part(page, "permute").click());
    assert.equal(permuted, "Rows permuted: no value changed.");
    await doing(page, () => part(page, "gather").click());
    assert.ok((await read(page)).values.arrangement < third.values.arrangement);
    assertEngines(await read(page));
    await page.context().close();
  });

  test("by keyboard alone: arrows move, digits, sign, Space and Delete set; each cell says what it is", async () => {
    const page = await opened();
    await doing(page, () => part(page, "preset").selectOption("empty"));
    await page.locator('.cell[data-cell="0,0"]').focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await doing(page, () => page.keyboard.press("7"));
    await doing(page, () => page.keyboard.press("-"));
    await page.keyboard.press("End");
    await doing(page, () => page.keyboard.press("Space"));
    const { columns, weights, values } = await read(page);
    assert.equal(weights[columns + 1], -7);
    assert.equal(weights[2 * columns - 1], 1);
    assert.equal(values.l1, 8);
    assert.match(
      await page.locator('.cell[data-cell="1,1"]').getAttribute("aria-label"),
      /^row 2, column 2: −7, pull .* to (grow|shrink)$/,
    );
    await doing(page, () => page.keyboard.press("Delete"));
    assert.equal((await read(page)).values.l1, 7);
    assert.equal(await page.locator('.cell[tabindex="0"]').count(), 1, "one stop for Tab");
    await waitForState(page, "Ready");
    assertQuiet(page);
    await page.context().close();
  });

  test("by mouse: a click turns a weight, a stroke paints", async () => {
    const page = await opened();
    await doing(page, () => part(page, "preset").selectOption("empty"));
    const cell = (name) => page.locator(`.cell[data-cell="${name}"]`);
    await doing(page, () => cell("0,0").click());
    assert.equal((await read(page)).weights[0], 1);
    await doing(page, () => cell("0,0").click());
    assert.equal((await read(page)).weights[0], -1);
    await doing(page, () => cell("0,0").click());
    assert.equal((await read(page)).weights[0], 0);
    await cell("1,0").hover();
    await page.mouse.down();
    await cell("1,1").hover();
    await cell("1,2").hover();
    await page.mouse.up();
    await cell("1,3").hover();
    const { columns, weights } = await read(page);
    assert.deepEqual(weights.slice(columns, columns + 4), [1, 1, 1, 0]);
    await page.context().close();
  });

  test("order and mix are the chosen regularizer's, checked like every option", async () => {
    const page = await opened();
    const mix = page.locator('[data-parameter="mix"]');
    await doing(page, async () => {
      await mix.fill("0");
      await mix.press("Enter");
    });
    assertEngines(await read(page), { arrangement: "&mix=0" });
    const words = await doing(page, () => part(page, "shuffle").click());
    assert.match(words, /arrangement did not change|no value changed/, "without mix it is blind to place");
    const problem = await doing(page, async () => {
      await mix.fill("many");
      await mix.press("Enter");
    });
    assert.match(problem, /mix is a number; not “many”/);
    await page.context().close();
  });

  test("descending L1 ends at exact zeros; another one keeps some, by its own slope; it can be stopped", async () => {
    const page = await opened();
    const descend = part(page, "descend");
    await page.locator('.measure input[value="l1"]').check();
    const l1 = await doing(page, () => descend.click());
    assert.match(l1, /^L1, \d+ steps down: .*0 of 8 weights left\.$/);
    assert.ok((await read(page)).weights.every((w) => w === 0));
    await doing(page, () => part(page, "preset").selectOption("random"));
    const start = await read(page);
    await page.locator('.measure input[value="arrangement"]').check();
    await descend.click();
    await page.waitForFunction(
      (value) => Number(document.querySelector('[data-penalty="arrangement"]').dataset.value) < 0.8 * value,
      start.values.arrangement,
    );
    assert.equal(await descend.getAttribute("aria-pressed"), "true");
    assert.match(await doing(page, () => descend.click()), /^Arrangement, \d+ steps down/);
    const end = await read(page);
    assert.ok(end.weights.some((w) => w === 0) && end.weights.some((w) => w !== 0));
    assertEngines(end);
    assertQuiet(page);
    await page.context().close();
  });

  testLooks(
    "12 x 12 fits, targets are large enough, axe-core is content",
    SIZES,
    async (options) => {
      const page = await opened(options);
      await part(page, "size").selectOption("12");
      await page.waitForFunction(() => document.querySelectorAll("#microscope .cell").length === 144);
      await doing(page, () => part(page, "double").click());
      return page;
    },
    async (page) => {
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
      const box = await page.locator('.cell[data-cell="0,0"]').boundingBox();
      assert.ok(box.width >= 24 && box.height >= 24, `${box.width} x ${box.height}`);
      await assertAccessible(page, { part: "#microscope" });
    },
  );
});
