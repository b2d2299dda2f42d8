import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { useAttempt } from "../attempt";
import type { Agreement, Decisions } from "../frames";
import { recordingPath } from "../paths";
import { Why } from "../why";
import { named, useWords } from "../words";
import type { RecordingDetail } from "./frames";
import { ModelChoice, type Models } from "./model_choice";

interface Props {
  recording: RecordingDetail;
  models: Models;
  decisions: Decisions | null;
  tell: (decisions: Decisions | null) => void;
}

/** The recording through any model: what it answers, and how well that agrees with the labels. */
export function Replay({ recording, models, decisions, tell }: Props) {
  const words = useWords();
  const users = useUsers();
  const [model, setModel] = useState("");
  const [user, setUser] = useState("");
  const { busy, problem, attempt } = useAttempt();
  const leaving = useRef<AbortController | null>(null);
  useEffect(() => () => leaving.current?.abort(), []);

  async function run(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const asked = (leaving.current = new AbortController());
    const query = new URLSearchParams({ model: model || models.first, ...(user && { user }) });
    const path = recordingPath(recording.name, `/decisions?${query}`);
    tell(null);
    await attempt(async () => {
      try {
        tell(await ask<Decisions>("GET", path, undefined, asked.signal));
      } catch (error) {
        if (!asked.signal.aborted) throw error;
      }
    });
  }
  return (
    <section aria-labelledby="replay">
      <h2 id="replay">{words.recordings.replay}</h2>
      <form class="replay" onSubmit={run}>
        <ModelChoice models={models} chosen={model} choose={setModel} />
        {users.length > 0 && (
          <label>
            {words.recordings.head}
            <select value={user} onChange={(event) => setUser(event.currentTarget.value)}>
              <option value="">{words.live.everybody}</option>
              {users.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        {busy ? (
          <button type="button" onClick={() => leaving.current!.abort()}>
            {words.page.cancel}
          </button>
        ) : (
          <button type="submit" class="first" disabled={!models.first}>
            {words.recordings.run}
          </button>
        )}
      </form>
      <div role="status">
        {busy && <p>{words.recordings.running}</p>}
        {decisions && <p>{words.recordings.answered(decisions.model, decisions.windows)}</p>}
      </div>
      <Why problem={problem} />
      {decisions && (decisions.agreement ? <Agreed agreement={decisions.agreement} /> : <Shares decisions={decisions} />)}
    </section>
  );
}

/** Users whose heads could answer; nobody where the token does not allow to know them. */
function useUsers(): string[] {
  const [users, setUsers] = useState<string[]>([]);
  useEffect(() => {
    ask<{ user: string }[]>("GET", "/v1/users").then(
      (found) => setUsers(found.map(({ user }) => user)),
      () => setUsers([]),
    );
  }, []);
  return users;
}

/** How well the answers agree with the labels, gesture by gesture. */
function Agreed({ agreement }: { agreement: Agreement }) {
  const words = useWords();
  const { windows, accuracy, macro_f1, accepted, answers, gestures, unknown } = agreement;
  const said = answers.filter((_, number) => gestures.some((gesture) => gesture.said[number]! > 0));
  return (
    <>
      <p class="agreed">
        <strong>{words.say.percent(accuracy, 1)}</strong> {words.recordings.right(windows)} · {words.recordings.f1(words.say.score(macro_f1))} ·{" "}
        {words.recordings.accepted(words.say.percent(accepted, 1))}
      </p>
      <div class="wide" tabIndex={0} role="group" aria-label={words.recordings.confusion}>
        <table class="confusion">
          <caption>{words.recordings.confusion}</caption>
          <thead>
            <tr>
              <th scope="col">{words.recordings.labelled}</th>
              <th scope="col">{words.recordings.rightShort}</th>
              {said.map((answer) => (
                <th key={answer} scope="col">
                  {named(words, answer)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {gestures.map((one) => (
              <tr key={one.gesture}>
                <th scope="row">{named(words, one.gesture)}</th>
                <td>{words.say.percent(one.right / one.windows)}</td>
                {said.map((answer) => (
                  <td key={answer} class={answer === one.gesture ? "hit" : ""}>
                    {one.said[answers.indexOf(answer)]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {unknown.length > 0 && <p>{words.recordings.unknownLabels(unknown.map((text) => named(words, text)).join(", "))}</p>}
    </>
  );
}

/** Without labels: how long each gesture was answered. */
function Shares({ decisions }: { decisions: Decisions }) {
  const words = useWords();
  const seconds = new Map<string, number>();
  for (const { gesture, start_s, stop_s, accepted } of decisions.spans) {
    const said = gesture === null ? words.live.relaxed : accepted ? named(words, gesture) : words.live.uncertain;
    seconds.set(said, (seconds.get(said) ?? 0) + stop_s - start_s);
  }
  return (
    <>
      <dl>
        {[...seconds].map(([said, time]) => (
          <>
            <dt>{said}</dt>
            <dd>{words.say.seconds(time, 1)}</dd>
          </>
        ))}
      </dl>
      <p>{words.recordings.noAgreement}</p>
    </>
  );
}
