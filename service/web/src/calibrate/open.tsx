import { useAsked } from "../asked";
import { address } from "../route";
import { useWords } from "../words";
import type { Calibration } from "./frames";
import { GiveUp } from "./give_up";

const LOOK_MS = 3000;

/** Calibrations that are not over: go on with one, or give it up. */
export function Open() {
  const words = useWords();
  const { found, look } = useAsked<Calibration[]>("/v1/calibrations", LOOK_MS);
  if (!found || found.length === 0) return null;
  return (
    <section class="open-ones" aria-labelledby="open-ones">
      <h2 id="open-ones">{words.calibrate.open}</h2>
      <ul>
        {found.map((info) => {
          const { calibration, user, stream, kept, skipped, ahead, attached, state } = info;
          return (
            <li key={calibration}>
              <strong>{user}</strong>
              <span>{words.calibrate.doneOf(kept, kept + skipped + ahead, stream)}</span>
              <span>{attached ? words.calibrate.states[state] : words.calibrate.openInterrupted}</span>
              <a class="button" href={address("calibrate", calibration)} aria-label={`${words.calibrate.goOn}: ${user}`}>
                {words.calibrate.goOn}
              </a>
              <GiveUp info={info} look={look} />
            </li>
          );
        })}
      </ul>
    </section>
  );
}
