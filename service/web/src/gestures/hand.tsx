import "./hand.css";
import { Arrow, HIGHEST, LOWEST } from "./arrow";
import { DRAWINGS, NEUTRAL, type Move } from "./poses";
import { skeleton, type Digits, type Limb, type Skeleton } from "./skeleton";
import { plus, times, type Point } from "./space";

export type Side = "left" | "right";
/** Width of the box, and how thick the lines are. */
const BOX = 150;
const LINE = 2.2;

/** A hand that makes a gesture, drawn for the eye only: its name stands beside it. Palm towards who looks. */
export function Hand({ gesture, side }: { gesture: string; side: Side }) {
  const known = Object.hasOwn(DRAWINGS, gesture);
  const drawing = known ? DRAWINGS[gesture]! : NEUTRAL;
  const bones = skeleton(drawing);
  const [across, down] = place(bones, drawing.move);
  const mirrored = side === "left" ? `translate(${BOX}) scale(-1 1)` : undefined;
  return (
    <svg class="hand" viewBox={`0 0 ${BOX} ${BOX}`} aria-hidden="true" data-gesture={known ? gesture : ""}>
      <g transform={mirrored}>
        <g transform={`translate(${across} ${down})`}>
          <Layers bones={bones} active={drawing.active} />
          {drawing.move && <Arrow move={drawing.move} bones={bones} />}
        </g>
      </g>
      {!known && (
        <text x={side === "left" ? BOX - across : across} y={down - 22}>
          {initials(gesture)}
        </text>
      )}
    </svg>
  );
}

function initials(gesture: string): string {
  return gesture.replaceAll(/[^\p{L}\p{N}]/gu, "").slice(0, 2).toUpperCase();
}

/** Where the wrist comes to lie, so that the hand stands in the middle. */
function place({ trunk, digits }: Skeleton, move?: Move): [number, number] {
  const points = [...trunk.slice(1), ...digits].flatMap(({ joints, radius }) => joints.map((joint) => [joint, radius] as const));
  const ends = (axis: 0 | 1) => [
    Math.min(...points.map(([joint, radius]) => joint[axis] - radius)),
    Math.max(...points.map(([joint, radius]) => joint[axis] + radius)),
  ];
  const [left, right] = ends(0) as [number, number];
  const [bottom, top] = ends(1) as [number, number];
  const [lowest, highest] = [Math.min(bottom, move ? LOWEST[move] : bottom), Math.max(top, move ? HIGHEST[move] : top)];
  return [BOX / 2 - (left + right) / 2, Math.max(BOX / 2 + (lowest + highest) / 2 - 4, highest + 6)];
}

/** From the farthest to the nearest. */
function Layers({ bones, active }: { bones: Skeleton; active: readonly string[] }) {
  const digits = [...bones.digits].sort((one, other) => nearness(one) - nearness(other));
  const behind = digits.filter((digit) => nearness(digit) < bones.depth - BEHIND);
  const before = digits.filter((digit) => !behind.includes(digit));
  const drawn = (digit: Digits) => <Finger key={digit.name} digit={digit} active={active.includes(digit.name)} />;
  return (
    <>
      {behind.map(drawn)}
      {bones.trunk.map(({ joints, radius }) => <path class="edge" d={`${line(joints)}Z`} stroke-width={2 * radius} />)}
      {bones.trunk.map(({ joints, radius }) => (
        <path class="skin area" d={`${line(joints)}Z`} stroke-width={2 * (radius - LINE)} />
      ))}
      {before.map(drawn)}
    </>
  );
}
/** So far behind the palm, a finger is hidden by it. */
const BEHIND = 8;

function Finger({ digit: { joints, radius, nail }, active }: { digit: Digits; active: boolean }) {
  const bone = rounded(joints);
  const [x, y] = joints.at(-1)!;
  return (
    <g class={active ? "active" : ""}>
      <path class="edge cut" d={bone} stroke-width={2 * radius} />
      <path class="edge" d={`M${x} ${-y}h0`} stroke-width={2 * radius} />
      <path class="skin" d={bone} stroke-width={2 * (radius - LINE)} />
      {nail && <path class="line" d={line(nail)} />}
    </g>
  );
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const nearness = ({ joints }: Limb) => mean(joints.slice(2).map((joint) => joint[2]));
const at = ([x, y]: Point) => `${x.toFixed(1)} ${(-y).toFixed(1)}`;
const line = (joints: readonly Point[]) => `M${joints.map(at).join("L")}`;

/** A line that bends at its joints without corners. */
function rounded(joints: readonly Point[]): string {
  const [first, ...rest] = joints as [Point, ...Point[]];
  const bends = rest.slice(0, -1).map((joint, k) => `Q${at(joint)} ${at(times(plus(joint, rest[k + 1]!), 0.5))}`);
  return `M${at(first)}L${at(times(plus(first, rest[0]!), 0.5))}${bends.join("")}L${at(rest.at(-1)!)}`;
}
