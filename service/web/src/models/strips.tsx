import { useState } from "preact/hooks";
import type { Decisions, Label } from "../frames";
import { NamedTrack, type Bar } from "../track";
import { named, useWords } from "../words";
import { answer } from "./agreement";
import type { Pair } from "./compare";

/** Seconds that may be looked at; none: all of it. */
const WIDTHS_S = [60, 20, 5];

/** From where, and for how long, in seconds. */
interface Look {
  from: number;
  width: number;
}

/** The decisions of both, one strip above the other, over the same seconds. */
export function Strips({ pair }: { pair: Pair }) {
  const words = useWords();
  const [look, setLook] = useState<Look>({ from: 0, width: Infinity });
  const length = pair.first.length_s;
  const width = Math.min(look.width, length);
  const rows = occurring(pair);
  const seen = { from: Math.min(look.from, length - width), width };
  return (
    <>
      <Looking look={look} length={length} setLook={setLook} />
      <small>{words.models.legend}</small>
      {[pair.first, pair.second].map((decisions, place) => (
        <Strip key={place} decisions={decisions} truth={pair.truth} rows={rows} look={seen} />
      ))}
      <div class="clock">
        <span>{words.say.clock(seen.from)}</span>
        <span>{words.say.clock(seen.from + seen.width)}</span>
      </div>
    </>
  );
}

function Looking({ look, length, setLook }: { look: Look; length: number; setLook: (look: Look) => void }) {
  const words = useWords();
  const widths = WIDTHS_S.filter((width) => width < length);
  if (!widths.length) return null;
  return (
    <div class="choices">
      <label>
        {words.models.shown}
        <select onChange={({ currentTarget }) => setLook({ ...look, width: Number(currentTarget.value) })}>
          <option value="Infinity">{words.models.whole}</option>
          {widths.map((width) => (
            <option key={width} value={width}>
              {words.say.seconds(width)}
            </option>
          ))}
        </select>
      </label>
      {look.width < length && (
        <label>
          {words.models.from}
          <input
            type="range"
            min={0}
            max={length - look.width}
            step={look.width / 10}
            value={look.from}
            aria-valuetext={words.say.clock(look.from)}
            onInput={({ currentTarget }) => setLook({ ...look, from: Number(currentTarget.value) })}
          />
        </label>
      )}
    </div>
  );
}

/** Every gesture that either of them answers or the recording names: the same rows for both. */
function occurring({ truth, first, second }: Pair): string[] {
  const said = new Set([...first.spans, ...second.spans].map(answer));
  const order = [...first.labels, ...second.labels, ...said, ...truth.map(({ gesture }) => gesture)];
  const named = new Set([...said, ...truth.map(({ gesture }) => gesture)]);
  return [...new Set(order)].filter((gesture) => named.has(gesture));
}

interface StripProps {
  decisions: Decisions;
  truth: Label[];
  rows: string[];
  look: Look;
}

function Strip({ decisions, truth, rows, look }: StripProps) {
  const words = useWords();
  const title = words.models.strip(decisions.model);
  const shown = { start: look.from, stop: look.from + look.width };
  const said = (gesture: string): Bar[] => [
    ...decisions.spans.filter((span) => answer(span) === gesture).map((span) => bar(span, span.accepted ? "sure" : "unsure")),
    ...truth.filter((label) => label.gesture === gesture).map((label) => bar(label, "told")),
  ];
  return (
    <div class="strip" role="group" aria-label={title}>
      <h3>{title}</h3>
      {rows.map((gesture) => (
        <NamedTrack key={gesture} name={named(words, gesture)} bars={said(gesture)} shown={shown} />
      ))}
    </div>
  );
}

function bar({ start_s, stop_s }: { start_s: number; stop_s: number }, kind: Bar["kind"]): Bar {
  return { start: start_s, stop: stop_s, kind };
}
