import type { Latency, StreamInfo } from "../frames";
import type { Link } from "../heard";
import { useWords, type Words } from "../words";

/** Whether there is a connection, and how the stream is; of one that has not answered yet, what the service says. */
export function State({ stream, link }: { stream: StreamInfo; link: Link }) {
  const words = useWords();
  const state = link.state === "starting" ? stream.state : link.state;
  return <p class={`state ${link.linked ? state : "lost"}`}>{link.linked ? words.live.states[state] : words.live.connecting}</p>;
}

/** What answers, how late, and what was lost on the way. */
export function Facts({ stream, latency }: { stream: StreamInfo; latency: Latency | null }) {
  const words = useWords();
  return (
    <dl>
      <dt>{words.live.latency}</dt>
      <dd>{latency ? words.live.latencyOf(latency.signal_ms, latency.wait_ms + latency.compute_ms) : "–"}</dd>
      <dt>{words.live.lost}</dt>
      <dd>{words.live.lostOf(stream.counters.lost, stream.counters.gaps)}</dd>
      <dt>{words.live.model}</dt>
      <dd>
        {stream.model}
        {stream.answers !== "movement" && `, ${wearer(stream, words)}`}
      </dd>
      {stream.simulated && (
        <>
          <dt>{words.live.device}</dt>
          <dd>{words.live.simulated}</dd>
        </>
      )}
    </dl>
  );
}

function wearer({ head: { user, version } }: StreamInfo, { live }: Words): string {
  return user === null ? live.everybody : live.headOf(user, version);
}
