import "./live.css";
import { go } from "../route";
import { useStreams } from "../streams";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import type { StreamInfo } from "../frames";
import { Decision } from "./decision";
import { useDecisions } from "../decisions";
import { EventStrip, LastEvent } from "./event";
import { useEvents } from "./events";
import { useMovements } from "./movement";
import { NewStream } from "./new_stream";
import { RecordButton } from "./record_button";
import { RemoveStream } from "./remove_stream";
import { SignalView } from "./signal_view";
import { Speeds } from "./speeds";
import { StreamChoice } from "../stream_choice";
import { Strip } from "./strip";
import { Typed, TypingFacts } from "./typed";
import { useTyping } from "./typing";
import { Wearer } from "./wearer";

/** One stream as it is now; `of` is its name, or empty for the first one. */
export function LiveView({ of }: { of: string }) {
  const words = useWords();
  const { found: streams, problem, look } = useStreams();
  const chosen = streams?.find(({ stream }) => stream === of) ?? streams?.[0];

  function choose(stream: string): void {
    go("live", stream, true);
    void look();
  }
  return (
    <div class="live">
      <div class="tools">
        {chosen && <StreamChoice streams={streams!} chosen={chosen} choose={choose} />}
        {chosen && chosen.answers !== "movement" && <Wearer key={`${chosen.stream} head`} stream={chosen} look={look} />}
        {chosen && <RecordButton stream={chosen} look={look} />}
        {streams && <NewStream taken={streams} choose={choose} />}
        {chosen && <RemoveStream stream={chosen} done={() => choose("")} />}
      </div>
      <Trouble problem={problem} look={look} />
      {streams?.length === 0 && <p>{words.live.noStreams}</p>}
      {chosen && <Live key={`${chosen.stream} ${chosen.answers}`} stream={chosen} />}
    </div>
  );
}

/** Another model of the stream may answer otherwise. */
function Live({ stream }: { stream: StreamInfo }) {
  if (stream.answers === "text") return <LiveText stream={stream} />;
  if (stream.answers === "movement") return <LiveMovement stream={stream} />;
  return stream.answers === "events" ? <LiveEvents stream={stream} /> : <LiveGestures stream={stream} />;
}

function LiveGestures({ stream }: { stream: StreamInfo }) {
  const decisions = useDecisions(stream.stream);
  return (
    <div class="parts">
      <Decision stream={stream} decisions={decisions} />
      <SignalView stream={stream.stream} />
      <Strip decisions={decisions} />
    </div>
  );
}

function LiveText({ stream }: { stream: StreamInfo }) {
  const typing = useTyping(stream.stream);
  return (
    <div class="parts of-text">
      <Typed typing={typing} />
      <TypingFacts stream={stream} typing={typing} />
      <SignalView stream={stream.stream} />
    </div>
  );
}

function LiveEvents({ stream }: { stream: StreamInfo }) {
  const events = useEvents(stream.stream);
  return (
    <div class="parts">
      <LastEvent stream={stream} events={events} />
      <SignalView stream={stream.stream} />
      <EventStrip events={events} />
    </div>
  );
}

function LiveMovement({ stream }: { stream: StreamInfo }) {
  const movements = useMovements(stream.stream);
  return (
    <div class="parts">
      <Speeds stream={stream} movements={movements} />
      <SignalView stream={stream.stream} />
    </div>
  );
}
