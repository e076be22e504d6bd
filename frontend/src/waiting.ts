/** Counts the calls that wait for their next attempt. While there are any, the layout shows a sentence. */

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
