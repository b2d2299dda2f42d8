import { ask } from "../api";
import { useAttempt } from "../attempt";
import type { StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { Why } from "../why";
import { useWords } from "../words";

/** Records the stream, or stops; another client may have pressed it as well. */
export function RecordButton({ stream, look }: { stream: StreamInfo; look: () => Promise<void> }) {
  const words = useWords();
  const { problem, attempt } = useAttempt();
  const { recording } = stream;

  async function press(): Promise<void> {
    await attempt(() => ask(recording ? "DELETE" : "POST", streamPath(stream.stream, "/recording")));
    await look();
  }
  return (
    <div class="record">
      <button type="button" class={recording ? "recording" : ""} onClick={press}>
        <span aria-hidden="true">{recording ? "■ " : "● "}</span>
        {recording ? words.live.stopRecording : words.live.record}
      </button>
      {recording && <span>{words.live.recorded(recording.samples / stream.rate_hz)}</span>}
      <Why problem={problem} />
      {recording?.problem && (
        <span role="alert" lang="en">
          {recording.problem}
        </span>
      )}
    </div>
  );
}
