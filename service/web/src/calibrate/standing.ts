import type { Quality } from "../frames";
import type { Calibration, Frame, Kept, Phase, Prompt, Refusal, State, Trial } from "./frames";
import { following, same } from "./order";

/** What this page knows of a calibration: how it stood when it was asked, and every frame since. */
export interface Standing {
  info: Calibration | null;
  /** Whether its events are being heard. */
  linked: boolean;
  quality: Quality | null;
  /** Why the last check or trial did not count, until something is held again. */
  refused: Refusal | null;
  /** The last trial, while it can be asked for again because it is doubtful. */
  doubted: Kept | null;
  /** Something that went wrong and cannot be seen from how it stands. */
  trouble: string;
  /** Trials that were kept before this page's eyes. */
  kept: number;
}

export const NOTHING: Standing = { info: null, linked: false, quality: null, refused: null, doubted: null, trouble: "", kept: 0 };

type News = Frame | { type: "linked"; open: boolean };

/** How it stands after one more frame. */
export function heard(before: Standing, news: News): Standing {
  switch (news.type) {
    case "calibration":
      return { ...before, info: news };
    case "linked":
      return { ...before, linked: news.open, quality: null };
    case "quality":
      return { ...before, quality: news };
    case "refused":
      return { ...before, refused: news, doubted: null };
    case "trial_kept":
      return {
        ...changed(before, stored(before.info, news.trial)),
        refused: null,
        doubted: news.reasons.length > 0 ? news : null,
        kept: before.kept + 1,
      };
    case "skipped":
      return { ...before, refused: null };
    case "trouble":
      return { ...changed(before, failed(before.info)), trouble: news.message };
    case "prompt":
      return prompted(before, news);
    case "paused":
      return changed(before, { state: "paused", paused: news });
    case "fitting":
      return { ...changed(before, { state: "fitting", report: null, trying: false }), trouble: "" };
    case "report":
      return { ...changed(before, { state: "ready", report: news }), trouble: "" };
    case "trying":
      return changed(before, { trying: news.on });
    case "accepted":
    case "aborted":
      return changed(before, { state: news.type, trying: false });
  }
}

const STATES: Partial<Record<Phase, State>> = {
  check: "running",
  prepare: "running",
  hold: "running",
  rest: "running",
  paused: "paused",
  aborted: "aborted",
};

function prompted(before: Standing, prompt: Prompt): Standing {
  const state = STATES[prompt.phase];
  if (state !== "running") return changed(before, { prompt, ...(state && { state }) });
  const settled = prompt.phase === "hold" || (before.refused?.trial === null && prompt.phase !== "check");
  return {
    ...changed(before, { prompt, state, paused: null, report: null, trying: false }),
    refused: settled ? null : before.refused,
    doubted: prompt.phase === "hold" ? null : before.doubted, // from then on that one would be asked for again
    trouble: "",
  };
}

/** The prompt under way still names the trial that is stored now; the next one comes when it changes. */
function stored(info: Calibration | null, trial: Trial): Partial<Calibration> {
  const prompt = info?.prompt;
  if (!prompt?.trial || !same(prompt.trial, trial)) return {};
  const number = Math.min(prompt.number + 1, prompt.total);
  return { prompt: { ...prompt, number, trial: following(info!.plan, trial) } };
}

/** Nothing is learned from trials that are all there: the fit failed. */
function failed(info: Calibration | null): Partial<Calibration> {
  return info?.prompt?.phase === "finished" ? { state: "paused" } : {};
}

function changed(before: Standing, change: Partial<Calibration>): Standing {
  return before.info ? { ...before, info: { ...before.info, ...change } } : before;
}

export const isOver = (info: Calibration | null): boolean => info?.state === "accepted" || info?.state === "aborted";
