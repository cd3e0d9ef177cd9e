// pictures.js: a data set of pictures as the page holds it, outside of the engines' memory: in memory that both contenders
// read where the browser allows it, else as bytes that each gets a copy of. Filled from the site, where the first pictures
// are enough to start with, or from files of one's own. Knows no engine and no view. Depends on download.js.
import { download, DownloadError } from "./download.js";

/** So many training pictures come first in the first epoch (trainer.h): with them, training can start. */
export const FIRST_PICTURES = 10_000;
/** Bytes that arrive before the engines are told. */
const LOT = 1 << 19;
const PICTURES_HEADER = 16;
const PICTURES_MAGIC = 0x803;
/** More than any data set that an engine takes. */
const LARGEST = 1 << 30;

let identifiers = 0;

/** Bytes that workers share where the browser has such, else bytes of the page's own. */
function roomFor(size) {
  return new Uint8Array(typeof SharedArrayBuffer === "function" ? new SharedArrayBuffer(size) : size);
}

/** Labels as the IDX file that the engine reads. */
function labelsFile(labels) {
  const file = new Uint8Array(8 + labels.length);
  const view = new DataView(file.buffer);
  view.setUint32(0, 0x801);
  view.setUint32(4, labels.length);
  file.set(labels, 8);
  return file;
}

/**
 * What an engine is started with: {id, width, height, labels: [Uint8Array x 2], parts: [{bytes, count}, {..}]}; count: how
 * many pictures have arrived. Kept up to date, so that a later start has them all.
 */
export function ownPictures({ width, height, parts }) {
  return {
    id: ++identifiers,
    width,
    height,
    labels: parts.map(({ labels }) => labelsFile(labels)),
    parts: parts.map(({ pictures, labels }) => {
      const bytes = roomFor(pictures.length);
      bytes.set(pictures);
      return { bytes, count: labels.length };
    }),
  };
}

/** Four IDX files of the site, named in the order of the engine. */
export class SitePictures {
  #folder;
  #headers;
  #files;
  #running = null;
  #abort = null;
  #request = { id: ++identifiers, width: 0, height: 0, labels: [null, null], parts: [null, null] };
  #told = [0, 0];

  /** onProgress([{name, loaded, total, trouble}]); onArrive({id, part, count, offset, bytes}): bytes is null where they are shared. */
  onProgress = () => {};
  onArrive = () => {};

  constructor(folder, names, headers = {}) {
    this.#folder = folder;
    this.#headers = headers;
    this.#files = names.map((name) => ({ name, loaded: 0, total: NaN, trouble: 0, head: [], labels: [] }));
  }

  get complete() {
    return this.#files.every((file) => file.done);
  }

  /**
   * Loads what is missing; a call while that goes on joins it. -> {ready, all}: promises of the request that an engine can
   * start with, and of everything. Both reject with a DownloadError; a later call goes on from there.
   */
  load() {
    this.#running ??= this.#begin();
    return this.#running;
  }

  /** Ends the loading for now. */
  stop() {
    this.#abort?.abort();
  }

  #begin() {
    this.#abort = new AbortController();
    let started;
    let failed;
    const ready = new Promise((resolve, reject) => ([started, failed] = [resolve, reject]));
    const check = () => {
      if (this.#isReady()) started(this.#request);
    };
    const all = Promise.all(this.#files.map((file, which) => this.#one(file, which, check))).then(
      () => {
        this.#running = null;
        check();
        return this.#request;
      },
      (error) => {
        // One that failed ends the others, which go on from where they are.
        this.#running = null;
        this.#abort.abort();
        failed(error);
        throw error;
      },
    );
    all.catch(() => {});
    ready.catch(() => {});
    check();
    return { ready, all };
  }

  #isReady() {
    const [, trainLabels, test, testLabels] = this.#files;
    if (!trainLabels.done || !test.done || !testLabels.done || !this.#request.parts[0]) return false;
    const { count, total } = this.#request.parts[0];
    return count >= Math.min(FIRST_PICTURES, total);
  }

  async #one(file, which, check) {
    if (file.done) return;
    const length = await download(new URL(file.name, this.#folder), {
      from: file.loaded,
      headers: this.#headers,
      signal: this.#abort.signal,
      onTotal: (total) => (file.total = total),
      lengthOf: () => {
        const part = which % 2 ? null : this.#request.parts[which / 2];
        return part ? PICTURES_HEADER + part.bytes.length : NaN;
      },
      onTrouble: (attempt) => {
        file.trouble = attempt;
        this.onProgress(this.#files);
      },
      onBytes: (bytes, offset) => {
        file.trouble = 0;
        file.loaded = offset + bytes.length;
        if (which % 2) file.labels.push(bytes);
        else this.#addPictures(file, which / 2, bytes, offset);
        this.onProgress(this.#files);
        check();
      },
    });
    file.total = length;
    if (which % 2) {
      this.#request.labels[(which - 1) / 2] = new Uint8Array(await new Blob(file.labels).arrayBuffer());
    } else {
      const part = this.#request.parts[which / 2];
      if (!part || part.count !== part.total) throw new DownloadError(`${file.name} is cut short on this site.`);
      this.#tell(which / 2, true);
    }
    file.done = true;
    this.onProgress(this.#files);
    check();
  }

  #addPictures(file, part, bytes, offset) {
    let from = 0;
    for (; offset + from < PICTURES_HEADER && from < bytes.length; from++) file.head.push(bytes[from]);
    if (file.head.length === PICTURES_HEADER && !this.#request.parts[part]) this.#readHeader(file, part);
    const own = this.#request.parts[part];
    if (!own || from === bytes.length) return;
    const at = offset + from - PICTURES_HEADER;
    if (at + bytes.length - from > own.bytes.length) throw new DownloadError(`${file.name} is too long on this site.`);
    own.bytes.set(bytes.subarray(from), at);
    own.count = Math.floor((at + bytes.length - from) / own.size);
    this.#tell(part, false);
  }

  #readHeader(file, part) {
    const view = new DataView(new Uint8Array(file.head).buffer);
    const [magic, total, height, width] = [0, 4, 8, 12].map((at) => view.getUint32(at));
    const request = this.#request;
    const [other] = request.parts.filter(Boolean);
    const fits = !other || (request.width === width && request.height === height);
    if (magic !== PICTURES_MAGIC || total * width * height > LARGEST || total * width * height === 0 || !fits) {
      throw new DownloadError(`${file.name} is not the file that was expected (magic 0x${magic.toString(16)}).`);
    }
    Object.assign(request, { width, height });
    request.parts[part] = { bytes: roomFor(total * width * height), count: 0, total, size: width * height };
  }

  /** Says how many pictures have arrived, in lots. */
  #tell(part, last) {
    const { bytes, count, size } = this.#request.parts[part];
    const fresh = count - this.#told[part];
    if (fresh === 0 || (!last && fresh * size < LOT)) return;
    const offset = this.#told[part] * size;
    this.#told[part] = count;
    const shared = !(bytes.buffer instanceof ArrayBuffer);
    this.onArrive({
      id: this.#request.id,
      part,
      count,
      offset,
      bytes: shared ? null : bytes.slice(offset, count * size),
    });
  }
}
