import type { Prediction } from "./frames";
import { isOver, linkAfter, UNLINKED, useHeard, WATCHDOG_MS, type Heard, type Link } from "./heard";
import type { Bar } from "./track";
import { named, type Words } from "./words";

export const STRIP_S = 30;

/** A gesture that was held for a while; times are those of performance.now(). */
interface Span extends Bar {
  gesture: string;
}

/** What is known of a stream's decisions; `gesture` is null when there is none to act on. */
export interface Decisions extends Link {
  labels: string[];
  gesture: string | null;
  /** The newest one, while it is current. */
  newest: Prediction | null;
  spans: readonly Span[];
}

const NOTHING: Decisions = { ...UNLINKED, labels: [], gesture: null, newest: null, spans: [] };

/** The decisions of a stream. */
export function useDecisions(stream: string): Decisions {
  return useHeard(stream, { beginning: NOTHING, take });
}

function take(before: Decisions, heard: Heard): Decisions {
  if (heard.type === "prediction") return { ...before, ...decided(before, heard, performance.now()) };
  const now = { ...before, ...linkAfter(before, heard) };
  if (heard.type === "hello" || heard.type === "head") now.labels = heard.labels;
  // what another head said is not held on to, however uncertain this one is
  const silent = isOver(heard) || heard.type === "head" || heard.type === "silence";
  return silent ? { ...now, gesture: null, newest: null } : now;
}

/** What the hand does, in a word or two. */
export function said({ gesture, newest }: Decisions, words: Words): string {
  if (newest?.active === false) return words.live.relaxed;
  if (gesture !== null) return named(words, gesture);
  return newest ? words.live.uncertain : words.live.none;
}

/** One who is uncertain holds the last gesture; one who relaxes has none. */
function decided(before: Decisions, newest: Prediction, at: number): Partial<Decisions> {
  const held = newest.accepted ? newest.gesture : before.gesture;
  const gesture = newest.active === false ? null : held;
  return { state: "live", newest, gesture, spans: prolonged(before.spans, gesture, at) };
}

function prolonged(spans: readonly Span[], gesture: string | null, at: number): readonly Span[] {
  const kept = spans.filter((span) => at - span.stop < 1000 * STRIP_S);
  const last = kept.at(-1);
  if (gesture === null) return kept;
  if (last?.gesture === gesture && at - last.stop < WATCHDOG_MS) return [...kept.slice(0, -1), { ...last, stop: at }];
  return [...kept, { gesture, start: at, stop: at, kind: "sure" }];
}
