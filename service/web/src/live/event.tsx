import { useEffect, useState } from "preact/hooks";
import { STRIP_S } from "../decisions";
import type { GestureEvent, StreamInfo } from "../frames";
import { NamedTrack } from "../track";
import { named, useWords } from "../words";
import { rowOf, type Events } from "./events";
import { Facts, State } from "./facts";

const TICK_MS = 100;

/** What the hand did last, to be read across the room, and what it holds. */
export function LastEvent({ stream, events }: { stream: StreamInfo; events: Events }) {
  const words = useWords();
  const { newest, pressed } = events;
  return (
    <section class="decision" aria-labelledby="decision">
      <h2 id="decision">{words.live.event}</h2>
      <div role="status">
        {newest ? <Large key={newest.seq} event={newest} /> : <p class="gesture">{words.live.noEvent}</p>}
      </div>
      <State stream={stream} link={events} />
      <p class="pressed">
        {words.live.held} {pressed.length ? words.say.list(pressed.map((finger) => named(words, finger))) : "–"}
      </p>
      <Facts stream={stream} latency={newest?.latency ?? null} />
    </section>
  );
}

function Large({ event }: { event: GestureEvent }) {
  const words = useWords();
  return <p class={`gesture event ${event.kind === "release" ? "" : "sure"}`}>{named(words, event.label)}</p>;
}

/** What was done when: a row for each finger that can be pressed and for all else, the newest at the right. */
export function EventStrip({ events: { labels, done } }: { events: Events }) {
  const words = useWords();
  const now = useNow();
  const shown = { start: now - 1000 * STRIP_S, stop: now };
  const bars = done.map((one) => ({ ...one, stop: Math.min(one.stop, now) }));
  const rows = [...new Set(labels.map((label) => rowOf(label, labels)))];
  return (
    <section class="strip" aria-labelledby="strip">
      <h2 id="strip">{words.live.eventStrip(STRIP_S)}</h2>
      {rows.map((row) => (
        <NamedTrack key={row} name={named(words, row)} bars={bars.filter((bar) => bar.row === row)} shown={shown} />
      ))}
    </section>
  );
}

/** The time, which goes on while nobody does anything. */
function useNow(): number {
  const [now, tick] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => tick(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
