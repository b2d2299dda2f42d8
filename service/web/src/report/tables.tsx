import { Hand } from "../gestures/hand";
import { sideOf } from "../gestures/side";
import { HeadRow } from "../head_row";
import { named, useWords } from "../words";
import { after, type Report } from "./frames";
import { Interval, said } from "./interval";

/** How surely each gesture is recognised, and what it was learned from. */
export function Gestures({ report, user }: { report: Report; user: string }) {
  const words = useWords();
  const recall = after(report)?.recall;
  return (
    <table class="learned">
      <caption class="only-heard">{words.report.eachGesture}</caption>
      <HeadRow titles={[words.report.gesture, words.report.recall, words.report.trials, words.report.windows]} />
      <tbody>
        {report.gestures.map(({ label, trials, windows }, k) => (
          <tr key={label}>
            <th scope="row">
              <span class="named">
                <Hand gesture={label} side={sideOf(user)} />
                {named(words, label)}
              </span>
            </th>
            <td>
              <Interval estimate={recall?.[k] ?? null} />
            </td>
            <td class="figure">{trials}</td>
            <td class="figure">{words.say.number(windows)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const COMPARED = ["gaussians", "mlp", "lda", "previous", "population"] as const;

/** What else was tried on the same trials. */
export function Baselines({ report }: { report: Report }) {
  const words = useWords();
  return (
    <table class="baselines">
      <caption class="only-heard">{words.report.compared}</caption>
      <HeadRow titles={[words.report.method, words.report.f1]} />
      <tbody>
        {COMPARED.map((name) => (
          <tr key={name}>
            <th scope="row">
              {words.report.methods[name]}
              {name === report.kind && <strong> {words.report.chosen}</strong>}
            </th>
            <td>{said(report[name]?.macro_f1 ?? null, words)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
