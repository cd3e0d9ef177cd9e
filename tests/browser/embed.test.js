// embed.test.js: the page in a frame of another origin's page that is not isolated: what it shows, that it is driven by
// messages, and whom it refuses.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { make, repository } from "../tools/make.js";
import { startBrowser } from "./browser.js";

const LINK = "#v=1&data=moons&seed=5&epochs=3&finetune=1";

/** The embedding page: a frame, and every message that came from it. */
const PARENT = `<!doctype html><html lang="en"><title>parent</title><body><script>
  window.heard = [];
  addEventListener("message", ({ data, origin }) => heard.push({ ...data, origin }));
</script></body></html>`;

let site, parent, parentOrigin;

before(async () => {
  make("site", "site-data", "native");
  site = await startBrowser({ isolated: false, prefix: "/filigree/" });
  parent = createServer((request, response) => {
    response.writeHead(200, { "Content-Type": "text/html" });
    response.end(PARENT);
  });
  await new Promise((resolve) => parent.listen(0, "127.0.0.1", resolve));
  parentOrigin = `http://127.0.0.1:${parent.address().port}`;
});

after(async () => {
  await site?.close();
  parent?.close();
});

/** A page of the other origin with a frame of `size` at `address`; -> {page, frame, ask(message), askAll(messages)}. */
async function embed(address, { size = [640, 400], origins = [parentOrigin], ...options } = {}) {
  const page = await site.open(parentOrigin, { serviceWorker: true, ...options });
  const frameAddress = new URL(address, site.url);
  for (const origin of origins) frameAddress.searchParams.append("origin", origin);
  await page.evaluate(
    ([src, [width, height]]) => {
      const frame = Object.assign(document.createElement("iframe"), { src, width, height, title: "Filigree" });
      document.body.append(frame);
    },
    [frameAddress.href, size],
  );
  const frame = await (await page.waitForSelector("iframe")).contentFrame();
  await frame.locator('[data-progress="state"]', { hasText: /^Ready$|^Paused$/ }).waitFor();
  let next = 1;
  /** Sends all in one task: none is answered before the last is sent. */
  const askAll = async (messages) => {
    const sent = messages.map((message) => ({ filigree: 1, id: next++, ...message }));
    await page.evaluate((each) => each.forEach((message) => window.frames[0].postMessage(message, "*")), sent);
    return Promise.all(
      sent.map(async ({ id }) => {
        const found = await page.waitForFunction((wanted) => window.heard.find((each) => each.id === wanted), id);
        return found.jsonValue();
      }),
    );
  };
  const ask = async (message) => (await askAll([message]))[0];
  return { page, frame, ask, askAll };
}

test("a frame of a page that is not isolated: no reload, one thread, a compact stage that fits", async () => {
  for (const size of [
    [400, 300],
    [900, 600],
  ]) {
    let loads = 0;
    const { page, frame } = await embed(`?embed=1${LINK}`, {
      size,
      prepare: (each) => each.on("framenavigated", (navigated) => navigated.parentFrame() && loads++),
    });
    assert.deepEqual(await frame.evaluate(() => [window.crossOriginIsolated, typeof SharedArrayBuffer]), [
      false,
      "undefined",
    ]);
    await page.waitForTimeout(500);
    assert.equal(loads, 1, "it was not loaded again");
    const seen = await frame.evaluate(() => {
      const box = (selector) =>
        [...document.querySelectorAll(selector)].map((each) => each.getBoundingClientRect().toJSON());
      return {
        boxes: [
          '[data-action="play"]',
          '[data-action="pause"]',
          "#full",
          ".progress progress",
          '[data-metric="nonzeros"]',
          ".matrix canvas",
        ].map(box),
        overflow: [
          document.documentElement.scrollWidth - innerWidth,
          document.documentElement.scrollHeight - innerHeight,
        ],
        filigree: document.querySelector("#filigree").offsetHeight,
      };
    });
    assert.ok(seen.overflow[0] <= 0 && seen.overflow[1] <= 0, `nothing to scroll: ${seen.overflow}`);
    assert.equal(seen.filigree, 0);
    assert.deepEqual(
      seen.boxes.map(({ length }) => length),
      [1, 1, 1, 1, 2, 6],
    );
    for (const box of seen.boxes.flat()) {
      assert.ok(box.width > 8 && box.height >= 2, JSON.stringify(box));
      assert.ok(box.right <= size[0] && box.bottom <= size[1], JSON.stringify(box));
    }
    // Chromium minds the drawer's heading, which takes the focus only when the drawer opens.
    assert.deepEqual(
      page.problems.filter((text) => !/^Blocked autofocusing/.test(text)),
      [],
    );
    await page.context().close();
  }
});

test("the link's own key does the same, and the full page opens in a new tab with the same link", async () => {
  const { page, frame } = await embed(`${LINK}&embed=1`);
  assert.equal(await frame.evaluate(() => location.hash), LINK);
  const [opened] = await Promise.all([page.context().waitForEvent("page"), frame.locator("#full").click()]);
  // It is no frame any more: it isolates itself.
  await opened.waitForFunction(() => window.crossOriginIsolated && document.readyState === "complete");
  assert.equal(opened.url(), new URL(LINK, site.url).href);
  assert.equal(await opened.evaluate(() => document.documentElement.dataset.embed), undefined);
  await page.context().close();
});

test("the embedding page loads a link, plays, pauses and reads", async () => {
  const { page, frame, ask, askAll } = await embed("?embed=1");
  await page.waitForFunction(() => window.heard.some(({ event }) => event === "ready"));
  const { result: loaded } = await ask({ command: "load", link: LINK });
  assert.equal(loaded.state, "paused");
  assert.deepEqual(loaded.problems, []);
  assert.equal(loaded.a.step, 0);
  assert.match(loaded.a.fingerprint, /^[0-9a-f]{16}$/);
  await frame.locator("#speed").evaluate((select) => {
    select.value = "full";
    select.dispatchEvent(new Event("change"));
  });
  assert.equal((await ask({ command: "play" })).result.state, "running");
  assert.equal((await ask({ command: "pause" })).result.state !== "running", true);
  const { result } = await ask({ command: "read" });
  assert.equal(
    await frame.locator('[data-contender="a"] [data-metric="step"]').getAttribute("data-value"),
    String(result.a.step),
  );
  assert.equal(result.a.step, result.b.step);
  assert.ok(result.b.nonzeros > 0 && result.b.test_accuracy > 0);

  // Asked for while it trains: a step and the fingerprints of that very step.
  assert.equal((await ask({ command: "load", link: "#v=1&data=planted&seed=7&epochs=200" })).result.a.step, 0);
  await ask({ command: "play" });
  await frame.waitForFunction(
    () => Number(document.querySelector('[data-contender="b"] [data-metric="step"]').dataset.value) > 20,
  );
  const { result: going } = await ask({ command: "read" });
  assert.equal(going.state, "running");
  assert.ok(going.a.step > 20 && going.a.step === going.b.step);
  const moment = `#v=1&data=planted&seed=7&epochs=200&at=${going.a.step}&a.fp=${going.a.fingerprint}&b.fp=${going.b.fingerprint}`;
  await promisify(execFile)(`${repository}build/filigree`, ["replay", moment]);
  // Another run takes its place while it goes: the answer is of the new one.
  const { result: other } = await ask({ command: "load", link: "#v=1&data=moons&seed=77" });
  assert.match(other.link, /seed=77/);
  await promisify(execFile)(`${repository}build/filigree`, [
    "replay",
    `#v=1&data=moons&seed=77&at=${other.a.step}&a.fp=${other.a.fingerprint}&b.fp=${other.b.fingerprint}`,
  ]);
  const [first, second] = await askAll([
    { command: "load", link: "#v=1&data=spiral&seed=1" },
    { command: "load", link: "#v=1&data=xor&seed=2" },
  ]);
  assert.equal(first.error?.name, "OVERTAKEN");
  assert.match(second.result.link, /data=xor/);

  const partly = await ask({ command: "load", link: "#v=1&data=moons&nonsense=1" });
  assert.match(partly.result.problems.join(), /nonsense/);
  assert.match((await ask({ command: "load" })).error.message, /load needs link/);
  assert.deepEqual((await ask({ command: "train" })).error.name, "COMMAND_UNKNOWN");
  assert.deepEqual((await ask({ command: "constructor" })).error.name, "COMMAND_UNKNOWN");
  assert.equal((await ask({ command: "read", filigree: 2 })).error.name, "PROTOCOL_UNKNOWN");
  assert.ok(
    await page.evaluate((origin) => window.heard.every((each) => each.origin === origin), new URL(site.url).origin),
  );
  await page.context().close();
});

test("other origins are refused and told so; nothing but the parent is heard", async () => {
  for (const origins of [[], ["https://elsewhere.example"], ["*"]]) {
    const { page, frame, ask } = await embed(`?embed=1${LINK}`, { origins });
    const answer = await ask({ command: "play" });
    assert.equal(answer.error.name, "ORIGIN_REFUSED");
    assert.ok(answer.error.message.includes(parentOrigin));
    assert.equal(answer.result, undefined);
    assert.match(await frame.locator('[data-progress="state"]').textContent(), /Ready|Paused/);
    assert.equal(await page.evaluate(() => window.heard.some(({ event }) => event === "ready")), false);
    if (origins[0] === "*") await frame.getByText("is no origin").waitFor();
    await page.context().close();
  }
  const { page, frame } = await embed(`?embed=1${LINK}`);
  // From the frame itself: not its parent.
  await frame.evaluate(() => window.postMessage({ filigree: 1, id: 99, command: "play" }, "*"));
  await page.waitForTimeout(300);
  assert.match(await frame.locator('[data-progress="state"]').textContent(), /Ready|Paused/);
  assert.equal(await page.evaluate(() => window.heard.some(({ id }) => id === 99)), false);
  await page.context().close();
});
