import type { Plan, Trial } from "./frames";

type Asked = Pick<Plan, "gestures" | "repetitions" | "positions" | "hold_s" | "rest_s" | "prepare_s">;

/** calibration/plan.py */
export const CHECK_S = 3;

/** Every trial in order, as calibration/plan.py asks for them. */
export function trialsOf({ gestures, repetitions, positions }: Asked): Trial[] {
  const rounds = Array.from({ length: repetitions }, (_, round) => round + 1);
  return rounds.flatMap((repetition) =>
    [null, ...positions].flatMap((position) => gestures.map((gesture) => ({ gesture, repetition, position }))),
  );
}

/** Without pauses and refusals. */
export function secondsOf(plan: Asked): number {
  return CHECK_S + trialsOf(plan).length * (plan.prepare_s + plan.hold_s + plan.rest_s) - plan.rest_s;
}

export function same(one: Trial, other: Trial): boolean {
  return one.gesture === other.gesture && one.repetition === other.repetition && one.position === other.position;
}

/** What comes after a trial, null after one that was asked for beyond the plan. */
export function following(plan: Plan, trial: Trial | null): Trial | null {
  const trials = trialsOf(plan);
  const now = trials.findIndex((each) => trial !== null && same(each, trial));
  return now < 0 ? null : (trials[now + 1] ?? null);
}
