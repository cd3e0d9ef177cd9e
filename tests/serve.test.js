// serve.test.js: the server of `make serve`: headers, types, what it refuses, and what it says when it cannot start.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { repository } from "./tools/make.js";
import { startServer } from "./tools/serve.js";

const folder = mkdtempSync(join(tmpdir(), "filigree-serve-"));
const root = join(folder, "site");
let isolated, plain;

before(async () => {
  mkdirSync(join(root, "wasm"), { recursive: true });
  mkdirSync(join(folder, "site-secret"));
  writeFileSync(join(root, "index.html"), "<!doctype html>");
  writeFileSync(join(root, "main.js"), "export {};");
  writeFileSync(join(root, "a b.txt"), "space");
  writeFileSync(join(root, "wasm", "x.wasm"), new Uint8Array(100_000));
  writeFileSync(join(folder, "secret"), "secret");
  writeFileSync(join(folder, "site-secret", "secret"), "secret");
  isolated = await startServer({ root, port: 0 });
  plain = await startServer({ root, port: 0, isolated: false });
});

after(async () => {
  await isolated.close();
  await plain.close();
  rmSync(folder, { recursive: true });
});

/** One request, its path sent as it is (fetch would tidy it first). */
function ask(path, { server = isolated, method = "GET", headers = {} } = {}) {
  return new Promise((fulfil, reject) => {
    const asked = request({ host: "127.0.0.1", port: server.port, path, method, headers }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () =>
        fulfil({ status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    asked.on("error", reject).end();
  });
}

test("files come with their type, their length and the isolation headers", async () => {
  const types = { "/": "text/html", "/main.js?v=1": "text/javascript", "/wasm/x.wasm": "application/wasm" };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers, body } = await ask(path);
    assert.equal(status, 200);
    assert.ok(headers["content-type"].startsWith(type), path);
    assert.equal(Number(headers["content-length"]), body.length);
    assert.equal(headers["cache-control"], "no-cache");
    assert.equal(headers["cross-origin-opener-policy"], "same-origin");
    assert.equal(headers["cross-origin-embedder-policy"], "require-corp");
    assert.equal(headers["cross-origin-resource-policy"], "cross-origin");
  }
  assert.equal((await ask("/wasm/x.wasm")).body.length, 100_000);
  assert.equal((await ask("/a%20b.txt")).body.toString(), "space");
});

test("isolation can be left out", async () => {
  const { status, headers } = await ask("/", { server: plain });
  assert.equal(status, 200);
  assert.deepEqual(
    Object.keys(headers).filter((name) => name.startsWith("cross-origin")),
    [],
  );
});

test("HEAD has no body, an unchanged file is not sent again, other methods are refused", async () => {
  const head = await ask("/main.js", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers["content-length"], head.body.length], [200, "10", 0]);
  const again = await ask("/main.js", { headers: { "If-None-Match": head.headers.etag } });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) assert.equal((await ask("/", { method })).status, 405);
});

test("nothing outside the folder is served", async () => {
  for (const path of [
    "/../secret",
    "/%2e%2e/secret",
    "/..%2fsecret",
    "/wasm/../../secret",
    "/../site-secret/secret",
    "/%00",
    "/%",
    "//../secret",
    `${root}/index.html`,
    "/no-such-file",
  ]) {
    const { status, body } = await ask(path);
    assert.equal(status, 404, path);
    assert.doesNotMatch(body.toString(), /secret/);
  }
  const moved = await ask("/wasm?x=1");
  assert.deepEqual([moved.status, moved.headers.location], [301, "/wasm/?x=1"]);
});

test("a busy port and a wrong one are told in one line", () => {
  const serve = (port) =>
    spawnSync(process.execPath, ["tests/tools/serve.js", "--root", root, "--port", String(port)], {
      cwd: repository,
      encoding: "utf8",
      timeout: 20_000,
    });
  const busy = serve(isolated.port);
  assert.deepEqual([busy.status, busy.stdout], [1, ""]);
  assert.equal(busy.stderr, `port ${isolated.port} is in use: try make serve PORT=${isolated.port + 1}\n`);
  const wrong = serve("eighty");
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /^PORT=eighty is no port: .*\n$/);
});
