import { chain, minus, pitched, plus, reaching, rolled, times, yawed, type Point } from "./space";

const FINGERS = ["index", "middle", "ring", "little"] as const;
export type Finger = (typeof FINGERS)[number];
export type Digit = Finger | "thumb";

/** How far each joint of a finger is bent, in degrees, from the palm to the tip. */
const BENDS = {
  straight: [4, 4, 4],
  relaxed: [22, 26, 16],
  round: [38, 48, 30],
  bent: [78, 88, 40],
  curled: [88, 98, 48],
  touching: [62, 52, 34],
} as const;
export type Bend = keyof typeof BENDS;

/** Where the bones of the thumb point: degrees from the fingers outwards, and out of the palm. */
const THUMBS = {
  out: [[46, 18], [30, 14], [22, 8]],
  wide: [[62, 12], [48, 6], [36, 0]],
  along: [[36, 24], [6, 12], [-2, 6]],
  across: [[24, 52], [-42, 30], [-74, 6]],
} as const;
export type Thumb = keyof typeof THUMBS | "over" | Finger;

export interface Pose {
  thumb: Thumb;
  fingers: Readonly<Record<Finger, Bend>>;
  /** Degrees between neighbouring fingers. */
  spread: number;
  /** Degrees by which the wrist is bent towards the palm, and towards the thumb. */
  wrist: readonly [flexed: number, deviated: number];
  /** Degrees by which who looks has gone round the hand. */
  seen: { yaw: number; pitch: number; roll: number };
}

interface Shape {
  base: Point;
  bones: readonly [number, number, number];
  radius: number;
  /** By how many times the spread it leans to the thumb. */
  lean: number;
}
const SHAPES: Record<Finger, Shape> = {
  index: { base: [20, 48, 0], bones: [21, 13, 9], radius: 7, lean: 1.3 },
  middle: { base: [6.5, 51, 1], bones: [24, 15, 10], radius: 7.2, lean: 0.2 },
  ring: { base: [-7, 49, 0.5], bones: [22, 14, 10], radius: 6.9, lean: -0.9 },
  little: { base: [-19.5, 43, -1], bones: [16, 10, 8], radius: 6.2, lean: -2.1 },
};
const THUMB = { base: [13, 11, 3] as Point, bones: [23, 16, 12] as const, radius: 7.6 };

/** A rounded piece of the hand as it is seen: joints on the paper, half its width, how near it is. */
export interface Limb {
  joints: Point[];
  radius: number;
}
export interface Digits extends Limb {
  name: Digit;
  /** Where its nail is, if that side is seen. */
  nail: [Point, Point] | null;
}
export interface Skeleton {
  /** Areas that run into one: the outline goes round all of them. */
  trunk: Limb[];
  /** How near the palm is. */
  depth: number;
  digits: Digits[];
  wrist: Point;
  /** Where the finger tips are, were they straight. */
  reach: Point;
  /** Where they were, were the wrist straight, too. */
  straight: Point;
}

/** The hand in a pose, as it is seen: every point is (right, up, near). */
export function skeleton(pose: Pose): Skeleton {
  const fingers = FINGERS.map((name) => finger(name, pose));
  const digits = [...fingers, thumb(pose, fingers)];
  const hand = (point: Point) => seen(rolled(pitched(point, pose.wrist[0]), pose.wrist[1]), pose);
  const arm = (point: Point) => seen(point, pose);
  const ball: Limb = { joints: [[6, 12, 2], ...digits.at(-1)!.joints.slice(0, 2), [12, 28, 2]], radius: 7.6 };
  return {
    trunk: [placed(FOREARM, arm), placed(PALM, hand), placed(ball, hand)],
    depth: hand([0, 30, 0])[2],
    digits: digits.map((digit) => ({ name: digit.name, ...placed(digit, hand), nail: nail(digit, hand) })),
    wrist: arm([0, 0, 0]),
    reach: hand([0, 100, 0]),
    straight: arm([0, 100, 0]),
  };
}

const placed = ({ joints, radius }: Limb, where: (point: Point) => Point): Limb => ({ joints: joints.map(where), radius });

interface Bent extends Limb {
  name: Digit;
  /** Out of the nail of its tip. */
  back: Point;
}

function finger(name: Finger, { fingers, spread }: Pose): Bent {
  const { base, bones, radius, lean } = SHAPES[name];
  const bends = BENDS[fingers[name]];
  const bent = [bends[0], bends[0] + bends[1], bends[0] + bends[1] + bends[2]];
  const leaning = fingers[name] === "curled" || fingers[name] === "bent" ? 0 : lean * spread;
  const turned = (point: Point, degrees: number) => rolled(pitched(point, degrees), leaning);
  const joints = chain(base, bones, bent.map((degrees) => turned([0, 1, 0], degrees)));
  return { name, joints, radius, back: turned([0, 0, -1], bent[2]!) };
}

function thumb({ thumb: how }: Pose, fingers: Bent[]): Bent {
  const { base, bones, radius } = THUMB;
  const joints =
    how in THUMBS
      ? chain(base, bones, THUMBS[how as keyof typeof THUMBS].map(([out, up]) => rolled(pitched([0, 1, 0], up), out)))
      : reaching(base, bones, goal(how, fingers), BULGE);
  const along = minus(joints[3]!, joints[2]!);
  const back: Point = how in THUMBS ? [along[1], -along[0], 0] : [0.5, -0.2, 0.85];
  return { name: "thumb", joints, radius, back: times(back, 1 / Math.hypot(...back)) };
}
const BULGE: Point = [1, -0.1, 0.35];

/** Where the tip of the thumb goes: upon closed fingers, or to the tip of one. */
function goal(how: Thumb, fingers: Bent[]): Point {
  if (how === "over") return plus(fingers[1]!.joints[2]!, [1, 3, 10]);
  const touched = fingers.find(({ name }) => name === how)!;
  return plus(touched.joints[3]!, plus(times(touched.back, -(touched.radius + 3)), [2, -3, 0]));
}

function nail({ joints, radius, back }: Bent, placed: (point: Point) => Point): [Point, Point] | null {
  const facing = minus(placed(back), placed([0, 0, 0]))[2];
  if (facing < 0.35) return null;
  const [from, to] = [joints[2]!, joints[3]!];
  const at = (share: number) => placed(plus(plus(from, times(minus(to, from), share)), times(back, radius * 0.8)));
  return [at(0.75), at(1.12)];
}

/** Round its edge, from the wrist over the knuckles and back; the ball of the thumb goes with the thumb. */
const PALM: Limb = {
  joints: [[-10, 2, 0], [-17, 22, 1], ...FINGERS.map((name) => SHAPES[name].base).reverse(), [17, 24, 2], [10, 2, 0]],
  radius: 8.5,
};
const FOREARM: Limb = {
  joints: [[-8.5, 6, 0], [8.5, 6, 0], [10, -40, 0], [16, -140, 0], [-16, -140, 0], [-10, -40, 0]],
  radius: 9,
};

function seen(point: Point, { seen: { yaw, pitch, roll } }: Pose): Point {
  return rolled(pitched(yawed(point, yaw), pitch), roll);
}
