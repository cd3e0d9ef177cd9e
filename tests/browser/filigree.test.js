// filigree.test.js: the filigree and the pad in headless Chromium: lines stand where the engine's nonzeros are, units light up
// by pointer and by keys, a digit is answered with the engine's probabilities, the poster is a picture.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { edgesOf, livingUnits, orders, places } from "../../web/views/filigree-layout.js";
import { ADVANCED, DATA_FILES, loadEngine } from "../../web/wasm.js";
import { repository } from "../tools/make.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  startBrowser,
  value,
  waitForState,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);
const SMALL =
  "#v=1&data=moons&layers=2,6,5,2&epochs=8&ramp=2&finetune=2&a.regularizer=l1&a.lambda=2e-2&b.regularizer=none";
const DIGITS = "#v=1&data=mnist&train-size=1000&epochs=1&ramp=1&finetune=1&layers=784,40,10";

/** An engine in Node with the settings of the page, trained to `step` as the page does. */
async function engineAt(page, letter) {
  const engine = await loadEngine({ directory: builds, threads: 1 });
  const settings = settingsOf(engine.parseLink(await page.evaluate(() => location.hash)));
  engine.configure(settingsText(engineSettings(settings, letter)));
  if (engine.needsFiles())
    for (const [which, name] of DATA_FILES.entries()) {
      const bytes = readFileSync(`${repository}dist/data/mnist/${name}`);
      await engine.giveFile(which, bytes.length, (view) => view().set(bytes));
    }
  engine.start();
  const step = Number(await value(page, letter, "step"));
  for (let done = 0; done < step;) if (engine.advance() === ADVANCED.BATCH) done++;
  assert.equal(engine.fingerprint(), await value(page, letter, "fingerprint"));
  return engine;
}

const frame = (page, letter) => page.locator(`[data-filigree="${letter}"] .filigree-frame`);
const words = (page, letter) => page.locator(`[data-filigree="${letter}"] [data-filigree=unit]`).textContent();

/** The picture's pixels: {width, height, alpha: bytes}; what is drawn has alpha. */
async function alphaOf(page, letter) {
  const { alpha, ...size } = await frame(page, letter)
    .locator("canvas")
    .evaluate((canvas) => {
      const copy = new OffscreenCanvas(canvas.width, canvas.height);
      const context = copy.getContext("2d");
      context.drawImage(canvas, 0, 0);
      const { data } = context.getImageData(0, 0, copy.width, copy.height);
      const bytes = Uint8Array.from({ length: data.length / 4 }, (_, k) => data[4 * k + 3]);
      // As text: a million numbers on their own take seconds on the way.
      let text = "";
      for (let k = 0; k < bytes.length; k += 1 << 14) text += String.fromCharCode(...bytes.subarray(k, k + (1 << 14)));
      return { width: copy.width, height: copy.height, alpha: btoa(text) };
    });
  return { ...size, alpha: Buffer.from(alpha, "base64") };
}

/** The curve of a line, as points in shares of the picture. */
function curve([x0, y0], [x1, y1]) {
  return Array.from({ length: 101 }, (_, k) => {
    const t = k / 100;
    const [p, q, r, s] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    const middle = (y0 + y1) / 2;
    return [p * x0 + q * x0 + r * x1 + s * x1, p * y0 + (q + r) * middle + s * y1];
  });
}

describe("the filigree", () => {
  let site;
  /** Finished runs that the tests of this size look at one after the other, each as it finds them. */
  let small;
  let digits;
  before(async () => {
    site = await startBrowser();
    small = await finished(SMALL);
    digits = await finished(DIGITS);
  });
  after(() => site.close());

  async function finished(hash, options) {
    const page = await site.open(hash, options);
    await waitForState(page, "Ready");
    await finish(page, 120_000);
    await page.locator("#filigree").scrollIntoViewIfNeeded();
    await page.waitForTimeout(400);
    return page;
  }

  test("lines stand where the engine's nonzeros are, and nowhere else", async () => {
    const page = small;
    let [lines, gaps] = [0, 0];
    for (const letter of LETTERS) {
      const engine = await engineAt(page, letter);
      const layers = engine.layers();
      const widths = [layers[0].columns, ...layers.map(({ rows }) => rows)];
      const found = engine.edges(layers.map(() => 1e6));
      const edges = found.map((each, layer) => edgesOf(each, widths[layer]));
      const live = found.map((each) => each.live);
      const living = livingUnits(widths, edges, live);
      const at = places(widths, null, orders(widths, null, edges, living), living);
      const total = edges.reduce((sum, { weights }) => sum + weights.length, 0);
      assert.equal(await page.locator(`[data-filigree="${letter}"]`).getAttribute("data-lines"), String(total));
      const amount = await page.locator(`[data-filigree="${letter}"] [data-filigree=amount]`).textContent();
      assert.equal(amount, `all ${total} nonzero weights`);
      const { width, height, alpha } = await alphaOf(page, letter);
      const inkAt = ([x, y]) => {
        let most = 0;
        for (const dy of [-1, 0, 1])
          for (const dx of [-1, 0, 1])
            most = Math.max(most, alpha[Math.round(y * height + dy) * width + Math.round(x * width + dx)]);
        return most;
      };
      const place = (level, unit) => [at[level][2 * unit], at[level][2 * unit + 1]];
      const curves = [];
      edges.forEach(({ from, to }, layer) =>
        from.forEach((unit, k) => {
          curves.push(curve(place(layer, unit), place(layer + 1, to[k])));
          if (!living[layer][unit] || !living[layer + 1][to[k]]) return;
          for (const point of [30, 50, 70])
            assert.ok(inkAt(curves.at(-1)[point]) > 8, `${letter}: layer ${layer}, line ${k}`);
          lines++;
        }),
      );
      // Away from all lines there is no ink between the first and the last row.
      for (let y = 0.1; y < 0.85; y += 0.02)
        for (let x = 0.02; x < 1; x += 0.02) {
          const distance = (point) => Math.hypot((point[0] - x) * width, (point[1] - y) * height);
          if (curves.some((points) => points.some((point) => distance(point) < 9))) continue;
          if (
            at.some((list) =>
              Array.from({ length: list.length / 2 }, (_, k) => [list[2 * k], list[2 * k + 1]]).some(
                (point) => distance(point) < 9,
              ),
            )
          )
            continue;
          assert.equal(
            alpha[Math.round(y * height) * width + Math.round(x * width)],
            0,
            `${letter}: ink at ${x}, ${y}`,
          );
          gaps++;
        }
    }
    assert.ok(lines > 20 && gaps > 200, `${lines} lines, ${gaps} gaps`);
    assertQuiet(page);
  });

  test("units light up by pointer and by arrow keys, and are told in words", async () => {
    const page = small;
    const before = await alphaOf(page, "b");
    await frame(page, "b").focus();
    await page.keyboard.press("ArrowRight");
    assert.match(await words(page, "b"), /^Class 0: \d+ nonzero inputs?, strongest unit \d of hidden layer 2 \([+−]/);
    await page.waitForTimeout(300);
    const lit = await alphaOf(page, "b");
    assert.notDeepEqual(lit.alpha, before.alpha);
    await page.keyboard.press("ArrowUp");
    assert.match(await words(page, "b"), /^Unit \d of hidden layer 2: .*; .*output/);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    assert.match(await words(page, "b"), /^Input \d: \d+ nonzero outputs?/);
    await page.keyboard.press("ArrowUp");
    assert.match(await words(page, "b"), /^Input/);
    await page.keyboard.press("Escape");
    assert.equal(await words(page, "b"), "");
    await page.waitForTimeout(300);
    assert.deepEqual((await alphaOf(page, "b")).alpha, before.alpha);
    // The right output, by pointer.
    const at = places([2, 6, 5, 2], null)[3];
    const box = await frame(page, "b").boundingBox();
    await page.mouse.move(box.x + at[2] * box.width, box.y + at[3] * box.height + 3);
    assert.match(await words(page, "b"), /^Class 1:/);
    await page.mouse.move(box.x + 5, box.y + box.height - 3);
    assert.equal(await words(page, "b"), "");
    assert.equal(await page.locator("#digit").isHidden(), true, "no pad for what is no picture");
    await page.locator('[data-filigree="b"] summary').click();
    assert.equal(await page.locator('[data-filigree="b"] tbody tr').count(), 3);
    assertQuiet(page);
  });

  test("out of sight while it trains, it shows the end of the run", async () => {
    const page = await finished(DIGITS, { viewport: { width: 390, height: 600 } });
    for (const letter of LETTERS) {
      const shown = await page.locator(`[data-filigree="${letter}"] [data-filigree=amount]`).textContent();
      const nonzeros = Number(await value(page, letter, "nonzeros")).toLocaleString("en");
      assert.ok(shown.includes(` ${nonzeros} nonzero`), `${shown}; ${nonzeros}`);
    }
    assertQuiet(page);
    await page.context().close();
  });

  test("test samples by button: the probabilities are the engine's", async () => {
    const page = digits;
    const engines = { a: await engineAt(page, "a"), b: await engineAt(page, "b") };
    await button(page, "Test sample").focus();
    for (let index = 0; index < 3; index++) {
      await page.keyboard.press("Enter");
      const { label, inputs } = engines.a.sample(index);
      await page.getByText(`Test sample ${index + 1}, a ${label}.`).waitFor();
      for (const letter of LETTERS) {
        const expected = [...engines[letter].predict(inputs).probabilities].map(String);
        await page.waitForFunction(
          ([name, first]) => document.querySelector(`[data-answers="${name}"] li`).dataset.value === first,
          [letter, expected[0]],
        );
        const rows = page.locator(`[data-answers="${letter}"] li`);
        assert.deepEqual(await rows.evaluateAll((list) => list.map(({ dataset }) => dataset.value)), expected);
        const best = expected.map(Number).indexOf(Math.max(...expected.map(Number)));
        const text = `${best}${(100 * Number(expected[best])).toFixed(1)} %`;
        assert.equal(await page.locator(`[data-answers="${letter}"] .best`).textContent(), text);
      }
    }
    await button(page, "Clear").click();
    assert.equal(await page.locator("[data-answers] .best").count(), 0);
    assertQuiet(page);
  });

  test("a digit drawn with the mouse is answered at every stroke", async () => {
    const page = digits;
    const box = await page.locator("[data-digit=pad]").boundingBox();
    const point = (x, y) => [box.x + x * box.width, box.y + y * box.height];
    const first = () =>
      page.locator('[data-answers="a"] li').evaluateAll((list) => list.map((item) => item.dataset.value));
    await page.mouse.move(...point(0.5, 0.15));
    await page.mouse.down();
    await page.mouse.move(...point(0.5, 0.5), { steps: 5 });
    await page.locator('[data-answers="a"] .best').waitFor();
    const half = await first();
    await page.mouse.move(...point(0.9, 0.9), { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction((old) => document.querySelector('[data-answers="a"] li').dataset.value !== old, half[0]);
    const whole = (await first()).map(Number);
    assert.ok(Math.abs(whole.reduce((sum, each) => sum + each, 0) - 1) < 1e-5);
    assertQuiet(page);
  });

  test("the poster is a PNG of 3,200 pixels", async () => {
    const page = small;
    const [file] = await Promise.all([page.waitForEvent("download"), button(page, "Save as picture").click()]);
    assert.equal(file.suggestedFilename(), "filigree.png");
    const bytes = readFileSync(await file.path());
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    assert.equal(bytes.readUInt32BE(16), 3200);
    assert.ok(bytes.readUInt32BE(20) > 1200);
    assertQuiet(page);
  });

  for (const [width, height, colorScheme] of [
    [1440, 900, "light"],
    [390, 844, "dark"],
  ])
    test(`${width}x${height}, ${colorScheme}: axe-core is content with an answered digit`, async () => {
      const page = await finished(DIGITS, { viewport: { width, height }, colorScheme });
      await button(page, "Test sample").click();
      await page.locator('[data-answers="b"] .best').waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      await assertAccessible(page);
      assertQuiet(page);
      await page.context().close();
    });
});
