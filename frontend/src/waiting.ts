/** How many calls wait for their next attempt: the layout says so while there are any. */

import { useSyncExternalStore } from "react";

let waiting = 0;
const listeners = new Set<() => void>();

export function changeWaiting(isWaiting: boolean): void {
  waiting += isWaiting ? 1 : -1;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWaiting(): boolean {
  return useSyncExternalStore(subscribe, () => waiting > 0);
}
