import type { StreamInfo } from "../frames";
import { address } from "../route";
import { useWords } from "../words";
import type { History } from "./history";
import { Spark } from "./spark";

/** One stream: is it live, does it keep up, does anything get lost. */
export function StreamFacts({ stream, history }: { stream: StreamInfo; history: History }) {
  const words = useWords();
  const { counters, prediction_age_ms: age } = stream;
  const all = counters.samples + counters.lost;
  const title = `system-stream-${stream.stream}`;
  return (
    <section aria-labelledby={title}>
      <h2 id={title}>
        {words.live.stream} <a href={address("live", stream.stream)}>{stream.stream}</a>
      </h2>
      <p class={`state ${stream.state}`}>{words.live.states[stream.state]}</p>
      <dl>
        <dt>{words.system.model}</dt>
        <dd>
          <a href={address("models", stream.model)}>{stream.model}</a>
        </dd>
        <dt>{words.system.age}</dt>
        <dd>{age === null ? words.system.never : words.system.ago(age)}</dd>
        <dt>{words.system.wait}</dt>
        <dd>{delay("wait")}</dd>
        <dt>{words.system.compute}</dt>
        <dd>{delay("compute")}</dd>
        <dt>{words.system.lost}</dt>
        <dd>{words.system.lostOf(counters.lost, all ? counters.lost / all : 0, counters.gaps)}</dd>
        <dt>{words.system.subscribers}</dt>
        <dd>{stream.subscribers}</dd>
        <dt>{words.system.dropped}</dt>
        <dd>{counters.dropped}</dd>
        <dt>{words.system.waiting}</dt>
        <dd>{waiting()}</dd>
      </dl>
      <Spark title={words.system.rateChart} series={history.rate(stream.stream)} />
      <Spark title={words.system.computeChart} series={history.compute(stream.stream)} scale={1000} />
    </section>
  );

  function delay(what: "wait" | "compute"): string {
    const [half, most] = [0.5, 0.99].map((share) => history.below(stream.stream, what, share));
    if (half == null || most == null) return words.system.measuring;
    return words.system.delayOf(words.say.number(1000 * half, 1), words.say.number(1000 * most, 1));
  }
  function waiting(): number | string {
    const name = "palmaris_stream_waiting_frames";
    return history.samples.find((sample) => sample.name === name && sample.labels.stream === stream.stream)?.value ?? "–";
  }
}
