// exporting.js: the Export menu: a list of files that can be saved, made anew each time it opens. What is in a file is
// main.js's and exports.js's matter. Depends on nothing.

/** `button` opens `menu` (a popover). `list()` -> [{label, title, name, make() -> Blob}]; `onProblem(error)`. */
export class Exporting {
  #menu;

  constructor(button, menu, { list, onProblem }) {
    this.#menu = menu;
    this.list = list;
    this.onProblem = onProblem;
    menu.addEventListener("beforetoggle", ({ newState }) => {
      if (newState !== "open") return;
      this.#build();
      const { bottom, right } = button.getBoundingClientRect();
      menu.style.top = `${bottom + 4}px`;
      menu.style.right = `${Math.max(8, document.documentElement.clientWidth - right)}px`;
    });
    menu.addEventListener("toggle", ({ newState }) => {
      button.setAttribute("aria-expanded", String(newState === "open"));
      if (newState === "open") menu.querySelector("button")?.focus();
    });
  }

  #build() {
    const items = this.list().map(({ label, title, name, make }) => {
      const item = document.createElement("button");
      item.type = "button";
      item.textContent = label;
      item.title = title;
      item.dataset.file = name;
      item.addEventListener("click", async () => {
        this.#menu.hidePopover();
        try {
          save(name, await make());
        } catch (error) {
          this.onProblem(error);
        }
      });
      return item;
    });
    this.#menu.replaceChildren(...items);
  }
}

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The download has its own hold on the blob by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
