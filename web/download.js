// download.js: fetches one file as a stream that endures: what broke off goes on where it was, after a pause, a few times.
// Knows no engine and no view. Depends on nothing.

/** What went wrong with a download, in a sentence for people. */
export class DownloadError extends Error {}

/** Milliseconds of pause before each further attempt; one that brought anything counts as the first again. */
const PAUSES = Object.freeze([400, 1000, 2500, 5000]);

/** Resolves after so many milliseconds, or rejects when the signal aborts. */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/** Worth another attempt? */
const isPassing = (status) => status === 408 || status === 429 || status >= 500;

/**
 * The file at `address` (URL) from byte `from` on. `onBytes(bytes, offset)` gets each piece in order; `onTotal(bytes)` the
 * file's length, once it is known; `lengthOf()` may know it better, from what has arrived; `onTrouble(attempt)` comes before a pause. `signal` aborts. -> the file's length.
 * Rejects with a DownloadError when it is not there, or broke off too often.
 */
export async function download(
  address,
  {
    from = 0,
    onBytes,
    onTotal = () => {},
    onTrouble = () => {},
    lengthOf = () => NaN,
    headers = {},
    signal,
    pauses = PAUSES,
  } = {},
) {
  const name = address.pathname.split("/").pop();
  let at = from;
  let failures = 0;
  for (;;) {
    const before = at;
    let problem;
    try {
      const wanted = at > 0 ? { ...headers, Range: `bytes=${at}-` } : headers;
      const response = await fetch(address, { headers: wanted, signal });
      if (response.status === 416 && at > 0) return at;
      if (!response.ok && !isPassing(response.status)) {
        throw new DownloadError(`${name} is not on this site (${address.pathname}: ${response.status}).`);
      }
      if (response.ok) {
        const sent = await read(response);
        const own = lengthOf();
        const total = own > 0 ? own : sent;
        if (!(at < total)) return at;
        problem = `${name} ended after ${at} of ${total} bytes.`;
      } else {
        problem = `${name} is not to be had just now (${response.status}).`;
      }
    } catch (error) {
      if (signal?.aborted || error instanceof DownloadError) throw error;
      problem =
        at > 0 ? `${name} broke off after ${at} bytes.` : `${name} could not be loaded: there is no connection.`;
    }
    if (at > before) failures = 0;
    if (failures === pauses.length) throw new DownloadError(`${problem} Several attempts did not help.`);
    onTrouble(failures + 1);
    await pause(pauses[failures++], signal);
  }

  /** Reads a response to its end, leaving out what is here already; -> the file's length, NaN when unknown. */
  async function read(response) {
    // A host that cannot send parts of a file sends all of it.
    let offset = response.status === 206 ? at : 0;
    // A compressed transfer's length is not the file's.
    const length = Number(response.headers.get("content-length"));
    const total = length > 0 && !response.headers.get("content-encoding") ? offset + length : NaN;
    if (total > 0) onTotal(total);
    const reader = response.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const fresh = part.value.subarray(Math.max(0, at - offset));
      offset += part.value.length;
      if (fresh.length === 0) continue;
      onBytes(fresh, at);
      at += fresh.length;
    }
    return total;
  }
}
