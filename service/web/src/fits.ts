import type { Facts } from "./frames";

/** The clock of a device may be that far from the rate of a model; models/spec.py says so. */
const RATE_TOLERANCE = 0.005;

/** Whether a model can listen to such a device or recording. */
export function fits(facts: Pick<Facts, "channels" | "rate_hz"> | null, channels: number, rateHz: number): boolean {
  if (facts === null) return false;
  return facts.channels === channels && Math.abs(facts.rate_hz - rateHz) <= RATE_TOLERANCE * facts.rate_hz;
}
