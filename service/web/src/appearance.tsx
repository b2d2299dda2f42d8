import { useLayoutEffect, useState } from "preact/hooks";
import { LANGUAGES, useWords, type Language } from "./words";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEY = "palmaris.theme";

/** Language, light and dark: remembered by the browser. */
export function Appearance({ language, setLanguage }: { language: Language; setLanguage: (to: Language) => void }) {
  const words = useWords();
  const [theme, setTheme] = useState((localStorage.getItem(KEY) as Theme | null) ?? "auto");
  useLayoutEffect(() => {
    // before anything is painted: an effect after it would show the other colours for a moment
    document.documentElement.dataset.theme = theme;
    localStorage.setItem(KEY, theme);
  }, [theme]);
  return (
    <div class="appearance">
      <label>
        <span class="only-heard">{words.page.theme}</span>
        <select value={theme} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {words.page.themes[name]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="only-heard">{words.page.language}</span>
        <select value={language} onChange={(event) => setLanguage(event.currentTarget.value as Language)}>
          {Object.entries(LANGUAGES).map(([tag, { name }]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
