import { useState } from "preact/hooks";
import { ask } from "../api";
import { Asking } from "../asking";
import { useAttempt } from "../attempt";
import type { Devices, ModelInfo, StreamInfo } from "../frames";
import { Why } from "../why";
import { useWords } from "../words";
import { DeviceChoice } from "./device_choice";
import { Hinted } from "./hinted";
import { answersOf, boardOf, fitsWish, sourceOf, suiting, type Wish } from "./wish";

/** The one that fits the first device of the list, the simulated user. */
const FIRST_MODEL = "csae-simulated";

interface Props {
  taken: StreamInfo[];
  choose: (stream: string) => void;
}

/** A button, and the dialog behind it: choose a device and a model, and start. */
export function NewStream({ taken, choose }: Props) {
  const words = useWords();
  const { problem, attempt } = useAttempt();
  const [found, setFound] = useState<Devices | null>(null);
  const [models, setModels] = useState<ModelInfo[]>([]);
  const [wish, setWish] = useState<Wish | null>(null);
  const facts = models.find(({ model }) => model === wish?.model)?.facts ?? null;
  const isOfText = facts !== null && answersOf(facts) === "text";

  function search(): void {
    setFound(null);
    void attempt(async () => {
      const known = ask<ModelInfo[]>("GET", "/v1/models").catch(() => []); // without it, none is marked
      const devices = await ask<Devices>("GET", "/v1/devices");
      setModels(await known);
      setWish((before) => kept(before, devices));
      setFound(devices);
    });
  }
  async function start(form: FormData): Promise<void> {
    const language_model = isOfText ? wish!.language.trim() : "";
    const order = { name: form.get("name"), model: wish!.model, source: sourceOf(wish!, facts), language_model };
    const { stream } = await ask<StreamInfo>("POST", "/v1/streams", order);
    choose(stream);
  }
  function become(change: Partial<Wish>): void {
    const next = { ...wish!, ...change };
    const other = "device" in change || "does" in change;
    setWish(other ? { ...next, model: suiting(next, models) } : next);
  }
  const again = (
    <button type="button" class="rescan" onClick={search}>
      {words.live.rescan}
    </button>
  );
  return (
    <Asking
      label={words.live.newStream}
      title={words.live.newStream}
      submit={words.live.start}
      work={start}
      ready={found !== null}
      opened={search}
      beside={again}
    >
      {found && wish ? (
        <>
          <DeviceChoice found={found} wish={wish} become={become} />
          <ModelChoice names={found.models} models={models} wish={wish} become={become} />
          {isOfText && (
            <Hinted label={words.live.language} hint={words.live.languageWhy}>
              {(hint) => (
                <input
                  aria-describedby={hint}
                  value={wish.language}
                  maxLength={1000}
                  autocomplete="off"
                  onInput={(event) => become({ language: event.currentTarget.value })}
                />
              )}
            </Hinted>
          )}
          <p>
            <small>
              {words.live.address} <code>{sourceOf(wish, facts)}</code>
            </small>
          </p>
          <label>
            {words.live.name} <small>({words.page.nameRule})</small>
            <input name="name" defaultValue={free(taken)} required pattern="[A-Za-z0-9][A-Za-z0-9_\-]*" maxLength={64} autocomplete="off" />
          </label>
        </>
      ) : (
        !problem && <p role="status">{words.live.looking}</p>
      )}
      {found?.problems.map((why) => (
        <p key={why} class="why" lang="en">
          {why}
        </p>
      ))}
      <Why problem={problem} />
    </Asking>
  );
}

interface ModelProps {
  names: string[];
  models: ModelInfo[];
  wish: Wish;
  become: (change: Partial<Wish>) => void;
}

/** The models, and which of them do not fit the device as it is chosen. */
function ModelChoice({ names, models, wish, become }: ModelProps) {
  const words = useWords();
  const factsOf = (name: string) => models.find(({ model }) => model === name)?.facts ?? null;
  function told(name: string): string {
    const facts = factsOf(name);
    if (!facts) return name;
    return `${name} (${(fitsWish(wish, facts) ? words.live.fits : words.live.fitsNot)(facts.channels, facts.rate_hz)})`;
  }
  return (
    <>
      <label>
        {words.live.model}
        <select name="model" value={wish.model} onChange={(event) => become({ model: event.currentTarget.value })}>
          {names.map((name) => (
            <option key={name} value={name}>
              {told(name)}
            </option>
          ))}
        </select>
      </label>
      {factsOf(wish.model) && (
        <label>
          <input type="checkbox" checked={wish.resample} onChange={(event) => become({ resample: event.currentTarget.checked })} />
          {words.live.resample}
        </label>
      )}
    </>
  );
}

/** What was chosen before, as far as it is still there. */
function kept(before: Wish | null, { devices, models }: Devices): Wish {
  const device = devices.find(({ source }) => source === before?.device.source);
  if (before && device) return { ...before, device };
  const first = devices[0]!;
  const model = models.includes(FIRST_MODEL) ? FIRST_MODEL : models[0]!;
  return { device: first, board: boardOf(first), channels: "", rate: "", unit: "", resample: false, does: "gestures", model, language: "" };
}

/** The first name that no stream has. */
function free(taken: StreamInfo[]): string {
  const names = new Set(taken.map(({ stream }) => stream));
  let number = 1;
  while (names.has(`stream-${number}`)) number++;
  return `stream-${number}`;
}
