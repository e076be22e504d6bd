/** Reads the site's settings from `/config.json`, which the deployment writes, or else from the build's env files. */

import { isWebAddress } from "./web-address";

export interface SiteConfig {
  /** Absolute `https://` (or `http://`) URL of the API, or a path of this site such as `/api`; no slash at the end. */
  readonly apiUrl: string;
  /** Value of the `X-Api-Key` header; null for no header. It is public, like everything in a browser. */
  readonly apiKey: string | null;
  /** Name of the stack, shown on the platform page. */
  readonly stack: string;
}

/** `config.json` cannot be read, or a value in it cannot be used. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

interface EnvironmentValues {
  readonly VITE_API_URL?: string;
  readonly VITE_API_KEY?: string;
  readonly VITE_STACK?: string;
}

function text(source: Record<string, unknown>, key: string): string | undefined {
  const value = source[key];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") {
    throw new ConfigError(`config.json: ${key} is ${JSON.stringify(value)}, which is not text`);
  }
  return value;
}

function apiUrlOf(value: string): string {
  const isPath = value.startsWith("/") && !value.startsWith("//");
  if (!isPath && !isWebAddress(value)) {
    throw new ConfigError(
      `config.json: apiUrl is ${JSON.stringify(value)}; allowed are an https URL and a path such as /api`,
    );
  }
  return value.replace(/\/+$/, "");
}

/**
 * Validate the content of `config.json`.
 *
 * @param content - The parsed file.
 * @param fallback - Values for keys that the file leaves out.
 * @throws ConfigError naming the key and the value.
 */
export function parseConfig(content: unknown, fallback: EnvironmentValues): SiteConfig {
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw new ConfigError("config.json is not a JSON object");
  }
  const source = content as Record<string, unknown>;
  return {
    apiUrl: apiUrlOf(text(source, "apiUrl") ?? (fallback.VITE_API_URL || "/api")),
    apiKey: text(source, "apiKey") ?? (fallback.VITE_API_KEY || null),
    stack: text(source, "stack") ?? (fallback.VITE_STACK || "unknown"),
  };
}

/**
 * Read `/config.json`; if the site has no such file, use the build's values.
 *
 * For a missing file CloudFront may return index.html with status 200, so a response of type HTML counts as missing.
 *
 * @throws ConfigError if the file is wrong, or if it cannot be requested.
 */
export async function loadConfig(
  fallback: EnvironmentValues,
  fetchFile: typeof fetch = fetch,
): Promise<SiteConfig> {
  let answer: Response;
  try {
    answer = await fetchFile("/config.json", { cache: "no-cache", signal: AbortSignal.timeout(10_000) });
  } catch {
    throw new ConfigError("The site's settings cannot be read: there is no connection");
  }
  if (answer.status >= 500) {
    throw new ConfigError(`The site's settings cannot be read: config.json answered ${answer.status}`);
  }
  const isPage = answer.headers.get("Content-Type")?.includes("html") ?? false;
  if (!answer.ok || isPage) return parseConfig({}, fallback);
  let content: unknown;
  try {
    content = await answer.json();
  } catch {
    throw new ConfigError("config.json is not valid JSON");
  }
  return parseConfig(content, fallback);
}
