import { useEffect, useRef, useState } from "preact/hooks";
import type { StreamInfo } from "../frames";
import { useWords } from "../words";
import { Facts, State } from "./facts";
import { common, typed } from "./keys";
import type { Typing } from "./typing";

/** Who listens hears what is new this often: each key by itself would say nothing, and drown everything else. */
const HEARD_MS = 2000;
/** And no more of it than this at a time. */
const MOST_HEARD = 200;

/** What is typed, to be read across the room: what may still change is thinner, and struck where it will be gone. */
export function Typed({ typing }: { typing: Typing }) {
  const words = useWords();
  const { text } = typing;
  const tail = typing.state === "live" ? typing.tail : "";
  const whole = typed(text, tail);
  const same = common(text, whole);
  return (
    <section class="typing" aria-labelledby="typing">
      <h2 id="typing">{words.live.typed}</h2>
      <div class="sheet" role="group" aria-labelledby="typing" tabIndex={0}>
        <p class="typed">
          {text.slice(0, same)}
          {same < text.length && <del>{text.slice(same)}</del>}
          <span class="tail">{whole.slice(same)}</span>
          <span class="caret" aria-hidden="true" />
        </p>
      </div>
      <Heard text={text} tail={whole.slice(same)} />
    </section>
  );
}

/** The same for who listens, every other second and only if there is news: whole words, then what is not sure yet. */
function Heard(now: { text: string; tail: string }) {
  const words = useWords();
  const newest = useRef(now);
  newest.current = now;
  const [heard, hear] = useState({ fresh: "", ...now });
  useEffect(() => {
    const timer = setInterval(() => hear((before) => news(before, newest.current)), HEARD_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p class="only-heard" role="status">
      {heard.fresh}
      {heard.tail && ` ${words.live.notSure(heard.tail)}`}
    </p>
  );
}

type Hearing = { fresh: string; text: string; tail: string };

function news(before: Hearing, { text, tail }: { text: string; tail: string }): Hearing {
  if (text === before.text && tail === before.tail) return before;
  if (text === before.text) return { ...before, tail };
  const from = text.lastIndexOf(" ", common(before.text, text) - 1) + 1;
  return { fresh: text.slice(from).slice(-MOST_HEARD), text, tail };
}

/** How the stream is that is typed on. */
export function TypingFacts({ stream, typing }: { stream: StreamInfo; typing: Typing }) {
  const words = useWords();
  return (
    <section class="facts" aria-labelledby="facts">
      <h2 id="facts">{words.live.stream}</h2>
      <State stream={stream} link={typing} />
      <Facts stream={stream} latency={typing.latency} />
    </section>
  );
}
