import { useEffect, useRef, useState } from "preact/hooks";
import type { Decisions } from "../frames";
import { reach, written } from "../scale";
import { Track, type Bar, type Stretch } from "../track";
import { named, useWords } from "../words";
import { chart, type Chart } from "./chart";
import { useDrag } from "./drag";
import { envelopeOf, type Envelope } from "./envelope";
import type { RecordingDetail } from "./frames";
import { Overview } from "./overview";
import { Marks, type Mark } from "./marks";
import { moved, zoomed } from "./stretch";

/** The part that is looked at, for those who send the focus there. */
export const SIGNAL = "recorded-signal";
/** How much nearer one step goes. */
const STEP = 1.5;
/** After the last change of what is shown, before it is asked for. */
const PAUSE_MS = 80;
/** Lanes of more channels are too low for a name. */
const MOST_NAMED = 24;

interface Props {
  recording: RecordingDetail;
  shown: Stretch;
  setShown: (to: Stretch) => void;
  chosen: Stretch | null;
  setChosen: (to: Stretch | null) => void;
  decisions: Decisions | null;
}

/** The whole recording, and below it the part that is looked at, with labels and decisions under the signal. */
export function Signal({ recording, shown, setShown, chosen, setChosen, decisions }: Props) {
  const words = useWords();
  const [height, setHeight] = useState(0);
  const length = recording.length_s;
  const middle = (shown.start + shown.stop) / 2;
  const zoom = (factor: number, at = middle) => setShown(zoomed(shown, factor, at, length));
  const move = (share: number) => setShown(moved(shown, share, length));
  const labels = recording.gestures.map(({ gesture, start_s, stop_s }): Mark => ({ start: start_s, stop: stop_s, text: named(words, gesture) }));

  function press(event: KeyboardEvent): void {
    const done: Record<string, () => void> = {
      "+": () => zoom(STEP),
      "=": () => zoom(STEP),
      "-": () => zoom(1 / STEP),
      ArrowLeft: () => move(-0.25),
      ArrowRight: () => move(0.25),
      Home: () => move(-length / (shown.stop - shown.start)),
      End: () => move(length / (shown.stop - shown.start)),
    };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in done)) return;
    event.preventDefault();
    done[event.key]!();
  }
  return (
    <section aria-labelledby="signal">
      <div class="over">
        <h2 id="signal">{words.recordings.signal}</h2>
        {height > 0 && <small>{words.live.lane(height, written(recording.unit))}</small>}
        <span class="zoom">
          <button type="button" aria-label={words.recordings.back} onClick={() => move(-0.5)}>←</button>
          <button type="button" aria-label={words.recordings.forth} onClick={() => move(0.5)}>→</button>
          <button type="button" aria-label={words.recordings.nearer} onClick={() => zoom(STEP)}>+</button>
          <button type="button" aria-label={words.recordings.farther} onClick={() => zoom(1 / STEP)}>−</button>
          <button type="button" onClick={() => setShown({ start: 0, stop: length })}>{words.recordings.whole}</button>
        </span>
      </div>
      <div class="rows">
        <span>{words.recordings.overview}</span>
        <Overview {...{ recording, shown, setShown }} />
        <Lanes channels={recording.labels} />
        <div class="zoomed" id={SIGNAL} tabIndex={0} role="group" aria-label={words.recordings.keys} onKeyDown={press}>
          <Zoomed {...{ recording, shown, zoom, chosen, setChosen }} tell={setHeight} />
        </div>
        {labels.length > 0 && (
          <>
            <span>{words.recordings.labels}</span>
            <Marks marks={labels} shown={shown} />
          </>
        )}
        {decisions?.labels.map((label) => (
          <Strip key={label} label={label} decisions={decisions} shown={shown} />
        ))}
      </div>
      <p class="shown" role="status">
        {words.recordings.shown(shown.start, shown.stop, length)}
      </p>
    </section>
  );
}

/** When a gesture was answered. */
function Strip({ label, decisions, shown }: { label: string; decisions: Decisions; shown: Stretch }) {
  const spans = decisions.spans.filter(({ gesture }) => gesture === label);
  const bars = spans.map(({ start_s, stop_s, accepted }): Bar => ({ start: start_s, stop: stop_s, kind: accepted ? "sure" : "unsure" }));
  return (
    <>
      <span>{named(useWords(), label)}</span>
      <Track bars={bars} shown={shown} />
    </>
  );
}

function Lanes({ channels }: { channels: string[] }) {
  const words = useWords();
  if (channels.length > MOST_NAMED) return <span>{words.recordings.channelCount(channels.length)}</span>;
  return (
    <ul class="lanes" aria-label={words.recordings.columns.channels}>
      {channels.map((channel, number) => (
        <li key={number}>{channel}</li>
      ))}
    </ul>
  );
}

interface ZoomedProps {
  recording: RecordingDetail;
  shown: Stretch;
  zoom: (factor: number, at: number) => void;
  chosen: Stretch | null;
  setChosen: (to: Stretch | null) => void;
  tell: (reach: number) => void;
}

/** The part that is looked at: the wheel goes nearer, a drag chooses what is to be labelled. */
function Zoomed({ recording, shown, zoom, chosen, setChosen, tell }: ZoomedProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Chart | null>(null);
  const { say } = useWords();
  const said = useRef(say);
  said.current = say;
  const [envelope, setEnvelope] = useState<Envelope | null>(null);
  useEffect(() => {
    if (place.current === null) return; // left before it was drawn
    const made = (plot.current = chart(place.current, (seconds) => `${said.current.amount(seconds)} s`));
    return () => made.end();
  }, []);
  useEffect(() => {
    const leaving = new AbortController();
    const timer = setTimeout(async () => {
      if (place.current === null) return;
      const columns = Math.min(4000, Math.max(1, place.current.clientWidth));
      const asked = { ...shown, columns, rate: recording.rate_hz, channels: recording.labels.length };
      const found = await envelopeOf(recording.name, asked, leaving.signal).catch(() => null);
      if (found) setEnvelope(found);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [recording.name, recording.rate_hz, shown.start, shown.stop]);
  useEffect(() => {
    plot.current?.show(envelope, shown.start, shown.stop);
    if (envelope) tell(reach([...envelope.lows, ...envelope.highs]));
  }, [envelope, shown.start, shown.stop]);
  useEffect(() => {
    const turned = (event: WheelEvent) => {
      event.preventDefault(); // else the page scrolls, too
      zoom(event.deltaY < 0 ? STEP : 1 / STEP, at(event));
    };
    const target = place.current;
    target?.addEventListener("wheel", turned, { passive: false });
    return () => target?.removeEventListener("wheel", turned);
  });

  function at({ clientX }: { clientX: number }): number {
    const { left, width } = place.current!.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    return shown.start + share * (shown.stop - shown.start);
  }
  const drag = useDrag(at, setChosen);
  return (
    <div class="picture" ref={place} aria-hidden="true" {...drag}>
      {chosen && <Marks marks={[{ ...chosen, text: "" }]} shown={shown} over />}
    </div>
  );
}
