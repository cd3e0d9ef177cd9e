// runner.test.js: the tests of the tests: a check that must fail has to turn its program, and node's runner, red.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { make, repository } from "./tools/make.js";

const mustFail = "build/native/tests/must_fail";
const runC = (word) => spawnSync(mustFail, [word], { cwd: repository, encoding: "utf8" });

test("a C program whose checks pass succeeds and counts them", () => {
  make(mustFail);
  const { status, stdout } = runC("pass");
  assert.equal(status, 0);
  assert.match(stdout, /must_fail: 3 checks passed/);
});

for (const word of ["fail", "far", "nan", "nan-wanted", "nan-tolerance", "infinite", "nothing"])
  test(`a C program fails: ${word}`, () => {
    make(mustFail);
    const { status, stdout, stderr } = runC(word);
    assert.equal(status, 1);
    assert.doesNotMatch(stdout, /passed/);
    if (word === "nothing") assert.match(stderr, /nothing was checked/);
    else assert.match(stderr, /must_fail\.c:\d+: failed: .*\n.*replay: CHECK_SEED=1 /);
  });

test("node's runner fails when a test fails, and passes when all pass", () => {
  const folder = mkdtempSync(join(tmpdir(), "filigree-runner-"));
  try {
    const environment = { ...process.env };
    delete environment.NODE_TEST_CONTEXT;
    const runNode = (body) => {
      const file = join(folder, "a.test.js");
      writeFileSync(file, `const { test } = require("node:test"); test("one", () => { ${body} });`);
      return spawnSync(process.execPath, ["--test", "--test-concurrency=2", file], { env: environment }).status;
    };
    assert.equal(runNode(""), 0);
    assert.equal(runNode("throw new Error('must fail')"), 1);
    assert.equal(runNode("require('node:assert').equal(1, 2)"), 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("make fails when a test fails", () => {
  // The recipe of `make test` ends with node itself: nothing stands between its exit code and make.
  const recipe = spawnSync("make", ["-n", "test"], {
    cwd: repository,
    encoding: "utf8",
    env: { PATH: process.env.PATH },
  });
  const line = recipe.stdout.split("\n").find((text) => text.includes("node --test"));
  assert.ok(line, recipe.stderr);
  assert.match(line, /^node --test [^|;&]*$/);
  assert.match(line, /tests\/runner\.test\.js/);
});
