import { socketAddress } from "./api";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4000;
/** Close code of a stream that is no longer served, or a token that was revoked: coming back is of no use. */
const SENT_AWAY = 1008;

interface Hearer {
  hear(data: string | ArrayBuffer): void;
  /** The connection is there, or is not. */
  linked(open: boolean): void;
}

/** Stay connected, with growing pauses between tries, at a path that is asked for at each; returns what ends it. */
export function stay(path: () => string, hearer: Hearer): () => void {
  let pause = FIRST_PAUSE_MS;
  let socket: WebSocket | undefined;
  let timer: number | undefined;
  let over = false;

  function again(): void {
    if (over) return;
    timer = window.setTimeout(open, pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }

  async function open(): Promise<void> {
    try {
      const address = await socketAddress(path());
      if (!over) listen(new WebSocket(address));
    } catch {
      again();
    }
  }

  function listen(opened: WebSocket): void {
    socket = opened;
    opened.binaryType = "arraybuffer";
    opened.onopen = () => {
      pause = FIRST_PAUSE_MS;
      hearer.linked(true);
    };
    opened.onmessage = ({ data }) => over || hearer.hear(data);
    opened.onclose = ({ code }) => {
      if (over) return;
      hearer.linked(false);
      if (code !== SENT_AWAY) again();
    };
  }

  void open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket?.close();
  };
}
