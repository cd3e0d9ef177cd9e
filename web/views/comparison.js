// comparison.js: the one sentence that compares both contenders, and says "at equal accuracy" only when that is
// so. Depends on format.js.
import { count, percentage, ratio } from "../format.js";

/** Points of test accuracy within which both count as equal. */
export const EQUAL_WITHIN = 0.1;

/** The sentence for two metrics, or "" while there is nothing to compare. `names`: what each is called. */
export function compare(a, b, names = { a: "A", b: "B" }) {
  if (!a || !b || Math.min(a.epoch, b.epoch) < 1) return "";
  if (a.state === "diverged" || b.state === "diverged") return "";
  const difference = b.test_accuracy - a.test_accuracy;
  const weights = `${names.b} has ${amount(a.nonzeros, b.nonzeros)} ${names.a}`;
  if (Math.abs(difference) <= EQUAL_WITHIN + 1e-9) {
    return `${weights}, at equal test accuracy (within ${EQUAL_WITHIN} points).`;
  }
  const points = percentage(Math.abs(difference));
  return `${weights}, and is ${points} points ${difference > 0 ? "more" : "less"} accurate.`;
}

/**
 * The same for the column of one of both: how it stands to the other, called `name`. The ratio of the weights alone is
 * only said at equal accuracy, else both differences are. -> {weights, accuracy}: "" while there is nothing to compare.
 */
export function versus(own, other, name) {
  if (!own || !other || Math.min(own.epoch, other.epoch) < 1) return { weights: "", accuracy: "" };
  if (own.state === "diverged" || other.state === "diverged") return { weights: "", accuracy: "" };
  const difference = own.test_accuracy - other.test_accuracy;
  const equal = Math.abs(difference) <= EQUAL_WITHIN + 1e-9;
  const weights = amount(other.nonzeros, own.nonzeros).replace(" nonzero weights", "");
  return {
    weights: `${weights} ${name}${equal ? " at equal accuracy" : ""}`,
    accuracy: equal
      ? `equal to ${name} (within ${EQUAL_WITHIN})`
      : `${percentage(Math.abs(difference))} points ${difference > 0 ? "more" : "less"} than ${name}`,
  };
}

function amount(a, b) {
  if (a === b) return "as many nonzero weights as";
  const direction = b < a ? "fewer" : "more";
  if (a === 0 || b === 0) return `${count(Math.abs(a - b))} ${direction} nonzero weights than`;
  if (Math.abs(b - a) < 0.0005 * a) return "about as many nonzero weights as";
  const factor = Math.max(a, b) / Math.min(a, b);
  if (factor < 1.2) return `${((100 * Math.abs(b - a)) / a).toFixed(1)} % ${direction} nonzero weights than`;
  // Twice as many are not "two times more".
  return b > a ? `${ratio(factor)}× as many nonzero weights as` : `${ratio(factor)}× fewer nonzero weights than`;
}
