import { say } from "./say";

export const report = {
  title: "Report",
  of: (user: string) => `Report on the head of ${user}`,
  version: (version: number) => `version ${version}`,
  print: "Print",
  whose: "Choose a person and a version under Users.",
  advised: "Recommendation",
  advice: {
    accept: "Use the new head.",
    achieved: (f1: string) => `Its F1 is ${f1} on trials that it had not learned from.`,
    stillWeak: (names: string) => `Expect mistakes with: ${names}. More trials will hardly help.`,
    moreTrials: (names: string) => `Record one more trial of: ${names}.`,
    notSureEnough: (known: string) => `So far recognised in too few windows, or not surely enough: ${known}.`,
    unknownYet: "Nothing can be said of a gesture before its second trial.",
    drop: (names: string) => `Leave out, or replace by another gesture: ${names}.`,
    mistaken: (name: string, share: string, other: string) =>
      `${name}: recognised in ${share} of its windows; the mistakes are mostly “${other}”.`,
    keepPrevious: "Keep the head of before.",
    keepPreviousWhy: "On the trials of today it is better than the new one.",
  },
  beforeAndAfter: "F1 before and after",
  before: (head: string) => `Before: ${head}`,
  nothingBefore: "Before: no head knew these gestures",
  after: "After: new head",
  old: "After, gestures recorded earlier",
  new: "After, new gestures",
  fewer: (before: number, after: number) =>
    `Not quite alike: before, ${before} gestures could be scored; after, ${after}.`,
  noEstimate: "No estimate: it takes a second trial of a gesture to try the head on one that it has not learned from.",
  notMeasured: "not measured",
  withInterval: (value: string, low: string, high: string) => `${value} (${low} to ${high})`,
  withoutInterval: (value: string) => `${value} (one trial, no interval)`,
  sequences: {
    titles: { text: "Keys that were wrong", events: "Acts that were wrong" },
    alone: (value: string) => `${value} (no interval)`,
    noEstimate: "No estimate: it takes a second trial to try the head on one that it has not learned from.",
    advice: {
      moreTrials: { text: "Record one more sentence, or more.", events: "Record every act once more." },
      compared: {
        text: (after: string, before: string) =>
          `Of what it had not learned from, it gets ${after} of the keys wrong; before, ${before} were.`,
        events: (after: string, before: string) =>
          `Of what it had not learned from, it misses or mistakes ${after} of the acts; before, ${before} were.`,
      },
    },
    parts: "What goes wrong",
    error: "Error",
    kinds: {
      insertions: "Keys too many",
      deletions: "Keys that are missing",
      substitutions: "Another key instead",
      cler: "Taken for another, of those noticed",
      miss_rate: "Missed",
      false_per_minute: "Without an act, per minute",
      delay_p50_ms: "Delay, median",
      delay_p95_ms: "Delay, 95 % are faster",
    },
    meaning: "What do these numbers mean?",
    explained: {
      text: [
        "Keys that were wrong, the character error rate: keys too many, missing, or another instead, of all keys that were asked for. It can be above 100 %.",
        "In brackets: the 95 % interval, how far the value moves when these sentences are drawn anew. With few of them it is rough.",
      ],
      events: [
        "Acts that were wrong: of all presses, releases and taps that were made, the share that was missed or taken for another.",
        "Answers without an act are counted apart: so many in each minute.",
      ],
    },
    learnedFrom: "What it was learned from",
    learned: {
      text: (keys: number, pieces: number, time: string) =>
        `${say.number(keys)} keys in ${pieces} ${pieces === 1 ? "piece" : "pieces"} of signal, ${time} together, earlier calibrations included.`,
      events: (acts: number, pieces: number, time: string) =>
        `${say.number(acts)} presses, releases and taps in ${pieces} ${pieces === 1 ? "piece" : "pieces"} of signal, ${time} together, earlier calibrations included.`,
    },
  },
  meaning: "What do F1 and recall mean?",
  explained: [
    "Recall: of all windows, short pieces of signal, in which a gesture was held, the share in which it was recognised.",
    "F1: one number for missed and for false answers together, averaged over the gestures; 100 % is without mistakes.",
    "In brackets: the 95 % interval, how far the value moves when these trials are drawn anew. With few trials it is rough.",
  ],
  eachGesture: "Each gesture",
  gesture: "Gesture",
  recall: "Recall",
  trials: "Trials",
  windows: "Windows",
  compared: "What else was tried",
  method: "Method",
  f1: "F1",
  methods: {
    gaussians: "Gaussians for each gesture",
    mlp: "Small neural network (MLP)",
    lda: "Linear (LDA), for comparison only",
    previous: "the user's head so far",
    population: "head for everybody",
  },
  chosen: "(the new head)",
  confusion: "What was answered",
  confusionOf: {
    percent: "Answers of the new head, in percent of the windows of each gesture held",
    windows: "Answers of the new head, in windows",
  },
  held: "Held ↓ answered →",
  shownAs: "Shown as",
  units: { percent: "Percent", windows: "Windows" },
};
