// sw.js: the service worker. It keeps a version's files so that the page works without a network, and adds the headers that
// give the page SharedArrayBuffer where the host cannot send them. It knows no engine and no view, and holds nothing
// about people. `SITE` (the version, its files, their SHA-256, the policy) is put before it by the build.
//
// Versions never mix, whatever this worker does: every file's address has its version in it (v/VERSION/...). What is left
// to do here is to have the old addresses' files as long as a page of that version is open.
//
//   the page itself   network first (a reload shows what is new), the newest complete version where there is none
//   v/VERSION/...     that version's cache, else the network
//   data/...          the data cache by SHA-256, else the network, and kept from then on
//
// A version is one cache. Its last entry is its manifest: a cache without one is not complete and is never used. Pages
// hold a shared lock with their version's name (places.js): which caches are in use is read from the locks.
import { cachePrefix, VERSION_HEADER } from "./names.js";

const SITE = self.SITE;
const scope = self.registration.scope;
const prefix = cachePrefix(scope);
const dataCacheName = `${prefix}data`;
const MANIFEST = `${scope}manifest`;
const PAGE = `${scope}index.html`;
/** Milliseconds after which a page that the network still owes comes from the cache. */
const PATIENCE = 4000;

const HEADERS = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Content-Security-Policy": SITE.policy,
};

/** The response with the headers that it lacks; what cannot be read (a redirect, another host's) stays as it is. */
function isolated(response) {
  if (response.status === 0) return response;
  const headers = new Headers(response.headers);
  for (const [name, text] of Object.entries(HEADERS)) if (!headers.has(name)) headers.set(name, text);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

// --- versions ----------------------------------------------------------------------------------------------------------

async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

let keeping = null;

/** Keeps this version as a whole, or nothing of it. Rejects when a file is missing, of another version, or refused. */
function keep() {
  keeping ??= keepAll().finally(() => (keeping = null));
  return keeping;
}

async function keepAll() {
  const name = prefix + SITE.version;
  const cache = await caches.open(name);
  if (await cache.match(MANIFEST)) return;
  try {
    await Promise.all(
      SITE.files.map(async ({ path, hash }) => {
        const response = await fetch(scope + path, { cache: "no-cache" });
        if (!response.ok) throw new Error(`${path}: ${response.status}`);
        const bytes = await response.arrayBuffer();
        // The page's own address has no version in it: what stands there may be another one by now.
        if ((await sha256(bytes)) !== hash) throw new Error(`${path} is not that of version ${SITE.version}`);
        await cache.put(scope + path, new Response(bytes, { headers: response.headers }));
      }),
    );
    await cache.put(MANIFEST, Response.json(SITE));
  } catch (error) {
    await caches.delete(name);
    throw error;
  }
}

/** What a version's cache has at an address, or undefined. To open a cache would make one that was just removed anew. */
function inCache(version, address) {
  return caches.match(address, { cacheName: prefix + version });
}

/** The manifest of a version that is kept whole, or undefined. */
async function manifestOf(version) {
  if (version === SITE.version) return SITE;
  return (await inCache(version, MANIFEST))?.json();
}

/** A file of a complete version, or undefined. */
async function kept(version, address) {
  try {
    return (await inCache(version, MANIFEST)) && (await inCache(version, address));
  } catch {
    return undefined; // storage is refused or broken
  }
}

/** Names of the versions that have a cache, the oldest first. */
async function versions() {
  const names = await caches.keys();
  return names
    .filter((name) => name.startsWith(prefix) && name !== dataCacheName)
    .map((name) => name.slice(prefix.length));
}

/** Removes the caches of versions that no page has open, and data that no version left over knows. */
async function tidy() {
  if (!(await kept(SITE.version, MANIFEST))) return;
  const locks = await self.navigator.locks?.query();
  const inUse = new Set((locks?.held ?? []).map(({ name }) => name));
  const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const manifests = [SITE];
  for (const version of await versions()) {
    if (version === SITE.version) continue;
    const used = locks ? inUse.has(prefix + version) : open.length > 0;
    if (!used) await caches.delete(prefix + version);
    else manifests.push(await manifestOf(version));
  }
  const wanted = new Set(
    manifests.flatMap((site) => Object.entries(site?.data ?? {}).map((entry) => dataKey(...entry))),
  );
  if (!(await caches.has(dataCacheName))) return;
  const cache = await caches.open(dataCacheName);
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
}

// --- answers -----------------------------------------------------------------------------------------------------------

/** The page: what the network has now; else the newest version that is here. */
async function page(event) {
  const fromNetwork = fetch(event.request, { cache: "no-cache" });
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, PATIENCE, null)));
  const answer = await Promise.race([fromNetwork.catch(() => null), late]);
  clearTimeout(timer);
  if (answer && answer.status < 500) return isolated(answer);
  const here = await newestPage();
  if (!here) return isolated(await fromNetwork);
  fromNetwork.catch(() => {});
  return isolated(here);
}

async function newestPage() {
  const own = await kept(SITE.version, PAGE);
  if (own) return own;
  for (const version of (await versions().catch(() => [])).reverse()) {
    const other = await kept(version, PAGE);
    if (other) return other;
  }
  return undefined;
}

const dataKey = (path, hash) => `${scope}${path}?${hash}`;

/** A file of a data set: as the version that asks for it knows it. */
async function data(event, path) {
  const { request } = event;
  const version = request.headers.get(VERSION_HEADER) ?? SITE.version;
  const hash = (await manifestOf(version).catch(() => undefined))?.data[path];
  if (!hash) return isolated(await fetch(request));
  const key = dataKey(path, hash);
  const cache = await caches.open(dataCacheName).catch(() => null);
  const here = await cache?.match(key).catch(() => undefined);
  if (here && !request.headers.has("range")) return isolated(here);
  const response = await fetch(request);
  if (cache && response.status === 200) event.waitUntil(keepData(cache, key, hash, response.clone()));
  return isolated(response);
}

async function keepData(cache, key, hash, response) {
  try {
    const bytes = await response.arrayBuffer();
    if ((await sha256(bytes)) === hash) await cache.put(key, new Response(bytes, { headers: response.headers }));
  } catch (error) {
    // A download that ended early is told by the page itself; here it counts only that nothing was kept.
    if (error?.name !== "QuotaExceededError") return;
    const open = await self.clients.matchAll({ type: "window" });
    for (const client of open) client.postMessage({ filigree: "not-kept", what: "data", name: error.name });
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  address.hash = "";
  if (request.method !== "GET" || !address.href.startsWith(scope)) return;
  // The browser's own tools ask so; nothing else may be answered to it.
  if (request.cache === "only-if-cached" && request.mode !== "same-origin") return;
  const path = address.pathname.slice(new URL(scope).pathname.length);
  const version = /^v\/([0-9a-f]{12})\//.exec(path)?.[1];
  if (request.mode === "navigate" && (path === "" || path === "index.html")) event.respondWith(page(event));
  else if (version) event.respondWith(file(event, version, scope + path));
  else if (path.startsWith("data/")) event.respondWith(data(event, path));
  else event.respondWith(fetch(request).then(isolated));
});

async function file({ request }, version, address) {
  return isolated((await kept(version, address)) ?? (await fetch(request)));
}

// --- life --------------------------------------------------------------------------------------------------------------

// An update keeps its version before it takes over (and does not, when the host is half-way through a change). The first
// worker takes over at once: a page may be waiting to be isolated. It keeps its version when the page asks.
self.addEventListener("install", (event) => {
  self.skipWaiting();
  if (self.registration.active) event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), tidy().catch(() => {})]));
});

/** Messages: {filigree: "keep"} -> {version, kept: bool, error?: {name, message}}, by the port that comes along. */
self.addEventListener("message", (event) => {
  if (event.data?.filigree !== "keep") return;
  const answer = (result) => event.ports[0]?.postMessage({ version: SITE.version, ...result });
  event.waitUntil(
    keep().then(
      async () => {
        answer({ kept: true });
        await tidy().catch(() => {});
      },
      ({ name, message }) => answer({ kept: false, error: { name, message } }),
    ),
  );
});
