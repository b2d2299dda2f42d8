import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { de } from "./de";
import { en } from "./en";

export const LANGUAGES = { en: { name: "English", words: en }, de: { name: "Deutsch", words: de } };
export type Language = keyof typeof LANGUAGES;
export type Words = typeof en;

export const WordsContext = createContext<Words>(en);
export const useWords = (): Words => useContext(WordsContext);

/** A gesture as people say it, and a press or release of a finger. */
export function named(words: Words, gesture: string): string {
  const [, finger, change] = /^(.+)_(press|release)$/.exec(gesture) ?? [];
  if (finger) return words.live[change as "press" | "release"](named(words, finger));
  return words.gestures[gesture] ?? gesture.replaceAll(/[_-]/g, " ");
}

export function preferredLanguage(): Language {
  const wished = [localStorage.getItem("palmaris.language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wished.find((tag): tag is Language => tag !== null && tag in LANGUAGES) ?? "en";
}
