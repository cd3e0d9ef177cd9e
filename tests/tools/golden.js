// golden.js: the fingerprints of the ten links of tests/links.json by the native program: puts them into the links and records them in
// tests/golden.json for this ENGINE_VERSION. `make golden` runs it after bits were changed on purpose. It refuses to record other bits for
// a version that has some: raise ENGINE_VERSION (src/config.h) first.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { repository } from "./make.js";

export const RULE =
  "The bits of results have changed. If that was not meant, find out why. If it was: raise ENGINE_VERSION in src/config.h, then run " +
  "`make golden` and commit tests/golden.json and tests/links.json with the change.";

const file = (name) => `${repository}tests/${name}.json`;
const write = (name, value) => writeFileSync(file(name), `${JSON.stringify(value, null, 2)}\n`);

/** {links: [{name, link}]}: the ten links with the fingerprints that are expected. */
export const readLinks = () => JSON.parse(readFileSync(file("links"), "utf8")).links;

/** {version: {"name, letter": fingerprint}}. */
export const readGolden = () => JSON.parse(readFileSync(file("golden"), "utf8"));

export const engineVersion = () =>
  /ENGINE_VERSION "([^"]+)"/.exec(readFileSync(`${repository}src/config.h`, "utf8"))[1];

/** A link without fingerprints, engine and hash: what is to be trained, whatever comes of it. */
export const bare = (link) => link.replace(/&([ab]\.fp|engine|data-hash)=[^&]*/g, "");

/** Replays a link by a program [command, words ...]: {status, stderr, results: [{contender, ...}]}. */
export function replay([program, ...words], link, environment = {}, threads = 1) {
  const run = spawnSync(program, [...words, "replay", link, "--threads", String(threads)], {
    cwd: repository,
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, ...environment },
  });
  if (run.error) throw run.error;
  const lines = run.stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const results = lines.flatMap(({ contender, result }) =>
    result ? [{ contender: contender ?? null, ...result }] : [],
  );
  return { status: run.status, stderr: run.stderr, results };
}

/** {letter: fingerprint} of a link, by the native program. */
export function printsOf(link, program = ["build/filigree"]) {
  const { status, stderr, results } = replay(program, bare(link));
  if (status !== 0) throw new Error(`${link}: ${stderr}`);
  const only = /&only=(.)/.exec(link)?.[1];
  return Object.fromEntries(results.map(({ contender, fingerprint }) => [contender ?? only, fingerprint]));
}

function main() {
  const version = engineVersion();
  const golden = readGolden();
  const prints = {};
  const links = readLinks().map(({ name, link }) => {
    const found = printsOf(link);
    for (const [letter, print] of Object.entries(found)) prints[`${name}, ${letter}`] = print;
    const expected = Object.entries(found).map(([letter, print]) => `&${letter}.fp=${print}`);
    return { name, link: `${bare(link)}${expected.join("")}&engine=${version}` };
  });
  const known = Object.entries(golden[version] ?? {});
  const changed = known.filter(([name, print]) => name in prints && prints[name] !== print);
  if (changed.length > 0) {
    console.error(`golden.js: ${changed.map(([name]) => name).join("; ")}: ${RULE}`);
    process.exit(1);
  }
  golden[version] = prints;
  write("golden", golden);
  write("links", { links });
  console.log(`${Object.keys(prints).length} fingerprints of engine version ${version}`);
}

if (process.argv[1]?.endsWith("golden.js")) main();
