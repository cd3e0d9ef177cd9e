// c.test.js: builds and runs every tests/c/*_test.c, natively and with sanitizers. Those whose first line says "threads"
// also run under ThreadSanitizer.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { arch } from "node:process";
import { test } from "node:test";
import { make, repository } from "../tools/make.js";

const names = readdirSync(`${repository}tests/c`)
  .filter((file) => file.endsWith("_test.c"))
  .map((file) => file.slice(0, -2));

const mentionsThreads = (name) =>
  readFileSync(`${repository}tests/c/${name}.c`, "utf8").split("\n", 1)[0].includes("threads");

const MACHINE = { x64: "x86_64", arm64: "aarch64" }[arch] ?? arch;

function run(program) {
  const settings = {
    cwd: repository,
    encoding: "utf8",
    timeout: 600_000,
    maxBuffer: 1 << 28,
    env: { ...process.env, UBSAN_OPTIONS: "print_stacktrace=1", TSAN_OPTIONS: "halt_on_error=1" },
  };
  const result = spawnSync(program, ["tests/vectors"], settings);
  // ThreadSanitizer of older clangs cannot place its shadow memory where a kernel randomizes addresses widely.
  if (result.stderr?.includes("unexpected memory mapping"))
    return spawnSync("setarch", [MACHINE, "-R", program, "tests/vectors"], settings);
  return result;
}

test("there are C tests", () => assert.ok(names.length > 0));

for (const name of names)
  for (const variant of ["native", "sanitize", ...(mentionsThreads(name) ? ["thread-sanitize"] : [])])
    test(`${name}, ${variant}`, (context) => {
      const program = `build/${variant}/tests/${name}`;
      make(program);
      const { status, signal, stdout, stderr, error } = run(program);
      if (error) throw error;
      assert.equal(status, 0, `${program}: exit ${status ?? signal}\n${stdout}${stderr}`);
      assert.match(stdout, /\d+ checks passed/, "a test must end with check_finish()");
      context.diagnostic(stdout.trim().split("\n").at(-1));
    });
