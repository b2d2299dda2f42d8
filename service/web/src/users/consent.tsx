import { ask } from "../api";
import { userPath } from "../paths";
import { useWords } from "../words";
import { Asking } from "../asking";
import type { User } from "../frames";

/** Whether the raw signal may be kept; who withdraws is told what goes. */
export function Consent({ user, changed }: { user: User; changed: (what: string) => Promise<void> }) {
  const words = useWords().users;
  const given = user.consent_raw;
  async function change(): Promise<void> {
    await ask("PATCH", userPath(user.user), { consent_raw: !given });
    await changed(given ? words.withdrawn : words.given);
  }
  return (
    <section aria-labelledby="consent">
      <h3 id="consent">{words.consent}</h3>
      <p>{given ? words.consentYes : words.consentNo}</p>
      <div class="buttons">
        <Asking
          label={given ? words.withdraw : words.give}
          title={given ? words.withdraw : words.give}
          submit={given ? words.withdraw : words.give}
          work={change}
          grave={given}
        >
          <p>{given ? words.withdrawHow : words.consentWhy}</p>
        </Asking>
      </div>
    </section>
  );
}
