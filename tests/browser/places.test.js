// places.test.js: the built page on plain hosts, through its service worker: isolation after at most one reload, use without a
// network, updates, and what happens where workers or storage are refused.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { make, repository } from "../tools/make.js";
import { makeVersion, switchable } from "../tools/versions.js";
import { assertQuiet, button, numbers, startBrowser, until, waitForState, waitForStep } from "./browser.js";

const PREFIX = "/some/deep/path/";
const ONE = "111111111111";
const TWO = "222222222222";
const TOY = "#v=1&data=moons&seed=4";

let folder, sites, root, site;
/** Answers in place of the server, while set. */
let instead = null;

before(async () => {
  make("site", "site-data");
  folder = mkdtempSync(join(tmpdir(), "filigree-places-"));
  sites = { [ONE]: makeVersion(join(folder, "one"), ONE), [TWO]: makeVersion(join(folder, "two"), TWO) };
  root = switchable(join(folder, "site"));
  root.show(sites[ONE]);
  site = await startBrowser({
    isolated: false,
    prefix: PREFIX,
    root: root.path,
    onRequest: (request, response) => instead?.(request, response) ?? false,
  });
});

after(async () => {
  await site?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** A page with service workers that counts its loads (page.loads). */
async function open(address = TOY, { prepare, ...options } = {}) {
  return site.open(address, {
    serviceWorker: true,
    ...options,
    prepare: async (page) => {
      page.loads = 0;
      page.on("load", () => page.loads++);
      await prepare?.(page);
    },
  });
}

const close = (page) => page.context().close();
const isolation = (page) => page.evaluate(() => [window.crossOriginIsolated, typeof SharedArrayBuffer]);
const versionOf = (page) => page.evaluate(() => globalThis.siteVersion);
const cacheNames = (page) => page.evaluate(() => caches.keys());
const place = (page, state) => page.locator(`#place[data-offline="${state}"]`).waitFor();
const waitForIsolation = (page) => page.waitForFunction(() => window.crossOriginIsolated);

/** Opens the page and waits until it is isolated and kept. */
async function openKept(address, options) {
  const page = await open(address, options);
  await waitForIsolation(page);
  await place(page, "kept");
  await waitForState(page, "Ready");
  return page;
}

/** Trains a little and reads the numbers. */
async function trained(page) {
  await waitForState(page, "Ready");
  await button(page, "Step").click();
  await waitForStep(page, "a", 1);
  await waitForStep(page, "b", 1);
  return numbers(page);
}

/** Replaces sw.js: rewrite(its text) -> text, or null for none. */
function worker(rewrite) {
  instead = (request, response) => {
    if (request.url !== `${PREFIX}sw.js`) return false;
    const text = rewrite(readFileSync(join(root.path, "sw.js"), "utf8"));
    response.writeHead(text === null ? 404 : 200, { "Content-Type": "text/javascript" });
    response.end(text ?? "");
    return true;
  };
}

test("a plain host, under a path: one reload, isolated, and from then on without a network", async () => {
  const page = await openKept();
  assert.equal(page.loads, 2, "loaded, and once more");
  assert.deepEqual(await isolation(page), [true, "function"]);
  assert.match(await page.locator("#place").textContent(), /works without a network/);
  const online = await trained(page);

  await page.context().setOffline(true);
  await page.reload();
  assert.deepEqual(await isolation(page), [true, "function"]);
  assert.deepEqual(await trained(page), online);
  // What is loaded later is there as well: the microscope's engine, the drawing worker.
  await page.locator("#microscope").scrollIntoViewIfNeeded();
  await page.locator('[data-microscope="double"]').click();
  assert.equal(page.loads, 3);
  assertQuiet(page);
  await close(page);
});

test("a data file is kept when it was loaded once, by its hash", async () => {
  const page = await openKept();
  const load = (name) =>
    page.evaluate(
      (path) =>
        fetch(path, { headers: { "Filigree-Version": globalThis.siteVersion } }).then(
          async (response) => [response.status, (await response.arrayBuffer()).byteLength],
          () => "no network",
        ),
      `data/mnist/${name}`,
    );
  assert.deepEqual(await load("t10k-labels-idx1-ubyte"), [200, 10_008]);
  await until(page, async () => {
    const name = (await caches.keys()).find((each) => each.endsWith(":data"));
    return name !== undefined && (await (await caches.open(name)).keys()).length === 1;
  });
  await page.context().setOffline(true);
  assert.deepEqual(await load("t10k-labels-idx1-ubyte"), [200, 10_008]);
  assert.equal(await load("train-labels-idx1-ubyte"), "no network");
  await close(page);
});

test("storage of the session refused: no reload, one thread, and the page says so", async () => {
  const page = await open(TOY, {
    prepare: (each) =>
      each.addInitScript(() =>
        Object.defineProperty(window, "sessionStorage", {
          get() {
            throw new DOMException("refused", "SecurityError");
          },
        }),
      ),
  });
  await place(page, "kept");
  await trained(page);
  assert.equal(page.loads, 1);
  assert.deepEqual(await isolation(page), [false, "undefined"]);
  assert.match(await page.locator("#engine").textContent(), /no SharedArrayBuffer on this page/);
  assertQuiet(page);
  await close(page);
});

test("a worker that brings no isolation: one reload, never two", async () => {
  worker(() => "self.oninstall = () => self.skipWaiting(); self.onactivate = (e) => e.waitUntil(clients.claim());");
  const page = await open();
  await page.waitForFunction(() => sessionStorage.length === 1 && document.readyState === "complete");
  await trained(page);
  await page.waitForTimeout(1000);
  assert.equal(page.loads, 2);
  assert.deepEqual(await isolation(page), [false, "undefined"]);
  instead = null;
  await close(page);
});

test("registration refused, or no worker on the host: the page runs and says that it needs a network", async () => {
  const refuse = (each) =>
    each.addInitScript(() => {
      ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException("no", "SecurityError"));
    });
  for (const [prepare, text] of [
    [refuse, null],
    [undefined, null],
  ]) {
    if (!prepare) worker(() => text);
    const page = await open(TOY, { prepare });
    await place(page, "no");
    assert.match(await page.locator("#place").textContent(), /refused the service worker/);
    await trained(page);
    assert.equal(page.loads, 1);
    await close(page);
  }
  instead = null;
});

test("storage full or refused: the page runs, isolated, and says that it needs a network", async () => {
  const ways = [
    'Cache.prototype.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));',
    'CacheStorage.prototype.open = () => Promise.reject(new DOMException("no", "SecurityError"));',
    'for (const name of ["open", "keys", "has", "match", "delete"]) CacheStorage.prototype[name] = () => Promise.reject(new DOMException("no", "UnknownError"));',
  ];
  for (const way of ways) {
    worker((text) => `${way}\n${text}`);
    const page = await open();
    await waitForIsolation(page);
    await place(page, "no");
    assert.match(await page.locator("#place").textContent(), /storage is full or refused/);
    await trained(page);
    assert.deepEqual(await page.evaluate(async () => (await caches.keys()).length), 0, "nothing by halves");
    assertQuiet(page);
    await close(page);
  }
  instead = null;
});

test("a new version: open pages stay with theirs and are told, new pages get it, old files go with the last page", async () => {
  const old = await openKept();
  const context = old.context();
  assert.equal(await versionOf(old), ONE);
  const other = await context.newPage();
  await other.goto(site.url + TOY);
  await place(other, "kept");
  assert.equal(await versionOf(other), ONE);

  root.show(sites[TWO]);
  // A reload shows what is new, at once: the page comes from the network first.
  const fresh = await context.newPage();
  const seen = [];
  fresh.on("request", (request) => seen.push(request.url()));
  await fresh.goto(site.url + TOY);
  assert.equal(await versionOf(fresh), TWO);
  await waitForState(fresh, "Ready");
  await place(fresh, "kept");
  assert.ok(seen.some((address) => address.includes(`/v/${TWO}/wasm/`)));
  assert.deepEqual(
    seen.filter((address) => address.includes("/v/") && !address.includes(`/v/${TWO}/`)),
    [],
  );

  // The old pages are told, and still get their own files, though the host has them no more.
  for (const page of [old, other]) {
    await page.getByText("A new version of this page is there").waitFor();
    const worker = await page.evaluate(async () => {
      const script = document.querySelector('script[type="module"]').src;
      const response = await fetch(new URL("trainer.worker.js", script));
      return response.text();
    });
    assert.match(worker, new RegExp(`siteVersion = "${ONE}"`));
  }
  const late = [];
  old.on("request", (request) => late.push(request.url()));
  await old.locator("#microscope").scrollIntoViewIfNeeded();
  await old.locator('[data-microscope="double"]').click();
  await trained(old);
  assert.deepEqual(
    late.filter((address) => address.includes(TWO)),
    [],
  );
  const ofVersions = async () =>
    (await cacheNames(fresh)).map((name) => name.split(":").pop()).filter((name) => name !== "data");
  assert.deepEqual((await ofVersions()).sort(), [ONE, TWO]);

  // The button of the notice brings the new version; without a network too.
  await other.close();
  await context.setOffline(true);
  await Promise.all([old.waitForEvent("load"), button(old, "Reload").click()]);
  await old.waitForFunction((version) => globalThis.siteVersion === version, TWO);
  await waitForState(old, "Ready");
  await until(old, async (version) => !(await caches.keys()).some((name) => name.endsWith(version)), ONE);
  assert.deepEqual(await ofVersions(), [TWO]);
  await close(old);
  root.show(sites[ONE]);
});

test("a host in the middle of a change: the version that is whole stays, and nothing by halves", async () => {
  const page = await openKept();
  root.show(sites[TWO]);
  const missing = join(sites[TWO], "v", TWO, "trainer.worker.js");
  renameSync(missing, `${missing}.away`);
  const update = await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {});
    const { installing } = registration;
    if (!installing) return "none";
    await new Promise((resolve) => (installing.onstatechange = () => installing.state === "redundant" && resolve()));
    return installing.state;
  });
  assert.match(update, /redundant|none/);
  await page.context().setOffline(true);
  await page.reload();
  assert.equal(await versionOf(page), ONE);
  await trained(page);
  assert.deepEqual(
    (await cacheNames(page)).map((name) => name.split(":").pop()),
    [ONE],
  );
  await close(page);
  // Not before: the browser looks for a new worker when it likes, and would find a whole version.
  renameSync(`${missing}.away`, missing);
  root.show(sites[ONE]);
});

test("a page opened from a disk says why it cannot run", async () => {
  const page = await site.open(`file://${sites[ONE]}/index.html`);
  await page.getByRole("alert").getByText("cannot run from a file").waitFor();
  await close(page);
});

test("the built site names no place: no address of it begins with a slash or a host", () => {
  const page = readFileSync(`${repository}dist/index.html`, "utf8");
  const tags = [...page.matchAll(/<([a-z]+)\b[^>]*?\b(?:href|src)="([^"]*)"/g)];
  assert.ok(tags.length > 5);
  for (const [, tag, address] of tags)
    assert.match(
      address,
      tag === "a" ? /^(#|\.\/$|v\/[0-9a-f]{12}\/|https:\/\/)/ : /^v\/[0-9a-f]{12}\//,
      `${tag} ${address}`,
    );
});
