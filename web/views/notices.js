// notices.js: what the page says to people beside its numbers: errors (role=alert) and remarks that stay until
// dismissed or overtaken, and short spoken news (role=status). Depends on nothing.

export class Notices {
  #list;
  #status;
  #shown = new Map();

  /** `list`: where notices stand; `status`: the quiet live region. */
  constructor(list, status) {
    this.#list = list;
    this.#status = status;
  }

  /**
   * Shows or replaces the notice called `name`. `lines`: texts; `alert`: an error, spoken at once; `action`:
   * {label, run}.
   */
  show(name, { heading, lines = [], alert = false, action }) {
    this.clear(name);
    const box = document.createElement("div");
    box.className = alert ? "notice notice-alert" : "notice";
    box.setAttribute("role", alert ? "alert" : "status");
    const text = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = heading;
    text.append(title);
    for (const line of lines) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      text.append(paragraph);
    }
    box.append(text);
    const button = (label, run) => {
      const element = document.createElement("button");
      element.type = "button";
      element.textContent = label;
      element.addEventListener("click", run);
      box.append(element);
    };
    if (action) button(action.label, action.run);
    button("Dismiss", () => this.clear(name));
    this.#list.append(box);
    this.#shown.set(name, box);
  }

  clear(name) {
    this.#shown.get(name)?.remove();
    this.#shown.delete(name);
  }

  /** News for screen readers; the same text twice is said once. */
  say(text) {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }
}
