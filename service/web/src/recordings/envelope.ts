import { askBytes } from "../api";
import { blocks, type Block } from "../block";
import { recordingPath } from "../paths";

/** A part of a recording as it is drawn: the least and the greatest value of each column; NaN where there is none. */
export interface Envelope {
  start: number;
  stop: number;
  /** Seconds of a column. */
  width: number;
  lows: Float32Array[];
  highs: Float32Array[];
}

interface Asked {
  start: number;
  stop: number;
  columns: number;
  rate: number;
  channels: number;
}

/** Ask for a part, in seconds. */
export async function envelopeOf(name: string, asked: Asked, signal: AbortSignal): Promise<Envelope> {
  const query = `start_s=${asked.start}&stop_s=${asked.stop}&columns=${asked.columns}`;
  return assembled(await askBytes(recordingPath(name, `/envelope?${query}`), signal), asked);
}

function assembled(bytes: ArrayBuffer, { start, stop, columns, rate, channels }: Asked): Envelope {
  const empty = () => Array.from({ length: channels }, () => new Float32Array(columns).fill(NaN));
  const envelope: Envelope = { start, stop, width: 0, lows: empty(), highs: empty() };
  const origin = Math.round(start * rate);
  for (const part of blocks(bytes)) {
    envelope.width = part.column / rate;
    put(envelope, part, Math.round((part.first - origin) / part.column));
  }
  return envelope;
}

function put({ lows, highs }: Envelope, { columns, channels, pairs }: Block, from: number): void {
  for (let column = 0; column < columns; column++)
    for (let channel = 0; channel < channels; channel++) {
      const pair = 2 * (column * channels + channel);
      lows[channel]![from + column] = pairs[pair]!;
      highs[channel]![from + column] = pairs[pair + 1]!;
    }
}

/** All channels as one: the least of all, and the greatest. */
export function merged(envelope: Envelope): Envelope {
  const over = (values: Float32Array[], of: (...values: number[]) => number) =>
    values[0]!.map((_, column) => of(...values.map((channel) => channel[column]!)));
  return { ...envelope, lows: [over(envelope.lows, Math.min)], highs: [over(envelope.highs, Math.max)] };
}
