import { useEffect, useState } from "preact/hooks";
import { ask } from "../api";
import type { StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { named, useWords } from "../words";
import { Asking } from "../asking";
import type { Worn } from "../frames";

const LENGTHS_S = [10, 20, 30, 60];
const USUAL_S = 20;

interface Props {
  stream: StreamInfo;
  gestures: string[];
  changed: (what: string) => Promise<void>;
}

/** Moves the head to the signal of today: the service listens, while the user makes each gesture once. */
export function NewDay({ stream, gestures, changed }: Props) {
  const words = useWords();
  const [seconds, setSeconds] = useState(USUAL_S);
  async function listen(): Promise<void> {
    const path = streamPath(stream.stream, "/renormalise");
    const { version } = await ask<Worn>("POST", path, { seconds });
    await changed(words.users.moved(version!));
  }
  return (
    <Asking
      label={words.users.newDay(stream.stream)}
      title={words.users.newDayTitle}
      submit={words.users.listen}
      work={listen}
      known={words.users.newDayWhy}
    >
      {(busy) => (
        <>
          <p>{words.users.newDayHow}</p>
          <ul class="asked">
            {gestures.map((gesture) => (
              <li key={gesture}>{named(words, gesture)}</li>
            ))}
          </ul>
          {busy ? <Countdown seconds={seconds} /> : <Length seconds={seconds} choose={setSeconds} />}
        </>
      )}
    </Asking>
  );
}

function Length({ seconds, choose }: { seconds: number; choose: (seconds: number) => void }) {
  const { users: words, say } = useWords();
  return (
    <label>
      {words.length}
      <select value={seconds} onChange={(event) => choose(Number(event.currentTarget.value))}>
        {LENGTHS_S.map((length) => (
          <option key={length} value={length}>
            {say.seconds(length)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Countdown({ seconds }: { seconds: number }) {
  const { users: words, say } = useWords();
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = performance.now() + 1000 * seconds;
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000))), 200);
    return () => clearInterval(timer);
  }, [seconds]);
  return (
    <div class="countdown">
      <span role="timer">{say.seconds(left)}</span>
      <p role="status">{left > 0 ? words.listening : words.moving}</p>
    </div>
  );
}
