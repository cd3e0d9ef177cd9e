// own-data.js: files of one's own: a button that opens the browser's file picker, a place to drop files on (the whole page),
// and what was understood of them. It reads no file. Depends on format.js.
import { count } from "../format.js";

export class OwnData {
  #root;
  #news;
  #facts;

  /** `onFiles([File])` gets what was chosen or dropped; files are dropped on `page`. */
  constructor(root, page, { onFiles }) {
    this.#root = root;
    root.innerHTML =
      `<h3>Your own data</h3><p>A CSV file with a column of labels, or IDX files: pictures and labels, or those of MNIST's ` +
      `four names; gzipped ones too. Or weights that were saved here (safetensors). They are read in this page and never ` +
      `leave it.</p>` +
      `<div class="own-data-choice"><button type="button" title="Choose files, or drop them anywhere on the page">` +
      `Choose files</button><input type="file" multiple hidden tabindex="-1" aria-hidden="true" /></div>` +
      `<p class="own-data-news" role="status"></p><dl class="own-data-facts"></dl>`;
    const [button, input] = [root.querySelector("button"), root.querySelector("input")];
    this.#news = root.querySelector(".own-data-news");
    this.#facts = root.querySelector(".own-data-facts");
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = [...input.files];
      // The same file can be chosen again, after it was mended.
      input.value = "";
      if (files.length > 0) onFiles(files);
    });
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    let depth = 0;
    const mark = (change) => {
      depth = change === 0 ? 0 : Math.max(0, depth + change);
      page.classList.toggle("dropping", depth > 0);
    };
    page.addEventListener("dragenter", (event) => hasFiles(event) && mark(1));
    page.addEventListener("dragleave", (event) => hasFiles(event) && mark(-1));
    page.addEventListener("dragover", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
    page.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      mark(0);
      onFiles([...event.dataTransfer.files]);
    });
  }

  /** Opens the file picker, from within a click. */
  choose() {
    this.#root.querySelector("input").click();
  }

  say(text) {
    this.#news.textContent = text;
    this.#news.classList.remove("wrong");
  }

  /** What was wrong with the files. */
  refuse(text) {
    this.say(text);
    this.#news.classList.add("wrong");
  }

  /** Weights from a file: which of `letters` is to hold them; onOpen(letter). */
  offer(name, layers, letters, onOpen) {
    this.say(`${name}: the weights of a network of ${layers}. Open them in `);
    this.#news.append(
      ...letters.flatMap((letter, index) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = `Open in ${letter.toUpperCase()}`;
        button.title = "Shows and tests this network in place of a trained one; both begin again at step 0";
        button.addEventListener("click", () => {
          // This button is about to go.
          this.#root.querySelector("button").focus();
          onOpen(letter);
        });
        return index > 0 ? [" ", button] : [button];
      }),
    );
  }

  /** What was understood: {name, info}, info as the engine's importData gives it. */
  show({ name, info }) {
    this.say("");
    this.#facts.replaceChildren(
      ...factsOf(name, info).flatMap(([term, text]) => {
        const [key, words] = [document.createElement("dt"), document.createElement("dd")];
        key.textContent = term;
        words.textContent = text;
        return [key, words];
      }),
    );
  }
}

/** What was understood of files, in words: [[term, text]]. */
export function factsOf(name, info) {
  const { csv } = info;
  const facts = [["Data", name]];
  const apart = csv || info.apart ? " set apart for testing" : " for testing";
  facts.push(["Samples", `${count(info.train)} for training, ${count(info.test)}${apart}`]);
  facts.push([
    "Inputs",
    info.width > 0
      ? `${count(info.inputs)}: pictures of ${info.width} × ${info.height} pixels`
      : `${count(info.inputs)}, each scaled from 0 to 1 by its column's range`,
  ]);
  const names = csv?.class_names ?? [];
  const some = names.slice(0, 10).join(", ") + (names.length > 10 ? ", …" : "");
  facts.push(["Classes", `${info.classes}${some ? `: ${some}` : ""}`]);
  if (csv) {
    facts.push(["Label", `column ${csv.label_column}${csv.label_name ? ` (${csv.label_name})` : ", by its values"}`]);
    if (csv.ignored_column) facts.push(["Left out", `column ${csv.ignored_column}: row numbers`]);
    if (csv.constant) facts.push(["Constant", `${count(csv.constant)} columns have one value only; they are 0`]);
  }
  facts.push(["Hash", info.hash]);
  return facts;
}
