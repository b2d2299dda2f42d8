import { useEffect, useState } from "preact/hooks";

/** Where the page is: `#/VIEW/REST`, so that a reload and the browser's buttons lead to the same again. */
interface Route {
  view: string;
  /** What is shown in it, such as the name of a stream; empty for what comes first. */
  of: string;
}

export function address(view: string, of = ""): string {
  return `#/${view}${of && `/${encodeURIComponent(of)}`}`;
}

/** Go there; `replace` leaves no step for the back button. */
export function go(view: string, of = "", replace = false): void {
  if (replace) location.replace(address(view, of));
  else location.hash = address(view, of);
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const look = () => setHash(location.hash);
    addEventListener("hashchange", look);
    return () => removeEventListener("hashchange", look);
  }, []);
  return route(hash);
}

/** What a hash stands for. */
export function route(hash: string): Route {
  const [view = "", of = ""] = hash.replace(/^#\//, "").split("/");
  return { view, of: decoded(of) };
}

/** An address that somebody mistyped leads nowhere in particular. */
function decoded(of: string): string {
  try {
    return decodeURIComponent(of);
  } catch {
    return "";
  }
}
