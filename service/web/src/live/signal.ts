import { useEffect, useState } from "preact/hooks";
import { block } from "../block";
import type { Layout, Quality } from "../frames";
import { streamPath } from "../paths";
import { stay } from "../socket";
import { useVisible } from "../visible";
import { Trace } from "./trace";

const SECONDS = 5;
/** 30 frames of 4 columns a second: a column for each pixel or two; the picture moves on in between. */
const ASKED = "points=4&hz=30";

/** What is seen of a stream: the last seconds, which grow by themselves, and how each electrode sits. */
export interface Signal {
  trace: Trace | null;
  quality: Quality | null;
}

/** The signal of a stream while the page is visible; another device or model begins another trace. */
export function useSignal(stream: string): Signal {
  const [trace, setTrace] = useState<Trace | null>(null);
  const [quality, setQuality] = useState<Quality | null>(null);
  const visible = useVisible();
  useEffect(() => {
    if (!visible) return;
    let newest: Trace | undefined;
    function hear(data: string | ArrayBuffer): void {
      if (data instanceof ArrayBuffer) {
        newest?.add(block(data));
        return;
      }
      const frame = JSON.parse(data) as Layout | Quality;
      if (frame.type === "quality") setQuality(frame);
      else setTrace((newest = new Trace(frame, SECONDS)));
    }
    const address = streamPath(stream, `/signal?${ASKED}`);
    return stay(() => address, { hear, linked: () => setQuality(null) });
  }, [stream, visible]);
  return { trace, quality };
}
