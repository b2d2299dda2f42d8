/** The public API: the page is one more client of it. A token, where one is needed, lives as long as the tab. */

const KEY = "palmaris.token";

export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
  }
}

export function remember(token: string): void {
  sessionStorage.setItem(KEY, token);
}

/** Whether there is a token, good or not. */
export function known(): boolean {
  return sessionStorage.getItem(KEY) !== null;
}

interface Sent {
  body?: BodyInit;
  type?: string;
  /** Gives up waiting, and lets the service know. */
  signal?: AbortSignal | undefined;
}

async function send(method: string, path: string, { body, type, signal }: Sent = {}): Promise<Response> {
  const token = sessionStorage.getItem(KEY);
  const answer = await fetch(path, {
    method,
    headers: { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(type ? { "content-type": type } : {}) },
    body: body ?? null,
    signal: signal ?? null,
  });
  if (!answer.ok) throw new Refused(answer.status, (await answer.json()).detail);
  return answer;
}

export async function ask<T>(method: string, path: string, body?: object, signal?: AbortSignal): Promise<T> {
  const sent = body ? { body: JSON.stringify(body), type: "application/json", signal } : { signal };
  const answer = await send(method, path, sent);
  const found = answer.status === 204 ? null : await answer.json();
  return found;
}

/** What is at a path, as it is. */
export async function askBytes(path: string, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await send("GET", path, { signal })).arrayBuffer();
}

/** What is at a path, as a file. */
export async function askFile(path: string): Promise<Blob> {
  return (await send("GET", path)).blob();
}

/** Hand over a file, as it is. */
export async function sendFile<T>(path: string, file: Blob, type: string): Promise<T> {
  return (await send("POST", path, { body: file, type })).json();
}

/** The address of a websocket; a browser sends no token with it, so it brings a ticket. */
export async function socketAddress(path: string): Promise<string> {
  const address = new URL(path, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  if (known()) {
    const { ticket } = await ask<{ ticket: string }>("POST", "/v1/tickets");
    address.searchParams.set("ticket", ticket);
  }
  return address.href;
}
