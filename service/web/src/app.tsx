import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Appearance } from "./appearance";
import { address, useRoute } from "./route";
import { useShown, viewOf, type View } from "./views";
import { LANGUAGES, preferredLanguage, useWords, WordsContext } from "./words";

/** Those to choose from; a report is led to. */
const CHOICE: readonly View[] = ["live", "calibrate", "users", "recordings", "models", "system"];

export function App() {
  const [language, setLanguage] = useState(preferredLanguage);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem("palmaris.language", language);
  }, [language]);
  return (
    <WordsContext.Provider value={LANGUAGES[language].words}>
      <Page appearance={<Appearance language={language} setLanguage={setLanguage} />} />
    </WordsContext.Provider>
  );
}

function Page({ appearance }: { appearance: preact.ComponentChild }) {
  const words = useWords();
  const { view: named, of } = useRoute();
  const main = useRef<HTMLElement>(null);
  const view = viewOf(named);
  const Shown = useShown(view);
  const { title } = words[view];
  const opening = useRef(true);
  useLayoutEffect(() => {
    document.title = `${title} · Palmaris`;
  }, [title]);
  useEffect(() => {
    if (!opening.current) main.current!.focus(); // when the page opens, who reads it hears it from the top
    opening.current = false;
  }, [view]);
  return (
    <>
      <header>
        <h1>Palmaris</h1>
        <nav aria-label={words.page.views}>
          {CHOICE.map((name) => (
            <a key={name} href={address(name)} aria-current={name === view ? "page" : undefined}>
              {words[name].title}
            </a>
          ))}
        </nav>
        {appearance}
      </header>
      <main ref={main} tabIndex={-1}>
        {Shown && <Shown key={view} of={of} />}
      </main>
    </>
  );
}
