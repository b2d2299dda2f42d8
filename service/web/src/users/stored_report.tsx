import { useEffect, useRef } from "preact/hooks";
import { useAsked } from "../asked";
import type { AnyReport } from "../report/frames";
import { ReportCard } from "../report/report";
import { userPath } from "../paths";
import { useWords } from "../words";
import type { Version } from "./frames";
import { Why } from "../why";

interface Props {
  user: string;
  head: Version;
  close: () => void;
}

/** What was said of a version when it was fitted. */
export function StoredReport({ user, head, close }: Props) {
  const { users: words, page } = useWords();
  const place = useRef<HTMLDivElement>(null);
  const { found, problem } = useAsked<AnyReport>(userPath(user, `/heads/${head.version}/report`));
  useEffect(() => place.current!.focus(), []);
  return (
    <div class="stored-report" ref={place} role="group" aria-label={words.reportOf(head.version)} tabIndex={-1}>
      <Why problem={problem} known={words.reportWhy} />
      {found && <ReportCard report={found} user={user} model={head.model} version={head.version} made={head.created} />}
      <button type="button" onClick={close}>
        {page.close}
      </button>
    </div>
  );
}
