import { useEffect, useRef } from "preact/hooks";
import { useAsked } from "../asked";
import { Markdown } from "../markdown";
import { modelPath } from "../paths";
import { address } from "../route";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import { Facts, Marks, Problem, ScoreBars } from "./facts";
import type { ModelDetail } from "./frames";
import { UseOn } from "./use_on";

/** Everything about one model, and where to use it. */
export function OneModel({ name }: { name: string }) {
  const words = useWords();
  const { found: model, problem, look } = useAsked<ModelDetail>(modelPath(name));
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current!.focus(), []); // the link that led here is gone
  return (
    <>
      <nav class="tools">
        <a href={address("models")}>{words.models.all}</a>
      </nav>
      <h2 class="title" ref={title} tabIndex={-1}>
        {name}
      </h2>
      <Trouble problem={problem} look={look} />
      {model && <Everything model={model} />}
    </>
  );
}

function Everything({ model }: { model: ModelDetail }) {
  const words = useWords();
  return (
    <>
      <Marks model={model} />
      <Problem model={model} />
      <div class="pair">
        {model.facts && (
          <section aria-labelledby="models-use">
            <h3 id="models-use">{words.models.use}</h3>
            <UseOn model={model.model} facts={model.facts} />
            <Facts model={model} facts={model.facts} />
          </section>
        )}
        <section aria-labelledby="models-scores">
          <h3 id="models-scores">{words.models.scores}</h3>
          <ScoreBars scores={model.scores} />
        </section>
      </div>
      <section aria-labelledby="models-card">
        <h3 id="models-card">{words.models.card}</h3>
        {model.card === null ? <p>{words.models.noCard}</p> : <Card text={model.card} name={model.model} />}
      </section>
    </>
  );
}

/** The card without its title, which stands above. Cards are in English. */
function Card({ text, name }: { text: string; name: string }) {
  const titled = text.startsWith(`# ${name}\n`);
  return (
    <div lang="en">
      <Markdown text={titled ? text.slice(text.indexOf("\n")) : text} top={2} />
    </div>
  );
}
