import "./recordings.css";
import { RecordingList } from "./list";
import { OneRecording } from "./one_recording";

/** All recordings, or the one that `of` names. */
export function RecordingsView({ of }: { of: string }) {
  return <div class="recordings">{of ? <OneRecording key={of} name={of} /> : <RecordingList />}</div>;
}
