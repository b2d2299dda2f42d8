import { useEffect, useRef } from "preact/hooks";
import { useWords } from "../words";
import type { Calibration, Phase } from "./frames";
import { GiveUp } from "./give_up";
import { useKeys, useTones, useTypedAway } from "./helps";
import { useSwitch } from "./settings";
import type { Doing } from "./use_calibration";

/** While these last, somebody types or is about to, or is not through with it. */
const TYPING: readonly Phase[] = ["prepare", "hold", "rest"];

interface Props {
  info: Calibration;
  paused: boolean;
  phase: Phase;
  offer: boolean;
  toggle: () => void;
  doing: Doing;
}

/** The buttons that steer. The large one has the focus: it pauses, or tells that what was asked is done. */
export function Steering({ info, paused, phase, offer, toggle, doing }: Props) {
  const words = useWords().calibrate;
  const [tones, setTones] = useSwitch("tones", false);
  const [wanted, setWanted] = useSwitch("keys", true);
  const { kind } = info.plan;
  const ends = kind !== "gestures" && !paused && TYPING.includes(phase);
  const keys = wanted && kind !== "text"; // letters and spaces are typed there
  const again = { r: () => void doing.act("redo"), s: () => void doing.act("skip") };
  useTones(tones, phase);
  useKeys(keys, ends ? again : { " ": toggle, ...again });
  useTypedAway(ends && kind === "text");
  return (
    <div class="steer" role="group" aria-label={words.steer}>
      <Large ends={ends} paused={paused} phase={phase} keys={keys} toggle={toggle} doing={doing} />
      {ends && (
        <button type="button" onClick={toggle}>
          {words.pause}
        </button>
      )}
      <button type="button" aria-keyshortcuts={keys ? "R" : undefined} onClick={() => doing.act("redo")}>
        {words.redo}
        {keys && <Key name="R" />}
      </button>
      <button
        type="button"
        class={offer ? "first" : ""}
        aria-keyshortcuts={keys ? "S" : undefined}
        onClick={() => doing.act("skip")}
      >
        {words.skip}
        {keys && <Key name="S" />}
      </button>
      <GiveUp info={info} look={doing.look} />
      <label>
        <input type="checkbox" checked={tones} onChange={(event) => setTones(event.currentTarget.checked)} />
        {words.tones}
      </label>
      {kind !== "text" && (
        <label>
          <input type="checkbox" checked={wanted} onChange={(event) => setWanted(event.currentTarget.checked)} />
          {words.keys}
        </label>
      )}
    </div>
  );
}

interface LargeProps {
  /** It ends a hold; else it pauses. */
  ends: boolean;
  paused: boolean;
  phase: Phase;
  keys: boolean;
  toggle: () => void;
  doing: Doing;
}

/** One button in all phases, so that the focus stays. */
function Large({ ends, paused, phase, keys, toggle, doing }: LargeProps) {
  const words = useWords().calibrate;
  const big = useRef<HTMLButtonElement>(null);
  const told = useRef(false); // a second press would come too late, and be refused
  const can = ends && phase === "hold";
  async function done(): Promise<void> {
    if (!can || told.current) return;
    told.current = true;
    await doing.act("done");
    told.current = false;
  }
  useKeys(can, { enter: () => void done() });
  useEffect(() => big.current!.focus({ preventScroll: true }), []);
  useEffect(() => {
    if (can && !document.querySelector("dialog[open]")) big.current!.focus({ preventScroll: true });
  }, [can]);
  const [label, key, name] = ends
    ? [words.done, "Enter", words.enter]
    : [paused ? words.goOn : words.pause, keys && "Space", words.space];
  return (
    <button
      type="button"
      class="first big"
      ref={big}
      aria-disabled={ends && !can}
      aria-keyshortcuts={key || undefined}
      onKeyDown={(event) => event.repeat && event.preventDefault()} // of a hold that is over by now
      onClick={() => (ends ? void done() : toggle())}
    >
      {label}
      {key && <Key name={name} />}
    </button>
  );
}

function Key({ name }: { name: string }) {
  return <kbd aria-hidden="true">{name}</kbd>;
}
