// make.js: builds Makefile targets from tests: one make at a time, whatever runs beside it.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository's folder, with a final slash. */
export const repository = fileURLToPath(new URL("../../", import.meta.url));

/** Builds the targets; throws an error with make's output when that fails. */
export function make(...targets) {
  mkdirSync(`${repository}build`, { recursive: true });
  const environment = { ...process.env };
  for (const name of ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "NODE_TEST_CONTEXT"]) delete environment[name];
  const run = spawnSync("flock", ["build/.make-lock", "make", ...targets], {
    cwd: repository,
    env: environment,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`make ${targets.join(" ")} failed:\n${run.stdout}${run.stderr}`);
  return run.stdout;
}
