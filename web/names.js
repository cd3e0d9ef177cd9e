// names.js: what the page, its workers and its service worker call things between them. Depends on nothing.

/** The header by which a request for data says which version asks. */
export const VERSION_HEADER = "Filigree-Version";

/** A build of the engine as its files are called, without the ending. */
export const buildName = (name, threads) => (threads > 1 ? `${name}-threads` : name);

/** What begins the names of a version's cache and of the lock that its open pages hold: {folder of the site} -> text. */
export const cachePrefix = (folder) => `filigree:${new URL(folder).pathname}:`;
