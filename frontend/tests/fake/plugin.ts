/** Serves the fake API from Vite's own servers, for `npm run dev:fake`, `npm run preview:fake` and the browser tests. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import type { Connect, Plugin } from "vite";
import { FakeApi } from "./api.ts";

const BASE = "/api";

/** The Content-Security-Policy of the platform's site, stricter in one point: inline styles are refused too. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "base-uri 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "object-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
].join("; ");

export function requestOf(incoming: IncomingMessage): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers.set(name, String(value));
  }
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  return new Request(`http://${incoming.headers.host ?? "localhost"}${incoming.url ?? "/"}`, {
    method: incoming.method ?? "GET",
    headers,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream, duplex: "half" } : {}),
  } as RequestInit);
}

export async function give(answer: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.writeHead(answer.status, Object.fromEntries(answer.headers));
  outgoing.end(Buffer.from(await answer.arrayBuffer()));
}

function middleware(api: FakeApi): Connect.NextHandleFunction {
  return (incoming, outgoing, next) => {
    if (!incoming.url?.startsWith(`${BASE}/`)) return next();
    api
      .answer(requestOf(incoming), BASE)
      .then((answer) => give(answer, outgoing))
      .catch(next);
  };
}

export function fakeApi(api: FakeApi = new FakeApi()): Plugin {
  return {
    name: "fake-api",
    configureServer: (server) => {
      server.middlewares.use(middleware(api));
    },
    configurePreviewServer: (server) => {
      server.middlewares.use((_incoming, outgoing, next) => {
        outgoing.setHeader("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        next();
      });
      server.middlewares.use(middleware(api));
    },
  };
}
