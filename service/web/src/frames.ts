/**
 * What the service sends, as far as more than one view reads it: service/messages.py, signal_messages.py,
 * calibration_messages.py, recording_messages.py, model_shelf.py.
 */

import type { Cause } from "./quality";

/** What a stream's frames tell. */
export type AnswerKind = "gestures" | "text" | "events" | "movement";
export type StreamState = "starting" | "live" | "stalled" | "lost" | "ended" | "failed";
export type Level = "good" | "fair" | "bad";

interface Counters {
  samples: number;
  lost: number;
  gaps: number;
  dropped: number;
}

export interface Recording {
  name: string;
  samples: number;
  missed: number;
  problem: string | null;
}

/** Whose head answers; null: the one for everybody. */
export interface Worn {
  user: string | null;
  version: number | null;
}

export interface StreamInfo {
  stream: string;
  source: string;
  simulated: boolean;
  model: string;
  answers: AnswerKind;
  labels: string[];
  rate_hz: number;
  channels: string[];
  head: Worn;
  state: StreamState;
  message: string;
  counters: Counters;
  prediction_age_ms: number | null;
  subscribers: number;
  recording: Recording | null;
}

interface Hello {
  type: "hello";
  labels: string[];
  state: StreamState;
}

export interface Latency {
  signal_ms: number;
  wait_ms: number;
  compute_ms: number;
}

export interface Prediction {
  type: "prediction";
  gesture: string;
  confidence: number;
  accepted: boolean;
  intensity: number | null;
  active: boolean | null;
  latency: Latency;
}

export interface Text {
  type: "text";
  seq: number;
  /** Keys that have become final, to append. */
  stable: string;
  /** The likeliest keys after them, all of which may still change. */
  tail: string;
  /** Keys that are final by now, those of `stable` included. */
  settled: number;
  latency: Latency;
}

export interface GestureEvent {
  type: "event";
  seq: number;
  label: string;
  kind: "press" | "release" | "tap";
  /** Fingers that are pressed after it. */
  pressed: string[];
  latency: Latency;
}

interface Status {
  type: "status";
  state: StreamState;
  message: string;
}

interface HeadChanged {
  type: "head";
  labels: string[];
}

export interface Movement {
  type: "movement";
  seq: number;
  /** Degrees per second, one for each label. */
  speeds: number[];
  latency: Latency;
}

export type Frame = Hello | Prediction | Text | GestureEvent | Movement | Status | HeadChanged;

export interface Layout {
  type: "layout";
  rate_hz: number;
  channels: string[];
  unit: string;
  column: number;
  /** Rows of channel numbers as the electrodes lie, -1 where none is. */
  grid: number[][] | null;
}

export interface Quality {
  type: "quality";
  channels: { level: Level; rms_uv: number }[];
  reasons: string[];
  faults: Cause[];
  /** Channels without a signal, which the model leaves to the electrodes around them. */
  interpolated: number[];
}

export interface Device {
  kind: "simulated" | "serial" | "lsl" | "recording";
  name: string;
  seems: string;
  source: string;
  /** Null: known once it is open. */
  rate_hz: number | null;
  channels: number | null;
}

export interface Devices {
  devices: Device[];
  models: string[];
  boards: string[];
  problems: string[];
}

export interface User {
  user: string;
  consent_raw: boolean;
  created: string;
}

export interface HeadVersion {
  head: string;
  /** null: never accepted. */
  version: number | null;
  active: boolean;
  model: string;
  kind: "linear" | "mlp" | "gaussians";
  labels: string[];
  calibration: string | null;
  macro_f1: number | null;
  /** Of a layer of text or events: the rate of errors, and no F1. */
  wrong: number | null;
  created: string;
}

export interface Facts {
  /** As streams tell it; its file may be called otherwise. */
  name: string;
  channels: number;
  rate_hz: number;
  window_ms: number;
  hop_ms: number;
  gestures: string[];
  /** null: it has none, and answers with text or events. */
  head: "linear" | "mlp" | "gaussians" | null;
  simulated: boolean;
  kind: "window" | "frames" | "sequence" | "events" | "control";
  /** false: it reads a recording to its end before it answers. */
  live: boolean;
}

export interface Scores {
  macro_f1: number | null;
  smoothed_macro_f1: number | null;
  worst_subject: string | null;
  worst_macro_f1: number | null;
  strangers_macro_f1: number | null;
  strangers: number | null;
}

export interface ModelInfo {
  model: string;
  shipped: boolean;
  bytes: number;
  problem: string | null;
  facts: Facts | null;
  scores: Scores | null;
}

export interface StoredRecording {
  name: string;
  size: number;
  changed: string;
  writing: boolean;
  problem: string | null;
  started: string | null;
  device: string | null;
  simulated: boolean | null;
  channels: number | null;
  rate_hz: number | null;
  length_s: number | null;
}

export interface Label {
  gesture: string;
  start_s: number;
  stop_s: number;
}

export interface DecisionSpan {
  start_s: number;
  stop_s: number;
  /** Null: relaxed. */
  gesture: string | null;
  accepted: boolean;
  confidence: number;
}

export interface Agreement {
  windows: number;
  accuracy: number;
  macro_f1: number;
  accepted: number;
  answers: string[];
  gestures: { gesture: string; windows: number; right: number; said: number[] }[];
  unknown: string[];
}

export interface Decisions {
  recording: string;
  model: string;
  head: Worn;
  labels: string[];
  length_s: number;
  windows: number;
  spans: DecisionSpan[];
  agreement: Agreement | null;
}
