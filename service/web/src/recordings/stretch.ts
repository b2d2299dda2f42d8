import type { Stretch } from "../track";

/** The shortest that is shown. */
const SHORTEST_S = 0.05;

/** As near to what is wanted as the recording allows. */
export function within({ start, stop }: Stretch, length: number): Stretch {
  const size = Math.min(Math.max(stop - start, SHORTEST_S), length);
  const from = Math.min(Math.max(start, 0), length - size);
  return { start: from, stop: from + size };
}

/** Nearer by a factor, or farther by one below 1, with `at` staying where it is. */
export function zoomed({ start, stop }: Stretch, factor: number, at: number, length: number): Stretch {
  return within({ start: at - (at - start) / factor, stop: at + (stop - at) / factor }, length);
}

/** Along by a share of itself. */
export function moved({ start, stop }: Stretch, share: number, length: number): Stretch {
  const by = share * (stop - start);
  return within({ start: start + by, stop: stop + by }, length);
}
