const BACKSPACE = "⌫";
const SHIFT = "⇧";
export const ENTER = "⏎";

/** A text after more keys: models/pipeline/symbols.py says what each does. */
export function typed(text: string, keys: string): string {
  for (const key of keys) {
    if (key === BACKSPACE) text = text.slice(0, -1);
    else if (key !== SHIFT) text += key === ENTER ? "\n" : key;
  }
  return text;
}

/** How far two texts are the same. */
export function common(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return at;
}
