import { said, type Decisions } from "../decisions";
import type { StreamInfo } from "../frames";
import { useWords } from "../words";
import { Facts, State } from "./facts";

/** The current gesture, to be read across the room, and how sure it is. */
export function Decision({ stream, decisions }: { stream: StreamInfo; decisions: Decisions }) {
  const words = useWords();
  const { newest } = decisions;
  return (
    <section class="decision" aria-labelledby="decision">
      <h2 id="decision">{words.live.gesture}</h2>
      <p class={`gesture ${newest?.accepted ? "sure" : ""}`} role="status">
        {said(decisions, words)}
      </p>
      <State stream={stream} link={decisions} />
      <Bar label={words.live.confidence} value={newest?.confidence} absent={newest && words.live.notMeasured} />
      <Bar label={words.live.intensity} value={newest?.intensity} absent={newest && words.live.notMeasured} />
      <Facts stream={stream} latency={newest?.latency ?? null} />
    </section>
  );
}

function Bar(props: { label: string; value: number | null | undefined; absent: string | null }) {
  const { label, value } = props;
  const words = useWords();
  const told = value == null ? (props.absent ?? "–") : words.say.percent(value);
  const percent = value == null ? null : Math.round(100 * value);
  return (
    <div class="meter">
      <span>{label}</span>
      <div
        class="bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent ?? 0}
        aria-valuetext={told}
      >
        <div style={{ transform: `scaleX(${(percent ?? 0) / 100})` }} />
      </div>
      <span class="number">{told}</span>
    </div>
  );
}
