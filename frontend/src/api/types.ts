/** The types of the API's document (OpenAPI) that this site uses. tests/frontend compares the fake API with it. */

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Registration {
  readonly email: string;
  readonly password: string;
  readonly fullName: string;
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface Tokens {
  readonly kind: "tokens";
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
}

/** The account has a second factor; the next call must send its code. */
export interface MfaChallenge {
  readonly kind: "challenge";
  readonly challengeId: string;
  readonly methods: readonly ("totp" | "email")[];
}

export interface CurrentUser {
  readonly id: string;
  readonly email: string;
  readonly fullName: string;
  readonly companies: readonly { readonly companyId: string; readonly name: string }[];
}

export interface Address {
  readonly line1: string;
  readonly line2?: string | null;
  readonly city: string;
  readonly state?: string | null;
  readonly postalCode?: string;
  readonly country: string;
}

export const INDUSTRIES = [
  "food-processing",
  "slaughter",
  "cosmetics",
  "pharmaceuticals",
  "logistics",
  "food-service",
] as const;

export interface NewCompany {
  readonly name: string;
  readonly registrationNumber: string;
  readonly country: string;
  readonly address: Address;
  readonly website?: string | null;
  readonly industry?: (typeof INDUSTRIES)[number];
}

export interface Company extends NewCompany {
  readonly id: string;
  readonly status?: "pending" | "verified" | "blocked";
  readonly createdAt?: string;
}

export const CERTIFICATE_STATUSES = ["valid", "suspended", "expired", "revoked"] as const;
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

export interface Certificate {
  readonly id: string;
  readonly number: string;
  readonly companyId: string;
  readonly scheme?: string;
  readonly status: CertificateStatus;
  readonly issuedAt: string;
  readonly validUntil: string;
}

/** A certificate's entry in the public register. */
export interface CertificateStatusReport {
  readonly number: string;
  readonly status: CertificateStatus;
  readonly company?: string;
  readonly products?: readonly string[];
  readonly validUntil?: string;
}

export const DOCUMENT_KINDS = ["licence", "certificate", "recipe", "evidence", "contract", "other"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export interface StoredDocument {
  readonly id: string;
  readonly title?: string;
  readonly kind: DocumentKind;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly companyId?: string | null;
  readonly createdAt?: string;
}

export interface UploadRequest {
  readonly fileName: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly kind: DocumentKind;
  readonly companyId?: string;
}

/** A pre-signed POST of Amazon S3: the form's fields must come before the file. */
export interface UploadForm {
  readonly documentId: string;
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

/** A pre-signed address from which the browser downloads a file. */
export interface DownloadLink {
  readonly url: string;
  readonly expiresAt: string;
}

/** The last result of a task's check of a part that it needs. */
export interface HealthCheck {
  readonly status: "healthy" | "degraded" | "unhealthy" | "unknown";
  readonly milliseconds?: number | null;
}

export interface Health {
  readonly status: string;
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** Whether the task was told to stop and finishes its last requests. */
  readonly draining?: boolean;
  /** Image digest or name of the release that answers. */
  readonly release?: string;
  /** Id of the ECS task. */
  readonly task?: string;
  /** Availability Zone, such as `eu-west-1a`. */
  readonly zone?: string;
  /** `FARGATE` (for Spot and on demand alike) or `EC2`. */
  readonly launchType?: string;
  /** `FARGATE_SPOT` or `FARGATE`; `unknown` if the task could not get it from Amazon ECS. */
  readonly capacityProvider?: string;
}
