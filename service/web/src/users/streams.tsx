import { ask } from "../api";
import { useAttempt } from "../attempt";
import type { Asked } from "../asked";
import type { StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import { isLayer, type Version } from "./frames";
import { NewDay } from "./new_day";
import { Why } from "../why";

interface Props {
  user: string;
  versions: Version[];
  streams: Asked<StreamInfo[]>;
  changed: (what: string) => Promise<void>;
}

/** Which streams answer with this user's head, and which could. */
export function Streams({ user, versions, streams, changed }: Props) {
  const { users: words, page } = useWords();
  return (
    <section aria-labelledby="streams">
      <h3 id="streams">{words.streams}</h3>
      <p>{words.streamsWhy}</p>
      <Trouble problem={streams.problem} look={streams.look} />
      {streams.found?.length === 0 && <p>{page.noStreams}</p>}
      <ul class="list">
        {streams.found?.map((stream) => (
          <Stream
            key={stream.stream}
            user={user}
            stream={stream}
            active={versions.find((head) => head.active && head.model === stream.model)}
            changed={changed}
          />
        ))}
      </ul>
    </section>
  );
}

interface StreamProps {
  user: string;
  stream: StreamInfo;
  active: Version | undefined;
  changed: (what: string) => Promise<void>;
}

function Stream({ user, stream, active, changed }: StreamProps) {
  const words = useWords();
  const { problem, attempt } = useAttempt();
  const { head } = stream;
  const mine = head.user === user;

  async function wear(): Promise<void> {
    await attempt(async () => {
      const to = mine ? null : user;
      await ask("PUT", streamPath(stream.stream, "/user"), { user: to });
      await changed(words.users.wornNow(stream.stream, to, active?.version ?? null)); // the stream itself says so later
    });
  }
  return (
    <li>
      <div>
        <strong>{stream.stream}</strong>: {stream.source} <small>{stream.model}</small>
        <br />
        {head.user === null ? words.live.everybody : words.live.headOf(head.user, head.version)}
        {!active && <small class="block">{words.users.noHeadFor(user, stream.model)}</small>}
        <Why problem={problem} />
      </div>
      {(active || mine) && (
        <div class="buttons">
          <button type="button" onClick={wear}>
            {mine ? words.users.takeOff(stream.stream) : words.users.wear(stream.stream)}
          </button>
          {mine && active && !isLayer(active) && <NewDay stream={stream} gestures={active.labels} changed={changed} />}
        </div>
      )}
    </li>
  );
}
