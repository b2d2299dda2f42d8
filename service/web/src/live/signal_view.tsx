import { useEffect, useRef, useState } from "preact/hooks";
import { Judgement, Lights } from "../electrodes";
import { written } from "../scale";
import { useWords } from "../words";
import { HeatMap } from "./heat_map";
import { draw } from "./scope";
import { useSignal } from "./signal";
import type { Trace } from "./trace";

/** Lanes of more channels are too low for a name. */
const MOST_BESIDE = 16;
const PICTURE = "palmaris.picture";
const PICTURES = ["lanes", "heat"] as const;
type Picture = (typeof PICTURES)[number];

/** All channels, one above the other or as the electrodes lie, and how well each of them sits. */
export function SignalView({ stream }: { stream: string }) {
  const words = useWords();
  const { trace, quality } = useSignal(stream);
  const [picture, setPicture] = useState<Picture>(() => (localStorage.getItem(PICTURE) === "heat" ? "heat" : "lanes"));
  const { channels = [], grid = null, unit = "" } = trace?.layout ?? {};

  function choose(wished: Picture): void {
    setPicture(wished);
    localStorage.setItem(PICTURE, wished);
  }
  const heat = trace && grid && picture === "heat";
  return (
    <section class="signal" aria-labelledby="signal">
      <div class="signal-head">
        <h2 id="signal">{words.live.signal}</h2>
        {grid && <PictureChoice chosen={picture} choose={choose} />}
      </div>
      <div class={channels.length > MOST_BESIDE || heat ? "many" : "beside"}>
        {trace && <Lights names={channels} quality={quality} drawn={!heat} />}
        {heat && <HeatMap trace={trace} quality={quality} unit={written(unit)} />}
        {trace && !heat && <Lanes trace={trace} unit={written(unit)} />}
      </div>
      <Judgement quality={quality} />
    </section>
  );
}

function PictureChoice({ chosen, choose }: { chosen: Picture; choose: (picture: Picture) => void }) {
  const words = useWords();
  return (
    <div role="group" aria-label={words.live.picture}>
      {PICTURES.map((picture) => (
        <button key={picture} type="button" aria-pressed={picture === chosen} onClick={() => choose(picture)}>
          {words.live.pictures[picture]}
        </button>
      ))}
    </div>
  );
}

function Lanes({ trace, unit }: { trace: Trace; unit: string }) {
  const words = useWords();
  const place = useRef<HTMLDivElement>(null);
  const [reach, setReach] = useState(0);
  useEffect(() => draw(trace, place.current!, setReach), [trace]);
  return (
    <div class="lanes">
      <div class="plot" ref={place} aria-hidden="true" />
      {reach > 0 && <p class="lane">{words.live.lane(reach, unit)}</p>}
    </div>
  );
}
