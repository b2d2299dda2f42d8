import { HeadRow } from "../head_row";
import { address } from "../route";
import { useWords, type Words } from "../words";
import type { Calibration, Plan } from "../calibrate/frames";
import { nameOf } from "../calibrate/say";

const OVER = ["accepted", "aborted"];
/** What stands for the stream of a trial that came in a file: service/profiles.py. */
const ELSEWHERE = "imported";

/** Every sitting, the newest first; what is open can be gone on with. */
export function Calibrations({ calibrations }: { calibrations: Calibration[] }) {
  const words = useWords().users;
  return (
    <section class="table" aria-labelledby="calibrations">
      <h3 id="calibrations">{words.calibrations}</h3>
      {calibrations.length === 0 && <p>{words.noCalibrations}</p>}
      {calibrations.length > 0 && (
        <table aria-labelledby="calibrations">
          <HeadRow titles={[words.began, words.model, words.stream, words.plan, words.trials, words.state]} blank />
          <tbody>
            {[...calibrations].reverse().map((calibration) => (
              <Row key={calibration.calibration} calibration={calibration} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ calibration }: { calibration: Calibration }) {
  const words = useWords();
  const { plan, kept, skipped, ahead, state, attached } = calibration;
  const over = OVER.includes(state);
  const began = words.say.moment(calibration.created);
  return (
    <tr>
      <th scope="row">{began}</th>
      <td>{calibration.model}</td>
      <td>{calibration.stream === ELSEWHERE ? words.users.elsewhere : calibration.stream}</td>
      <td class="gestures">
        {plan.repetitions} × {askedIn(plan, words)}
      </td>
      <td>{words.users.trialsOf(kept, skipped, over ? 0 : ahead)}</td>
      <td>{over || attached ? words.calibrate.states[state] : words.calibrate.openInterrupted}</td>
      <td>
        {!over && (
          <a href={address("calibrate", calibration.calibration)} aria-label={words.users.resumeOf(began)}>
            {words.users.resume}
          </a>
        )}
      </td>
    </tr>
  );
}

function askedIn({ kind, gestures }: Plan, words: Words): string {
  const [first, ...more] = gestures.map((each) => nameOf(words, kind, each));
  if (kind === "text" && more.length > 0) return words.users.andMore(first!, more.length);
  return [first, ...more].join(", ");
}
