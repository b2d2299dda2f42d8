import { HeadRow } from "../head_row";
import { useWords } from "../words";
import type { Sample } from "./metrics";

/** Everything that the service counts, but for what histograms are made of. */
export function Numbers({ samples }: { samples: Sample[] }) {
  const words = useWords();
  const shown = samples.filter(({ name }) => !/_(bucket|created)$/.test(name));
  return (
    <details>
      <summary>{words.system.all}</summary>
      <table>
        <HeadRow titles={[words.system.metric, words.system.value]} />
        <tbody lang="en">
          {shown.map(({ name, labels, value }) => (
            <tr key={`${name}${JSON.stringify(labels)}`}>
              <th scope="row">
                {name} <small>{Object.values(labels).join(", ")}</small>
              </th>
              <td>{words.say.amount(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
