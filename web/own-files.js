// own-files.js: files that people give: which of them is what, told by their first bytes and their names; unpacked where
// they are gzipped. Nothing leaves the page. Pure: no element and no engine. Depends on nothing.

/** What is wrong with the files, in a sentence for people. */
export class OwnFilesError extends Error {}

/** Bytes of one file, unpacked: more than that is refused before it is read. */
const LARGEST = 1 << 30;
const IMAGES = 0x803;
const LABELS = 0x801;

async function firstBytes(file, count) {
  return new Uint8Array(await file.slice(0, count).arrayBuffer());
}

function tooLarge(name, size) {
  const has = Number.isFinite(size) ? `has ${Math.round(size / 2 ** 20)} MB` : "is too large";
  return new OwnFilesError(`${name} ${has}; at most ${LARGEST / 2 ** 20} MB are read.`);
}

/** A gzipped file's content as a blob. */
async function unpack(file) {
  let size = 0;
  const counted = new TransformStream({
    transform(part, controller) {
      size += part.byteLength;
      if (size > LARGEST) controller.error(new Error("too large"));
      else controller.enqueue(part);
    },
  });
  try {
    const content = file.stream().pipeThrough(new DecompressionStream("gzip")).pipeThrough(counted);
    return await new Response(content).blob();
  } catch {
    if (size > LARGEST) throw tooLarge(`${file.name}, unpacked,`, Infinity);
    throw new OwnFilesError(`${file.name} is a gzip file that is cut short or damaged.`);
  }
}

/** {name, blob, magic, size}; gzip is undone. */
async function look(file) {
  if (file.size === 0) throw new OwnFilesError(`${file.name} is empty.`);
  if (file.size > LARGEST) throw tooLarge(file.name, file.size);
  let blob = file;
  let { name } = file;
  const [first, second] = await firstBytes(file, 2);
  if (first === 0x1f && second === 0x8b) {
    name = name.replace(/\.gz$/i, "");
    if (typeof DecompressionStream !== "function") {
      throw new OwnFilesError(`${file.name} is gzipped, which this browser cannot unpack: unpack it first.`);
    }
    blob = await unpack(file);
  }
  const head = await firstBytes(blob, 4);
  const magic = head.length === 4 ? new DataView(head.buffer).getUint32(0) : -1;
  return { name, blob, magic, size: blob.size };
}

const isTest = (name) => /t10k|test|valid/i.test(name);
const list = (names) => names.join(", ");

/**
 * Which files these are: {kind: "csv" | "pair" | "idx" | "weights", name: what to call them, names, blobs}, in the order that the
 * engine reads them. Rejects with an OwnFilesError.
 */
export async function sortFiles(files) {
  if (files.length === 0) throw new OwnFilesError("No file was chosen.");
  if (files.length > 4) {
    throw new OwnFilesError(`${files.length} files are too many: one CSV file, or two or four IDX files.`);
  }
  const seen = await Promise.all(Array.from(files, look));
  if (seen.length === 1 && /\.safetensors$/i.test(seen[0].name)) {
    const [{ name, blob }] = seen;
    return { kind: "weights", name, names: [name], blobs: [blob] };
  }
  const images = seen.filter(({ magic }) => magic === IMAGES);
  const labels = seen.filter(({ magic }) => magic === LABELS);
  const others = seen.filter(({ magic }) => magic !== IMAGES && magic !== LABELS);
  if (others.length === 1 && seen.length === 1) {
    const [{ name, blob }] = others;
    const table = /\.(csv|tsv|txt)$/i.test(name) ? name : `${name}.csv`;
    return { kind: "csv", name: table, names: [name], blobs: [blob] };
  }
  if (others.length > 0) {
    throw new OwnFilesError(
      `${list(others.map(({ name }) => name))}: no IDX file of pictures (magic 0x803) or labels (0x801). ` +
        "Give one CSV file, or two or four IDX files.",
    );
  }
  if (images.length !== labels.length) {
    const [missing, there] = images.length < labels.length ? ["pictures", labels] : ["labels", images];
    throw new OwnFilesError(`The ${missing} that belong to ${list(there.map(({ name }) => name))} are missing.`);
  }
  const inOrder = (pair) => {
    const [one, other] = pair;
    if (!other) return pair;
    if (isTest(one.name) !== isTest(other.name)) return isTest(one.name) ? [other, one] : pair;
    // Names that say nothing: the larger ones are for training.
    if (one.size !== other.size) return one.size < other.size ? [other, one] : pair;
    throw new OwnFilesError(
      `Which of ${one.name} and ${other.name} is for testing? Have “train” and “test” in the names.`,
    );
  };
  const [trainImages, testImages] = inOrder(images);
  const [trainLabels, testLabels] = inOrder(labels);
  const all = [trainImages, trainLabels, testImages, testLabels].filter(Boolean);
  return {
    kind: testImages ? "idx" : "pair",
    name: trainImages.name,
    names: all.map(({ name }) => name),
    blobs: all.map(({ blob }) => blob),
  };
}
