/** What loaders and actions do about signing in and about errors of the API. */

import { data, type LoaderFunctionArgs, redirect } from "react-router";
import type { Api } from "./api/client";
import { ApiError, isSignedOut } from "./api/problem";
import type { Credentials } from "./api/types";

/** Why a form was not taken. */
export interface FormFailure {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string | null;
}

/** Path of the login page that comes back to where the person wanted to go. */
export function loginPath(url: URL, reason?: "ended"): string {
  const query = new URLSearchParams({ next: url.pathname + url.search });
  if (reason) query.set("reason", reason);
  return `/login?${query}`;
}

/** Where to go after signing in: a path of this site and nothing else, whatever a link says. */
export function nextPath(url: URL): string {
  const next = url.searchParams.get("next") ?? "/";
  const target = URL.canParse(next, url.origin) ? new URL(next, url.origin) : null;
  return target !== null && target.origin === url.origin ? target.pathname + target.search : "/";
}

type Load<Result> = (args: LoaderFunctionArgs) => Promise<Result>;

/** A loader or an action for signed-in people: others are sent to the login page first. */
export function signedIn<Result>(api: Api, load: Load<Result>): Load<Result> {
  return async (args) => {
    const url = new URL(args.request.url);
    if (!api.session.signedIn) throw redirect(loginPath(url));
    try {
      return await load(args);
    } catch (error) {
      if (isSignedOut(error)) throw redirect(loginPath(url, "ended"));
      throw error;
    }
  };
}

/** The loader of a page for people who are not signed in: others go to where they wanted to be. */
export function signedOut(api: Api) {
  return ({ request }: LoaderFunctionArgs) =>
    api.session.signedIn ? redirect(nextPath(new URL(request.url))) : null;
}

/** An action's work, with an error of the API turned into what the form shows. */
export async function orFailure<Result>(work: () => Promise<Result>) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const failure: FormFailure = {
      message: error.message,
      fields: Object.fromEntries(error.fields),
      requestId: error.requestId,
    };
    return data(failure, { status: error.status || 503 });
  }
}

/** One text field of a form, without the blanks around it. */
export function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** What `CredentialFields` asks for. */
export function credentialsOf(form: FormData): Credentials {
  // A password may begin or end with a blank.
  return { email: field(form, "email"), password: String(form.get("password") ?? "") };
}
