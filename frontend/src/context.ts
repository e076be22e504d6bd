import { createContext, useContext, useSyncExternalStore } from "react";
import { useRouteLoaderData } from "react-router";
import type { Api } from "./api/client";
import type { CurrentUser } from "./api/types";

/** Id of the outermost route, whose loader returns the signed-in person. */
export const ROOT_ROUTE = "root";

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const api = useContext(ApiContext);
  if (api === null) throw new Error("useApi is used outside of ApiContext");
  return api;
}

export function useSignedIn(): boolean {
  const { session } = useApi();
  return useSyncExternalStore(session.subscribe, () => session.signedIn);
}

/** Return the signed-in person; null if nobody is signed in, or if the API did not answer who it is. */
export function useCurrentUser(): CurrentUser | null {
  const isSignedIn = useSignedIn();
  const loaded = useRouteLoaderData(ROOT_ROUTE) as CurrentUser | null | undefined;
  return isSignedIn ? (loaded ?? null) : null;
}
