import type { Movement } from "../frames";
import { isOver, linkAfter, UNLINKED, useHeard, type Heard, type Link } from "../heard";

/** What moves how fast; `newest` is null while nothing is known of it. */
export interface Movements extends Link {
  labels: string[];
  newest: Movement | null;
}

const NOTHING: Movements = { ...UNLINKED, labels: [], newest: null };

/** The movements of a stream. */
export function useMovements(stream: string): Movements {
  return useHeard(stream, { beginning: NOTHING, take });
}

function take(before: Movements, heard: Heard): Movements {
  const now = { ...before, ...linkAfter(before, heard) };
  if (heard.type === "movement") return { ...now, newest: heard };
  if (heard.type === "hello") now.labels = heard.labels;
  return isOver(heard) || heard.type === "silence" ? { ...now, newest: null } : now;
}
