import type { ComponentChild } from "preact";
import { useId } from "preact/hooks";

/** A label that stays short, and what else is to be known. */
export function Hinted({ label, hint, children }: { label: string; hint: string; children: (id: string) => ComponentChild }) {
  const id = useId();
  return (
    <div class="hinted">
      <label>
        {label}
        {children(id)}
      </label>
      <small id={id}>{hint}</small>
    </div>
  );
}
