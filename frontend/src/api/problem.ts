/** Errors of the API (RFC 9457 problem documents) and of the way to it. */

/** Why a call gave no result. `status` is 0 when no answer came. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    readonly status: number,
    /** One sentence for people. */
    message: string,
    /** What is wrong with single fields: from the field's path, such as `address.city`, to a sentence. */
    readonly fields: ReadonlyMap<string, string> = new Map(),
    /** Finds the request in the service's logs. */
    readonly requestId: string | null = null,
    /** How long the API asks to wait, in seconds. */
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message);
  }
}

/** The API knows no such session, or none any longer. */
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

/** Bring `body.address.city`, `/address/city` and `$.address.city` to `address.city`. */
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
  // An HTTP date begins with the name of a day; Date.parse takes numbers for years.
  const date = /^[A-Z]/i.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, (date - now) / 1000);
}

/** Turn an answer that is not 2xx into an error; a gateway's own answer (`{"message": ...}`, HTML) is understood too. */
export async function problemOf(answer: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    const parsed: unknown = await answer.json();
    if (typeof parsed === "object" && parsed !== null) body = parsed as Record<string, unknown>;
  } catch {
    // No JSON: the status says enough.
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
