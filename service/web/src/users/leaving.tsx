import { useState } from "preact/hooks";
import { ask } from "../api";
import { useAttempt } from "../attempt";
import { download } from "../download";
import { go } from "../route";
import { userPath } from "../paths";
import { useWords } from "../words";
import { Asking } from "../asking";
import { Why } from "../why";

interface Props {
  user: string;
  versions: number;
  calibrations: number;
  say: (what: string) => void;
}

/** A user as a file for another machine, and a user who goes for good. */
export function Leaving({ user, versions, calibrations, say }: Props) {
  const words = useWords().users;
  async function remove(): Promise<void> {
    await ask("DELETE", userPath(user));
    say(words.deleted(user));
    go("users", "", true);
  }
  return (
    <section aria-labelledby="leaving">
      <h3 id="leaving">{words.leaving}</h3>
      <Export user={user} say={say} />
      <div class="buttons">
        <Asking class="grave" label={words.deleteUser} title={words.deleteOf(user)} submit={words.deleteUser} work={remove} known={words.deleteWhy} grave>
          <p>{words.deleteHow(user)}</p>
          <ul>
            {words.lost(versions, calibrations).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <p>{words.exportFirst}</p>
          <label>
            {words.typeName(user)}
            <input name="user" required pattern={user} title={user} autocomplete="off" spellcheck={false} />
          </label>
        </Asking>
      </div>
    </section>
  );
}

function Export({ user, say }: { user: string; say: (what: string) => void }) {
  const { users: words, page } = useWords();
  const [trials, setTrials] = useState(true);
  const { busy, problem, attempt } = useAttempt();

  async function save(): Promise<void> {
    const name = `${user}.profile.zip`;
    if (await attempt(() => download(userPath(user, `/profile?trials=${trials}`), name))) say(words.exported(name));
  }
  return (
    <>
      <p>{words.exportHow}</p>
      <label>
        <input type="checkbox" checked={trials} onChange={(event) => setTrials(event.currentTarget.checked)} />
        {words.withTrials}
      </label>
      <Why problem={problem} />
      <div class="buttons">
        <button type="button" aria-disabled={busy} onClick={() => busy || save()}>
          {busy ? page.working : words.exportUser}
        </button>
      </div>
    </>
  );
}
