/** Where things are in the service's API; `rest` is what follows their name. */

const named = (kind: string) => (name: string, rest = "") => `/v1/${kind}/${encodeURIComponent(name)}${rest}`;

export const streamPath = named("streams");
export const userPath = named("users");
export const recordingPath = named("recordings");
export const modelPath = named("models");
export const calibrationPath = named("calibrations");
