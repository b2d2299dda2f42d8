import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { RefObject } from "preact";
import { block, type Block } from "../block";
import type { Layout } from "../frames";
import { streamPath } from "../paths";
import { stay } from "../socket";
import { useVisible } from "../visible";

/** One column in each of 30 frames a second: a thirtieth of a second is the least that a muscle is judged by. */
const ASKED = "points=1&hz=30";
/** How much of the amplitude before stays in the next one: about a sixth of a second. */
const KEEP = 0.8;
/** Without samples for so long, nothing is known of the muscle. */
const SILENT_MS = 1500;
/** So many of the newest amplitudes can be looked back at: ten seconds. */
const PAST = 300;

/** What the stream's own samples say right now: their time, and how strong each channel is. */
export class Pulse {
  /** Seconds of the stream after its newest sample, as prompts count them; null: none came yet. */
  time_s: number | null = null;
  /** Half the range of each channel, smoothed. */
  amplitudes: number[] = [];
  private past: { time_s: number; amplitudes: number[] }[] = [];
  private rate_hz = 0;
  private came = 0;

  begin(layout: Layout): void {
    this.rate_hz = layout.rate_hz;
    this.end();
  }

  end(): void {
    this.time_s = null;
    this.amplitudes = [];
    this.past = [];
  }

  /** The amplitudes of a stretch of the stream, as far as it was heard: however few pictures were drawn meanwhile. */
  between(from_s: number, to_s: number): number[][] {
    return this.past.filter(({ time_s }) => time_s > from_s && time_s <= to_s).map(({ amplitudes }) => amplitudes);
  }

  /** Whether samples came in the last moment. */
  get alive(): boolean {
    return this.time_s !== null && performance.now() - this.came < SILENT_MS;
  }

  add(heard: Block): void {
    this.came = performance.now();
    this.time_s = (heard.first + heard.columns * heard.column) / this.rate_hz;
    const newest = Array.from({ length: heard.channels }, (_, channel) => reach(heard, channel));
    const before = this.amplitudes;
    this.amplitudes = newest.map((now, channel) => KEEP * (before[channel] ?? now) + (1 - KEEP) * now);
    this.past.push({ time_s: this.time_s, amplitudes: this.amplitudes });
    if (this.past.length > PAST) this.past.shift();
  }
}

function reach({ pairs, columns, channels }: Block, channel: number): number {
  const last = 2 * ((columns - 1) * channels + channel);
  return (pairs[last + 1]! - pairs[last]!) / 2;
}

/** The pulse of a stream. It changes 30 times a second without drawing anything: whoever draws looks at it. */
export function usePulse(stream: string): RefObject<Pulse> {
  const pulse = useRef(new Pulse());
  const visible = useVisible();
  useEffect(() => {
    if (!visible) return;
    const now = pulse.current!;
    const leave = stay(() => streamPath(stream, `/signal?${ASKED}`), {
      hear(data) {
        if (data instanceof ArrayBuffer) return now.add(block(data));
        const frame = JSON.parse(data) as { type: string };
        if (frame.type === "layout") now.begin(frame as Layout);
      },
      linked: () => now.end(),
    });
    return () => {
      leave();
      now.end();
    };
  }, [stream, visible]);
  return pulse;
}

/** Do it for each picture that the browser draws, for as long as what it draws on is there. */
export function usePictures(draw: () => void): void {
  const drawing = useRef(draw);
  drawing.current = draw;
  useLayoutEffect(() => {
    let picture = 0;
    const next = () => {
      drawing.current();
      picture = requestAnimationFrame(next);
    };
    next();
    return () => cancelAnimationFrame(picture);
  }, []);
}
