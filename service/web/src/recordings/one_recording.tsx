import { useEffect, useRef, useState } from "preact/hooks";
import { Refused } from "../api";
import { useAsked } from "../asked";
import type { Decisions } from "../frames";
import { recordingPath } from "../paths";
import { address } from "../route";
import type { Stretch } from "../track";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import { Actions, FileActions } from "./actions";
import type { RecordingDetail } from "./frames";
import { Labels } from "./labels";
import { Replay } from "./replay";
import { useModels } from "./model_choice";
import { Signal } from "./signal";
import { within } from "./stretch";

/** What the service says of a file that cannot be read: it can still be fetched, and deleted. */
const DAMAGED = 409;
/** How much is shown at first. */
const FIRST_S = 10;

/** One recording: its signal, its labels, what models answer, and what can be done with it. */
export function OneRecording({ name }: { name: string }) {
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const { found, problem, look } = useAsked<RecordingDetail>(recordingPath(name));
  useEffect(() => heading.current!.focus(), []);
  return (
    <>
      <p>
        <a href={address("recordings")}>← {words.recordings.all}</a>
      </p>
      <h2 class="name" ref={heading} tabIndex={-1}>
        {name}
      </h2>
      <Trouble problem={problem} look={look} />
      {found && <Parts key={`${found.length_s}`} recording={found} look={look} />}
      {!found && problem instanceof Refused && problem.status === DAMAGED && <FileActions name={name} writing={false} />}
      {!found && !problem && <p role="status">{words.recordings.opening}</p>}
    </>
  );
}

function Parts({ recording, look }: { recording: RecordingDetail; look: () => Promise<void> }) {
  const [shown, setShown] = useState(() => within({ start: 0, stop: FIRST_S }, recording.length_s));
  const [chosen, setChosen] = useState<Stretch | null>(null);
  const [decisions, setDecisions] = useState<Decisions | null>(null);
  const models = useModels(recording);
  return (
    <>
      <Facts recording={recording} />
      <Actions recording={recording} models={models} />
      <Signal {...{ recording, shown, setShown, chosen, setChosen, decisions }} />
      <div class="below">
        <Labels {...{ recording, look, setShown, chosen, setChosen, decisions }} />
        <Replay recording={recording} models={models} decisions={decisions} tell={setDecisions} />
      </div>
    </>
  );
}

function Facts({ recording }: { recording: RecordingDetail }) {
  const { recordings: words, say } = useWords();
  const { started, changed, length_s, rate_hz, labels, device, simulated, size, notes, writing } = recording;
  return (
    <>
      <p class="facts">
        {say.moment(started ?? changed)} · {say.duration(length_s)} · {words.channelsAt(labels.length, rate_hz)} ·{" "}
        {device}
        {simulated && ` (${words.simulated})`} · {say.bytes(size)}
        {writing && <strong class="writing">{words.writing}</strong>}
      </p>
      {notes.length > 0 && (
        <ul class="notes" lang="en">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </>
  );
}
