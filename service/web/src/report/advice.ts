import { named, type Words } from "../words";
import { after, type Report } from "./frames";
import { said } from "./interval";

/** What to do next, in one sentence, and why; null where the page has no words for it. */
export interface Advice {
  what: string;
  why: string[];
}

export function advice(report: Report, words: Words): Advice | null {
  const { verdict, gestures } = report.recommendation;
  const names = words.say.list(gestures.map((gesture) => named(words, gesture)));
  const { advice } = words.report;
  switch (verdict) {
    case "accept":
      return { what: advice.accept, why: [achieved(report, words), ...(names ? [advice.stillWeak(names)] : [])] };
    case "more_trials":
      return { what: advice.moreTrials(names), why: [reason(report, words)] };
    case "drop_gesture":
      return { what: advice.drop(names), why: gestures.map((gesture) => mistake(report, gesture, words)) };
    case "keep_previous":
      return { what: advice.keepPrevious, why: [advice.keepPreviousWhy] };
    default:
      return null;
  }
}

function achieved(report: Report, words: Words): string {
  const scores = after(report);
  return scores ? words.report.advice.achieved(said(scores.macro_f1, words)) : words.report.noEstimate;
}

function recallOf(report: Report, gesture: string) {
  const at = report.gestures.findIndex(({ label }) => label === gesture);
  return after(report)?.recall[at] ?? null;
}

function reason(report: Report, words: Words): string {
  const known = report.recommendation.gestures.flatMap((gesture) => {
    const recall = recallOf(report, gesture);
    return recall ? [`${named(words, gesture)} ${words.say.percent(recall.value)}`] : [];
  });
  const { advice } = words.report;
  return known.length ? advice.notSureEnough(words.say.list(known)) : advice.unknownYet;
}

/** How often a gesture is recognised, and what it is taken for instead. */
function mistake(report: Report, gesture: string, words: Words): string {
  const at = report.gestures.findIndex(({ label }) => label === gesture);
  const row = after(report)?.confusion[at] ?? [];
  const others = row.map((windows, k) => (k === at ? -1 : windows));
  const taken = report.gestures[others.indexOf(Math.max(...others))]?.label ?? gesture;
  const share = recallOf(report, gesture)?.value ?? 0;
  return words.report.advice.mistaken(named(words, gesture), words.say.percent(share), named(words, taken));
}
