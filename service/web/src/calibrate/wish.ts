import type { AnswerKind, HeadVersion, StreamInfo } from "../frames";
import { rowOf } from "../live/events";
import { ENTER } from "../live/keys";
import type { Kind } from "./frames";
import type { Times } from "./plan";

/** What was chosen of a kind, as far as it was. */
export interface Wish {
  /** Gestures or acts that are left out. */
  left: string[];
  /** Gestures that the model does not know. */
  own: string[];
  /** Keep the head that there is, and add to it. */
  add: boolean;
  /** A sentence in each line; null: sentences of ours. */
  lines: string | null;
  times: Partial<Times>;
}

export const NOTHING: Wish = { left: [], own: [], add: false, lines: null, times: {} };

/** What can be chosen, and what is. */
interface Choice {
  offered: string[];
  /** null: the service chooses. */
  chosen: string[] | null;
  enough: boolean;
}

/** What a calibration of such a stream asks for; null: nothing can be. */
export const kindOf = (answers: AnswerKind): Kind | null => (answers === "movement" ? null : answers);

export function choiceOf(kind: Kind, wish: Wish, stream: StreamInfo, head: HeadVersion | null): Choice {
  if (kind === "gestures") return gesturesOf(wish, stream, head);
  if (kind === "text") return sentencesOf(wish, stream);
  const offered = [...new Set(stream.labels.map((label) => rowOf(label, stream.labels)))];
  const chosen = offered.filter((act) => !wish.left.includes(act));
  return { offered, chosen, enough: chosen.length > 0 };
}

function gesturesOf({ left, own, add }: Wish, stream: StreamInfo, head: HeadVersion | null): Choice {
  const known = [...new Set([...stream.labels, ...(head?.labels ?? []), ...own])];
  const offered = known.filter((gesture) => !(add && head?.labels.includes(gesture)));
  const chosen = offered.filter((gesture) => !left.includes(gesture));
  return { offered, chosen, enough: chosen.length >= (add && head ? 1 : 2) };
}

/** Enter is typed after each, as after those that the service draws: it tells that the sentence is done. */
function sentencesOf({ lines }: Wish, { labels }: StreamInfo): Choice {
  if (lines === null) return { offered: [], chosen: null, enough: true };
  const written = lines.split("\n").map((line) => line.trim());
  const end = labels.includes(ENTER) ? ENTER : "";
  const chosen = [...new Set(written.filter((line) => line !== "").map((line) => line + end))];
  return { offered: [], chosen, enough: chosen.length > 0 };
}
