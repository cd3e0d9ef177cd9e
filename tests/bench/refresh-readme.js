// refresh-readme.js: copies what the last `make bench` and `make bench-peers` wrote (build/bench/*.md) into README.md, between
// the markers `<!-- NAME -->` and `<!-- /NAME -->`, and formats it. What was not run stays. Depends on prettier.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { repository } from "../tools/make.js";

const file = `${repository}tests/bench/README.md`;
let text = readFileSync(file, "utf8");
let copied = 0;
for (const name of ["bench", "peers"]) {
  const source = `${repository}build/bench/${name}.md`;
  if (!existsSync(source)) {
    console.error(`refresh-readme: ${source} is not there: make ${name === "bench" ? "bench" : "bench-peers"}`);
    continue;
  }
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [begin, end] = [text.indexOf(open) + open.length, text.indexOf(close)];
  if (begin < open.length || end < begin) throw new Error(`${file} has no markers ${open} and ${close}`);
  text = `${text.slice(0, begin)}\n\n${readFileSync(source, "utf8")}\n${text.slice(end)}`;
  copied++;
}
writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
if (copied === 0) process.exitCode = 1;
