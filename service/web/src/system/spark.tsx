import { useWords } from "../words";
import type { Series } from "./history";

const [WIDTH, HEIGHT] = [240, 48];

/** A small chart that begins at nought; who cannot see it hears the newest, the least and the greatest value. */
export function Spark({ title, series, scale = 1 }: { title: string; series: Series; scale?: number }) {
  const words = useWords();
  const known = series.values.filter((value) => value !== null).map((value) => value * scale);
  const text = (value: number) => words.say.number(value, value < 10 ? 1 : 0);
  const spoken = known.length
    ? words.system.chart(title, text(known.at(-1)!), text(Math.min(...known)), text(Math.max(...known)))
    : `${title}: ${words.system.measuring}`;
  return (
    <figure class="spark">
      <figcaption aria-hidden="true">
        {title} <strong>{known.length ? text(known.at(-1)!) : "–"}</strong>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={spoken}>
        <path d={line(series.values, Math.max(...known, 0) || 1, scale)} />
      </svg>
    </figure>
  );
}

/** From left to right, the newest at the right; where nothing is known, the line has a hole. */
function line(values: (number | null)[], most: number, scale: number): string {
  const step = WIDTH / Math.max(values.length - 1, 1);
  let pen = "M";
  return values
    .map((value, place) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const point = `${pen}${(place * step).toFixed(1)} ${(HEIGHT - 2 - ((value * scale) / most) * (HEIGHT - 4)).toFixed(1)}`;
      pen = "L";
      return point;
    })
    .join("");
}
