// measure.js: arithmetic and words that the benchmarks share: alternation, medians, tables, the machine's description. Runs
// nothing but the contenders it is given. Depends on Node only.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

export const short = process.env.BENCH === "short";
export const cores = availableParallelism();

/** Numbers -> {median, low, high}; NaN in an empty or broken list. */
export function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median: median ?? NaN, low: sorted[0] ?? NaN, high: sorted.at(-1) ?? NaN };
}

/** Samples a second of an answer to block() or epoch(). */
export const rate = (contender, { steps, seconds }) => (steps * contender.opening.batch) / seconds;

/**
 * Lets `contenders` (name -> contender) train in turn, `rounds` times, `seconds` each, after a warm-up of `warmUp` seconds each.
 * Every round begins with another one. -> name -> {rates: [samples a second], last: the last answer}.
 */
export async function alternate(contenders, { rounds, seconds, warmUp = seconds }) {
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, { rates: [], last: null }]));
  for (const name of names) if (warmUp > 0) await contenders[name].block(warmUp);
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < names.length; k++) {
      const name = names[(k + round) % names.length];
      const answer = await contenders[name].block(seconds);
      results[name].rates.push(rate(contenders[name], answer));
      results[name].last = answer;
    }
  }
  return results;
}

/** Round by round, over / under. */
export const ratios = (over, under) => over.rates.map((value, round) => value / under.rates[round]);

/** Starts contenders one after the other (name -> () => Promise), runs use(contenders), closes them whatever happens. */
export async function withContenders(starters, use) {
  const contenders = {};
  try {
    for (const [name, start] of Object.entries(starters)) contenders[name] = await start();
    return await use(contenders);
  } finally {
    for (const contender of Object.values(contenders)) await contender.close().catch(() => {});
  }
}

// --- words -------------------------------------------------------------------------------------------------------------

export const thousands = (number) => Math.round(number).toLocaleString("en-US");
export const fixed = (digits) => (number) => number.toFixed(digits);
export const percent = (number) => `${(100 * number).toFixed(1)} %`;
export const times = (number) => `${number.toFixed(2)}x`;

/** "median (low to high)" of a spread. */
export const range = ({ median, low, high }, format = thousands) =>
  `${format(median)} (${format(low)} to ${format(high)})`;

/** A Markdown table; columns after the first are numbers. */
export function table(head, rows) {
  const lines = [head, head.map((_, column) => (column ? "---:" : "---")), ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n") + "\n";
}

/** A goal's row: [goal, wanted, seen, met / not met]. `met` may be null: not measured. */
export const verdict = (goal, wanted, seen, met) => [
  goal,
  wanted,
  seen,
  met === null ? "not measured" : met ? "met" : "**not met**",
];

function versionOf(command, ...words) {
  try {
    return execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
      .split("\n", 1)[0]
      .trim();
  } catch {
    return "unknown";
  }
}

/** What the numbers were measured on; `more`: name -> version of what else took part. */
export function describeMachine(more = {}) {
  const lscpu = versionOf("sh", "-c", "lscpu | sed -n 's/^Model name: *//p' | head -n 1");
  const family = versionOf("sh", "-c", "lscpu | sed -n 's/^CPU family: *//p' | head -n 1");
  const system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    processor: `${lscpu === "unknown" ? cpus()[0]?.model : lscpu}, family ${family}`,
    cores,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system,
    commit: versionOf("git", "describe", "--always", "--dirty"),
    versions: {
      gcc: versionOf("gcc", "-dumpfullversion"),
      emscripten: /\d+\.\d+\.\d+/.exec(versionOf("emcc", "--version"))?.[0] ?? "unknown",
      node: process.version,
      ...more,
    },
    load_before: loadavg()[0],
  };
}

/** The machine in a few lines of Markdown, with a warning when others were busy on it. */
export function machineText(machine) {
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const busy = machine.load_before > 0.3 * machine.cores;
  return [
    `${machine.date} UTC, commit ${machine.commit}${short ? ", short mode" : ""}. ${machine.processor}, ${machine.cores} cores,`,
    `${machine.memory_gb} GB, ${machine.system}. ${versions.join("; ")}.`,
    `Load when it began: ${machine.load_before.toFixed(2)}${busy ? ": **other programs were running, the numbers are noisy**" : ""}.`,
    "",
  ].join("\n");
}

/** Writes build/bench/NAME.md and NAME.json and prints the text. */
export function publish(folder, name, text, data) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.md`, text);
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(data, null, 1)}\n`);
  console.log(`\n${text}\nWritten to build/bench/${name}.md and ${name}.json`);
}

export function log(text) {
  console.error(`bench: ${text}`);
}
