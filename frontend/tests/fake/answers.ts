/** The forms that the fake API's answers have. */

export function inMinutes(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

export function problem(
  status: number,
  detail: string,
  fields: Readonly<Record<string, string>> = {},
  headers: Record<string, string> = {},
): Response {
  const errors = Object.entries(fields).map(([path, message]) => ({ path, message }));
  const body = { type: "about:blank", title: detail, status, detail, requestId: "req-0001", errors };
  return json(status, body, { "Content-Type": "application/problem+json", ...headers });
}

export function xml(status: number, code: string): Response {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message><RequestId>S3R</RequestId></Error>`;
  return new Response(body, { status, headers: { "Content-Type": "application/xml" } });
}

export function one(items: readonly { readonly id: string }[], parameters: readonly string[]): Response {
  const item = items.find(({ id }) => id === parameters[0]);
  return item ? json(200, item) : problem(404, "There is no such thing, or it is not visible to this user.");
}

/** Items that carry the words of `q` and have the values of the other parameters. */
export function search<Item extends object>(items: readonly Item[], query: URLSearchParams): Item[] {
  const q = query.get("q")?.toLowerCase() ?? "";
  const wanted = [...query].filter(([name]) => !["q", "cursor", "limit", "sort"].includes(name));
  return items.filter(
    (item) =>
      JSON.stringify(item).toLowerCase().includes(q) &&
      wanted.every(([name, value]) => (item as Record<string, unknown>)[name] === value),
  );
}

export function page(items: readonly unknown[], query: URLSearchParams): Response {
  const start = Number(query.get("cursor") ?? 0);
  const limit = Number(query.get("limit") ?? 20);
  const end = start + limit;
  return json(200, { items: items.slice(start, end), nextCursor: end < items.length ? String(end) : null });
}
