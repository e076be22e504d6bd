/** What the fake API has in memory at its start. */

import type { Certificate, CertificateStatus, Company, StoredDocument } from "../../src/api/types";

const id = (kind: number, number: number): string =>
  `${String(kind).padStart(8, "0")}-0000-4000-8000-${String(number).padStart(12, "0")}`;

const company = (number: number, name: string, city: string, rest: Partial<Company> = {}): Company => ({
  id: id(1, number),
  name,
  registrationNumber: `20190100${String(number).padStart(4, "0")}`,
  country: "MY",
  address: { line1: `${number} Jalan Perusahaan`, city, postalCode: "40300", country: "MY" },
  industry: "food-processing",
  status: "verified",
  createdAt: "2026-01-12T08:30:00Z",
  ...rest,
});

export const COMPANIES: readonly Company[] = [
  company(1, "Sari Foods Sdn Bhd", "Shah Alam", { website: "https://sari-foods.example/" }),
  company(2, "Nusantara Cosmetics", "Kuala Lumpur", { industry: "cosmetics", status: "pending" }),
  company(3, "Cold Chain Logistics", "Johor Bahru", { industry: "logistics" }),
  ...Array.from({ length: 22 }, (_, index) => company(index + 4, `Bakery No. ${index + 1}`, "Ipoh")),
];

const certificate = (
  number: number,
  owner: number,
  status: CertificateStatus,
  scheme: string,
): Certificate => ({
  id: id(2, number),
  number: `HS-2026-${String(number).padStart(6, "0")}`,
  companyId: id(1, owner),
  scheme,
  status,
  issuedAt: "2026-02-01",
  validUntil: "2028-01-31",
});

export const CERTIFICATES: readonly Certificate[] = [
  certificate(123, 1, "valid", "food-processing"),
  certificate(124, 1, "suspended", "slaughter"),
  certificate(125, 2, "expired", "cosmetics"),
  certificate(126, 3, "revoked", "logistics"),
];

export const DOCUMENTS: readonly StoredDocument[] = [
  {
    id: id(3, 1),
    title: "trade-licence-2026.pdf",
    kind: "licence",
    contentType: "application/pdf",
    sizeBytes: 482_113,
    companyId: id(1, 1),
    createdAt: "2026-03-04T10:00:00Z",
  },
];

/** Tasks that take turns in answering. */
export const TASKS = [
  { task: "3f1c9a52e7d84b06", zone: "eu-west-1a", launchType: "FARGATE", capacityProvider: "FARGATE_SPOT" },
  { task: "b80d4e6fa1327c95", zone: "eu-west-1b", launchType: "FARGATE", capacityProvider: "FARGATE" },
] as const;

export const RELEASE = "sha256:5d0c1e7a9b3f4d2286aa0e4b7c1d9f385d0c1e7a9b3f4d2286aa0e4b7c1d9f38";
