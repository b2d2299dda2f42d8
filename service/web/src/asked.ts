import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask } from "./api";

/** What the service said last; `look` asks again at once. */
export interface Asked<T> {
  found: T | null;
  problem: Error | null;
  look: () => Promise<void>;
}

interface Answer<T> {
  path: string;
  found: T | null;
  problem: Error | null;
}

/** Rounds that are left out while one is on its way: a service that hesitates is not asked ever more. */
const PATIENCE = 10;

/**
 * What is at a path, asked when the view opens and then every so often; a failure keeps what was found before.
 * What was found elsewhere is never shown: it may be about somebody else.
 */
export function useAsked<T>(path: string, everyMs?: number): Asked<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ path, found: null, problem: null });
  const asked = useRef(0);
  const heard = useRef(0);
  const look = useCallback(async () => {
    const number = ++asked.current;
    const hear = (become: (before: Answer<T>) => Answer<T>) => {
      if (number < heard.current) return; // a later one was answered first
      heard.current = number;
      setAnswer(become);
    };
    try {
      const found = await ask<T>("GET", path);
      hear(() => ({ path, found, problem: null }));
    } catch (error) {
      hear((before) => ({ path, found: before.path === path ? before.found : null, problem: error as Error }));
    }
  }, [path]);
  useEffect(() => {
    void look();
    if (everyMs === undefined) return;
    let waited = 0;
    const timer = setInterval(() => {
      const waits = heard.current < asked.current && ++waited < PATIENCE;
      if (waits) return;
      waited = 0;
      void look();
    }, everyMs);
    return () => clearInterval(timer);
  }, [look, everyMs]);
  const { found, problem } = answer.path === path ? answer : { found: null, problem: null };
  return { found, problem, look };
}
