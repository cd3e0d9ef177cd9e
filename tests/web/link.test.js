// link.test.js: links as the page writes them and the engine reads them, with everything a stranger may put into one; the address
// that follows the run; and what is said of a moment that was opened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { Address } from "../../web/address.js";
import { linkText, parseSettings, settingsText } from "../../web/link.js";
import { hasMoment, momentStep, verdict } from "../../web/moment.js";
import { openingPreset, presetSettings } from "../../web/settings.js";
import { loadEngine } from "../../web/wasm.js";
import { make, repository } from "../tools/make.js";

make("wasm");
const engine = await loadEngine({ directory: pathToFileURL(`${repository}build/wasm/`), threads: 1 });
const read = (text) => engine.parseLink(text);

const PRINTS = { a: "0123456789abcdef", b: "fedcba9876543210" };

test("reads shared and contender settings", () => {
  const link = read("#v=1&data=moons&seed=3&a.lambda=1e-3&b.regularizer=arrangement");
  assert.deepEqual(link.shared, { data: "moons", seed: "3" });
  assert.deepEqual(link.a, { regularizer: "l1", lambda: "0.001" });
  assert.deepEqual(link.b, { regularizer: "arrangement" });
  assert.deepEqual(link.problems, []);
});

test("an empty hash opens the first preset on generated data", () => {
  const { shared, a, b } = presetSettings(openingPreset(engine.options()));
  for (const hash of ["", "#", "#&&", "#v=1"]) {
    const link = read(hash);
    assert.equal(link.empty, true);
    assert.deepEqual(link.problems, []);
    const numbers = (part) =>
      Object.fromEntries(Object.entries(part).map(([key, text]) => [key, Number(text) || text]));
    for (const [part, wanted] of Object.entries({ shared, a, b })) {
      assert.deepEqual(numbers(link[part]), numbers(wanted), hash);
    }
  }
});

test("shared settings stand alone; a contender that is not mentioned is the pair's", () => {
  const link = read("#data=mnist&b.lambda=4e-5");
  assert.deepEqual(link.shared, { data: "mnist" });
  assert.deepEqual(link.a, { regularizer: "l1", lambda: "0.0001" });
  assert.deepEqual(link.b, { regularizer: "arrangement", lambda: "4e-5" });
});

test("a contender's key without prefix is for both; a prefixed one wins, in either order", () => {
  for (const hash of ["#lambda=0.5&a.lambda=2", "#a.lambda=2&lambda=0.5"]) {
    const link = read(hash);
    assert.equal(link.a.lambda, "2");
    assert.equal(link.b.lambda, "0.5");
  }
});

test("what cannot be used is listed with what is used instead", () => {
  const cases = [
    ["colour=red", "colour", null],
    ["a.seed=3", "a.seed", null],
    ["data-dir=/etc", "data-dir", null],
    ["seed=1.5", "whole number", "seed=1"],
    ["seed=", "number", "seed=1"],
    ["b.lambda=-1", "lambda=-1", "lambda=0"],
    ["epochs=999999999", "epochs", "epochs=100000"],
    ["=3", "=3", null],
    ["seed", "seed", null],
    ["seed=%zz", "%zz", null],
    ["__proto__=1", "__proto__", null],
    ["constructor=1", "constructor", null],
    ["seed=2&seed=3", "seed=3", "the first"],
    ["v=2", "version 2", "what is known of it"],
    ["average=3&finetune=1", "average", "average=0"],
  ];
  for (const [text, part, used] of cases) {
    const { problems } = read(`#data=xor&${text}`);
    assert.equal(problems.length, 1, text);
    assert.ok(problems[0].what.includes(part), `${text}: ${problems[0].what}`);
    assert.equal(problems[0].used, used, text);
  }
});

test("a million characters, every byte, every character", () => {
  const long = read(`#${"seed=3&".repeat(150_000)}`);
  assert.deepEqual([long.empty, long.problems.length], [true, 1]);
  for (let code = 0; code < 300; code++) {
    const text = String.fromCodePoint(code);
    const link = read(`#${text}=${text}&seed=${text}&${text}.lambda=1&a.${text}=2&data=%${text}&view=${text}`);
    assert.equal(engine.parseLink(engine.printLink(`#seed=${text}`)).problems.length, 0);
    assert.ok(Object.keys(link.shared).length > 0);
  }
  read("#\ud800=\udfff&view=\ud83d");
});

test("what the page writes, the engine reads and writes shorter", () => {
  const link = {
    shared: { data: "moons", layers: "2,32,32,2", seed: "7", batch: "128" },
    a: { regularizer: "l1", lambda: "1e-3" },
    b: { regularizer: "arrangement", lambda: "0.0001", l1: "0.001" },
    changes: { a: [], b: [{ step: 120, key: "lambda", value: "1e-2" }] },
    at: 345,
    fingerprints: PRINTS,
    engine: "1",
    view: "filigree",
    projector: true,
    lesson: "",
    data_hash: null,
  };
  const text = linkText(link);
  assert.ok(text.startsWith("#v=1&data=moons&layers=2,32,32,2&seed=7&batch=128&a.regularizer=l1&a.lambda=1e-3&"));
  assert.equal(
    engine.printLink(text),
    "#v=1&data=moons&seed=7&a.regularizer=l1&a.lambda=0.001&b.regularizer=arrangement&b.lambda=0.0001&b.l1=0.001" +
      `&b.changes=120:lambda:0.01&at=345&a.fp=${PRINTS.a}&b.fp=${PRINTS.b}&engine=1&view=filigree&projector=1`,
  );
  const { at, fingerprints, changes, view, projector, lesson } = read(text);
  assert.deepEqual([at, fingerprints, view, projector, lesson], [345, PRINTS, "filigree", true, ""]);
  assert.deepEqual(changes, { a: [], b: [{ step: 120, key: "lambda", value: "0.01" }] });
});

test("the default pair's moment has less than 200 characters", () => {
  const { shared, a, b } = read("#data=mnist");
  const moment = { shared, a, b, at: 12_345, fingerprints: PRINTS, engine: "1", data_hash: "0123456789abcdef" };
  const link = engine.printLink(linkText(moment));
  assert.ok(link.length < 200, `${link.length}: ${link}`);
});

test("text for the engine is percent-encoded and reads back", () => {
  const settings = { data: "moons", odd: "a&b=c %/ü" };
  assert.equal(settingsText(settings), "data=moons&odd=a%26b%3Dc%20%25%2F%C3%BC");
  assert.deepEqual(parseSettings(settingsText(settings)), settings);
});

test("the address: the latest counts, an entry only for another run, without an engine the long form", async () => {
  const log = [];
  const location = { hash: "" };
  const put = (name) => (state, title, hash) => {
    log.push(`${name} ${hash}`);
    location.hash = hash;
  };
  const answers = [];
  const write = (text) => new Promise((resolve, reject) => answers.push({ text, resolve, reject }));
  const address = new Address(write, {
    history: { pushState: put("push"), replaceState: put("replace") },
    location,
  });
  address.show("#1", { entry: true });
  const last = address.show("#2");
  answers[0].resolve("#one");
  answers[1].resolve("#two");
  await last;
  assert.deepEqual(log, ["push #two"], "overtaken, but the entry is still due");
  address.show("#2", { entry: true });
  answers[2].resolve("#two");
  await address.settled;
  address.show("#3");
  answers[3].reject(new Error("lost"));
  await address.settled;
  assert.deepEqual(log.slice(1), ["replace #two", "replace #3"]);
  address.show("#4", { entry: true });
  address.drop();
  answers[4].resolve("#four");
  await address.settled;
  assert.equal(location.hash, "#3", "people went elsewhere meanwhile");
});

test("a moment: reproduced, or what differs", () => {
  const link = { at: 40, fingerprints: PRINTS, engine: "1", data_hash: null };
  const here = {
    engine: "1",
    data_hash: null,
    a: { step: 40, fingerprint: PRINTS.a },
    b: { step: 40, fingerprint: PRINTS.b },
  };
  assert.equal(hasMoment(link), true);
  assert.equal(hasMoment({ fingerprints: { a: null, b: null } }), false);
  assert.deepEqual([momentStep(link, 100), momentStep(link, 30), momentStep({ at: null }, 30)], [40, 30, 30]);
  const good = verdict(link, here);
  assert.equal(good.same, true);
  assert.equal(good.heading, "Reproduced exactly");
  assert.equal(good.lines.length, 2);
  const only = verdict({ ...link, fingerprints: { a: null, b: PRINTS.b } }, here);
  assert.deepEqual([only.same, only.lines.length], [true, 1]);

  const differs = (changedLink, changedHere, ...patterns) => {
    const { same, lines } = verdict({ ...link, ...changedLink }, { ...here, ...changedHere });
    assert.equal(same, false);
    for (const pattern of patterns) assert.match(lines.join("\n"), pattern);
  };
  const other = { b: { step: 40, fingerprint: "00000000000000aa" } };
  differs({}, other, /A: reproduced exactly/, /fedcba9876543210, here it is 00000000000000aa/, /same version \(1\)/);
  differs({ engine: "2" }, other, /made by engine 2, this is engine 1/);
  differs({ engine: "" }, other, /does not name its engine/);
  differs({ data_hash: "1" }, { ...other, data_hash: "2" }, /the link's have the hash 1, these have 2/);
  differs({ data_hash: "1" }, { ...other, data_hash: "1" }, /data are the same \(1\)/);
  differs({}, { b: { step: 30, fingerprint: "x", diverged: 30 } }, /B: diverged here at step 30/);
});
