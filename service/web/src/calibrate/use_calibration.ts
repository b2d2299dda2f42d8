import { useEffect, useReducer } from "preact/hooks";
import { ask } from "../api";
import { useAsked } from "../asked";
import { useAttempt } from "../attempt";
import { calibrationPath } from "../paths";
import { stay } from "../socket";
import type { Calibration, Frame } from "./frames";
import { heard, isOver, NOTHING, type Standing } from "./standing";

/** Pause between two looks while no events are heard. */
const LOOK_MS = 1500;

interface Watched {
  standing: Standing;
  problem: Error | null;
  look: () => Promise<void>;
}

/** A calibration as it is now. While its events are not heard, perhaps because the service is away, it is asked after. */
export function useCalibration(id: string): Watched {
  const [standing, tell] = useReducer(heard, NOTHING);
  const { info, linked } = standing;
  const path = calibrationPath(id);
  const { found, problem, look } = useAsked<Calibration>(path, linked || isOver(info) ? undefined : LOOK_MS);
  useEffect(() => {
    if (found && !linked) tell(found);
  }, [found]);
  const follow = info !== null && info.attached && !isOver(info);
  useEffect(() => {
    if (!follow) return;
    const leave = stay(() => `${path}/events`, {
      hear: (data) => tell(JSON.parse(data as string) as Frame),
      linked: (open) => tell({ type: "linked", open }),
    });
    return () => {
      leave();
      tell({ type: "linked", open: false });
    };
  }, [path, follow]);
  return { standing, problem: linked ? null : problem, look };
}

export interface Doing {
  busy: boolean;
  problem: Error | null;
  act: (verb: string, body?: object) => Promise<void>;
  look: () => Promise<void>;
}

/** Asks for what the buttons say; a refusal is told until the next attempt. */
export function useDoing(id: string, look: () => Promise<void>): Doing {
  const { busy, problem, attempt } = useAttempt();
  async function act(verb: string, body?: object): Promise<void> {
    await attempt(() => ask("POST", calibrationPath(id, `/${verb}`), body));
    await look();
  }
  return { busy, problem, act, look };
}
