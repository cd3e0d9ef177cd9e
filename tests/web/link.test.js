// link.test.js: the hash of the address to settings and back, with everything a stranger may put into it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatLink, parseLink, parseSettings, settingsText } from "../../web/link.js";
import { table } from "./table.js";

test("reads shared and contender settings", () => {
  const link = parseLink("#v=1&data=moons&seed=3&a.lambda=1e-3&b.regularizer=arrangement", table);
  assert.deepEqual(link, {
    shared: { data: "moons", seed: "3" },
    a: { lambda: "1e-3" },
    b: { regularizer: "arrangement" },
    problems: [],
  });
});

test("an empty hash is no settings and no problem", () => {
  for (const hash of ["", "#", "#&&", "#v=1"])
    assert.deepEqual(parseLink(hash, table), { shared: {}, a: {}, b: {}, problems: [] });
});

test("a contender's key without prefix is for both; a prefixed one wins, in either order", () => {
  for (const hash of ["#lambda=0.5&a.lambda=2", "#a.lambda=2&lambda=0.5"]) {
    const link = parseLink(hash, table);
    assert.equal(link.a.lambda, "2");
    assert.equal(link.b.lambda, "0.5");
  }
});

test("what cannot be used is left out and listed", () => {
  const cases = [
    ["#colour=red", "colour"],
    ["#a.seed=3", "a.seed"],
    ["#data-dir=/etc", "data-dir"],
    ["#data=cats", "cats"],
    ["#seed=1.5", "whole number"],
    ["#seed=", "whole number"],
    ["#lambda=abc", "number"],
    ["#lambda=NaN", "number"],
    ["#=3", "=3"],
    ["#seed", "seed"],
    ["#seed=%zz", "%zz"],
    ["#__proto__=1", "__proto__"],
    ["#constructor=1", "constructor"],
  ];
  for (const [hash, part] of cases) {
    const { problems, ...link } = parseLink(hash, table);
    assert.deepEqual(link, { shared: {}, a: {}, b: {} }, hash);
    assert.equal(problems.length, 1, hash);
    assert.ok(problems[0].includes(part), `${hash}: ${problems[0]}`);
  }
});

test("a value out of range becomes the nearest good one, and is listed", () => {
  const link = parseLink("#b.lambda=-1&epochs=999999999", table);
  assert.equal(link.b.lambda, "0");
  assert.equal(link.shared.epochs, "100000");
  assert.equal(link.problems.length, 2);
  assert.match(link.problems[0], /^B: lambda/);
});

test("another version and a hash beyond all bounds are reported", () => {
  assert.match(parseLink("#v=2&seed=3", table).problems[0], /version 2/);
  assert.equal(parseLink("#v=2&seed=3", table).shared.seed, "3");
  const long = parseLink(`#${"seed=3&".repeat(200_000)}`, table);
  assert.deepEqual(long.shared, {});
  assert.equal(long.problems.length, 1);
});

test("every byte in a hash leads to problems, never to an exception", () => {
  for (let code = 0; code < 256; code++) {
    const text = String.fromCharCode(code);
    parseLink(`#${text}=${text}&seed=${text}&${text}.lambda=1&a.${text}=2&data=%${text}`, table);
  }
});

test("settings written and read again are the same", () => {
  const settings = {
    shared: { data: "moons", layers: "2,32,32,2", seed: "7" },
    a: { regularizer: "l1", lambda: "1e-3" },
    b: { regularizer: "arrangement", lambda: "0.0001", l1: "0.001" },
  };
  const hash = formatLink(settings, table);
  assert.equal(
    hash,
    "#v=1&data=moons&layers=2,32,32,2&seed=7&a.regularizer=l1&a.lambda=1e-3" +
      "&b.regularizer=arrangement&b.lambda=0.0001&b.l1=0.001",
  );
  assert.deepEqual(parseLink(hash, table), { ...settings, problems: [] });
});

test("text for the engine is percent-encoded and reads back", () => {
  const settings = { data: "moons", odd: "a&b=c %/ü" };
  assert.equal(settingsText(settings), "data=moons&odd=a%26b%3Dc%20%25%2F%C3%BC");
  assert.deepEqual(parseSettings(settingsText(settings)), settings);
});
