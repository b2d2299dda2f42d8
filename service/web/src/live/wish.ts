import { fits } from "../fits";
import type { AnswerKind, Device, Facts, ModelInfo } from "../frames";

/** What a stream shall be started from; numbers as they were typed. */
export interface Wish {
  device: Device;
  board: string;
  channels: string;
  rate: string;
  unit: string;
  resample: boolean;
  /** What the user of a simulated wristband does. */
  does: AnswerKind;
  model: string;
  /** A file that says what is likely to be typed; empty: none. */
  language: string;
}

const WRISTBAND = "sim://wristband";
/** What its user does otherwise than hold gestures: drivers/simulator.py */
const DOES: Partial<Record<AnswerKind, [option: string, value: string]>> = {
  text: ["text", "sentences"],
  events: ["events", "all"],
  movement: ["wrist", "random"],
};
const ANSWERS: Record<Facts["kind"], AnswerKind> = {
  window: "gestures",
  frames: "gestures",
  sequence: "text",
  events: "events",
  control: "movement",
};

export const isWristband = ({ source }: Device): boolean => source === WRISTBAND;
export const answersOf = ({ kind }: Facts): AnswerKind => ANSWERS[kind];

export function boardOf({ source }: Device): string {
  return new URLSearchParams(source.split("?")[1]).get("board") ?? "";
}

/** The address of the device with everything that was chosen. */
export function sourceOf({ device, board, channels, rate, unit, resample, does }: Wish, facts: Facts | null): string {
  const [base, query = ""] = device.source.split("?");
  const options = new URLSearchParams(query);
  if (device.kind === "serial") {
    options.delete("rate");
    options.set("board", board);
    if (channels) options.set("channels", channels);
    if (rate && board === "text") options.set("rate", rate);
  }
  const doing = isWristband(device) && DOES[does];
  if (doing) options.set(...doing);
  if (unit) options.set("unit_uv", unit);
  if (resample && facts) options.set("resample", `${facts.rate_hz}`);
  return options.size ? `${base}?${options}` : base!;
}

/** Whether a model takes what the device gives, as far as that is known before it is open. */
export function fitsWish({ device, channels, rate, resample }: Wish, facts: Facts): boolean {
  const count = Number(channels) || device.channels || facts.channels;
  const hz = resample ? facts.rate_hz : Number(rate) || device.rate_hz || facts.rate_hz;
  return fits(facts, count, hz);
}

/** The model that was chosen, or one that fits better: somebody who types needs one that answers with text. */
export function suiting(wish: Wish, models: ModelInfo[]): string {
  const suits = ({ facts }: ModelInfo) =>
    facts !== null && facts.live && fitsWish(wish, facts) && (!isWristband(wish.device) || answersOf(facts) === wish.does);
  const suitable = models.filter(suits);
  if (suitable.length === 0 || suitable.some(({ model }) => model === wish.model)) return wish.model;
  const alike = suitable.find(({ facts }) => facts!.simulated === (wish.device.kind === "simulated"));
  return (alike ?? suitable[0]!).model;
}
