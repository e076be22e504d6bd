/** The way of a person through the built site: account, company, upload, deep links, keyboard, the end of a session. */

import { setTimeout as wait } from "node:timers/promises";
import { describe, expect } from "vitest";
import { COMPANIES } from "../fake/data.ts";
import { chromiumPath } from "./chromium.ts";
import { it, logIn } from "./site.ts";

describe.skipIf(chromiumPath === undefined)("a person in Chromium", () => {
  it.afterEach(({ site }) => {
    expect(site.complaints).toEqual([]);
  });

  it("signs up, registers a company, uploads a file and finds it again after a reload", async ({ site }) => {
    const page = await site.open("/companies/new", { viewport: { width: 390, height: 844 }, hasTouch: true });
    await page.getByRole("main").getByRole("link", { name: "Sign up" }).click();
    await page.getByLabel("Your name").fill("Musa Ibrahim");
    await page.getByLabel("E-mail").fill("musa@example.com");
    await page.getByLabel("Password").fill("a few words in a row");
    await page.getByRole("button", { name: "Create the account" }).click();

    await page.getByRole("heading", { name: "New company" }).waitFor();
    await page.getByLabel("Name", { exact: true }).fill("Musa Foods");
    await page.getByLabel("Registration number").fill("4711");
    await page.getByLabel("Street and number").fill("1 Jalan Sultan");
    await page.getByLabel("City").fill("Ipoh");
    await page.getByLabel("Country").selectOption("MY");
    await page.getByRole("button", { name: "Register the company" }).click();

    await page.getByRole("heading", { name: "Musa Foods" }).waitFor();
    const content = Buffer.alloc(3_000_000, "x");
    await page
      .getByLabel("File")
      .setInputFiles({ name: "licence.pdf", mimeType: "application/pdf", buffer: content });
    await page.getByLabel("Kind").selectOption("licence");
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByText("licence.pdf was uploaded.").waitFor();
    expect(site.api.documents[0]).toMatchObject({
      title: "licence.pdf",
      sizeBytes: content.length,
      kind: "licence",
    });

    await page.reload();
    await page.getByRole("heading", { name: "Musa Foods" }).waitFor();
    await page.getByText("3 MB").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download licence.pdf" }).click();
    await (await download).cancel();
    await page.context().close();
  });

  it("sees how far an upload is and can cancel it", async ({ site }) => {
    const page = await site.open("/login");
    await logIn(page);
    await page.goto(`/companies/${COMPANIES[0]?.id}`);
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route("**/api/storage", async (route) => {
      await Promise.race([held, wait(30_000)]);
      await route.abort();
    });
    const buffer = Buffer.from("content");
    await page.getByLabel("File").setInputFiles({ name: "a.pdf", mimeType: "application/pdf", buffer });
    await page.getByLabel("Kind").selectOption("other");
    await page.getByRole("button", { name: "Upload" }).click();
    await page.getByRole("progressbar", { name: "Uploading a.pdf" }).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("progressbar").waitFor({ state: "detached" });
    expect(await page.getByRole("alert").count()).toBe(0);
    goOn();
    await page.context().close();
  });

  it("comes to the content and through the pages by keyboard", async ({ site }) => {
    const page = await site.open("/login");
    await logIn(page);
    await page.goto("/certificates");
    await page.getByRole("heading", { level: 1 }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
    await page.keyboard.press("Tab");
    await page.keyboard.type("slaughter");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/certificates?q=slaughter&status=");
    await page.getByRole("link", { name: /HS-2026-000124/ }).focus();
    await page.keyboard.press("Enter");
    const heading = page.getByRole("heading", { level: 1, name: "Certificate HS-2026-000124" });
    await heading.waitFor();
    expect(await focused()).toBe("Certificate HS-2026-000124");
    await page.goBack();
    await page.getByRole("searchbox").waitFor();
    expect(await page.getByRole("searchbox").inputValue()).toBe("slaughter");
    await page.context().close();
  });

  it("is asked to log in again when the session has ended, and comes back", async ({ site }) => {
    const page = await site.open("/login");
    await logIn(page);
    await page.getByRole("heading", { name: /Welcome/ }).waitFor();
    site.api.endSessions();
    await page.getByRole("navigation").getByRole("link", { name: "Documents" }).click();
    await page.getByText("Your session has ended.").waitFor();
    await logIn(page);
    await page.getByRole("heading", { level: 1, name: "Documents" }).waitFor();
    await page.context().close();
  });

  it("gets the stack's settings from config.json, and a clear word when they are wrong", async ({ site }) => {
    const page = await site.open("/");
    const settings = { apiUrl: "/api", stack: "staging-7" };
    await page.route("**/config.json", (route) => route.fulfill({ json: settings }));
    await page.reload();
    await page.getByText("staging-7").waitFor();
    settings.apiUrl = "api.example.com";
    await page.reload();
    await page.getByRole("heading", { name: "The site cannot start" }).waitFor();
    await page.getByText('apiUrl is "api.example.com"').waitFor();
    await page.context().close();
  });
});
