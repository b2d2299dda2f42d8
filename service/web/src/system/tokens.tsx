import { useRef, useState } from "preact/hooks";
import { ask, Refused } from "../api";
import { Asking } from "../asking";
import type { Asked } from "../asked";
import { HeadRow } from "../head_row";
import { useWords } from "../words";
import type { Token, TokenList } from "./frames";
import { MakeToken } from "./make_token";

interface Props {
  tokens: Asked<TokenList>;
  /** The service lets nobody in here, or does not answer; why is told above. */
  closed: boolean;
  /** Look again at everything: who may do what has changed. */
  look: () => Promise<void>;
}

/** Who has a token; to make one, and to revoke one. */
export function Tokens({ tokens: { found, problem }, closed, look }: Props) {
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, say] = useState("");
  const refused = problem instanceof Refused; // what was found before it stopped answering is shown still
  return (
    <section class="full" aria-labelledby="system-tokens">
      <h2 id="system-tokens" ref={heading} tabIndex={-1}>
        {words.system.tokens}
      </h2>
      {problem && !closed && <p>{words.system.onlyAdmin}</p>}
      {found?.open && !refused && <p>{words.system.open}</p>}
      {found && found.tokens.length > 0 && !refused && (
        <List
          tokens={found.tokens}
          revoked={(name) => {
            say(words.system.revoked(name));
            heading.current!.focus(); // the button that was pressed is gone
            void look();
          }}
        />
      )}
      <p role="status">{said}</p>
      {found && <MakeToken first={found.open} able={!problem && !closed} made={() => void look()} />}
    </section>
  );
}

function List({ tokens, revoked }: { tokens: Token[]; revoked: (name: string) => void }) {
  const { system: words, say } = useWords();
  return (
    <table>
      <HeadRow titles={[words.token, words.scopes, words.created, words.expires, words.revoke]} />
      <tbody>
        {tokens.map((token) => (
          <tr key={token.name}>
            <th scope="row">
              {token.name} {token.yours && <small>({words.yours})</small>}
            </th>
            <td>{token.scopes.join(", ")}</td>
            <td>{say.day(token.created)}</td>
            <td>{token.expires === null ? words.noEnd : token.expired ? words.expired : say.day(token.expires)}</td>
            <td>
              <Revoke token={token} revoked={revoked} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Revoke({ token, revoked }: { token: Token; revoked: (name: string) => void }) {
  const words = useWords().system;
  const { name } = token;
  return (
    <Asking
      label={words.revoke}
      spoken={`${words.revoke}: ${name}`}
      title={words.revokeOf(name)}
      submit={words.revoke}
      work={() => ask("DELETE", `/v1/tokens/${encodeURIComponent(name)}`)}
      after={() => revoked(name)}
      grave
    >
      <p>{words.revokeWhy}</p>
      {token.yours && (
        <p>
          <strong>{words.revokeYours}</strong>
        </p>
      )}
    </Asking>
  );
}
