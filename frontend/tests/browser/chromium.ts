/** Chromium, and what it has to say against a page. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "./find-chromium.ts";

/** The browser of the tests; undefined when there is none. */
export const chromiumPath: string | undefined = findChromium(process.env, () => chromium.executablePath());
if (chromiumPath === undefined) process.stderr.write(`skipped: ${NO_CHROMIUM}\n`);

/**
 * Parts of the browser's own window that are pages, each in a process of its own. No test sees them, and they take as
 * much processor time as the site's page in each new context.
 */
const OWN_PAGES = ["InitialWebUI", "WebUIOmniboxPopup", "WebUIOmniboxAimPopup"];

/**
 * What Playwright turns off itself. Chromium reads only the last `--disable-features`, so its list must be repeated here
 * (github.com/microsoft/playwright/issues/36658).
 */
const OFF_IN_PLAYWRIGHT = [
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "AimEnabled",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? "chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      `--disable-features=${[...OFF_IN_PLAYWRIGHT, ...OWN_PAGES].join()}`,
    ],
  });
}

/** Add to `complaints` what the browser complains about: errors of scripts and breaches of the Content-Security-Policy. */
export function listen(page: Page, complaints: string[]): void {
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // Chromium logs each answer from 400 on; the tests provoke those.
    const isAnswer = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !isAnswer) complaints.push(`${page.url()}: ${message.text()}`);
  });
}

/** The package's main file is twice as long, and each page must read it. */
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds on the page. */
export async function findings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const result = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run({ resultTypes: ["violations"] }),
  );
  return result.violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** How much wider than the screen the page is, in CSS pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
