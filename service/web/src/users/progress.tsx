import { HeadRow } from "../head_row";
import { useWords } from "../words";
import type { Version } from "./frames";

const WIDE = 640;
const HIGH = 220;
const LEFT = 44;
const TOP = 12;
const BOTTOM = 34;
const RULES = [0, 0.25, 0.5, 0.75, 1];

/** Heads of gestures are scored by F1, layers of text and events by how much is wrong. */
type Measure = "macro_f1" | "wrong";
const MEASURES: readonly Measure[] = ["macro_f1", "wrong"];

interface Scored {
  head: Version;
  score: number;
}

/** How well each version did when it was made, a line for each model; the same as a table for who cannot see it. */
export function Progress({ versions }: { versions: Version[] }) {
  const words = useWords().users;
  const some = versions.some((head) => (head.macro_f1 ?? head.wrong) !== null);
  return (
    <section aria-labelledby="progress">
      <h3 id="progress">{words.progress}</h3>
      {!some && <p>{words.noScores}</p>}
      {MEASURES.map((measure) => (
        <Measured key={measure} measure={measure} versions={versions} />
      ))}
    </section>
  );
}

function Measured({ measure, versions }: { measure: Measure; versions: Version[] }) {
  const words = useWords().users;
  const scored = versions.flatMap((head) => (head[measure] === null ? [] : [{ head, score: head[measure] }]));
  if (scored.length === 0) return null;
  return (
    <>
      {measure === "wrong" && <p>{words.errors}</p>}
      <Chart measure={measure} scored={scored} />
      <details>
        <summary>{words.asTable}</summary>
        <Numbers measure={measure} scored={scored} />
      </details>
    </>
  );
}

interface ChartProps {
  measure: Measure;
  scored: Scored[];
}

function Chart({ measure, scored }: ChartProps) {
  const { users: words, say } = useWords();
  const models = [...new Set(scored.map(({ head }) => head.model))];
  const across = (at: number) => LEFT + ((at + 0.5) * (WIDE - LEFT)) / scored.length;
  const up = (score: number) => TOP + (1 - Math.min(1, score)) * (HIGH - TOP - BOTTOM); // more than all may be wrong
  const scores = scored.map(({ score }) => score);
  const [least, most] = [Math.min(...scores), Math.max(...scores)];
  return (
    <>
      <svg class="progress" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={words.charts[measure](scored.length, least, most)}>
        {RULES.map((rule) => (
          <g key={rule}>
            <line x1={LEFT} x2={WIDE} y1={up(rule)} y2={up(rule)} class="rule" />
            <text x={LEFT - 8} y={up(rule) + 4} text-anchor="end">
              {say.score(rule)}
            </text>
          </g>
        ))}
        {models.map((model, number) => (
          <Line key={model} number={number} places={scored.map((each, at) => ({ ...each, x: across(at), y: up(each.score) })).filter(({ head }) => head.model === model)} />
        ))}
        {scored.map(({ head }, at) => (
          <text key={head.head} x={across(at)} y={HIGH - 18} text-anchor="middle">
            {head.version}
          </text>
        ))}
        {[...new Set([0, scored.length - 1])].map((at) => (
          <text key={at} x={across(at)} y={HIGH - 3} text-anchor="middle">
            {say.day(scored[at]!.head.created)}
          </text>
        ))}
      </svg>
      <ul class="legend">
        {models.map((model, number) => (
          <li key={model}>
            <svg viewBox="-8 -8 16 16" aria-hidden="true" class={`line-${number % 3}`}>
              <Mark number={number} filled />
            </svg>
            {model}
          </li>
        ))}
        <li>{words.filled}</li>
      </ul>
    </>
  );
}

function Line({ places, number }: { places: (Scored & { x: number; y: number })[]; number: number }) {
  const words = useWords().users;
  return (
    <g class={`line-${number % 3}`}>
      <polyline points={places.map(({ x, y }) => `${x},${y}`).join(" ")} />
      {places.map(({ head, score, x, y }) => (
        <g key={head.head} transform={`translate(${x} ${y})`}>
          <title>{words.point(head.version, score, head.created)}</title>
          <Mark number={number} filled={head.active} />
        </g>
      ))}
    </g>
  );
}

/** A shape for each model, so that colour is not all that tells them apart. */
function Mark({ number, filled }: { number: number; filled: boolean }) {
  const shape = ["M5,0 A5,5 0 1 0 -5,0 A5,5 0 1 0 5,0 Z", "M-5,-5 H5 V5 H-5 Z", "M0,-6 L6,5 H-6 Z"][number % 3];
  return <path d={shape} class={filled ? "mark filled" : "mark"} />;
}

function Numbers({ measure, scored }: ChartProps) {
  const { users: words, say } = useWords();
  return (
    <table aria-labelledby="progress">
      <HeadRow titles={[words.version, words.made, words.model, measure === "wrong" ? words.wrongShare : words.f1]} />
      <tbody>
        {scored.map(({ head, score }) => (
          <tr key={head.head}>
            <th scope="row">{head.version}</th>
            <td>{say.moment(head.created)}</td>
            <td>{head.model}</td>
            <td class="number">{say.score(score)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
