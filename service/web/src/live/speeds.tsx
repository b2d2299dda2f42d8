import type { StreamInfo } from "../frames";
import { named, useWords } from "../words";
import { Facts, State } from "./facts";
import type { Movements } from "./movement";

/** Degrees per second that fill a bar to either side. */
const FULL = 180;

/** How fast each thing moves: a number to be read across the room, and a bar from the middle to either side. */
export function Speeds({ stream, movements }: { stream: StreamInfo; movements: Movements }) {
  const words = useWords();
  const { labels, newest } = movements;
  return (
    <section class="decision" aria-labelledby="decision">
      <h2 id="decision">{words.live.movement}</h2>
      {labels.map((label, number) => (
        <Speed key={label} name={named(words, label)} speed={newest?.speeds[number] ?? null} />
      ))}
      <State stream={stream} link={movements} />
      <Facts stream={stream} latency={newest?.latency ?? null} />
    </section>
  );
}

function Speed({ name, speed }: { name: string; speed: number | null }) {
  const words = useWords();
  const told = speed === null ? "–" : words.live.speed(speed);
  const part = Math.max(-1, Math.min(1, (speed ?? 0) / FULL));
  return (
    <>
      <p class={`gesture speed ${speed === null ? "" : "sure"}`}>{told}</p>
      <p>{name}</p>
      <div
        class="bar both-ways"
        role="meter"
        aria-label={name}
        aria-valuemin={-FULL}
        aria-valuemax={FULL}
        aria-valuenow={Math.round(part * FULL)}
        aria-valuetext={told}
      >
        <div style={{ transform: `scaleX(${part})` }} />
      </div>
    </>
  );
}
