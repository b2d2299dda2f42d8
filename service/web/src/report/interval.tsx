import { useWords, type Words } from "../words";
import type { Estimate } from "./frames";

/** A share and its interval in words. `alone`: how to say one that has none. */
export function said(estimate: Estimate | null, words: Words, alone = words.report.withoutInterval): string {
  if (estimate === null) return words.report.notMeasured;
  const { value, low, high } = estimate;
  if (low === null || high === null) return alone(words.say.percent(value));
  return words.report.withInterval(words.say.percent(value), words.say.number(100 * low), words.say.percent(high));
}

/** The same, and drawn on a line from 0 to 1: a dot with whiskers. */
export function Interval({ estimate, alone }: { estimate: Estimate | null; alone?: (value: string) => string }) {
  const words = useWords();
  return (
    <div class="interval">
      <Whiskers estimate={estimate} />
      <span>{said(estimate, words, alone)}</span>
    </div>
  );
}

/** Rates of errors may be above 1: they end where the line does. */
const across = (share: number) => `${(100 * Math.min(1, share)).toFixed(1)}%`;

function Whiskers({ estimate }: { estimate: Estimate | null }) {
  return (
    <svg class="whiskers" aria-hidden="true">
      <line class="axis" x1="0" x2="100%" y1="50%" y2="50%" />
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <line key={share} class="axis" x1={across(share)} x2={across(share)} y1="35%" y2="65%" />
      ))}
      {estimate?.low != null && estimate.high != null && <Reach low={estimate.low} high={estimate.high} />}
      {estimate && <circle class="dot" cx={across(estimate.value)} cy="50%" r="4" />}
    </svg>
  );
}

function Reach({ low, high }: { low: number; high: number }) {
  return (
    <g class="reach">
      <line x1={across(low)} x2={across(high)} y1="50%" y2="50%" />
      <line x1={across(low)} x2={across(low)} y1="12%" y2="88%" />
      <line x1={across(high)} x2={across(high)} y1="12%" y2="88%" />
    </g>
  );
}
