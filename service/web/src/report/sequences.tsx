import { HeadRow } from "../head_row";
import { useWords, type Words } from "../words";
import type { Advice } from "./advice";
import type { Errors, SequenceReport } from "./frames";
import { Interval, said } from "./interval";
import { Advised, Part } from "./part";

/** How often a layer of text or events is wrong, and how often others are. */
export function OfSequences({ report }: { report: SequenceReport }) {
  const words = useWords();
  const { titles, noEstimate, explained } = words.report.sequences;
  return (
    <div class="parts">
      <div>
        <Part title={words.report.advised}>
          <Advised {...report.recommendation} found={adviceOn(report, words)} />
        </Part>
        <Part title={titles[report.kind]}>
          <BeforeAndAfter report={report} />
          {!report.after && <p>{noEstimate}</p>}
        </Part>
      </div>
      <div>
        <Part title={words.report.sequences.parts}>
          <Parts report={report} />
          <details>
            <summary>{words.report.sequences.meaning}</summary>
            {explained[report.kind].map((sentence) => (
              <p key={sentence}>{sentence}</p>
            ))}
          </details>
        </Part>
        <Part title={words.report.sequences.learnedFrom}>
          <p>{words.report.sequences.learned[report.kind](report.keys, report.pieces, words.say.duration(report.seconds))}</p>
        </Part>
      </div>
    </div>
  );
}

function adviceOn({ kind, recommendation, everybodys, previous, after }: SequenceReport, words: Words): Advice | null {
  const { advice } = words.report.sequences;
  const known: Record<string, string> = {
    accept: words.report.advice.accept,
    keep_previous: words.report.advice.keepPrevious,
    more_trials: advice.moreTrials[kind],
  };
  const what = known[recommendation.verdict];
  if (!what) return null;
  if (!after) return { what, why: [words.report.sequences.noEstimate] };
  const before = (previous ?? everybodys).wrong;
  return { what, why: [advice.compared[kind](words.say.percent(after.wrong.value), words.say.percent(before.value))] };
}

type Named = [name: string, errors: Errors | null];

/** What the user had before, where they had something, then the new layer. */
function compared({ everybodys, previous, after }: SequenceReport, words: Words): Named[] {
  const { methods, before, after: now } = words.report;
  const own: Named[] = previous ? [[before(methods.previous), previous]] : [];
  const everybody = previous ? methods.population : before(methods.population);
  return [[everybody, everybodys], ...own, [now, after]];
}

function BeforeAndAfter({ report }: { report: SequenceReport }) {
  const words = useWords();
  return (
    <dl class="scores">
      {compared(report, words).map(([name, errors]) => (
        <>
          <dt>{name}</dt>
          <dd>
            <Interval estimate={errors?.wrong ?? null} alone={words.report.sequences.alone} />
          </dd>
        </>
      ))}
    </dl>
  );
}

/** The kinds of errors one by one. */
function Parts({ report }: { report: SequenceReport }) {
  const words = useWords();
  const columns = compared(report, words).filter(([, errors]) => errors !== null);
  const named = words.report.sequences.kinds as Record<string, string>;
  return (
    <table class="errors">
      <caption class="only-heard">{words.report.sequences.parts}</caption>
      <HeadRow titles={[words.report.sequences.error, ...columns.map(([name]) => name)]} />
      <tbody>
        {Object.keys(report.everybodys.parts).map((part) => (
          <tr key={part}>
            <th scope="row">{named[part] ?? part}</th>
            {columns.map(([name, errors]) => (
              <td key={name}>{valueOf(part, errors!.parts[part] ?? null, words)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function valueOf(part: string, value: number | null, words: Words): string {
  if (value === null) return "–";
  if (part.endsWith("_ms")) return `${words.say.number(value)} ms`;
  if (part.endsWith("_per_minute")) return words.say.number(value, 1);
  return said({ value, low: null, high: null }, words, (share) => share);
}
