import type { Stretch } from "../track";

export interface Mark extends Stretch {
  text: string;
}

/** Labels along the time that is shown; `over`: laid over a picture. Who cannot see them reads the table. */
export function Marks({ marks, shown, over = false }: { marks: Mark[]; shown: Stretch; over?: boolean }) {
  const share = (at: number) => Math.min(100, Math.max(0, (100 * (at - shown.start)) / (shown.stop - shown.start)));
  return (
    <div class={over ? "marks laid" : "marks"} aria-hidden="true">
      {marks
        .filter(({ start, stop }) => stop >= shown.start && start <= shown.stop)
        .map(({ start, stop, text }) => (
          <i
            key={start}
            style={{ left: `${share(start)}%`, width: `${share(stop) - share(start)}%` }}
          >
            {text}
          </i>
        ))}
    </div>
  );
}
