import { said, useDecisions } from "../decisions";
import { Hand } from "../gestures/hand";
import { sideOf } from "../gestures/side";
import { useEvents } from "../live/events";
import { Typed } from "../live/typed";
import { useTyping } from "../live/typing";
import { named, useWords } from "../words";
import type { Calibration } from "./frames";
import type { Doing } from "./use_calibration";

/** The new head on the stream, before anybody decides. */
export function Try({ info, doing }: { info: Calibration; doing: Doing }) {
  const words = useWords();
  return (
    <section class="try" aria-labelledby="try">
      <h2 id="try">{words.calibrate.try}</h2>
      <p>{words.calibrate.tryWhy}</p>
      {info.trying && <Answer info={info} />}
      <button type="button" onClick={() => doing.act("try", { on: !info.trying })}>
        {info.trying ? words.calibrate.tryStop : words.calibrate.tryStart}
      </button>
    </section>
  );
}

function Answer({ info }: { info: Calibration }) {
  const { kind } = info.plan;
  if (kind === "text") return <TypedNow info={info} />;
  return kind === "events" ? <DoneNow info={info} /> : <HeldNow info={info} />;
}

function TypedNow({ info }: { info: Calibration }) {
  return <Typed typing={useTyping(info.stream)} />;
}

function DoneNow({ info }: { info: Calibration }) {
  const words = useWords();
  const { newest } = useEvents(info.stream);
  return (
    <div class="answer plain">
      <p class="say" role="status">
        {newest ? named(words, newest.label) : words.live.noEvent}
      </p>
    </div>
  );
}

function HeldNow({ info }: { info: Calibration }) {
  const words = useWords();
  const decisions = useDecisions(info.stream);
  const { gesture } = decisions;
  return (
    <div class="answer">
      {gesture === null ? <span class="no-hand" /> : <Hand gesture={gesture} side={sideOf(info.user)} />}
      <p class="say" role="status">
        {said(decisions, words)}
      </p>
    </div>
  );
}
