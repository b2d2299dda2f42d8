import { askFile } from "./api";

const KEPT_MS = 60_000;

/** Hand a file to the browser, as a download. */
export function offer(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

/** A link can bring no token, nor can it be told why a file is refused: so ask for it, then hand it over. */
export async function download(path: string, name: string): Promise<void> {
  const address = URL.createObjectURL(await askFile(path));
  offer(address, name);
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
