import { useRef } from "preact/hooks";
import { ask } from "../api";
import type { StreamInfo } from "../frames";
import { REST } from "../gestures/rest";
import { userPath } from "../paths";
import { named, useWords } from "../words";
import { Asking } from "../asking";
import type { HeadVersion } from "../frames";
import type { Version } from "./frames";

/** Of fewer gestures a head has nothing to tell apart. */
const LEAST = 2;

interface Props {
  user: string;
  versions: Version[];
  streams: StreamInfo[];
  changed: (what: string) => Promise<void>;
}

/** The gestures of each head in use, renamed and removed without recording anything. */
export function Gestures({ user, versions, streams, changed }: Props) {
  const words = useWords().users;
  const heading = useRef<HTMLHeadingElement>(null);
  const active = versions.filter((head) => head.active);
  return (
    <section aria-labelledby="gestures">
      <h3 id="gestures" ref={heading} tabIndex={-1}>
        {words.gestures}
      </h3>
      {active.length === 0 && <p>{words.noGestures}</p>}
      {active.map((head) => (
        <OfHead
          key={head.model}
          user={user}
          head={head}
          stream={streams.find(({ model }) => model === head.model)?.stream}
          changed={changed}
          leave={() => heading.current!.focus()}
        />
      ))}
    </section>
  );
}

interface HeadProps {
  user: string;
  head: Version;
  /** One that serves the model of the head; without one its gestures cannot be edited. */
  stream: string | undefined;
  changed: (what: string) => Promise<void>;
  leave: () => void;
}

function OfHead({ user, head, stream, changed, leave }: HeadProps) {
  const words = useWords();
  async function edit(order: { rename: Record<string, string> } | { remove: string[] }): Promise<void> {
    const made = await ask<HeadVersion>("PATCH", userPath(user, "/gestures"), { stream, ...order });
    await changed(words.users.editedNow(made.version!));
  }
  return (
    <>
      <small>{words.users.onModel(head.model, head.version)}</small>
      {stream === undefined && <p>{words.users.noStreamFor(head.model)}</p>}
      <ul class="list">
        {head.labels.map((gesture, at) => (
          <li key={at}>
            {named(words, gesture)}
            {stream !== undefined && gesture !== REST && (
              <div class="buttons">
                <Rename gesture={gesture} edit={edit} />
                {head.labels.length > LEAST && <Remove user={user} head={head} gesture={gesture} edit={edit} leave={leave} />}
              </div>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Rename({ gesture, edit }: { gesture: string; edit: (order: { rename: Record<string, string> }) => Promise<void> }) {
  const words = useWords();
  const shown = named(words, gesture);
  return (
    <Asking
      label={<Named short={words.users.rename} whole={words.users.renameOf(shown)} />}
      title={words.users.renameOf(shown)}
      submit={words.users.rename}
      work={(form) => edit({ rename: { [gesture]: String(form.get("name")).trim() } })}
    >
      <p>{words.users.renameHow}</p>
      <label>
        {words.users.newName}
        <input name="name" defaultValue={gesture} required maxLength={64} autocomplete="off" />
      </label>
    </Asking>
  );
}

interface RemoveProps {
  user: string;
  head: Version;
  gesture: string;
  edit: (order: { remove: string[] }) => Promise<void>;
  leave: () => void;
}

function Remove({ user, head, gesture, edit, leave }: RemoveProps) {
  const words = useWords();
  const shown = named(words, gesture);
  return (
    <Asking
      label={<Named short={words.users.remove} whole={words.users.removeOf(shown)} />}
      title={words.users.removeOf(shown)}
      submit={words.users.remove}
      work={() => edit({ remove: [gesture] })}
      after={leave}
      grave
    >
      <p>{words.users.removeHow(user, shown, head.version)}</p>
    </Asking>
  );
}

/** A short word for the eye in a row of many, the whole for who hears the button alone. */
function Named({ short, whole }: { short: string; whole: string }) {
  return (
    <>
      <span aria-hidden="true">{short}</span>
      <span class="only-heard">{whole}</span>
    </>
  );
}
