import uPlot from "uplot";
import { Ink } from "../ink";
import type { Trace } from "./trace";

const RESCALE_MS = 500;
/** How far the picture may fall behind the signal before it jumps. */
const DRIFT_S = 0.4;
/** Between two pictures for those who want no motion. */
const CALM_MS = 1000;

/** Let the trace run over the screen, with every picture that the browser draws; returns what ends it. */
export function draw(trace: Trace, place: HTMLElement, tell: (reach: number) => void): () => void {
  const chart = new uPlot(options(trace, place), trace.data, place);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let picture = 0;
  let before = performance.now();
  let shown = trace.until;
  let scaled = -RESCALE_MS;

  function step(now: number): void {
    picture = requestAnimationFrame(step);
    if (calm.matches && now - before < CALM_MS) return;
    shown += Math.min((now - before) / 1000, Math.max(0, trace.until - shown));
    if (Math.abs(trace.until - shown) > DRIFT_S) shown = trace.until;
    before = now;
    if (now - scaled > RESCALE_MS) {
      scaled = now;
      rescale();
    }
    chart.batch(() => {
      chart.setData(trace.data, false);
      chart.setScale("x", { min: shown - trace.seconds, max: shown });
    });
  }
  function rescale(): void {
    const reach = trace.reach();
    tell(reach);
    trace.layout.channels.forEach((_, lane) => chart.setScale(`${lane}`, laneScale(lane, trace.layout.channels.length, reach)));
  }
  const resized = new ResizeObserver(() => chart.setSize({ width: place.clientWidth, height: place.clientHeight }));
  resized.observe(place);
  picture = requestAnimationFrame(step);
  return () => {
    cancelAnimationFrame(picture);
    resized.disconnect();
    chart.destroy();
  };
}

/** A lane is a scale of its own that shows zero in the middle of its share of the height. */
function laneScale(lane: number, lanes: number, reach: number): { min: number; max: number } {
  return { min: -reach * (2 * (lanes - lane) - 1), max: reach * (2 * lane + 1) };
}

/** uPlot may draw once more after its end: a place that has left the page has no colour. */
function options(trace: Trace, place: HTMLElement): uPlot.Options {
  const scales = trace.layout.channels.map((_, lane) => `${lane}`);
  const ink = new Ink();
  return {
    width: place.clientWidth,
    height: place.clientHeight,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, auto: false },
      ...Object.fromEntries(scales.map((scale) => [scale, { auto: false }])),
    },
    series: [{}, ...scales.map((scale) => ({ scale, points: { show: false }, paths: () => null }))],
    hooks: { draw: [(chart) => place.isConnected && paint(chart, trace, ink, getComputedStyle(place).color)] },
  };
}

/** A bar for each column of each channel. */
function paint(chart: uPlot, trace: Trace, ink: Ink, color: string): void {
  const { left, top, width, height } = chart.bbox;
  const bar = ink.begin(width, height, color);
  const [x, ...highs] = chart.data as [Float64Array, ...Float32Array[]];
  const across = pixels(chart, "x", left);
  const wide = Math.max(1, Math.ceil(across(trace.width) - across(0)));
  highs.forEach((high, lane) => {
    const low = trace.low(lane);
    const down = pixels(chart, `${lane}`, top);
    for (let at = 0; at < x.length; at++) {
      const from = Math.round(across(x[at]!));
      bar(from, Math.round(down(high[at]!)), from + wide, Math.round(down(low[at]!)));
    }
  });
  ink.show(chart.ctx, left, top);
}

/** From a value to its place in the picture, which begins at `origin`; uPlot is asked once for a whole channel. */
function pixels(chart: uPlot, scale: string, origin: number): (value: number) => number {
  const { min, max } = chart.scales[scale]!;
  const [from, until] = [chart.valToPos(min!, scale, true) - origin, chart.valToPos(max!, scale, true) - origin];
  return (value) => from + ((value - min!) / (max! - min!)) * (until - from);
}
