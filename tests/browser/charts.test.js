// charts.test.js: the charts in headless Chromium: their tables against the engine, reading by mouse and by arrow keys, the
// published numbers, divergence, and axe-core with everything open.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ANCHORS } from "../../web/anchors.js";
import { count, percentage } from "../../web/format.js";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  SIZES,
  startBrowser,
  testLooks,
  value,
  waitForState,
} from "./browser.js";

const SHORT = "#v=1&data=moons&epochs=5&ramp=2&finetune=2&batch=256&a.regularizer=l1&b.regularizer=arrangement";
const LENET =
  "#v=1&data=mnist&train-size=600&epochs=3&ramp=1&finetune=1&batch=64&a.regularizer=l1&a.lambda=1e-3&b.regularizer=l1&b.lambda=1e-2";
const CHARTS = ["chart-tradeoff", "chart-nonzeros", "chart-accuracy", "chart-loss"];

describe("charts", () => {
  let site;
  /** A run of many epochs, which takes a while: it goes on while other tests have pages of their own. */
  let longRun;
  /** A run of SHORT that is over, which the first tests look at one after the other; what the engine in Node records of it. */
  let short;
  let records;
  before(async () => {
    site = await startBrowser();
    short = await finished(SHORT);
    records = await engineRecords(SHORT);
    longRun = startLongRun();
    longRun.catch(() => {}); // its test says so
  });
  after(() => site.close());

  /** A page with a run that is over. */
  async function finished(hash, options) {
    const page = await site.open(hash, options);
    await waitForState(page, "Ready");
    await finish(page);
    // Charts are drawn one a frame.
    await page.waitForTimeout(300);
    return page;
  }

  async function startLongRun() {
    const page = await site.open(
      "#v=1&data=moons&layers=2,2&batch=2048&epochs=210&ramp=1&finetune=0&a.regularizer=none&b.regularizer=none",
    );
    await waitForState(page, "Ready");
    await page.locator("#speed").selectOption("full");
    await page.locator("#chart-nonzeros summary").click();
    await button(page, "Play").click();
    return page;
  }

  /** What the engine in Node records for a hash: {a, b}: [record] from epoch 1 on. */
  async function engineRecords(hash) {
    const records = {};
    for (const letter of LETTERS) {
      const engine = await loadEngine({ directory: new URL("../../build/wasm/", import.meta.url), threads: 1 });
      const settings = settingsOf(engine.parseLink(hash));
      engine.configure(settingsText(engineSettings(settings, letter)));
      engine.start();
      while (engine.advance() !== ADVANCED.FINISHED);
      records[letter] = engine.epochs(0);
    }
    return records;
  }

  const cells = (page, chart) =>
    page
      .locator(`#${chart} tbody tr`)
      .evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));

  test("the tables behind the charts hold the engine's numbers, opened by key", async () => {
    const page = short;
    const { a, b } = records;
    assert.equal(a.length, 7);
    const wanted = {
      "chart-nonzeros": ({ nonzeros }) => [count(nonzeros)],
      "chart-accuracy": ({ test_accuracy: accuracy }) => [`${percentage(accuracy)} %`],
      "chart-loss": ({ loss }) => [loss.toFixed(4)],
      "chart-tradeoff": ({ nonzeros, test_accuracy: accuracy, loss }) => [
        count(nonzeros),
        percentage(accuracy),
        loss.toFixed(4),
      ],
    };
    for (const chart of CHARTS) {
      await page.locator(`#${chart} summary`).focus();
      await page.keyboard.press("Enter");
      await page.locator(`#${chart} tbody tr`).nth(7).waitFor();
      const rows = await cells(page, chart);
      assert.equal(rows.length, 8, "epoch 0 and seven more");
      assert.deepEqual(
        rows.slice(1),
        a.map((record, index) => [String(record.epoch), ...wanted[chart](record), ...wanted[chart](b[index])]),
      );
    }
    assertQuiet(page);
  });

  test("the mouse reads a point: the picture changes where it points, and back", async () => {
    const page = short;
    for (const chart of CHARTS) {
      const plot = page.locator(`#${chart} .plot`);
      await plot.scrollIntoViewIfNeeded();
      const picture = () => page.locator(`#${chart} canvas`).evaluate((canvas) => canvas.toDataURL());
      const before = await picture();
      const box = await plot.boundingBox();
      await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.5);
      await page.waitForTimeout(100);
      assert.notEqual(await picture(), before, chart);
      await page.mouse.move(0, 0);
      await page.waitForTimeout(100);
      assert.equal(await picture(), before, chart);
    }
  });

  test("arrow keys read every epoch with loss, accuracy and count; Escape ends it", async () => {
    const page = short;
    const { a, b } = records;
    const line = ({ nonzeros, test_accuracy: accuracy, loss }) =>
      `${count(nonzeros)} nonzero · ${percentage(accuracy)} % · loss ${loss.toFixed(4)}`;
    for (const chart of CHARTS.slice(1)) {
      const reading = page.locator(`#${chart} [aria-live]`);
      await page.locator(`#${chart} .plot`).focus();
      for (const [key, epoch] of [
        ["End", 7],
        ["ArrowLeft", 6],
        ["ArrowLeft", 5],
        ["ArrowRight", 6],
        ["ArrowRight", 7],
        ["ArrowRight", 7],
      ]) {
        await page.keyboard.press(key);
        const text = await reading.textContent();
        assert.ok(text.startsWith(`Epoch ${epoch}`), text);
        assert.equal(text.includes("fine-tuning"), epoch > 5, text);
        assert.ok(text.includes(`A L1: ${line(a[epoch - 1])}`), text);
        assert.ok(text.includes(line(b[epoch - 1])), text);
      }
      await page.keyboard.press("Home");
      // There is no loss before there was a batch.
      assert.match(await reading.textContent(), chart === "chart-loss" ? /^Epoch 1\. / : /^Epoch 0\. /);
      await page.keyboard.press("Escape");
      assert.equal(await reading.textContent(), "");
    }
    const reading = page.locator("#chart-tradeoff [aria-live]");
    await page.locator("#chart-tradeoff .plot").focus();
    await page.keyboard.press("End");
    assert.equal(await reading.textContent(), `Epoch 7, fine-tuning. A L1: ${line(a[6])}`);
    await page.keyboard.press("ArrowDown");
    assert.ok((await reading.textContent()).endsWith(line(b[6])));
    await page.keyboard.press("ArrowLeft");
    assert.ok((await reading.textContent()).endsWith(line(b[5])));
    assertQuiet(page);
  });

  test("published numbers stand beside LeNet-300-100 on MNIST and nowhere else", async () => {
    const page = await finished(LENET);
    const items = page.locator("#anchors li");
    assert.equal(await items.count(), ANCHORS.length);
    for (const [index, { name, accuracy, nonzeros, source }] of ANCHORS.entries()) {
      const text = await items.nth(index).textContent();
      for (const part of [name, percentage(accuracy), count(nonzeros)]) assert.ok(text.includes(part), text);
      assert.equal(await items.nth(index).locator("a").getAttribute("href"), source);
    }
    await page.getByText("published numbers, not ours").waitFor();
    assert.equal(await page.locator("#anchors-elsewhere").isVisible(), false);
    const reading = page.locator("#chart-tradeoff [aria-live]");
    await page.locator("#chart-tradeoff .plot").focus();
    await page.keyboard.press("ArrowUp");
    for (const { name, accuracy, nonzeros } of ANCHORS) {
      const text = await reading.textContent();
      assert.ok(text.startsWith(`${name} (`) && text.includes("as published"), text);
      assert.ok(text.includes(`${count(nonzeros)} nonzero · ${percentage(accuracy)} %`), text);
      await page.keyboard.press("ArrowRight");
    }
    await page.locator("#data").selectOption("moons");
    await page.locator("#anchors-elsewhere").waitFor();
    assert.equal(await page.locator("#anchors").isVisible(), false);
    assertQuiet(page);
    await page.context().close();
  });

  test("divergence is marked, with what to try", async () => {
    const page = await site.open("#v=1&data=moons&layers=2,64,64,64,2&lr=100&batch=16&optimizer=sgd&regularizer=none");
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    await waitForState(page, "Diverged");
    await page.waitForTimeout(300);
    const alert = page.locator("#chart-alert");
    assert.match(await alert.textContent(), /A and B diverged.*learning rate.*Restart/);
    for (const chart of CHARTS) {
      const label = await page.locator(`#${chart} canvas`).getAttribute("aria-label");
      for (const letter of ["A", "B"]) assert.match(label, new RegExp(`${letter} diverged in epoch \\d+\\.\\d`), chart);
      // The mark has the colour of alarm: more red than anything that is not alarming.
      const red = await page.locator(`#${chart} canvas`).evaluate((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let at = 0; at < data.length; at += 4)
          if (data[at] > 140 && data[at + 1] < 70 && data[at + 2] < 70 && data[at + 3] > 200) found++;
        return found;
      });
      assert.ok(red > 5, `${chart}: ${red} pixels of alarm`);
    }
    await page.locator("#preset").selectOption({ index: 1 });
    await waitForState(page, "Training");
    await page.waitForFunction(() => document.querySelector("#chart-alert").hidden);
    assert.match(await value(page, "a", "epoch"), /^\d+$/, "the run after it has numbers again");
    await page.context().close();
  });

  test("hundreds of epochs: few points and rows, all of them in the export", async () => {
    const page = await longRun;
    await waitForState(page, "Finished", 120_000);
    await page.waitForTimeout(300);
    const rows = await cells(page, "chart-nonzeros");
    assert.ok(rows.length > 90 && rows.length <= 203, `${rows.length} rows`);
    assert.deepEqual([rows[0][0], rows.at(-1)[0]], ["0", "210"]);
    assert.match(
      await page.locator("#chart-nonzeros details p").textContent(),
      /One of 2 epochs; all of them are in Export/,
    );
    await page.context().close();
  });

  testLooks(
    "with all tables open nothing sticks out and axe-core is content",
    SIZES,
    async (options) => {
      const page = await finished(SHORT, options);
      for (const chart of CHARTS) await page.locator(`#${chart} summary`).click();
      return page;
    },
    async (page) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${wide} pixels too wide`);
      await assertAccessible(page, { part: "#charts" });
    },
  );
});
