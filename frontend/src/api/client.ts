/** The operations of the API that this site uses. */

import type { SiteConfig } from "../config";
import { type Call, send, sendOnce, type Transport } from "./http";
import { isSignedOut } from "./problem";
import { Session } from "./session";
import type {
  Certificate,
  CertificateStatusReport,
  Company,
  Credentials,
  CurrentUser,
  DownloadLink,
  Health,
  MfaChallenge,
  NewCompany,
  Page,
  Registration,
  StoredDocument,
  Tokens,
  UploadForm,
  UploadRequest,
} from "./types";

export interface ListQuery {
  readonly cursor?: string | undefined;
  readonly [name: string]: string | undefined;
}

export interface HealthReading {
  readonly health: Health;
  /** Time from the request to the response, in milliseconds. */
  readonly latencyMs: number;
}

export class Api {
  readonly session: Session;

  constructor(
    readonly config: SiteConfig,
    private readonly transport: Transport,
    storage: Pick<Storage, "getItem" | "setItem" | "removeItem">,
  ) {
    this.session = new Session(
      (refreshToken) => this.#open({ method: "POST", path: "/auth/refresh", body: { refreshToken } }),
      storage,
    );
  }

  register(registration: Registration): Promise<unknown> {
    return this.#open({ method: "POST", path: "/auth/register", body: registration });
  }

  /** @returns The challenge if the account has a second factor; null if the session has begun. */
  async login(credentials: Credentials): Promise<MfaChallenge | null> {
    const result = await this.#open<Tokens | MfaChallenge>({
      method: "POST",
      path: "/auth/login",
      body: credentials,
    });
    if (result.kind === "challenge") return result;
    this.session.begin(result);
    return null;
  }

  async verifyMfa(challengeId: string, code: string): Promise<void> {
    const body = { challengeId, code };
    this.session.begin(await this.#open<Tokens>({ method: "POST", path: "/auth/mfa/verify", body }));
  }

  /** Ask the API to revoke the token, for at most 3 seconds, and end the session in this browser in any case. */
  async logout(): Promise<void> {
    const refreshToken = this.session.refreshToken;
    if (refreshToken === null) return;
    try {
      const signal = AbortSignal.timeout(3000);
      await this.#signedIn({ method: "POST", path: "/auth/logout", body: { refreshToken }, signal });
    } catch {
      // The session ends below even if the API does not answer.
    } finally {
      this.session.end();
    }
  }

  currentUser(signal?: AbortSignal): Promise<CurrentUser> {
    return this.#signedIn({ method: "GET", path: "/auth/me", signal });
  }

  companies(query: ListQuery, signal?: AbortSignal): Promise<Page<Company>> {
    return this.#signedIn({ method: "GET", path: "/companies", query, signal });
  }

  company(id: string, signal?: AbortSignal): Promise<Company> {
    return this.#signedIn({ method: "GET", path: `/companies/${encodeURIComponent(id)}`, signal });
  }

  createCompany(company: NewCompany): Promise<Company> {
    return this.#signedIn({ method: "POST", path: "/companies", body: company });
  }

  certificates(query: ListQuery, signal?: AbortSignal): Promise<Page<Certificate>> {
    return this.#signedIn({ method: "GET", path: "/certificates", query, signal });
  }

  certificate(id: string, signal?: AbortSignal): Promise<Certificate> {
    return this.#signedIn({ method: "GET", path: `/certificates/${encodeURIComponent(id)}`, signal });
  }

  verifyCertificate(number: string, signal?: AbortSignal): Promise<CertificateStatusReport> {
    return this.#open({ method: "GET", path: `/certificates/verify/${encodeURIComponent(number)}`, signal });
  }

  documents(query: ListQuery, signal?: AbortSignal): Promise<Page<StoredDocument>> {
    return this.#signedIn({ method: "GET", path: "/documents", query, signal });
  }

  createUpload(upload: UploadRequest, signal?: AbortSignal): Promise<UploadForm> {
    return this.#signedIn({ method: "POST", path: "/documents/upload-urls", body: upload, signal });
  }

  /** Tell the API that the file is in storage, so that the document is listed. A second call changes nothing. */
  recordDocument(documentId: string, signal?: AbortSignal): Promise<StoredDocument> {
    const body = { documentId };
    return this.#signedIn({ method: "POST", path: "/documents", body, isRepeatable: true, signal });
  }

  /**
   * Get the link from which a document's file can be downloaded. The API returns the link as JSON, because a page
   * cannot follow a redirect from another origin to storage: the browser would send `Origin: null`, which storage's
   * CORS refuses.
   */
  downloadLink(id: string): Promise<DownloadLink> {
    return this.#signedIn({ method: "GET", path: `/documents/${encodeURIComponent(id)}/content` });
  }

  /** Get the health summary and its latency. There are no retries, because they would hide the errors to be shown. */
  async health(signal?: AbortSignal): Promise<HealthReading> {
    const start = performance.now();
    const health = await sendOnce(this.config, { method: "GET", path: "/health", signal }, this.transport);
    return { health: health as Health, latencyMs: performance.now() - start };
  }

  async #open<Result>(call: Call): Promise<Result> {
    return (await send(this.config, call, this.transport)) as Result;
  }

  /** Make a call with the session's access token. If the API refuses the token, it is renewed once. */
  async #signedIn<Result>(call: Call): Promise<Result> {
    const token = await this.session.accessToken();
    try {
      return await this.#open({ ...call, accessToken: token });
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      const renewed = await this.session.accessToken(token);
      try {
        return await this.#open({ ...call, accessToken: renewed });
      } catch (again) {
        if (isSignedOut(again)) this.session.end();
        throw again;
      }
    }
  }
}
