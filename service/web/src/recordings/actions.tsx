import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { ask, known } from "../api";
import { Asking } from "../asking";
import { useAttempt } from "../attempt";
import { download, offer } from "../download";
import { recordingPath } from "../paths";
import { go } from "../route";
import { Why } from "../why";
import { useWords } from "../words";
import type { RecordingDetail } from "./frames";
import { ModelChoice, type Models } from "./model_choice";

interface Props {
  recording: RecordingDetail;
  models: Models;
}

/** Play it live, download, export, delete. */
export function Actions({ recording, models }: Props) {
  return (
    <FileActions name={recording.name} writing={recording.writing}>
      <PlayLive recording={recording} models={models} />
      <ExportBids recording={recording} />
    </FileActions>
  );
}

interface FileProps {
  name: string;
  writing: boolean;
  /** What only a recording that can be read allows. */
  children?: ComponentChildren;
}

/** What can be done with any file. */
export function FileActions({ name, writing, children }: FileProps) {
  const words = useWords().recordings;
  const { problem, attempt } = useAttempt();

  /** Where no token is needed the browser itself fetches a file, however large. */
  async function save(): Promise<void> {
    const path = recordingPath(name, "/file");
    if (known()) await download(path, name);
    else offer(path, name);
  }
  return (
    <>
      <div class="tools">
        {children}
        <button type="button" disabled={writing} onClick={() => attempt(save)}>
          {words.download}
        </button>
        <Asking
          label={words.remove}
          title={words.removeTitle(name)}
          submit={words.remove}
          work={() => ask("DELETE", recordingPath(name))}
          after={() => go("recordings", "", true)}
          grave
        >
          <p>{words.removeWhat}</p>
        </Asking>
      </div>
      <Why problem={problem} />
    </>
  );
}

/** As a stream, in the Live view. */
function PlayLive({ recording, models }: Props) {
  const words = useWords().recordings;
  const [model, setModel] = useState("");
  const stream = `replay-${Date.now() % 1_000_000}`;

  async function start(): Promise<void> {
    const source = `replay://${encodeURIComponent(recording.name)}`;
    await ask("POST", "/v1/streams", { name: stream, source, model: model || models.first });
  }
  return (
    <Asking label={words.playLive} title={words.playLive} submit={words.start} work={start} after={() => go("live", stream)}>
      <p>{words.playLiveWhat}</p>
      <ModelChoice models={models} chosen={model} choose={setModel} />
    </Asking>
  );
}

function ExportBids({ recording }: { recording: RecordingDetail }) {
  const words = useWords().recordings;
  const [subject, setSubject] = useState("01");
  const [task, setTask] = useState("gestures");
  const [format, setFormat] = useState("bdf");
  const query = new URLSearchParams({ subject, task, format });
  const name = `${recording.name.replace(/\.\w+$/, "")}-bids.zip`;
  return (
    <Asking
      label={words.bids}
      title={words.bidsTitle}
      submit={words.download}
      work={() => download(recordingPath(recording.name, `/bids?${query}`), name)}
    >
      <p>{words.bidsWhat}</p>
      <Field label={words.subject} value={subject} change={setSubject} />
      <Field label={words.task} value={task} change={setTask} />
      <label>
        {words.format}
        <select value={format} onChange={(event) => setFormat(event.currentTarget.value)}>
          <option value="bdf">BDF+ (24 bit)</option>
          <option value="edf">EDF+ (16 bit)</option>
        </select>
      </label>
    </Asking>
  );
}

function Field({ label, value, change }: { label: string; value: string; change: (to: string) => void }) {
  const { lettersOnly } = useWords().recordings;
  return (
    <label>
      {label} <small>({lettersOnly})</small>
      <input
        required
        pattern="[0-9A-Za-z]+"
        maxLength={64}
        autocomplete="off"
        value={value}
        onInput={(event) => change(event.currentTarget.value)}
      />
    </label>
  );
}
