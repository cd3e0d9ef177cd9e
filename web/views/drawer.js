// drawer.js: the settings drawer: a dialog with every option of the engine's table under the table's own headings. What may
// change in mid-run does so at once; what needs a restart waits until it is asked for. The engine judges every value before
// anything changes. It trains nothing and knows no option. Depends on draft.js, settings.js, options.js, setting-field.js.
import { Draft } from "../draft.js";
import { sentence } from "../format.js";
import { groupsOf, rangeText, whyIgnored } from "../options.js";
import {
  defaultOf,
  differenceText,
  differences,
  isDefault,
  KEYS,
  nameOfOption,
  PARTS,
  regularizerOf,
  valueText,
} from "../settings.js";
import { element, SettingField } from "./setting-field.js";

/** What a restart costs, by where the run stands. */
const COSTS = {
  fresh: "The run is at step 0: nothing is lost.",
  going: "The run under way ends and begins again at step 0.",
  over: "The run begins again at step 0.",
};
/** Milliseconds that a message stays. */
const NEWS = 8000;

export class Drawer {
  #dialog;
  #table = null;
  #draft = null;
  /** What of it is still to be built: an iterator. */
  #building = null;
  /** How it was asked for before its table came; null: it was not. */
  #wanted = null;
  /** [SettingField] */
  #fields = [];
  #folds = [];
  /** Edits are judged one after the other. */
  #queue = Promise.resolve();
  #remark = "";
  #news = 0;

  /**
   * `dialog`; `opener`: the button that opens it. check(settings) -> {remark} or a rejection in the engine's words; stage() ->
   * "fresh", "going" or "over"; onLive(settings, final) puts settings in force in mid-run; onApply(settings) with a restart; onTrain() plays or pauses.
   */
  constructor(dialog, opener, { check, stage, onLive, onApply, onTrain }) {
    this.#dialog = dialog;
    this.opener = opener;
    this.check = check;
    this.stage = stage;
    this.onLive = onLive;
    this.onApply = onApply;
    opener.addEventListener("click", () => this.open({ gently: true }));
    this.#find("close").addEventListener("click", () => this.close());
    this.#find("defaults").addEventListener("click", () => this.#edit({ all: true }));
    this.#find("revert").addEventListener("click", () => this.#revert());
    this.#find("apply").addEventListener("click", () => this.#apply());
    this.#find("train").addEventListener("click", () => onTrain());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) this.close();
    });
    dialog.addEventListener("close", () => afterFrame(() => this.#makeRoom()));
  }

  /** The page moves aside, or back. */
  #makeRoom() {
    this.#dialog.ownerDocument.body.toggleAttribute("data-aside", this.isOpen);
  }

  get isOpen() {
    return this.#dialog.open;
  }

  /** `gently`: its groups come with the next frame, so that no task is long; what is in them takes no focus before. */
  open({ gently = false } = {}) {
    if (!this.#table) {
      this.#wanted = { gently };
      return;
    }
    if (this.isOpen) return;
    this.#finish();
    for (const { details, options } of this.#folds) details.open ||= options.some((option) => this.#changed(option));
    this.#dialog.classList.toggle("opening", gently);
    this.#dialog.showModal();
    afterFrame(() => {
      this.#render();
      this.#dialog.classList.remove("opening");
      afterFrame(() => this.#makeRoom());
    });
    // The engine that judges is loaded, and says what it thinks of the settings as they are.
    this.#enqueue(async () => {
      try {
        this.#remark = (await this.check(this.#draft.next)).remark;
      } catch {
        this.#remark = "";
      }
      this.#render();
    });
  }

  /** The focus goes back to where it was. */
  close() {
    this.#dialog.close();
  }

  /** What the drawer is made from, once. It is built by build(), or when it is opened. */
  setTable(table, settings) {
    if (this.#table) return;
    this.#table = table;
    this.#draft = new Draft(table, settings);
    this.#building = this.#build();
    if (this.#wanted) this.open(this.#wanted);
  }

  /** Builds it before it is opened, with a `rest()` (a promise) after each group. */
  async build(rest) {
    while (!this.#building.next().done) await rest();
  }

  /** The same at once. */
  #finish() {
    while (!this.#building.next().done);
  }

  /** Other settings are in force. What waits goes on waiting, unless it does not fit them. */
  show(settings) {
    if (!this.#table) return;
    this.#draft.rebase(settings);
    this.#render();
    if (this.#draft.waiting.length > 0) {
      this.#enqueue(async () => {
        try {
          await this.check(this.#draft.next);
        } catch (error) {
          const count = this.#draft.waiting.length;
          this.#draft.revert();
          this.say(`${changes(count)} that waited ${count === 1 ? "was" : "were"} dropped: ${error.message}`);
        }
        this.#render();
      });
    }
  }

  /** The pair is in another state: what it costs to begin again may have changed. */
  showStage(state) {
    const train = this.#find("train");
    put(train, state === "running" ? "Pause" : "Play");
    train.title = state === "running" ? "Stop both networks at the same step" : "Train both networks";
    if (this.isOpen) this.#render();
  }

  /** A message in the drawer. */
  say(text) {
    const line = this.#find("news");
    line.textContent = text;
    clearTimeout(this.#news);
    this.#news = setTimeout(() => (line.textContent = ""), NEWS);
  }

  // --- edits -------------------------------------------------------------------------------------------------------

  #edit(edit, field = null) {
    this.#enqueue(async () => {
      const problem = await this.#judge(edit);
      field?.say(problem);
      if (problem) {
        if (!field) this.say(problem);
      } else {
        this.#take(edit);
        await this.#tryAgain();
      }
      this.#render();
    });
  }

  /** What the engine has against an edit, or "". */
  async #judge(edit) {
    try {
      this.#remark = (await this.check(this.#draft.tried(edit))).remark;
      return "";
    } catch (error) {
      return error.message;
    }
  }

  #take(edit) {
    const now = this.stage() === "over" ? null : this.#draft.atOnce(edit);
    if (!now) {
      this.#draft.wait(edit);
      return;
    }
    if (differences(this.#draft.settings, now, this.#table).length === 0) return;
    this.#draft.rebase(now);
    this.onLive(now, true);
  }

  /** What was refused may be good by now: options are checked against each other. */
  async #tryAgain() {
    for (let again = true; again;) {
      again = false;
      for (const field of this.#fields.filter(({ refused }) => refused)) {
        const edit = { part: field.part, key: field.option.key, value: field.text };
        const problem = await this.#judge(edit);
        field.say(problem);
        if (problem) continue;
        this.#take(edit);
        again = true;
      }
    }
  }

  /** A slider moves: what can follow it at once does. */
  #follow(edit) {
    if (this.stage() === "over") return;
    const now = this.#draft.atOnce(edit);
    if (now) this.onLive(now, false);
  }

  #revert() {
    this.#draft.revert();
    for (const field of this.#fields) field.say("");
    this.#render();
    this.say("The changes that waited are gone.");
    this.#dialog.querySelector("h2").focus();
  }

  #apply() {
    this.#enqueue(() => {
      const { next } = this.#draft;
      const words = changes(this.#draft.waiting.length);
      this.#draft.revert();
      this.#dialog.querySelector("h2").focus();
      this.onApply(next);
      this.say(`${words} applied. The run begins again.`);
    });
  }

  #enqueue(work) {
    this.#queue = this.#queue.then(work).catch((error) => this.say(error.message));
    return this.#queue;
  }

  // --- building ----------------------------------------------------------------------------------------------------

  /** One group at each turn. */
  *#build() {
    const groups = this.#find("groups");
    // The slot for own data stands under the data.
    const slot = groups.firstElementChild;
    for (const [index, group] of groupsOf(this.#table).entries()) {
      const section = this.#makeGroup(group);
      groups.append(section);
      if (slot && index === 0) section.after(slot);
      yield;
    }
    this.#render();
  }

  #find(name) {
    return this.#dialog.querySelector(`[data-drawer="${name}"]`);
  }

  #makeGroup({ name, label, help, plain, advanced }) {
    const section = element("section", "setting-group");
    section.dataset.group = name;
    const heading = element("h3", "", label);
    heading.id = `settings-${name}`;
    section.setAttribute("aria-labelledby", heading.id);
    section.append(heading, element("p", "setting-group-help", sentence(help)));
    section.append(...plain.map((option) => this.#makeOption(option)));
    if (advanced.length > 0) {
      const details = element("details", "setting-more");
      const summary = element("summary", "", "More: ");
      summary.title = "Options that are rarely changed";
      const count = element("span", "setting-more-count");
      summary.append(advanced.map((option) => option.label).join(", "), " ", count);
      details.append(summary, ...advanced.map((option) => this.#makeOption(option)));
      section.append(details);
      this.#folds.push({ details, options: advanced, count });
    }
    return section;
  }

  #makeOption(option) {
    const row = element("div", "setting");
    row.dataset.setting = option.key;
    row.dataset.scope = option.scope;
    const words = element("div", "setting-words");
    const help = `setting-help-${option.key}`;
    const parts = PARTS.filter((part) => (part === "shared") === (option.scope === "shared"));
    const fields = parts.map((part) => {
      const edit = (value) => ({ part, key: option.key, value });
      const field = new SettingField(option, part, {
        help,
        onInput: (text) => this.#follow(edit(text)),
        onChange: (text) => this.#edit(edit(text), field),
        onReset: () => this.#edit(edit(null), field),
      });
      return field;
    });
    this.#fields.push(...fields);
    const name = element(option.scope === "shared" ? "label" : "span", "setting-name", option.label);
    if (option.scope === "shared") name.htmlFor = fields[0].id;
    const tag = element("span", "setting-tag", option.restart ? "restart" : "live");
    tag.title = option.restart
      ? "A change needs a restart of the run; it waits until you ask for it"
      : "A change holds at once, in mid-run";
    const text = element("p", "setting-help");
    text.id = help;
    text.append(sentence(option.help), " ", element("span", "setting-range"));
    words.append(name, " ", tag, text);
    const controls = element("div", "setting-fields");
    controls.append(...fields.map((field) => field.element));
    row.append(words, controls);
    return row;
  }

  // --- showing -----------------------------------------------------------------------------------------------------

  #changed(option) {
    const { next } = this.#draft;
    return this.#fields.some((field) => field.option === option && !isDefault(option, next, field.part, this.#table));
  }

  /** The table's row of the regularizer that a contender would have. */
  #regularizer(part) {
    const option = this.#table.options.find(({ key }) => key === KEYS.regularizer);
    return regularizerOf(this.#table, this.#draft.value(option, part));
  }

  #render() {
    const { next, waiting } = this.#draft;
    const later = new Set(waiting.map(({ part, option }) => `${part} ${option.key}`));
    let changed = 0;
    for (const field of this.#fields) {
      const { option, part } = field;
      const different = !isDefault(option, next, part, this.#table);
      if (different) changed++;
      field.set(this.#draft.value(option, part), {
        fallback: defaultOf(option, next, part, this.#table),
        changed: different,
        waiting: later.has(`${part} ${option.key}`),
        ignored: part === "shared" ? "" : whyIgnored(this.#table, this.#regularizer(part), option),
      });
    }
    this.#showRanges(next);
    for (const { options, count } of this.#folds) {
      const some = options.filter((option) => this.#changed(option)).length;
      count.textContent = some > 0 ? `(${some} changed)` : "";
    }
    put(this.#find("summary"), changed === 0 ? "All at their defaults" : `${changed} differ from the defaults`);
    this.#find("defaults").hidden = changed === 0;
    put(this.#find("remark"), this.#remark ? sentence(this.#remark) : "");
    this.#showWaiting(waiting);
  }

  #showRanges(settings) {
    for (const option of this.#table.options) {
      const line = this.#dialog.querySelector(`#setting-help-${option.key} .setting-range`);
      if (!line) continue;
      const parts = this.#fields.filter((field) => field.option === option).map(({ part }) => part);
      const defaults = parts.map((part) => valueText(option, defaultOf(option, settings, part, this.#table)));
      const same = new Set(defaults).size === 1;
      const words = same
        ? `Default ${defaults[0]}`
        : `Default ${parts.map((part, k) => `${part.toUpperCase()} ${defaults[k]}`).join(", ")}`;
      // Data of one's own are none of the choices.
      if (option.key === KEYS.data && settings.shared[KEYS.ownData] !== undefined) {
        put(line, `Your own data are in use (${settings.shared[KEYS.ownData]}); a choice here takes their place.`);
        this.#dialog.querySelector(`[data-setting="${option.key}"] select`).selectedIndex = -1;
        continue;
      }
      put(line, [rangeText(option), words].filter(Boolean).map(sentence).join(" "));
    }
  }

  #showWaiting(waiting) {
    const count = waiting.length;
    this.#find("pending").hidden = count === 0;
    this.opener.toggleAttribute("data-waiting", count > 0);
    this.opener.title =
      count > 0 ? `All settings (Ctrl+,); ${changes(count)} wait for a restart` : "All settings (Ctrl+,)";
    if (count === 0) return;
    put(this.#find("count"), `${changes(count)} need${count === 1 ? "s" : ""} a restart`);
    put(this.#find("list"), waiting.map(differenceText).join("; "));
    put(this.#find("cost"), COSTS[this.stage()]);
    const names = waiting.map(({ option, part }) => nameOfOption(option, part)).join(", ");
    this.#find("apply").title = `Begin again at step 0 with the new ${names}`;
  }
}

/** Calls `work` in a task of its own after the next frame. */
function afterFrame(work) {
  requestAnimationFrame(() => setTimeout(work));
}

function changes(count) {
  return count === 1 ? "1 change" : `${count} changes`;
}

function put(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
