import { Refused } from "./api";
import { useWords } from "./words";

/** What the page itself can say to a status, where it knows more than the general sentence. */
export type Known = Partial<Record<number, string>>;

interface Props {
  problem: Error | null;
  known?: Known | undefined;
  /** Said where no answer came. */
  unheard?: string;
}

/** Why something was not done, in the reader's language; then the service's own words, with the remedy. */
export function Why({ problem, known, unheard }: Props) {
  const words = useWords().page;
  if (problem === null) return null;
  if (!(problem instanceof Refused)) return <p role="alert">{unheard ?? words.unheard}</p>;
  const general: Known = words.why;
  return (
    <div role="alert">
      <p>{known?.[problem.status] ?? general[problem.status] ?? words.refused}</p>
      <p lang="en" class="said">
        {problem.message}
      </p>
    </div>
  );
}
