import type { LoaderFunctionArgs } from "react-router";
import { useLoaderData } from "react-router";
import type { Api } from "../api/client";
import { ApiError } from "../api/problem";
import type { CertificateStatusReport } from "../api/types";
import { Icon } from "../components/icon";
import { PageHeading } from "../components/page-heading";
import { Status } from "../components/status";
import { VerifyForm } from "../components/verify-form";
import { dateText } from "../format";

interface Answer {
  readonly number: string;
  /** Null if the register does not have the number. */
  readonly report: CertificateStatusReport | null;
}

const SENTENCES = {
  valid: "This certificate is valid.",
  suspended: "This certificate is suspended at present.",
  expired: "This certificate has expired.",
  revoked: "This certificate was revoked.",
} as const;

function Report({ report }: { report: CertificateStatusReport }) {
  return (
    <div className={`verdict ${report.status}`}>
      <p className="verdict-title">
        <Icon name={report.status === "valid" ? "check" : "cross"} />
        {SENTENCES[report.status]}
      </p>
      <dl className="facts">
        <dt>Number</dt>
        <dd className="code">{report.number}</dd>
        <dt>State</dt>
        <dd>
          <Status value={report.status} />
        </dd>
        {report.company ? (
          <>
            <dt>Company</dt>
            <dd>{report.company}</dd>
          </>
        ) : null}
        {report.validUntil ? (
          <>
            <dt>Valid until</dt>
            <dd>{dateText(report.validUntil)}</dd>
          </>
        ) : null}
        {report.products && report.products.length > 0 ? (
          <>
            <dt>Products</dt>
            <dd>{report.products.join(", ")}</dd>
          </>
        ) : null}
      </dl>
    </div>
  );
}

function Verify() {
  const { number, report } = useLoaderData() as Answer;
  return (
    <div className="narrow">
      <PageHeading title={`Certificate ${number}`} />
      {report ? (
        <Report report={report} />
      ) : (
        <div className="verdict unknown">
          <p className="verdict-title">
            <Icon name="cross" />
            The register has no certificate with this number.
          </p>
          <p>Check that it is typed as it is printed. If it is, the certificate may be false.</p>
        </div>
      )}
      <h2>Check another one</h2>
      <VerifyForm />
    </div>
  );
}

export function page(api: Api) {
  return {
    Component: Verify,
    loader: async ({ params, request }: LoaderFunctionArgs): Promise<Answer> => {
      const number = params.number ?? "";
      try {
        return { number, report: await api.verifyCertificate(number, request.signal) };
      } catch (error) {
        // For a number that is not well-formed the API returns 400, or 404 as for an unknown number.
        if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
          return { number, report: null };
        }
        throw error;
      }
    },
  };
}
