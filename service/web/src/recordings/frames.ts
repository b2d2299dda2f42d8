/** What the service tells of recordings: service/recordings/messages.py. */

import type { Label, StoredRecording } from "../frames";

export interface RecordedMarker {
  marker: number;
  at_s: number;
  until_s: number | null;
  text: string;
}

export interface RecordingDetail extends StoredRecording {
  rate_hz: number;
  length_s: number;
  labels: string[];
  unit: string;
  notes: string[];
  editable: boolean;
  markers: RecordedMarker[];
  gestures: Label[];
}
