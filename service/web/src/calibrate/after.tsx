import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { useAttempt } from "../attempt";
import type { HeadVersion } from "../frames";
import { streamPath, userPath } from "../paths";
import { useAsked } from "../asked";
import { ReportCard } from "../report/report";
import { address } from "../route";
import { Why } from "../why";
import { useWords } from "../words";
import type { Calibration } from "./frames";

/** The head is accepted: what next, and the way back. */
export function After({ info }: { info: Calibration }) {
  const words = useWords();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current!.focus(), []);
  const heads = useAsked<HeadVersion[]>(userPath(info.user, "/heads"));
  const mine = heads.found?.find(({ calibration, version }) => calibration === info.calibration && version !== null);
  return (
    <div class="after">
      <section>
        <h2 class="say" ref={title} tabIndex={-1}>
          {mine ? words.calibrate.accepted(info.user, mine.version!) : words.calibrate.acceptedSome(info.user)}
        </h2>
        <ul class="next-steps">
          <li>
            <a href={address("live", info.stream)}>{words.calibrate.toLive(info.user)}</a>
          </li>
          <li>
            <a href={address("users", info.user)}>{words.calibrate.toUser(info.user)}</a>
          </li>
          <li>
            <a href={address("calibrate")}>{words.calibrate.another}</a>
          </li>
        </ul>
        {mine && <Back info={info} mine={mine} heads={heads.found!} look={heads.look} />}
      </section>
      {info.report && <ReportCard report={info.report.report} user={info.user} model={info.model} />}
    </div>
  );
}

interface BackProps {
  info: Calibration;
  mine: HeadVersion;
  heads: HeadVersion[];
  look: () => Promise<void>;
}

/** To the version before, or to everybody's head where this is the first; and forward again. */
function Back({ info, mine, heads, look }: BackProps) {
  const words = useWords();
  const { problem, attempt } = useAttempt();
  const [everybody, setEverybody] = useState(false);
  const before = heads.filter(({ model, version }) => model === mine.model && (version ?? 0) < mine.version! && version).at(-1);
  const used = mine.active && !everybody;

  async function change(method: string, path: string, body?: object): Promise<void> {
    await attempt(() => ask(method, path, body));
    await look();
  }
  const activate = (version: number) => change("POST", userPath(info.user, `/heads/${version}/activate`));
  async function wear(user: string | null): Promise<void> {
    await change("PUT", streamPath(info.stream, "/user"), { user });
    setEverybody(user === null);
  }
  const back = () => (before ? activate(before.version!) : wear(null));
  const forward = () => (before ? activate(mine.version!) : wear(info.user));
  return (
    <>
      <p role="status">{used ? words.calibrate.inUse : words.calibrate.notInUse(before?.version ?? null)}</p>
      <button type="button" onClick={used ? back : forward}>
        {used ? words.calibrate.rollBack(before?.version ?? null) : words.calibrate.useAgain(mine.version!)}
      </button>
      <Why problem={problem} />
    </>
  );
}
