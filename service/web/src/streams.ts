import { useAsked, type Asked } from "./asked";
import type { StreamInfo } from "./frames";

const LOOK_MS = 1000;

/** The streams of the service, looked at every second. */
export function useStreams(): Asked<StreamInfo[]> {
  return useAsked<StreamInfo[]>("/v1/streams", LOOK_MS);
}
