/**
 * A small API in memory that answers as the real one does, for tests and for work on the site without a backend.
 *
 * It takes and gives the web's own Request and Response, so that it stands behind a test's fetch as well as behind a
 * server. Python's tests/frontend check its answers against the API's OpenAPI document.
 */

import { randomUUID } from "node:crypto";
import type {
  Certificate,
  Company,
  NewCompany,
  Registration,
  StoredDocument,
  UploadRequest,
} from "../../src/api/types";
import { inMinutes, json, one, page, problem, search, xml } from "./answers.ts";
import { CERTIFICATES, COMPANIES, DOCUMENTS, RELEASE, TASKS } from "./data.ts";

const ACCESS_SECONDS = 900;
const MAX_PDF_BYTES = 50_000_000;

interface Account extends Registration {
  readonly id: string;
}

/** The parts of a request that a handler needs. */
interface Asked {
  readonly request: Request;
  readonly query: URLSearchParams;
  readonly parameters: readonly string[];
  readonly account: Account;
  /** Where this API is, for addresses in its answers. */
  readonly base: string;
}

type Handler = (asked: Asked) => Response | Promise<Response>;

interface Operation {
  readonly method: string;
  readonly path: RegExp;
  readonly handle: Handler;
  readonly isOpen?: true;
}

export class FakeApi {
  readonly companies: Company[] = [...COMPANIES];
  readonly certificates: Certificate[] = [...CERTIFICATES];
  readonly documents: StoredDocument[] = [...DOCUMENTS];
  /** Ids of the documents whose files storage has. */
  readonly stored = new Set<string>();
  /** Requests that came, as `GET /companies`. */
  readonly log: string[] = [];
  readonly #accounts = new Map<string, Account>();
  readonly #access = new Map<string, Account>();
  readonly #refresh = new Map<string, Account>();
  readonly #uploads = new Map<string, StoredDocument>();
  readonly #interruptions: { readonly path: string; readonly answer: () => Response | Promise<Response> }[] =
    [];
  #healthAnswers = 0;

  constructor() {
    const account = {
      id: randomUUID(),
      email: "aisyah@example.com",
      password: "correct horse battery staple",
      fullName: "Aisyah Rahman",
    };
    this.#accounts.set(account.email, account);
  }

  /** Give the next request for a path another answer, once. */
  interrupt(path: string, answer: () => Response | Promise<Response>): void {
    this.#interruptions.push({ path, answer });
  }

  /** Let every access token end, as time would. */
  endAccessTokens(): void {
    this.#access.clear();
  }

  endSessions(): void {
    this.#access.clear();
    this.#refresh.clear();
  }

  /**
   * Answer a request.
   *
   * @param base - Path under which the API is served, such as `/api`.
   */
  async answer(request: Request, base = ""): Promise<Response> {
    const url = new URL(request.url);
    const path = url.pathname.slice(base.length);
    this.log.push(`${request.method} ${path}`);
    const at = this.#interruptions.findIndex((interruption) => interruption.path === path);
    const interruption = at < 0 ? undefined : this.#interruptions.splice(at, 1)[0];
    if (interruption) return interruption.answer();
    for (const operation of this.#operations) {
      const match = operation.method === request.method ? operation.path.exec(path) : null;
      if (match === null) continue;
      const token = request.headers.get("Authorization")?.replace("Bearer ", "") ?? "";
      const account = this.#access.get(token);
      if (!(account || operation.isOpen)) return problem(401, "No access token, or one that has ended.");
      return operation.handle({
        request,
        query: url.searchParams,
        parameters: match.slice(1).map(decodeURIComponent),
        account: account ?? { id: "", email: "", password: "", fullName: "" },
        base: url.origin + base,
      });
    }
    return problem(404, "There is no such thing, or it is not visible to this user.");
  }

  readonly #operations: readonly Operation[] = [
    { method: "GET", path: /^\/health$/, isOpen: true, handle: () => this.#health() },
    { method: "POST", path: /^\/auth\/register$/, isOpen: true, handle: (asked) => this.#register(asked) },
    { method: "POST", path: /^\/auth\/login$/, isOpen: true, handle: (asked) => this.#login(asked) },
    {
      method: "POST",
      path: /^\/auth\/mfa\/verify$/,
      isOpen: true,
      handle: (asked) => this.#verifyCode(asked),
    },
    { method: "POST", path: /^\/auth\/refresh$/, isOpen: true, handle: (asked) => this.#renew(asked) },
    { method: "POST", path: /^\/auth\/logout$/, handle: () => new Response(null, { status: 204 }) },
    { method: "GET", path: /^\/auth\/me$/, handle: ({ account }) => this.#me(account) },
    {
      method: "GET",
      path: /^\/companies$/,
      handle: ({ query }) => page(search(this.companies, query), query),
    },
    { method: "POST", path: /^\/companies$/, handle: (asked) => this.#createCompany(asked) },
    {
      method: "GET",
      path: /^\/companies\/([^/]+)$/,
      handle: ({ parameters }) => one(this.companies, parameters),
    },
    {
      method: "GET",
      path: /^\/certificates$/,
      handle: ({ query }) => page(search(this.certificates, query), query),
    },
    {
      method: "GET",
      path: /^\/certificates\/verify\/([^/]+)$/,
      isOpen: true,
      handle: ({ parameters }) => this.#verify(parameters[0] ?? ""),
    },
    {
      method: "GET",
      path: /^\/certificates\/([^/]+)$/,
      handle: ({ parameters }) => one(this.certificates, parameters),
    },
    {
      method: "GET",
      path: /^\/documents$/,
      handle: ({ query }) => page(search(this.documents, query), query),
    },
    { method: "POST", path: /^\/documents\/upload-urls$/, handle: (asked) => this.#createUpload(asked) },
    { method: "POST", path: /^\/documents$/, handle: (asked) => this.#recordDocument(asked) },
    {
      method: "GET",
      path: /^\/documents\/([^/]+)\/content$/,
      handle: ({ parameters, base }) =>
        json(200, { url: `${base}/storage/${parameters[0]}`, expiresAt: inMinutes(5) }),
    },
    { method: "POST", path: /^\/storage$/, isOpen: true, handle: (asked) => this.#store(asked) },
    {
      method: "GET",
      path: /^\/storage\/([^/]+)$/,
      isOpen: true,
      handle: () =>
        new Response("the file", {
          headers: { "Content-Disposition": 'attachment; filename="document.pdf"' },
        }),
    },
  ];

  #health(): Response {
    const task = TASKS[this.#healthAnswers % TASKS.length];
    this.#healthAnswers += 1;
    const checks = {
      database: { status: "healthy", milliseconds: 1.4, error: null },
      redis: { status: "healthy", milliseconds: 0.6, error: null },
    };
    return json(200, { status: "ok", checks, draining: false, release: RELEASE, ...task });
  }

  async #register({ request }: Asked): Promise<Response> {
    const { email, password, fullName } = (await request.json()) as Registration;
    if (this.#accounts.has(email)) {
      return problem(409, "There is an account with this e-mail.", { email: "This e-mail is taken." });
    }
    if (password.length < 12)
      return problem(400, "The password is too short.", { password: "Use 12 characters." });
    const account = { id: randomUUID(), email, password, fullName };
    this.#accounts.set(email, account);
    return json(201, { id: account.id, email, fullName, roles: [], status: "active" });
  }

  async #login({ request }: Asked): Promise<Response> {
    const { email, password } = (await request.json()) as { email: string; password: string };
    const account = this.#accounts.get(email);
    if (account?.password !== password) return problem(401, "The e-mail or the password is wrong.");
    if (email.startsWith("mfa")) {
      return json(200, { kind: "challenge", challengeId: account.id, methods: ["totp"] });
    }
    return this.#tokens(account);
  }

  async #verifyCode({ request }: Asked): Promise<Response> {
    const { challengeId, code } = (await request.json()) as { challengeId: string; code: string };
    const account = [...this.#accounts.values()].find(({ id }) => id === challengeId);
    if (account === undefined || code !== "123456") return problem(401, "The code is wrong.");
    return this.#tokens(account);
  }

  async #renew({ request }: Asked): Promise<Response> {
    const { refreshToken } = (await request.json()) as { refreshToken: string };
    const account = this.#refresh.get(refreshToken);
    if (account === undefined) return problem(401, "The refresh token is not valid.");
    this.#refresh.delete(refreshToken);
    return this.#tokens(account);
  }

  #tokens(account: Account): Response {
    const [accessToken, refreshToken] = [randomUUID(), randomUUID()];
    this.#access.set(accessToken, account);
    this.#refresh.set(refreshToken, account);
    return json(200, { kind: "tokens", accessToken, refreshToken, expiresInSeconds: ACCESS_SECONDS });
  }

  #me({ id, email, fullName }: Account): Response {
    const companies = this.companies
      .slice(0, 2)
      .map(({ id: companyId, name }) => ({ companyId, name, administrator: true }));
    return json(200, { id, email, fullName, roles: ["company-admin"], status: "active", companies });
  }

  async #createCompany({ request }: Asked): Promise<Response> {
    const company = (await request.json()) as NewCompany;
    if (this.companies.some(({ registrationNumber }) => registrationNumber === company.registrationNumber)) {
      const sentence = "A company with this number is registered already.";
      return problem(409, "The company is registered already.", { "body.registrationNumber": sentence });
    }
    if (!/\d/.test(company.address.line1)) {
      return problem(422, "The company was not taken.", { "/address/line1": "Give a house number." });
    }
    const created = {
      ...company,
      id: randomUUID(),
      status: "pending",
      createdAt: new Date().toISOString(),
    } as const;
    this.companies.unshift(created);
    return json(201, created);
  }

  #verify(number: string): Response {
    const certificate = this.certificates.find((known) => known.number === number);
    if (certificate === undefined) return problem(404, "There is no such certificate.");
    const company = this.companies.find(({ id }) => id === certificate.companyId);
    const { status, validUntil } = certificate;
    return json(200, {
      number,
      status,
      validUntil,
      company: company?.name ?? "",
      products: ["Chicken satay"],
    });
  }

  async #createUpload({ request, base }: Asked): Promise<Response> {
    const upload = (await request.json()) as UploadRequest;
    if (upload.contentType === "application/pdf" && upload.sizeBytes > MAX_PDF_BYTES) {
      return problem(422, "The file was not taken.", { sizeBytes: "A PDF may have 50 MB." });
    }
    const id = randomUUID();
    const { kind, contentType, sizeBytes, companyId, fileName } = upload;
    this.#uploads.set(id, {
      id,
      title: fileName,
      kind,
      contentType,
      sizeBytes,
      companyId: companyId ?? null,
      createdAt: new Date().toISOString(),
    });
    const fields = { key: id, "Content-Type": contentType, policy: "cG9saWN5" };
    return json(201, { documentId: id, url: `${base}/storage`, fields, expiresAt: inMinutes(15) });
  }

  /** Amazon S3's part of an upload. */
  async #store({ request }: Asked): Promise<Response> {
    const form = await request.formData();
    const upload = this.#uploads.get(String(form.get("key")));
    const file = form.get("file");
    const last = [...form.keys()].at(-1);
    if (upload === undefined || !(file instanceof Blob) || last !== "file") return xml(403, "AccessDenied");
    if (file.size !== upload.sizeBytes) return xml(400, "EntityTooLarge");
    this.stored.add(upload.id);
    return new Response(null, { status: 204 });
  }

  async #recordDocument({ request }: Asked): Promise<Response> {
    const { documentId } = (await request.json()) as { documentId: string };
    const upload = this.#uploads.get(documentId);
    if (upload === undefined) return problem(404, "There is no such document.");
    if (!this.stored.has(documentId)) return problem(409, "The file has not been uploaded.");
    if (!this.documents.includes(upload)) this.documents.unshift(upload);
    return json(201, upload);
  }
}
