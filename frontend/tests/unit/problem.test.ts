import { describe, expect, it } from "vitest";
import { problemOf, retryAfterSeconds } from "../../src/api/problem";
import { json, problem } from "../fake/answers.ts";

describe("problemOf", () => {
  it("keeps the sentence, the request's id and the errors by field", async () => {
    const fields = {
      "body.name": "Too long.",
      "/address/city": "Missing.",
      "$.website": "No address.",
      email: "Taken.",
    };
    const error = await problemOf(problem(422, "The company was not taken.", fields, { "Retry-After": "4" }));
    expect(error).toMatchObject({
      status: 422,
      message: "The company was not taken.",
      requestId: "req-0001",
      retryAfterSeconds: 4,
    });
    expect(Object.fromEntries(error.fields)).toEqual({
      name: "Too long.",
      "address.city": "Missing.",
      website: "No address.",
      email: "Taken.",
    });
  });

  it("understands what a gateway answers by itself", async () => {
    const error = await problemOf(json(429, { message: "Limit Exceeded" }, { "X-Request-Id": "abc" }));
    expect(error).toMatchObject({ message: "There are too many requests right now.", requestId: "abc" });
  });

  it("has a sentence for a page of HTML and for a status that is not known", async () => {
    const html = new Response("<html>", { status: 504, headers: { "Content-Type": "text/html" } });
    expect((await problemOf(html)).message).toBe("The service took too long to answer.");
    expect((await problemOf(new Response("", { status: 418 }))).message).toContain("418");
  });

  it("passes over errors that are no errors", async () => {
    const error = await problemOf(
      json(400, { detail: "No.", errors: [null, "x", { path: 1, message: "a" }] }),
    );
    expect(error.fields.size).toBe(0);
  });
});

describe("retryAfterSeconds", () => {
  const now = Date.parse("2026-01-12T08:00:00Z");
  it.each([
    ["3", 3],
    ["0", 0],
    ["Mon, 12 Jan 2026 08:00:07 GMT", 7],
    ["Mon, 12 Jan 2026 07:00:00 GMT", 0],
    ["soon", null],
    ["-1", null],
    [null, null],
  ])("reads %s", (header, seconds) => {
    expect(retryAfterSeconds(header, now)).toBe(seconds);
  });
});
