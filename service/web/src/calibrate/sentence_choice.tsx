import { useId } from "preact/hooks";
import { useWords } from "../words";

interface Props {
  /** A sentence in each line; null: those of ours. */
  lines: string | null;
  write: (lines: string | null) => void;
}

/** What is to be typed: sentences that the service draws, or those of the user. */
export function SentenceChoice({ lines, write }: Props) {
  const { asks, sentences: words } = useWords().calibrate;
  const hint = useId();
  return (
    <section aria-labelledby="gestures">
      <h2 id="gestures">{asks.text.which}</h2>
      <div class="sentences" role="radiogroup" aria-labelledby="gestures">
        <label>
          <input type="radio" name="sentences" checked={lines === null} onChange={() => write(null)} />
          <span>
            {words.ours} <small>{words.oursWhy}</small>
          </span>
        </label>
        <label>
          <input type="radio" name="sentences" checked={lines !== null} onChange={() => write("")} />
          {words.own}
        </label>
      </div>
      {lines !== null && (
        <div class="lines">
          <label for={`${hint} lines`}>{words.ownLines}</label>
          <textarea
            id={`${hint} lines`}
            rows={5}
            value={lines}
            spellcheck={false}
            autocomplete="off"
            aria-describedby={hint}
            onInput={(event) => write(event.currentTarget.value)}
          />
          <small id={hint}>{words.ownWhy}</small>
        </div>
      )}
    </section>
  );
}
