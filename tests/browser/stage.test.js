// stage.test.js: the control bar, the columns' comparison, tooltips, projector mode and the words, in headless Chromium: by
// mouse and by keyboard, in three sizes, light and dark.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { versus } from "../../web/views/comparison.js";
import { repository } from "../tools/make.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  numbers,
  startBrowser,
  testLooks,
  value,
  waitForState,
  waitForStep,
} from "./browser.js";

const SHORT = "#v=1&data=moons&epochs=3&ramp=1&finetune=1&batch=256&a.regularizer=l1&b.regularizer=arrangement";

describe("the stage", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  const ready = (hash = SHORT, options) => site.ready(hash, options);

  async function finished(hash, options) {
    const page = await ready(hash, options);
    await finish(page);
    return page;
  }

  test("the network's widths are shown, and changed by typing; the engine judges them", async () => {
    const page = await ready();
    const field = page.locator("#network");
    assert.equal(await field.inputValue(), "2-32-32-2");
    await field.fill("2 - 16, 8 x 2");
    await field.press("Enter");
    await page.waitForFunction(() => location.hash.includes("layers=2,16,8,2"));
    await waitForState(page, "Ready");
    assert.equal(await field.inputValue(), "2-16-8-2");
    assert.match(
      await page.locator('[data-contender="a"] .matrix canvas').first().getAttribute("aria-label"),
      /16 rows/,
    );

    const { a } = await numbers(page);
    for (const [typed, words] of [
      ["2-0-2", /layers=2,0,2/],
      ["3-16-2", /2 inputs|begins? with 2|layers=3,16,2/],
      ["some", /layers=some/],
    ]) {
      await field.fill(typed);
      await field.press("Enter");
      await page.locator(".notice", { hasText: words }).waitFor();
      assert.equal(await field.getAttribute("aria-invalid"), "true");
      assert.equal(await field.inputValue(), typed, "what was typed can be mended");
    }
    assert.deepEqual((await numbers(page)).a, a, "the run stands");
    await field.press("Escape");
    assert.equal(await field.inputValue(), "2-16-8-2");
    await field.fill("");
    await field.press("Enter");
    await page.waitForFunction(() => !location.hash.includes("layers="));
    await waitForState(page, "Ready");
    assert.equal(await field.inputValue(), "2-32-32-2");
    await page.context().close();
  });

  test("each column says how it stands to the other, by the engine's numbers", async () => {
    const page = await finished(SHORT);
    const shown = await numbers(page);
    const metrics = Object.fromEntries(
      LETTERS.map((letter) => [
        letter,
        {
          epoch: 4,
          nonzeros: Number(shown[letter].nonzeros),
          test_accuracy: Number(shown[letter]["test-accuracy"]),
        },
      ]),
    );
    for (const [own, other] of [
      ["a", "b"],
      ["b", "a"],
    ]) {
      const words = versus(metrics[own], metrics[other], other.toUpperCase());
      const text = (name) => page.locator(`[data-contender="${own}"] [data-text="${name}"]`).textContent();
      assert.equal(await text("versus-weights"), words.weights);
      assert.equal(await text("versus-accuracy"), words.accuracy);
    }
    await page.context().close();
  });

  test("quick changes between networks of other depths while they train: no alarm, and the last one trains", async () => {
    const page = await ready("#v=1&data=moons");
    await page.evaluate(() => {
      globalThis.alarms = [];
      new MutationObserver(() => {
        const alarm = document.querySelector("#notices [role=alert]");
        if (alarm) globalThis.alarms.push(alarm.textContent);
      }).observe(document.querySelector("#notices"), { childList: true, subtree: true });
    });
    await button(page, "Play").click();
    await waitForState(page, "Training");
    for (let pause = 5; pause < 160; pause += 12) {
      for (const name of ["planted", "circles"]) {
        await page.locator("#data").selectOption(name);
        await page.waitForTimeout(pause);
      }
    }
    await page.locator("#data").selectOption("planted");
    await waitForState(page, "Training");
    await waitForStep(page, "b", 5);
    assert.deepEqual(await page.evaluate(() => globalThis.alarms), []);
    assertQuiet(page);
    await page.context().close();
  });

  test("what is added to a penalty is in its name, wherever the contenders are compared", async () => {
    const page = await finished(`${SHORT}&a.l1=1e-4&b.l1=1e-3`);
    assert.match(await page.locator("#comparison").textContent(), /^B \(Arrangement \+ L1\) has .* A \(L1\)/);
    assert.equal(await page.locator('[data-contender="b"] h2').textContent(), "B: Arrangement + L1");
    await page.goto(`${site.url}${SHORT}`);
    await page.reload();
    await waitForState(page, "Ready");
    assert.equal(await page.locator('[data-contender="b"] h2').textContent(), "B: Arrangement");
    await page.context().close();
  });

  test("while it trains, the time left is said", async () => {
    const page = await ready("#v=1&data=moons&epochs=2000&batch=64&a.regularizer=l1&b.regularizer=l1");
    await button(page, "Play").click();
    await page.locator('[data-progress="left"]', { hasText: /\d+ (s|min|h).* left$/ }).waitFor();
    await button(page, "Pause").click();
    await waitForState(page, "Paused");
    await page.waitForFunction(() => document.querySelector('[data-progress="left"]').textContent === "");
    await page.context().close();
  });

  test("Play on a finished run asks before it throws it away", async () => {
    const page = await finished(SHORT);
    const before = await numbers(page);
    await button(page, "Play").click();
    await page.locator(".notice", { hasText: "This run is over" }).waitFor();
    assert.deepEqual(await numbers(page), before);
    await page.evaluate(() => {
      const state = document.querySelector('[data-progress="state"]');
      const look = () => (globalThis.begunAnew ||= state.textContent !== "Finished");
      new MutationObserver(look).observe(state, { childList: true, characterData: true, subtree: true });
    });
    await button(page, "Restart and play").click();
    await page.waitForFunction(() => globalThis.begunAnew);
    await waitForState(page, "Finished");
    assert.deepEqual(await numbers(page), before, "the same settings, the same numbers");
    await page.context().close();
  });

  test("Step is spoken with its step; a corrected seed is said; a focused field follows the link", async () => {
    const page = await ready();
    for (const step of [1, 2]) {
      await button(page, "Step").click();
      await page.locator("#status", { hasText: `Step ${step}.` }).waitFor({ state: "attached" });
    }
    await page.locator("#seed").fill("-4");
    await page.locator("#seed").press("Enter");
    await page.locator(".notice", { hasText: "became 0" }).waitFor();
    await waitForState(page, "Ready");
    await page.locator(".notice", { hasText: "became 0" }).waitFor();
    const field = page.locator('[data-contender="a"] [data-option="lambda"] input[type="text"]');
    await field.focus();
    await page.evaluate((hash) => (location.hash = `${hash}&a.lambda=0.0125`), SHORT);
    await page.waitForFunction(
      () => document.querySelector('[data-contender="a"] [data-option="lambda"] input[type="text"]').value === "0.0125",
    );
    await page.context().close();
  });

  test("every control has a tooltip by hover and by focus, and Escape takes it away", async () => {
    const page = await ready();
    const tip = page.locator("#tip");
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll("main button, main select, main input, main summary, header button")]
        .filter((element) => element.getBoundingClientRect().height > 0 && !element.closest("dialog"))
        .filter((element) => !element.closest("[title]")?.title)
        .map((element) => element.outerHTML.slice(0, 90)),
    );
    assert.deepEqual(nameless, []);
    for (const selector of ['[data-action="play"]', "#network", "#seed", "#projector"]) {
      const control = page.locator(selector);
      const words = await control.getAttribute("title");
      await control.focus();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Shift+Tab");
      await tip.waitFor();
      assert.equal(await tip.textContent(), words);
      assert.equal(await control.getAttribute("aria-describedby"), "tip");
      await page.keyboard.press("Escape");
      assert.equal(await tip.isVisible(), false);
      assert.equal(await control.getAttribute("title"), words);
      await page.evaluate(() => document.activeElement.blur());
      await control.hover();
      await tip.waitFor();
      assert.equal(await tip.textContent(), words);
      const over = await tip.boundingBox();
      await page.mouse.move(over.x + over.width / 2, over.y + over.height / 2, { steps: 4 });
      await page.waitForTimeout(300);
      assert.equal(await tip.isVisible(), true, "the pointer can rest on it");
      await page.mouse.move(700, 600);
      await tip.waitFor({ state: "hidden" });
    }
    assertQuiet(page);
    await page.context().close();
  });

  test("the words' numbers are those of README's table of results", async () => {
    const readme = readFileSync(`${repository}README.md`, "utf8");
    const row = (command) => {
      const line = readme.split("\n").find((each) => each.includes(`\`${command}\``));
      const [, , , accuracy, weights] = line.split("|").map((cell) => cell.trim());
      const [before, after] = [accuracy, weights]
        .map((cell) => cell.split(" / "))
        .reduce((a, w) => a.map((x, i) => [x, w[i]]));
      return { before, after };
    };
    const l1 = row("--regularizer l1 --lambda 1e-4");
    const both = row("--lambda 3e-6 --l1 1e-4");
    const wanted = [
      [...l1.before, ...both.before],
      [...l1.after, ...both.after],
      [
        ...row("--regularizer l1 --lambda 1e-4 --polish 0.9").after,
        ...row("--lambda 3e-6 --l1 1e-4 --polish 0.2").after,
      ],
    ];
    const page = await ready();
    const cells = await page
      .locator("#measured tbody tr")
      .evaluateAll((rows) => rows.map((each) => [...each.querySelectorAll("td")].map((cell) => cell.textContent)));
    assert.deepEqual(cells, wanted);
    const sizes = await page
      .locator("#measured tbody td")
      .evaluateAll((list) => [...new Set(list.map((cell) => getComputedStyle(cell).fontSize))]);
    assert.equal(sizes.length, 1, "none smaller than the others");
    assert.equal(await page.locator("math").count(), 2);
    await page.context().close();
  });

  testLooks(
    "projector mode is large, nothing sticks out, axe-core is content, kept over a reload",
    [
      [1280, 720],
      [1024, 768],
      [390, 844],
    ],
    async (options) => {
      const page = await ready(SHORT, options);
      await page.locator("#projector").focus();
      await page.keyboard.press("Enter");
      return page;
    },
    async (page, { width, height }) => {
      assert.equal(await page.locator("#projector").getAttribute("aria-pressed"), "true");
      await button(page, "Step").click();
      await waitForStep(page, "b", 1);
      const look = await page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        type: parseFloat(getComputedStyle(document.documentElement).fontSize),
        numerals: parseFloat(getComputedStyle(document.querySelector('[data-metric="nonzeros"]')).fontSize),
        top: document.querySelector(".matrices").getBoundingClientRect().top,
      }));
      assert.ok(look.wide <= 0, `${look.wide} pixels too wide`);
      assert.ok(look.type >= 18, `type of ${look.type} pixels`);
      if (width > 760) {
        assert.ok(look.numerals >= 50, `numerals of ${look.numerals} pixels`);
        assert.ok(look.top < height * 0.72, `matrices begin at ${look.top}`);
      }
      await assertAccessible(page);
      // Kept, and looked at in the other colour scheme as it comes from a reload.
      await page.reload();
      await waitForState(page, "Ready");
      assert.equal(await value(page, "a", "step"), "0");
      assert.equal(await page.evaluate(() => document.documentElement.dataset.projector), "");
    },
  );

  test("projector mode is left by its button", async () => {
    const page = await ready();
    const projector = () => page.evaluate(() => document.documentElement.dataset.projector);
    for (const wanted of ["", undefined]) {
      await page.locator("#projector").click();
      assert.equal(await projector(), wanted);
      await page.reload();
      await waitForState(page, "Ready");
      assert.equal(await projector(), wanted);
    }
    assertQuiet(page);
    await page.context().close();
  });
});
