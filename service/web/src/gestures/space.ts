/** A hand has depth: points in the room, x to the thumb of a right hand, y to the finger tips, z out of the palm. */
export type Point = readonly [x: number, y: number, z: number];

const rad = (degrees: number) => (degrees * Math.PI) / 180;

export const plus = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Point, by: number): Point => [a[0] * by, a[1] * by, a[2] * by];
export const length = (a: Point): number => Math.hypot(...a);
const dot = (a: Point, b: Point) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a: Point): Point => times(a, 1 / (length(a) || 1));

/** Turned about x, as a finger bends: from y towards z. */
export function pitched([x, y, z]: Point, degrees: number): Point {
  const [c, s] = [Math.cos(rad(degrees)), Math.sin(rad(degrees))];
  return [x, y * c - z * s, y * s + z * c];
}

/** Turned about y: from z towards x. */
export function yawed([x, y, z]: Point, degrees: number): Point {
  const [c, s] = [Math.cos(rad(degrees)), Math.sin(rad(degrees))];
  return [x * c + z * s, y, z * c - x * s];
}

/** Turned about z, as a finger spreads: from y towards x. */
export function rolled([x, y, z]: Point, degrees: number): Point {
  const [c, s] = [Math.cos(rad(degrees)), Math.sin(rad(degrees))];
  return [x * c + y * s, y * c - x * s, z];
}

/** Joints of a chain that begins at `from`; each bone has a direction of its own. */
export function chain(from: Point, lengths: readonly number[], directions: readonly Point[]): Point[] {
  const joints = [from];
  lengths.forEach((long, k) => joints.push(plus(joints[k]!, times(directions[k]!, long))));
  return joints;
}

/** Joints of three bones from one point to another, bent alike at each joint and bulging to one side. */
export function reaching(from: Point, lengths: readonly [number, number, number], to: Point, bulge: Point): Point[] {
  const along = unit(minus(to, from));
  const out = unit(minus(bulge, times(along, dot(bulge, along))));
  const [a, b, c] = lengths;
  const span = (bend: number) => Math.hypot(b + (a + c) * Math.cos(bend), (a - c) * Math.sin(bend));
  let [straight, folded] = [0, Math.PI / 1.5];
  for (let step = 0; step < 20; step++) {
    const bend = (straight + folded) / 2;
    if (span(bend) > length(minus(to, from))) straight = bend;
    else folded = bend;
  }
  const tilt = Math.atan2((a - c) * Math.sin(straight), b + (a + c) * Math.cos(straight));
  const angles = [straight, 0, -straight].map((angle) => angle - tilt);
  const directions = angles.map((angle) => plus(times(along, Math.cos(angle)), times(out, Math.sin(angle))));
  return chain(from, lengths, directions);
}
