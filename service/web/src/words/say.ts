/** Numbers, dates and lengths of time, as people write them in a language. */
export function saying(tag: string) {
  const grouped = { useGrouping: "min2" } as const; // 2000 Hz, but 20,000 samples
  const plain = new Map<number, Intl.NumberFormat>();
  const exact = new Intl.NumberFormat(tag, {
    ...grouped,
    maximumFractionDigits: 3,
    maximumSignificantDigits: 6,
    roundingPriority: "morePrecision",
  });
  const day = new Intl.DateTimeFormat(tag, { dateStyle: "medium" });
  const moment = new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" });
  const size = new Intl.NumberFormat(tag, { maximumSignificantDigits: 3 });
  const names = new Intl.ListFormat(tag);

  /** With so many digits after the point. */
  function number(value: number, digits = 0): string {
    const made = plain.get(digits) ?? new Intl.NumberFormat(tag, { ...grouped, minimumFractionDigits: digits, maximumFractionDigits: digits });
    plain.set(digits, made);
    return made.format(value);
  }
  return {
    number,
    /** With the digits that it has. */
    amount: (value: number) => exact.format(value),
    seconds: (seconds: number, digits = 0) => `${number(seconds, digits)} s`,
    percent: (share: number, digits = 0) => `${number(100 * share, digits)}\u00a0%`,
    /** A score from 0 to 1. */
    score: (f1: number | null) => (f1 === null ? "–" : number(f1, 2)),
    day: (at: string) => day.format(new Date(at)),
    moment: (at: string) => moment.format(new Date(at)),
    list: (said: readonly string[]) => names.format(said),
    bytes(count: number): string {
      const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(count, 1)) / 3));
      return `${size.format(count / 1000 ** step)} ${UNITS[step]}`;
    },
    /** In the two units that tell most of it. */
    duration(seconds: number): string {
      const whole = Math.floor(seconds);
      if (whole < 60) return `${number(seconds, 1)} s`;
      const parts = [Math.floor(whole / 86_400), Math.floor(whole / 3600) % 24, Math.floor(whole / 60) % 60, whole % 60];
      const first = parts.findIndex((part) => part > 0);
      return parts.slice(first, first + 2).map((part, place) => `${part} ${SPANS[first + place]}`).join(" ");
    },
    /** A place in a recording: minutes and seconds. */
    clock: (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`,
  };
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];
const SPANS = ["d", "h", "min", "s"];
