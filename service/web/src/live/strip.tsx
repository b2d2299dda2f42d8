import { STRIP_S, type Decisions } from "../decisions";
import { NamedTrack } from "../track";
import { named, useWords } from "../words";

/** Which gesture was held when: a row for each, the newest at the right. */
export function Strip({ decisions }: { decisions: Decisions }) {
  const words = useWords();
  const now = performance.now();
  const shown = { start: now - 1000 * STRIP_S, stop: now };
  return (
    <section class="strip" aria-labelledby="strip">
      <h2 id="strip">{words.live.strip(STRIP_S)}</h2>
      {decisions.labels.map((label) => (
        <NamedTrack
          key={label}
          name={named(words, label)}
          bars={decisions.spans.filter(({ gesture }) => gesture === label)}
          shown={shown}
        />
      ))}
    </section>
  );
}
