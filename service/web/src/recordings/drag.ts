import { useRef } from "preact/hooks";
import type { Stretch } from "../track";

/** A drag of fewer pixels is a click. */
const SLIP = 4;

/** What follows a pointer that is held down: from where to where, or `click` where it stays in its place. */
export function useDrag(at: (event: PointerEvent) => number, tell: (part: Stretch, click: boolean) => void) {
  const held = useRef<{ x: number; at: number } | null>(null);
  function drag(event: PointerEvent): void {
    if (held.current === null) return;
    const [one, other] = [held.current.at, at(event)];
    const click = Math.abs(event.clientX - held.current.x) < SLIP;
    tell(click ? { start: one, stop: one } : { start: Math.min(one, other), stop: Math.max(one, other) }, click);
  }
  function press(event: PointerEvent): void {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    held.current = { x: event.clientX, at: at(event) };
    drag(event);
  }
  function release(): void {
    held.current = null;
  }
  return { onPointerDown: press, onPointerMove: drag, onPointerUp: release, onPointerCancel: release };
}
