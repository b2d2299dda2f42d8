/** What the service says of itself: service/messages.py, service/routes/system.py, service/routes/tokens.py. */
import type { StreamInfo } from "../frames";

export interface Health {
  status: "ok" | "degraded";
  streams: StreamInfo[];
}

export interface SystemInfo {
  version: string;
  uptime_s: number;
  disk: { free_bytes: number; total_bytes: number } | null;
  database: { state: "ok" | "gone" | "unopened"; problem: string | null };
}

export const SCOPES = ["subscribe", "operate", "calibrate", "admin"] as const;
type Scope = (typeof SCOPES)[number];

export interface Token {
  name: string;
  scopes: Scope[];
  created: string;
  expires: string | null;
  expired: boolean;
  yours: boolean;
}

export interface TokenList {
  open: boolean;
  tokens: Token[];
}

export interface NewToken {
  token: string;
  info: Token;
}
