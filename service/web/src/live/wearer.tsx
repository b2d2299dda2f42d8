import { ask, Refused } from "../api";
import { useAttempt } from "../attempt";
import { useAsked } from "../asked";
import type { StreamInfo } from "../frames";
import { streamPath } from "../paths";
import { Why } from "../why";
import { useWords } from "../words";

/** Whose head the stream uses; who may not know the users is told why there is no choice. */
export function Wearer({ stream, look }: { stream: StreamInfo; look: () => Promise<void> }) {
  const words = useWords();
  const { found: users, problem, look: lookAgain } = useAsked<{ user: string }[]>("/v1/users");
  const { problem: refusal, attempt } = useAttempt();
  const worn = stream.head.user ?? "";

  async function wear(user: string): Promise<void> {
    await attempt(() => ask("PUT", streamPath(stream.stream, "/user"), { user: user || null }));
    await look();
  }
  if (problem instanceof Refused && problem.status === 403) return <span class="why">{words.live.noUsers}</span>;
  if (users === null) return null;
  const names = new Set([...users.map(({ user }) => user), ...(worn ? [worn] : [])]);
  return (
    <div class="wearer">
      <label>
        {words.live.head}
        <select
          key={`${worn} ${refusal?.message}`}
          value={worn}
          onFocus={() => void lookAgain()}
          onChange={(event) => void wear(event.currentTarget.value)}
        >
          <option value="">{words.live.everybody}</option>
          {[...names].map((user) => (
            <option key={user} value={user}>
              {words.live.headOfUser(user)}
            </option>
          ))}
        </select>
      </label>
      <Why problem={refusal} />
    </div>
  );
}
