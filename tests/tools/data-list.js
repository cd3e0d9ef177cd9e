// data-list.js: writes build/data-list, one line "SHA-256  path" for each file in dist/data/, sorted. Left as it is when
// nothing changed, so that the site is only built anew when its data did.
//
//   node tests/tools/data-list.js
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = "dist/data";
const LIST = "build/data-list";

/** [{path (below dist/data/), hash}] as last listed; empty where nothing was. */
export function readDataList() {
  if (!existsSync(LIST)) return [];
  const lines = readFileSync(LIST, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => ({ hash: line.slice(0, 64), path: line.slice(66) }));
}

function main() {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
  const lines = files.map((file) => {
    const hash = createHash("sha256").update(readFileSync(file)).digest("hex");
    return `${hash}  ${relative(FOLDER, file).split(sep).join("/")}\n`;
  });
  const text = lines.join("");
  if (existsSync(LIST) && readFileSync(LIST, "utf8") === text) return;
  mkdirSync("build", { recursive: true });
  writeFileSync(LIST, text);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) main();
