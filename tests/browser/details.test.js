// details.test.js: small things that newcomers stumbled over, each as it should be: words where something is left out, controls
// that mean nothing just now, notices that move nothing, keys of sliders, narrow screens and 3840x2160.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertQuiet, button, finish, LETTERS, startBrowser, waitForState } from "./browser.js";

const MOONS = "#v=1&data=moons&epochs=12&ramp=4&finetune=4&batch=128&a.regularizer=l1&b.regularizer=arrangement";
const MNIST = "#v=1&data=mnist&train-size=400&epochs=2&ramp=1&finetune=1&batch=50&a.regularizer=l1&b.regularizer=l1";

describe("details", () => {
  let site;
  before(async () => {
    site = await startBrowser();
  });
  after(() => site.close());

  const ready = (hash, options) => site.ready(hash, options);

  async function finished(hash, options) {
    const page = await ready(hash, options);
    await finish(page);
    // Charts are drawn one a frame.
    await page.waitForTimeout(300);
    return page;
  }

  const view = (page, name) => page.locator(`input[name=view][value=${name}]`).check({ force: true });
  const part = (page, name) => page.locator(`[data-views="${name}"]`);

  test("what of a trail lies below the axis is said, and a finished run is in no phase", async () => {
    const page = await finished(MOONS);
    const said = await page.locator("#chart-tradeoff .chart-outside").textContent();
    assert.match(said, /^▾ Below the axis: A.* in epochs? 0.*\d\d\.\d\d %\)\.$/);
    assert.equal(await page.locator("#chart-loss .chart-outside").textContent(), "");
    assert.match(await page.locator('[data-progress="phase"]').textContent(), /^all [\d,]+ steps done$/);
    assertQuiet(page);
    await page.context().close();
  });

  test("the way past the bar leaves run and address alone", async () => {
    const page = await ready(MOONS);
    const address = await page.evaluate(() => location.hash);
    await page.locator(".skip").focus();
    await page.keyboard.press("Enter");
    await page.waitForTimeout(200);
    assert.equal(await page.evaluate(() => document.activeElement.id), "stage");
    assert.equal(await page.evaluate(() => location.hash), address);
    assert.equal(await page.locator("#notices").innerText(), "");
    assertQuiet(page);
    await page.context().close();
  });

  test("colours change under who reads: the page stays where it is", async () => {
    const page = await finished(MOONS, { colorScheme: "light" });
    await page.locator(".words.settled").waitFor({ state: "attached" });
    await page.evaluate(() => document.querySelector(".microscope").scrollIntoView());
    await page.waitForTimeout(500);
    const before = await page.evaluate(() => window.scrollY);
    assert.ok(before > 500, `scrolled to ${before}`);
    await page.emulateMedia({ colorScheme: "dark" });
    await page.waitForTimeout(1000);
    assert.equal(await page.evaluate(() => window.scrollY), before);
    await page.context().close();
  });

  test("fields of two inputs are two numbers; controls without a meaning say why", async () => {
    const page = await ready(MOONS);
    await view(page, "fields");
    assert.match(
      await part(page, "words").textContent(),
      /two numbers, its weights from the inputs x1 \(left\) and x2/,
    );
    assert.equal(await part(page, "order-name").textContent(), "Units");
    for (const [name, control, pattern] of [
      ["fields", "layer", /layer 1/],
      ["difference", "zeros", /right picture/],
      ["histogram", "zeros", /bar of their own/],
      ["histogram", "order", /no rows/],
    ]) {
      await view(page, name);
      assert.ok(await part(page, control).isDisabled(), `${control} in ${name}`);
      assert.match(await part(page, control).locator("xpath=ancestor::label").getAttribute("title"), pattern);
    }
    await view(page, "matrix");
    for (const control of ["layer", "order", "zeros"]) assert.ok(await part(page, control).isEnabled(), control);
    assert.equal(await part(page, "order-name").textContent(), "Rows, columns");
    // The zeros stay chosen where they mean nothing, but are not shown there.
    await part(page, "zeros").check();
    await view(page, "difference");
    assert.equal(await part(page, "zeros").isChecked(), false);
    await page.locator("#legend", { hasText: "A alone" }).waitFor();
    await view(page, "matrix");
    assert.equal(await part(page, "zeros").isChecked(), true);
    assertQuiet(page);
    await page.context().close();
  });

  test("a notice moves nothing, and can be dismissed by key", async () => {
    for (const [width, height] of [
      [1440, 900],
      [390, 844],
    ]) {
      const page = await ready(MOONS, { viewport: { width, height } });
      // What is below the fold has got its size, piece by piece; the words are the last.
      await page.locator(".words.settled").waitFor({ state: "attached" });
      const places = () =>
        page.evaluate(() =>
          ["#stage", "#views", "#filigree", "footer"].map(
            (name) => document.querySelector(name).getBoundingClientRect().top,
          ),
        );
      const before = await places();
      await page.locator("#seed").fill("x");
      await page.locator("#seed").press("Enter");
      const notice = page.locator("#notices .notice");
      await notice.waitFor();
      assert.deepEqual(await places(), before);
      const box = await notice.boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.y + box.height <= height, JSON.stringify(box));
      await button(page, "Dismiss").focus();
      await page.keyboard.press("Enter");
      assert.equal(await notice.count(), 0);
      await page.context().close();
    }
  });

  test("a slider's keys go a fifth of a decade, its page keys a decade, and it says its value with its meaning", async () => {
    const page = await ready(`${MOONS}&a.lambda=1e-4`);
    const row = page.locator('[data-contender="a"] [data-option="lambda"]');
    const slider = row.locator("input[type=range]");
    const value = async () => Number(await row.locator("input[type=text]").inputValue());
    await slider.focus();
    for (const [key, wanted] of [
      ["ArrowRight", 1.6e-4],
      ["ArrowUp", 2.5e-4],
      ["ArrowLeft", 1.6e-4],
      ["ArrowDown", 1e-4],
      ["PageUp", 1e-3],
      ["PageDown", 1e-4],
    ]) {
      await page.keyboard.press(key);
      assert.ok(Math.abs((await value()) / wanted - 1) < 0.03, `${key}: ${await value()}`);
    }
    assert.equal(await slider.getAttribute("aria-valuetext"), "1e-4, strength of the penalty");
    await page.keyboard.press("Home");
    assert.equal(await value(), 0);
    assert.equal(await slider.getAttribute("aria-valuetext"), "0, off");
    await waitForState(page, "Ready");
    await page.context().close();
  });

  test("settings that a penalty does not use are disabled and say so", async () => {
    const page = await ready("#v=1&data=moons&a.regularizer=none&b.regularizer=elastic-net");
    const strength = page.locator('[data-contender="a"] [data-option="lambda"]');
    for (const input of await strength.locator("input").all()) assert.ok(await input.isDisabled());
    assert.equal(await strength.getAttribute("title"), "None does not use it");
    const added = page.locator('[data-contender="a"] [data-option="l1"] input[type=text]');
    assert.ok(await added.isEnabled(), "what is added is no parameter of the penalty");
    await page.keyboard.press("Control+,");
    const field = (option, letter) => page.locator(`.setting-field[data-option="${option}"][data-part="${letter}"]`);
    for (const [option, letter, used] of [
      ["order", "a", false],
      ["order", "b", false],
      ["mix", "a", false],
      ["mix", "b", true],
      ["lambda", "b", true],
      ["l1", "a", true],
    ]) {
      const input = field(option, letter).locator("input[type=text]");
      assert.equal(await input.isEnabled(), used, `${option} of ${letter}`);
      const note = await field(option, letter).locator(".setting-note").textContent();
      assert.equal(note, used ? "" : `${letter === "a" ? "None" : "Elastic net"} does not use it`);
    }
    await page.keyboard.press("Escape");
    const measure = (name) => page.locator(`.measure input[value="${name}"]`);
    const parameter = (name) => page.locator(`[data-parameter="${name}"]`);
    await measure("l1").check();
    assert.ok((await parameter("order").isDisabled()) && (await parameter("mix").isDisabled()));
    await measure("arrangement").check();
    assert.ok((await parameter("order").isEnabled()) && (await parameter("mix").isEnabled()));
    assertQuiet(page);
    await page.context().close();
  });

  test("an empty pad invites, with the names of both beside it and no dashes", async () => {
    const page = await ready(MNIST);
    assert.match(await page.locator("#digit").textContent(), /Draw here/);
    assert.doesNotMatch(await page.locator("#digit").textContent(), /–/);
    for (const letter of LETTERS)
      assert.equal(await page.locator(`[data-answers-name="${letter}"]`).textContent(), `${letter.toUpperCase()}: L1`);
    await page.context().close();
  });

  test("390 pixels: captions are whole, both columns alike, tooltips within the screen and beside what they explain", async () => {
    const page = await finished(MNIST, { viewport: { width: 390, height: 844 } });
    const captions = await page.locator(".matrix figcaption > span").evaluateAll((spans) =>
      spans.map((span) => {
        const [own, around] = [span.getBoundingClientRect(), span.parentNode.getBoundingClientRect()];
        return { text: span.textContent, cut: own.right > around.right + 0.5 || own.bottom > around.bottom + 0.5 };
      }),
    );
    assert.deepEqual(
      captions.filter(({ text, cut }) => text && cut),
      [],
    );
    const widths = await page.evaluate(() =>
      ["a", "b"].map((letter) => {
        const rows = [...document.querySelectorAll(`[data-contender="${letter}"] .matrix-row`)];
        return rows.map((row) => [...row.children].map((figure) => figure.getBoundingClientRect().width));
      }),
    );
    assert.deepEqual(widths[0], widths[1]);
    const ends = await page.evaluate(() =>
      [...document.querySelectorAll(".matrix-row")].map((row) => {
        const last = row.lastElementChild.getBoundingClientRect();
        return Math.abs(row.parentNode.getBoundingClientRect().right - last.right);
      }),
    );
    assert.ok(Math.max(...ends) <= 1, `rows end level: ${ends}`);
    const numbers = await page
      .locator(".key-numbers span, .key-bar")
      .evaluateAll((list) =>
        list.map((each) => [each.getBoundingClientRect().left, each.getBoundingClientRect().right]),
      );
    const [bar] = numbers;
    for (const [left, right] of numbers)
      assert.ok(left >= bar[0] - 0.5 && right <= bar[1] + 0.5, `${left} to ${right}`);
    const owners = page.locator("main :is(button, select, input)[title]:not([title=''])");
    let seen = 0;
    for (const owner of await owners.all()) {
      if (!(await owner.isVisible()) || !(await owner.isEnabled())) continue;
      await page.keyboard.press("Shift"); // what is focused next was reached by key
      await owner.focus();
      await page.waitForTimeout(30);
      const places = await page.evaluate(() => {
        const tip = document.querySelector("#tip");
        if (!tip.matches(":popover-open")) return null;
        return [tip, document.activeElement].map((element) => element.getBoundingClientRect().toJSON());
      });
      if (!places) continue;
      const [box, own] = places;
      seen++;
      const text = JSON.stringify(places);
      assert.ok(box.left >= 0 && box.right <= 390 && box.top >= 0 && box.bottom <= 844, text);
      assert.ok(box.top >= own.bottom || box.bottom <= own.top, `covers what it explains: ${text}`);
    }
    assert.ok(seen > 10, `${seen} tooltips`);
    await page.context().close();
  });

  test("3840x2160: nothing overflows, and type grows with the screen, in projector mode the more", async () => {
    const sizes = {};
    for (const [name, width, height, link] of [
      ["usual", 1440, 900, ""],
      ["4K", 3840, 2160, ""],
      ["projected", 3840, 2160, "&projector=1"],
    ]) {
      const page = await finished(MOONS + link, { viewport: { width, height } });
      const found = await page.evaluate(() => {
        const size = (name) => parseFloat(getComputedStyle(document.querySelector(name)).fontSize);
        const wide = [...document.querySelectorAll("main *, header *")].filter((element) => {
          const { right, left, width } = element.getBoundingClientRect();
          return width > 0 && (right > innerWidth + 1 || left < -1) && !element.closest(".unseen, .skip");
        });
        return {
          body: size("body"),
          number: size(".figure output"),
          wide: wide.map((element) => element.outerHTML.slice(0, 80)),
          over: document.documentElement.scrollWidth - innerWidth,
          stage: document.querySelector("#views").getBoundingClientRect().bottom,
        };
      });
      assert.deepEqual(found.wide, [], name);
      assert.ok(found.over <= 0, `${name}: ${found.over} pixels too wide`);
      assert.ok(found.stage <= height, `${name}: the stage and its key fit the screen`);
      sizes[name] = found;
      assertQuiet(page);
      await page.context().close();
    }
    assert.ok(sizes["4K"].body >= 1.5 * sizes.usual.body, JSON.stringify(sizes));
    assert.ok(sizes["4K"].number >= 1.5 * sizes.usual.number, JSON.stringify(sizes));
    assert.ok(sizes.projected.body >= 1.2 * sizes["4K"].body, JSON.stringify(sizes));
  });
});
