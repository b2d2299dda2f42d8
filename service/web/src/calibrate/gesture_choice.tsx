import { useState } from "preact/hooks";
import type { HeadVersion } from "../frames";
import { Hand, type Side } from "../gestures/hand";
import { named, useWords } from "../words";

interface Props {
  offered: string[];
  chosen: string[];
  own: string[];
  side: Side;
  /** The user's head, if they have one for this model. */
  head: HeadVersion | null;
  add: boolean;
  setAdd: (add: boolean) => void;
  toggle: (gesture: string, on: boolean) => void;
  invent: (gesture: string) => void;
}

/** Cards with the drawn hand; own gestures join them. */
export function GestureChoice({ offered, chosen, own, side, head, add, setAdd, toggle, invent }: Props) {
  const words = useWords();
  return (
    <section aria-labelledby="gestures">
      <h2 id="gestures">{words.calibrate.asks.gestures.which}</h2>
      {head && (
        <label>
          <input type="checkbox" checked={add} onChange={(event) => setAdd(event.currentTarget.checked)} />
          {words.calibrate.add(head.version!, head.labels.map((label) => named(words, label)).join(", "))}
        </label>
      )}
      <ul class="cards">
        {offered.map((gesture) => (
          <li key={gesture}>
            <label class="card">
              <input
                type="checkbox"
                checked={chosen.includes(gesture)}
                onChange={(event) => toggle(gesture, event.currentTarget.checked)}
              />
              <Hand gesture={gesture} side={side} />
              <span>{named(words, gesture)}</span>
              {own.includes(gesture) && <small>{words.calibrate.own}</small>}
            </label>
          </li>
        ))}
      </ul>
      <Invention invent={invent} />
    </section>
  );
}

function Invention({ invent }: { invent: (gesture: string) => void }) {
  const words = useWords();
  const [name, setName] = useState("");
  function add(): void {
    if (!name.trim()) return;
    invent(labelOf(name, words.gestures));
    setName("");
  }
  return (
    <div class="row-of">
      <label>
        {words.calibrate.ownGesture}
        <input
          value={name}
          maxLength={64}
          list="known-gestures"
          autocomplete="off"
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault(); // it adds, it does not start
            add();
          }}
        />
      </label>
      <datalist id="known-gestures">
        {Object.values(words.gestures).map((said) => (
          <option key={said} value={said} />
        ))}
      </datalist>
      <button type="button" onClick={add} disabled={!name.trim()}>
        {words.calibrate.addGesture}
      </button>
    </div>
  );
}

/** The label that the name stands for: a known gesture has one in every language. */
function labelOf(name: string, known: Record<string, string>): string {
  const said = name.trim();
  const label = Object.entries(known).find(([, word]) => word.toLowerCase() === said.toLowerCase())?.[0];
  return label ?? said.replaceAll(/\s+/g, "_");
}
