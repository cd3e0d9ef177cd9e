// contender-node.js THREADS KEY=VALUE&...: contender.js in Node, led by lines as contender.c is. Depends on contender.js.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { startContender } from "./contender.js";

const [threads, settings] = process.argv.slice(2);
const build = new URL("../../build/", import.meta.url);
const contender = await startContender({
  threads: Number(threads),
  settings,
  glue: (name) => new URL(`bench/wasm/${name}`, build).href,
  read: (name) => readFile(new URL(`data/mnist/${name}`, build)),
});
console.log(JSON.stringify(contender.opening));
for await (const line of createInterface({ input: process.stdin })) {
  const [command, seconds] = line.split(" ");
  console.log(JSON.stringify(contender.answer({ command, seconds: Number(seconds) })));
}
process.exit(0);
