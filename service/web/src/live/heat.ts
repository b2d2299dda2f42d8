import type { Level } from "../frames";
import { rounded } from "../scale";
import type { Trace } from "./trace";

/** Cividis (Nuñez, Anderton and Renslow, 2018): as light as it is high, and alike to every kind of colour vision. */
export const COLOURS = [
  "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#fee838",
];
/** Share of the scale from which on a colour is light, so that what is written on it is dark. */
const LIGHT = 0.56;
const SHADES = 64;
/** Of the signal: long enough for the slowest wave of a muscle, short enough for the eye. */
export const LAST_S = 0.1;
const CALM_MS = 1000;
const RESCALE_MS = 500;
/** What is left of the strongest swing at each new scale: one forgets it in some seconds. */
const FORGET = 0.9;
/** Pixels of the screen from which on a cell has room for a name. */
const NAMED = 26;
export const FILLED = "≈";
const MARKS: Partial<Record<Sign, string>> = { bad: "✕", fair: "!", interpolated: FILLED };

/** How one electrode sits, or that it has no signal and the model leaves it to those around it. */
export type Sign = Level | "interpolated";

/** What is told of the picture: the end of its scale, and how strong each channel is. */
export interface Heat {
  most: number;
  swings: number[];
}

/** How one electrode is marked, if its signal is not to be trusted. */
export type Mark = (channel: number) => Sign | undefined;

/** Keep the picture of the grid on a canvas; returns what ends it. */
export function heat(trace: Trace, canvas: HTMLCanvasElement, mark: Mark, tell: (heat: Heat) => void): () => void {
  const shades = palette();
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let [picture, told, painted, until, strongest, most] = [0, -RESCALE_MS, -CALM_MS, -1, 1, 1];

  function step(now: number): void {
    picture = requestAnimationFrame(step);
    if (trace.until === until || (calm.matches && now - painted < CALM_MS)) return;
    [until, painted] = [trace.until, now];
    const swings = trace.swings(LAST_S);
    strongest = Math.max(strongest, ...swings);
    if (now - told > RESCALE_MS) {
      told = now;
      most = rounded(strongest);
      strongest = Math.max(1, FORGET * strongest);
      tell({ most, swings });
    }
    paint(canvas, trace, swings, most, shades, mark);
  }
  const resized = new ResizeObserver(() => {
    canvas.width = canvas.clientWidth * devicePixelRatio;
    canvas.height = canvas.clientHeight * devicePixelRatio;
    until = -1;
  });
  resized.observe(canvas);
  picture = requestAnimationFrame(step);
  return () => {
    cancelAnimationFrame(picture);
    resized.disconnect();
  };
}

function paint(
  canvas: HTMLCanvasElement,
  { layout }: Trace,
  swings: number[],
  most: number,
  shades: string[],
  mark: Mark,
): void {
  const ink = canvas.getContext("2d")!;
  const grid = layout.grid!;
  const across = Math.max(...grid.map((row) => row.length));
  const size = Math.floor(Math.min(canvas.width / across, canvas.height / grid.length));
  const named = size >= NAMED * devicePixelRatio;
  const left = Math.floor((canvas.width - across * size) / 2);
  ink.clearRect(0, 0, canvas.width, canvas.height);
  ink.textAlign = "center";
  ink.textBaseline = "middle";
  ink.font = `600 ${Math.round(size / (named ? 3.2 : 1.5))}px system-ui, sans-serif`;
  grid.forEach((row, down) =>
    row.forEach((channel, right) => {
      if (channel < 0) return;
      const share = Math.min(1, swings[channel]! / most);
      const [x, y, inner] = [left + right * size, down * size, size - Math.max(1, Math.round(size / 24))];
      const sign = MARKS[mark(channel) ?? "good"];
      ink.fillStyle = shades[Math.round(share * (SHADES - 1))]!;
      ink.fillRect(x, y, inner, inner);
      ink.fillStyle = share < LIGHT ? "#ffffff" : "#000000";
      if (sign || named)
        ink.fillText([sign, named && layout.channels[channel]].filter(Boolean).join(" "), x + inner / 2, y + inner / 2, inner);
    }),
  );
}

/** The colours with those in between. */
function palette(): string[] {
  const [red, green, blue] = [1, 3, 5].map((at) => COLOURS.map((colour) => parseInt(colour.slice(at, at + 2), 16)));
  return Array.from({ length: SHADES }, (_, shade) => {
    const place = (shade / (SHADES - 1)) * (COLOURS.length - 1);
    const from = Math.min(Math.floor(place), COLOURS.length - 2);
    const between = (part: number[]) => Math.round(part[from]! + (place - from) * (part[from + 1]! - part[from]!));
    return `rgb(${between(red!)}, ${between(green!)}, ${between(blue!)})`;
  });
}
