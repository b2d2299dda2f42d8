import { STRIP_S } from "../decisions";
import type { GestureEvent } from "../frames";
import { isOver, linkAfter, UNLINKED, useHeard, type Heard, type Link } from "../heard";
import type { Bar } from "../track";

/** A tap is over at once; so wide it can be seen. */
const TAP_MS = 200;

/** When a finger was pressed, or something was tapped; times are those of performance.now(), without end while it lasts. */
interface Done extends Bar {
  row: string;
}

/** What a hand did. */
export interface Events extends Link {
  labels: string[];
  newest: GestureEvent | null;
  pressed: readonly string[];
  done: readonly Done[];
}

const NOTHING: Events = { ...UNLINKED, labels: [], newest: null, pressed: [], done: [] };

/** The events of a stream. */
export function useEvents(stream: string): Events {
  return useHeard(stream, { beginning: NOTHING, take });
}

function take(before: Events, heard: Heard): Events {
  const at = performance.now();
  const now = { ...before, ...linkAfter(before, heard) };
  if (heard.type === "event") {
    const tapped = heard.kind === "tap" ? [bar(heard.label, at, at + TAP_MS)] : [];
    const done = [...held(before, heard.pressed, at), ...tapped];
    return { ...now, newest: heard, pressed: heard.pressed, done };
  }
  if (heard.type === "hello") now.labels = heard.labels;
  return isOver(heard) ? { ...now, newest: null, pressed: [], done: held(before, [], at) } : now;
}

/** What was done, where these fingers are pressed from now on: of missed frames only that they are over is known. */
function held({ done, pressed: before }: Events, pressed: readonly string[], at: number): readonly Done[] {
  const isLetGo = ({ row, stop }: Done) => stop === Infinity && !pressed.includes(row);
  const ended = done.map((one) => (isLetGo(one) ? { ...one, stop: at } : one));
  const begun = pressed.filter((finger) => !before.includes(finger)).map((finger) => bar(finger, at, Infinity));
  return [...ended.filter(({ stop }) => at - stop < 1000 * STRIP_S), ...begun];
}

function bar(row: string, start: number, stop: number): Done {
  return { row, start, stop, kind: "sure" };
}

/** The finger that is pressed or released, or what else the label says; `labels` are all of the model. */
export function rowOf(label: string, labels: readonly string[]): string {
  const finger = label.replace(/_(press|release)$/, "");
  return labels.includes(`${finger}_press`) && labels.includes(`${finger}_release`) ? finger : label;
}
