import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { Ink } from "../ink";
import { reach } from "../scale";
import type { Envelope } from "./envelope";

/** Pixels that half the time of a tick takes. */
const EDGE = 22;

/** A picture of an envelope: uPlot has the scale of time and its axis, the bars are painted. */
export interface Chart {
  show: (envelope: Envelope | null, start: number, stop: number) => void;
  end: () => void;
}

/** `said`: how a time at the axis is written; without, there is none. */
export function chart(place: HTMLElement, said?: (seconds: number) => string): Chart {
  const ink = new Ink();
  let shown: Envelope | null = null;
  const plot = new uPlot(options(place, said, () => shown && paint(plot, shown, ink, getComputedStyle(place).color)), [[0, 1], [0, 0]], place);
  const resized = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: place.clientHeight }));
  resized.observe(place);
  return {
    show(envelope, start, stop) {
      shown = envelope;
      plot.batch(() => {
        plot.setScale("x", { min: start, max: stop });
        plot.setScale("y", { min: 0, max: 1 });
      });
      plot.redraw(false, true);
    },
    end() {
      resized.disconnect();
      plot.destroy();
    },
  };
}

function options(place: HTMLElement, said: ((seconds: number) => string) | undefined, draw: () => void): uPlot.Options {
  const colour = () => getComputedStyle(place.parentElement ?? place).color;
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [
      {
        show: said !== undefined,
        stroke: colour,
        size: 28,
        grid: { show: false },
        ticks: { stroke: colour, width: 1, size: 5 },
        values: (plot, splits) => splits.map((value) => (said && fits(plot, value) ? said(value) : null)),
      },
      { show: false },
    ],
    scales: { x: { time: false, auto: false }, y: { auto: false, range: [0, 1] } },
    series: [{}, { points: { show: false }, paths: () => null }],
    hooks: { draw: [() => place.isConnected && draw()] },
  };
}

/** Whether there is room for the time of a tick: at the edges it would be cut. */
function fits(plot: uPlot, value: number): boolean {
  const at = plot.valToPos(value, "x");
  return at > EDGE && at < plot.width - EDGE;
}

/** A bar for each column of each channel; the first channel at the top, zero in the middle of its lane. */
function paint(plot: uPlot, envelope: Envelope, ink: Ink, color: string): void {
  const { left, top, width, height } = plot.bbox;
  const bar = ink.begin(width, height, color);
  const across = (seconds: number) => plot.valToPos(seconds, "x", true) - left;
  const [origin, wide] = [across(envelope.start), across(envelope.start + envelope.width) - across(envelope.start)];
  const lane = height / envelope.lows.length;
  const scale = lane / 2 / reach([...envelope.lows, ...envelope.highs]);
  envelope.lows.forEach((low, channel) => {
    const [high, zero] = [envelope.highs[channel]!, lane * (channel + 0.5)];
    for (let column = 0; column < low.length; column++) {
      if (Number.isNaN(low[column]!)) continue;
      const from = Math.round(origin + column * wide);
      const until = Math.max(from + 1, Math.round(origin + (column + 1) * wide));
      bar(from, Math.round(zero - high[column]! * scale), until, Math.round(zero - low[column]! * scale));
    }
  });
  ink.show(plot.ctx, left, top);
}
