// bench.js: how fast this program is, here: natively, in Node, in headless Chromium. README.md explains each measurement.
// Writes build/bench/bench.md and bench.json. BENCH=short: a check in about two minutes; with BENCH_WHOLE=full the whole
// run is not shortened. Nothing is asserted.
//
//   make bench          BENCH=short make bench          node tests/bench/bench.js dense scaling (some sections only)
import { execFile, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { repository } from "../tools/make.js";
import { startServer } from "../tools/serve.js";
import {
  alternate,
  cores,
  describeMachine,
  fixed,
  log,
  machineText,
  percent,
  publish,
  range,
  rate,
  ratios,
  short,
  spread,
  table,
  thousands,
  times,
  verdict,
  withContenders,
} from "./measure.js";
import { compile, keepBuilds, output, startChromium, startNative, startNode } from "./places.js";

const SECTIONS = { dense, whole, regularizer, scaling, start, profile, kernels };
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !SECTIONS[name]);
if (unknown.length) {
  console.error(`bench: no section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}`);
  process.exit(2);
}

const ROUNDS = short ? 3 : 11;
const SECONDS = short ? 0.4 : 1;
/** Thread counts: one, and all cores. */
const THREADS = cores > 1 ? [1, cores] : [1];
/** Penalties that are computed but thin nothing: the dense state for as long as one likes. */
const PENALTY = "regularizer=arrangement&lambda=1e-20&l1=1e-20";
const LENET = "data=mnist&layers=784,300,100,10&batch=128";
const DENSE = `${LENET}&${PENALTY}&epochs=1000`;
/** A rough penalty reaches 99 % zeros in four epochs; then fine-tuning goes on for as long as one likes. */
const THINNED = `${LENET}&regularizer=arrangement&lambda=2e-5&l1=5e-4&epochs=4&ramp=1&finetune=1000`;
const THINNED_EPOCHS = 4;

const text = [];
const data = {};
const goals = [];
const say = (...lines) => text.push(...lines, "");
const heading = (title, ...lines) => say(`### ${title}`, "", ...lines);

compile("contender", { engine: true });
keepBuilds();
const chromium = await startChromium();

/** Lanes that the machine has natively. */
function nativeLanes() {
  const flags = /^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1].split(" ") ?? [];
  const wide = ["avx512f", "avx512bw", "avx512dq", "avx512vl"].every((flag) => flags.includes(flag));
  return [4, ...(flags.includes("avx2") ? [8] : []), ...(wide ? [16] : [])];
}

const LANES = nativeLanes();
const MOST = LANES.at(-1);

/** place name -> starter({threads, settings}) of every place. */
const places = () => ({
  ...Object.fromEntries(
    LANES.map((lanes) => [`native, ${lanes} lanes`, (request) => startNative({ ...request, lanes })]),
  ),
  Node: startNode,
  Chromium: (request) => chromium.engine(request),
});

const threadsWord = (threads) => `${threads} ${threads === 1 ? "thread" : "threads"}`;
const named = (place, threads) => `${place}, ${threadsWord(threads)}`;

/** name -> starter of every place with every thread count. */
function everywhere(settings, some = Object.keys(places())) {
  const starters = {};
  for (const place of some)
    for (const threads of THREADS) starters[named(place, threads)] = () => places()[place]({ threads, settings });
  return starters;
}

// --- dense and thinned -------------------------------------------------------------------------------------------------

async function dense() {
  log("dense and thinned");
  const before = await withContenders(everywhere(DENSE), async (contenders) => {
    const results = await alternate(contenders, { rounds: ROUNDS, seconds: SECONDS });
    for (const [name, { last }] of Object.entries(results)) {
      const { weights } = contenders[name].opening;
      if (!(last.nonzeros >= 0.999 * weights)) throw new Error(`${name} is not dense: ${last.nonzeros} nonzeros`);
      const shares = [];
      for (let k = 0; k < (short ? 1 : 3); k++) {
        const { steps, seconds, evaluation_seconds } = await contenders[name].epoch();
        // A block may have ended within this epoch: its steps are scaled up to a whole epoch.
        shares.push(evaluation_seconds / ((seconds / steps) * 468 + evaluation_seconds));
      }
      results[name].evaluation = spread(shares);
    }
    return results;
  });
  let nonzeros;
  const after = await withContenders(everywhere(THINNED), async (contenders) => {
    for (const contender of Object.values(contenders))
      for (let epoch = 0; epoch < THINNED_EPOCHS; epoch++) await contender.epoch();
    const results = await alternate(contenders, { rounds: ROUNDS, seconds: SECONDS });
    for (const [name, { last }] of Object.entries(results)) {
      const { weights } = contenders[name].opening;
      nonzeros = last.nonzeros / weights;
      if (last.phase !== "finetune") throw new Error(`${name} is not fine-tuning`);
      if (!(nonzeros < 0.02)) throw new Error(`${name} is not thinned: ${last.nonzeros} nonzeros`);
    }
    return results;
  });
  const rows = [];
  data.dense = {};
  for (const name of Object.keys(before)) {
    const fast = spread(after[name].rates);
    const slow = spread(before[name].rates);
    data.dense[name] = {
      dense: slow,
      thinned: fast,
      ratio: fast.median / slow.median,
      evaluation_share: before[name].evaluation,
    };
    rows.push([
      name,
      range(slow),
      range(fast),
      times(fast.median / slow.median),
      range(before[name].evaluation, percent),
    ]);
  }
  heading(
    "Dense and thinned",
    "Samples a second: steps only, median (lowest to highest) of alternating blocks. Thinned: fine-tuning at",
    `${percent(1 - nonzeros)} zeros. Evaluation: its share of a dense epoch's time.`,
    "",
    table(["", "dense", "thinned", "thinned / dense", "evaluation"], rows),
  );
  const worst = Math.min(...Object.values(data.dense).map(({ ratio }) => ratio));
  goals.push(verdict("2. fine-tuning at 99 % zeros", "5x the dense rate", `${times(worst)} (worst row)`, worst >= 5));
  const share = Math.max(...Object.values(data.dense).map(({ evaluation_share }) => evaluation_share.median));
  goals.push(
    verdict(
      "4. evaluation of 10,000 images",
      "under 3 % of an epoch",
      `${percent(share)} of a dense one (worst row)`,
      share < 0.03,
    ),
  );
}

// --- a whole run -------------------------------------------------------------------------------------------------------

/** The settings of the default pair's contender B, as the page and the README use them. */
function defaultRun() {
  const options = JSON.parse(execFileSync(`${repository}build/filigree`, ["options"], { encoding: "utf8" }));
  const preset = options.presets.find(({ name }) => name === "mnist");
  return [preset.shared, preset.b].filter(Boolean).join("&");
}

async function whole() {
  log("whole runs");
  const brief = short && process.env.BENCH_WHOLE !== "full";
  const [epochs, finetune] = brief ? [6, 3] : [50, 20];
  const settings = `${defaultRun()}&epochs=${epochs}&finetune=${finetune}${brief ? "&ramp=2" : ""}`;
  const rows = [];
  data.whole = { settings };
  for (const place of [`native, ${MOST} lanes`, "Chromium"]) {
    for (const threads of THREADS) {
      const name = named(place, threads);
      const starters = {
        run: () => places()[place]({ threads, settings }),
        penalized: () => places()[place]({ threads, settings: DENSE }),
        plain: () => places()[place]({ threads, settings: `${LENET}&regularizer=none&epochs=1000` }),
      };
      const seen = await withContenders(starters, async ({ run, penalized, plain }) => {
        const steps = { sparsify: 0, finetune: 0 };
        const seconds = { sparsify: 0, finetune: 0 };
        const dense = { penalized: [], plain: [] };
        let evaluation = 0;
        let last;
        for (const each of [penalized, plain]) await each.block(SECONDS);
        do {
          // Blocks of the dense references stand between the epochs: they see the same machine.
          if ((last?.epoch ?? 0) % 5 === 0) {
            dense.penalized.push(rate(penalized, await penalized.block(SECONDS / 2)));
            dense.plain.push(rate(plain, await plain.block(SECONDS / 2)));
          }
          last = await run.epoch();
          steps[last.phase] += last.steps;
          seconds[last.phase] += last.seconds;
          evaluation += last.evaluation_seconds;
        } while (!last.finished);
        const { batch, weights } = run.opening;
        const without =
          (steps.sparsify * batch) / spread(dense.penalized).median +
          (steps.finetune * batch) / spread(dense.plain).median +
          ((await penalized.epoch()).evaluation_seconds || 0) * (epochs + finetune);
        const total = seconds.sparsify + seconds.finetune + evaluation;
        return {
          ...{ seconds: total, without, ratio: without / total, evaluation_seconds: evaluation },
          sparsify_rate: (steps.sparsify * batch) / seconds.sparsify,
          finetune_rate: (steps.finetune * batch) / seconds.finetune,
          ...{ nonzeros: last.nonzeros, zeros: 1 - last.nonzeros / weights, test_accuracy: last.test_accuracy },
          memory: last.memory,
        };
      });
      data.whole[name] = seen;
      rows.push([
        name,
        `${seen.seconds.toFixed(1)} s`,
        `${seen.without.toFixed(1)} s`,
        times(seen.ratio),
        thousands(seen.sparsify_rate),
        thousands(seen.finetune_rate),
        percent(seen.evaluation_seconds / seen.seconds),
        seen.memory ? `${(seen.memory / 1e6).toFixed(0)} MB` : "",
      ]);
    }
  }
  const seen = Object.values(data.whole).filter((each) => each.ratio);
  heading(
    `A whole run: ${epochs} epochs, then ${finetune} of fine-tuning`,
    `\`${settings}\`, evaluation included: ends with ${percent(seen[0].zeros)} zeros and ${seen[0].test_accuracy.toFixed(2)} % test accuracy.`,
    "The engine has no switch that leaves the zeros unused: that column is computed, the same number of steps at the dense",
    "rate (with penalty for the first phase, without for fine-tuning) and dense evaluations, both measured between the",
    "run's epochs. Memory: the wasm memory's size at the end.",
    "",
    table(["", "time", "zeros unused", "ratio", "samples/s, sparsifying", "fine-tuning", "evaluation", "memory"], rows),
  );
  const worst = Math.min(...seen.map(({ ratio }) => ratio));
  goals.push(
    verdict(
      `2. a ${epochs} + ${finetune} epoch run`,
      "2x faster than without zeros",
      `${times(worst)} (worst row)`,
      worst >= 2,
    ),
  );
  const memory = Math.max(...seen.map((each) => each.memory ?? 0));
  goals.push(
    verdict(
      "7. wasm memory of a contender on full MNIST",
      "150 MB",
      `${(memory / 1e6).toFixed(0)} MB`,
      memory <= 150e6,
    ),
  );
}

// --- the regularizer's share -------------------------------------------------------------------------------------------

async function regularizer() {
  log("the regularizer's share");
  const penalties = {
    none: "regularizer=none",
    l1: "regularizer=l1&lambda=1e-20",
    arrangement: "regularizer=arrangement&lambda=1e-20",
    both: PENALTY,
  };
  const rows = [];
  data.regularizer = {};
  for (const place of [`native, ${MOST} lanes`, ...(MOST > 4 ? ["native, 4 lanes"] : []), "Chromium"]) {
    for (const threads of THREADS) {
      const starters = Object.fromEntries(
        Object.entries(penalties).map(([name, penalty]) => [
          name,
          () => places()[place]({ threads, settings: `${LENET}&${penalty}&epochs=1000` }),
        ]),
      );
      const results = await withContenders(starters, (contenders) =>
        alternate(contenders, { rounds: short ? 5 : 21, seconds: SECONDS / 2 }),
      );
      const over = (name) => spread(ratios(results.none, results[name]).map((ratio) => ratio - 1));
      const seen = { none: spread(results.none.rates) };
      for (const name of ["l1", "arrangement", "both"]) seen[name] = over(name);
      data.regularizer[named(place, threads)] = seen;
      const step = 128e6 / seen.none.median;
      const added = ["l1", "arrangement", "both"].map((name) => range(seen[name], percent));
      rows.push([named(place, threads), `${step.toFixed(0)} us`, ...added]);
    }
  }
  heading(
    "The regularizer",
    "What a penalty adds to a dense step of batch 128: median (lowest to highest) of the ratios of neighbouring blocks.",
    "",
    table(["", "step without", "L1", "arrangement", "both"], rows),
  );
  const worst = Math.max(...Object.values(data.regularizer).map(({ arrangement }) => arrangement.median));
  goals.push(
    verdict("3. arrangement's cost at batch 128", "under 10 % of a step", `${percent(worst)} (worst row)`, worst < 0.1),
  );
}

// --- scaling -----------------------------------------------------------------------------------------------------------

/** Multiplications and additions of a dense step, a sample: forward, weight gradients, gradients of hidden levels. */
function operations(widths) {
  let sum = 0;
  for (let l = 0; l + 1 < widths.length; l++) sum += (l ? 6 : 4) * widths[l] * widths[l + 1];
  return sum;
}

/** Raises best[threads], GFLOP/s in separate 4-lane multiplications and additions: the machine's peak, not the moment's. */
async function lookForPeak(program, best) {
  for (const threads of THREADS) {
    const { stdout } = await promisify(execFile)(program, [String(threads), short ? "0.1" : "0.3"]);
    best[threads] = Math.max(best[threads] ?? 0, Number(stdout));
  }
}

/** Shapes that are compared train side by side: odd widths with their even neighbours. */
const scalingGroups = () => {
  const alone = (batch) => [{ batch, width: 300 }];
  const widths = (...list) => list.map((width) => ({ batch: 128, width }));
  if (short) return [alone(32), alone(1024), widths(32, 33), widths(300, 301)];
  return [
    ...[32, 64, 256, 512, 1024].map(alone),
    ...[widths(32, 33), widths(64), widths(100), widths(128, 127), widths(256), widths(300, 301)],
    ...[widths(512), widths(1024), widths(2048)],
  ];
};

async function scaling() {
  log("scaling");
  const some = [`native, ${MOST} lanes`, ...(MOST > 4 ? ["native, 4 lanes"] : []), "Chromium"];
  const columns = some.flatMap((place) => THREADS.map((threads) => ({ name: named(place, threads), threads })));
  const [program, peak] = [compile("peak"), {}];
  const shapes = [];
  const oddities = [];
  for (const group of scalingGroups()) {
    await lookForPeak(program, peak);
    const starters = {};
    for (const { batch, width } of group) {
      const settings = `data=mnist&layers=784,${width},100,10&batch=${batch}&${PENALTY}&epochs=1000`;
      for (const [name, start] of Object.entries(everywhere(settings, some))) starters[`${name} ${width}`] = start;
    }
    const results = await withContenders(starters, (contenders) =>
      alternate(contenders, { rounds: short ? 1 : 5, seconds: short ? 0.15 : 0.4 }),
    );
    for (const { batch, width } of group) {
      const rates = Object.fromEntries(columns.map(({ name }) => [name, spread(results[`${name} ${width}`].rates)]));
      shapes.push({ batch, width, operations: operations([784, width, 100, 10]), rates });
    }
    if (group.length === 2) {
      const [even, odd] = group.map(({ width }) => width);
      const work = operations([784, odd, 100, 10]) / operations([784, even, 100, 10]);
      for (const { name } of columns) {
        const seen = ratios(results[`${name} ${odd}`], results[`${name} ${even}`]).map((ratio) => ratio * work);
        oddities.push({ odd, even, name, ...spread(seen) });
      }
    }
  }
  data.scaling = { peak_gflops: peak, shapes, oddities };
  const cell = ({ operations: count, rates }, { name, threads }) => {
    const { median } = rates[name];
    return `${thousands(median)} (${Math.round((100 * median * count) / (peak[threads] * 1e9))} %)`;
  };
  const rowsBy = (key, list) =>
    list.sort((a, b) => a[key] - b[key]).map((shape) => [shape[key], ...columns.map((column) => cell(shape, column))]);
  const heads = columns.map(({ name }) => name);
  const peakWords = THREADS.map((threads) => `${peak[threads].toFixed(1)} GFLOP/s on ${threadsWord(threads)}`);
  const byBatch = shapes.filter(({ width }) => width === 300);
  const byWidth = shapes.filter(({ batch }) => batch === 128);
  heading(
    "Scaling",
    "Samples a second of dense steps, and their share of the machine's peak in 4-lane multiplications and additions as",
    `separate instructions (peak.c: ${peakWords.join(", ")}). Shares pass 100 % where lanes are wider, and because MNIST's`,
    "zero inputs, four fifths of them, count as work though the engine leaves them out.",
    "784-300-100-10 by batch:",
    "",
    table(["batch", ...heads], rowsBy("batch", byBatch)),
    "784-H-100-10 at batch 128 by hidden width H:",
    "",
    table(["H", ...heads], rowsBy("width", byWidth)),
    "An odd width's operations a second over its even neighbour's, trained side by side:",
    "",
    table(
      ["", ...heads],
      [...new Set(oddities.map(({ odd }) => odd))].map((width) => {
        const row = oddities.filter(({ odd }) => odd === width);
        return [`${width} / ${row[0].even}`, ...row.map((each) => range(each, times))];
      }),
    ),
  );
  const worst = oddities.reduce((least, each) => (each.median < least.median ? each : least));
  const shown = `${times(worst.median)} (H = ${worst.odd}, ${worst.name})`;
  goals.push(verdict("5. odd sizes beside even ones", "no cliff (0.8x or better)", shown, worst.median >= 0.8));
}

// --- start -------------------------------------------------------------------------------------------------------------

/** {file: {bytes, gzip, brotli}} of the builds and of the page's own scripts and styles. */
function sizes() {
  const [version] = readdirSync(`${repository}dist/v`);
  const folder = `${repository}dist/v/${version}/`;
  const files = [
    ...readdirSync(`${folder}wasm`).map((name) => `wasm/${name}`),
    ...readdirSync(folder).filter((name) => /\.(js|css)$/.test(name)),
    ...["index.html", "sw.js"],
  ];
  return Object.fromEntries(
    files.sort().map((file) => {
      const bytes = readFileSync(existsSync(folder + file) ? folder + file : `${repository}dist/${file}`);
      const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
      return [
        file,
        {
          bytes: bytes.length,
          gzip: gzipSync(bytes, { level: 9 }).length,
          brotli: brotliCompressSync(bytes, best).length,
        },
      ];
    }),
  );
}

/**
 * Milliseconds from navigation, in a fresh context of an open window: {loaded: the document and its scripts, playing, batch: the page
 * shows one of both, trained: both trained one}. `reloads`: how often the page reloads by itself; the time goes on from the first.
 */
async function firstBatch(url, { reloads }) {
  const context = await chromium.browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: "no-preference",
    serviceWorkers: reloads > 0 ? "allow" : "block",
  });
  try {
    const page = await context.newPage();
    // The page itself says when it is so: to ask it would be work of its own at the worst moment.
    const origins = [];
    const done = new Promise((resolve) => {
      page.on("console", (message) => {
        const [, what, text] = /^bench (origin|seen) (.*)$/.exec(message.text()) ?? [];
        if (what === "origin") origins.push(JSON.parse(text));
        if (what === "seen" && origins.length > reloads) resolve(JSON.parse(text));
      });
    });
    await page.addInitScript(() => {
      if (location.protocol === "about:") return;
      console.log(`bench origin ${performance.timeOrigin}`);
      const seen = { origin: performance.timeOrigin };
      document.addEventListener("DOMContentLoaded", () => (seen.loaded = performance.now()));
      const look = () => {
        const state = document.querySelector('[data-progress="state"]')?.textContent;
        if (state === "Training") seen.playing ??= performance.now();
        const outputs = [...document.querySelectorAll('output[data-metric="step"]')];
        const steps = outputs.map((each) => Number(each.dataset.value));
        if (steps.length === 2 && steps.every((step) => step > 0)) {
          seen.batch = performance.now();
          console.log(`bench seen ${JSON.stringify(seen)}`);
        } else setTimeout(look, 1);
      };
      look();
    });
    await sleep(WINDOW_OPENS);
    await page.goto(url, { waitUntil: "commit" });
    const seen = await Promise.race([done, sleep(30_000, null, { ref: false })]);
    if (!seen) throw new Error(`after ${origins.length} loads no batch was shown`);
    const before = seen.origin - origins[0];
    // The workers' own clocks, which began later.
    const trainers = page.workers().filter((worker) => worker.url().endsWith("/trainer.worker.js"));
    const read = () => performance.timeOrigin + performance.getEntriesByName("first batch")[0].startTime;
    const trained = await Promise.all(trainers.map((worker) => worker.evaluate(read)));
    if (trained.length !== 2) throw new Error(`${trained.length} networks were trained`);
    return {
      loaded: before + seen.loaded,
      playing: before + seen.playing,
      batch: before + seen.batch,
      trained: Math.max(...trained) - origins[0],
    };
  } finally {
    await context.close();
  }
}

/** Milliseconds after which a new window has loaded what is the browser's own. */
const WINDOW_OPENS = 1000;

/** [name, what the host sends, how often the page reloads by itself]. */
const HOSTS = [
  ["isolated", { isolated: true }, { reloads: 0 }],
  ["not isolated (no SharedArrayBuffer)", { isolated: false }, { reloads: 0 }],
  ["isolated by the service worker: with the reload", { isolated: false }, { reloads: 1 }],
];

async function start() {
  log("start");
  const rows = [];
  data.start = { sizes: sizes(), milliseconds: {} };
  for (const [name, host, visit] of HOSTS) {
    const server = await startServer({ root: `${repository}dist`, port: 0, ...host });
    try {
      const seen = [];
      for (let k = 0; k < (short ? 3 : 11); k++) seen.push(await firstBatch(server.url, visit));
      // The first visit in a browser's life is shown apart: nothing is compiled or cached yet.
      const later = (milestone) => spread(seen.slice(1).map((visit) => visit[milestone]));
      const milestones = {
        loaded: later("loaded"),
        trained: later("trained"),
        playing: later("playing"),
        batch: later("batch"),
      };
      data.start.milliseconds[name] = { first: seen[0], ...milestones };
      const words = Object.values(milestones).map((each) => range(each, fixed(0)));
      rows.push([name, fixed(0)(seen[0].batch), ...words]);
    } finally {
      await server.close();
    }
  }
  const shown = data.start.sizes;
  heading(
    "Start",
    "From navigation (the page's time origin) to the first trained batch of both networks, by the workers' clocks, and to the",
    "moment when the page shows that, on the toy data that it opens with; a fresh context, with an empty cache, each time, in a",
    "window that is open already. The last row is the first visit to a host that sends no isolation headers: the time goes on from",
    "the first navigation through the reload that the service worker brings.",
    "",
    table(["milliseconds", "first visit", "later: loaded", "first batch trained", "page says so", "shown"], rows),
    table(
      ["file", "bytes", "gzip", "brotli"],
      Object.entries(shown).map(([file, { bytes, gzip, brotli }]) => [file, ...[bytes, gzip, brotli].map(thousands)]),
    ),
  );
  const wasm = Math.max(
    ...Object.entries(shown)
      .filter(([file]) => file.endsWith(".wasm"))
      .map(([, { gzip }]) => gzip),
  );
  goals.push(
    verdict(
      "6. wasm, compressed (gzip)",
      "under 60 kB",
      `${(wasm / 1000).toFixed(1)} kB (larger build)`,
      wasm < 60_000,
    ),
  );
  const slowest = (milestone) =>
    Math.max(...Object.values(data.start.milliseconds).map((each) => each[milestone].median));
  for (const [milestone, name] of [
    ["trained", "6. navigation to first trained batch"],
    ["batch", "6. the same, until the page shows it"],
  ]) {
    const seen = slowest(milestone);
    goals.push(verdict(name, "under 500 ms", `${seen.toFixed(0)} ms`, seen < 500));
  }
}

// --- profile -----------------------------------------------------------------------------------------------------------

async function profile() {
  log("profile");
  const epochs = short ? 1 : 3;
  const words = (settings) => settings.split("&").flatMap((pair) => [`--${pair.split("=")[0]}`, pair.split("=")[1]]);
  const commands = {
    "native, dense": ["build/filigree", `${LENET}&${PENALTY}&epochs=${epochs}&finetune=0`],
    "Node, dense": ["web/cli.js", `${LENET}&${PENALTY}&epochs=${epochs}&finetune=0`],
    "native, thinned": ["build/filigree", THINNED.replace("finetune=1000", "finetune=40")],
    "Node, thinned": ["web/cli.js", THINNED.replace("finetune=1000", "finetune=40")],
  };
  data.profile = {};
  const columns = {};
  for (const [name, [program, settings]] of Object.entries(commands)) {
    const node = program.endsWith(".js");
    const list = ["train", "--json", "--profile", "--threads", "1", ...words(settings)];
    const { stderr } = await promisify(execFile)(node ? process.execPath : program, node ? [program, ...list] : list, {
      cwd: repository,
      maxBuffer: 1 << 26,
    });
    columns[name] = Object.fromEntries(
      [...stderr.matchAll(/^(\w+) +([\d.]+) +([\d.]+) % +([\d.]+)$/gm)].map(([, stage, , percentage, microseconds]) => [
        stage,
        { share: Number(percentage), microseconds: Number(microseconds) },
      ]),
    );
    data.profile[name] = columns[name];
  }
  const stages = Object.keys(columns["native, dense"]);
  heading(
    "Profile",
    "Microseconds a step and share of the time by stage, one thread, as `--profile` prints them. Thinned: four epochs to 99 %",
    "zeros and 40 of fine-tuning, together.",
    "",
    table(
      ["stage", ...Object.keys(columns)],
      stages.map((stage) => [
        stage,
        ...Object.values(columns).map((seen) =>
          seen[stage] ? `${seen[stage].microseconds.toFixed(1)} (${seen[stage].share.toFixed(1)} %)` : "",
        ),
      ]),
    ),
  );
}

/** The kernels beside their references, as their own test program measures them. */
async function kernels() {
  log("kernels");
  const { stdout } = await promisify(execFile)("build/native/tests/kernels_test", ["--bench"], { cwd: repository });
  data.kernels = stdout;
  heading("Kernels", "`build/native/tests/kernels_test --bench`, one thread:", "", "```text", stdout.trimEnd(), "```");
}

try {
  const machine = describeMachine({ chromium: chromium.version });
  for (const [name, section] of Object.entries(SECTIONS)) if (!wanted.length || wanted.includes(name)) await section();
  const summary = table(["goal", "wanted", "seen", ""], goals);
  publish(output, "bench", [machineText(machine), summary, text.join("\n")].join("\n"), { machine, goals, ...data });
} finally {
  await chromium.close();
}
