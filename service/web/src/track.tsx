/** A part of something that lasts, from its beginning. */
export interface Stretch {
  start: number;
  stop: number;
}

/** `told`: what somebody says that it was, beside answers that are sure or not. */
const KINDS = ["sure", "unsure", "told"] as const;
export interface Bar extends Stretch {
  kind: (typeof KINDS)[number];
}

const WIDE = 1000;
const INSETS = { sure: 0.15, unsure: 0.15, told: 0.04 };

/** Bars along the time that is shown, however many. Who cannot see them reads the tables. */
export function Track({ bars, shown }: { bars: readonly Bar[]; shown: Stretch }) {
  const seen = bars.filter(({ start, stop }) => stop >= shown.start && start <= shown.stop);
  return (
    <svg class="track" viewBox={`0 0 ${WIDE} 1`} preserveAspectRatio="none" aria-hidden="true">
      {KINDS.map((kind) => (
        <path key={kind} class={kind} d={drawn(seen.filter((bar) => bar.kind === kind), shown, INSETS[kind])} />
      ))}
    </svg>
  );
}

/** The same with a name before it. */
export function NamedTrack({ name, bars, shown }: { name: string; bars: readonly Bar[]; shown: Stretch }) {
  return (
    <div class="named-track">
      <span>{name}</span>
      <Track bars={bars} shown={shown} />
    </div>
  );
}

/** Boxes in one path; `inset` from above and below. */
function drawn(bars: readonly Bar[], shown: Stretch, inset: number): string {
  const across = (at: number) => ((WIDE * (at - shown.start)) / (shown.stop - shown.start)).toFixed(2);
  return bars.map(({ start, stop }) => `M${across(start)} ${inset}H${across(stop)}V${1 - inset}H${across(start)}Z`).join("");
}
