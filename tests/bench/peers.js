// peers.js: other programs on the same task, beside ours, in one alternating run: TensorFlow.js's wasm backend in headless
// Chromium and PyTorch's processor backend. Installs them where they are missing (npm into build/bench-peers, Debian's
// python3-torch). Writes build/bench/peers.md and peers.json. README.md says how each peer is set up.
//
//   make bench-peers          BENCH=short make bench-peers
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { repository } from "../tools/make.js";
import {
  alternate,
  cores,
  describeMachine,
  log,
  machineText,
  publish,
  range,
  ratios,
  short,
  spread,
  table,
  times,
  verdict,
  withContenders,
} from "./measure.js";
import { compile, keepBuilds, output, startChromium, startNative, startProgram } from "./places.js";

const ROUNDS = short ? 5 : 21;
const SECONDS = short ? 0.5 : 1;
const PYTHON = "/usr/bin/python3";
const PACKAGES = ["python3-torch", "libopenblas0-pthread"];
const folder = `${repository}build/bench-peers/`;
/** As in bench.js: both penalties are computed and thin nothing. */
const TASK = "data=mnist&layers=784,300,100,10&batch=128&lr=2e-3&epochs=1000";
const OURS = `${TASK}&regularizer=arrangement&lambda=1e-20&l1=1e-20`;
/** The peers' own objective, like for like. */
const PLAIN = `${TASK}&regularizer=l1&lambda=1e-20`;

// --- installing --------------------------------------------------------------------------------------------------------

function run(command, words, options = {}) {
  const child = spawnSync(command, words, { encoding: "utf8", ...options });
  if (child.error) throw child.error;
  if (child.status !== 0) throw new Error(`${command} ${words.join(" ")}:\n${child.stdout}${child.stderr}`);
  return child.stdout;
}

/** TensorFlow.js by npm ci, unless the same lock is installed. */
function installTensorFlow() {
  const source = `${repository}tests/bench/peers/`;
  const lock = "package-lock.json";
  const same =
    existsSync(`${folder}installed`) && readFileSync(`${folder}installed`).equals(readFileSync(source + lock));
  if (same) return;
  log("npm ci in build/bench-peers");
  mkdirSync(folder, { recursive: true });
  for (const name of ["package.json", lock, ".npmrc"]) copyFileSync(source + name, folder + name);
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder });
  copyFileSync(source + lock, `${folder}installed`);
}

const hasTorch = () => spawnSync(PYTHON, ["-c", "import torch"]).status === 0;
const hasOpenBlas = () => spawnSync("dpkg-query", ["-s", PACKAGES[1]]).status === 0;

/** PyTorch by apt. Without OpenBLAS it would multiply by the reference BLAS, ten times slower: no fair peer. */
function installTorch() {
  if (hasTorch() && hasOpenBlas()) return;
  const root = process.getuid() === 0 ? [] : ["sudo", "-n"];
  const apt = [...root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"];
  log(`apt-get install ${PACKAGES.join(" ")}`);
  run(apt[0], [...apt.slice(1), "update"]);
  run(apt[0], [...apt.slice(1), "install", "-y", "--no-install-recommends", ...PACKAGES]);
  if (!hasTorch()) throw new Error(`${PYTHON} cannot import torch`);
}

/** Runs install(); when that fails the peer is left out and the reason is kept. */
const missing = {};
function attempt(name, install) {
  try {
    install();
    return true;
  } catch (error) {
    missing[name] = error.message.trim();
    log(`${name} is left out: ${missing[name]}`);
    return false;
  }
}

// --- the run -----------------------------------------------------------------------------------------------------------

const torch = attempt("PyTorch", installTorch);
const tensorFlow = attempt("TensorFlow.js", installTensorFlow);
compile("contender", { engine: true });
keepBuilds();
const chromium = await startChromium();

const startTorch = (threads, variants) => () =>
  startProgram(PYTHON, ["tests/bench/peers/torch_loop.py", String(threads), ...variants], {
    OMP_WAIT_POLICY: "PASSIVE",
    OMP_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
  });
const startTensorFlow = (threads, loop) => () =>
  chromium.start("tests/bench/peers/tfjs.worker.js", "classic", { threads, loop });

const THREADS = cores > 1 ? [1, 2] : [1];
const word = (threads) => `${threads} ${threads === 1 ? "thread" : "threads"}`;
const name = {
  chromium: (threads) => `Filigree, Chromium, ${word(threads)}`,
  plain: (threads) => `Filigree with L1 alone, Chromium, ${word(threads)}`,
  native: (threads) => `Filigree, native, ${word(threads)}`,
  torch: (threads, multi) => `PyTorch${multi ? ", multi-tensor Adam" : ""}, ${word(threads)}`,
  tuned: (threads) => `TensorFlow.js, by hand, ${word(threads)}`,
  layers: (threads) => `TensorFlow.js, layers API, ${word(threads)}`,
  stock: (loop) => `TensorFlow.js, ${loop === "tuned" ? "by hand" : "layers API"}, threads as it chooses`,
};

const starters = {};
for (const threads of THREADS) {
  starters[name.chromium(threads)] = () => chromium.engine({ threads, settings: OURS });
  starters[name.plain(threads)] = () => chromium.engine({ threads, settings: PLAIN });
  starters[name.native(threads)] = () => startNative({ threads, settings: OURS });
  if (torch) {
    starters[name.torch(threads, false)] = startTorch(threads, []);
    starters[name.torch(threads, true)] = startTorch(threads, ["foreach"]);
  }
  if (tensorFlow) {
    starters[name.tuned(threads)] = startTensorFlow(threads, "tuned");
    starters[name.layers(threads)] = startTensorFlow(threads, "layers");
  }
}
if (tensorFlow) for (const loop of ["tuned", "layers"]) starters[name.stock(loop)] = startTensorFlow(0, loop);

/** Of PyTorch's two forms of Adam the one that was faster here. */
function bestTorch(results, threads) {
  const forms = [false, true].map((multi) => results[name.torch(threads, multi)]).filter(Boolean);
  return forms.sort((a, b) => spread(b.rates).median - spread(a.rates).median)[0];
}

function judge(results) {
  const rows = [];
  const goal = (label, ours, peer, least, plain) => {
    const seen = ours && peer ? spread(ratios(ours, peer)) : null;
    const alike = plain && peer ? spread(ratios(plain, peer)) : null;
    const [first, wanted, shown, met] = verdict(
      label,
      `${least}x`,
      seen ? range(seen, times) : "",
      seen ? seen.median >= least : null,
    );
    const best = seen ? times(spread(ours.rates).high / spread(peer.rates).high) : "";
    rows.push([first, wanted, shown, met, best, alike ? range(alike, times) : ""]);
    return { seen, best, alike };
  };
  const at = (key, threads) => results[name[key](threads)];
  const judged = {};
  for (const [threads, torchLeast, layersLeast, tunedLeast] of [
    [1, 0.75, 10, 3.5],
    [2, 1.2, 19, 5],
  ]) {
    const ours = at("chromium", threads);
    const plain = at("plain", threads);
    judged[`chromium / torch, ${threads}`] = goal(
      `Chromium / PyTorch, ${word(threads)}`,
      ours,
      bestTorch(results, threads),
      torchLeast,
      plain,
    );
    judged[`chromium / layers, ${threads}`] = goal(
      `Chromium / TensorFlow.js's layers API, ${word(threads)}`,
      ours,
      at("layers", threads),
      layersLeast,
      plain,
    );
    judged[`chromium / tuned, ${threads}`] = goal(
      `Chromium / TensorFlow.js by hand, ${word(threads)}`,
      ours,
      at("tuned", threads),
      tunedLeast,
      plain,
    );
  }
  judged["native / torch, 1"] = goal("native / PyTorch, 1 thread", at("native", 1), bestTorch(results, 1), 1.2);
  return { rows, judged };
}

try {
  await withContenders(starters, async (contenders) => {
    const openings = Object.fromEntries(Object.entries(contenders).map(([key, { opening }]) => [key, opening]));
    const versionOf = (prefix) => Object.entries(openings).find(([key]) => key.startsWith(prefix))?.[1].version;
    const machine = describeMachine({
      chromium: chromium.version,
      ...(torch ? { PyTorch: versionOf("PyTorch") } : {}),
      ...(tensorFlow ? { "TensorFlow.js": versionOf("TensorFlow.js") } : {}),
    });
    log(`${Object.keys(contenders).length} contenders, ${ROUNDS} rounds`);
    // The first blocks of everybody fall into the time in which machines and compilers warm up.
    const results = await alternate(contenders, { rounds: ROUNDS, seconds: SECONDS, warmUp: 2 * SECONDS });
    const { rows, judged } = judge(results);
    const lines = Object.entries(results).map(([key, { rates }]) => {
      const { threads } = openings[key];
      return [key.replace("as it chooses", `as it chooses (${threads})`), range(spread(rates))];
    });
    const absent = Object.entries(missing).map(([key, reason]) => `${key} was not measured: ${reason.split("\n")[0]}`);
    const text = [
      machineText(machine),
      ...absent,
      "Samples a second, median (lowest to highest) of alternating blocks; ours with arrangement and L1 on:\n",
      table(["LeNet-300-100, MNIST, batch 128, Adam, L1", "samples/s"], lines),
      "Ratios, ours over theirs, round by round; PyTorch: the faster of its two forms of Adam:\n",
      table(["", "wanted", "seen", "", "best block over best block", "ours with L1 alone"], rows),
    ].join("\n");
    publish(output, "peers", text, {
      ...{ machine, missing, judged },
      results: Object.fromEntries(
        Object.entries(results).map(([key, { rates }]) => [key, { ...spread(rates), rates, opening: openings[key] }]),
      ),
    });
  });
} finally {
  await chromium.close();
}
