/** Makes calls of the API: headers, timeout, retries. */

import type { SiteConfig } from "../config";
import { ApiError, problemOf } from "./problem";

export interface Call {
  readonly method: "GET" | "PUT" | "DELETE" | "POST" | "PATCH";
  /** Path within the API, beginning with a slash. */
  readonly path: string;
  /** Empty and missing values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Whether the call may be repeated; if undefined, the method decides. */
  readonly isRepeatable?: boolean;
  readonly accessToken?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  readonly fetch: typeof fetch;
  /** Wait for some milliseconds; rejects if the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Called with true when a call starts to wait for its next attempt, and with false when the wait ends. */
  readonly onWait: (waiting: boolean) => void;
}

/** A REST API of API Gateway answers within 29 s, its default integration timeout ("Amazon API Gateway quotas"). */
const TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 4;
/** If the wait would be longer, the error is shown instead, so that the person can decide. */
const MAX_WAIT_SECONDS = 10;

/** Methods that have the same effect when they are sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT: readonly Call["method"][] = ["GET", "PUT", "DELETE"];

/**
 * Return how long to wait before the next attempt.
 *
 * A repeatable call is repeated after any temporary failure. Other calls are repeated only after 429, which means that
 * the request was not started. After 503, even with Retry-After, the request may have been carried out: the service's
 * connection to its database may have broken during the commit.
 *
 * @param attempt - Number of attempts made so far, from 1.
 * @returns Milliseconds; null if there should be no further attempt.
 */
export function retryDelay(
  error: ApiError,
  isRepeatable: boolean,
  attempt: number,
  random: () => number = Math.random,
): number | null {
  if (attempt >= MAX_ATTEMPTS) return null;
  const mayPass = isRepeatable ? [0, 429, 502, 503, 504] : [429];
  if (!mayPass.includes(error.status)) return null;
  const backoffSeconds = 0.5 * 2 ** (attempt - 1);
  const seconds = error.retryAfterSeconds ?? backoffSeconds;
  if (seconds > MAX_WAIT_SECONDS) return null;
  // The random part spreads the retries of clients that were refused at the same time.
  return Math.round((seconds + backoffSeconds * random()) * 1000);
}

export function urlOf(config: SiteConfig, call: Pick<Call, "path" | "query">): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value) query.set(name, value);
  }
  return config.apiUrl + call.path + (query.size > 0 ? `?${query}` : "");
}

function headersOf(config: SiteConfig, call: Call): Headers {
  const headers = new Headers({ Accept: "application/json, application/problem+json" });
  if (config.apiKey !== null) headers.set("X-Api-Key", config.apiKey);
  if (call.accessToken !== undefined) headers.set("Authorization", `Bearer ${call.accessToken}`);
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  return headers;
}

/**
 * Make a call once, without retries.
 *
 * @returns The parsed JSON; undefined for 204.
 * @throws ApiError; the signal's reason if it is aborted.
 */
export async function sendOnce(config: SiteConfig, call: Call, transport: Transport): Promise<unknown> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let response: Response;
  try {
    response = await transport.fetch(urlOf(config, call), {
      method: call.method,
      headers: headersOf(config, call),
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: call.signal ? AbortSignal.any([call.signal, timeout]) : timeout,
      credentials: "omit",
      cache: "no-store",
    });
  } catch {
    call.signal?.throwIfAborted();
    throw new ApiError(
      0,
      timeout.aborted ? "The service took too long to answer." : "There is no connection.",
    );
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined;
  try {
    return await response.json();
  } catch {
    call.signal?.throwIfAborted();
    // This happens if apiUrl is wrong and a site answers unknown paths with its index.html.
    throw new ApiError(response.status, "The API's address answers with something that is not JSON.");
  }
}

/**
 * Make a call, and retry it after temporary failures.
 *
 * @returns The parsed JSON; undefined for 204.
 * @throws ApiError; the signal's reason if it is aborted.
 */
export async function send(config: SiteConfig, call: Call, transport: Transport): Promise<unknown> {
  const isRepeatable = call.isRepeatable ?? IDEMPOTENT.includes(call.method);
  for (let made = 1; ; made += 1) {
    try {
      return await sendOnce(config, call, transport);
    } catch (error) {
      const delay = error instanceof ApiError ? retryDelay(error, isRepeatable, made) : null;
      if (delay === null) throw error;
      transport.onWait(true);
      try {
        await transport.sleep(delay, call.signal);
      } finally {
        transport.onWait(false);
      }
    }
  }
}
