// structure.test.js: what may know what in src/ and web/, and what may stand in the repository. A new file must be placed
// in a table here before it passes; an include or import must point to an earlier row.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { test } from "node:test";
import { make, repository } from "./tools/make.js";

/** The modules of src/: NAME.c and NAME.h may include the headers of those before them (and their own). */
const ENGINE = [
  ...["format", "status", "host", "text", "memory", "scalar", "random"],
  ...[
    "vec",
    "transpose",
    "vector_math",
    "marked_lines",
    "panel",
    "kernels",
    "kernel_names",
    "step_math",
    "kernel_product",
    "kernel_weights",
    "kernel_marked",
    "kernel_batch",
    "kernel_sparse",
  ],
  ...[
    "reference",
    "pool",
    "dataset",
    "dataset_idx",
    "dataset_csv",
    "dataset_toy",
    "regularizer",
    "config",
    "presets",
    "link",
    "network",
    "analysis",
    "sparse",
    "polish",
    "batch",
  ],
  ...[
    "optimizer",
    "snapshot",
    "trainer",
    "heatmap",
    "layer_view",
    "checkpoint",
    "report",
    "cli",
    "wasm_api",
    "wasm_reader",
    "wasm_command",
  ],
  ...["main"],
  ...["host_native", "host_wasm"],
];

/** The rooms of web/, likewise: a file, or a folder with a final slash (whose files may import one another). */
const PAGE = [
  ...["names.js", "ahead.js", "before.js", "site.js", "places.js", "embed.js"],
  ...[
    "format.js",
    "colours.js",
    "pace.js",
    "recovery.js",
    "heartbeat.js",
    "heartbeat.worker.js",
    "options.js",
    "link.js",
    "moment.js",
    "address.js",
    "settings.js",
    "download.js",
    "pictures.js",
    "own-files.js",
  ],
  ...["undo.js", "draft.js"],
  ...["specimen.js", "exports.js"],
  ...["anchors.js", "display.js", "time-left.js"],
  ...["views/", "charts/", "lessons/"],
  ...[
    "wasm.js",
    "reader.js",
    "engine.js",
    "pair.js",
    "trainer.worker.js",
    "filigree.worker.js",
    "cli.js",
    "sw.js",
    "main.js",
  ],
];

/** What a package or a Node module may be imported by. */
const OUTSIDE = { "chart.js": /^charts\//, uqr: /^views\/share\.js$/, "node:": /^cli\.js$/ };

const TOP_LEVEL = [
  ...[".ci", "assets", "src", "tests", "web"],
  ...["LICENSE", "Makefile", "README.md", "THIRD-PARTY.md", "package.json", "package-lock.json", "eslint.config.js"],
  ...[".clang-format", ".gitattributes", ".gitignore", ".htmlhintrc", ".npmrc", ".prettierignore", ".prettierrc"],
];

const read = (file) => readFileSync(join(repository, file), "utf8");
const withoutComments = (text) => text.replace(/\/\*[^]*?\*\/|(?<![:"'`\\])\/\/.*$/gm, "");

/** Files below `folder` whose names `pattern` matches, relative to it; sorted. */
function filesOf(folder, pattern) {
  return readdirSync(join(repository, folder), { recursive: true })
    .map((file) => file.split("\\").join("/"))
    .filter((file) => pattern.test(file))
    .sort();
}

const tracked = (() => {
  const run = spawnSync("git", ["ls-files", "-z"], { cwd: repository, encoding: "utf8" });
  const files = run.status === 0 ? run.stdout.split("\0").filter(Boolean) : null;
  return files?.filter((file) => existsSync(join(repository, file))) ?? null;
})();
const inRepository = { skip: tracked ? false : "not a git repository" };

// --- the rules, as functions from text to complaints, so that they can be seen to fail ---------------------------------

function engineComplaints(file, text) {
  const own = file.replace(/\.[ch]$/, "");
  const rank = ENGINE.indexOf(own);
  if (rank < 0) return [`src/${file} has no place in the table ENGINE of structure.test.js`];
  const complaints = [];
  for (const [, header] of text.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]*)"/gm)) {
    const other = ENGINE.indexOf(header.replace(/\.h$/, ""));
    if (other < 0) complaints.push(`src/${file} includes "${header}", which the table does not know`);
    else if (other > rank) complaints.push(`src/${file} includes "${header}", a later module`);
  }
  if (/^[ \t]*#[ \t]*include[ \t]*<(math|tgmath|complex|fenv)\.h>/m.test(text))
    complaints.push(`src/${file} includes the C library's mathematics; use scalar.h or vector_math.h`);
  if (!["regularizer", "presets"].includes(own))
    for (const [literal] of withoutComments(text).matchAll(/"(?:[^"\\\n]|\\.)*"/g))
      if (/elastic-net|group-lasso|hoyer-square|arrangement/.test(literal))
        complaints.push(`src/${file} names a regularizer: ${literal}`);
  return complaints;
}

const roomOf = (file) => PAGE.findIndex((room) => (room.endsWith("/") ? file.startsWith(room) : file === room));

function pageComplaints(file, text) {
  const rank = roomOf(file);
  if (rank < 0) return [`web/${file} has no place in the table PAGE of structure.test.js`];
  const complaints = [];
  const imports =
    /^\s*import\s*["']([^"']+)["']|^\s*(?:import|export)\b[^;"'=()]*?\bfrom\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;
  for (const [, bare, fixed, dynamic] of withoutComments(text).matchAll(imports)) {
    const target = bare ?? fixed ?? dynamic;
    if (!target.startsWith(".")) {
      const name = Object.keys(OUTSIDE).find((start) => target.startsWith(start));
      if (!name || !OUTSIDE[name].test(file)) complaints.push(`web/${file} may not import "${target}"`);
      continue;
    }
    const path = normalize(join(file, "..", target));
    const other = roomOf(path);
    if (other < 0) complaints.push(`web/${file} imports ${path}, which the table does not know`);
    else if (other > rank || (other === rank && !PAGE[rank].endsWith("/")))
      complaints.push(`web/${file} imports ${path}, a later room`);
  }
  return complaints;
}

// --- src/ and web/ ----------------------------------------------------------------------------------------------------

test("src/ has one direction", () => {
  const files = filesOf("src", /\.[ch]$/);
  assert.ok(files.length > 10);
  const complaints = files.flatMap((file) => engineComplaints(file, read(`src/${file}`)));
  assert.deepEqual(complaints, []);
});

test("web/ has one direction", () => {
  const files = filesOf("web", /\.m?js$/);
  assert.ok(files.length > 3);
  const complaints = files.flatMap((file) => pageComplaints(file, read(`web/${file}`)));
  assert.deepEqual(complaints, []);
});

test("the rules catch what they are there for", () => {
  const caught = (complaints, pattern) => {
    assert.equal(complaints.length, 1, complaints.join("\n"));
    assert.match(complaints[0], pattern);
  };
  assert.deepEqual(engineComplaints("random.c", '#include "random.h"\n#include "scalar.h"\n#include <stdint.h>\n'), []);
  caught(engineComplaints("random.c", '#include "trainer.h"\n'), /later module/);
  caught(engineComplaints("random.c", '#include "elsewhere.h"\n'), /does not know/);
  caught(engineComplaints("elsewhere.c", ""), /no place/);
  caught(engineComplaints("random.c", "# include <math.h>\n"), /mathematics/);
  caught(engineComplaints("cli.c", 'if (!strcmp(name, "arrangement"))'), /names a regularizer/);
  assert.deepEqual(engineComplaints("cli.c", '/* "arrangement" */'), []);
  assert.deepEqual(
    pageComplaints("views/a.js", 'import { b } from "./b.js";\nimport {\n  c,\n} from "../format.js";'),
    [],
  );
  caught(pageComplaints("views/a.js", 'import { Engine } from "../engine.js";'), /later room/);
  caught(pageComplaints("views/a.js", 'const e = await import("../engine.js");'), /later room/);
  caught(pageComplaints("views/a.js", 'import Chart from "chart.js";'), /may not import/);
  caught(pageComplaints("engine.js", 'import "./main.js";'), /later room/);
  caught(pageComplaints("elsewhere.js", ""), /no place/);
});

// --- the repository ---------------------------------------------------------------------------------------------------

test("the top level holds only what belongs there", inRepository, () => {
  const others = [...new Set(tracked.map((file) => file.split("/", 1)[0]))].filter((name) => !TOP_LEVEL.includes(name));
  assert.deepEqual(others, []);
});

test("nothing generated is committed", inRepository, () => {
  const generated =
    /^(build|dist|node_modules)\/|\.(wasm|o|a|so|d|map|gz|zip|log)$|\.min\.|(^|\/)(chunk[^/]*|filigree(-threads)?)(\.worker)?\.c?js$/;
  assert.deepEqual(
    tracked.filter((file) => generated.test(file) && !/^web\/(views\/filigree|filigree\.worker)\.js$/.test(file)),
    [],
  );
});

test("no package registry is named, and packages have exact versions", inRepository, () => {
  for (const file of tracked) {
    if (/\.(png|jpg|ico|woff2|idx|bin)$/.test(file)) continue;
    assert.doesNotMatch(read(file), /\bregistry\.[a-z]+|npm(js|mirror)\.(com|org)|yarnpkg\.com/, file);
  }
  assert.doesNotMatch(read("package-lock.json"), /"resolved"/);
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    assert.match(version, /^\d+\.\d+\.\d+$/);
});

// --- arithmetic -------------------------------------------------------------------------------------------------------

test("the build keeps arithmetic strict", () => {
  const makefile = read("Makefile");
  assert.match(makefile, /^arithmetic := .*-ffp-contract=off/m);
  for (const flags of ["native-flags", "wasm-flags"])
    assert.match(makefile, new RegExp(`^${flags} :?=.*\\$\\(arithmetic\\)`, "m"));
  const barred =
    /-Ofast|fast-math|relaxed-simd|unsafe-math|associative-math|finite-math|reciprocal-math|-march=|-mfma|-lm\b/;
  assert.doesNotMatch(makefile, barred);
  for (const file of filesOf("src", /\.[ch]$/))
    assert.doesNotMatch(read(`src/${file}`), /fast-math|relaxed_|FP_CONTRACT +ON|fp +contract *\( *(on|fast)/, file);
});

test("no fused multiply-add in the native code", () => {
  const libraries = ["build/native/libfiligree.a", "build/clang/libfiligree.a"];
  make(...libraries);
  for (const library of libraries) {
    const run = spawnSync("objdump", ["-d", "--no-show-raw-insn", library], {
      cwd: repository,
      encoding: "utf8",
      maxBuffer: 1 << 30,
    });
    assert.equal(run.status, 0, run.stderr);
    assert.ok(run.stdout.length > 10_000);
    assert.doesNotMatch(run.stdout, /\tv?fn?m(add|sub)|\tfml[as]\t/, library);
  }
});
