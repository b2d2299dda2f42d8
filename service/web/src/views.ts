import type { ComponentType } from "preact";
import { useEffect, useReducer } from "preact/hooks";

type Shown = ComponentType<{ of: string }>;

/** Every view: what it shows of what the address names after it. In a file of its own, so that no view waits for others. */
const VIEWS = {
  live: async () => (await import("./live/view")).LiveView,
  calibrate: async () => (await import("./calibrate/view")).CalibrateView,
  users: async () => (await import("./users/view")).UsersView,
  recordings: async () => (await import("./recordings/view")).RecordingsView,
  models: async () => (await import("./models/view")).ModelsView,
  system: async () => (await import("./system/view")).SystemView,
  report: async () => (await import("./report/view")).ReportView,
} satisfies Record<string, () => Promise<Shown>>;
export type View = keyof typeof VIEWS;
const ALL = Object.keys(VIEWS) as View[];
const FIRST: View = "live";

/** Time until a service that was away is asked for a view again. */
const AGAIN_MS = 1000;
/** What comes first has the machine for itself so long. */
const LATER_MS = 1000;

/** Safari does not know when it is. */
const whenIdle = globalThis.requestIdleCallback ?? ((work: () => void) => setTimeout(work, AGAIN_MS));

const here: Partial<Record<View, Shown>> = {};

function isView(name: string): name is View {
  return name in VIEWS;
}

/** The view that an address names; what it does not know leads to the first one. */
export function viewOf(named: string): View {
  return isView(named) ? named : FIRST;
}

/** Begin to fetch the view that the page opens with, before anything is drawn. */
export function hurry(view: View): void {
  fetched(view).catch(() => {}); // who shows it asks again
}

/** A view, or null until it is there. The others are fetched after it: they open at once, even if the service is gone. */
export function useShown(view: View): Shown | null {
  const [, look] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let timer = 0;
    let over = false;
    async function bring(): Promise<void> {
      try {
        await fetched(view);
        if (!over) look(null);
        setTimeout(() => whenIdle(() => void Promise.allSettled(ALL.map(fetched))), LATER_MS);
      } catch {
        if (!over) timer = window.setTimeout(() => void bring(), AGAIN_MS);
      }
    }
    void bring(); // even where it is here by now: it may have come after this was rendered without it
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [view]);
  return here[view] ?? null;
}

async function fetched(view: View): Promise<void> {
  here[view] ??= await VIEWS[view]();
}
