import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { useAsked } from "../asked";
import { useAttempt } from "../attempt";
import { fits } from "../fits";
import type { Decisions, Label, ModelInfo, StoredRecording } from "../frames";
import { recordingPath } from "../paths";
import { Why } from "../why";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import { Compared } from "./compared";

/** What two models say to one recording. */
export interface Pair {
  truth: Label[];
  first: Decisions;
  second: Decisions;
}

/** Two models on one recording: who is right, and how often they agree. */
export function Compare({ models }: { models: ModelInfo[] }) {
  const words = useWords();
  const { found, problem, look } = useAsked<StoredRecording[]>("/v1/recordings");
  const whole = found?.filter((recording) => recording.problem === null && !recording.writing);
  return (
    <section class="compare" aria-labelledby="models-compare">
      <h2 id="models-compare">{words.models.compare}</h2>
      <Trouble problem={problem} look={look} />
      {whole?.length === 0 && <p>{words.models.noRecordings}</p>}
      {whole && whole.length > 0 && <Choices models={models} recordings={whole} />}
    </section>
  );
}

function Choices({ models, recordings }: { models: ModelInfo[]; recordings: StoredRecording[] }) {
  const words = useWords();
  const [recording, setRecording] = useState(recordings[0]!);
  const able = models.filter(({ facts }) => listens(facts, recording)).map(({ model }) => model);
  const [first, setFirst] = useChoice(able, 0);
  const [second, setSecond] = useChoice(able, 1);
  const [pair, setPair] = useState<Pair | null>(null);
  const { busy, problem, attempt } = useAttempt();
  const left = useRef(false);
  useEffect(() => () => void (left.current = true), []);

  async function compare(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    setPair(null);
    await attempt(async () => setPair(await listen(recording.name, [first!, second!], () => left.current)));
  }
  return (
    <>
      <form class="choices" onSubmit={compare}>
        <label>
          {words.models.recording}
          <select
            value={recording.name}
            onChange={({ currentTarget }) => setRecording(recordings.find(({ name }) => name === currentTarget.value)!)}
          >
            {recordings.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Choice label={words.models.first} among={able} chosen={first} choose={setFirst} />
        <Choice label={words.models.second} among={able} chosen={second} choose={setSecond} />
        <button type="submit" class="first" disabled={busy || !able.length}>
          {words.models.doCompare}
        </button>
      </form>
      <p role="status">{busy ? words.models.comparing : able.length ? "" : words.models.noneFits}</p>
      <Why problem={problem} />
      {pair && <Compared pair={pair} />}
    </>
  );
}

/** What is chosen among those that there are; what is not there any more gives way to the one at a place. */
function useChoice(among: string[], place: number): [string | undefined, (chosen: string) => void] {
  const [chosen, choose] = useState<string>();
  const there = chosen !== undefined && among.includes(chosen);
  return [there ? chosen : (among[place] ?? among[0]), choose];
}

interface ChoiceProps {
  label: string;
  among: string[];
  chosen: string | undefined;
  choose: (model: string) => void;
}

function Choice({ label, among, chosen, choose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={chosen} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {among.map((model) => (
          <option key={model}>{model}</option>
        ))}
      </select>
    </label>
  );
}

function listens(facts: ModelInfo["facts"], { channels, rate_hz }: StoredRecording): boolean {
  if (channels === null || rate_hz === null) return facts !== null; // the service tells whether it does
  return fits(facts, channels, rate_hz);
}

/** One after the other: the service listens to one recording at a time. Nobody asks for the second once `over`. */
async function listen(recording: string, models: [string, string], over: () => boolean): Promise<Pair | null> {
  const decided = (model: string) => ask<Decisions>("GET", recordingPath(recording, `/decisions?model=${encodeURIComponent(model)}`));
  const { gestures } = await ask<{ gestures: Label[] }>("GET", recordingPath(recording));
  const first = await decided(models[0]);
  return over() ? null : { truth: gestures, first, second: await decided(models[1]) };
}
