import { useId, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { Asking } from "../asking";
import { useAttempt } from "../attempt";
import type { Decisions } from "../frames";
import { HeadRow } from "../head_row";
import { recordingPath } from "../paths";
import type { Stretch } from "../track";
import { Why } from "../why";
import { named, useWords } from "../words";
import type { RecordedMarker, RecordingDetail } from "./frames";
import { SIGNAL } from "./signal";
import { within } from "./stretch";

/** What a calibration writes into a recording begins so; it is for machines, and stays as it is. */
const OF_CALIBRATION = "calibration: ";
/** Gestures that are offered wherever nothing else is known. */
const SUGGESTED = ["rest", "fist", "hand_open", "hand_close", "point", "pinch", "wrist_flexion", "wrist_extension"];
/** As much signal around a label as is shown with it. */
const AROUND_S = 1;

interface Props {
  recording: RecordingDetail;
  look: () => Promise<void>;
  setShown: (to: Stretch) => void;
  chosen: Stretch | null;
  setChosen: (to: Stretch | null) => void;
  decisions: Decisions | null;
}

/** The markers of a recording: shown, added, renamed, removed. */
export function Labels({ recording, look, setShown, chosen, setChosen, decisions }: Props) {
  const words = useWords();
  const own = recording.markers.filter(({ text }) => !text.startsWith(OF_CALIBRATION));
  const others = recording.markers.length - own.length;
  const heading = useRef<HTMLHeadingElement>(null);

  async function changed(): Promise<void> {
    await look();
    heading.current!.focus(); // the button that was pressed may be gone
  }
  function show({ at_s, until_s }: RecordedMarker): void {
    const stop = Math.min(until_s ?? recording.length_s, recording.length_s);
    setShown(within({ start: at_s - AROUND_S, stop: stop + AROUND_S }, recording.length_s));
    document.getElementById(SIGNAL)!.focus(); // it may have been scrolled away
  }
  return (
    <section aria-labelledby="labels">
      <h2 id="labels" ref={heading} tabIndex={-1}>
        {words.recordings.labels}
      </h2>
      {recording.editable ? (
        <NewLabel key={`${chosen?.start} ${chosen?.stop}`} {...{ recording, look, chosen, setChosen, decisions }} />
      ) : (
        <p>{recording.writing ? words.recordings.labelLater : words.recordings.labelOwnOnly}</p>
      )}
      {own.length === 0 && <p>{words.recordings.noLabels}</p>}
      {own.length > 0 && (
        <div class="scrolls">
          <table class="labels">
          <HeadRow
            titles={[words.recordings.label, words.recordings.from, words.recordings.until, words.recordings.change]}
          />
          <tbody>
            {own.map((marker) => (
              <Row key={marker.marker} {...{ marker, recording, changed }} show={() => show(marker)} />
            ))}
          </tbody>
        </table>
        </div>
      )}
      {others > 0 && <p>{words.recordings.ofCalibration(others)}</p>}
    </section>
  );
}

interface RowProps {
  marker: RecordedMarker;
  recording: RecordingDetail;
  changed: () => Promise<void>;
  show: () => void;
}

function Row({ marker, recording, changed, show }: RowProps) {
  const words = useWords();
  const { remove, rename, renamed, removeLabel, removeLabelWhat, show: look, label, end } = words.recordings;
  const [text, setText] = useState(marker.text);
  const path = recordingPath(recording.name, `/markers/${marker.marker}`);
  const spoken = named(words, marker.text);
  const at = words.say.seconds(marker.at_s, 2);
  return (
    <tr>
      <th scope="row">{spoken}</th>
      <td>{at}</td>
      <td>{marker.until_s === null ? end : words.say.seconds(marker.until_s, 2)}</td>
      <td class="does">
        <button type="button" aria-label={`${look}: ${spoken}, ${at}`} onClick={show}>
          {look}
        </button>
        {recording.editable && (
          <>
            <Asking
              label={rename}
              spoken={`${rename}: ${spoken}, ${at}`}
              title={renamed(spoken)}
              submit={rename}
              work={() => ask("PATCH", path, { text })}
              after={changed}
            >
              <label>
                {label}
                <input required maxLength={200} value={text} onInput={(event) => setText(event.currentTarget.value)} />
              </label>
            </Asking>
            <Asking
              label={remove}
              spoken={`${remove}: ${spoken}, ${at}`}
              title={removeLabel(spoken)}
              submit={remove}
              work={() => ask("DELETE", path)}
              after={changed}
              grave
            >
              <p>{removeLabelWhat}</p>
            </Asking>
          </>
        )}
      </td>
    </tr>
  );
}

type NewProps = Omit<Props, "setShown">;

/** A range or a moment, and its name. */
function NewLabel({ recording, look, chosen, setChosen, decisions }: NewProps) {
  const words = useWords();
  const list = useId();
  const { problem, attempt } = useAttempt();
  const [said, setSaid] = useState("");
  const heard = new Set([...recording.gestures.map(({ gesture }) => gesture), ...(decisions?.labels ?? [])]);
  const known = [...new Set([...heard, ...SUGGESTED])];
  const range = chosen !== null && chosen.stop > chosen.start;

  async function add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const stop = form.get("stop") as string;
    const body = { text: meant(form.get("text") as string), start_s: Number(form.get("start")), stop_s: stop ? Number(stop) : null };
    await attempt(async () => {
      await ask("POST", recordingPath(recording.name, "/markers"), body);
      setSaid(words.recordings.added(body.text));
      await look();
      setChosen(null);
    });
  }
  /** A gesture as models call it, where it was typed as people say it. */
  function meant(text: string): string {
    const typed = text.trim().toLowerCase();
    const spelled = (gesture: string) => [named(words, gesture).toLowerCase(), gesture.replaceAll("_", " ")];
    return known.find((gesture) => spelled(gesture).includes(typed)) ?? text.trim();
  }
  return (
    <form class="new-label" onSubmit={add}>
      <p>
        <small>{words.recordings.labelHow}</small>
      </p>
      <label>
        {words.recordings.from}
        <input name="start" type="number" required min={0} max={recording.length_s} step="any" defaultValue={chosen ? chosen.start.toFixed(3) : "0"} /> s
      </label>
      <label>
        {words.recordings.until}
        <input name="stop" type="number" min={0} max={recording.length_s} step="any" defaultValue={range ? chosen.stop.toFixed(3) : ""} placeholder={words.recordings.nextLabel} /> s
      </label>
      <label>
        {words.recordings.label}
        <input name="text" required maxLength={200} list={list} autocomplete="off" />
      </label>
      <datalist id={list}>
        {known.map((gesture) => (
          <option key={gesture} value={named(words, gesture)} />
        ))}
      </datalist>
      <button type="submit">{words.recordings.add}</button>
      <p role="status" class="only-heard">
        {said}
      </p>
      <Why problem={problem} />
    </form>
  );
}
