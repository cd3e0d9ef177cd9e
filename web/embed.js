// embed.js: the page inside another page's frame: what the embedding page may ask for by postMessage, and who may ask. It draws
// nothing and knows no engine. Depends on nothing. README.md documents the messages.
//
//   to the frame     {filigree: 1, id, command: "load" | "play" | "pause" | "read", link?}
//   from the frame   {filigree: 1, id, command, result} or {filigree: 1, id, command, error: {name, message}}
//                    {filigree: 1, event: "ready", version} once it can be driven
//
// Only window.parent is listened to, and only from an origin that the frame's own address names (?embed=1&origin=https://host, as
// often as needed): whoever may write that address is whom the page trusts. Numbers go to such an origin and to no other.

/** The version of the messages. */
export const PROTOCOL = 1;
/** A longer link is refused. */
const LONGEST = 20_000;

/** The origins that a query names, as the browser writes them; what is no origin is listed. -> {origins: Set, problems: [text]} */
export function originsOf(search) {
  const origins = new Set();
  const problems = [];
  for (const text of new URLSearchParams(search).getAll("origin")) {
    let address = null;
    try {
      address = new URL(text);
    } catch {
      // said below
    }
    if (address && /^https?:$/.test(address.protocol) && text.replace(/\/$/, "") === address.origin) {
      origins.add(address.origin);
    } else {
      problems.push(`“${text.slice(0, 80)}” is no origin: it must look like https://host or http://host:port.`);
    }
  }
  return { origins, problems };
}

/** The address of the full page for an embedded one: the same link without what concerns the frame. */
export function fullAddress(href) {
  const address = new URL(href);
  address.searchParams.delete("embed");
  address.searchParams.delete("origin");
  const pairs = address.hash.slice(1).split("&");
  address.hash = pairs.filter((pair) => pair !== "embed=1").join("&");
  return address.href;
}

class Refusal extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

/** What a message asks for: {id, command, link}, or throws a Refusal. */
function understand({ command, link }, commands) {
  if (typeof command !== "string" || !Object.hasOwn(commands, command)) {
    const known = Object.keys(commands).join(", ");
    throw new Refusal("COMMAND_UNKNOWN", `There is no command “${String(command).slice(0, 40)}”; there are: ${known}.`);
  }
  if (command === "load") {
    if (typeof link !== "string" || link.length > LONGEST) {
      throw new Refusal(
        "LINK_UNREADABLE",
        `load needs link: a text of at most ${LONGEST} characters, as in “#v=1&seed=3”.`,
      );
    }
    // A whole address is as good as its hash.
    const hash = link.includes("#") ? link.slice(link.indexOf("#")) : `#${link}`;
    return { command, link: hash.replace(/([#&])embed=1(&|$)/, "$1") };
  }
  return { command };
}

export class Embed {
  #origins;
  #commands;
  #parent;

  /**
   * `origins`: whom to answer. `commands`: {load(link), play(), pause(), read()}, each -> a result that can be posted, or a
   * rejection whose name and message are the answer. `host`: the window to listen on.
   */
  constructor({ origins, commands, host = window }) {
    this.#origins = origins;
    this.#commands = commands;
    this.#parent = host.parent === host ? null : host.parent;
    host.addEventListener("message", (event) => this.#receive(event));
  }

  /** Tells the embedding page that it may begin; only an allowed origin can hear it. */
  ready(version) {
    for (const origin of this.#origins)
      this.#parent?.postMessage({ filigree: PROTOCOL, event: "ready", version }, origin);
  }

  async #receive({ data, origin, source }) {
    if (!this.#parent || source !== this.#parent || data?.filigree === undefined || data.command === undefined) return;
    const answer = (outcome, to) =>
      source.postMessage({ filigree: PROTOCOL, id: data.id ?? null, command: data.command, ...outcome }, to);
    const refuse = ({ name, message }, to) => answer({ error: { name, message } }, to);
    if (!this.#origins.has(origin)) {
      // Says no more than that; an opaque origin ("null") can only be reached by "*".
      const reason = `Commands from ${origin} are refused: the frame's address does not name it (?embed=1&origin=${origin}).`;
      console.info(`Filigree: ${reason}`);
      return refuse(new Refusal("ORIGIN_REFUSED", reason), origin === "null" ? "*" : origin);
    }
    try {
      if (data.filigree !== PROTOCOL) {
        throw new Refusal("PROTOCOL_UNKNOWN", `Messages of version ${PROTOCOL} are understood here.`);
      }
      const { command, link } = understand(data, this.#commands);
      answer({ result: (await this.#commands[command](link)) ?? null }, origin);
    } catch (error) {
      refuse({ name: error?.name ?? "Error", message: error?.message ?? String(error) }, origin);
    }
  }
}
