/**
 * The built site with the fake API on a free port of loopback, and a Chromium to open it. All files of tests share the
 * build and the browser, because vite.config.ts runs them in one worker; each has its own API.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { build, preview } from "vite";
import { test } from "vitest";
import { FakeApi } from "../fake/api.ts";
import { fakeApi } from "../fake/plugin.ts";
import { launchChromium, listen } from "./chromium.ts";

export interface Site {
  readonly api: FakeApi;
  /** Open a page of the site in a browser of its own, so without a session. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  /** What browsers complained about so far: errors of scripts and breaches of the Content-Security-Policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

const PRODUCTION = { logLevel: "warn", mode: "production" } as const;

export const it = test
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads which fixtures a fixture needs from this pattern
  .extend("outDir", { scope: "worker" }, async ({}, { onCleanup }) => {
    const outDir = await mkdtemp(join(tmpdir(), "site-"));
    onCleanup(() => rm(outDir, { recursive: true }));
    await build({ ...PRODUCTION, build: { outDir, emptyOutDir: true } });
    return outDir;
  })
  // biome-ignore lint/correctness/noEmptyPattern: as above
  .extend("browser", { scope: "worker" }, async ({}, { onCleanup }) => {
    const browser = await launchChromium();
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("site", { scope: "file" }, async ({ outDir, browser }, { onCleanup }) => {
    const site = await startSite(outDir, browser);
    onCleanup(() => site.close());
    return site;
  });

async function startSite(outDir: string, browser: Browser): Promise<Site> {
  const api = new FakeApi();
  const complaints: string[] = [];
  const server = await preview({
    ...PRODUCTION,
    build: { outDir },
    plugins: [fakeApi(api)],
    preview: { port: 0, host: "127.0.0.1" },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("the preview server has no port");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    api,
    complaints,
    async open(path, options = {}) {
      const context = await browser.newContext({ baseURL: url, ...options });
      const page = await context.newPage();
      listen(page, complaints);
      await page.goto(path);
      return page;
    },
    async close() {
      await new Promise((resolve) => server.httpServer.close(resolve));
    },
  };
}

/** Log in, and wait until the site has the session: a page that is opened before has none. */
export async function logIn(page: Page): Promise<void> {
  await page.getByLabel("E-mail").fill("aisyah@example.com");
  await page.getByLabel("Password").fill("correct horse battery staple");
  await page.getByRole("main").getByRole("button", { name: "Log in" }).click();
  await page.getByRole("heading", { level: 1, name: "Log in" }).waitFor({ state: "detached" });
}
