import { ask } from "../api";
import { Asking } from "../asking";
import { calibrationPath } from "../paths";
import { useWords } from "../words";
import type { Calibration } from "./frames";

/** A button that ends a calibration without a head, and says before what becomes of its trials. */
export function GiveUp({ info, look }: { info: Calibration; look: () => Promise<void> }) {
  const words = useWords().calibrate;
  async function abort(): Promise<void> {
    await ask("POST", calibrationPath(info.calibration, "/abort"));
    await look();
  }
  return (
    <Asking label={words.abort} title={words.abortAsk} submit={words.abort} work={abort} grave>
      <p>{words.abortLost(info.kept)}</p>
    </Asking>
  );
}
