import { useState } from "preact/hooks";

/** A switch that this browser remembers. */
export function useSwitch(name: string, byDefault: boolean): [boolean, (on: boolean) => void] {
  const key = `palmaris.${name}`;
  const [on, setOn] = useState((localStorage.getItem(key) ?? String(byDefault)) === "true");
  return [
    on,
    (wanted) => {
      localStorage.setItem(key, String(wanted));
      setOn(wanted);
    },
  ];
}
