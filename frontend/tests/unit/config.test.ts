import { describe, expect, it } from "vitest";
import { ConfigError, loadConfig, parseConfig } from "../../src/config";

const FALLBACK = { VITE_API_URL: "/api", VITE_API_KEY: "", VITE_STACK: "production" };

const answering =
  (body: string, type: string, status = 200): typeof fetch =>
  async () =>
    new Response(body, { status, headers: { "Content-Type": type } });

describe("parseConfig", () => {
  it("takes what the deploy wrote", () => {
    const content = { apiUrl: "https://api.example.com/v1/", apiKey: "abc", stack: "prod" };
    expect(parseConfig(content, FALLBACK)).toEqual({
      apiUrl: "https://api.example.com/v1",
      apiKey: "abc",
      stack: "prod",
    });
  });

  it("takes the build's values for what is left out", () => {
    expect(parseConfig({ apiKey: null }, FALLBACK)).toEqual({
      apiUrl: "/api",
      apiKey: null,
      stack: "production",
    });
  });

  it.each(["api.example.com", "//other.example.com", "javascript:alert(1)", "ftp://api.example.com"])(
    "refuses %s as the API's address",
    (apiUrl) => {
      expect(() => parseConfig({ apiUrl }, FALLBACK)).toThrow(`apiUrl is "${apiUrl}"`);
    },
  );

  it.each([null, [], "text", 3])("refuses %j as the whole file", (content) => {
    expect(() => parseConfig(content, FALLBACK)).toThrow(ConfigError);
  });

  it("names a key of a wrong type", () => {
    expect(() => parseConfig({ apiKey: 7 }, FALLBACK)).toThrow("apiKey is 7");
  });
});

describe("loadConfig", () => {
  it("reads the file, whatever type it was uploaded with", async () => {
    const config = await loadConfig(FALLBACK, answering('{"stack": "dev"}', "binary/octet-stream"));
    expect(config.stack).toBe("dev");
  });

  it.each([
    ["no file", answering("<Error/>", "application/xml", 403)],
    ["index.html instead of it", answering("<!doctype html>", "text/html")],
  ])("takes the build's values when there is %s", async (_case, fetchFile) => {
    expect((await loadConfig(FALLBACK, fetchFile)).stack).toBe("production");
  });

  it.each([
    ["is broken", answering("{", "application/json"), "not valid JSON"],
    ["cannot be served", answering("", "text/plain", 503), "answered 503"],
    ["cannot be reached", () => Promise.reject(new TypeError("Failed to fetch")), "no connection"],
  ])(
    "stops when the file %s: the API of another stack would be worse",
    async (_case, fetchFile, sentence) => {
      await expect(loadConfig(FALLBACK, fetchFile as typeof fetch)).rejects.toThrow(sentence);
    },
  );
});
