import { ask } from "../api";
import { Asking } from "../asking";
import type { StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { useWords } from "../words";

/** A button that closes the device of a stream, and says before what ends with it. */
export function RemoveStream({ stream, done }: { stream: StreamInfo; done: () => void }) {
  const words = useWords();
  return (
    <Asking
      label={words.live.remove}
      title={words.live.removeWhat(stream.stream)}
      submit={words.live.remove}
      work={() => ask("DELETE", streamPath(stream.stream))}
      after={done}
      grave
    >
      <p>{words.live.removeMeans}</p>
      {stream.recording && <p>{words.live.removeEnds(stream.recording.name)}</p>}
    </Asking>
  );
}
