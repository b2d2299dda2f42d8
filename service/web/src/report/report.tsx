import "./report.css";
import "./print.css";
import { useId } from "preact/hooks";
import { useWords } from "../words";
import { advice } from "./advice";
import { Confusion } from "./confusion";
import { after, isOfSequences, type AnyReport, type Estimate, type Report, type Scores } from "./frames";
import { Interval } from "./interval";
import { Advised, Part } from "./part";
import { OfSequences } from "./sequences";
import { Baselines, Gestures } from "./tables";

interface Props {
  report: AnyReport;
  user: string;
  model: string;
  /** Of the user's head, where it has one. */
  version?: number | null;
  /** When it was fitted, as the service says it. */
  made?: string;
}

/** Everything that a report says, to be read and to be printed. */
export function ReportCard(props: Props) {
  const title = useId();
  const { report, user } = props;
  return (
    <article class="report-card" aria-labelledby={title}>
      <Heading {...props} id={title} />
      {isOfSequences(report) ? <OfSequences report={report} /> : <OfGestures report={report} user={user} />}
    </article>
  );
}

function OfGestures({ report, user }: { report: Report; user: string }) {
  const all = useWords();
  const words = all.report;
  const scores = after(report);
  return (
    <div class="parts">
      <div>
        <Part title={words.advised}>
          <Advised {...report.recommendation} found={advice(report, all)} />
        </Part>
        <Part title={words.beforeAndAfter}>
          <BeforeAndAfter report={report} />
        </Part>
        <Part title={words.compared}>
          <Baselines report={report} />
        </Part>
      </div>
      <div>
        <Part title={words.eachGesture}>
          <Gestures report={report} user={user} />
        </Part>
        <Part title={words.confusion}>
          {scores ? <Confusion report={report} scores={scores} /> : <p>{words.noEstimate}</p>}
        </Part>
      </div>
    </div>
  );
}

function Heading({ id, user, model, version, made, report }: Props & { id: string }) {
  const words = useWords();
  return (
    <div class="heading">
      <h2 id={id}>{words.report.of(user)}</h2>
      <p>
        {[
          version == null ? null : words.report.version(version),
          `${words.live.model} ${model}`,
          made && words.say.moment(made),
        ]
          .filter(Boolean)
          .join(" · ")}
      </p>
      {report.simulated && <p class="simulated">{words.live.simulated}</p>}
      <button type="button" class="print" onClick={() => print()}>
        {words.report.print}
      </button>
    </div>
  );
}

function BeforeAndAfter({ report }: { report: Report }) {
  const words = useWords().report;
  const scores = after(report);
  const before = report.previous ?? report.population;
  const named = report.previous ? words.methods.previous : words.methods.population;
  return (
    <>
      <dl class="scores">
        <Row name={before ? words.before(named) : words.nothingBefore} estimate={before?.macro_f1 ?? null} />
        <Row name={words.after} estimate={scores?.macro_f1 ?? null} />
        {scores?.old && <Row name={words.old} estimate={scores.old} />}
        {scores?.new && <Row name={words.new} estimate={scores.new} />}
      </dl>
      {!scores && <p>{words.noEstimate}</p>}
      <Fewer before={before} scores={scores} />
      <details>
        <summary>{words.meaning}</summary>
        {words.explained.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </details>
    </>
  );
}

function Row({ name, estimate }: { name: string; estimate: Estimate | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <Interval estimate={estimate} />
      </dd>
    </>
  );
}

/** Says so where the head of before was asked for fewer gestures, and its F1 is not of the same. */
function Fewer({ before, scores }: { before: Scores | null; scores: Scores | null }) {
  const words = useWords().report;
  const scored = (of: Scores) => of.recall.filter((recall) => recall !== null).length;
  if (!before || !scores || scored(before) === scored(scores)) return null;
  return <p>{words.fewer(scored(before), scored(scores))}</p>;
}
