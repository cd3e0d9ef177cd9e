// exporting.test.js: the Export menu in Chromium: by mouse and keyboard, and each file read back against the engine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { settingsText } from "../../web/link.js";
import { engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  numbers,
  startBrowser,
  waitForState,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);
const LINK = "#v=1&data=moons&epochs=2&ramp=1&finetune=1&batch=50&a.regularizer=l1&b.regularizer=arrangement";

describe("export", () => {
  let site;
  let page;
  before(async () => {
    site = await startBrowser();
    page = await site.open(LINK);
    await waitForState(page, "Ready");
    await finish(page);
  });
  after(() => site.close());

  async function saved(name) {
    await button(page, "Export").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator(`#export-menu [data-file="${name}"]`).click(),
    ]);
    assert.equal(download.suggestedFilename(), name);
    return readFileSync(await download.path());
  }

  test("weights: every byte is the engine's", async () => {
    for (const letter of LETTERS) {
      const engine = await loadEngine({ directory: builds, threads: 1 });
      engine.configure(settingsText(engineSettings(settingsOf(engine.parseLink(LINK)), letter)));
      engine.start();
      while (engine.advance() !== ADVANCED.FINISHED);
      const file = await saved(`filigree-${letter}.safetensors`);
      const start = 8 + Number(file.readBigUInt64LE(0));
      const header = JSON.parse(file.toString("utf8", 8, start));
      assert.equal(header.__metadata__.fingerprint, engine.fingerprint());
      let end = 0;
      engine.layers().forEach(({ rows, columns }, layer) => {
        const parts = { weight: [[rows, columns], engine.weights(layer)], bias: [[rows], engine.biases(layer)] };
        for (const [part, [shape, values]] of Object.entries(parts)) {
          const entry = header[`layers.${layer}.${part}`];
          assert.deepEqual([entry.dtype, entry.shape], ["F32", shape]);
          assert.deepEqual(
            file.subarray(start + entry.data_offsets[0], start + entry.data_offsets[1]),
            Buffer.from(values.buffer),
          );
          end = Math.max(end, entry.data_offsets[1]);
        }
      });
      assert.equal(file.length, start + end);
    }
  });

  test("epochs as CSV and runs as JSON say what the page shows", async () => {
    const shown = await numbers(page);
    const csv = (await saved("filigree-epochs.csv")).toString().trim().split("\r\n");
    const columns = csv[0].split(",");
    assert.equal(csv.length, 1 + 2 * 4, "epochs 0 to 3 of both");
    const runs = JSON.parse((await saved("filigree-runs.json")).toString());
    assert.equal(runs.link, await page.evaluate(() => location.hash));
    for (const letter of LETTERS) {
      const last = csv
        .filter((line) => line.startsWith(`${letter},`))
        .at(-1)
        .split(",");
      assert.equal(last[columns.indexOf("nonzeros")], shown[letter].nonzeros);
      assert.equal(last[columns.indexOf("test_accuracy")], shown[letter]["test-accuracy"]);
      assert.equal(runs.contenders[letter].fingerprint, shown[letter].fingerprint);
      assert.equal(String(runs.contenders[letter].records.at(-1).nonzeros), shown[letter].nonzeros);
      assert.equal(String(runs.contenders[letter].metrics.step), shown[letter].step);
    }
  });

  test("pictures are PNG files of the canvases' size", async () => {
    const file = await saved("filigree-1.png");
    assert.equal(file.toString("latin1", 1, 4), "PNG");
    const canvas = page.locator("#stage canvas[role=img]").first();
    assert.deepEqual(
      [file.readUInt32BE(16), file.readUInt32BE(20)],
      await canvas.evaluate(({ width, height }) => [width, height]),
    );
  });

  test("by keyboard: opens with focus inside, Escape closes and gives the focus back; axe-core is content", async () => {
    await button(page, "Export").focus();
    await page.keyboard.press("Enter");
    const menu = page.locator("#export-menu");
    await menu.waitFor();
    await page.waitForFunction(() => document.activeElement.closest("#export-menu") !== null);
    assert.equal(await page.locator("#export").getAttribute("aria-expanded"), "true");
    await assertAccessible(page);
    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "export");
    assertQuiet(page);
  });
});
