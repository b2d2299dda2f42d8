import "./system.css";
import { useEffect } from "preact/hooks";
import { known, Refused } from "../api";
import { useAsked } from "../asked";
import { Trouble } from "../trouble";
import { useVisible } from "../visible";
import { useWords } from "../words";
import type { Health, SystemInfo, TokenList } from "./frames";
import { useHistory } from "./history";
import { Numbers } from "./numbers";
import { ServiceFacts } from "./service_facts";
import { StreamFacts } from "./stream_facts";
import { Tokens } from "./tokens";

const LOOK_MS = 2000;

/** How the service is, and who may use it. */
export function SystemView({}: { of: string }) {
  const words = useWords();
  const visible = useVisible();
  const every = visible ? LOOK_MS : undefined;
  const system = useAsked<SystemInfo>("/v1/system", every);
  const health = useAsked<Health>("/healthz", every);
  const history = useHistory(visible);
  const tokens = useAsked<TokenList>("/v1/tokens");
  const noAdmin = tokens.problem instanceof Refused && tokens.problem.status === 403; // which the others need not be
  const problem = system.problem ?? history.problem ?? (noAdmin ? null : tokens.problem);
  async function look(): Promise<void> {
    await Promise.all([system.look(), health.look(), history.look(), tokens.look()]);
  }
  useEffect(() => {
    if (system.problem === null) void tokens.look(); // nobody asks for them every so often
  }, [system.problem === null]);
  return (
    <div class="system">
      <Trouble problem={problem} look={() => void look()} />
      {problem === null && system.found && health.found && (
        <>
          <ServiceFacts system={system.found} health={health.found} history={history} />
          {health.found.streams.map((stream) => (
            <StreamFacts key={stream.stream} stream={stream} history={history} />
          ))}
        </>
      )}
      <Tokens tokens={tokens} closed={problem !== null} look={look} />
      {problem === null && (
        <section class="full" aria-labelledby="system-more">
          <h2 id="system-more">{words.system.more}</h2>
          <ul>
            <li>
              <a href="/metrics">{words.system.metrics}</a>
            </li>
            <li>
              <a href="/docs">{words.system.documents}</a>
            </li>
          </ul>
          {known() && <p>{words.system.closed}</p>}
          <Numbers samples={history.samples} />
        </section>
      )}
    </div>
  );
}
