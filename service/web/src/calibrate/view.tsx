import "./calibrate.css";
import { Run } from "./run";
import { Setup } from "./setup";

/** A calibration: begun where the address names none, and gone through at `#/calibrate/ID`. */
export function CalibrateView({ of }: { of: string }) {
  return <div class="calibrate">{of ? <Run key={of} id={of} /> : <Setup />}</div>;
}
