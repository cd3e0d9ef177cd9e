// site.js: where this page's own files are. A version of the page has a folder of its own on the site (v/VERSION/), so that
// an address never means two things and versions cannot mix; data sets stand beside it, in data/. In an unbuilt web/
// (tests in Node) the version is "". Depends on nothing.

/** The folder of this version: scripts, workers, styles, fonts and wasm/. */
export const versionFolder = new URL("./", import.meta.url).href;

/** This version's name: 12 hexadecimal digits, or "" where nothing was built. */
export const version = /\/v\/([0-9a-f]{12})\/$/.exec(versionFolder)?.[1] ?? "";

/** The folder that the page itself is in. */
export const siteFolder = version ? new URL("../../", versionFolder).href : versionFolder;

/** The address of a file of this version: "trainer.worker.js", "wasm/". */
export const fileAddress = (name) => new URL(name, versionFolder).href;

/** The folder of a data set (URL). */
export const dataAddress = (name) => new URL(`data/${encodeURIComponent(name)}/`, siteFolder);
