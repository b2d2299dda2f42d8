import { useState } from "preact/hooks";
import { useAsked } from "../asked";
import type { StoredRecording } from "../frames";
import { address } from "../route";
import { Trouble } from "../trouble";
import { useWords } from "../words";

const LOOK_MS = 2000;

/** What a column is sorted by; what is not known comes last. */
const COLUMNS = {
  name: (one: StoredRecording) => one.name,
  when: (one: StoredRecording) => one.started ?? one.changed,
  length: (one: StoredRecording) => one.length_s,
  channels: (one: StoredRecording) => one.channels,
  device: (one: StoredRecording) => one.device,
  size: (one: StoredRecording) => one.size,
} as const;
type Column = keyof typeof COLUMNS;
interface Order {
  by: Column;
  down: boolean;
}

export function RecordingList() {
  const words = useWords();
  const { found, problem, look } = useAsked<StoredRecording[]>("/v1/recordings", LOOK_MS);
  const [order, setOrder] = useState<Order>({ by: "when", down: true });
  return (
    <section aria-labelledby="recordings">
      <h2 id="recordings">{words.recordings.title}</h2>
      <Trouble problem={problem} look={look} />
      {found?.length === 0 && <p>{words.recordings.empty}</p>}
      {found && found.length > 0 && (
        <table class="list">
          <thead>
            <tr>
              {(Object.keys(COLUMNS) as Column[]).map((column) => (
                <Heading key={column} column={column} order={order} choose={setOrder} />
              ))}
            </tr>
          </thead>
          <tbody>
            {[...found].sort(compared(order)).map((one) => (
              <Row key={one.name} one={one} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function compared({ by, down }: Order): (one: StoredRecording, other: StoredRecording) => number {
  const value = COLUMNS[by];
  return (one, other) => {
    const [a, b] = [value(one), value(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (down ? -1 : 1) * (a < b ? -1 : Number(a > b));
  };
}

function Heading({ column, order, choose }: { column: Column; order: Order; choose: (order: Order) => void }) {
  const words = useWords();
  const chosen = order.by === column;
  const sign = chosen ? (order.down ? "▼" : "▲") : "";
  return (
    <th scope="col" aria-sort={chosen ? (order.down ? "descending" : "ascending") : "none"}>
      <button type="button" onClick={() => choose({ by: column, down: chosen ? !order.down : false })}>
        {words.recordings.columns[column]} <span aria-hidden="true">{sign}</span>
      </button>
    </th>
  );
}

function Row({ one }: { one: StoredRecording }) {
  const words = useWords();
  return (
    <tr>
      <th scope="row">
        <a href={address("recordings", one.name)}>{one.name}</a>
        {one.problem !== null && (
          <p class="problem" lang="en">
            {one.problem}
          </p>
        )}
      </th>
      <td>
        {words.say.moment(one.started ?? one.changed)}
        {one.writing && <strong class="writing">{words.recordings.writing}</strong>}
      </td>
      <td>{one.length_s === null ? words.recordings.unknown : words.say.duration(one.length_s)}</td>
      <td>{one.channels ?? words.recordings.unknown}</td>
      <td>
        {one.device ?? words.recordings.unknown}
        {one.simulated && <small> ({words.recordings.simulated})</small>}
      </td>
      <td>{words.say.bytes(one.size)}</td>
    </tr>
  );
}
