import type { Facts as What, ModelInfo, Scores } from "../frames";
import { named, useWords } from "../words";

/** What has to be known of a model before its scores are: whether they are of people at all. */
export function Marks({ model }: { model: ModelInfo }) {
  const words = useWords();
  return (
    <p class="marks">
      {model.facts?.simulated && <span class="simulated">{words.models.simulated}</span>}
      {!model.shipped && <span>{words.models.own}</span>}
    </p>
  );
}

export function Problem({ model }: { model: ModelInfo }) {
  const words = useWords();
  if (model.problem === null) return null;
  return (
    <p class="problem">
      {words.models.broken} <span lang="en">{model.problem}</span>
    </p>
  );
}

export function Facts({ model, facts }: { model: ModelInfo; facts: What }) {
  const words = useWords();
  return (
    <dl>
      <dt>{words.models.takes}</dt>
      <dd>{words.models.device(facts.channels, facts.rate_hz)}</dd>
      <dt>{words.models.answers}</dt>
      <dd>{words.models.rhythm(facts.hop_ms, facts.window_ms)}</dd>
      <dt>{words.models.gestures}</dt>
      <dd>{facts.gestures.map((gesture) => named(words, gesture)).join(", ")}</dd>
      {facts.head !== null && (
        <>
          <dt>{words.models.head}</dt>
          <dd>{words.models.heads[facts.head]}</dd>
        </>
      )}
      <dt>{words.models.size}</dt>
      <dd>{words.say.bytes(model.bytes)}</dd>
    </dl>
  );
}

/** The scores of the card; `brief`: the two by which models are told apart. */
export function ScoreBars({ scores, brief = false }: { scores: Scores | null; brief?: boolean }) {
  const words = useWords();
  if (scores === null) return <p>{words.models.noScores}</p>;
  const rows: [string, number | null][] = [[words.models.known, scores.macro_f1]];
  if (!brief) {
    rows.push([words.models.smoothed, scores.smoothed_macro_f1]);
    if (scores.worst_subject) rows.push([words.models.worst(scores.worst_subject), scores.worst_macro_f1]);
  }
  if (scores.strangers) rows.push([words.models.strangers(scores.strangers), scores.strangers_macro_f1]);
  return (
    <div class="scores">
      <p>
        <small>{words.models.scoresAre}</small>
      </p>
      {rows.map(([label, value]) => value !== null && <ScoreBar key={label} label={label} value={value} />)}
    </div>
  );
}

function ScoreBar({ label, value }: { label: string; value: number }) {
  const words = useWords();
  return (
    <div class="score">
      <strong>{words.say.score(value)}</strong>
      <div class="bar" aria-hidden="true">
        <div style={{ transform: `scaleX(${value})` }} />
      </div>
      <span>{label}</span>
    </div>
  );
}
