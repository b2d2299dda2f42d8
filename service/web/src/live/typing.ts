import type { Latency, Text } from "../frames";
import { isOver, linkAfter, UNLINKED, useHeard, type Heard, type Link } from "../heard";
import { typed } from "./keys";

/** What is typed stays in sight for so long. */
const KEPT = 2000;
/** Where keys were missed. */
export const HOLE = "…";

/** What somebody types. */
export interface Typing extends Link {
  /** What the keys that are final left on a screen. */
  text: string;
  /** Keys after it that may still change. */
  tail: string;
  latency: Latency | null;
  /** Number of the newest frame, and how many keys were final by then. */
  seq: number;
  settled: number;
}

const NOTHING: Typing = { ...UNLINKED, text: "", tail: "", latency: null, seq: -1, settled: 0 };

/** What is typed on a stream: who comes late, or back, hears what the service remembers. */
export function useTyping(stream: string): Typing {
  return useHeard(stream, { beginning: NOTHING, take, query: ({ seq }) => `?resume=${seq}` });
}

function take(before: Typing, heard: Heard): Typing {
  const now = { ...before, ...linkAfter(before, heard) };
  if (heard.type === "text") return { ...now, ...prolonged(before, heard) };
  return isOver(heard) ? { ...now, tail: "", latency: null } : now;
}

function prolonged({ text, settled }: Typing, frame: Text): Partial<Typing> {
  const missed = frame.settled - frame.stable.length !== settled;
  const longer = typed(missed ? `${text}${HOLE}` : text, frame.stable);
  const { seq, tail, latency } = frame;
  return { text: longer.slice(-KEPT), tail, latency, seq, settled: frame.settled };
}
