import "./users.css";
import { useEffect, useRef, useState } from "preact/hooks";
import { useWords } from "../words";
import { Everybody } from "./everybody";
import { Person } from "./person";

/** Everybody, or one of them: `of` is a pseudonym, or empty. */
export function UsersView({ of }: { of: string }) {
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const [said, say] = useState("");
  const opening = useRef(true);
  useEffect(() => {
    if (!opening.current) heading.current!.focus(); // who comes from the list, or back to it, hears where they are
    opening.current = false;
  }, [of]);
  return (
    <div class="users">
      <h2 ref={heading} tabIndex={-1}>
        {of || words.users.title}
      </h2>
      <p role="status">{said}</p>
      {of ? <Person key={of} user={of} say={say} /> : <Everybody say={say} />}
    </div>
  );
}
