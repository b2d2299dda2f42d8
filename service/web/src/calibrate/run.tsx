import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Refused } from "../api";
import { address } from "../route";
import { Trouble } from "../trouble";
import { Why } from "../why";
import { useWords } from "../words";
import { After } from "./after";
import type { Calibration } from "./frames";
import { GiveUp } from "./give_up";
import { Prompting } from "./prompting";
import { Ready } from "./ready";
import type { Standing } from "./standing";
import { useCalibration, useDoing, type Doing } from "./use_calibration";

/** Everything from the first prompt to the accepted head. */
export function Run({ id }: { id: string }) {
  const words = useWords();
  const { standing, problem, look } = useCalibration(id);
  const doing = useDoing(id, look);
  const { info } = standing;
  if (info === null) {
    if (problem === null) return <p role="status">{words.calibrate.opening}</p>;
    return (
      <>
        <Trouble problem={problem} look={look} />
        {problem instanceof Refused && problem.status === 404 && <a href={address("calibrate")}>{words.calibrate.another}</a>}
      </>
    );
  }
  return (
    <>
      <Trouble problem={problem} look={look} />
      <h2 class="whose">{words.calibrate.of(info.user, info.stream)}</h2>
      {standing.trouble && (
        <p role="alert" lang="en">
          {standing.trouble}
        </p>
      )}
      <Stage info={info} standing={standing} away={problem !== null} doing={doing} />
      <Why problem={doing.problem} />
    </>
  );
}

interface StageProps {
  info: Calibration;
  standing: Standing;
  /** The service does not answer. */
  away: boolean;
  doing: Doing;
}

function Stage({ info, standing, away, doing }: StageProps) {
  const words = useWords();
  if (info.state === "accepted") return <After info={info} />;
  if (info.state === "aborted") return <Aborted />;
  if (!info.attached) return <Interrupted info={info} away={away} doing={doing} />;
  if (info.state === "ready" && info.report) return <Ready info={info} report={info.report.report} doing={doing} />;
  if (info.state === "fitting") return <Fitting />;
  if (info.prompt?.phase === "finished")
    return (
      <Halt title={words.calibrate.notFitted} does={words.calibrate.fitAgain} act={() => doing.act("fit")} busy={away || doing.busy}>
        {words.calibrate.notFittedWhy}
      </Halt>
    );
  return <Prompting info={info} prompt={info.prompt!} standing={standing} doing={doing} />;
}

function Interrupted({ info, away, doing }: { info: Calibration; away: boolean; doing: Doing }) {
  const words = useWords();
  const total = info.kept + info.skipped + info.ahead;
  return (
    <Halt
      title={words.calibrate.interrupted}
      does={words.calibrate.goOn}
      act={() => doing.act("resume")}
      busy={away || doing.busy}
      beside={
        <GiveUp info={info} look={doing.look} />
      }
    >
      {words.calibrate.interruptedWhy(info.kept, total)}
    </Halt>
  );
}

interface HaltProps {
  title: string;
  does: string;
  act: () => void;
  busy: boolean;
  beside?: ComponentChildren;
  children: ComponentChildren;
}

/** Nothing is asked of anybody, and one large button goes on. */
function Halt({ title, does, act, busy, beside, children }: HaltProps) {
  const big = useRef<HTMLButtonElement>(null);
  useEffect(() => big.current!.focus(), []);
  return (
    <section class="halt">
      <p class="say" role="status">
        {title}
      </p>
      <p>{children}</p>
      <div class="steer">
        <button type="button" class="first big" ref={big} aria-disabled={busy} onClick={() => busy || act()}>
          {does}
        </button>
        {beside}
      </div>
    </section>
  );
}

function Fitting() {
  const words = useWords();
  return (
    <section class="halt" aria-busy="true">
      <p class="say" role="status">
        {words.calibrate.fitting}
      </p>
      <progress aria-label={words.calibrate.fitting} />
      <p>{words.calibrate.fittingWhy}</p>
    </section>
  );
}

function Aborted() {
  const words = useWords();
  return (
    <section class="halt">
      <p class="say" role="status">
        {words.calibrate.aborted}
      </p>
      <p>
        <a href={address("calibrate")}>{words.calibrate.another}</a>
      </p>
    </section>
  );
}
