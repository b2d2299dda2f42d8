/** The text format of Prometheus, as far as GET /metrics uses it. */

export interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

export function parse(text: string): Sample[] {
  return text.split("\n").flatMap((line) => {
    const found = LINE.exec(line); // comments begin with #, which no name does
    if (!found) return [];
    const [, name, labels = "", value] = found;
    return [{ name: name!, labels: labelled(labels), value: numeric(value!) }];
  });
}

function labelled(text: string): Record<string, string> {
  const pairs = [...text.matchAll(LABEL)].map(([, name, value]) => [name!, unescaped(value!)]);
  return Object.fromEntries(pairs);
}

function unescaped(value: string): string {
  return value.replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign));
}

function numeric(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

/** Samples received so far of a histogram, up to each bound. */
export type Buckets = readonly { below: number; count: number }[];

/** The value under which a share of what was counted between two looks lies; null where nothing was counted. */
export function quantile(before: Buckets, after: Buckets, share: number): number | null {
  const counts = after.map(({ count }, place) => count - (before[place]?.count ?? 0));
  const total = counts.at(-1) ?? 0;
  if (total <= 0) return null; // also after a restart, when counting began anew
  const wanted = share * total;
  const place = counts.findIndex((count) => count >= wanted);
  const [low, high] = [after[place - 1]?.below ?? 0, after[place]!.below];
  if (high === Infinity) return low;
  const [under, upto] = [counts[place - 1] ?? 0, counts[place]!];
  return low + ((high - low) * (wanted - under)) / (upto - under);
}
