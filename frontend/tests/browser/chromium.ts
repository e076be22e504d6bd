/** Chromium, and what it has to say against a page. */

import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium, NO_CHROMIUM } from "./find-chromium.ts";

/** The browser of the tests; undefined when there is none. */
export const chromiumPath: string | undefined = findChromium(process.env, () => chromium.executablePath());
if (chromiumPath === undefined) process.stderr.write(`skipped: ${NO_CHROMIUM}\n`);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? "chromium",
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
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

/** What axe finds on the page. */
export async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  return result.violations.map(
    ({ id, impact, nodes }) => `${id} (${impact}): ${nodes.map(({ html }) => html).join(" ")}`,
  );
}

/** How much wider than the screen the page is, in CSS pixels. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
