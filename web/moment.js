// moment.js: the moment that a link freezes (a step, and both fingerprints there) against what came of opening it here: which
// contenders are reproduced, and in words what differs. Pure. Depends on format.js, link.js.
import { count } from "./format.js";
import { CONTENDERS } from "./link.js";

/** True when a link says how the networks stood somewhere, so that it can be checked. */
export const hasMoment = (link) => CONTENDERS.some((letter) => link.fingerprints[letter]);

/** The step of a link's moment in a run of `steps`: where it says none, or one beyond the end, the end. */
export const momentStep = (link, steps) => Math.min(link.at ?? steps, steps);

/**
 * `here`: {engine: this engine's version, data_hash: of the data here (or null), a, b: {step, fingerprint, diverged: step or undefined}}.
 * -> {same, heading, lines}.
 */
export function verdict(link, here) {
  const lines = CONTENDERS.filter((letter) => link.fingerprints[letter]).map((letter) => {
    const [wanted, { step, fingerprint, diverged }] = [link.fingerprints[letter], here[letter]];
    const name = letter.toUpperCase();
    if (diverged !== undefined) {
      return { same: false, text: `${name}: diverged here at step ${count(diverged)}; the link says ${wanted}.` };
    }
    return wanted === fingerprint
      ? { same: true, text: `${name}: reproduced exactly: ${fingerprint} at step ${count(step)}.` }
      : {
          same: false,
          text: `${name}: differs at step ${count(step)}: the link says ${wanted}, here it is ${fingerprint}.`,
        };
  });
  const same = lines.every((line) => line.same);
  const texts = lines.map(({ text }) => text);
  if (same) return { same, heading: "Reproduced exactly", lines: texts };
  return { same, heading: "This is not what the link says", lines: [...texts, reason(link, here)] };
}

/** What the difference may come from. */
function reason(link, here) {
  if (link.data_hash && here.data_hash && link.data_hash !== here.data_hash) {
    return `The data differ: the link's have the hash ${link.data_hash}, these have ${here.data_hash}.`;
  }
  const data = link.data_hash && here.data_hash ? ` The data are the same (${here.data_hash}).` : "";
  if (link.engine && link.engine !== here.engine) {
    return `The link was made by engine ${link.engine}, this is engine ${here.engine}: another version has other bits.${data}`;
  }
  const engine = link.engine
    ? `The engine is the same version (${here.engine}).`
    : "The link does not name its engine.";
  return `${engine}${data} Was the link changed by hand?`;
}
