// places.js: where a contender of a benchmark can run: a native program, Node, Python, a worker in Chromium. All are led alike:
//   {opening, block(seconds), epoch(), close()}
// block() trains for about that long and resolves to {steps, seconds, ...} (contender.c lists the keys). A contender computes
// only while it is asked to. Knows nothing about what is measured. Depends on playwright-core and tests/tools/.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { repository } from "../tools/make.js";
import { startServer } from "../tools/serve.js";

export const output = `${repository}build/bench/`;

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Compiles tests/bench/NAME.c, with the engine's library if `engine`, to build/bench/NAME; returns that path. */
export function compile(name, { engine = false } = {}) {
  mkdirSync(output, { recursive: true });
  const strict = ["-std=c11", "-O3", "-fno-math-errno", "-ffp-contract=off", "-D_GNU_SOURCE", "-pthread"];
  const library = engine ? ["-Isrc", "build/native/libfiligree.a"] : [];
  const words = [...strict, `tests/bench/${name}.c`, ...library, "-o", `${output}${name}`];
  const run = spawnSync("gcc", words, { cwd: repository, encoding: "utf8" });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`gcc ${words.join(" ")}:\n${run.stderr}`);
  return `${output}${name}`;
}

/** Copies the WebAssembly builds to build/bench/wasm/: a build in the middle of a measurement is not seen. */
export function keepBuilds() {
  cpSync(`${repository}build/wasm`, `${output}wasm`, {
    recursive: true,
    filter: (path) => !/\.[do]$/.test(path),
  });
}

/** A program that answers every line with a line of JSON; its first line is its opening. */
export async function startProgram(command, words, environment = {}) {
  const child = spawn(command, words, {
    cwd: repository,
    env: { ...process.env, ...environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (complaints += text));
  child.stdin.on("error", () => {});
  const waiting = [];
  let ended = null;
  const end = (reason) => {
    ended = new Error(`${command} ${words.join(" ")}: ${reason}\n${complaints.slice(-2000)}`);
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  child.on("error", (error) => end(error.message));
  child.on("close", (code, signal) => end(`ended (${signal ?? code})`));
  createInterface({ input: child.stdout }).on("line", (line) => waiting.shift()?.resolve(line));
  const next = () =>
    new Promise((resolve, reject) => {
      if (ended) reject(ended);
      else waiting.push({ resolve, reject });
    }).then((line) => JSON.parse(line));
  const ask = (line) => {
    const answer = next();
    child.stdin.write(`${line}\n`);
    return answer;
  };
  return {
    opening: await next(),
    block: (seconds) => ask(`block ${seconds}`),
    epoch: () => ask("epoch"),
    async close() {
      if (ended) return;
      child.stdin.end();
      await new Promise((resolve) => child.on("close", resolve));
    },
  };
}

/** The engine natively. `lanes`: 4, 8 or 16; undefined: the machine's most. */
export function startNative({ threads, settings, lanes }) {
  const environment = lanes ? { FILIGREE_LANES: String(lanes) } : {};
  return startProgram(`${output}contender`, [String(threads), settings], environment);
}

/** The engine in Node. */
export function startNode({ threads, settings }) {
  return startProgram(process.execPath, ["tests/bench/contender-node.js", String(threads), settings]);
}

/** A running Chromium with a page that starts workers. -> {version, browser, url, start(address, type, request), close()} */
export async function startChromium() {
  const server = await startServer({ root: repository, port: 0, isolated: true });
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${server.url}tests/bench/page.html`);
  const threads = await page.evaluate(() => crossOriginIsolated && typeof SharedArrayBuffer === "function");
  if (!threads) throw new Error("the page is not isolated: no SharedArrayBuffer");

  const ask = (worker, request) =>
    worker.evaluate(
      ({ worker: each }, message) =>
        new Promise((resolve, reject) => {
          each.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.result));
          each.onerror = (event) => reject(new Error(event.message || "the worker could not be started"));
          each.postMessage(message);
        }),
      request,
    );

  return {
    version: browser.version(),
    browser,
    url: server.url,
    /** A worker from `address` (below the repository); `request` is its first message. */
    async start(address, type, request) {
      const worker = await page.evaluateHandle(
        ([where, how]) => ({ worker: new Worker(where, { type: how }) }),
        [`/${address}`, type],
      );
      const opening = await ask(worker, request);
      return {
        opening,
        block: (seconds) => ask(worker, { command: "block", seconds }),
        epoch: () => ask(worker, { command: "epoch" }),
        async close() {
          await worker.evaluate(({ worker: each }) => each.terminate());
          await worker.dispose();
        },
      };
    },
    /** The engine in a worker. */
    engine: function ({ threads: count, settings }) {
      return this.start("tests/bench/contender.worker.js", "module", { threads: count, settings });
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
