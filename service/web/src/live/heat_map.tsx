import { useEffect, useRef, useState } from "preact/hooks";
import type { Quality } from "../frames";
import { useWords, type Words } from "../words";
import { COLOURS, FILLED, heat, LAST_S, type Heat, type Sign } from "./heat";
import type { Trace } from "./trace";

/** A grid of electrodes as it lies on the skin: how strong each of them is now. */
export function HeatMap({ trace, quality, unit }: { trace: Trace; quality: Quality | null; unit: string }) {
  const words = useWords();
  const canvas = useRef<HTMLCanvasElement>(null);
  const judged = useRef(quality);
  judged.current = quality;
  const [told, tell] = useState<Heat | null>(null);
  useEffect(
    () => heat(trace, canvas.current!, (channel) => sign(judged.current, channel), tell),
    [trace],
  );
  const filled = quality?.interpolated.map((channel) => trace.layout.channels[channel]!) ?? [];
  return (
    <div class="heat">
      <canvas ref={canvas} role="img" aria-label={told ? inWords(trace, quality, told, unit, words) : words.live.heatMap} />
      <div class="heat-legend">
        <span>0</span>
        <div aria-hidden="true" style={{ background: `linear-gradient(to right, ${COLOURS.join(", ")})` }} />
        <span>{told ? `${words.say.amount(told.most)} ${unit}` : "–"}</span>
        <span>{words.live.heatOf(1000 * LAST_S)}</span>
      </div>
      {filled.length > 0 && (
        <p class="filled">
          {FILLED} {words.live.heatFilled(filled)}
        </p>
      )}
    </div>
  );
}

function sign(quality: Quality | null, channel: number): Sign | undefined {
  return quality?.interpolated.includes(channel) ? "interpolated" : quality?.channels[channel]?.level;
}

/** What is to be seen, for who does not see it. */
function inWords({ layout }: Trace, quality: Quality | null, { swings }: Heat, unit: string, words: Words): string {
  const rows = layout.grid!;
  const strongest = swings.indexOf(Math.max(...swings));
  const at = rows.findIndex((row) => row.includes(strongest));
  const bad = quality?.channels.flatMap(({ level }, channel) => (level === "bad" ? [layout.channels[channel]!] : [])) ?? [];
  const place = { row: at + 1, column: (rows[at]?.indexOf(strongest) ?? -1) + 1 };
  const strength = `${words.say.number(swings[strongest]!)} ${unit}`;
  return words.live.heatSaid(rows.length, rows[0]!.length, layout.channels[strongest]!, place, strength, bad);
}
