import { Refused } from "./api";
import { Door } from "./door";
import { Why } from "./why";
import { useWords } from "./words";

/** Why the service does not answer as it should: a token is missing, it says why, or it is not there. */
export function Trouble({ problem, look }: { problem: Error | null; look: () => void }) {
  const words = useWords().page;
  if (problem instanceof Refused && problem.status === 401) return <Door problem={problem} look={look} />;
  return <Why problem={problem} unheard={words.noService} />;
}
