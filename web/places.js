// places.js: the page's side of its service worker (sw.js): it registers it, reloads once where that brings SharedArrayBuffer,
// and knows whether the page will work without a network and whether there is a newer version. It trains nothing and
// draws nothing. Depends on ahead.js, names.js and site.js.
import { registerServiceWorker, serviceWorkers } from "./ahead.js";
import { cachePrefix } from "./names.js";
import { siteFolder, version } from "./site.js";

/** Milliseconds after the page was opened in which it may still be reloaded for isolation. */
const RELOAD_WITHIN = 5000;
/** Milliseconds between two looks for a newer version. */
const LOOK_EVERY = 3_600_000;
/** Milliseconds in which the worker must say that it keeps the page. */
const KEEP_WITHIN = 60_000;

const RELOADED = `${cachePrefix(siteFolder)}reloaded`;

/** Why a page will not work without a network, in words. */
const REASONS = {
  framed: "",
  insecure: "Works only with a network: this address is not secure (https).",
  unsupported: "Works only with a network: this browser, or this window, has no service workers.",
  refused: "Works only with a network: this browser refused the service worker.",
  storage: "Works only with a network: this browser's storage is full or refused.",
  failed: "Works only with a network: not all files could be kept.",
};

export class Place {
  #registration = null;
  #touched = false;
  #ended = false;
  #looked = Date.now();
  #toldNew = false;

  /**
   * `onOffline({kept, reason})`: whether this version will work without a network; `reason`: words, or "". `onNewVersion()`: another version
   * is there (once). `onDataNotKept()`: a data set works now, but will not without a network.
   */
  constructor({ onOffline = () => {}, onNewVersion = () => {}, onDataNotKept = () => {} } = {}) {
    this.onOffline = onOffline;
    this.onNewVersion = onNewVersion;
    this.onDataNotKept = onDataNotKept;
  }

  /** True when the page may be reloaded for SharedArrayBuffer: it lacks it, a service worker may bring it, and it was not tried. */
  #wantsReload() {
    if (window.crossOriginIsolated !== false || typeof SharedArrayBuffer === "function") return false;
    if (this.#ended || this.#touched || performance.now() > RELOAD_WITHIN) return false;
    try {
      return sessionStorage.getItem(RELOADED) === null;
    } catch {
      return false; // what cannot be noted cannot be kept from happening again
    }
  }

  #reload() {
    try {
      sessionStorage.setItem(RELOADED, "1");
      if (sessionStorage.getItem(RELOADED) !== "1") return;
    } catch {
      return;
    }
    this.#ended = true;
    location.reload();
  }

  #offline(name) {
    this.onOffline({ kept: name === "kept", reason: REASONS[name] ?? "" });
  }

  /**
   * `settled`: a promise; where nothing waits for the service worker, it comes after it. Never rejects: a page without a
   * service worker works, single-threaded.
   */
  async open(settled) {
    // A frame's page is its embedder's matter: no worker, and no reload that would bring it nothing.
    if (window.top !== window) return this.#offline("framed");
    if (!window.isSecureContext) return this.#offline("insecure");
    const container = serviceWorkers();
    if (!container || !version) return this.#offline("unsupported");

    const touch = () => (this.#touched = true);
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, touch, { once: true, capture: true });
    container.addEventListener("message", ({ data }) => {
      if (data?.filigree === "not-kept") this.onDataNotKept();
    });
    const controlled = () => {
      if (this.#wantsReload()) this.#reload();
    };
    container.addEventListener("controllerchange", controlled);

    // It fetches every file again: the page's beginning comes first.
    if (window.crossOriginIsolated !== false) await settled;
    this.#registration = await registerServiceWorker(siteFolder);
    if (!this.#registration) return this.#offline("refused");
    if (container.controller) controlled();
    this.#registration.addEventListener("updatefound", () => this.#follow(this.#registration.installing));
    this.#follow(this.#registration.installing);
    document.addEventListener("visibilitychange", () => this.#look());
    setInterval(() => this.#look(), LOOK_EVERY);
    const { active } = this.#registration;
    if (active && !this.#registration.installing) await this.#ask(active);
  }

  /** Looks for a newer version, at most once an hour. */
  #look() {
    if (document.hidden || Date.now() - this.#looked < LOOK_EVERY) return;
    this.#looked = Date.now();
    this.#registration.update().catch(() => {});
  }

  /** A worker that is being installed: once it is active it is asked to keep the page, if the page is of its version. */
  #follow(worker) {
    if (!worker) return;
    const replaces = this.#registration.active !== null;
    const look = () => {
      if (worker.state === "activated") this.#ask(worker, replaces);
      else if (worker.state === "redundant" && !replaces) this.#offline("refused");
    };
    worker.addEventListener("statechange", look);
    look();
  }

  async #ask(worker, isNew = false) {
    if (this.#ended) return;
    const { port1, port2 } = new MessageChannel();
    const answer = await new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      setTimeout(resolve, KEEP_WITHIN, null);
      worker.postMessage({ filigree: "keep" }, [port2]);
    });
    port1.close();
    if (answer && answer.version !== version) {
      if (isNew && !this.#toldNew) {
        this.#toldNew = true;
        this.onNewVersion();
      }
      return;
    }
    if (answer?.kept) this.#offline("kept");
    else
      this.#offline(/Quota|Security|NotAllowed|InvalidState|Unknown/.test(answer?.error?.name) ? "storage" : "failed");
  }
}
