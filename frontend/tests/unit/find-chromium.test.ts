import { describe, expect, it } from "vitest";
import { findChromium } from "../browser/find-chromium.ts";

const DOWNLOADED = "/cache/ms-playwright/chromium-1/chrome";

function find(environment: Record<string, string>, ...existing: string[]): string | undefined {
  return findChromium(
    environment,
    () => DOWNLOADED,
    (path) => existing.includes(path),
  );
}

describe("findChromium", () => {
  it("takes the one that is named, even if others exist", () => {
    expect(find({ CHROMIUM: "/own/chrome", PATH: "/bin" }, "/bin/chromium", DOWNLOADED)).toBe("/own/chrome");
  });

  it("takes the one on PATH before the downloaded one", () => {
    expect(find({ PATH: "/a:/b" }, "/b/google-chrome", DOWNLOADED)).toBe("/b/google-chrome");
    expect(find({ PATH: "/a:/b" }, "/a/google-chrome", "/b/chromium")).toBe("/b/chromium");
  });

  it("takes the downloaded one when there is no other", () => {
    expect(find({ PATH: "/a" }, DOWNLOADED)).toBe(DOWNLOADED);
  });

  it("finds none when nothing is installed, or Playwright has none for the platform", () => {
    expect(find({ PATH: "/a" })).toBeUndefined();
    const throwing = () => {
      throw new Error("not supported");
    };
    expect(findChromium({ PATH: "" }, throwing, () => true)).toBeUndefined();
  });
});
