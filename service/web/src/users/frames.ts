/** What the service says of users: service/calibrations/messages.py. */

import type { HeadVersion, User } from "../frames";

export interface UserSummary extends User {
  versions: number;
  macro_f1: number | null;
  best_macro_f1: number | null;
  calibrated: string | null;
}

export interface Version extends HeadVersion {
  version: number;
}

/** Whether it answers with keys: one sign each, as models/pipeline/symbols.py has them. */
export const isOfKeys = ({ labels }: HeadVersion): boolean => labels.every((label) => [...label].length === 1);

/** Whether it is the last layer of a model of text or events, which has no gestures of the user's own. */
export const isLayer = (head: HeadVersion): boolean =>
  head.wrong !== null || isOfKeys(head) || head.labels.some((label) => label.endsWith("_release"));
