// views.test.js: the views of a layer in Chromium: their pixels and counts are the engine's, every control works by mouse and by
// keyboard, cells can be read with the pointer and with keys, at three sizes, light and dark.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { BINS, HIGH, LOW } from "../../web/views/histogram.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  LETTERS,
  numbers,
  SIZES,
  startBrowser,
  testLooks,
  waitForState,
  waitForStep,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);
const VIEWS = ["matrix", "fields", "pull", "difference", "histogram"];
const part = (page, name) => page.locator(`[data-views="${name}"]`);
const canvas = (page, letter, place = 0) => page.locator(`[data-contender="${letter}"] .matrix canvas`).nth(place);
const frame = (page, letter, place = 0) => page.locator(`[data-contender="${letter}"] .matrix-frame`).nth(place);
const show = (page, view) => page.locator(`[name=view][value=${view}]`).check();

/** Repeats `check` until it does not throw, for what comes with the next frame. */
async function soon(check, patience = 10_000) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  }
}

/** In the page: the pixels of a canvas, read from a copy so that the canvas itself stays as it is. */
const helpers = () => {
  globalThis.pixelsOf = (element) => {
    const copy = new OffscreenCanvas(element.width, element.height);
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(element, 0, 0);
    return context.getImageData(0, 0, element.width, element.height).data;
  };
};

/** The colours at the middle of each cell of a picture of rows x columns, [r, g, b, a, ...]. */
const colours = (locator, rows, columns) =>
  locator.evaluate(
    (element, [height, width]) => {
      const data = globalThis.pixelsOf(element);
      const cells = [];
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const x = Math.floor(((column + 0.5) * element.width) / width);
          const y = Math.floor(((row + 0.5) * element.height) / height);
          cells.push(...data.slice(4 * (y * element.width + x), 4 * (y * element.width + x) + 4));
        }
      }
      return cells;
    },
    [rows, columns],
  );

/** "#1a1b20" -> 0x1a1b20, of a custom property of the page. */
const ink = (page, name) =>
  page.evaluate(
    (property) =>
      Number.parseInt(getComputedStyle(document.documentElement).getPropertyValue(property).trim().slice(1), 16),
    name,
  );

describe("views of a layer", () => {
  let site;
  let page;
  /** By letter: an engine at the page's step. */
  const engines = {};
  let scale;

  before(async () => {
    site = await startBrowser();
    page = await site.open("#v=1&data=moons&seed=4", { prepare: (each) => each.addInitScript(helpers) });
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    for (const letter of LETTERS) await waitForStep(page, letter, 120);
    await button(page, "Pause").click();
    await waitForState(page, "Paused");
    const { a } = await numbers(page);
    const hash = await page.evaluate(() => location.hash);
    for (const letter of LETTERS) {
      const engine = (engines[letter] = await loadEngine({ directory: builds, threads: 1 }));
      engine.configure(settingsText(engineSettings(settingsOf(engine.parseLink(hash)), letter)));
      engine.start();
      for (let done = 0; done < Number(a.step);) if (engine.advance() === ADVANCED.BATCH) done++;
    }
    scale = Number((await page.locator('[data-legend="high"]').textContent()).replace("+", ""));
  });
  after(() => site.close());

  const reset = async () => {
    await show(page, "matrix");
    await part(page, "layer").selectOption({ value: "all" });
    await part(page, "order").selectOption("as-is");
    await part(page, "zeros").uncheck();
    await page.mouse.move(0, 0);
  };

  test("matrices: all layers, as they are and by strength, and the zeros alone", async () => {
    await reset();
    for (const order of ["as-is", "strength"]) {
      for (const masked of [false, true]) {
        await part(page, "order").selectOption(order);
        await part(page, "zeros").setChecked(masked);
        const tone = masked ? await ink(page, "--ink") : undefined;
        for (const letter of LETTERS) {
          const layers = engines[letter].layers();
          assert.equal(await page.locator(`[data-contender="${letter}"] .matrix canvas`).count(), layers.length);
          for (const [layer, { rows, columns }] of layers.entries()) {
            const expected = new Uint8Array(4 * rows * columns);
            const wanted = { layer, order: order === "strength", ink: tone, width: columns, height: rows };
            engines[letter].picture({ ...wanted, scale, theme: 0 }, expected);
            await soon(async () =>
              assert.deepEqual(await colours(canvas(page, letter, layer), rows, columns), [...expected]),
            );
          }
        }
      }
    }
  });

  test("one layer alone, larger", async () => {
    await reset();
    const small = await canvas(page, "a", 2).boundingBox();
    await part(page, "layer").selectOption({ value: "2" });
    for (const letter of LETTERS) {
      assert.equal(await page.locator(`[data-contender="${letter}"] .matrix canvas`).count(), 1);
      const { rows, columns } = engines[letter].layers()[2];
      const expected = engines[letter].heatmap(2, columns, rows, scale, 0, new Uint8Array(4 * rows * columns));
      await soon(async () => assert.deepEqual(await colours(canvas(page, letter), rows, columns), [...expected]));
      assert.match(await canvas(page, letter).getAttribute("aria-label"), /layer 3, 2 rows/);
    }
    const large = await canvas(page, "a").boundingBox();
    assert.ok(
      large.height > small.height,
      `${large.height} of ${large.width}, before ${small.height} of ${small.width}`,
    );
  });

  test("the pull: the engine's slopes in colours of its own, with its own scale; a weightless cell has none", async () => {
    await reset();
    await show(page, "pull");
    const own = Number((await page.locator('[data-legend="high"]').textContent()).replace("+", ""));
    assert.notEqual(own, scale);
    for (const letter of LETTERS) {
      for (const [layer, { rows, columns }] of engines[letter].layers().entries()) {
        const expected = new Uint8Array(4 * rows * columns);
        const size = { layer, width: columns, height: rows };
        const summary = engines[letter].picture({ ...size, pull: true, scale: own, theme: 2 }, expected);
        await soon(async () =>
          assert.deepEqual(await colours(canvas(page, letter, layer), rows, columns), [...expected]),
        );
        const caption = await page.locator(`[data-contender="${letter}"] .matrix-count`).nth(layer).textContent();
        assert.equal(caption, `${summary.shrinking} shrink, ${summary.growing} grow`);
      }
    }
    assert.match(await part(page, "words").textContent(), /The ramp lets \d.* of it act at the next step\./);
  });

  test("the difference: A - B and who kept what, both at one step, which is said", async () => {
    await reset();
    await show(page, "difference");
    const tones = [];
    for (const name of ["--paper", "--a", "--b", "--ink"]) tones.push(await ink(page, name));
    const { a } = await numbers(page);
    for (const [layer, { rows, columns }] of engines.a.layers().entries()) {
      const [first, second] = LETTERS.map((letter) => engines[letter].weights(layer));
      const size = { rows, columns, width: columns, height: rows };
      const expected = engines.a.compare({ ...size, first, second, scale, theme: 4, colours: tones });
      await soon(async () => {
        assert.deepEqual(await colours(canvas(page, "a", layer), rows, columns), [...expected.difference]);
        assert.deepEqual(await colours(canvas(page, "b", layer), rows, columns), [...expected.kept]);
      });
      const captions = LETTERS.map((letter) => page.locator(`[data-contender="${letter}"] .matrix-count`).nth(layer));
      assert.equal(await captions[0].textContent(), `at step ${a.step}`);
      const { both, first: onlyA, second: onlyB } = expected;
      assert.equal(await captions[1].textContent(), `${both} both, ${onlyA} A, ${onlyB} B`);
    }
  });

  test("receptive fields: living units first; each cell is the weight that it is said to be", async () => {
    await reset();
    await show(page, "fields");
    const { rows, columns } = engines.b.layers()[0];
    const weights = engines.b.weights(0);
    const expected = engines.b.heatmap(0, columns, rows, scale, 0, new Uint8Array(4 * rows * columns));
    const figure = page.locator('[data-contender="b"] .matrix');
    await soon(async () => assert.match(await figure.textContent(), /\d+ living/));
    const living = Number((await figure.textContent()).match(/(\d+) living/)[1]);
    assert.ok(living > 0 && living <= rows);
    await frame(page, "b").focus();
    await page.keyboard.press("Home");
    const seen = [];
    for (let tile = 0; tile < 3; tile++) {
      for (let input = 0; input < columns; input++) {
        const text = await soon(async () => {
          const words = await part(page, "cell").textContent();
          assert.match(words, /^Layer 1, row \d+, column \d+: A .*; B .*\.$/);
          assert.ok(!seen.includes(words));
          return words;
        });
        seen.push(text);
        const [row, column] = text.match(/\d+/g).slice(1, 3).map(Number);
        assert.equal(column, input + 1);
        const weight = weights[(row - 1) * columns + column - 1];
        assertNames(text.split("; B ")[1], weight);
        const place = 4 * ((row - 1) * columns + column - 1);
        const shown = await page.evaluate(() => {
          const mark = document.querySelector('[data-contender="b"] .cell-mark:not([hidden])').getBoundingClientRect();
          const picture = document.querySelector('[data-contender="b"] .matrix canvas');
          const box = picture.getBoundingClientRect();
          const x = (mark.left + mark.width / 2 - box.left) * (picture.width / box.width);
          const y = (mark.top + mark.height / 2 - box.top) * (picture.height / box.height);
          const place = 4 * (Math.floor(y) * picture.width + Math.floor(x));
          return [...globalThis.pixelsOf(picture).slice(place, place + 4)];
        });
        assert.deepEqual(shown, [...expected.slice(place, place + 4)]);
        await page.keyboard.press("ArrowRight");
      }
    }
    assert.equal(seen.length, 3 * columns);
  });

  /** A text on a cell tells its weight. */
  function assertNames(text, weight) {
    if (weight === 0) assert.match(text, /^exactly 0/);
    else {
      const [, sign, size] = text.match(/^([−+])([\d.e-]+)/);
      assert.equal(sign, weight < 0 ? "−" : "+", text);
      assert.ok(Math.abs(Number(size) - Math.abs(weight)) <= 0.006 * Math.abs(weight), `${text}: ${weight}`);
    }
  }

  test("the histogram: the engine's counts, for a layer and for all, in the table and under the keys", async () => {
    await reset();
    await show(page, "histogram");
    await part(page, "open").click();
    for (const choice of ["all", "1"]) {
      await part(page, "layer").selectOption({ value: choice });
      const layers = choice === "all" ? [0, 1, 2] : [1];
      const expected = LETTERS.map((letter) => {
        const bins = layers.map((layer) => engines[letter].histogram({ layer, low: LOW, high: HIGH, bins: BINS }));
        return {
          zeros: bins.reduce((sum, { zeros }) => sum + zeros, 0),
          counts: Array.from({ length: BINS }, (_, bin) => bins.reduce((sum, { counts }) => sum + counts[bin], 0)),
        };
      });
      const filled = expected[0].counts
        .map((_, bin) => bin)
        .filter((bin) => expected.some(({ counts }) => counts[bin]));
      const wanted = [
        expected.map(({ zeros }) => String(zeros)),
        ...filled.map((bin) => expected.map(({ counts }) => String(counts[bin]))),
      ];
      await soon(async () => {
        const rows = await part(page, "numbers")
          .locator("tbody tr")
          .evaluateAll((lines) => lines.map((line) => [...line.children].slice(1).map((cell) => cell.textContent)));
        assert.deepEqual(
          rows.map((cells) => cells.map((text) => text.replaceAll(",", ""))),
          wanted,
        );
      });
      await frame(page, "a").focus();
      await page.keyboard.press("Home");
      const [own, other] = expected;
      await soon(async () =>
        assert.match(
          (await part(page, "cell").textContent()).replaceAll(",", ""),
          new RegExp(`^Exactly 0: A ${own.zeros} B ${other.zeros} of \\d+ weights\\.$`),
        ),
      );
      for (let bin = 0; bin <= filled[0]; bin++) await page.keyboard.press("ArrowRight");
      await soon(async () =>
        assert.match(
          (await part(page, "cell").textContent()).replaceAll(",", ""),
          new RegExp(`A ${own.counts[filled[0]]} B ${other.counts[filled[0]]} of`),
        ),
      );
      await page.keyboard.press("Escape");
      assert.equal(await part(page, "cell").textContent(), "");
    }
    // The bar of the zeros is A's colour in A and B's in B.
    for (const letter of LETTERS) {
      const tone = await ink(page, `--${letter}`);
      const found = await canvas(page, letter).evaluate((element, colour) => {
        const data = globalThis.pixelsOf(element);
        let amount = 0;
        for (let k = 0; k < data.length; k += 4)
          amount += ((data[k] << 16) | (data[k + 1] << 8) | data[k + 2]) === colour;
        return amount;
      }, tone);
      assert.ok(found > 2000, `${letter}: ${found} pixels`);
    }
    await part(page, "open").click();
  });

  test("a cell by pointer and by keys, in both contenders, with its pull; what keys go to is spoken", async () => {
    await reset();
    const { rows, columns } = engines.a.layers()[1];
    const box = await canvas(page, "a", 1).boundingBox();
    const [row, column] = [5, 7];
    await page.mouse.move(box.x + ((column + 0.5) * box.width) / columns, box.y + ((row + 0.5) * box.height) / rows);
    await soon(async () => {
      const text = await part(page, "cell").textContent();
      assert.ok(text.startsWith(`Layer 2, row ${row + 1}, column ${column + 1}: A `), text);
      const [a, b] = text.split(": A ")[1].split("; B ");
      assertNames(a, engines.a.weights(1)[row * columns + column]);
      assertNames(b, engines.b.weights(1)[row * columns + column]);
    });
    assert.equal(
      await page.locator('[data-contender="b"] .cell-twin:visible').count(),
      1,
      "the same cell of the other",
    );
    assert.equal(await part(page, "said").textContent(), "", "what the pointer meets is not spoken");
    await page.mouse.move(0, 0);
    assert.equal(await part(page, "cell").textContent(), "");

    // By keys, by strength: the strongest row and column come first.
    await part(page, "order").selectOption("strength");
    await frame(page, "b", 1).focus();
    await page.keyboard.press("Home");
    const first = engines.b.cell({ layer: 1, order: true, span: [0, 1, 0, 1] });
    await soon(async () => {
      const text = await part(page, "cell").textContent();
      assert.ok(text.startsWith(`Layer 2, row ${first.row + 1}, column ${first.column + 1}: A `), text);
      assertNames(text.split("; B ")[1], first.weight);
      assert.equal(await part(page, "said").textContent(), text);
    });
    for (const key of ["ArrowDown", "Shift+ArrowRight", "End", "PageDown", "ArrowUp", "ArrowLeft"])
      await page.keyboard.press(key);
    const there = engines.b.cell({ layer: 1, order: true, span: [10, 11, columns - 2, columns - 1] });
    await soon(async () => {
      const text = await part(page, "cell").textContent();
      assert.ok(text.startsWith(`Layer 2, row ${there.row + 1}, column ${there.column + 1}: A `), text);
    });
    assert.equal(await page.locator('[data-contender="b"] .cell-mark:visible').count(), 1);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".cell-mark:visible").count(), 0);
    assert.equal(await part(page, "cell").textContent(), "");
  });

  test("the switch and its controls by keyboard alone; words, legend, names and saved pictures follow", async () => {
    await reset();
    await page.locator("[name=view][value=matrix]").focus();
    const words = new Set();
    const legends = new Set();
    for (const view of VIEWS) {
      assert.equal(await page.locator("[name=view]:checked").getAttribute("value"), view);
      assert.equal(await page.evaluate(() => document.activeElement.value), view);
      words.add(await part(page, "words").textContent());
      legends.add(await page.locator("#legend").textContent());
      await soon(async () => {
        const label = await canvas(page, "a").getAttribute("aria-label");
        const named = { matrix: /weights of/, fields: /receptive/, pull: /pull on/, difference: /A minus B/ }[view];
        assert.match(label, named ?? /histogram/);
      });
      await button(page, "Export").click();
      const labels = await page.locator("#export-menu button").allTextContents();
      const pictures = labels.filter((label) => label.startsWith("Picture"));
      assert.ok(pictures.length >= 2, pictures.join());
      assert.equal(new Set(pictures).size, pictures.length, "each picture has a name of its own");
      await page.keyboard.press("Escape");
      await page.locator(`[name=view][value=${view}]`).focus();
      await page.keyboard.press("ArrowRight");
    }
    assert.equal(words.size, VIEWS.length);
    assert.ok(legends.size >= 4);
    assert.equal(await page.locator("[name=view]:checked").getAttribute("value"), "matrix", "round again");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.views), "layer");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    assert.equal(await part(page, "layer").inputValue(), "0");
    assert.equal(await part(page, "order").inputValue(), "strength");
    assert.equal(await part(page, "zeros").isChecked(), true);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await part(page, "open").getAttribute("aria-expanded"), "true");
    await part(page, "numbers").locator("tbody tr").first().waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await part(page, "numbers").isVisible(), false);
    assertQuiet(page);
  });
});

describe("views while training, and on pictures", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  test("every view runs along; the difference says the steps it compares", async () => {
    const page = await site.open("#v=1&data=moons&epochs=400");
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    for (const view of VIEWS) {
      await show(page, view);
      const [{ a: from }] = [await numbers(page)];
      await waitForStep(page, "a", Number(from.step) + 20);
      if (view !== "difference") continue;
      await soon(async () =>
        assert.match(
          await page.locator('[data-contender="a"] .matrix-count').first().textContent(),
          /^(at step [\d,]+|A at step [\d,]+, B at [\d,]+)$/,
        ),
      );
    }
    await page.locator("#status").waitFor({ state: "attached" });
    await button(page, "Pause").click();
    await waitForState(page, "Paused");
    assertQuiet(page);
    await page.context().close();
  });

  test("nothing is drawn for who looks elsewhere, and all of it when they are back", async () => {
    const page = await site.open("#v=1&data=moons&epochs=400", {
      prepare: (each) =>
        each.addInitScript(() => {
          globalThis.asked = [];
          globalThis.Worker = class extends Worker {
            postMessage(message, ...rest) {
              if (message?.operation === "frame") globalThis.asked.push(message.request.heatmaps.length);
              super.postMessage(message, ...rest);
            }
          };
        }),
    });
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    await waitForStep(page, "a", 10);
    await page.locator("body > footer").scrollIntoViewIfNeeded();
    await page.waitForTimeout(300);
    const away = await page.evaluate(async () => {
      globalThis.asked.length = 0;
      await new Promise((resolve) => setTimeout(resolve, 600));
      return globalThis.asked;
    });
    assert.ok(away.length > 2, "frames go on");
    assert.deepEqual([...new Set(away)], [0]);
    await page.locator(".matrices").first().scrollIntoViewIfNeeded();
    await page.waitForFunction(() => globalThis.asked.at(-1) > 0);
    await page.context().close();
  });

  test("on MNIST: fields of 28 by 28 and the pixel's place; 784 columns on fewer pixels hide no weight", async () => {
    const page = await site.open("#v=1&data=mnist&train-size=1000&epochs=2&ramp=1&finetune=1&layers=784,40,10");
    await waitForState(page, "Ready");
    const { width } = await canvas(page, "a").evaluate((element) => ({ width: element.width }));
    assert.ok(width < 784);
    await frame(page, "a").focus();
    await page.keyboard.press("Home");
    for (let k = 0; k < 6; k++) await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("ArrowDown");
    await soon(async () =>
      assert.match(
        await part(page, "cell").textContent(),
        /^Layer 1, row 2, column 61 \(pixel in row 3, column 5\): A [−+][\d.e-]+, pull \+[\d.e-]+ \(shrinks, of which 0 % acts now\); B /,
      ),
    );
    await show(page, "fields");
    await soon(async () =>
      assert.match(
        await page.locator('[data-contender="a"] figcaption').textContent(),
        /40 units of layer 1 *40 living/,
      ),
    );
    assertQuiet(page);
    await page.context().close();
  });

  testLooks(
    "every view fits, both level, axe-core is content",
    SIZES,
    async (options) => {
      const page = await site.open("#v=1&data=moons", options);
      await waitForState(page, "Ready");
      await button(page, "Step").click();
      await waitForStep(page, "b", 1);
      return page;
    },
    async (page, { width, height }) => {
      for (const view of VIEWS) {
        await show(page, view);
        await page.waitForTimeout(250);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${view}: ${wide} pixels too wide`);
        const boxes = await Promise.all(LETTERS.map((letter) => canvas(page, letter).boundingBox()));
        assert.equal(boxes[0].y, boxes[1].y);
        assert.equal(boxes[0].height, boxes[1].height);
        if (width > 1400) {
          const bottom = await page.locator("#views").evaluate((each) => each.getBoundingClientRect().bottom);
          assert.ok(bottom <= height, `${view}: the stage ends at ${bottom}`);
        }
        // Beside the pictures and what is said of them all views have the same page.
        await assertAccessible(page, { part: view === VIEWS[0] ? "main" : "#stage, #views", what: view });
      }
    },
  );
});
