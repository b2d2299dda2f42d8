import { useEffect, useRef, useState } from "preact/hooks";
import type { Stretch } from "../track";
import { Why } from "../why";
import { useWords } from "../words";
import { chart } from "./chart";
import { useDrag } from "./drag";
import { envelopeOf, merged } from "./envelope";
import type { RecordingDetail } from "./frames";
import { within } from "./stretch";
import { Marks } from "./marks";

interface Props {
  recording: RecordingDetail;
  shown: Stretch;
  setShown: (to: Stretch) => void;
}

/** The whole recording, all channels as one; a drag chooses the part that is looked at. */
export function Overview({ recording, shown, setShown }: Props) {
  const words = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState<Error | null>(null);
  const [drawn, setDrawn] = useState(false);
  const length = recording.length_s;
  useEffect(() => {
    if (place.current === null) return; // left before it was drawn
    const plot = chart(place.current);
    const leaving = new AbortController();
    const columns = Math.min(4000, Math.max(1, place.current.clientWidth));
    const asked = { start: 0, stop: length, columns, rate: recording.rate_hz, channels: recording.labels.length };
    envelopeOf(recording.name, asked, leaving.signal).then(
      (envelope) => {
        plot.show(merged(envelope), 0, length);
        setDrawn(true);
      },
      (error: Error) => leaving.signal.aborted || setProblem(error),
    );
    return () => {
      leaving.abort();
      plot.end();
    };
  }, [recording.name, length]);

  function at({ clientX }: { clientX: number }): number {
    const { left, width } = place.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (clientX - left) / width)) * length;
  }
  /** A click: the part keeps its size and comes here. */
  const drag = useDrag(at, ({ start, stop }, click) => {
    const half = (shown.stop - shown.start) / 2;
    setShown(within(click ? { start: start - half, stop: stop + half } : { start, stop }, length));
  });
  return (
    <div class="overview">
      <div class="picture" ref={place} aria-hidden="true" {...drag}>
        <Marks marks={[{ ...shown, text: "" }]} shown={{ start: 0, stop: length }} over />
      </div>
      {!drawn && !problem && <p role="status">{words.recordings.reading}</p>}
      <Why problem={problem} />
    </div>
  );
}
