import { useAsked } from "../asked";
import { userPath } from "../paths";
import { Trouble } from "../trouble";
import { useWords } from "../words";
import type { AnyReport } from "./frames";
import { ReportCard } from "./report";

interface Version {
  version: number | null;
  model: string;
  created: string;
}

/** The report of one head, alone; `of` is USER/VERSION. */
export function ReportView({ of }: { of: string }) {
  const words = useWords().report;
  const [user, version] = of.split("/");
  return user && version ? <Stored user={user} version={Number(version)} /> : <p>{words.whose}</p>;
}

function Stored({ user, version }: { user: string; version: number }) {
  const heads = userPath(user, "/heads");
  const versions = useAsked<Version[]>(heads);
  const report = useAsked<AnyReport>(`${heads}/${version}/report`);
  const head = versions.found?.find((each) => each.version === version);
  const look = () => void Promise.all([versions.look(), report.look()]);
  return (
    <>
      <Trouble problem={report.problem ?? versions.problem} look={look} />
      {head && report.found && (
        <ReportCard report={report.found} user={user} model={head.model} version={version} made={head.created} />
      )}
    </>
  );
}
