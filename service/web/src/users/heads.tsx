import { useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { useAttempt } from "../attempt";
import { HeadRow } from "../head_row";
import { userPath } from "../paths";
import { named, useWords, type Words } from "../words";
import { isOfKeys, type Version } from "./frames";
import { StoredReport } from "./stored_report";
import { Why } from "../why";

interface Props {
  user: string;
  versions: Version[];
  /** Heads that were fitted and never accepted. */
  candidates: number;
  changed: (what: string) => Promise<void>;
}

/** Every version, the newest first: which is in use, its report, and the way back to it. */
export function Heads({ user, versions, candidates, changed }: Props) {
  const words = useWords().users;
  const { problem, attempt } = useAttempt();
  const [read, setRead] = useState<number | null>(null);
  const opener = useRef<HTMLButtonElement | null>(null);

  async function use(version: number): Promise<void> {
    await attempt(async () => {
      await ask("POST", userPath(user, `/heads/${version}/activate`));
      await changed(words.inUseNow(version));
    });
  }
  function open(version: number, button: HTMLButtonElement): void {
    opener.current = button;
    setRead(version);
  }
  function close(): void {
    setRead(null);
    opener.current?.focus();
  }
  return (
    <section class="table" aria-labelledby="heads">
      <h3 id="heads">{words.heads}</h3>
      {versions.length === 0 && <p>{words.noHeads}</p>}
      <Why problem={problem} />
      {versions.length > 0 && (
        <table aria-labelledby="heads">
          <HeadRow titles={[words.version, words.made, words.model, words.answers, words.score]} blank />
          <tbody>
            {[...versions].reverse().map((head) => (
              <Row key={head.head} head={head} use={use} open={open} />
            ))}
          </tbody>
        </table>
      )}
      {candidates > 0 && <small>{words.candidates(candidates)}</small>}
      {read !== null && <StoredReport key={read} user={user} head={versions.find((head) => head.version === read)!} close={close} />}
    </section>
  );
}

interface RowProps {
  head: Version;
  use: (version: number) => Promise<void>;
  open: (version: number, button: HTMLButtonElement) => void;
}

function Row({ head, use, open }: RowProps) {
  const words = useWords();
  const { version, active } = head;
  return (
    <tr class={active ? "active" : ""}>
      <th scope="row">{version}</th>
      <td>
        {words.say.moment(head.created)}
        <small class="block">{head.calibration === null ? words.users.edited : words.users.calibrated}</small>
      </td>
      <td>
        {head.model}
        <small class="block">{words.models.heads[head.kind]}</small>
      </td>
      <td class="gestures">
        {isOfKeys(head) ? words.users.keys(head.labels.length) : head.labels.map((label) => named(words, label)).join(", ")}
      </td>
      <td class="number">{scoreOf(head, words)}</td>
      <td class="buttons">
        <button
          type="button"
          aria-disabled={active}
          aria-label={active ? words.users.inUseVersion(version) : words.users.useVersion(version)}
          onClick={() => active || use(version)}
        >
          {active ? words.users.inUse : words.users.use}
        </button>
        {(head.macro_f1 ?? head.wrong) !== null && (
          <button
            type="button"
            aria-label={words.users.reportOf(version)}
            onClick={(event) => open(version, event.currentTarget)}
          >
            {words.report.title}
          </button>
        )}
      </td>
    </tr>
  );
}

function scoreOf({ macro_f1, wrong }: Version, { users, say }: Words): string {
  return wrong === null ? say.score(macro_f1) : users.wrong(say.percent(wrong));
}
