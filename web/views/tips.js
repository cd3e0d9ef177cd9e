// tips.js: one tooltip for all controls, by hover and by focus: it shows what stands in their title, which browsers show by
// hover only. While it is shown the title itself is put aside, so that there are not two. Depends on nothing.

/** Milliseconds of hovering before it comes, and after leaving before it goes: time to move onto it. */
const DELAY = 450;
const LINGER = 120;
const GAP = 6;

export class Tips {
  #box;
  /** The element that the tip is of, and its words. */
  #shown = null;
  #words = "";
  #timer = 0;

  /** Serves every element with a title below `root`. */
  constructor(root) {
    this.#box = document.createElement("div");
    this.#box.id = "tip";
    this.#box.className = "tip";
    this.#box.setAttribute("role", "tooltip");
    this.#box.setAttribute("popover", "manual");
    root.append(this.#box);
    root.addEventListener("pointerover", (event) => {
      if (event.pointerType === "touch") return;
      if (event.target === this.#box || this.#box.contains(event.target)) {
        clearTimeout(this.#timer);
        return;
      }
      const owner = this.#ownerOf(event.target);
      if (owner === this.#shown && owner) clearTimeout(this.#timer);
      else if (owner) this.#later(() => this.#show(owner), DELAY);
      else if (!this.#shown?.matches(":focus-visible")) this.#later(() => this.hide(), LINGER);
    });
    root.addEventListener("pointerdown", () => this.hide());
    document.documentElement.addEventListener("pointerleave", () => this.#later(() => this.hide(), LINGER));
    root.addEventListener("focusin", ({ target }) => {
      const owner = this.#ownerOf(target);
      // Not at once: the focus may come from another popover's opening, during which none can be shown.
      if (owner && target.matches(":focus-visible")) this.#later(() => this.#show(owner), 0);
      else this.hide();
    });
    root.addEventListener("focusout", () => this.hide());
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") this.hide();
    });
    window.addEventListener("scroll", () => this.hide(), { passive: true, capture: true });
  }

  hide() {
    clearTimeout(this.#timer);
    const owner = this.#shown;
    if (!owner) return;
    this.#shown = null;
    // Unless it has got other words by now.
    if (!owner.title) owner.title = this.#words;
    if (owner.getAttribute("aria-describedby") === this.#box.id) owner.removeAttribute("aria-describedby");
    if (this.#box.isConnected) this.#box.hidePopover();
  }

  #later(work, delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(work, delay);
  }

  #show(owner) {
    clearTimeout(this.#timer);
    if (owner === this.#shown) return;
    this.hide();
    if (!owner.isConnected || !owner.title) return;
    this.#shown = owner;
    this.#words = owner.title;
    owner.title = "";
    this.#box.textContent = this.#words;
    if (!owner.hasAttribute("aria-describedby")) owner.setAttribute("aria-describedby", this.#box.id);
    // A dialog that is open is above all others: the tip belongs into it. Elsewhere into the owner's landmark.
    const home = owner.closest("dialog[open]") ?? owner.closest("header, main, footer") ?? document.body;
    if (this.#box.parentNode !== home) home.append(this.#box);
    this.#box.showPopover();
    this.#place(owner);
  }

  /** Below its owner, or above where there is no room; beside a menu, whose other entries it would hide; within the window. */
  #place(owner) {
    // Its size is that of the window's whole width, not of what an earlier place left of it.
    this.#box.style.left = this.#box.style.top = "0";
    const at = owner.getBoundingClientRect();
    const { width, height } = this.#box.getBoundingClientRect();
    const beside = owner.closest("[popover]")?.getBoundingClientRect().left - width - GAP;
    if (beside >= GAP) {
      this.#box.style.left = `${Math.round(beside)}px`;
      this.#box.style.top = `${Math.round(at.top)}px`;
      return;
    }
    const room = document.documentElement.clientWidth - width - GAP;
    const left = Math.max(GAP, Math.min(at.left + at.width / 2 - width / 2, room));
    const below = at.bottom + GAP;
    const above = at.top - GAP - height;
    const lowest = window.innerHeight - GAP - height;
    // Where neither side has room, as beside something large, at the edge that leaves most of it to be seen.
    let top = below;
    if (below > lowest) top = above >= GAP ? above : window.innerHeight - at.bottom > at.top ? lowest : GAP;
    this.#box.style.left = `${Math.round(left)}px`;
    this.#box.style.top = `${Math.round(top)}px`;
  }

  /** The element with a title that something stands in, even while that is put aside. */
  #ownerOf(target) {
    const owner = target.closest?.("[title]");
    return owner && (owner.title || owner === this.#shown) ? owner : null;
  }
}
