// before.js: a classic script that runs before anything is drawn: it takes hold of this version's files (sw.js keeps them
// while a page has the lock), marks an embedded page for the styles, and says what is the matter where modules are not
// run at all (a page opened from a disk); and it starts the engines' workers, which load beside the page. No logic of the
// page's own. Depends on ahead.js, names.js.
import { registerServiceWorker, startAhead } from "./ahead.js";
import { cachePrefix } from "./names.js";

const [, folder, version] = /^(.*\/)v\/([0-9a-f]{12})\/[^/]*$/.exec(document.currentScript?.src ?? "") ?? [];

if (folder && navigator.locks) {
  const name = cachePrefix(folder) + version;
  // Held until the page is gone. Refused in some frames: then there is no service worker either.
  navigator.locks.request(name, { mode: "shared" }, () => new Promise(() => {})).catch(() => {});
}

// The link's own key says the same as the query, which stays when the link changes.
const pairs = location.hash.slice(1).split("&");
if (pairs.includes("embed=1")) {
  const query = new URLSearchParams(location.search);
  query.set("embed", "1");
  history.replaceState(null, "", `?${query}#${pairs.filter((pair) => pair !== "embed=1").join("&")}`);
}
if (new URLSearchParams(location.search).get("embed") === "1") document.documentElement.dataset.embed = "";

// Where a page of this host is isolated only through its service worker, that is waited for (places.js): it comes at once.
if (folder && window.crossOriginIsolated === false && window.top === window && window.isSecureContext)
  registerServiceWorker(folder);

if (folder) startAhead(`${folder}v/${version}/`, 2);

if (location.protocol === "file:") {
  addEventListener("DOMContentLoaded", () => {
    const box = document.createElement("div");
    box.className = "notice notice-alert";
    box.setAttribute("role", "alert");
    const title = document.createElement("strong");
    title.textContent = "This page cannot run from a file";
    const line = document.createElement("p");
    line.textContent =
      "Browsers do not let a page on a disk start the scripts it is made of. Open it through a web server, even the " +
      "smallest one: for example “npx serve” or “python3 -m http.server” in this folder.";
    box.append(title, line);
    document.querySelector("#notices").append(box);
    document.querySelector("[data-progress=state]").textContent = "Stopped";
  });
}
