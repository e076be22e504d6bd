import { Link, type LoaderFunctionArgs, useLoaderData } from "react-router";
import type { Api } from "../api/client";
import type { Certificate } from "../api/types";
import { PageHeading } from "../components/page-heading";
import { Status } from "../components/status";
import { dateText, words } from "../format";
import { signedIn } from "../guard";

function CertificatePage() {
  const certificate = useLoaderData() as Certificate;
  return (
    <div className="narrow">
      <PageHeading title={`Certificate ${certificate.number}`}>
        <Status value={certificate.status} />
      </PageHeading>
      <dl className="facts panel">
        {certificate.scheme ? (
          <>
            <dt>Scheme</dt>
            <dd>{words(certificate.scheme)}</dd>
          </>
        ) : null}
        <dt>Issued</dt>
        <dd>{dateText(certificate.issuedAt)}</dd>
        <dt>Valid until</dt>
        <dd>{dateText(certificate.validUntil)}</dd>
        <dt>Company</dt>
        <dd>
          <Link to={`/companies/${certificate.companyId}`}>Show the company</Link>
        </dd>
        <dt>In public</dt>
        <dd>
          <Link to={`/verify/${certificate.number}`}>What everybody can see</Link>
        </dd>
      </dl>
    </div>
  );
}

export function page(api: Api) {
  return {
    Component: CertificatePage,
    loader: signedIn(api, ({ params, request }: LoaderFunctionArgs) =>
      api.certificate(params.certificateId ?? "", request.signal),
    ),
  };
}
