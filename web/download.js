// download.js: fetches the files of a data set with progress. Returns Blobs: a Blob goes to any number of
// workers without a copy on the page. Knows no engine and no view. Depends on nothing.

/** What went wrong with a download, in a sentence for people. */
export class DownloadError extends Error {}

/**
 * Streams `names` from `folder` (URL), all at once. `onProgress([{name, loaded, total}])`, total NaN while
 * unknown. `headers` go with each request; `signal` aborts. -> [Blob], in the order of names.
 */
export async function download(folder, names, { headers, onProgress = () => {}, signal } = {}) {
  const progress = names.map((name) => ({ name, loaded: 0, total: NaN }));
  const one = async (entry) => {
    const address = new URL(entry.name, folder);
    let response;
    try {
      response = await fetch(address, { headers, signal });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new DownloadError(`${entry.name} could not be loaded: there is no connection to this site.`);
    }
    if (!response.ok) {
      throw new DownloadError(`${entry.name} is not on this site (${address.pathname}: ${response.status}).`);
    }
    // A compressed transfer's length is not the file's.
    const length = Number(response.headers.get("content-length"));
    if (length > 0 && !response.headers.get("content-encoding")) entry.total = length;
    const parts = [];
    const reader = response.body.getReader();
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        entry.loaded += part.value.length;
        onProgress(progress);
      }
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new DownloadError(`${entry.name} broke off after ${entry.loaded} bytes. Try again.`);
    }
    if (entry.total > 0 && entry.loaded !== entry.total) {
      throw new DownloadError(`${entry.name} ended after ${entry.loaded} of ${entry.total} bytes. Try again.`);
    }
    entry.total = entry.loaded;
    onProgress(progress);
    return new Blob(parts);
  };
  return Promise.all(progress.map(one));
}
