/** Which browser the tests use; `tests/browser.py` has the same order. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

export const NO_CHROMIUM =
  "no Chromium: CHROMIUM is not set, none is on PATH, and `npx playwright-core install chromium` was not run";

/**
 * The browser that CHROMIUM names, else the first one on PATH, else the one that Playwright has downloaded; undefined
 * when there is none.
 */
export function findChromium(
  environment: Readonly<Record<string, string | undefined>>,
  downloaded: () => string,
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  if (environment.CHROMIUM) return environment.CHROMIUM;
  const folders = (environment.PATH ?? "").split(delimiter).filter(Boolean);
  return [...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))), pathOf(downloaded)].find(
    (path) => path !== "" && exists(path),
  );
}

/** Playwright has no browser for some platforms, and then throws. */
function pathOf(downloaded: () => string): string {
  try {
    return downloaded();
  } catch {
    return "";
  }
}
