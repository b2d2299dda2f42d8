import { known, remember } from "./api";
import { Why } from "./why";
import { useWords } from "./words";

/** Asks for a token; it is kept for as long as the tab is open. */
export function Door({ problem, look }: { problem: Error; look: () => void }) {
  const words = useWords();
  function enter(event: SubmitEvent): void {
    event.preventDefault();
    remember(String(new FormData(event.currentTarget as HTMLFormElement).get("token")).trim());
    look();
  }
  return (
    <form class="door" onSubmit={enter}>
      <p>{words.page.tokenWhy}</p>
      {known() && <Why problem={problem} />}
      <label>
        {words.page.token}
        <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit">{words.page.enter}</button>
    </form>
  );
}
