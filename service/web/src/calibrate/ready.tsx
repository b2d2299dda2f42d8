import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { calibrationPath } from "../paths";
import { ReportCard } from "../report/report";
import { isOfSequences, type AnyReport } from "../report/frames";
import { go } from "../route";
import { useWords } from "../words";
import { Asking } from "../asking";
import type { Calibration } from "./frames";
import { GiveUp } from "./give_up";
import { nameOf } from "./say";
import { Try } from "./try";
import type { Doing } from "./use_calibration";

interface Props {
  info: Calibration;
  report: AnyReport;
  doing: Doing;
}

/** A head is fitted: what it can do, a try, and the decision. */
export function Ready({ info, report, doing }: Props) {
  const words = useWords();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current!.focus(), []);
  return (
    <div class="ready">
      <h2 ref={title} tabIndex={-1}>
        {words.calibrate.ready}
      </h2>
      <ReportCard report={report} user={info.user} model={info.model} />
      <Try info={info} doing={doing} />
      <More info={info} report={report} doing={doing} />
      <div class="steer">
        <button type="button" class="first big" onClick={() => doing.act("accept")}>
          {words.calibrate.accept}
        </button>
        <Asking
          label={words.calibrate.startOver}
          title={words.calibrate.startOverAsk}
          submit={words.calibrate.startOver}
          work={() => startOver(info, report)}
          grave
        >
          <p>{words.calibrate.abortLost(info.kept)}</p>
        </Asking>
        <GiveUp info={info} look={doing.look} />
      </div>
    </div>
  );
}

/** The same again from the first trial; a head that also knows what was not asked today was added to. */
async function startOver({ calibration: before, user, stream, plan }: Calibration, report: AnyReport): Promise<void> {
  const { duration_s: _length, kind: _kind, ...order } = plan;
  const add = !isOfSequences(report) && report.gestures.some(({ label }) => !plan.gestures.includes(label));
  await ask("POST", calibrationPath(before, "/abort"));
  const { calibration } = await ask<Calibration>("POST", "/v1/calibrations", { user, stream, add, ...order });
  go("calibrate", calibration);
}

/** One more trial of what is weak, or of whatever is ticked. */
function More({ info, report, doing }: Props) {
  const words = useWords();
  const { verdict, gestures } = report.recommendation;
  const named = isOfSequences(report) ? info.plan.gestures : gestures;
  const advised = verdict === "more_trials" ? named : [];
  const [ticked, setTicked] = useState(advised);
  const toggle = (gesture: string, on: boolean) =>
    setTicked(info.plan.gestures.filter((each) => (each === gesture ? on : ticked.includes(each))));
  return (
    <section class="more">
      <fieldset>
        <legend>{words.calibrate.more}</legend>
        {info.plan.gestures.map((gesture) => (
          <label key={gesture}>
            <input
              type="checkbox"
              checked={ticked.includes(gesture)}
              onChange={(event) => toggle(gesture, event.currentTarget.checked)}
            />
            {nameOf(words, info.plan.kind, gesture)}
            {advised.includes(gesture) && <small>{words.calibrate.advised}</small>}
          </label>
        ))}
      </fieldset>
      <button type="button" disabled={ticked.length === 0} onClick={() => doing.act("extend", { gestures: ticked })}>
        {words.calibrate.oneMore(ticked.length)}
      </button>
    </section>
  );
}
