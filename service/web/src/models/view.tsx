import "./models.css";
import { useAsked } from "../asked";
import type { ModelInfo } from "../frames";
import { address } from "../route";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import { Compare } from "./compare";
import { Facts, Marks, Problem, ScoreBars } from "./facts";
import { OneModel } from "./one_model";

/** All models, or the one that is named. */
export function ModelsView({ of }: { of: string }) {
  return <div class="models">{of ? <OneModel key={of} name={of} /> : <AllModels />}</div>;
}

function AllModels() {
  const words = useWords();
  const { found: models, problem, look } = useAsked<ModelInfo[]>("/v1/models");
  return (
    <>
      <Trouble problem={problem} look={look} />
      {!models && !problem && <p role="status">{words.models.loading}</p>}
      {models && (
        <ul class="list">
          {models.map((model) => (
            <Card key={model.model} model={model} />
          ))}
        </ul>
      )}
      {models && <Compare models={models} />}
    </>
  );
}

function Card({ model }: { model: ModelInfo }) {
  return (
    <li class="card">
      <h2>
        <a href={address("models", model.model)}>{model.model}</a>
      </h2>
      <Marks model={model} />
      <Problem model={model} />
      <ScoreBars scores={model.scores} brief />
      {model.facts && <Facts model={model} facts={model.facts} />}
    </li>
  );
}
