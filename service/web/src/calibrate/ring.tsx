import type { RefObject } from "preact";
import { useRef } from "preact/hooks";
import type { Phase, Plan, Prompt } from "./frames";
import { CHECK_S } from "./order";
import { usePictures, type Pulse } from "./pulse";

const RADIUS = 54;
const LENGTH = 2 * Math.PI * RADIUS;

/** What remains of a phase: counted by the stream's own samples, so that over a dead stream the ring stands still. */
export function Ring({ prompt, plan, pulse }: { prompt: Prompt; plan: Plan; pulse: RefObject<Pulse> }) {
  const circle = useRef<SVGCircleElement>(null);
  const number = useRef<SVGTextElement>(null);
  usePictures(() => {
    const left = remaining(prompt, pulse.current!.time_s);
    const share = Math.min(1, left / (lasting(prompt.phase, plan) || 1));
    circle.current!.setAttribute("stroke-dashoffset", String(LENGTH * (1 - share)));
    const seconds = String(Math.ceil(left));
    if (number.current!.textContent !== seconds) number.current!.textContent = seconds;
  });
  return (
    <svg class={`ring ${prompt.phase}`} viewBox="0 0 120 120" aria-hidden="true">
      <circle class="track" cx="60" cy="60" r={RADIUS} />
      <circle class="left" cx="60" cy="60" r={RADIUS} stroke-dasharray={LENGTH} transform="rotate(-90 60 60)" ref={circle} />
      <text x="60" y="60" ref={number} />
    </svg>
  );
}

function remaining({ remaining_s, at_s }: Prompt, now_s: number | null): number {
  return Math.max(0, remaining_s - Math.max(0, (now_s ?? at_s) - at_s));
}

function lasting(phase: Phase, plan: Plan): number {
  const seconds: Partial<Record<Phase, number>> = {
    check: CHECK_S,
    prepare: plan.prepare_s,
    hold: plan.hold_s,
    rest: plan.rest_s,
  };
  return seconds[phase] ?? 0;
}
