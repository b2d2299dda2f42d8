/** A report as the service sends and stores it: calibration/report.py, sequence_report.py. */

/** A share between 0 and 1 with its 95 % interval; null: one trial cannot tell how much trials differ. */
export interface Estimate {
  value: number;
  low: number | null;
  high: number | null;
}

export interface Scores {
  macro_f1: Estimate;
  old: Estimate | null;
  new: Estimate | null;
  recall: (Estimate | null)[];
  /** Windows: rows are gestures held, columns answers. */
  confusion: number[][];
}

interface Learned {
  label: string;
  trials: number;
  windows: number;
  old: boolean;
}

export interface Recommendation {
  verdict: "accept" | "more_trials" | "drop_gesture" | "keep_previous" | (string & {});
  gestures: string[];
  /** In English. */
  text: string;
}

export interface Report {
  kind: "mlp" | "gaussians" | "linear";
  gestures: Learned[];
  mlp: Scores | null;
  gaussians: Scores | null;
  lda: Scores | null;
  previous: Scores | null;
  population: Scores | null;
  recommendation: Recommendation;
  /** Nobody was measured. */
  simulated: boolean;
}

/** Of the new head. */
export function after(report: Report): Scores | null {
  return report.kind === "mlp" ? report.mlp : report.gaussians;
}

/** What goes wrong with one layer. */
export interface Errors {
  /** Of text the character error rate, which may be above 1; of events the share that is missed or mistaken. */
  wrong: Estimate;
  /** By name; null where nothing was there to count. */
  parts: Record<string, number | null>;
}

/** Of a model of text or events, of which a user has the last layer for themselves. */
export interface SequenceReport {
  kind: "text" | "events";
  pieces: number;
  seconds: number;
  /** Or events. */
  keys: number;
  everybodys: Errors;
  previous: Errors | null;
  /** null: with one piece none can be left out. */
  after: Errors | null;
  recommendation: Recommendation;
  simulated: boolean;
}

export type AnyReport = Report | SequenceReport;

export const isOfSequences = (report: AnyReport): report is SequenceReport =>
  report.kind === "text" || report.kind === "events";
