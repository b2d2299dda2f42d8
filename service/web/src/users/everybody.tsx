import { useState } from "preact/hooks";
import { useAsked } from "../asked";
import { HeadRow } from "../head_row";
import { address } from "../route";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import type { UserSummary } from "./frames";
import { ImportUser, NewUser } from "./newcomers";

const LOOK_MS = 10_000;

/** Everybody whom the service knows; who was calibrated last comes first. */
export function Everybody({ say }: { say: (what: string) => void }) {
  const words = useWords().users;
  const { found, problem, look } = useAsked<UserSummary[]>("/v1/users", LOOK_MS);
  const [wanted, setWanted] = useState("");
  const shown = found?.filter(({ user }) => user.toLowerCase().includes(wanted.trim().toLowerCase())).sort(newestFirst);
  return (
    <>
      <div class="tools">
        <label>
          {words.search}
          <input type="search" value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
        </label>
        <NewUser say={say} />
        <ImportUser say={say} />
      </div>
      <Trouble problem={problem} look={look} />
      <p role="status" class="count">
        {shown && words.shown(shown.length, found!.length)}
      </p>
      {found?.length === 0 && <p>{words.nobody}</p>}
      {shown && shown.length > 0 && <Table users={shown} />}
    </>
  );
}

function Table({ users }: { users: UserSummary[] }) {
  const { users: words, say } = useWords();
  return (
    <section class="table">
      <table>
        <caption class="only-heard">{words.title}</caption>
        <HeadRow
          titles={[words.pseudonym, words.created, words.consent, words.heads, words.currentF1, words.bestF1, words.lastCalibrated]}
        />
        <tbody>
          {users.map((user) => (
            <tr key={user.user}>
              <th scope="row">
                <a href={address("users", user.user)}>{user.user}</a>
              </th>
              <td>{say.day(user.created)}</td>
              <td>{user.consent_raw ? words.yes : words.no}</td>
              <td class="number">{user.versions}</td>
              <td class="number">{say.score(user.macro_f1)}</td>
              <td class="number">{say.score(user.best_macro_f1)}</td>
              <td>{user.calibrated ? say.moment(user.calibrated) : words.never}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function newestFirst(one: UserSummary, other: UserSummary): number {
  return Date.parse(other.calibrated ?? other.created) - Date.parse(one.calibrated ?? one.created);
}
