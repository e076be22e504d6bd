/**
 * The signed-in person's tokens.
 *
 * The access token is only in memory. The refresh token, which can be used once, is in this tab's sessionStorage: it
 * survives a reload and is deleted with the tab. An injected script could read it. The site's Content-Security-Policy
 * (only scripts of its own origin) prevents such scripts; README.md says more.
 */

import { ApiError } from "./problem";
import type { Tokens } from "./types";

const STORAGE_KEY = "refreshToken";
/** An access token that expires within this time is renewed before it is used. */
const EARLY_MS = 30_000;

type Renew = (refreshToken: string) => Promise<Tokens>;

export class Session {
  #access: { readonly token: string; readonly endsAt: number } | null = null;
  #renewal: Promise<string> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly renew: Renew,
    private readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
    private readonly now: () => number = Date.now,
  ) {}

  get signedIn(): boolean {
    return this.refreshToken !== null;
  }

  get refreshToken(): string | null {
    return this.storage.getItem(STORAGE_KEY);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  begin(tokens: Tokens): void {
    this.#access = { token: tokens.accessToken, endsAt: this.now() + tokens.expiresInSeconds * 1000 };
    this.storage.setItem(STORAGE_KEY, tokens.refreshToken);
    this.#tell();
  }

  end(): void {
    this.#access = null;
    this.#renewal = null;
    this.storage.removeItem(STORAGE_KEY);
    this.#tell();
  }

  /**
   * Return a valid access token; renew it if necessary.
   *
   * @param refused - A token that the API refused, and that must not be returned again.
   * @throws ApiError with status 401 if there is no session, or if it has ended.
   */
  async accessToken(refused?: string): Promise<string> {
    const access = this.#access;
    if (access !== null && access.token !== refused && access.endsAt - EARLY_MS > this.now()) {
      return access.token;
    }
    // A refresh token can be used only once, so calls that need a new token at the same time share one renewal.
    this.#renewal ??= this.#renewed();
    const renewal = this.#renewal;
    try {
      return await renewal;
    } finally {
      if (this.#renewal === renewal) this.#renewal = null;
    }
  }

  async #renewed(): Promise<string> {
    const refreshToken = this.refreshToken;
    if (refreshToken === null) throw new ApiError(401, "You are not signed in.");
    try {
      const tokens = await this.renew(refreshToken);
      // If the person signed out during the renewal, the new tokens are dropped.
      if (this.refreshToken !== refreshToken) throw new ApiError(401, "You are not signed in.");
      this.begin(tokens);
      return tokens.accessToken;
    } catch (error) {
      const isOver = error instanceof ApiError && [400, 401].includes(error.status);
      if (isOver && this.refreshToken === refreshToken) this.end();
      throw isOver ? new ApiError(401, "Your session has ended.") : error;
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
