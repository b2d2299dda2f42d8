import { useEffect, useState } from "preact/hooks";
import type { Frame, StreamState } from "./frames";
import { streamPath } from "./paths";
import { stay } from "./socket";

/** Without a prediction or movement for so long, none is current: the service may hang, or the way to it. */
export const WATCHDOG_MS = 500;

/** How a stream is, as far as it is known here. */
export interface Link {
  linked: boolean;
  state: StreamState;
}

export const UNLINKED: Link = { linked: false, state: "starting" };

/** Frames; whether the connection is there; and that predictions or movements no longer come. */
export type Heard = Frame | { type: "link"; open: boolean } | { type: "silence" };

/** What a stream's answers come to, taken one after the other; `query` is asked anew for each connection. */
export interface Story<T> {
  beginning: T;
  take(before: T, heard: Heard): T;
  query?(now: T): string;
}

/** The story of a stream as it is now, at most once for each picture that the browser draws. */
export function useHeard<T>(stream: string, { beginning, take, query }: Story<T>): T {
  const [shown, show] = useState(beginning);
  useEffect(() => {
    let now = beginning;
    let picture = 0;
    let watchdog = 0;

    function hear(heard: Heard): void {
      if (heard.type === "prediction" || heard.type === "movement") {
        clearTimeout(watchdog);
        watchdog = window.setTimeout(hear, WATCHDOG_MS, { type: "silence" });
      }
      now = take(now, heard);
      picture ||= requestAnimationFrame(() => {
        picture = 0;
        show(now);
      });
    }
    show(beginning);
    const leave = stay(() => streamPath(stream, `/predictions${query?.(now) ?? ""}`), {
      hear: (data) => hear(JSON.parse(data as string)),
      linked: (open) => hear({ type: "link", open }),
    });
    return () => {
      leave();
      cancelAnimationFrame(picture);
      clearTimeout(watchdog);
    };
  }, [stream]);
  return shown;
}

/** How the stream is after what was heard. */
export function linkAfter({ linked, state }: Link, heard: Heard): Link {
  if (heard.type === "link") return { linked: heard.open, state };
  if (heard.type === "hello" || heard.type === "status") return { linked, state: heard.state };
  if (state === "starting" && "seq" in heard) return { linked, state: "live" }; // of first samples no status tells
  return { linked, state };
}

/** Whether what was current until now is so no more. */
export function isOver(heard: Heard): boolean {
  if (heard.type === "status") return heard.state !== "live";
  return heard.type === "link" ? !heard.open : heard.type === "hello";
}
