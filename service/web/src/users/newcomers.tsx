import { useState } from "preact/hooks";
import { ask, sendFile } from "../api";
import { go } from "../route";
import { userPath } from "../paths";
import { useWords } from "../words";
import { Asking } from "../asking";
import type { User } from "../frames";

interface Props {
  say: (what: string) => void;
}

/** Somebody who was never here. */
export function NewUser({ say }: Props) {
  const words = useWords().users;
  async function create(form: FormData): Promise<void> {
    const order = { user: String(form.get("user")), consent_raw: form.has("consent") };
    const { user } = await ask<User>("POST", "/v1/users", order);
    say(words.createdNow(user));
    go("users", user);
  }
  return (
    <Asking class="first" label={words.newUser} title={words.newUser} submit={words.create} work={create} known={words.takenWhy}>
      <Pseudonym />
      <label>
        <input type="checkbox" name="consent" aria-describedby="consent-why" />
        {words.consentGiven}
      </label>
      <small id="consent-why">{words.consentWhy}</small>
    </Asking>
  );
}

/** Somebody who comes from another machine, as a file. */
export function ImportUser({ say }: Props) {
  const words = useWords().users;
  const [name, setName] = useState("");
  async function store(form: FormData): Promise<void> {
    const file = form.get("file") as File;
    const { user } = await sendFile<User>(userPath(String(form.get("user")), "/profile"), file, "application/zip");
    say(words.imported(user));
    go("users", user);
  }
  return (
    <Asking label={words.importUser} title={words.importUser} submit={words.store} work={store} known={words.importWhy}>
      <p>{words.importHow}</p>
      <label>
        {words.file}
        <input
          type="file"
          name="file"
          accept=".zip,application/zip"
          required
          onChange={(event) => setName(nameOf(event.currentTarget.files?.[0]?.name ?? ""))}
        />
      </label>
      <Pseudonym value={name} />
    </Asking>
  );
}

function Pseudonym({ value = "" }: { value?: string }) {
  const words = useWords().users;
  return (
    <>
      <label>
        {words.pseudonym}
        <input
          key={value}
          name="user"
          defaultValue={value}
          required
          pattern="[A-Za-z0-9_\-]+"
          maxLength={64}
          autocomplete="off"
          title={words.nameRule}
          aria-describedby="name-why"
        />
      </label>
      <small id="name-why">
        {words.nameRule}. {words.nameWhy}
      </small>
    </>
  );
}

/** The pseudonym that a file was exported under, as far as its name tells. */
function nameOf(file: string): string {
  return file.replace(/\.profile.*$|\.zip$/, "").replaceAll(/[^A-Za-z0-9_-]/g, "");
}
