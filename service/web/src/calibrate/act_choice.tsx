import { useWords } from "../words";
import { nameOf } from "./say";

interface Props {
  offered: string[];
  chosen: string[];
  toggle: (act: string, on: boolean) => void;
}

/** What the model knows, as acts of a hand: a press and its release are one. */
export function ActChoice({ offered, chosen, toggle }: Props) {
  const words = useWords();
  return (
    <section aria-labelledby="gestures">
      <h2 id="gestures">{words.calibrate.asks.events.which}</h2>
      <ul class="acts">
        {offered.map((act) => (
          <li key={act}>
            <label>
              <input type="checkbox" checked={chosen.includes(act)} onChange={(event) => toggle(act, event.currentTarget.checked)} />
              {nameOf(words, "events", act)}
            </label>
          </li>
        ))}
      </ul>
    </section>
  );
}
