/** Errors of the API (RFC 9457 problem documents) and of the connection to it. */

/** The error of a call. `status` is 0 if no response came. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    /** One sentence for people. */
    message: string,
    /** Errors of single fields: a sentence by the field's path, such as `address.city`. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    /** Id of the request in the service's logs; null if it is not known. */
    readonly requestId: string | null = null,
    /** Seconds to wait before a retry, from the API; null if it named none. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** Return whether the error means that there is no valid session (401). */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401;
}

const SENTENCES: Readonly<Record<number, string>> = {
  400: "The request was not understood.",
  401: "You are not signed in.",
  403: "You are not allowed to do this.",
  404: "This does not exist, or you may not see it.",
  409: "This is not possible in the present state.",
  413: "The file is too large.",
  429: "There are too many requests right now.",
  502: "The service could not be reached.",
  503: "The service is busy or being updated.",
  504: "The service took too long to answer.",
};

/** Convert `body.address.city`, `/address/city` and `$.address.city` to `address.city`. */
function fieldPath(path: string): string {
  return path
    .replaceAll("/", ".")
    .replace(/^\$?\.+/, "")
    .replace(/^body\./, "");
}

function fieldErrors(errors: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(errors)) return fields;
  for (const error of errors as unknown[]) {
    if (typeof error !== "object" || error === null) continue;
    const { path, message } = error as Record<string, unknown>;
    if (typeof path === "string" && typeof message === "string") fields.set(fieldPath(path), message);
  }
  return fields;
}

/**
 * Read a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3).
 *
 * @returns Seconds, at least 0; null without a usable value.
 */
export function retryAfterSeconds(header: string | null, now: number = Date.now()): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  // An HTTP date begins with the name of a day. Other texts are refused, because Date.parse reads numbers as years.
  const date = /^[A-Z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** Convert a response that is not 2xx to an error. API Gateway's own responses (`{"message": ...}`, HTML) work too. */
export async function problemOf(answer: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await answer.json();
    if (typeof parsed === "object" && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // The body is not JSON, so the message follows from the status.
  }
  const said = [body.detail, body.title].find((value) => typeof value === "string" && value !== "");
  const message = said ?? SENTENCES[answer.status] ?? `The service answered with error ${answer.status}.`;
  const requestId = typeof body.requestId === "string" ? body.requestId : answer.headers.get("X-Request-Id");
  return new ApiError(
    answer.status,
    String(message),
    fieldErrors(body.errors),
    requestId,
    retryAfterSeconds(answer.headers.get("Retry-After")),
  );
}
