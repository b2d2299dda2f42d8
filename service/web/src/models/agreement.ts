import type { DecisionSpan } from "../frames";
import { REST } from "../gestures/rest";

/** A relaxed hand says the same as a model that knows rest as a gesture. */
export function answer(span: DecisionSpan): string {
  return span.gesture ?? REST;
}

/** In which share of the time that both had an answer it was the same; null where they never had one together. */
export function agreement(first: readonly DecisionSpan[], second: readonly DecisionSpan[]): number | null {
  let same = 0;
  let both = 0;
  let [i, j] = [0, 0];
  while (i < first.length && j < second.length) {
    const [a, b] = [first[i]!, second[j]!];
    const seconds = Math.min(a.stop_s, b.stop_s) - Math.max(a.start_s, b.start_s);
    if (seconds > 0) {
      both += seconds;
      if (answer(a) === answer(b)) same += seconds;
    }
    if (a.stop_s <= b.stop_s) i++;
    else j++;
  }
  return both ? same / both : null;
}
