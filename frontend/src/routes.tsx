import type { RouteObject } from "react-router";
import type { Api } from "./api/client";
import { Layout } from "./components/layout";
import { Loading } from "./components/states";
import { ROOT_ROUTE } from "./context";
import { ErrorPage } from "./pages/error";
import { NotFound } from "./pages/not-found";

/** Return the routes of the site's pages. Most pages are separate chunks, which are loaded on demand. */
export function routes(api: Api): RouteObject[] {
  return [
    {
      id: ROOT_ROUTE,
      Component: Layout,
      HydrateFallback: Loading,
      ErrorBoundary: ErrorPage,
      loader: ({ request }) => {
        if (!api.session.signedIn) return null;
        // The pages show their own errors; the header just shows no name.
        return api.currentUser(request.signal).catch(() => null);
      },
      // The signed-in person and their companies change only by a form.
      shouldRevalidate: ({ formMethod }) => formMethod !== undefined && formMethod !== "GET",
      children: [
        {
          ErrorBoundary: ErrorPage,
          children: [
            { index: true, lazy: async () => (await import("./pages/home")).page },
            { path: "login", lazy: async () => (await import("./pages/login")).page(api) },
            { path: "signup", lazy: async () => (await import("./pages/signup")).page(api) },
            { path: "verify/:number", lazy: async () => (await import("./pages/verify")).page(api) },
            { path: "companies", lazy: async () => (await import("./pages/companies")).page(api) },
            { path: "companies/new", lazy: async () => (await import("./pages/new-company")).page(api) },
            { path: "companies/:companyId", lazy: async () => (await import("./pages/company")).page(api) },
            { path: "certificates", lazy: async () => (await import("./pages/certificates")).page(api) },
            {
              path: "certificates/:certificateId",
              lazy: async () => (await import("./pages/certificate")).page(api),
            },
            { path: "documents", lazy: async () => (await import("./pages/documents")).page(api) },
            { path: "platform", lazy: async () => (await import("./pages/platform")).page },
            { path: "*", Component: NotFound },
          ],
        },
      ],
    },
  ];
}
