// settings.test.js: the settings drawer and undo in headless Chromium, by mouse and by keyboard; what it holds against the
// engine's option table, what takes effect against the engine.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { sentence } from "../../web/format.js";
import { settingsText } from "../../web/link.js";
import { choicesOf, groupsOf, rangeText } from "../../web/options.js";
import { differences, engineSettings, settingsOf } from "../../web/settings.js";
import { ADVANCED, loadEngine } from "../../web/wasm.js";
import {
  assertAccessible,
  assertQuiet,
  button,
  finish,
  LETTERS,
  numbers,
  SIZES,
  startBrowser,
  testLooks,
  value,
  waitForState,
  waitForStep,
} from "./browser.js";

const builds = new URL("../../build/wasm/", import.meta.url);
const engine = await loadEngine({ directory: builds, threads: 1 });
const table = engine.options();
const shown = groupsOf(table).flatMap(({ plain, advanced }) => [...plain, ...advanced]);
const MOONS = "#v=1&data=moons&epochs=30&ramp=10&finetune=10&batch=64&lr=5e-3";

let site;
before(async () => {
  site = await startBrowser();
});
after(() => site.close());

const ready = (address, options) => site.ready(address, options);

const opener = (page) => button(page, "Settings");
const drawer = (page) => page.locator("#settings");
const control = (page, part, key) => page.locator(`#setting-${part}-${key}`);
const field = (page, part, key) => page.locator(`.setting-field[data-part="${part}"][data-option="${key}"]`);
const problem = (page, part, key) => field(page, part, key).locator(".setting-problem");
const pending = (page) => page.locator('[data-drawer="pending"]');
const hash = (page) => page.evaluate(() => location.hash);
const undoButton = (page) => page.locator('.masthead [data-settings="undo"]');
const redoButton = (page) => page.locator('.masthead [data-settings="redo"]');

async function open(page) {
  await opener(page).click();
  await drawer(page).waitFor();
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("#settings details")) details.open = true;
  });
}

/** Types a value and leaves the field by Enter. */
async function type(page, part, key, text) {
  await control(page, part, key).fill(text);
  await control(page, part, key).press("Enter");
}

/** The settings in force, by the address. */
const inForce = async (page) => settingsOf(engine.parseLink(await hash(page)));

/** The address follows in a moment: an engine writes it. */
async function inForceAre(page, wanted, what) {
  const end = Date.now() + 30_000;
  while (differences(wanted, await inForce(page), table).length > 0) {
    assert.ok(Date.now() < end, `${what}: ${await hash(page)}`);
    await page.waitForTimeout(50);
  }
}

describe("the drawer", () => {
  test("holds every option of the table with its help, range, default, unit and mark, and no other", async () => {
    const page = await ready(MOONS);
    await open(page);
    assert.ok(shown.length >= 20);
    assert.deepEqual(
      (await page.locator("[data-setting]").evaluateAll((rows) => rows.map((row) => row.dataset.setting))).sort(),
      shown.map(({ key }) => key).sort(),
    );
    assert.deepEqual(
      table.options.filter((option) => !shown.includes(option)).map(({ type: kind }) => kind),
      ["path"],
      "only what means something on one machine is left out",
    );
    for (const { name, label, help, plain, advanced } of groupsOf(table)) {
      const group = page.locator(`[data-group="${name}"]`);
      assert.equal(await group.locator("h3").textContent(), label);
      assert.ok((await group.textContent()).includes(sentence(help)));
      const keys = (selector) => group.locator(selector).evaluateAll((rows) => rows.map((row) => row.dataset.setting));
      assert.deepEqual(
        await keys(":scope > [data-setting]"),
        plain.map(({ key }) => key),
      );
      assert.deepEqual(
        await keys("details [data-setting]"),
        advanced.map(({ key }) => key),
      );
    }
    for (const option of shown) {
      const row = page.locator(`[data-setting="${option.key}"]`);
      const words = await row.locator(".setting-words").innerText();
      for (const part of [option.label, sentence(option.help), option.restart ? "restart" : "live", "Default"])
        assert.ok(words.includes(part), `${option.key}: ${words}`);
      assert.ok(words.includes(sentence(rangeText(option))), `${option.key}: ${words}`);
      if (option.type === "integer" && option.unit) assert.ok(words.includes(option.unit), words);
      const parts = option.scope === "shared" ? ["shared"] : LETTERS;
      assert.equal(await row.locator(".setting-field").count(), parts.length);
      for (const part of parts) {
        const element = control(page, part, option.key);
        const name = part === "shared" ? option.label : `${option.label} of ${part.toUpperCase()}`;
        assert.equal(await page.getByLabel(name, { exact: true }).and(element).count(), 1, name);
        assert.equal(await element.getAttribute("title"), sentence(option.help));
        const isSelect = await element.evaluate((each) => each instanceof HTMLSelectElement);
        assert.equal(isSelect, option.type === "choice");
        if (isSelect)
          assert.deepEqual(
            await element.locator("option").evaluateAll((list) => list.map((each) => each.value)),
            choicesOf(option).map((choice) => choice.value),
          );
        assert.equal(
          await field(page, part, option.key).locator('input[type="range"]').count(),
          option.scale === "log" ? 1 : 0,
        );
      }
    }
    assert.equal(await drawer(page).locator("#own-data").count(), 1);
    assertQuiet(page);
    await page.context().close();
  });

  test("opens by button and key, keeps the focus, gives it back, closes by Esc, button and a click beside it", async () => {
    const page = await ready(MOONS);
    const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);
    await opener(page).focus();
    await page.keyboard.press("Enter");
    await drawer(page).waitFor();
    assert.equal(await focused(), "settings-heading");
    for (let k = 0; k < 60; k++) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(
        () => document.activeElement === document.body || document.activeElement.closest("#settings") !== null,
      );
      assert.ok(inside, `Tab ${k} left the drawer for ${await focused()}`);
    }
    await page.keyboard.press("Escape");
    await drawer(page).waitFor({ state: "hidden" });
    assert.equal(await focused(), "open-settings");
    await page.locator("#seed").focus();
    await page.keyboard.press("Control+Comma");
    await drawer(page).waitFor();
    await page.keyboard.press("Control+Comma");
    await drawer(page).waitFor({ state: "hidden" });
    assert.equal(await focused(), "seed");
    await opener(page).click();
    await button(page, "Close the settings").click();
    await drawer(page).waitFor({ state: "hidden" });
    await opener(page).click();
    await page.mouse.click(60, 300);
    await drawer(page).waitFor({ state: "hidden" });
    assertQuiet(page);
    await page.context().close();
  });

  test("a change that needs a restart waits, says so, and is applied or reverted", async () => {
    const page = await ready(MOONS);
    await button(page, "Play").click();
    await waitForStep(page, "a", 20);
    await button(page, "Pause").click();
    await waitForState(page, "Paused");
    const before = await hash(page);
    const run = await numbers(page);
    await open(page);
    assert.ok(!(await pending(page).isVisible()));
    await type(page, "shared", "epochs", "25");
    await pending(page).getByText("1 change needs a restart").waitFor();
    await control(page, "a", "regularizer").selectOption("l2");
    await pending(page)
      .getByText("2 changes need a restart")
      .or(pending(page).getByText(/[3-9] changes/))
      .waitFor();
    const words = await pending(page).innerText();
    for (const part of ["Epochs 30 → 25", "Penalty of A L1 → L2", "The run under way ends"])
      assert.ok(words.includes(part), words);
    assert.equal(await hash(page), before, "nothing has changed");
    assert.deepEqual(await numbers(page), run, "the run stands");
    assert.ok(await field(page, "shared", "epochs").evaluate((each) => each.hasAttribute("data-waiting")));
    await page.keyboard.press("Escape");
    // The focus is back on it: what was its title is its tooltip now.
    const tip = await opener(page).evaluate((each) => each.title || document.querySelector("#tip").textContent);
    assert.match(tip, /changes wait for a restart/);
    await open(page);
    assert.equal(await control(page, "shared", "epochs").inputValue(), "25", "what waits survives the drawer");
    await button(page, "Revert").click();
    await pending(page).waitFor({ state: "hidden" });
    assert.equal(await control(page, "shared", "epochs").inputValue(), "30");
    assert.equal(await control(page, "a", "regularizer").inputValue(), "l1");
    await type(page, "shared", "epochs", "25");
    await button(page, "Apply and restart").click();
    await waitForState(page, "Ready");
    assert.match(await hash(page), /epochs=25/);
    assert.equal(await value(page, "a", "step"), "0");
    assert.equal(await page.locator('[data-progress="epochs"]').textContent(), "35");
    assert.ok(!(await pending(page).isVisible()));
    assertQuiet(page);
    await page.context().close();
  });

  test("a live change takes effect in the engine in mid-run, at once", async () => {
    const page = await ready(MOONS);
    for (let step = 1; step <= 3; step++) {
      await button(page, "Step").click();
      await waitForStep(page, "b", step);
      await waitForState(page, "Paused");
    }
    await open(page);
    await type(page, "b", "lambda", "0.05");
    await page.waitForFunction(() => location.hash.includes("b.changes=3:lambda:0.05"));
    await type(page, "shared", "lr", "0.01");
    await page.waitForFunction(() => /a\.changes=3:lr:0\.01&b\.changes=3:lambda:0\.05,3:lr:0\.01$/.test(location.hash));
    assert.ok(!(await pending(page).isVisible()));
    await page.keyboard.press("Escape");
    assert.equal(await value(page, "b", "step"), "3", "the run goes on");
    await button(page, "Step").click();
    await waitForStep(page, "b", 4);
    await waitForState(page, "Paused");
    const result = await numbers(page);
    for (const letter of LETTERS) {
      const own = await loadEngine({ directory: builds, threads: 1 });
      own.configure(settingsText(engineSettings(settingsOf(engine.parseLink(MOONS)), letter)));
      own.start();
      const train = (steps) => {
        for (let done = 0; done < steps;) if (own.advance() === ADVANCED.BATCH) done++;
      };
      train(3);
      if (letter === "b") own.set("lambda", "0.05");
      own.set("lr", "0.01");
      train(1);
      assert.equal(result[letter].fingerprint, own.fingerprint(), letter);
    }
    assert.match(await page.locator('[data-contender="a"] .mark').textContent(), /Learning rate changed at step 3/);
    assertQuiet(page);
    await page.context().close();
  });

  test("the controls on the page say before it happens what a change costs", async () => {
    const page = await ready(MOONS);
    for (const selector of ["#preset", "#data", "#seed", '[data-contender="b"] select[data-control="regularizer"]'])
      assert.match(await page.locator(selector).getAttribute("title"), /; a change restarts the run$/, selector);
    for (const letter of LETTERS) {
      const strength = page.locator(`[data-contender="${letter}"] [data-option="lambda"] input[type="text"]`);
      assert.match(await strength.getAttribute("title"), /; a change holds at once$/);
    }
    await page.context().close();
  });

  test("a live option waits where the run is over, or meant for another penalty", async () => {
    const page = await ready("#v=1&data=moons&epochs=1&ramp=0&finetune=0&batch=500");
    await open(page);
    await control(page, "b", "regularizer").selectOption("l1");
    await pending(page).waitFor();
    const before = await hash(page);
    await type(page, "b", "lambda", "0.5");
    await field(page, "b", "lambda").and(page.locator("[data-waiting]")).waitFor();
    assert.equal(await hash(page), before);
    await button(page, "Revert").click();
    await page.keyboard.press("Escape");
    await finish(page);
    const end = await numbers(page);
    await open(page);
    await type(page, "b", "lambda", "0.5");
    await pending(page).getByText("1 change needs a restart").waitFor();
    assert.deepEqual(await numbers(page), end, "a finished run is not thrown away");
    assertQuiet(page);
    await page.context().close();
  });

  test("bad values are refused in the engine's words beside the field, and nothing changes", async () => {
    const page = await ready(MOONS);
    await open(page);
    const before = await hash(page);
    const wordsOf = (settings) => {
      try {
        engine.configure(settings);
        engine.fits();
      } catch (error) {
        return error.message;
      }
      throw new Error(`${settings} is fine`);
    };
    const bad = [];
    for (const option of shown.filter(({ type: kind }) => kind !== "choice")) {
      const part = option.scope === "shared" ? "shared" : "b";
      const values =
        option.type === "layers"
          ? ["", "2,x,2", "2", "3,8,2", "2,99999,2"]
          : ["", "many", "1e400", String(option.max * 2)];
      if (option.type === "integer") values.push("1.5");
      for (const each of values) bad.push([part, option.key, each]);
    }
    assert.ok(bad.length > 60);
    for (const [part, key, each] of bad) {
      await type(page, part, key, each);
      const own = engineSettings(settingsOf(engine.parseLink(MOONS)), "b");
      const words = wordsOf(settingsText({ ...own, [key]: each }));
      await problem(page, part, key).filter({ hasText: words }).waitFor();
      assert.equal(await control(page, part, key).getAttribute("aria-invalid"), "true");
      assert.equal(await control(page, part, key).inputValue(), each, "what was typed stays to be corrected");
      assert.ok(!(await pending(page).isVisible()), `${key}=${each}`);
    }
    assert.equal(await hash(page), before);
    await button(page, "Close the settings").click();
    await open(page);
    assertQuiet(page);
    await page.context().close();
  });

  test("options are checked against each other, and what was refused is taken once it fits", async () => {
    const page = await ready(MOONS);
    await open(page);
    await type(page, "shared", "average", "12");
    await problem(page, "shared", "average").filter({ hasText: "average=12 is more than finetune=10" }).waitFor();
    assert.ok(!(await pending(page).isVisible()));
    await type(page, "shared", "finetune", "15");
    await pending(page).getByText("2 changes need a restart").waitFor();
    assert.equal(await problem(page, "shared", "average").textContent(), "");
    assert.match(await pending(page).innerText(), /Average 0 → 12/);
    await type(page, "shared", "ramp", "60");
    await page
      .locator('[data-drawer="remark"]')
      .filter({ hasText: /ramp=60 is longer than epochs=30/i })
      .waitFor();
    assertQuiet(page);
    await page.context().close();
  });

  test("a choice, a number, layers and a slider by keyboard alone", async () => {
    const page = await ready(MOONS);
    await page.keyboard.press("Control+Comma");
    await drawer(page).waitFor();
    const summary = page.locator('[data-group="optimization"] summary');
    await summary.focus();
    await page.keyboard.press("Space");
    await control(page, "shared", "optimizer").focus();
    await page.keyboard.press("ArrowDown");
    await pending(page).getByText("Optimizer Adam → SGD with momentum").waitFor();
    await waitForState(page, "Ready");
    await control(page, "shared", "layers").focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2,8,2");
    await page.keyboard.press("Tab");
    await pending(page).getByText("Layers 2,32,32,2 → 2,8,2").waitFor();
    await control(page, "shared", "batch").focus();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("32");
    await page.keyboard.press("Enter");
    await pending(page).getByText("Batch 64 → 32").waitFor();
    const slider = field(page, "a", "l1").locator('input[type="range"]');
    await slider.focus();
    await page.keyboard.press("End");
    await page.waitForFunction(() => location.hash.includes("a.l1=0.1"));
    assert.equal(await control(page, "a", "l1").inputValue(), "0.1");
    await button(page, "Apply and restart").focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /layers=2,8,2&optimizer=sgd.*batch=32/.test(location.hash));
    await waitForState(page, "Ready");
    assertQuiet(page);
    await page.context().close();
  });

  test("a slider by mouse moves the network while it is dragged", async () => {
    const page = await ready(MOONS);
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    await waitForState(page, "Paused");
    await open(page);
    const slider = field(page, "b", "lambda").locator('input[type="range"]');
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2, { steps: 5 });
    await page.locator('[data-contender="b"] .mark', { hasText: "changed at step 1" }).waitFor();
    await page.mouse.up();
    await page.waitForFunction(() => /b\.changes=1:lambda:0\.0[1-9]/.test(location.hash));
    // The address is written just before the history of settings.
    await page.locator('[title^="Undo: Strength"]').first().waitFor();
    assert.match(await undoButton(page).getAttribute("title"), /^Undo: Strength λ of B 0\.002 → 0\.0/);
    assertQuiet(page);
    await page.context().close();
  });

  test("what differs from the default is marked, can be reset alone, and all at once", async () => {
    const page = await ready(`${MOONS}&seed=7&dropout=0.25&a.regularizer=l1&a.lambda=1e-3&b.regularizer=arrangement`);
    await open(page);
    const marked = () =>
      page
        .locator(".setting-field[data-changed]")
        .evaluateAll((list) => list.map((each) => `${each.dataset.part} ${each.dataset.option}`).sort());
    const all = ["a lambda", "a regularizer"].concat(
      ["batch", "data", "dropout", "epochs", "finetune", "lr", "ramp", "seed"].map((key) => `shared ${key}`),
    );
    assert.deepEqual(await marked(), all);
    assert.match(await page.locator('[data-drawer="summary"]').textContent(), /10 differ/);
    assert.equal(await page.locator('[data-group="optimization"] .setting-more-count').textContent(), "(1 changed)");
    const reset = field(page, "shared", "dropout").getByRole("button");
    assert.equal(await reset.getAttribute("aria-label"), "Dropout: back to the default, 0");
    await reset.click();
    await pending(page).getByText("Dropout 0.25 → 0").waitFor();
    assert.equal(await control(page, "shared", "dropout").inputValue(), "0");
    await field(page, "a", "lambda").getByRole("button").click();
    await page.waitForFunction(() => !location.hash.includes("a.lambda"));
    assert.equal(await control(page, "a", "lambda").inputValue(), "1e-4");
    await button(page, "Reset all").click();
    await pending(page).getByText("Epochs 30 → 50").waitFor();
    await button(page, "Apply and restart").click();
    await page.waitForFunction(() => !location.hash.includes("epochs"));
    assert.deepEqual(await inForce(page), {
      shared: { data: "moons", seed: "7" },
      a: { regularizer: "l1" },
      b: { regularizer: "arrangement" },
    });
    assert.deepEqual(await marked(), ["a regularizer", "shared data", "shared seed"]);
    await waitForState(page, "Ready");
    assertQuiet(page);
    await page.context().close();
  });

  test("follows what is changed on the page; what waits goes on waiting, or is dropped with a word", async () => {
    const page = await ready(MOONS);
    await open(page);
    await type(page, "shared", "layers", "2,9,2");
    await pending(page).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#seed").fill("5");
    await page.locator("#seed").press("Enter");
    await page.waitForFunction(() => location.hash.includes("seed=5"));
    await open(page);
    assert.equal(await control(page, "shared", "seed").inputValue(), "5");
    assert.match(await pending(page).innerText(), /1 change needs a restart[^]*Layers/);
    await page.keyboard.press("Escape");
    await page.locator("#data").selectOption("planted");
    await page.waitForFunction(() => location.hash.includes("data=planted"));
    await open(page);
    await pending(page).waitFor({ state: "hidden" });
    await page
      .locator('[data-drawer="news"]')
      .filter({ hasText: /1 change that waited was dropped: layers begin with 2/ })
      .waitFor();
    assertQuiet(page);
    await page.context().close();
  });
});

describe("undo and redo", () => {
  const change = async (page) => {
    await page.locator("#seed").fill("2");
    await page.locator("#seed").press("Enter");
    await page.waitForFunction(() => location.hash.includes("seed=2"));
    await waitForState(page, "Ready");
  };

  test("seed, preset, data, penalty, strengths and the drawer, there and back, named", async () => {
    const page = await ready();
    const texts = [];
    const states = [await inForce(page)];
    const done = async (pattern) => {
      await page.waitForFunction((source) => new RegExp(source).test(location.hash), pattern.source);
      await waitForState(page, "Ready");
      states.push(await inForce(page));
      texts.push((await undoButton(page).getAttribute("title")).replace(/ · .*/, ""));
    };
    await page.locator("#seed").fill("2");
    await page.locator("#seed").press("Enter");
    await done(/seed=2/);
    await page.locator("#preset").selectOption("spiral");
    await done(/data=spiral/);
    await page.locator("#data").selectOption("xor");
    await done(/data=xor/);
    await page.getByLabel("Regularizer of A").selectOption("l2");
    await done(/a.regularizer=l2/);
    const strength = page.locator('[data-contender="b"] [data-option="l1"] input[type="text"]');
    await strength.fill("0.02");
    await strength.press("Enter");
    await done(/b.l1=0.02/);
    await open(page);
    await type(page, "shared", "batch", "99");
    await button(page, "Apply and restart").click();
    await page.keyboard.press("Escape");
    await done(/batch=99/);
    assert.deepEqual(
      texts.map((text) => text.replace(/ and \d+ more$/, " and more")),
      [
        "Undo: Seed 1 → 2",
        "Undo: Preset Moons → Spiral",
        "Undo: Data set Spiral → XOR",
        "Undo: Penalty of A L1 → L2 and more",
        "Undo: Added L1 of B 0 → 0.02",
        "Undo: Batch 64 → 99",
      ],
    );
    for (let k = states.length - 2; k >= 0; k--) {
      await undoButton(page).click();
      await inForceAre(page, states[k], `undo ${k}`);
      await page
        .locator("#undone")
        .filter({ hasText: texts[k].replace("Undo:", "Undone:") })
        .waitFor();
    }
    assert.equal(await undoButton(page).getAttribute("aria-disabled"), "true");
    assert.equal(await page.locator("#preset").inputValue(), "moons");
    assert.equal(await page.locator("#seed").inputValue(), "1");
    for (let k = 1; k < states.length; k++) {
      await redoButton(page).click();
      await inForceAre(page, states[k], `redo ${k}`);
    }
    assert.equal(await redoButton(page).getAttribute("aria-disabled"), "true");
    await waitForState(page, "Ready");
    assertQuiet(page);
    await page.context().close();
  });

  test("by Ctrl+Z and Ctrl+Shift+Z, but not while typing", async () => {
    const page = await ready();
    await change(page);
    await page.locator("#seed").focus();
    await page.keyboard.press("Control+z");
    assert.match(await hash(page), /seed=2/, "a field that is typed in has an undo of its own");
    await page.locator("#seed").fill("2");
    await page.locator("#stage").focus();
    await page.keyboard.press("Control+z");
    await page.waitForFunction(() => !location.hash.includes("seed=2"));
    await page.keyboard.press("Control+Shift+Z");
    await page.waitForFunction(() => location.hash.includes("seed=2"));
    await open(page);
    await page.keyboard.press("Control+z");
    await page.waitForFunction(() => !location.hash.includes("seed=2"));
    await page.locator('[data-drawer="news"]', { hasText: "Undone: Seed 1 → 2." }).waitFor();
    assert.equal(await control(page, "shared", "seed").inputValue(), "1");
    assertQuiet(page);
    await page.context().close();
  });

  test("says beforehand and afterwards when it restarts, and changes a strength in mid-run without", async () => {
    const page = await ready();
    await change(page);
    assert.doesNotMatch(await undoButton(page).getAttribute("title"), /restarts/, "nothing is lost at step 0");
    await button(page, "Step").click();
    await waitForStep(page, "b", 1);
    await waitForState(page, "Paused");
    assert.match(await undoButton(page).getAttribute("title"), /^Undo: Seed 1 → 2 \(restarts the run\)/);
    const strength = page.locator('[data-contender="b"] [data-option="lambda"] input[type="text"]');
    await strength.fill("0.02");
    await strength.press("Enter");
    await page.waitForFunction(() => location.hash.includes("b.changes=1:lambda:0.02"));
    assert.match(await undoButton(page).getAttribute("title"), /^Undo: Strength λ of B 0\.002 → 0\.02 · /);
    await undoButton(page).click();
    await page.waitForFunction(() => location.hash.includes("b.changes=1:lambda:0.002"));
    assert.equal(await value(page, "b", "step"), "1", "the run goes on");
    await page
      .locator("#undone")
      .filter({ hasText: /^Undone: Strength λ of B 0\.002 → 0\.02\.$/ })
      .waitFor();
    await undoButton(page).click();
    await page.locator("#undone").filter({ hasText: "Undone: Seed 1 → 2. The run begins again." }).waitFor();
    await waitForState(page, "Ready");
    assert.equal(await value(page, "b", "step"), "0");
    assertQuiet(page);
    await page.context().close();
  });
});

describe("looks", () => {
  testLooks(
    "nothing sticks out, axe-core is content",
    SIZES,
    async (options) => {
      const page = await ready(MOONS, options);
      await open(page);
      await type(page, "shared", "epochs", "60");
      await pending(page).waitFor();
      await type(page, "shared", "batch", "many");
      await problem(page, "shared", "batch").filter({ hasText: "many" }).waitFor();
      return page;
    },
    async (page, { width, height }) => {
      const box = await drawer(page).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width && box.height === height, JSON.stringify(box));
      if (width === 390) assert.equal(box.width, width, "a sheet of the whole screen");
      const out = await page.evaluate(() => {
        const body = document.querySelector("#settings .drawer-body");
        return [
          document.documentElement.scrollWidth - innerWidth,
          body.scrollWidth - body.clientWidth,
          ...[...document.querySelectorAll("#settings button, #settings select, #settings input")]
            .map((element) => element.getBoundingClientRect())
            .filter(({ width: wide }) => wide > 0)
            .map(({ right }) => right - innerWidth),
        ];
      });
      assert.ok(
        out.every((pixels) => pixels <= 0),
        out.join(" "),
      );
      const small = await page.evaluate(() =>
        [...document.querySelectorAll("#settings :is(button, select, input, summary)")]
          .map((element) => ({ name: element.outerHTML.slice(0, 80), box: element.getBoundingClientRect() }))
          .filter((each) => each.box.height > 0 && (each.box.height < 24 || each.box.width < 24))
          .map(({ name }) => name),
      );
      assert.deepEqual(small, [], "targets of 24 pixels");
      await assertAccessible(page);
    },
  );

  test("at 1440 pixels both networks stay in sight beside the drawer", async () => {
    const page = await ready(MOONS);
    await open(page);
    const { x } = await drawer(page).boundingBox();
    for (const letter of LETTERS) {
      const box = await page.locator(`[data-contender="${letter}"]`).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= x, `${letter}: ${JSON.stringify(box)}`);
    }
    await page.context().close();
  });
});
