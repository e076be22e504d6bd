/** Helpers of loaders and actions, for signing in and for errors of the API. */

import { data, type LoaderFunctionArgs, redirect } from "react-router";
import type { Api } from "./api/client";
import { ApiError, isSignedOut } from "./api/problem";
import type { Credentials } from "./api/types";

/** The reason why a form was refused. */
export interface FormFailure {
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly requestId: string | null;
}

/** Return the path of the login page, which leads back to the given URL after signing in. */
export function loginPath(url: URL, reason?: "ended"): string {
  const query = new URLSearchParams({ next: url.pathname + url.search });
  if (reason) query.set("reason", reason);
  return `/login?${query}`;
}

/** Return the path to go to after signing in. It is always a path of this site, because anybody can forge the link. */
export function nextPath(url: URL): string {
  const next = url.searchParams.get("next") ?? "/";
  const target = URL.canParse(next, url.origin) ? new URL(next, url.origin) : null;
  return target !== null && target.origin === url.origin ? target.pathname + target.search : "/";
}

type Load<Result> = (args: LoaderFunctionArgs) => Promise<Result>;

/** Wrap a loader or an action for signed-in people: other people are sent to the login page first. */
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

/** Return the loader of a page for people who are not signed in: signed-in people go on to `nextPath`. */
export function signedOut(api: Api) {
  return ({ request }: LoaderFunctionArgs) =>
    api.session.signedIn ? redirect(nextPath(new URL(request.url))) : null;
}

/** Do the work of an action, and convert an error of the API to a failure that the form shows. */
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

/** Return the value of a form's text field, without the blanks around it. */
export function field(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}

/** Return the values of `CredentialFields`. */
export function credentialsOf(form: FormData): Credentials {
  // A password may begin or end with a blank.
  return { email: field(form, "email"), password: String(form.get("password") ?? "") };
}
