import { useState } from "preact/hooks";

interface Attempt {
  busy: boolean;
  /** Why the last one failed. */
  problem: Error | null;
  /** Whether it was done. */
  attempt: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Something that is asked of the service and may fail: why is told until the next attempt. */
export function useAttempt(): Attempt {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Error | null>(null);
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (error) {
      setProblem(error as Error);
      return false;
    } finally {
      setBusy(false);
    }
  }
  return { busy, problem, attempt };
}
