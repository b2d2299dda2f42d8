/** Decimal steps of the scale, so that it changes seldom and reads well. */
const STEPS = [1, 2, 5, 10];

/** The next step of a scale, from 1 on. */
export function rounded(most: number): number {
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, most)));
  return decade * STEPS.find((step) => step * decade >= most)!;
}

/** The least of scales beyond which nothing goes. */
export function reach(values: readonly Float32Array[]): number {
  let most = 1;
  for (const some of values) for (const value of some) if (Math.abs(value) > most) most = Math.abs(value);
  return rounded(most);
}

/** A unit as people write it. */
export function written(unit: string): string {
  return unit === "uV" ? "µV" : unit;
}
