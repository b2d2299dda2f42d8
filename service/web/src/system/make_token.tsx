import { useEffect, useRef, useState } from "preact/hooks";
import { ask } from "../api";
import { Asking } from "../asking";
import { Dialog } from "../dialog";
import { useWords } from "../words";
import { SCOPES, type NewToken } from "./frames";

const DAYS = [30, 90, 365];

interface Props {
  /** Nobody has made a token yet: this one closes the service. */
  first: boolean;
  able: boolean;
  made: () => void;
}

/** A token that was just made; `closes`: it was the first. */
interface Made {
  secret: string;
  closes: boolean;
}

/** A button, and the dialogs behind it: what the token shall be, then the token, until somebody says that it is kept. */
export function MakeToken({ first, able, made }: Props) {
  const words = useWords().system;
  const [shown, show] = useState<Made | null>(null);
  async function make(form: FormData): Promise<void> {
    const order = { name: form.get("name"), scopes: form.getAll("scope"), days: Number(form.get("days")) || null };
    const { token } = await ask<NewToken>("POST", "/v1/tokens", order);
    show({ secret: token, closes: first });
  }
  function kept(): void {
    show(null);
    made();
  }
  return (
    <>
      <Asking label={words.newToken} title={words.newToken} submit={words.make} work={make} disabled={!able}>
        <Wishes first={first} />
      </Asking>
      {shown && (
        <Dialog title={words.secret} stays closed={kept}>
          {(close) => <Secret secret={shown.secret} first={shown.closes} kept={close} />}
        </Dialog>
      )}
    </>
  );
}

function Wishes({ first }: { first: boolean }) {
  const words = useWords().system;
  return (
    <>
      {first && (
        <p class="warning">
          <strong>{words.closes}</strong>
        </p>
      )}
      <label>
        {words.token} <small>({words.tokenRule})</small>
        <input name="name" required pattern="[A-Za-z0-9][A-Za-z0-9_.\-]*" maxLength={64} autocomplete="off" />
      </label>
      <fieldset>
        <legend>{words.scopes}</legend>
        {SCOPES.map((scope) => {
          const fixed = first && scope === "admin";
          return (
            <label key={`${scope}${first}`}>
              <input type="checkbox" name="scope" value={scope} defaultChecked={fixed || scope === "subscribe"} required={fixed} />
              <span>{words.scope[scope]}</span>
            </label>
          );
        })}
      </fieldset>
      <label>
        {words.days}
        <select name="days">
          <option value="">{words.noEnd}</option>
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {words.daysOf(days)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function Secret({ secret, first, kept }: { secret: string; first: boolean; kept: () => void }) {
  const words = useWords().system;
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => field.current!.focus(), []);
  return (
    <div class="secret">
      <p>
        {words.secretWhy} {first && words.secretFirst}
      </p>
      <input
        readOnly
        value={secret}
        aria-label={words.secret}
        autocomplete="off"
        ref={field}
        onFocus={({ currentTarget }) => currentTarget.select()}
      />
      <div class="buttons">
        {navigator.clipboard && (
          <button type="button" onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
            {words.copy}
          </button>
        )}
        <button type="button" class="first" onClick={kept}>
          {words.kept}
        </button>
      </div>
      <p role="status">{copied ? words.copied : ""}</p>
    </div>
  );
}
