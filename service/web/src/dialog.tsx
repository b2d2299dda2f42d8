import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  title: string;
  /** It cannot be left with Escape, for now. */
  stays?: boolean;
  closed: () => void;
  /** `close` gives the focus back to what had it before. */
  children: (close: () => void) => ComponentChildren;
}

/** A dialog that is open for as long as it is there. */
export function Dialog({ title, stays = false, closed, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useLayoutEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={heading} onClose={closed} onCancel={(event) => stays && event.preventDefault()}>
      <h2 id={heading}>{title}</h2>
      {children(() => dialog.current?.close())}
    </dialog>
  );
}
