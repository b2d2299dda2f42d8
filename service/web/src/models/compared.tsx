import { useEffect, useRef } from "preact/hooks";
import type { Decisions } from "../frames";
import { HeadRow } from "../head_row";
import { named, useWords, type Words } from "../words";
import { agreement } from "./agreement";
import type { Pair } from "./compare";
import { Strips } from "./strips";

/** What came of it: in numbers, and one strip above the other. */
export function Compared({ pair }: { pair: Pair }) {
  const words = useWords();
  const { first, second } = pair;
  const share = agreement(first.spans, second.spans);
  const told = useRef<HTMLParagraphElement>(null);
  useEffect(() => told.current?.focus(), []);
  return (
    <>
      {share !== null && (
        <p ref={told} tabIndex={-1}>
          <strong>{words.models.agree(share)}</strong>
        </p>
      )}
      {first.agreement || second.agreement ? <Measured of={[first, second]} /> : <p>{words.models.unmeasured}</p>}
      <Strips pair={pair} />
    </>
  );
}

function Measured({ of }: { of: Decisions[] }) {
  const words = useWords();
  return (
    <>
      <table>
        <caption>{words.models.measured}</caption>
        <HeadRow
          titles={[words.models.model, words.models.accuracy, words.models.macroF1, words.models.accepted, words.models.windows]}
        />
        <tbody>
          {of.map(({ model, agreement: found }, place) => (
            <tr key={place}>
              <th scope="row">{model}</th>
              <td>{share(words, found?.accuracy)}</td>
              <td>{words.say.score(found?.macro_f1 ?? null)}</td>
              <td>{share(words, found?.accepted)}</td>
              <td>{found ? words.say.number(found.windows) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Recalls of={of} />
    </>
  );
}

function Recalls({ of }: { of: Decisions[] }) {
  const words = useWords();
  const gestures = [...new Set(of.flatMap(({ agreement: found }) => found?.gestures.map(({ gesture }) => gesture) ?? []))];
  function recall({ agreement: found }: Decisions, gesture: string): number | undefined {
    const row = found?.gestures.find((one) => one.gesture === gesture);
    return row && row.windows ? row.right / row.windows : undefined;
  }
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.models.gesture}</th>
          {of.map(({ model }, place) => (
            <th key={place} scope="col">
              {words.models.recall(model)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {gestures.map((gesture) => (
          <tr key={gesture}>
            <th scope="row">{named(words, gesture)}</th>
            {of.map((decisions, place) => (
              <td key={place}>{share(words, recall(decisions, gesture))}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function share(words: Words, of: number | undefined): string {
  return of === undefined ? "–" : words.say.percent(of);
}
