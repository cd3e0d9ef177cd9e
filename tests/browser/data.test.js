// data.test.js: data from files in the page: own files good and bad, by picker and by drop; MNIST whose first pictures are
// enough to start with; downloads that break off.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { repository } from "../tools/make.js";
import { assertQuiet, button, numbers, startBrowser, value, waitForState, waitForStep } from "./browser.js";

const file = (name, content, mimeType = "application/octet-stream") => ({
  name,
  mimeType,
  buffer: Buffer.from(content),
});

/** IDX files of 4 x 4 pictures in three classes that a small network tells apart. */
function idx(count, name) {
  const header = (...numbers) => {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((number, index) => bytes.writeUInt32BE(number, 4 * index));
    return bytes;
  };
  const labels = Array.from({ length: count }, (_, k) => k % 3);
  const pixels = labels.flatMap((label, k) =>
    Array.from({ length: 16 }, (_, i) => (i % 3 === label ? 200 : (k * 31 + i * 17) % 90)),
  );
  return [
    file(`${name}-images-idx3-ubyte`, Buffer.concat([header(0x803, count, 4, 4), Buffer.from(pixels)])),
    file(`${name}-labels-idx1-ubyte`, Buffer.concat([header(0x801, count), Buffer.from(labels)])),
  ];
}

const csvText = `width,height,kind\n${Array.from(
  { length: 90 },
  (_, k) => `${(k % 3) + ((k * 7) % 10) / 20},${5 - (k % 3) + ((k * 3) % 10) / 20},${["oak", "ash", "elm"][k % 3]}`,
).join("\n")}\n`;

/** The same table with other numbers; and with a column more. */
const otherText = csvText.replace(/\d\n/, "7\n").replace("1.1", "1.3");
const wideText = csvText.replaceAll(/^(\w)/gm, "1,$1").replace("1,", "depth,");

describe("own data", { timeout: 300_000 }, () => {
  let site;
  before(async () => (site = await startBrowser()));
  after(() => site.close());

  async function opened() {
    const page = await site.open("#v=1&data=moons");
    await waitForState(page, "Ready");
    return page;
  }

  const give = (page, files) => page.locator("#own-data input[type=file]").setInputFiles(files);
  const facts = (page) => page.locator(".own-data-facts");

  test("a link of own data asks for the file, refuses others, and is reproduced with the right one", async () => {
    const sender = await opened();
    await sender.locator("#data").selectOption("own");
    await give(sender, [file("trees.csv", csvText, "text/csv")]);
    await facts(sender).getByText("trees.csv").waitFor();
    await waitForState(sender, "Ready");
    await sender.keyboard.press("Escape");
    await button(sender, "Play").click();
    await waitForStep(sender, "a", 20);
    await button(sender, "Pause").click();
    await waitForState(sender, "Paused");
    await button(sender, "Share").click();
    await sender.locator('#share-menu [data-share="qr"]').click();
    await sender.locator("#share-dialog svg[role=img]").waitFor();
    const link = await sender.locator("#share-dialog textarea").inputValue();
    await sender.context().close();

    const page = await site.open(new URL(link).hash);
    const asks = page.locator("#notices [role=alert]");
    await asks.filter({ hasText: "of the sender's own data" }).waitFor();
    await asks.getByRole("button", { name: "Choose the files" }).click();
    for (const [name, text] of [
      ["other.csv", otherText],
      ["wide.csv", wideText],
    ]) {
      await give(page, [file(name, text, "text/csv")]);
      await asks.filter({ hasText: "These are not the data of the link" }).filter({ hasText: name }).waitFor();
      await waitForState(page, "Stopped");
    }
    await give(page, [file("trees.csv", csvText, "text/csv")]);
    await page.keyboard.press("Escape");
    await page.locator("#notices .notice", { hasText: "A link to a moment" }).waitFor();
    await button(page, "Play").click();
    await page.locator("#notices .notice", { hasText: "Reproduced exactly" }).waitFor();
    assert.equal(await asks.count(), 0);
    await page.context().close();
  });

  test("a CSV file: understood, shown, trained on; another data set takes its place", async () => {
    const page = await opened();
    await page.locator("#data").selectOption("own");
    await button(page, "Choose files").waitFor();
    assert.equal(await page.locator("#data").inputValue(), "moons", "nothing was chosen yet");
    await give(page, [file("trees.csv", csvText, "text/csv")]);
    await facts(page).getByText("trees.csv").waitFor();
    const text = await facts(page).textContent();
    for (const words of [/72 for training, 18 set apart/, /2, each scaled/, /3: ash, elm, oak/, /column 3 \(kind\)/])
      assert.match(text, words);
    await waitForState(page, "Ready");
    assert.equal(await page.locator("#data").inputValue(), "own");
    assert.equal(await value(page, "a", "step"), "0");
    assert.doesNotMatch(page.url(), /trees|data-dir/);
    await page.keyboard.press("Escape");
    await button(page, "Play").click();
    await waitForStep(page, "a", 30);
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    await page.locator("#data").selectOption("xor");
    await page.waitForFunction(() => /data=xor/.test(location.hash));
    await waitForState(page, "Ready");
    await page.locator("#data").selectOption("own");
    await waitForState(page, "Ready");
    assert.equal(await page.locator("#data").inputValue(), "own");
    assertQuiet(page);
    await page.context().close();
  });

  test("IDX files: a pair and four, gzipped too, dropped on the page", async () => {
    const page = await opened();
    await give(page, idx(60, "my"));
    await facts(page).getByText("my-images-idx3-ubyte").waitFor();
    let text = await facts(page).textContent();
    assert.match(text, /48 for training, 12 set apart for testing/);
    assert.match(text, /16: pictures of 4 × 4 pixels/);
    await waitForState(page, "Ready");
    const hash = /Hash([0-9a-f]{16})/.exec(text)[1];

    const zipped = [...idx(60, "train"), ...idx(30, "t10k")]
      .reverse()
      .map(({ name, buffer }) => [`${name}.gz`, [...gzipSync(buffer)]]);
    await page.evaluate((files) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
      for (const kind of ["dragenter", "dragover", "drop"])
        document
          .querySelector("#stage")
          .dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, zipped);
    await facts(page).getByText("train-images-idx3-ubyte").waitFor();
    text = await facts(page).textContent();
    assert.match(text, /60 for training, 30 for testing/);
    assert.notEqual(/Hash([0-9a-f]{16})/.exec(text)[1], hash);
    assert.equal(await page.locator(".dropping").count(), 0);
    await waitForState(page, "Ready");
    await page.keyboard.press("Escape");
    await button(page, "Play").click();
    await waitForStep(page, "b", 20);
    assertQuiet(page);
    await page.context().close();
  });

  test("weights that were saved come back: looked at, tested, and not called trained", async () => {
    const page = await site.open("#v=1&data=moons&layers=2,9,7,2&epochs=2&ramp=1&finetune=1&a.l1=1e-3");
    await waitForState(page, "Ready");
    await page.locator("#speed").selectOption("full");
    await button(page, "Play").click();
    await waitForState(page, "Finished");
    const trained = await numbers(page);
    await page.locator("#export").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /Weights of A/ }).click(),
    ]);
    const saved = { ...file(download.suggestedFilename(), readFileSync(await download.path())) };
    await page.keyboard.press("Escape");
    // Into B, of a run with another network.
    await page.evaluate(() => (location.hash = "#v=1&data=moons&layers=2,5,2"));
    await page.waitForFunction(
      (print) => document.querySelector('[data-contender="a"] [data-metric="fingerprint"]').dataset.value !== print,
      trained.a.fingerprint,
    );
    await button(page, "Restart").click();
    await waitForState(page, "Ready");
    await give(page, [saved]);
    await page.locator(".own-data-news", { hasText: "2-9-7-2" }).waitFor();
    await button(page, "Open in B").click();
    const note = page.locator('[data-contender="b"] .mark', {
      hasText: /Loaded from filigree-a\.safetensors, not trained/,
    });
    await note.waitFor();
    const loaded = await numbers(page);
    for (const metric of ["fingerprint", "nonzeros", "test-accuracy"])
      assert.equal(loaded.b[metric], trained.a[metric], metric);
    assert.equal(loaded.b.step, "0");
    assert.notEqual(loaded.a.fingerprint, trained.a.fingerprint);
    // The other one can be trained beside it.
    await page.keyboard.press("Escape");
    await button(page, "Play").click();
    await waitForStep(page, "a", 5);
    assert.equal(await value(page, "b", "fingerprint"), trained.a.fingerprint);
    await button(page, "Restart").click();
    await note.waitFor({ state: "hidden" });
    await waitForState(page, "Ready");
    assert.notEqual(await value(page, "b", "fingerprint"), trained.a.fingerprint);

    await give(page, [{ ...saved, buffer: saved.buffer.subarray(0, 300) }]);
    await page.locator(".own-data-news.wrong", { hasText: /filigree-a\.safetensors is cut short/ }).waitFor();
    await give(page, [file("other.safetensors", "not at all")]);
    await page.locator(".own-data-news.wrong", { hasText: /other\.safetensors/ }).waitFor();
    assertQuiet(page);
    await page.context().close();
  });

  test("bad files: what was wrong is said, and the run stays", async () => {
    const page = await opened();
    const [images, labels] = idx(30, "my");
    const short = file("cut-images", images.buffer.subarray(0, 100));
    const cases = [
      [[file("a.csv", "a,label\n1,x\nred,y\n")], /a\.csv, line 3, column 1 \(a\): 'red' is not a number/],
      [[file("a.csv", "a,label\n1,x\n2\n")], /a\.csv, line 3: expected 2 cells/],
      [[file("a.csv", "")], /a\.csv is empty/],
      [[file("a.xlsx", "PK\x03\x04 and more")], /a\.xlsx: expected a CSV file, found a ZIP or Excel file/],
      [[images], /labels that belong to my-images-idx3-ubyte are missing/],
      [[short, labels], /cut-images is cut short/],
      [[images, file("photo.png", "\x89PNG....")], /photo\.png: no IDX file/],
      [[file("a.csv.gz", gzipSync("a,b\n1,2\n").subarray(0, 12))], /a\.csv\.gz is a gzip file that is cut short/],
      [[images, labels, images, labels, labels], /5 files are too many/],
    ];
    for (const [files, words] of cases) {
      await give(page, files);
      await page.locator(".own-data-news.wrong", { hasText: words }).waitFor();
      assert.equal(await page.locator("#data").inputValue(), "moons");
      assert.equal(await value(page, "a", "step"), "0");
    }
    assertQuiet(page);
    await page.context().close();
  });
});

for (const isolated of [true, false])
  describe(`MNIST ${isolated ? "in shared memory" : "without shared memory"}`, { timeout: 400_000 }, () => {
    let site;
    before(async () => (site = await startBrowser({ isolated })));
    after(() => site.close());

    const LINK = "#v=1&data=mnist&layers=784,16,10&batch=500&epochs=2&ramp=1&finetune=0";
    const bytes = readFileSync(`${repository}dist/data/mnist/train-images-idx3-ubyte`);
    const beginning = 16 + 784 * 12_000;

    test("training starts with the first pictures, waits for the rest, and ends with the same bits", async () => {
      let release;
      const held = new Promise((resolve) => (release = resolve));
      let asked = 0;
      const page = await site.open(LINK, {
        serviceWorkers: "block",
        prepare: (each) =>
          each.route("**/data/mnist/train-images-idx3-ubyte", async (route) => {
            // The first answer breaks off; what follows is held back.
            if (asked++ === 0) {
              await route.fulfill({ status: 200, body: bytes.subarray(0, beginning) });
            } else {
              await held;
              await route.continue();
            }
          }),
      });
      await waitForState(page, "Ready", 120_000);
      assert.ok(await page.locator("#loading").isVisible());
      await button(page, "Play").click();
      await waitForStep(page, "a", 20);
      await page.waitForTimeout(1500);
      for (const letter of ["a", "b"]) assert.equal(await value(page, letter, "step"), "20", "10,000 pictures");
      release();
      await waitForState(page, "Finished", 200_000);
      assert.ok(await page.locator("#loading").isHidden());
      assert.ok(asked >= 2);
      const prints = [await value(page, "a", "fingerprint"), await value(page, "b", "fingerprint")];
      await button(page, "Restart").click();
      await waitForState(page, "Ready");
      await button(page, "Play").click();
      await waitForState(page, "Finished", 200_000);
      assert.deepEqual([await value(page, "a", "fingerprint"), await value(page, "b", "fingerprint")], prints);
      await page.context().close();
    });
  });

describe("a download that fails", { timeout: 300_000 }, () => {
  let site;
  before(async () => (site = await startBrowser()));
  after(() => site.close());

  test("half-way: several attempts, then words and a button; what is there is kept", async () => {
    const bytes = readFileSync(`${repository}dist/data/mnist/train-images-idx3-ubyte`);
    const beginning = 16 + 784 * 10_500;
    let [broken, asked] = [true, 0];
    const page = await site.open("#v=1&data=mnist&layers=784,16,10&batch=500&epochs=1&ramp=1&finetune=0", {
      serviceWorkers: "block",
      prepare: (each) =>
        each.route("**/data/mnist/train-images-idx3-ubyte", (route) => {
          if (asked++ === 0) return route.fulfill({ status: 200, body: bytes.subarray(0, beginning) });
          return broken ? route.abort("connectionreset") : route.continue();
        }),
    });
    await waitForState(page, "Ready", 120_000);
    const alert = page.getByRole("alert");
    await alert.waitFor();
    assert.match(await alert.textContent(), /train-images-idx3-ubyte broke off after 8232016 bytes/);
    await button(page, "Play").click();
    await waitForStep(page, "a", 20);
    broken = false;
    await button(page, "Try again").click();
    await waitForState(page, "Finished", 200_000);
    assert.equal(await page.getByRole("alert").count(), 0);
    await page.context().close();
  });
});
