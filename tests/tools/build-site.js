// build-site.js: makes dist/, the static site, from web/ and build/wasm/. Scripts and styles go through esbuild; the
// WebAssembly builds are copied, for the worker imports them by address at run time; other files of web/ are copied as
// they are. dist/data/ belongs to data.js and is left alone; anything else that is no longer made is removed.
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";

const SITE = "dist";
const made = new Set();

/** Paths of all files below `folder`. */
const filesBelow = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  made.add(to);
}

const missing = ["web/index.html", "web/main.js", "web/trainer.worker.js"].filter((file) => !existsSync(file));
if (missing.length) {
  console.error(`build-site: not there: ${missing.join(", ")}`);
  process.exit(1);
}

const present = (...files) => files.filter((file) => existsSync(file));
const common = { bundle: true, minify: true, sourcemap: "linked", outdir: SITE, target: "es2022", metafile: true };
common.external = ["*.woff2"]; // copied under its own name: index.html preloads it
const outputs = [
  // Modules: the page and its worker.
  {
    ...common,
    entryPoints: present(
      "web/main.js",
      "web/trainer.worker.js",
      "web/filigree.worker.js",
      "web/style.css",
      "web/filigree.css",
      "web/stage.css",
    ),
    format: "esm",
  },
  // A service worker is a classic script everywhere.
  { ...common, entryPoints: present("web/sw.js"), format: "iife" },
];
for (const settings of outputs.filter(({ entryPoints }) => entryPoints.length)) {
  // esbuild prints its own errors; what they stop is the build.
  const result = await build({ ...settings, outbase: "web", logLevel: "warning" }).catch(() => process.exit(1));
  for (const file of Object.keys(result.metafile.outputs)) made.add(join(file));
}

for (const file of filesBelow("web")) if (!/\.(js|css)$/.test(file)) copy(file, join(SITE, relative("web", file)));
for (const name of readdirSync("build/wasm"))
  if (/\.(js|wasm)$/.test(name)) copy(join("build/wasm", name), join(SITE, "wasm", name));
for (const name of ["LICENSE", "THIRD-PARTY.md"]) copy(name, join(SITE, name));

for (const file of filesBelow(SITE)) if (!made.has(file) && !file.startsWith(join(SITE, "data"))) rmSync(file);
