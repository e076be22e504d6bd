import { describe, expect, it } from "vitest";
import { type Call, retryDelay, send, urlOf } from "../../src/api/http";
import { ApiError } from "../../src/api/problem";
import type { SiteConfig } from "../../src/config";
import { json, problem } from "../fake/answers.ts";

const CONFIG: SiteConfig = { apiUrl: "https://api.example.com/v1", apiKey: "key", stack: "test" };
const GET: Call = { method: "GET", path: "/companies" };
const POST: Call = { method: "POST", path: "/companies", body: { name: "a" } };

/** A transport that gives the answers in turn and takes down what it was asked and how long it would have waited. */
function scripted(...answers: (Response | Error)[]) {
  const requests: Request[] = [];
  const waits: number[] = [];
  const waiting: boolean[] = [];
  const transport = {
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      requests.push(new Request(input, init));
      const answer = answers.shift();
      if (answer === undefined) throw new Error("one request too many");
      if (answer instanceof Error) throw answer;
      return answer;
    },
    sleep: async (milliseconds: number) => {
      waits.push(milliseconds);
    },
    onWait: (isWaiting: boolean) => {
      waiting.push(isWaiting);
    },
  };
  return { transport, requests, waits, waiting };
}

const failure = (status: number, retryAfter: number | null = null) =>
  new ApiError(status, "", new Map(), null, retryAfter);

describe("retryDelay", () => {
  const none = () => 0;

  it.each([0, 429, 502, 503, 504])("repeats a GET after %d, each time later", (status) => {
    const delays = [1, 2, 3, 4].map((attempt) => retryDelay(failure(status), true, attempt, none));
    expect(delays).toEqual([500, 1000, 2000, null]);
  });

  it.each([400, 401, 403, 404, 409, 500])("does not repeat after %d", (status) => {
    expect(retryDelay(failure(status), true, 1)).toBeNull();
  });

  it.each([0, 502, 503, 504])("never repeats a POST that may have been taken: %d", (status) => {
    expect(retryDelay(failure(status), false, 1)).toBeNull();
  });

  it("repeats a POST that was refused with 429", () => {
    expect(retryDelay(failure(429, 3), false, 1, none)).toBe(3000);
  });

  it("does not repeat a POST after 503 with Retry-After: its COMMIT may have gone through", () => {
    expect(retryDelay(failure(503, 1), false, 1)).toBeNull();
  });

  it("spreads clients that were turned away together", () => {
    expect(retryDelay(failure(429, 3), true, 1, () => 1)).toBe(3500);
  });

  it("leaves a long wait to the person", () => {
    expect(retryDelay(failure(429, 60), true, 1)).toBeNull();
  });
});

describe("urlOf", () => {
  it("leaves out what is empty and escapes the rest", () => {
    const query = { q: "a&b=c", status: "", cursor: undefined };
    expect(urlOf(CONFIG, { path: "/companies", query })).toBe(
      "https://api.example.com/v1/companies?q=a%26b%3Dc",
    );
  });
});

describe("send", () => {
  it("sends the key, the token and JSON, and no cookies", async () => {
    const { transport, requests } = scripted(json(201, { id: "1" }));
    await send(CONFIG, { ...POST, accessToken: "token" }, transport);
    const [request] = requests;
    expect(request?.headers.get("X-Api-Key")).toBe("key");
    expect(request?.headers.get("Authorization")).toBe("Bearer token");
    expect(request?.headers.get("Content-Type")).toBe("application/json");
    expect(request?.credentials).toBe("omit");
    expect(await request?.json()).toEqual({ name: "a" });
  });

  it("sends no key where there is none", async () => {
    const { transport, requests } = scripted(json(200, {}));
    await send({ ...CONFIG, apiKey: null }, GET, transport);
    expect(requests[0]?.headers.has("X-Api-Key")).toBe(false);
  });

  it("waits as long as it is told and says so", async () => {
    const busy = problem(503, "Draining.", {}, { "Retry-After": "2" });
    const { transport, waits, waiting } = scripted(busy, json(200, { items: [] }));
    expect(await send(CONFIG, GET, transport)).toEqual({ items: [] });
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(2000);
    expect(waiting).toEqual([true, false]);
  });

  it.each(["GET", "PUT", "DELETE"] as const)("repeats a %s that was answered with 503", async (method) => {
    const { transport, requests } = scripted(problem(503, "Away."), new Response(null, { status: 204 }));
    await send(CONFIG, { method, path: "/companies/1" }, transport);
    expect(requests).toHaveLength(2);
  });

  it.each(["POST", "PATCH"] as const)("makes a %s once when it may have been done", async (method) => {
    for (const answer of [
      problem(503, "Away.", {}, { "Retry-After": "1" }),
      new TypeError("Failed to fetch"),
    ]) {
      const { transport, requests, waits } = scripted(answer);
      await expect(send(CONFIG, { ...POST, method }, transport)).rejects.toBeInstanceOf(ApiError);
      expect(requests).toHaveLength(1);
      expect(waits).toEqual([]);
    }
  });

  it("repeats a POST that may be made twice", async () => {
    const { transport, requests } = scripted(problem(503, "Away."), json(201, {}));
    await send(CONFIG, { ...POST, isRepeatable: true }, transport);
    expect(requests).toHaveLength(2);
  });

  it("gives up after four attempts with the last error", async () => {
    const busy = () => problem(503, "Draining.");
    const { transport, requests } = scripted(busy(), busy(), busy(), busy());
    await expect(send(CONFIG, GET, transport)).rejects.toThrow("Draining.");
    expect(requests).toHaveLength(4);
  });

  it("says that there is no connection", async () => {
    const { transport } = scripted(new TypeError("Failed to fetch"));
    await expect(send(CONFIG, POST, transport)).rejects.toMatchObject({
      status: 0,
      message: "There is no connection.",
    });
  });

  it("says so when a web page answers in the API's place", async () => {
    const { transport } = scripted(new Response("<!doctype html>", { status: 200 }));
    await expect(send(CONFIG, GET, transport)).rejects.toThrow("not JSON");
  });

  it("takes 204 as no content", async () => {
    const { transport } = scripted(new Response(null, { status: 204 }));
    expect(await send(CONFIG, POST, transport)).toBeUndefined();
  });

  it("stops without a retry when the page is left", async () => {
    const controller = new AbortController();
    const { transport, requests } = scripted(new TypeError("aborted"));
    controller.abort(new DOMException("left", "AbortError"));
    await expect(send(CONFIG, { ...GET, signal: controller.signal }, transport)).rejects.toThrow("left");
    expect(requests.length).toBeLessThanOrEqual(1);
  });
});
