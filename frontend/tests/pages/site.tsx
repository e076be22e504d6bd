/** The whole site in jsdom, on the fake API. */

import { render } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createMemoryRouter, RouterProvider } from "react-router";
import { Api } from "../../src/api/client";
import { ApiContext } from "../../src/context";
import { routes } from "../../src/routes";
import { changeWaiting } from "../../src/waiting";
import { FakeApi } from "../fake/api.ts";

const ORIGIN = "http://site.example";

export const CREDENTIALS = { email: "aisyah@example.com", password: "correct horse battery staple" };

export interface Options {
  readonly signedIn?: boolean;
  /** Instead of no wait between attempts. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

export async function openSite(
  path: string,
  { signedIn = false, sleep = async () => undefined }: Options = {},
) {
  const fake = new FakeApi();
  const fetchFake: typeof fetch = (input, init) => {
    const url = new URL(String(input), ORIGIN);
    return fake.answer(new Request(url, init), "/api");
  };
  const transport = { fetch: fetchFake, sleep, onWait: changeWaiting };
  const api = new Api({ apiUrl: "/api", apiKey: null, stack: "test" }, transport, window.sessionStorage);
  if (signedIn) await api.login(CREDENTIALS);
  const router = createMemoryRouter(routes(api), { initialEntries: [path] });
  render(
    <ApiContext value={api}>
      <RouterProvider router={router} />
    </ApiContext>,
  );
  return { fake, api, router, user: userEvent.setup({ delay: null }) };
}
