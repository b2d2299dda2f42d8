import { useState } from "preact/hooks";
import { ask } from "../api";
import { Asking } from "../asking";
import { fits } from "../fits";
import type { Facts, StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { useStreams } from "../streams";
import { Trouble } from "../trouble";
import { useWords } from "../words";

/** Every stream, whether the model fits it, and the button that makes it answer there. */
export function UseOn({ model, facts }: { model: string; facts: Facts }) {
  const words = useWords();
  const { found: streams, problem, look } = useStreams();
  const [said, say] = useState("");
  async function use(stream: string): Promise<void> {
    await ask("PUT", streamPath(stream, "/model"), { model });
    await look();
  }
  return (
    <>
      <Trouble problem={problem} look={look} />
      {streams?.length === 0 && <p>{words.page.noStreams}</p>}
      <ul class="streams">
        {streams?.map((stream) => (
          <li key={stream.stream}>
            <strong>{stream.stream}</strong>
            <Place model={model} facts={facts} stream={stream} use={use} say={say} />
          </li>
        ))}
      </ul>
      <p role="status">{said}</p>
    </>
  );
}

interface PlaceProps {
  model: string;
  facts: Facts;
  stream: StreamInfo;
  use: (stream: string) => Promise<void>;
  say: (words: string) => void;
}

function Place({ model, facts, stream, use, say }: PlaceProps) {
  const words = useWords();
  const name = stream.stream;
  if (stream.model === facts.name) return <span>{words.models.servesThis}</span>;
  if (!fits(facts, stream.channels.length, stream.rate_hz))
    return <span>{words.models.unfit(stream.channels.length, stream.rate_hz)}</span>;
  return (
    <>
      <span>{words.models.serves(stream.model)}</span>
      <Asking
        label={words.models.useHere}
        spoken={`${words.models.useHere}: ${name}`}
        title={words.models.useOn(model, name)}
        submit={words.models.useHere}
        work={() => use(name)}
        after={() => say(words.models.used(model, name))}
      >
        <p>{words.models.useWhy}</p>
        {stream.head.user !== null && (
          <p>
            <strong>{words.models.losesHead(stream.head.user)}</strong>
          </p>
        )}
      </Asking>
    </>
  );
}
