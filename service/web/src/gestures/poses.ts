import type { Bend, Digit, Finger, Pose, Thumb } from "./skeleton";

/** Which way the hand goes, as an arrow beside it. */
export type Move = "flexion" | "extension" | "radial" | "ulnar" | "inwards" | "outwards";

interface Drawing extends Pose {
  /** What makes the gesture: drawn fuller than the rest. */
  active: readonly Digit[];
  move?: Move;
}

type Bends = Partial<Record<Finger | "all", Bend>>;
interface Told extends Partial<Omit<Pose, "fingers" | "thumb" | "seen">>, Pick<Drawing, "move"> {
  active?: readonly Digit[];
  seen?: Partial<Pose["seen"]>;
}
const ALL: readonly Digit[] = ["thumb", "index", "middle", "ring", "little"];

function drawing(thumb: Thumb, bends: Bends, told: Told = {}): Drawing {
  const { all = "straight", ...own } = bends;
  return {
    ...{ spread: 5, wrist: [0, 0], active: [] },
    ...told,
    thumb,
    fingers: { index: all, middle: all, ring: all, little: all, ...own },
    seen: { yaw: 0, pitch: 0, roll: 0, ...told.seen },
  };
}

/** One finger bent into the palm. */
const bending = (finger: Finger) => drawing("out", { [finger]: "bent" }, { active: [finger], seen: { yaw: 12, pitch: -8 } });
/** The thumb upon the tip of a finger. */
const pinching = (finger: Finger) =>
  drawing(finger, { [finger]: "touching" }, { active: ["thumb", finger], seen: { yaw: -24, pitch: 0 } });
const sideways = { yaw: -78, pitch: 0 };

const CLOSED = drawing("over", { all: "curled" }, { active: ALL, seen: { yaw: 10, pitch: -12 } });
const OPEN = drawing("wide", {}, { spread: 10, active: ALL });

export const DRAWINGS: Readonly<Record<string, Drawing>> = {
  rest: drawing("out", { all: "relaxed" }, { spread: 3, seen: { yaw: -38, pitch: 6, roll: 0 } }),
  fist: CLOSED,
  hand_close: CLOSED,
  open: OPEN,
  hand_open: OPEN,
  point: drawing("over", { all: "curled", index: "straight" }, { spread: 0, active: ["index"], seen: { yaw: 10, pitch: -10 } }),
  pinch: drawing("index", { all: "round", index: "touching" }, { spread: 6, active: ["thumb", "index"], seen: { yaw: -66, pitch: 4 } }),
  thumb: drawing("across", {}, { active: ["thumb"] }),
  index: bending("index"),
  middle: bending("middle"),
  ring: bending("ring"),
  little: bending("little"),
  thumb_index: pinching("index"),
  thumb_middle: pinching("middle"),
  thumb_ring: pinching("ring"),
  thumb_little: pinching("little"),
  wrist_flexion: drawing("along", {}, { wrist: [62, 0], move: "flexion", seen: { ...sideways, roll: 14 } }),
  wrist_extension: drawing("along", {}, { wrist: [-58, 0], move: "extension", seen: { ...sideways, roll: -14 } }),
  radial_deviation: drawing("along", {}, { spread: 2, wrist: [0, 24], move: "radial" }),
  ulnar_deviation: drawing("along", {}, { spread: 2, wrist: [0, -32], move: "ulnar" }),
  pronation: drawing("out", {}, { spread: 3, move: "inwards", seen: { yaw: 180 } }),
  supination: drawing("out", {}, { spread: 3, move: "outwards" }),
};
/** Of a gesture that nobody has drawn: its first letters are written upon it. */
export const NEUTRAL = drawing("out", {}, { spread: 4 });
