import type { Block } from "../block";
import type { Layout } from "../frames";
import { reach } from "../scale";

/** The last seconds of all channels, ready to be drawn: the least and the greatest value of each column. */
export class Trace {
  /** Seconds of the stream at which each column begins. */
  private readonly x: Float64Array;
  private readonly lows: Float32Array[];
  private readonly highs: Float32Array[];
  /** Seconds of the stream up to which columns are here. */
  until = 0;
  private used = 0;

  constructor(
    readonly layout: Layout,
    readonly seconds: number,
  ) {
    const columns = Math.ceil((seconds * layout.rate_hz) / layout.column);
    this.x = new Float64Array(columns);
    this.lows = layout.channels.map(() => new Float32Array(columns));
    this.highs = layout.channels.map(() => new Float32Array(columns));
  }

  /** Seconds of a column. */
  get width(): number {
    return this.layout.column / this.layout.rate_hz;
  }

  /** Times and greatest values so far, the oldest first: what uPlot calls aligned data. */
  get data(): [Float64Array, ...Float32Array[]] {
    const from = this.x.length - this.used;
    return [this.x.subarray(from), ...this.highs.map((high) => high.subarray(from))];
  }

  /** The least values of a channel that belong to ``data``. */
  low(channel: number): Float32Array {
    return this.lows[channel]!.subarray(this.x.length - this.used);
  }

  /** Columns that are missing in between are just not there. */
  add(block: Block): void {
    for (const values of [this.x, ...this.lows, ...this.highs]) values.copyWithin(0, block.columns);
    this.used = Math.min(this.used + block.columns, this.x.length);
    const from = block.first / this.layout.rate_hz;
    for (let column = 0; column < block.columns; column++) this.put(block, column, from + column * this.width);
    this.until = from + block.columns * this.width;
  }

  /** A round number of microvolts that nothing that is shown goes beyond. */
  reach(): number {
    return reach([...this.lows, ...this.highs].map((values) => values.subarray(this.x.length - this.used)));
  }

  /** From the least to the greatest value of each channel, in the last seconds that are here. */
  swings(seconds: number): number[] {
    const from = this.x.length - Math.min(this.used, Math.max(1, Math.round(seconds / this.width)));
    return this.highs.map((high, channel) => {
      const swing = Math.max(...high.subarray(from)) - Math.min(...this.lows[channel]!.subarray(from));
      return this.used ? swing : 0;
    });
  }

  private put(block: Block, column: number, at: number): void {
    const place = this.x.length - block.columns + column;
    this.x[place] = at;
    for (let channel = 0; channel < block.channels; channel++) {
      const pair = 2 * (column * block.channels + channel);
      this.lows[channel]![place] = block.pairs[pair]!;
      this.highs[channel]![place] = block.pairs[pair + 1]!;
    }
  }
}
