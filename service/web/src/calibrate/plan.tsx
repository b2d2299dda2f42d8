import { useWords, type Words } from "../words";
import type { Kind } from "./frames";
import { secondsOf, trialsOf } from "./order";
import { nameOf } from "./say";

export interface Times {
  repetitions: number;
  hold_s: number;
  rest_s: number;
  prepare_s: number;
}

/** What the service takes where nothing else is said: service/calibrations/register.py */
export const USUAL: Record<Kind, Times> = {
  gestures: { repetitions: 2, hold_s: 5, rest_s: 3, prepare_s: 2 },
  text: { repetitions: 1, hold_s: 15, rest_s: 3, prepare_s: 2 },
  events: { repetitions: 5, hold_s: 3, rest_s: 3, prepare_s: 2 },
};

/** calibration/plan.py */
const LIMITS: Record<keyof Times, { min: number; max: number; step: number }> = {
  repetitions: { min: 1, max: 20, step: 1 },
  hold_s: { min: 1.5, max: 30, step: 0.5 },
  rest_s: { min: 0, max: 60, step: 0.5 },
  prepare_s: { min: 0, max: 30, step: 0.5 },
};

interface Planned {
  kind: Kind;
  /** null: sentences that the service draws. */
  gestures: string[] | null;
  times: Times;
}

/** How much is asked of the user, and in which order. */
export function PlanInWords({ kind, gestures, times }: Planned) {
  const words = useWords();
  if (gestures?.length === 0) return null;
  return (
    <>
      <p class="length">{lengthOf(words, { kind, gestures, times })}</p>
      <p>{words.calibrate.asks[kind].order(times.repetitions, times.hold_s)}</p>
      {gestures && (
        <ol class="order">
          {gestures.map((gesture) => (
            <li key={gesture}>{nameOf(words, kind, gesture)}</li>
          ))}
        </ol>
      )}
    </>
  );
}

function lengthOf({ calibrate }: Words, { kind, gestures, times }: Planned): string {
  if (gestures === null) return calibrate.perSentence(times.prepare_s + times.hold_s + times.rest_s);
  const plan = { gestures, positions: [], ...times };
  const length = calibrate.length(trialsOf(plan).length, secondsOf(plan));
  return kind === "text" ? calibrate.atMost(length) : length;
}

interface TimesProps {
  kind: Kind;
  times: Times;
  change: (times: Partial<Times>) => void;
}

/** What seldom needs another value. */
export function MoreChoices({ kind, times, change }: TimesProps) {
  const { calibrate: words } = useWords();
  const named = { ...words.times, hold_s: words.asks[kind].holdFor };
  return (
    <details key={kind}>
      <summary>{words.moreChoices}</summary>
      <div class="row-of">
        {(Object.keys(LIMITS) as (keyof Times)[]).map((name) => (
          <label key={name}>
            {named[name]}
            <input
              type="number"
              {...LIMITS[name]}
              defaultValue={String(times[name])} // what is being typed, such as "1.", is not yet the number it becomes
              required
              onInput={({ currentTarget }) => {
                if (!Number.isNaN(currentTarget.valueAsNumber)) change({ [name]: currentTarget.valueAsNumber });
              }}
            />
          </label>
        ))}
      </div>
    </details>
  );
}
