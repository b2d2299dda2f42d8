import { Refused } from "../api";
import { useAsked } from "../asked";
import { address } from "../route";
import { useStreams } from "../streams";
import { Trouble } from "../trouble";
import { userPath } from "../paths";
import { useWords } from "../words";
import { Calibrations } from "./calibrations";
import { Consent } from "./consent";
import type { Calibration } from "../calibrate/frames";
import type { HeadVersion, User } from "../frames";
import { isLayer, type Version } from "./frames";
import { Gestures } from "./gestures";
import { Heads } from "./heads";
import { Leaving } from "./leaving";
import { Progress } from "./progress";
import { Streams } from "./streams";

const LOOK_MS = 5000;

interface Props {
  user: string;
  say: (what: string) => void;
}

/** Everything that is kept of one user, and what can be done with it. */
export function Person({ user, say }: Props) {
  const words = useWords();
  const { found, problem, look } = useAsked<User>(userPath(user), LOOK_MS);
  const gone = problem instanceof Refused && problem.status === 404;
  return (
    <>
      <p class="tools">
        <a href={address("users")}>{words.users.back}</a>
        {found && <a href={address("calibrate")}>{words.users.calibrate}</a>}
      </p>
      {gone ? <p role="alert">{words.users.gone(user)}</p> : <Trouble problem={problem} look={look} />}
      {found && !gone && <Kept user={found} look={look} say={say} />}
    </>
  );
}

function Kept({ user, look, say }: { user: User; look: () => Promise<void>; say: (what: string) => void }) {
  const heads = useAsked<HeadVersion[]>(userPath(user.user, "/heads"), LOOK_MS);
  const calibrations = useAsked<Calibration[]>(userPath(user.user, "/calibrations"), LOOK_MS);
  const streams = useStreams();
  const versions = (heads.found ?? []).filter((head): head is Version => head.version !== null);
  const ofGestures = versions.filter((head) => !isLayer(head));
  const candidates = (heads.found ?? []).length - versions.length;

  async function changed(what: string): Promise<void> {
    say(what);
    await Promise.all([look(), heads.look(), calibrations.look(), streams.look()]);
  }
  const all = { user: user.user, versions, changed };
  return (
    <div class="person">
      <Trouble problem={heads.problem ?? calibrations.problem} look={heads.look} />
      {heads.found && <Heads {...all} candidates={candidates} />}
      {heads.found && <Progress versions={versions} />}
      {calibrations.found && <Calibrations calibrations={calibrations.found} />}
      <div class="doing">
        <Streams {...all} streams={streams} />
        {heads.found && (versions.length === 0 || ofGestures.length > 0) && <Gestures {...all} versions={ofGestures} streams={streams.found ?? []} />}
        <Consent user={user} changed={changed} />
        <Leaving user={user.user} versions={versions.length} calibrations={calibrations.found?.length ?? 0} say={say} />
      </div>
    </div>
  );
}
