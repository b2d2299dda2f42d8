import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { REST } from "../gestures/rest";
import { useWords } from "../words";
import type { Kind, Prompt } from "./frames";
import { CHECK_S } from "./order";
import { usePictures, type Pulse } from "./pulse";

/** How many times as strong as at rest a muscle is when it counts as active, and when no longer. */
const ACTIVE = 2;
const RELAXED = 1.6;
/** The bar is full at so many times. */
const FULL = 20;
/** A hold that has gone on for so long without activity is not being held. */
const REACTION_S = 1.5;

type State = "muscleUnknown" | "muscleSilent" | "muscleActive" | "muscleRelaxed";

/** Whether the muscle does what the prompt asks, against its strength at rest as the check measured it. */
export function Muscle({ id, kind, prompt, pulse }: { id: string; kind: Kind; prompt: Prompt; pulse: RefObject<Pulse> }) {
  const words = useWords();
  const rest = useRest(id, prompt, pulse);
  const bar = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<State>("muscleUnknown");
  const [late, setLate] = useState(false);
  const begun = useBegin(prompt);
  usePictures(() => {
    const { amplitudes, time_s, alive } = pulse.current!;
    const known = rest.length > 0 && rest.length === amplitudes.length;
    const times = known ? Math.max(...amplitudes.map((now, channel) => now / Math.max(rest[channel]!, 1e-3))) : 1;
    setState((before) => (alive ? (known ? judged(times, before) : "muscleUnknown") : "muscleSilent"));
    setLate(prompt.phase === "hold" && (time_s ?? prompt.at_s) > begun() + REACTION_S);
    bar.current!.style.transform = `scaleX(${Math.min(1, Math.max(0, Math.log(times) / Math.log(FULL)))})`;
  });
  const silent = kind === "gestures" && late && prompt.trial?.gesture !== REST && state === "muscleRelaxed";
  return (
    <div class={`muscle ${state === "muscleActive" ? "active" : ""}`}>
      <span>{words.calibrate.muscle}</span>
      <div class="bar" aria-hidden="true">
        <div ref={bar} />
      </div>
      <strong>{words.calibrate[state]}</strong>
      {silent && <p role="status">{words.calibrate.holdFirmer}</p>}
    </div>
  );
}

function judged(times: number, before: State): State {
  return times > (before === "muscleActive" ? RELAXED : ACTIVE) ? "muscleActive" : "muscleRelaxed";
}

/** When the phase of a prompt began, in the stream's time. */
function useBegin(prompt: Prompt): () => number {
  const begin = useRef({ key: "", at_s: 0 });
  const key = `${prompt.phase} ${prompt.number} ${prompt.at_s + prompt.remaining_s}`;
  if (begin.current.key !== key) begin.current = { key, at_s: prompt.at_s };
  return () => begin.current.at_s;
}

const keyOf = (id: string) => `palmaris.rest.${id}`;

/** Strength of each channel at rest, from the last check that this tab saw pass; empty: not known. */
function useRest(id: string, prompt: Prompt, pulse: RefObject<Pulse>): number[] {
  const [rest, setRest] = useState<number[]>(() => JSON.parse(sessionStorage.getItem(keyOf(id)) ?? "[]"));
  const checking_s = useRef<number | null>(null); // when the check under way will be over
  const checked_s = useRef<number | null>(null); // when the one that is over was, until its samples are there
  useLayoutEffect(() => {
    if (prompt.phase === "prepare" || prompt.phase === "hold") checked_s.current ??= checking_s.current;
    checking_s.current = prompt.phase === "check" ? prompt.at_s + prompt.remaining_s : null;
  }, [prompt]);
  usePictures(() => {
    const { time_s } = pulse.current!;
    const end_s = checked_s.current;
    if (end_s === null || time_s === null || time_s < end_s) return;
    checked_s.current = null;
    const seen = pulse.current!.between(end_s - CHECK_S, end_s);
    if (seen.length === 0) return;
    const found = seen[0]!.map((_, channel) => median(seen.map((each) => each[channel] ?? 0)));
    sessionStorage.setItem(keyOf(id), JSON.stringify(found));
    setRest(found);
  });
  return rest;
}

function median(values: number[]): number {
  return values.sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
}
