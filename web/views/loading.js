// loading.js: the progress of a download: one bar for all its files, and each file's bytes. Depends on format.js.
import { bytes } from "../format.js";

export class Loading {
  #root;
  #files = [];

  constructor(root) {
    this.#root = root;
  }

  /** `label`: what is being loaded. */
  begin(label) {
    this.#root.hidden = false;
    this.#root.querySelector("[data-loading=label]").textContent = label;
    this.#root.querySelector("progress").setAttribute("aria-label", label);
    this.#root.querySelector("[data-loading=files]").replaceChildren();
    this.#files = [];
    this.render([]);
  }

  /** [{name, loaded, total}]; total NaN while unknown. */
  render(files) {
    const bar = this.#root.querySelector("progress");
    const loaded = files.reduce((sum, file) => sum + file.loaded, 0);
    const total = files.reduce((sum, file) => sum + file.total, 0);
    if (files.length > 0 && total > 0) {
      bar.max = total;
      bar.value = loaded;
    } else {
      bar.removeAttribute("value");
    }
    this.#root.querySelector("[data-loading=amount]").textContent =
      total > 0 ? `${bytes(loaded)} of ${bytes(total)}` : bytes(loaded);
    const list = this.#root.querySelector("[data-loading=files]");
    files.forEach((file, index) => {
      const item = (this.#files[index] ??= list.appendChild(document.createElement("li")));
      const of = file.total > 0 ? ` of ${bytes(file.total)}` : "";
      const text = `${file.name} ${bytes(file.loaded)}${of}${file.trouble > 0 ? ", broke off: trying again" : ""}`;
      if (item.textContent !== text) item.textContent = text;
      item.classList.toggle("done", file.loaded === file.total);
    });
  }

  end() {
    this.#root.hidden = true;
  }
}
