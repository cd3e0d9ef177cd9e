// share.js: the Share menu and its dialog: the present moment as a link, a command, embed code and a QR code. What a link says
// is main.js's matter. Depends on uqr (QR codes).
import { encode } from "uqr";

/** A denser code is hard to read off a screen at the other end of a room. */
const LONGEST_FOR_QR = 1200;
/** Modules of white around the code, as its standard wants it. */
const QUIET_ZONE = 4;

/** A link as a command that replays it. */
export const commandText = (hash) => `build/filigree replay '${hash}'`;

/** `address`: the page's, without hash; `hash`: a link with embed=1. */
export function embedText(address, hash) {
  const source = `${address}${hash}`.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${source}" title="Filigree" width="100%" height="640" loading="lazy" allow="fullscreen; clipboard-write"></iframe>`;
}

/** A QR code as rows of booleans (true: dark) with its quiet zone; null: the text is too long. */
export function qrModules(text) {
  if (text.length > LONGEST_FOR_QR) return null;
  try {
    return encode(text, { ecc: "L", boostEcc: true, border: QUIET_ZONE }).data;
  } catch {
    return null;
  }
}

function qrPicture(modules) {
  const name = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(name, "svg");
  picture.setAttribute("viewBox", `0 0 ${modules.length} ${modules.length}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "QR code of the link below");
  picture.setAttribute("shape-rendering", "crispEdges");
  const ground = document.createElementNS(name, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("class", "qr-light");
  const dark = document.createElementNS(name, "path");
  dark.setAttribute("class", "qr-dark");
  dark.setAttribute("d", modules.flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  picture.append(ground, dark);
  return picture;
}

export class Share {
  #menu;
  #dialog;

  /**
   * `button` opens `menu` (a popover); `dialog`: where texts are shown. `freeze()` -> {hash, embed, words}: the moment's link,
   * the same with embed=1, and what it holds, in words. `onCopied(text)`: news; `onProblem(error)`.
   */
  constructor(button, menu, dialog, { freeze, onCopied, onProblem }) {
    this.#menu = menu;
    this.#dialog = dialog;
    this.freeze = freeze;
    this.onCopied = onCopied;
    this.onProblem = onProblem;
    menu.addEventListener("beforetoggle", ({ newState }) => {
      if (newState !== "open") return;
      const { bottom, right } = button.getBoundingClientRect();
      menu.style.top = `${bottom + 4}px`;
      menu.style.right = `${Math.max(8, document.documentElement.clientWidth - right)}px`;
    });
    menu.addEventListener("toggle", ({ newState }) => {
      button.setAttribute("aria-expanded", String(newState === "open"));
      if (newState === "open") menu.querySelector("button")?.focus();
    });
    const address = () => location.href.replace(/#.*/s, "");
    const choices = {
      link: { name: "Link", text: ({ hash }) => `${address()}${hash}` },
      command: { name: "Command", text: ({ hash }) => commandText(hash) },
      embed: { name: "Embed code", text: ({ embed }) => embedText(address().replace(/\?.*/s, ""), embed) },
    };
    for (const [what, { name, text }] of Object.entries(choices)) {
      menu.querySelector(`[data-share="${what}"]`).addEventListener("click", () => this.#copy(name, text));
    }
    menu.querySelector('[data-share="qr"]').addEventListener("click", () => this.#showCode(choices.link.text));
    dialog.querySelector('[data-share="close"]').addEventListener("click", () => dialog.close());
    dialog.querySelector('[data-share="copy"]').addEventListener("click", async () => {
      const field = this.#find("text");
      if (await written(field.value)) this.#find("note").textContent = "Copied.";
      else this.#select("The clipboard refused it: copy the selected text.");
    });
    // A click beside it closes it, as Escape does.
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog) dialog.close();
    });
  }

  #find(name) {
    return this.#dialog.querySelector(`[data-share="${name}"]`);
  }

  async #moment() {
    this.#menu.hidePopover();
    try {
      return await this.freeze();
    } catch (error) {
      this.onProblem(error);
      return null;
    }
  }

  async #copy(name, textOf) {
    const moment = await this.#moment();
    if (!moment) return;
    const text = textOf(moment);
    if (await written(text)) {
      this.onCopied({ heading: `${name} copied`, words: moment.words });
      return;
    }
    this.#show(name, text, moment.words);
    this.#select("This browser did not let the page write to the clipboard: copy the selected text.");
  }

  async #showCode(textOf) {
    const moment = await this.#moment();
    if (!moment) return;
    const text = textOf(moment);
    const modules = qrModules(text);
    this.#show("This moment, for other screens", text, moment.words, modules);
    if (!modules) {
      this.#find("note").textContent =
        `The link has ${text.length} characters: too long for a QR code that a camera reads well. Copy it instead.`;
    }
  }

  #show(heading, text, words, modules = null) {
    this.#find("heading").textContent = heading;
    this.#find("words").textContent = words;
    this.#find("note").textContent = "";
    this.#find("code").replaceChildren(...(modules ? [qrPicture(modules)] : []));
    this.#find("text").value = text;
    this.#dialog.showModal();
  }

  #select(note) {
    this.#find("note").textContent = note;
    this.#find("text").focus();
    this.#find("text").select();
  }
}

/** True when the clipboard took it. */
async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
