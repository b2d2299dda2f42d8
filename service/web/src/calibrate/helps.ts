import { useEffect, useRef } from "preact/hooks";
import type { Phase } from "./frames";

const BEGIN_HZ = 880;
const END_HZ = 440;
const TONE_S = 0.15;

/** A short tone when a hold begins, and a lower one when it ends. */
export function useTones(on: boolean, phase: Phase | undefined): void {
  const before = useRef(phase);
  const sound = useRef<AudioContext | null>(null);
  useEffect(() => {
    if (!on) return;
    sound.current = new AudioContext();
    return () => {
      void sound.current?.close();
      sound.current = null;
    };
  }, [on]);
  useEffect(() => {
    const was = before.current;
    before.current = phase;
    if (!sound.current || was === phase) return;
    if (phase === "hold") tone(sound.current, BEGIN_HZ);
    else if (was === "hold") tone(sound.current, END_HZ);
  }, [phase]);
}

function tone(sound: AudioContext, hz: number): void {
  const [voice, loudness] = [new OscillatorNode(sound, { frequency: hz }), new GainNode(sound, { gain: 0.3 })];
  const end = sound.currentTime + TONE_S;
  loudness.gain.setTargetAtTime(0, end - 0.05, 0.015); // without a click
  voice.connect(loudness).connect(sound.destination);
  voice.start();
  voice.stop(end + 0.1);
}

/** Keep the screen on, where the browser can. */
export function useWakeLock(on: boolean): void {
  useEffect(() => {
    if (!on || !("wakeLock" in navigator)) return;
    let lock: WakeLockSentinel | undefined;
    let over = false;
    async function keep(): Promise<void> {
      if (document.hidden) return; // a hidden page may not, and the browser took the lock from it
      lock = await navigator.wakeLock.request("screen").catch(() => undefined);
      if (over) void lock?.release();
    }
    void keep();
    document.addEventListener("visibilitychange", keep);
    return () => {
      over = true;
      document.removeEventListener("visibilitychange", keep);
      void lock?.release();
    };
  }, [on]);
}

const TYPED_INTO = "input, select, textarea, [contenteditable], dialog[open]";
const PRESSED = "button, a, summary";
const PRESSES = [" ", "Enter"];

/** Single keys; they mean something else to whoever types, and Space and Enter press the button that has the focus. */
export function useKeys(on: boolean, keys: Record<string, () => void>): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    if (!on) return;
    function press(event: KeyboardEvent): void {
      const focused = event.target as Element;
      const meant = now.current[event.key.toLowerCase()];
      if (!meant || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (focused.closest(TYPED_INTO) || document.querySelector("dialog[open]")) return;
      if (PRESSES.includes(event.key) && focused.closest(PRESSED)) return;
      event.preventDefault();
      meant();
    }
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [on]);
}

/** What somebody types whose muscles are heard does nothing here, a space presses no button; Enter and Tab do as ever. */
export function useTypedAway(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    function swallow(event: KeyboardEvent): void {
      const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (typed && !document.querySelector("dialog[open]")) event.preventDefault();
    }
    const kinds = ["keydown", "keyup"] as const; // a button is pressed by one of them, which differs between browsers
    kinds.forEach((kind) => addEventListener(kind, swallow, true));
    return () => kinds.forEach((kind) => removeEventListener(kind, swallow, true));
  }, [on]);
}
