/** One call of the API: headers, time limit, retries. */

import type { SiteConfig } from "../config";
import { ApiError, problemOf } from "./problem";

export interface Call {
  readonly method: "GET" | "PUT" | "DELETE" | "POST" | "PATCH";
  /** Path within the API, beginning with a slash. */
  readonly path: string;
  /** Empty and missing values are left out. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Whether the call may be made twice; without it the method says so. */
  readonly isRepeatable?: boolean;
  readonly accessToken?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Transport {
  readonly fetch: typeof fetch;
  /** Wait; rejects when the signal ends it. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** Tells the page that a call waits for its next attempt, and that it goes on. */
  readonly onWait: (waiting: boolean) => void;
}

/** A REST API of API Gateway answers within 29 s, its default integration timeout ("Amazon API Gateway quotas"). */
const TIMEOUT_MS = 30_000;
const MAX_ATTEMPTS = 4;
/** A longer wait is for the person to decide on, so the error is shown instead. */
const MAX_WAIT_SECONDS = 10;

/** Methods that have the same effect when they are sent twice (RFC 9110, section 9.2.2). */
const IDEMPOTENT: readonly Call["method"][] = ["GET", "PUT", "DELETE"];

/**
 * How long to wait before the next attempt.
 *
 * A repeatable call is repeated after any failure that may pass. Another one is repeated only after 429, which says
 * that the request was not begun. After 503, with Retry-After too, it may have been done: the service's connection to
 * its database may have broken while it committed.
 *
 * @param attempt - Attempts made so far, from 1.
 * @returns Milliseconds; null when there should be no further attempt.
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
  // Clients that were turned away together should not come back together.
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
 * Make a call once.
 *
 * @returns The parsed JSON; undefined for 204.
 * @throws ApiError; the signal's reason when it is aborted.
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
    // A site that answers unknown paths with its index.html does this when apiUrl is wrong.
    throw new ApiError(response.status, "The API's address answers with something that is not JSON.");
  }
}

/**
 * Make a call and repeat it while that helps.
 *
 * @returns The parsed JSON; undefined for 204.
 * @throws ApiError; the signal's reason when it is aborted.
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
