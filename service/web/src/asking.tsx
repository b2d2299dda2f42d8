import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useAttempt } from "./attempt";
import { Dialog } from "./dialog";
import { Why, type Known } from "./why";
import { useWords } from "./words";

interface Props {
  /** On the button that opens the dialog. */
  label: ComponentChildren;
  /** What a screen reader says of it, where several look the same. */
  spoken?: string;
  title: string;
  /** On the button that does it. */
  submit: string;
  work: (form: FormData) => Promise<unknown>;
  /** Once it is done; where the button is gone by then, the focus has to be put somewhere. */
  after?: () => void;
  known?: Known;
  class?: string;
  /** What cannot be undone looks like it. */
  grave?: boolean;
  disabled?: boolean;
  /** Whether there is enough to do it. */
  ready?: boolean;
  opened?: () => void;
  /** Another button. */
  beside?: ComponentChildren;
  /** What it means, and what is lost; or what has to be told first. */
  children: ComponentChildren | ((busy: boolean) => ComponentChildren);
}

/** A button that asks before it does something: the dialog stays open and says why if the work fails. */
export function Asking({ label, spoken, disabled, opened, ...rest }: Props) {
  const [open, setOpen] = useState(false);
  function begin(): void {
    setOpen(true);
    opened?.();
  }
  return (
    <>
      <button type="button" class={rest.class} aria-label={spoken} disabled={disabled} onClick={begin}>
        {label}
      </button>
      {open && <Question {...rest} closed={() => setOpen(false)} />}
    </>
  );
}

type QuestionProps = Omit<Props, "label" | "spoken" | "disabled" | "opened"> & { closed: () => void };

function Question({ title, submit, work, after, known, grave, ready = true, beside, closed, children }: QuestionProps) {
  const words = useWords();
  const { busy, problem, attempt } = useAttempt();
  async function act(event: SubmitEvent, close: () => void): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    if (busy || !ready || !(await attempt(() => work(form)))) return;
    close();
    after?.();
  }
  return (
    <Dialog title={title} stays={busy} closed={closed}>
      {(close) => (
        <form onSubmit={(event) => void act(event, close)} aria-busy={busy}>
          {typeof children === "function" ? children(busy) : children}
          <Why problem={problem} known={known} />
          <div class="buttons">
            {beside}
            <button type="button" aria-disabled={busy} onClick={() => busy || close()}>
              {words.page.cancel}
            </button>
            <button type="submit" class={grave ? "grave" : "first"} aria-disabled={busy || !ready}>
              {busy ? words.page.working : submit}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
