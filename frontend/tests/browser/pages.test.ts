/** Every page, on a light desktop and a dark phone: axe finds nothing, nothing is wider than the screen. */

import { join } from "node:path";
import type { Page } from "playwright-core";
import { describe, expect } from "vitest";
import { CERTIFICATES, COMPANIES } from "../fake/data.ts";
import { chromiumPath, findings, overflow } from "./chromium.ts";
import { it, logIn } from "./site.ts";

/** A folder to keep a picture of each page in. */
const pictures = process.env.SCREENSHOTS;

const PAGES: readonly { readonly name: string; readonly path: string; readonly heading: RegExp }[] = [
  { name: "home", path: "/", heading: /Welcome/ },
  { name: "verify", path: "/verify/HS-2026-000123", heading: /HS-2026-000123/ },
  { name: "verify-unknown", path: "/verify/HS-2026-999999", heading: /HS-2026-999999/ },
  { name: "companies", path: "/companies", heading: /Companies/ },
  { name: "companies-none", path: "/companies?q=nothing-has-this-name", heading: /Companies/ },
  { name: "new-company", path: "/companies/new", heading: /New company/ },
  { name: "company", path: `/companies/${COMPANIES[0]?.id}`, heading: /Sari Foods/ },
  { name: "certificates", path: "/certificates", heading: /Certificates/ },
  { name: "certificate", path: `/certificates/${CERTIFICATES[0]?.id}`, heading: /HS-2026-000123/ },
  { name: "documents", path: "/documents", heading: /Documents/ },
  { name: "platform", path: "/platform", heading: /Platform/ },
  { name: "not-found", path: "/there/is/no/such/page", heading: /Page not found/ },
  { name: "no-company", path: "/companies/none", heading: /Page not found/ },
];

const OPEN_PAGES = [
  { name: "home-open", path: "/", heading: /Certificates that anybody can check/ },
  { name: "login", path: "/login?reason=ended", heading: /Log in/ },
  { name: "signup", path: "/signup", heading: /Sign up/ },
] as const;

const SCREENS = [
  { screen: "desktop", viewport: { width: 1280, height: 800 }, colorScheme: "light" },
  // The narrowest screen that content must fit (WCAG 2.2, 1.4.10 Reflow).
  { screen: "phone", viewport: { width: 320, height: 640 }, colorScheme: "dark" },
] as const;

/** Look at a page on each screen. No script of the site asks for the screen, so that one load is enough. */
async function check(page: Page, name: string, heading: RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  expect(await page.title()).toMatch(heading);
  for (const { screen, viewport, colorScheme } of SCREENS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    expect(await screenOf(page), `${name} on a ${screen}`).toEqual([viewport.width, colorScheme]);
    if (pictures) await page.screenshot({ path: join(pictures, `${name}-${screen}.png`), fullPage: true });
    expect(await findings(page), `${name} on a ${screen}`).toEqual([]);
    expect(await overflow(page), `${name} on a ${screen}`).toBe(0);
  }
}

function screenOf(page: Page): Promise<[number, string]> {
  return page.evaluate(() => [
    window.innerWidth,
    window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
  ]);
}

describe.skipIf(chromiumPath === undefined)("pages in Chromium", () => {
  it.afterEach(({ site }) => {
    expect(site.complaints).toEqual([]);
  });

  it("has nothing to complain about on a desktop and on a phone", async ({ site }) => {
    const page = await site.open("/", { reducedMotion: "reduce" });
    for (const { name, path, heading } of OPEN_PAGES) {
      await page.goto(path);
      await check(page, name, heading);
    }
    await page.goto("/login");
    await logIn(page);
    for (const { name, path, heading } of PAGES) {
      await page.goto(path);
      await check(page, name, heading);
    }
    await page.context().close();
  });
});
