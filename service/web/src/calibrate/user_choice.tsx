import type { User } from "../frames";
import { useWords } from "../words";

/** Stands for a user who is yet to be created; no pseudonym begins so. */
export const NEW = " new";

export interface Who {
  /** A pseudonym that the service knows, or ``NEW``. */
  known: string;
  name: string;
  consent: boolean;
}

/** Somebody who is known, or a new pseudonym with what they agree to. */
export function UserChoice({ users, who, choose }: { users: User[]; who: Who; choose: (who: Who) => void }) {
  const words = useWords();
  return (
    <section aria-labelledby="who">
      <h2 id="who">{words.calibrate.who}</h2>
      <div class="row-of">
        <label>
          {words.calibrate.user}
          <select value={who.known} onChange={(event) => choose({ ...who, known: event.currentTarget.value })}>
            <option value={NEW}>{words.calibrate.newUser}</option>
            {users.map(({ user }) => (
              <option key={user} value={user}>
                {user}
              </option>
            ))}
          </select>
        </label>
        {who.known === NEW && (
          <label>
            {words.users.pseudonym}
            <input
              value={who.name}
              onInput={(event) => choose({ ...who, name: event.currentTarget.value })}
              required
              pattern="[A-Za-z0-9_\-]+"
              maxLength={64}
              autocomplete="off"
              aria-describedby="pseudonym-rule"
            />
          </label>
        )}
      </div>
      {who.known === NEW && (
        <>
          <p id="pseudonym-rule">
            <small>
              {words.users.nameWhy} ({words.page.nameRule})
            </small>
          </p>
          <label class="consent">
            <input
              type="checkbox"
              checked={who.consent}
              onChange={(event) => choose({ ...who, consent: event.currentTarget.checked })}
            />
            {words.users.consentGiven}
          </label>
          <p>
            <small>{words.users.consentWhy}</small>
          </p>
        </>
      )}
    </section>
  );
}
