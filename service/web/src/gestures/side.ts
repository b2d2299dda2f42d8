import type { Side } from "./hand";

const keyOf = (user: string) => `palmaris.side.${user}`;

/** Which hand of a user is calibrated, as this browser was told last. */
export function sideOf(user: string): Side {
  return localStorage.getItem(keyOf(user)) === "left" ? "left" : "right";
}

export function keepSide(user: string, side: Side): void {
  localStorage.setItem(keyOf(user), side);
}
