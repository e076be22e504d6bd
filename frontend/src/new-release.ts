const STORAGE_KEY = "reloadedForNewRelease";
/** A second failure within this time does not mean a new release; without this limit the page would reload for ever. */
const ONCE_IN_MS = 60_000;

/**
 * Reload the page if one of its files is missing, because a new release has replaced the files that this tab knows.
 *
 * Listens to Vite's `vite:preloadError` ("Load Error Handling" in Vite's guide to building for production).
 */
export function reloadForNewRelease(
  event: Event,
  storage: Pick<Storage, "getItem" | "setItem"> = window.sessionStorage,
  reload: () => void = () => window.location.reload(),
  now: number = Date.now(),
): void {
  const last = Number(storage.getItem(STORAGE_KEY) ?? 0);
  if (now - last < ONCE_IN_MS) return;
  storage.setItem(STORAGE_KEY, String(now));
  event.preventDefault();
  reload();
}
