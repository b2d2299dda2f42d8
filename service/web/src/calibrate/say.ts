import { ENTER } from "../live/keys";
import { named, type Words } from "../words";
import type { Kind, Pause, Prompt } from "./frames";

/** Fingers that are pressed and let go: of other acts the name says it all. */
const FINGERS = ["thumb", "index", "middle", "ring", "little"];

/** What is asked, within a sentence of the page. */
export function nameOf(words: Words, kind: Kind, what: string): string {
  if (kind === "text") return words.calibrate.quoted(what.replace(ENTER, ""));
  const name = named(words, what);
  return kind === "events" && FINGERS.includes(what) ? words.calibrate.pressed(name) : name;
}

/** A prompt as a sentence, in the language of the page. */
export function told(words: Words, kind: Kind, { phase, trial }: Prompt, paused: Pause | null): string {
  const asks = words.calibrate.asks[kind];
  const name = trial ? nameOf(words, kind, trial.gesture) : "";
  if (phase === "prepare") return asks.sayPrepare(name);
  if (phase === "hold") return asks.sayNow(name);
  if (phase === "check") return words.calibrate.sayCheck;
  if (phase === "rest") return words.calibrate.sayRest;
  if (phase === "paused") return pausedFor(words, paused);
  return words.calibrate.phases[phase];
}

function pausedFor(words: Words, paused: Pause | null): string {
  const whys = words.calibrate.pausedWhy as Record<string, string>;
  return whys[paused?.cause.code ?? "asked"] ?? whys.asked!;
}
