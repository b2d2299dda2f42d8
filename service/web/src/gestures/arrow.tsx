import type { Move } from "./poses";
import type { Skeleton } from "./skeleton";

/** Where the hand turns round the forearm, as a flat ring about it. */
const RING = { below: 16, wide: 27, high: 9 };
const FAR = 88;
const BEYOND = 113;
/** How far an arrow goes above and below the wrist. */
export const HIGHEST: Record<Move, number> = { flexion: 92, extension: 92, radial: 120, ulnar: 120, inwards: 0, outwards: 0 };
export const LOWEST: Record<Move, number> = { flexion: 0, extension: 0, radial: 0, ulnar: 0, inwards: -34, outwards: -34 };

/** Which way the hand goes from where it would be straight. */
export function Arrow({ move, bones }: { move: Move; bones: Skeleton }) {
  const path = move === "inwards" || move === "outwards" ? turning(move, bones) : swinging(move, bones);
  return (
    <g class="arrow">
      <path class="halo" d={path} />
      <path d={path} />
    </g>
  );
}

/** Round the wrist, to where the hand is. */
function swinging(move: Move, { wrist: [x, y], reach, straight }: Skeleton): string {
  const angle = (point: readonly number[]) => Math.atan2(point[1]! - y, point[0]! - x);
  const [from, to] = [angle(straight), angle(reach)];
  const way = Math.sign(to - from);
  const bent = move === "flexion" || move === "extension";
  const radius = bent ? FAR : BEYOND;
  const start = bent ? from : from - way * 0.12;
  const end = bent ? to - way * 0.34 : to + way * 0.05;
  const on = (angle: number, out = radius) => `${(x + out * Math.cos(angle)).toFixed(1)} ${(-y - out * Math.sin(angle)).toFixed(1)}`;
  const back = end - (way * 9) / radius;
  return `M${on(start)}A${radius} ${radius} 0 0 ${way > 0 ? 0 : 1} ${on(end)}M${on(back, radius + 8)}L${on(end)}L${on(back, radius - 8)}`;
}

/** Over the near side of the forearm: to the left inwards, to the right outwards. */
function turning(move: Move, { wrist: [x, y] }: Skeleton): string {
  const way = move === "inwards" ? -1 : 1;
  const [level, end] = [-y + RING.below, x + way * RING.wide];
  const round = `M${x - way * RING.wide} ${level}A${RING.wide} ${RING.high} 0 0 ${way > 0 ? 0 : 1} ${end} ${level}`;
  return `${round}M${end - way * 10} ${level + 0.5}L${end} ${level}L${end + way * 3} ${level + 9.5}`;
}
