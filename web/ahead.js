// ahead.js: the engines' workers and the site's service worker, begun while the page itself is still being read. before.js starts them, main.js takes
// them; the two scripts share nothing but the window. Knows no engine and no page. Depends on names.js.
import { buildName } from "./names.js";

/** More threads than this bring a network of this size nothing. */
const MOST_THREADS = 16;

/** Threads that one contender's engine is to have: half of what there is, 1 where memory cannot be shared. */
export const threadsWanted =
  typeof SharedArrayBuffer === "function"
    ? Math.min(MOST_THREADS, Math.max(1, Math.floor((navigator.hardwareConcurrency || 1) / 2)))
    : 1;

/** The browser's service workers, or null: a sandboxed page may not even ask for them. */
export function serviceWorkers() {
  try {
    return navigator.serviceWorker ?? null;
  } catch {
    return null;
  }
}

/** Registers the service worker of the site in `folder` (URL), or does nothing where it is. -> its registration, or null: refused. */
export async function registerServiceWorker(folder) {
  try {
    return (await serviceWorkers().register(`${folder}sw.js`, { updateViaCache: "none" })) ?? null;
  } catch {
    return null;
  }
}

/** The engine, compiled once for all workers; null where that fails: then each does it by itself, and says why. */
async function compiled({ directory, threads }) {
  try {
    return await WebAssembly.compileStreaming(fetch(new URL(`${buildName("filigree", threads)}.wasm`, directory)));
  } catch {
    return null;
  }
}

/** Starts `count` workers from `folder` (URL of this version's files), each loading its engine. */
export function startAhead(folder, count) {
  if (typeof Worker !== "function" || location.protocol === "file:") return;
  const request = { directory: new URL("wasm/", folder).href, threads: threadsWanted };
  const all = (window.filigreeAhead = []);
  try {
    while (all.length < count) {
      const worker = new Worker(new URL("trainer.worker.js", folder), { type: "module" });
      const begun = { worker, ...request, failed: false };
      worker.onerror = (event) => {
        event.preventDefault();
        begun.failed = true;
      };
      worker.postMessage({ operation: "ahead", request });
      all.push(begun);
    }
  } catch {
    // Refused here: main.js finds that out, and says so.
    return;
  }
  const workers = all.map(({ worker }) => worker);
  compiled(request).then((module) => {
    for (const worker of workers) worker.postMessage({ operation: "module", request: module });
  });
}

/** True when some wait: then this page may have workers. */
export function hasAhead() {
  return (window.filigreeAhead ?? []).length > 0;
}

/** A worker that began to load this very build, or null. It is the caller's from then on. */
export function takeAhead(directory, threads) {
  const waiting = window.filigreeAhead ?? [];
  const at = waiting.findIndex((each) => !each.failed && each.directory === directory && each.threads === threads);
  return at < 0 ? null : waiting.splice(at, 1)[0].worker;
}

/** Ends those that nobody took. */
export function dropAhead() {
  for (const { worker } of window.filigreeAhead ?? []) worker.terminate();
  window.filigreeAhead = [];
}
