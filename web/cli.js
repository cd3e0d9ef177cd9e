#!/usr/bin/env node
// cli.js: the command line over WebAssembly: `node web/cli.js train --data moons --json`, the same arguments,
// output and exit codes as build/filigree. It parses nothing but --threads, which picks the build. Node only;
// depends on wasm.js.
import { readFileSync, realpathSync, writeFileSync, writeSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { isatty } from "node:tty";
import { loadBuild } from "./wasm.js";

const EXIT_FAILURE = 1;
const repository = new URL("../", import.meta.url);
const builds = new URL("build/wasm/", repository);

/** The most threads that the engine takes (pool.h); it refuses more itself. */
const THREADS_MAXIMUM = 64;

/**
 * The number after --threads (or --threads=N; the engine refuses more than one); 1 when it is absent or not a number that
 * could start anything.
 */
export function threadsOf(words) {
  let threads = 1;
  for (const [index, word] of words.entries()) {
    const text = word === "--threads" ? words[index + 1] : word.startsWith("--threads=") ? word.slice(10) : undefined;
    if (text === undefined) continue;
    // What is no plain number, or too many, is left to the engine, which reports it.
    const number = /^[0-9]{1,9}$/.test(text) ? Number(text) : 1;
    threads = number >= 1 && number <= THREADS_MAXIMUM ? number : 1;
  }
  return threads;
}

/** Writes all of it, also to a pipe that is full for the moment. */
function writeAll(stream, bytes) {
  for (let offset = 0; offset < bytes.length;) {
    try {
      offset += writeSync(stream, bytes, offset);
    } catch (error) {
      if (error.code === "EPIPE") process.exit(EXIT_FAILURE);
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** Runs a file operation; its error says why, and leaves the path to the engine, which names it. */
function briefly(operation) {
  try {
    return operation();
  } catch (error) {
    throw new Error(String(error.message).replace(/^[A-Z]+: |, [a-z]+( '.*')?$/g, ""), { cause: error });
  }
}

/** What the engine asks of the system; host_wasm.c calls these. */
export const host = {
  readFile(path) {
    return briefly(() => new Uint8Array(readFileSync(path)));
  },
  writeFile(path, bytes) {
    briefly(() => writeFileSync(path, bytes));
  },
  print(stream, text) {
    writeAll(stream, Buffer.from(text, "utf8"));
  },
  isTerminal(stream) {
    return isatty(stream);
  },
  seconds() {
    return performance.now() / 1000;
  },
  dataFolder() {
    return process.env.FILIGREE_DATA || fileURLToPath(new URL("build/data", repository));
  },
};

/** Runs the command line of a module with `words` (without the program's name) -> the exit code. */
export function commandLine(module, words) {
  const place = (bytes) => {
    const address = module._malloc(bytes.length);
    if (!address) throw new Error("out of memory for the words of the command line");
    module.HEAPU8.set(bytes, address);
    return address;
  };
  const addresses = ["filigree", ...words].map((word) => place(Buffer.from(`${word}\0`, "utf8")));
  const table = place(new Uint8Array(Uint32Array.from([...addresses, 0]).buffer));
  return module._fg_cli(addresses.length, table);
}

async function main(words) {
  return commandLine(await loadBuild({ directory: builds, name: "command", threads: threadsOf(words), host }), words);
}

if (process.argv[1] && fileURLToPath(import.meta.url) === realpathSync(process.argv[1])) {
  let code = EXIT_FAILURE;
  try {
    code = await main(process.argv.slice(2));
  } catch (error) {
    writeAll(2, Buffer.from(`filigree: ${error?.message ?? error}\n`, "utf8"));
  }
  // Threads of the pool would keep Node alive.
  process.exit(code);
}
