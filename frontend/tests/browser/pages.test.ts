/** Every page, on a light desktop and a dark phone: axe finds nothing, nothing is wider than the screen. */

import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CERTIFICATES, COMPANIES } from "../fake/data.ts";
import { chromiumPath, findings, overflow } from "./chromium.ts";
import { logIn, type Site, startSite } from "./site.ts";

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

async function check(page: Page, name: string, heading: RegExp): Promise<void> {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
  expect(await page.title()).toMatch(heading);
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  expect(await findings(page)).toEqual([]);
  expect(await overflow(page)).toBe(0);
}

describe.skipIf(chromiumPath === undefined)("pages in Chromium", () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(async () => {
    await site.close();
    expect(site.complaints).toEqual([]);
  });

  describe.each(SCREENS)("$screen", ({ screen, viewport, colorScheme }) => {
    it("has nothing to complain about", async () => {
      const page = await site.open("/", { viewport, colorScheme, reducedMotion: "reduce" });
      for (const { name, path, heading } of OPEN_PAGES) {
        await page.goto(path);
        await check(page, `${name}-${screen}`, heading);
      }
      await page.goto("/login");
      await logIn(page);
      for (const { name, path, heading } of PAGES) {
        await page.goto(path);
        await check(page, `${name}-${screen}`, heading);
      }
      await page.context().close();
    });
  });
});
