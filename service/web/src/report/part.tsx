import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Advice } from "./advice";
import type { Recommendation } from "./frames";

export function Part({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

/** What to do: in the words of the page, or in the service's where it has none. */
export function Advised({ verdict, text, found }: Recommendation & { found: Advice | null }) {
  if (!found) return <p lang="en">{text}</p>;
  return (
    <>
      <p class={`advised ${verdict}`}>{found.what}</p>
      {found.why.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </>
  );
}
