import type { StreamInfo } from "./frames";
import { useWords } from "./words";

export function StreamChoice(props: { streams: StreamInfo[]; chosen: StreamInfo; choose: (stream: string) => void }) {
  const words = useWords();
  return (
    <label>
      {words.live.stream}
      <select value={props.chosen.stream} onChange={(event) => props.choose(event.currentTarget.value)}>
        {props.streams.map(({ stream, source }) => (
          <option key={stream} value={stream}>
            {stream}: {source}
          </option>
        ))}
      </select>
    </label>
  );
}
