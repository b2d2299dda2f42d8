/** What the service sends of a calibration, as far as this view reads it: service/calibrations/messages.py. */

import type { Quality } from "../frames";
import type { Cause } from "../quality";
import type { AnyReport } from "../report/frames";

export type Phase = "check" | "prepare" | "hold" | "rest" | "paused" | "finished" | "aborted";
export type State = "running" | "paused" | "fitting" | "ready" | "accepted" | "aborted";

/** What is asked: gestures to hold, sentences to type, or acts to make once. */
export type Kind = "gestures" | "text" | "events";

export interface Plan {
  kind: Kind;
  /** Or sentences, or acts. */
  gestures: string[];
  repetitions: number;
  hold_s: number;
  rest_s: number;
  prepare_s: number;
  positions: string[];
  duration_s: number;
}

export interface Trial {
  gesture: string;
  repetition: number;
  position: string | null;
}

export interface Prompt {
  type: "prompt";
  /** On the clock of the stream's own samples. */
  at_s: number;
  phase: Phase;
  text: string;
  trial: Trial | null;
  number: number;
  total: number;
  remaining_s: number;
}

export interface Refusal {
  type: "refused";
  trial: Trial | null;
  reason: string;
  causes: Cause[];
  offer_skip: boolean;
}

export interface Kept {
  type: "trial_kept";
  trial: Trial;
  windows: number;
  /** Why it may be something else than what was asked. */
  reasons: string[];
  causes: Cause[];
}

export interface Pause {
  type: "paused";
  reason: string;
  cause: Cause;
}

interface ReportReady {
  type: "report";
  head: string;
  report: AnyReport;
}

export interface Calibration {
  type: "calibration";
  calibration: string;
  user: string;
  stream: string;
  model: string;
  state: State;
  attached: boolean;
  plan: Plan;
  prompt: Prompt | null;
  kept: number;
  skipped: number;
  ahead: number;
  paused: Pause | null;
  report: ReportReady | null;
  trying: boolean;
  created: string;
}

export type Frame =
  | Calibration
  | Prompt
  | Refusal
  | Pause
  | ReportReady
  | (Quality & { type: "quality" })
  | Kept
  | { type: "skipped"; trial: Trial }
  | { type: "fitting" }
  | { type: "trying"; on: boolean }
  | { type: "accepted"; version: number }
  | { type: "aborted" }
  | { type: "trouble"; message: string };
