import type { Level } from "./frames";

/** Why a signal is not as it should be: of an electrode, or of a trial that does not count. */
export interface Cause {
  code: string;
  /** Counted from 0; people count from 1. */
  channels: number[];
  level: Level | null;
  percent: number | null;
  hz: number | null;
  seconds: number | null;
  held_s: number | null;
  asked_s: number | null;
}

/** Words for causes, by their code. */
export type Telling = Partial<Record<string, (cause: Said) => string>>;

/** What is wrong and what to do; null for a code that the page does not know yet. */
export function spoken(cause: Cause, words: Telling): string | null {
  return words[cause.code]?.(sayable(cause)) ?? null;
}

/** A cause as a sentence needs it: channels as people count them, numbers that are there. */
export interface Said {
  channels: number[];
  percent: number;
  hz: number;
  seconds: number;
  held: number;
  asked: number;
}

function sayable({ channels, percent, hz, seconds, held_s, asked_s }: Cause): Said {
  return {
    channels: channels.map((number) => number + 1),
    percent: percent ?? 0,
    hz: hz ?? 0,
    seconds: seconds ?? 0,
    held: held_s ?? 0,
    asked: asked_s ?? 0,
  };
}
