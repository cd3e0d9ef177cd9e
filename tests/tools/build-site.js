// build-site.js: makes dist/, the static site, from web/ and build/wasm/:
//
//   index.html, sw.js   the page, with the addresses of its version; the service worker, with the list of its files
//   v/VERSION/          everything else of this version, whose name is the hash of it all: an address never means two things
//   data/               belongs to data.js and is left alone (build/data-list, by data-list.js, says what is in it)
//
// Scripts and styles go through esbuild; the WebAssembly builds are copied, for the worker imports them by address at
// run time; other files of web/ are copied as they are. Anything else that is no longer made is removed.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { build } from "esbuild";
import { readDataList } from "./data-list.js";

const SITE = "dist";
/** Files of the version's folder: path in it -> bytes. */
const files = new Map();
const made = new Set();

/** Paths of all files below `folder`. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Writes dist/PATH. */
function write(path, bytes) {
  const to = join(SITE, path);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, bytes);
  made.add(to);
}

const missing = ["web/index.html", "web/main.js", "web/trainer.worker.js", "web/sw.js"].filter(
  (file) => !existsSync(file),
);
if (missing.length) {
  console.error(`build-site: not there: ${missing.join(", ")}`);
  process.exit(1);
}

/** The outputs of one run of esbuild, by path below web/. */
async function bundle(settings) {
  const common = { bundle: true, minify: true, sourcemap: "linked", target: "es2022", logLevel: "warning" };
  common.external = ["*.woff2"]; // copied under its own name: index.html preloads it
  // esbuild prints its own errors; what they stop is the build.
  const result = await build({ ...common, ...settings, outdir: SITE, outbase: "web", write: false }).catch(() =>
    process.exit(1),
  );
  return result.outputFiles.map(({ path, contents }) => [relative(SITE, path).split(sep).join("/"), contents]);
}

const page = readFileSync("web/index.html", "utf8");
const styles = [...page.matchAll(/rel="stylesheet" href="([^"]+)"/g)].map(([, name]) => name);
const workers = readdirSync("web").filter((name) => name.endsWith(".worker.js"));
// Modules: the page, its charts (main.js loads them by their address) and its workers.
const modules = await bundle({
  entryPoints: ["main.js", "charts/all.js", ...workers, ...styles].map((name) => `web/${name}`),
  format: "esm",
});
// What runs before modules do, or without them.
const classic = await bundle({ entryPoints: ["web/before.js"], format: "iife" });
for (const [path, bytes] of [...modules, ...classic]) files.set(path, bytes);

for (const file of filesBelow("web"))
  if (!/\.(js|css)$/.test(file) && file !== join("web", "index.html"))
    files.set(relative("web", file).split(sep).join("/"), readFileSync(file));
for (const name of readdirSync("build/wasm"))
  if (/^(filigree|reader).*\.(js|wasm)$/.test(name)) files.set(`wasm/${name}`, readFileSync(join("build/wasm", name)));

// --- the version -------------------------------------------------------------------------------------------------------

const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]*)"/.exec(page)?.[1].replace(/\s+/g, " ");
if (!policy) {
  console.error("build-site: web/index.html has no Content-Security-Policy");
  process.exit(1);
}
const data = Object.fromEntries(readDataList().map(({ path, hash }) => [`data/${path}`, hash]));
const worker = await bundle({ entryPoints: ["web/sw.js"], format: "iife", sourcemap: false });
const sources = [...files].map(([path, bytes]) => [path, sha256(bytes)]).sort();
const version = sha256(JSON.stringify([sources, page, data, sha256(worker[0][1])])).slice(0, 12);

for (const [path, bytes] of files) write(`v/${version}/${path}`, bytes);
const addressed = page.replace(/\b(href|src)="([^":#?]+)"/g, (text, attribute, path) =>
  files.has(path) ? `${attribute}="v/${version}/${path}"` : text,
);
write("index.html", addressed);
const kept = [
  { path: "index.html", hash: sha256(addressed) },
  ...sources
    .filter(([path]) => !/\.map$|(^|\/)LICENSE$/.test(path))
    .map(([path, hash]) => ({ path: `v/${version}/${path}`, hash })),
];
write("sw.js", `self.SITE=${JSON.stringify({ version, policy, files: kept, data })};\n${Buffer.from(worker[0][1])}`);
for (const name of ["LICENSE", "THIRD-PARTY.md"]) write(name, readFileSync(name));

for (const file of filesBelow(SITE)) if (!made.has(file) && !file.startsWith(join(SITE, "data"))) rmSync(file);
for (const folder of readdirSync(SITE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
  .sort()
  .reverse())
  if (!folder.startsWith(join(SITE, "data")) && readdirSync(folder).length === 0) rmdirSync(folder);
