import type { Level, Quality } from "./frames";
import { spoken, type Cause, type Telling } from "./quality";
import { useWords } from "./words";

const SIGNS: Record<Level, string> = { good: "✓", fair: "!", bad: "✕" };

/** A light for each channel; `drawn`: else it is only told, because a picture shows it. */
export function Lights({ names, quality, drawn = true }: { names: string[]; quality: Quality | null; drawn?: boolean }) {
  const words = useWords();
  return (
    <ul class={drawn ? "lights" : "only-heard"} aria-label={words.live.electrodes}>
      {names.map((name, number) => {
        const level = quality?.channels[number]?.level;
        return (
          <li key={number} class={level ?? ""}>
            <span>
              <span aria-hidden="true">{level ? SIGNS[level] : "·"}</span> {name}
              <span class="only-heard">{level ? `: ${words.live.levels[level]}` : ""}</span>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

/** What is wrong with the electrodes, and what to do. */
export function Judgement({ quality }: { quality: Quality | null }) {
  const words = useWords();
  return (
    <div class="reasons" role="status">
      {quality === null && <p>{words.live.judging}</p>}
      {quality?.reasons.length === 0 && <p>{words.live.allGood}</p>}
      {quality && <Reasons causes={quality.faults} reasons={quality.reasons} />}
    </div>
  );
}

/** What is wrong and what to do: in the words of the page, the `own` first, or in the service's where it has none. */
export function Reasons({ causes, reasons, own = {} }: { causes: Cause[]; reasons: string[]; own?: Telling }) {
  const words = useWords();
  const said = causes.map((cause) => spoken(cause, { ...words.causes, ...own }));
  const known = said.length > 0 && said.every((each) => each !== null);
  return (
    <>
      {known && said.map((each) => <p key={each}>{each}</p>)}
      {!known &&
        reasons.map((reason) => (
          <p key={reason} lang="en">
            {reason}
          </p>
        ))}
    </>
  );
}
