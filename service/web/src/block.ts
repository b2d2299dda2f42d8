/** Some columns of an envelope, without a hole. */
export interface Block {
  first: number;
  column: number;
  columns: number;
  channels: number;
  /** Least and greatest value, channel after channel, column after column. */
  pairs: Float32Array;
}

const HEADER = 16;

/** A binary frame; the API's document /asyncapi.json describes it. */
export function block(bytes: ArrayBuffer, at = 0): Block {
  const header = new DataView(bytes, at, HEADER);
  const [columns, channels] = [header.getUint16(12, true), header.getUint16(14, true)];
  return {
    first: Number(header.getBigUint64(0, true)),
    column: header.getUint32(8, true),
    columns,
    channels,
    pairs: new Float32Array(bytes.slice(at + HEADER, at + HEADER + 8 * columns * channels)),
  };
}

/** Several of them, one after the other. */
export function blocks(bytes: ArrayBuffer): Block[] {
  const found: Block[] = [];
  for (let at = 0; at < bytes.byteLength; at += HEADER + found.at(-1)!.pairs.byteLength) found.push(block(bytes, at));
  return found;
}
