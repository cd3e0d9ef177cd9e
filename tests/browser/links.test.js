// links.test.js: links in the page, in Chromium: the ten links of tests/links.json are reproduced, isolated and not; the present moment is
// copied, opened and compared; what differs is shown; the address and the history follow the run; whatever stands in a hash.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { loadEngine } from "../../web/wasm.js";
import { readLinks } from "../tools/golden.js";
import { make, repository } from "../tools/make.js";
import { assertQuiet, button, numbers, startBrowser, value, waitForState, waitForStep } from "./browser.js";

make("site");
const engine = await loadEngine({ directory: pathToFileURL(`${repository}build/wasm/`), threads: 1 });

const MOONS = "#v=1&data=moons&batch=64&epochs=6&ramp=2&finetune=2&a.regularizer=l1&b.regularizer=arrangement";

const notice = (page, text) => page.locator("#notices .notice", { hasText: text });
const hash = (page) => page.evaluate(() => location.hash);
const share = async (page, what) => {
  await button(page, "Share").click();
  await page.locator(`[data-share="${what}"]`).click();
};
/** What the page wrote to the clipboard last; asked for after prepare: fakeClipboard. */
const copied = (page) => page.evaluate(() => window.copied);
const fakeClipboard = (page) =>
  page.addInitScript(() => {
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: async (text) => void (window.copied = text) },
    });
  });

for (const isolated of [true, false])
  describe(isolated ? "isolated" : "not isolated", () => {
    let site;
    before(async () => (site = await startBrowser({ isolated })));
    after(() => site?.close());

    for (const { name, link } of readLinks())
      test(`reproduced exactly: ${name}`, async () => {
        const page = await site.open(link, { reducedMotion: "no-preference" });
        await notice(page, "Reproduced exactly").waitFor();
        const text = await notice(page, "Reproduced exactly").textContent();
        const shown = await numbers(page);
        for (const letter of ["a", "b"]) {
          const expected = new RegExp(`&${letter}\\.fp=(\\w+)`).exec(link)?.[1];
          if (!expected) continue;
          assert.equal(shown[letter].fingerprint, expected);
          assert.ok(text.includes(expected), text);
        }
        assertQuiet(page);
        await page.context().close();
      });
  });

describe("links in the page", () => {
  let site;
  before(async () => (site = await startBrowser()));
  after(() => site?.close());

  test("a moment is copied, opened elsewhere, compared; a tampered one shows what differs", async () => {
    const page = await site.open(MOONS, { prepare: fakeClipboard });
    await waitForState(page, "Ready");
    await share(page, "link");
    await notice(page, "Link copied").waitFor();
    assert.match(await notice(page, "Link copied").textContent(), /nothing is trained yet/);
    await button(page, "Step").click();
    await waitForStep(page, "a", 1);
    await button(page, "Step").click();
    await waitForStep(page, "b", 2);
    const field = page.locator('[data-contender="b"] [data-option="lambda"] input[type="text"]');
    await field.fill("0.05");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.includes("b.changes=2:lambda:0.05"));
    await button(page, "Play").click();
    await waitForStep(page, "b", 9);
    await share(page, "link");
    await page.waitForFunction(() => window.copied?.includes("&at="));
    const link = await copied(page);
    const frozen = engine.parseLink(link);
    assert.deepEqual(frozen.problems, []);
    assert.deepEqual(frozen.changes.b, [{ step: 2, key: "lambda", value: "0.05" }]);
    assert.ok(frozen.at >= 9);
    assert.match(frozen.fingerprints.a + frozen.fingerprints.b, /^[0-9a-f]{32}$/);
    await waitForStep(page, "a", frozen.at + 3); // it goes on
    assertQuiet(page);

    const other = await site.open(link.slice(link.indexOf("#")), { reducedMotion: "no-preference" });
    await notice(other, "Reproduced exactly").waitFor();
    await waitForState(other, "Paused");
    assert.equal(await value(other, "a", "step"), String(frozen.at));
    assert.equal(await value(other, "b", "fingerprint"), frozen.fingerprints.b);
    assert.equal(
      await other.locator('[data-contender="b"] [data-option="lambda"] input[type="text"]').inputValue(),
      "0.05",
    );
    await other.locator('[data-contender="b"] .mark', { hasText: "λ changed at step 2" }).waitFor();
    await button(other, "Play").click();
    await waitForStep(other, "a", frozen.at + 2);
    assertQuiet(other);

    const tampered = link.slice(link.indexOf("#")).replace(frozen.fingerprints.b, "00000000000000aa");
    const third = await site.open(tampered.replace("engine=", "engine=0."), { reducedMotion: "no-preference" });
    const alert = notice(third, "This is not what the link says");
    await alert.waitFor();
    const text = await alert.textContent();
    for (const part of ["00000000000000aa", frozen.fingerprints.b, "A: reproduced exactly", "engine 0.", "engine "])
      assert.ok(text.includes(part), text);
    for (const each of [page, other, third]) await each.context().close();
  });

  test("where motion is unwelcome a moment is trained to on demand", async () => {
    const page = await site.open(`${MOONS}&at=20&a.fp=0000000000000001`);
    await waitForState(page, "Ready");
    await page.getByRole("button", { name: "Train to step 20" }).click();
    await notice(page, "This is not what the link says").waitFor();
    assert.equal(await value(page, "a", "step"), "20");
    await page.context().close();
  });

  test("a strength that is moved takes over from a link with later changes", async () => {
    const page = await site.open(`${MOONS}&b.changes=3:l1:0.5,50:l1:0&at=5`, { prepare: fakeClipboard });
    await waitForState(page, "Ready");
    await button(page, "Play").click();
    await waitForStep(page, "b", 5);
    await waitForState(page, "Paused");
    const field = page.locator('[data-contender="b"] [data-option="l1"] input[type="text"]');
    assert.equal(await field.inputValue(), "0.5");
    await field.fill("0.25");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.endsWith("&b.changes=3:l1:0.5,5:l1:0.25"));
    await button(page, "Restart").click();
    await page.waitForFunction(() => location.hash.endsWith("&b.l1=0.25"));
    await waitForState(page, "Ready");
    assertQuiet(page);
    await page.context().close();
  });

  test("other runs are entries of the history; what happens on the way is none", async () => {
    const page = await site.open(MOONS);
    await waitForState(page, "Ready");
    const length = () => page.evaluate(() => history.length);
    const first = await length();
    await page.locator("#seed").fill("12");
    await page.locator("#seed").press("Enter");
    await page.waitForFunction(() => location.hash.includes("seed=12"));
    assert.equal(await length(), first + 1);
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    const field = page.locator('[data-contender="b"] [data-option="lambda"] input[type="text"]');
    await field.fill("0.05");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.includes("changes=1:lambda:0.05"));
    assert.equal(await length(), first + 1);
    await page.goBack();
    await page.waitForFunction(() => document.querySelector("#seed").value === "1");
    assert.equal(await hash(page), MOONS);
    assertQuiet(page);
    await page.context().close();
  });

  test("as a command, as embed code, as a QR code; a clipboard that refuses", async () => {
    const page = await site.open(MOONS, { prepare: fakeClipboard });
    await waitForState(page, "Ready");
    await share(page, "command");
    await page.waitForFunction(() => window.copied);
    assert.match(await copied(page), /^build\/filigree replay '#v=1&data=moons&[^']*'$/);
    await share(page, "embed");
    await page.waitForFunction(() => window.copied.startsWith("<iframe"));
    assert.match(await copied(page), /src="http[^"]*#v=1&amp;data=moons&amp;[^"]*&amp;embed=1"/);
    await share(page, "qr");
    const dialog = page.locator("#share-dialog");
    await dialog.locator("svg[role=img]").waitFor();
    const link = await dialog.locator("textarea").inputValue();
    assert.ok(link.endsWith(await hash(page)), link);
    const box = await dialog.locator("svg").boundingBox();
    assert.ok(box.width > 400 && Math.abs(box.width - box.height) < 1);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assertQuiet(page);
    await page.context().close();

    const refusing = await site.open(MOONS, {
      prepare: (each) =>
        each.addInitScript(() => {
          Object.defineProperty(navigator, "clipboard", {
            value: { writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) },
          });
        }),
    });
    await waitForState(refusing, "Ready");
    await share(refusing, "link");
    await refusing.locator("#share-dialog", { hasText: "copy the selected text" }).waitFor();
    const selected = await refusing.evaluate(() => {
      const { value: text, selectionStart, selectionEnd } = document.activeElement;
      return text.slice(selectionStart, selectionEnd);
    });
    assert.match(selected, /#v=1&data=moons/);
    await refusing.context().close();
  });

  test("a link too long for a QR code says so", async () => {
    const changes = Array.from({ length: 100 }, (_, step) => `${step + 10}:lambda:0.0${step + 1}`).join(",");
    const page = await site.open(`${MOONS}&a.changes=${changes}`);
    await waitForState(page, "Ready");
    await share(page, "qr");
    await page.locator("#share-dialog", { hasText: "too long for a QR code" }).waitFor();
    assert.equal(await page.locator("#share-dialog svg").count(), 0);
    await page.context().close();
  });

  test("every problem of a link is listed with what was used instead", async () => {
    const page = await site.open(
      "#v=9&data=moons&colour=red&seed=1.5&epochs=999999999&seed=4&a.lambda=%zz&ramp=1&ramp=2",
    );
    await waitForState(page, "Ready");
    const text = await notice(page, "Not all of this link could be used").textContent();
    for (const part of [
      "version 9",
      "colour=red",
      "left out",
      "seed=1.5",
      "epochs=100000",
      "%zz",
      "ramp=2",
      "the first",
    ])
      assert.ok(text.includes(part), `${part}: ${text}`);
    assertQuiet(page);
    await page.context().close();
  });

  test("own data cannot travel: the link says which are meant, and nothing else is trained", async () => {
    const page = await site.open("#v=1&own=1&data-hash=0123456789abcdef&layers=4,5,3&a.fp=0123456789abcdef");
    await page.locator("#notices [role=alert]", { hasText: "0123456789abcdef" }).waitFor();
    await waitForState(page, "Stopped");
    await page.context().close();
  });

  test("a million characters; every byte", async () => {
    const page = await site.open(MOONS);
    await waitForState(page, "Ready");
    await page.evaluate(() => (location.hash = `#${"seed=3&".repeat(150_000)}`));
    await notice(page, "Not all of this link could be used").waitFor();
    await page.evaluate(() => (location.hash = "#v=1&data=moons&seed=5"));
    await page.waitForFunction(() => document.querySelector("#seed").value === "5");
    const every = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
    for (const text of [every, `seed=${every}`, `${every}=1&data=moons`, `%${every}`]) {
      await page.evaluate((next) => (location.hash = `#v=1&data=moons&seed=6&${next}`), text);
      await page.waitForFunction(() => document.querySelector("#seed").value === "6");
      await notice(page, "Not all of this link could be used").waitFor();
      await page.evaluate(() => (location.hash = "#v=1&data=moons&seed=5"));
      await page.waitForFunction(() => document.querySelector("#seed").value === "5");
    }
    await button(page, "Play").click();
    await waitForStep(page, "a", 3);
    assertQuiet(page);
    await page.context().close();
  });
});
