import type { AnswerKind, Device, Devices } from "../frames";
import { useWords } from "../words";
import { Hinted } from "./hinted";
import { boardOf, isWristband, type Wish } from "./wish";

interface Props {
  found: Devices;
  wish: Wish;
  become: (change: Partial<Wish>) => void;
}

/** What was found, and what a board at a serial port needs to be told. */
export function DeviceChoice({ found, wish, become }: Props) {
  const words = useWords();
  const { device } = wish;
  function choose(chosen: Device): void {
    become({ device: chosen, board: boardOf(chosen), channels: "", rate: new URLSearchParams(chosen.source.split("?")[1]).get("rate") ?? "" });
  }
  return (
    <>
      <fieldset>
        <legend>{words.live.device}</legend>
        {found.devices.map((entry) => (
          <label key={entry.source}>
            <input type="radio" name="source" checked={entry.source === device.source} onChange={() => choose(entry)} />
            {words.live.kinds[entry.kind]}: {entry.name} <small>{entry.seems}</small>
          </label>
        ))}
      </fieldset>
      {isWristband(device) && (
        <label>
          {words.live.does}
          <select value={wish.does} onChange={(event) => become({ does: event.currentTarget.value as AnswerKind })}>
            {DOINGS.map((does) => (
              <option key={does} value={does}>
                {words.live.doings[does]}
              </option>
            ))}
          </select>
        </label>
      )}
      {device.kind === "serial" && (
        <>
          <Hinted label={words.live.board} hint={words.live.boardWhy}>
            {(hint) => (
              <select aria-describedby={hint} value={wish.board} onChange={(event) => become({ board: event.currentTarget.value })}>
                {found.boards.map((board) => (
                  <option key={board}>{board}</option>
                ))}
              </select>
            )}
          </Hinted>
          {CHOOSE_CHANNELS.includes(wish.board) && (
            <Amount label={words.live.channels} hint={words.live.asSent} value={wish.channels} step="1" set={(channels) => become({ channels })} />
          )}
          {TELL_RATE.includes(wish.board) && (
            <Amount label={words.live.rate} value={wish.rate} step="any" required set={(rate) => become({ rate })} />
          )}
        </>
      )}
      {device.kind !== "simulated" && (
        <Amount label={words.live.unit} hint={words.live.unitWhy} value={wish.unit} step="any" set={(unit) => become({ unit })} />
      )}
    </>
  );
}

const DOINGS: readonly AnswerKind[] = ["gestures", "text", "events", "movement"];

/** Boards that send more channels than are used, and those that do not tell their rate. */
const CHOOSE_CHANNELS = ["text", "chords"];
const TELL_RATE = ["text"];

function Amount(props: { label: string; hint?: string; value: string; step: string; required?: boolean; set: (value: string) => void }) {
  const { label, hint = "", value, step, required, set } = props;
  return (
    <Hinted label={label} hint={hint}>
      {(id) => (
        <input
          type="number"
          aria-describedby={id}
          min={0}
          step={step}
          value={value}
          required={required}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </Hinted>
  );
}
