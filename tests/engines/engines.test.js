// engines.test.js: the built page in Firefox and in WebKit: each link's fingerprints are those of the native program, the page
// works through its service worker on a plain host, and every control that needs a newer browser does what it should.
// Screenshots: build/engines/.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { readLinks } from "../tools/golden.js";
import { make, repository } from "../tools/make.js";
import { startServer } from "../tools/serve.js";
import { startFirefox, startWebKit } from "./drivers.js";

const LETTERS = ["a", "b"];
const PAIR = {
  a: { regularizer: "l1", lambda: "1e-3" },
  b: { regularizer: "arrangement", lambda: "1e-4", l1: "1e-4" },
};

/** Runs of our own, for what is not about links. */
const RUNS = [
  { data: "moons", epochs: "6", ramp: "2", finetune: "2", seed: "3" },
  { data: "circles", epochs: "5", ramp: "2", finetune: "2", seed: "4", layers: "2,13,7,2" },
];

const linkOf = (shared) =>
  `#v=1&${[
    ...Object.entries(shared),
    ...LETTERS.flatMap((letter) => Object.entries(PAIR[letter]).map(([key, value]) => [`${letter}.${key}`, value])),
  ]
    .map(([key, value]) => `${key}=${value}`)
    .join("&")}`;

function native(shared, letter) {
  const words = Object.entries({ ...shared, ...PAIR[letter] }).flatMap(([key, value]) => [`--${key}`, value]);
  const run = spawnSync("build/filigree", ["train", "--json", ...words], { cwd: repository, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout.trim().split("\n").at(-1)).result.fingerprint;
}

/** In the page: trains its link to the end, at full speed -> {a, b: fingerprint} or an error's text. */
const TRAIN = `async () => {
  const wait = async (found) => {
    for (;;) {
      const alert = document.querySelector("#notices [role=alert]");
      if (alert) throw new Error(alert.textContent);
      const value = found();
      if (value) return value;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const state = () => document.querySelector('[data-progress="state"]').textContent;
  await wait(() => /Ready|Paused|Training|Finished/.test(state()));
  const speed = document.querySelector("#speed");
  speed.value = "full";
  speed.dispatchEvent(new Event("change"));
  if (!/Training|Finished/.test(state())) document.querySelector('[data-action="play"]').click();
  await wait(() => state() === "Finished");
  return Object.fromEntries(["a", "b"].map((letter) => [
    letter,
    document.querySelector('[data-contender="' + letter + '"] [data-metric="fingerprint"]').dataset.value,
  ]));
}`;

/** In the page: waits for the verdict on its link -> {text, a, b: fingerprint}. */
const VERDICT = `async () => {
  for (;;) {
    const alert = document.querySelector("#notices [role=alert]");
    if (alert) throw new Error(alert.textContent);
    const notice = [...document.querySelectorAll("#notices .notice")].find((each) => /eproduced/.test(each.textContent));
    if (notice && /exactly|differ|not reproduced/i.test(notice.textContent)) {
      const read = (letter) =>
        document.querySelector('[data-contender="' + letter + '"] [data-metric="fingerprint"]').dataset.value;
      return { text: notice.textContent, a: read("a"), b: read("b") };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}`;

/** In the page: what should be there -> a list of what is not. */
const LOOK = `async () => {
  const complaints = [];
  const check = (good, text) => good || complaints.push(text);
  const frame = () => new Promise((resolve) => setTimeout(resolve, 150));
  check(CSS.supports("selector(&)"), "CSS nesting");
  const menu = document.querySelector("#export-menu");
  document.querySelector("#export").click();
  await frame();
  check(menu.matches(":popover-open") && menu.offsetHeight > 50, "the export menu opens");
  menu.hidePopover();
  const paper = () => getComputedStyle(document.body).backgroundColor;
  const before = paper();
  document.querySelector("#theme").click();
  await frame();
  check(paper() !== before, "the theme turns");
  document.querySelector("#theme").click();
  await frame();
  for (const canvas of document.querySelectorAll(".matrix canvas, .filigree-frame canvas, .plot canvas"))
    if (canvas.offsetParent !== null)
      check(canvas.width > 10 && canvas.clientHeight > 10, "a canvas has a size: " + canvas.getAttribute("aria-label"));
  const pixels = (canvas) => {
    const copy = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    return new Set(new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer)).size;
  };
  // What workers draw comes when it comes.
  const drawn = async (canvas) => {
    for (let turn = 0; turn < 200; turn++) {
      if (pixels(canvas) > 5) return true;
      await frame();
    }
    return false;
  };
  for (const selector of [".matrix canvas", ".filigree-frame canvas", ".plot canvas"])
    for (const canvas of document.querySelectorAll(selector))
      check(await drawn(canvas), "something is drawn: " + canvas.getAttribute("aria-label"));
  check(document.documentElement.scrollWidth <= innerWidth, "nothing sticks out to the right");
  check(document.querySelectorAll("#notices .notice").length === 0, "no notice: " + document.querySelector("#notices").textContent);
  return complaints;
}`;

for (const start of [startFirefox, startWebKit]) {
  describe(start.name.replace("start", ""), () => {
    let browser, isolated, plain;
    before(async () => {
      make("native", "site", "site-data");
      mkdirSync(`${repository}build/engines`, { recursive: true });
      isolated = await startServer({ root: `${repository}dist`, port: 0 });
      plain = await startServer({ root: `${repository}dist`, port: 0, isolated: false, prefix: "/some/path/" });
      browser = await start();
    });
    after(async () => {
      await browser?.close();
      await isolated?.close();
      await plain?.close();
    });

    test("ten links are reproduced exactly", async (context) => {
      context.diagnostic(browser.version);
      // Both paint by the processor here: a small window trains sooner.
      await browser.resize({ width: 500, height: 400 });
      const links = readLinks();
      assert.ok(links.length >= 10);
      for (const [index, { name, link }] of links.entries()) {
        // Another query, so that the page is loaded anew and not only told of another link.
        await browser.goto(`${isolated.url}?run=${index}${link}`);
        const shown = await browser.run(VERDICT);
        assert.match(shown.text, /Reproduced exactly/, name);
        const expected = LETTERS.map((letter) => [letter, new RegExp(`&${letter}\\.fp=(\\w+)`).exec(link)?.[1]]);
        assert.ok(expected.some(([, fingerprint]) => fingerprint));
        for (const [letter, fingerprint] of expected)
          if (fingerprint) assert.equal(shown[letter], fingerprint, `${name}: ${letter}`);
      }
    });

    test("looks, menus, themes, canvases", async () => {
      await browser.resize({ width: 1440, height: 900 });
      await browser.goto(`${isolated.url}?look${linkOf(RUNS[0])}`);
      await browser.run(TRAIN);
      assert.deepEqual(await browser.run(LOOK), []);
    });

    test("a plain host: the service worker keeps the page, one reload at most, the same fingerprints", async () => {
      await browser.goto(`${plain.url}${linkOf(RUNS[1])}`);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const placed = `async () => {
        for (let turn = 0; turn < 500 && !document.querySelector("#place").dataset.offline; turn++)
          await new Promise((resolve) => setTimeout(resolve, 20));
        return [document.querySelector("#place").dataset.offline, crossOriginIsolated, performance.getEntriesByType("navigation")[0].type];
      }`;
      const [offline, isIsolated, type] = await browser.run(placed);
      // WebKit says that every page is isolated, and never has SharedArrayBuffer: a reload would bring it nothing.
      const expected = browser.name === "WebKit" ? "navigate" : "reload";
      assert.deepEqual([offline, isIsolated, type], ["kept", true, expected]);
      const shown = await browser.run(TRAIN);
      for (const letter of LETTERS) assert.equal(shown[letter], native(RUNS[1], letter));
    });

    // For people to look at; nothing is judged by it. Last, for a driver that gets stuck in it answers nothing more.
    test("a picture", async (context) => {
      await browser.goto(`${isolated.url}?picture${linkOf(RUNS[0])}`);
      const file = `${repository}build/engines/${browser.name}.png`;
      await browser.screenshot(file).catch((error) => context.diagnostic(`no picture: ${error.message}`));
    });
  });
}
