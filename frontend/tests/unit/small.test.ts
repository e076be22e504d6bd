import { afterEach, describe, expect, it, vi } from "vitest";
import { sleep } from "../../src/api/sleep";
import { countries } from "../../src/countries";
import { countryName, dateText, sizeText, words } from "../../src/format";
import { loginPath, nextPath } from "../../src/guard";
import { reloadForNewRelease } from "../../src/new-release";
import { companyOf } from "../../src/pages/new-company";
import { memoryStorage } from "./memory-storage";

describe("format", () => {
  it("writes values for people", () => {
    expect(countryName("MY")).toBe("Malaysia");
    expect(countryName("x")).toBe("x");
    expect(dateText("2026-01-31")).toBe("Jan 31, 2026");
    expect(dateText("unknown")).toBe("unknown");
    expect(words("food-processing")).toBe("Food processing");
  });

  it.each([
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [482_113, "482.1 kB"],
    [500_000_000, "500 MB"],
  ])("writes %d bytes as %s", (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });
});

describe("countries", () => {
  it("has each country once, all with a name", () => {
    const all = countries();
    expect(new Set(all.map(({ code }) => code)).size).toBe(249);
    expect(all.filter(({ code, name }) => code === name)).toEqual([]);
  });
});

describe("the way back after signing in", () => {
  it("comes back to the same page and search", () => {
    const path = loginPath(new URL("https://site.example/companies?q=a&b"), "ended");
    expect(nextPath(new URL(path, "https://site.example"))).toBe("/companies?q=a&b");
  });

  it.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "javascript:alert(1)",
    "http://[",
  ])("never leads to another site: %s", (next) => {
    const url = new URL(`https://site.example/login?${new URLSearchParams({ next })}`);
    expect(nextPath(url)).toBe("/");
  });
});

describe("companyOf", () => {
  it("leaves out what was left empty", () => {
    const form = new FormData();
    for (const [name, value] of [
      ["name", " Sari Foods "],
      ["registrationNumber", "1"],
      ["country", "MY"],
      ["line1", "12 Jalan"],
      ["city", "Shah Alam"],
      ["line2", " "],
      ["industry", ""],
    ] as const) {
      form.set(name, value);
    }
    expect(companyOf(form)).toEqual({
      name: "Sari Foods",
      registrationNumber: "1",
      country: "MY",
      address: { line1: "12 Jalan", city: "Shah Alam", country: "MY" },
    });
  });
});

describe("reloadForNewRelease", () => {
  it("reloads once, and lets the error through when that did not help", () => {
    const reload = vi.fn();
    const storage = memoryStorage();
    const event = () => new Event("vite:preloadError", { cancelable: true });
    const [first, second, later] = [event(), event(), event()];
    reloadForNewRelease(first, storage, reload, 1_000_000);
    reloadForNewRelease(second, storage, reload, 1_030_000);
    expect(reload).toHaveBeenCalledOnce();
    expect([first.defaultPrevented, second.defaultPrevented]).toEqual([true, false]);
    reloadForNewRelease(later, storage, reload, 1_061_000);
    expect(reload).toHaveBeenCalledTimes(2);
  });
});

describe("sleep", () => {
  afterEach(() => vi.useRealTimers());

  it("waits, or ends with the signal", async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const [done, stopped] = [sleep(1000), sleep(1000, controller.signal)];
    const refused = expect(stopped).rejects.toThrow("stop");
    controller.abort(new DOMException("stop", "AbortError"));
    await refused;
    await vi.advanceTimersByTimeAsync(1000);
    await done;
    await expect(sleep(1, controller.signal)).rejects.toThrow("stop");
    expect(vi.getTimerCount()).toBe(0);
  });
});
