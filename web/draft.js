// draft.js: changes that wait for a restart, as a list of edits over the settings in force: these may change meanwhile and
// the edits stay. Pure. Depends on settings.js.
//
// An edit is {part, key, value} (value null: back to the default) or {all: true} (everything to its default).
import { differences, valueOf, withAllDefaults, withChange, withDefault } from "./settings.js";

export class Draft {
  #table;
  #settings;
  #edits = [];

  /** `settings`: those in force. */
  constructor(table, settings) {
    this.#table = table;
    this.#settings = settings;
  }

  /** The settings in force. */
  get settings() {
    return this.#settings;
  }

  /** The settings as they would be after a restart. */
  get next() {
    return this.#applied(this.#settings);
  }

  /** What waits: [{part, option, before, after}], as settings.js's differences(). */
  get waiting() {
    return differences(this.#settings, this.next, this.#table);
  }

  /** Other settings are in force; what waits goes on waiting, unless they have it already. */
  rebase(settings) {
    this.#settings = settings;
    this.#tidy();
  }

  /** What would be after a restart with one more edit. */
  tried(edit) {
    return this.#with(this.next, edit);
  }

  /**
   * The settings that an edit makes when it is put in force at once, or null when it must wait: because an option in it needs a
   * restart, or because what already waits would undo it.
   */
  atOnce(edit) {
    const now = this.#with(this.#settings, edit);
    const changes = differences(this.#settings, now, this.#table);
    if (changes.some(({ option }) => option.restart)) return null;
    const later = this.#applied(now);
    const tried = this.tried(edit);
    return differences(later, tried, this.#table).length === 0 ? now : null;
  }

  /** Lets an edit wait. A second one of the same option replaces the first. */
  wait(edit) {
    if (edit.all) this.#edits = [];
    this.#edits = this.#edits.filter(({ part, key }) => part !== edit.part || key !== edit.key);
    this.#edits.push(edit);
    this.#tidy();
  }

  /** Forgets what waits. */
  revert() {
    this.#edits = [];
  }

  /** The text of an option as it would be after a restart. */
  value(option, part) {
    return valueOf(option, this.next, part, this.#table);
  }

  #applied(settings) {
    return this.#edits.reduce((made, edit) => this.#with(made, edit), settings);
  }

  #with(settings, { all, part, key, value }) {
    if (all) return withAllDefaults(settings);
    if (value !== null) return withChange(settings, part, key, value, this.#table);
    const option = this.#table.options.find((each) => each.key === key);
    return withDefault(settings, part, option, this.#table);
  }

  #tidy() {
    if (this.waiting.length === 0) this.#edits = [];
  }
}
