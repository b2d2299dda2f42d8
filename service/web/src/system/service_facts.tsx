import { useWords } from "../words";
import type { Health, SystemInfo } from "./frames";
import { one, type History } from "./history";
import { Spark } from "./spark";

/** The service and the machine below it. */
export function ServiceFacts({ system, health, history }: { system: SystemInfo; health: Health; history: History }) {
  const { system: words, say } = useWords();
  const { samples } = history;
  const well = health.streams.length ? words.wells[health.status] : words.idle;
  const fitted = one(samples, "palmaris_fit_seconds_count");
  return (
    <section aria-labelledby="system-service">
      <h2 id="system-service">{words.service}</h2>
      <p role="status" class={`state ${health.status}`}>
        {well}
      </p>
      <dl>
        <dt>{words.version}</dt>
        <dd>{system.version}</dd>
        <dt>{words.uptime}</dt>
        <dd>{say.duration(system.uptime_s)}</dd>
        <dt>{words.disk}</dt>
        <dd>
          {system.disk
            ? words.diskOf(say.bytes(system.disk.free_bytes), say.bytes(system.disk.total_bytes))
            : words.diskAway}
        </dd>
        <dt>{words.database}</dt>
        <dd class={system.database.state}>
          {words.databases[system.database.state]} <span lang="en">{system.database.problem}</span>
        </dd>
        <dt>{words.files}</dt>
        <dd>{one(samples, "process_open_fds") ?? "–"}</dd>
        <dt>{words.fits}</dt>
        <dd>{fitted === null ? "–" : words.fitsOf(fitted, one(samples, "palmaris_fit_failures_total") ?? 0)}</dd>
      </dl>
      <Spark title={words.memoryChart} series={history.memory} scale={1e-6} />
      <Spark title={words.processorChart} series={history.cpu} scale={100} />
    </section>
  );
}
