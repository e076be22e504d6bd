/** Where the site finds its API: from `/config.json`, which the deploy writes, or from the build's env files. */

import { isWebAddress } from "./web-address";

export interface SiteConfig {
  /** Absolute `https://` (or `http://`) URL of the API, or a path of this site such as `/api`. No slash at its end. */
  readonly apiUrl: string;
  /** Value of the `X-Api-Key` header; null where the API asks for none. It is public, as everything in a browser is. */
  readonly apiKey: string | null;
  /** Name of the stack, shown on the platform page. */
  readonly stack: string;
}

/** `config.json` is there, but a value in it cannot be used. */
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
 * Check the content of `config.json`.
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
 * Read `/config.json`; a site without one uses the build's values.
 *
 * CloudFront may answer a missing file with index.html and status 200, so an answer of type HTML counts as a missing file.
 *
 * @throws ConfigError when the file is there and wrong, or when it cannot be asked for.
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
