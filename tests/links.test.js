// links.test.js: ten links, one fingerprint each: native by gcc and by clang, Node, with one thread and several, 4 to 16 lanes. In browsers:
// tests/browser/links.test.js and tests/engines/. Also the rule that ENGINE_VERSION is raised whenever bits change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { make } from "./tools/make.js";
import { RULE, bare, engineVersion, printsOf, readGolden, readLinks, replay } from "./tools/golden.js";

make("native", "native-clang", "wasm");

const links = readLinks();
const wasm = [process.execPath, "web/cli.js"];
/** [what, program, threads, environment] */
const WAYS = [
  ["gcc", ["build/filigree"], 1],
  ["gcc", ["build/filigree"], 3],
  ["gcc, 4 lanes", ["build/filigree"], 2, { FILIGREE_LANES: "4" }],
  ["clang", ["build/clang/filigree"], 1],
  ["clang", ["build/clang/filigree"], 2],
  ["Node", wasm, 1],
  ["Node", wasm, 2],
];

test("there are ten links, of every set and both steps, short, with fingerprints", () => {
  assert.equal(links.length, 10);
  const all = links.map(({ link }) => link).join("\n");
  for (const part of ["moons", "circles", "xor", "spiral", "planted", "mnist"])
    assert.match(all, new RegExp(`data=${part}&`));
  for (const part of ["step=orthant", "b.changes=", "only=", "&at=", "average", "polish"])
    assert.ok(all.includes(part), part);
  for (const { link } of links) {
    assert.match(link, /&[ab]\.fp=[0-9a-f]{16}&/);
    assert.ok(bare(link).length < 300, link);
  }
});

for (const { name, link } of links)
  test(`one fingerprint: ${name}`, () => {
    for (const [what, [program, ...words], threads, environment] of WAYS) {
      const { status, stderr, results } = replay([program, ...words], link, environment, threads);
      assert.equal(status, 0, `${what}, ${threads} threads: ${stderr}`);
      assert.equal(results.length, link.includes("&only=") ? 1 : 2);
    }
    const wrong = link.replace(/(\.fp=)(.)/, (all, key, digit) => `${key}${digit === "0" ? "1" : "0"}`);
    assert.equal(replay(WAYS[0][1], wrong).status, 3, "the comparison can fail");
  });

test("a version of the engine has one set of bits", () => {
  const version = engineVersion();
  const golden = readGolden()[version];
  assert.ok(
    golden,
    `tests/golden.json has no fingerprints of version ${version}: run \`make golden\` and commit what it writes.`,
  );
  let compared = 0;
  for (const { name, link } of links) {
    for (const [letter, print] of Object.entries(printsOf(link))) {
      assert.equal(print, golden[`${name}, ${letter}`], `${name}, ${letter}: ${RULE}`);
      assert.ok(
        link.includes(`&${letter}.fp=${print}`),
        `${name}: tests/links.json is of another version: run \`make golden\``,
      );
      compared++;
    }
  }
  assert.equal(compared, Object.keys(golden).length);
});
