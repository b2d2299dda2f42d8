import { useId, useState } from "preact/hooks";
import { named, useWords } from "../words";
import type { Report, Scores } from "./frames";

const UNITS = ["percent", "windows"] as const;
type Unit = (typeof UNITS)[number];
/** More columns have their names upright. */
const LEVEL = 4;

/** What was answered while each gesture was held. */
export function Confusion({ report, scores }: { report: Report; scores: Scores }) {
  const words = useWords();
  const [unit, setUnit] = useState<Unit>("percent");
  const names = report.gestures.map(({ label }) => named(words, label));
  return (
    <div class="confusion">
      <UnitChoice unit={unit} setUnit={setUnit} />
      <table class={names.length > LEVEL ? "upright" : ""}>
        <caption>{words.report.confusionOf[unit]}</caption>
        <thead>
          <tr>
            <th scope="col">{words.report.held}</th>
            {names.map((name) => (
              <th key={name} scope="col">
                <span>{name}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((name, row) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {scores.confusion[row]!.map((windows, column) => (
                <Cell key={column} windows={windows} of={sum(scores.confusion[row]!)} right={row === column} unit={unit} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

function Cell({ windows, of, right, unit }: { windows: number; of: number; right: boolean; unit: Unit }) {
  const share = of ? windows / of : 0;
  const { say } = useWords();
  const shown = unit === "windows" ? say.number(windows) : of ? say.number(100 * share) : "–";
  return (
    <td class={right ? "right" : ""} style={{ "--share": `${(45 * share).toFixed(0)}%` }}>
      {shown}
    </td>
  );
}

function UnitChoice({ unit, setUnit }: { unit: Unit; setUnit: (to: Unit) => void }) {
  const words = useWords();
  const name = useId();
  return (
    <fieldset class="units">
      <legend class="only-heard">{words.report.shownAs}</legend>
      {UNITS.map((each) => (
        <label key={each}>
          <input type="radio" name={name} checked={each === unit} onChange={() => setUnit(each)} />
          {words.report.units[each]}
        </label>
      ))}
    </fieldset>
  );
}
