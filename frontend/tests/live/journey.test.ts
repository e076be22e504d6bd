/**
 * The way of a person through a deployed site, with its real API and storage. SITE_URL is the site's address, UPLOAD the
 * PDF file that is uploaded, and SCREENSHOTS a folder for pictures. `tests/e2e/test_calls.py` sets the first two.
 */

import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, findings, launchChromium, listen, overflow } from "../browser/chromium.ts";

const { SITE_URL: siteUrl, UPLOAD: upload, SCREENSHOTS: pictures } = process.env;
const PASSWORD = "a few words in a row";

const SCREENS = [
  { screen: "desktop", options: { viewport: { width: 1280, height: 800 } } },
  {
    screen: "phone",
    options: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
  },
] as const;

describe.skipIf(siteUrl === undefined || chromiumPath === undefined)("a person at the deployed site", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  // Side by side, because a person mostly waits; what one person does comes in its order.
  describe.concurrent.each(SCREENS)("with a $screen", ({ screen, options }) => {
    const complaints: string[] = [];
    const email = `${screen}-${Date.now()}@example.com`;
    let context: BrowserContext;
    let page: Page;
    beforeAll(async () => {
      context = await browser.newContext({ ...options, baseURL: siteUrl ?? "", reducedMotion: "reduce" });
      context.setDefaultTimeout(90_000);
      page = await context.newPage();
      listen(page, complaints);
    });
    afterAll(async () => {
      await context.close();
      expect(complaints).toEqual([]);
    });

    /** Wait for a page, keep a picture of it, and look for what hinders people. */
    async function check(heading: string | RegExp, name: string): Promise<void> {
      await page.getByRole("heading", { level: 1, name: heading }).waitFor();
      if (pictures) {
        await page.screenshot({
          path: join(pictures, `${name}-${screen}.png`),
          fullPage: screen === "desktop",
        });
      }
      expect(await findings(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    }

    async function logIn(): Promise<void> {
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
    }

    it.sequential("signs up, registers a company, uploads a file and gets it back", async () => {
      await page.goto("/");
      await check("Certificates that anybody can check", "home");
      await page.getByRole("banner").getByRole("link", { name: "Sign up" }).click();
      await check("Sign up", "signup");
      await page.getByLabel("Your name").fill("Musa Ibrahim");
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByRole("button", { name: "Create the account" }).click();
      await page.getByRole("heading", { level: 1, name: "Welcome, Musa Ibrahim" }).waitFor();

      await page.goto("/companies/new");
      await check("New company", "new-company");
      await page.getByLabel("Name", { exact: true }).fill("Musa Foods");
      await page.getByLabel("Registration number").fill(`${Date.now()}${screen[0]}`);
      await page.getByLabel("Street and number").fill("1 Jalan Sultan");
      await page.getByLabel("City").fill("Ipoh");
      await page.getByLabel("Country").selectOption("MY");
      await page.getByRole("button", { name: "Register the company" }).click();
      await page.getByRole("heading", { level: 1, name: "Musa Foods" }).waitFor();

      const file = upload ?? "";
      await page.getByLabel("File").setInputFiles(file);
      await page.getByLabel("Kind").selectOption("licence");
      const sent = page.waitForResponse((response) => response.request().method() === "POST");
      await page.getByRole("button", { name: "Upload" }).click();
      expect((await sent).status()).toBe(201);
      await page.getByText(`${basename(file)} was uploaded.`).waitFor();
      await page.reload();
      await check("Musa Foods", "company");
      const download = page.waitForEvent("download");
      await page.getByRole("button", { name: `Download ${basename(file)}` }).click();
      const saved = await download;
      expect(saved.suggestedFilename()).toBe(basename(file));
      expect((await readFile(await saved.path())).equals(await readFile(file))).toBe(true);
    });

    it.sequential("opens a deep link in a new window, and sees that a wrong one leads nowhere", async () => {
      const company = page.url();
      await page.goto("about:blank");
      await page.goto(company);
      await page.getByRole("heading", { level: 1, name: "Musa Foods" }).waitFor();
      await page.goto("/companies/b9b3a7a4-2f0a-4c39-93a3-37d40f9c7c0d");
      await check("Page not found", "no-company");
      await page.goto("/there/is/no/such/page");
      await check("Page not found", "not-found");
      await page.goto("/verify/HS-2026-999999");
      await check("HS-2026-999999", "verify");
    });

    it.sequential("sees which task answers, where it runs and how long it takes", async () => {
      await page.goto("/platform");
      const figure = (label: string) =>
        page.locator(".figure").filter({ has: page.getByText(label, { exact: true }) });
      // four readings, so that the chart has something to show
      await page
        .locator('td[data-label="Answers"]')
        .getByText(/^[4-9]$/)
        .waitFor();
      await check("Platform", "platform");
      const value = async (label: string) => (await figure(label).locator("dd").textContent()) ?? "";
      expect(await value("Task")).toMatch(/^[0-9a-f]{32}$/);
      expect(await value("Zone")).toMatch(/^us-east-1[a-f]$/);
      expect(await value("Capacity")).toMatch(/^(Spot|On demand)$/);
      expect(await value("Release")).toMatch(/^[0-9a-f]{12}$/);
      expect(await value("Database")).toMatch(/^Healthy, \d+ ms$/);
      expect(await value("Redis")).toMatch(/^Healthy, \d+ ms$/);
      expect(await value("Stack")).toBe("local");
      expect(await value("Median")).toMatch(/^\d+ ms$/);
      expect(await value("No answer")).toBe("0");
    });

    it.sequential("logs out, is kept out, and logs in again to where it was going", async () => {
      await page.getByRole("button", { name: "Log out" }).click();
      await page.getByRole("banner").getByRole("link", { name: "Log in" }).waitFor();
      await page.goto("/documents");
      await check("Log in", "login");
      await page.getByLabel("E-mail").fill(email);
      await page.getByLabel("Password").fill("not the password");
      await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
      await page.getByRole("alert").waitFor();
      await logIn();
      await check("Documents", "documents");
    });
  });
});
