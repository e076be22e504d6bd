import { type LoaderFunctionArgs, useLoaderData } from "react-router";
import type { Api } from "../api/client";
import type { Certificate, Company, Page, StoredDocument } from "../api/types";
import { CertificateCard } from "../components/certificate-card";
import { DocumentList } from "../components/document-list";
import { PageHeading } from "../components/page-heading";
import { PagedList } from "../components/paged-list";
import { Empty } from "../components/states";
import { Status } from "../components/status";
import { UploadPanel } from "../components/upload-panel";
import { useApi } from "../context";
import { countryName, dateText, words } from "../format";
import { signedIn } from "../guard";
import { isWebAddress } from "../web-address";

interface Content {
  readonly company: Company;
  readonly certificates: Page<Certificate>;
  readonly documents: Page<StoredDocument>;
}

function addressLines({ address }: Company): string[] {
  const city = [address.postalCode, address.city].filter(Boolean).join(" ");
  return [address.line1, address.line2, city, address.state, countryName(address.country)].filter(
    (line) => typeof line === "string" && line !== "",
  ) as string[];
}

/** Shows a link only for a web address: the text from the API could be anything, even a `javascript:` URL. */
function Website({ address }: { address: string }) {
  return isWebAddress(address) ? (
    <a href={address} rel="noreferrer nofollow">
      {address.replace(/^https?:\/\//, "").replace(/\/$/, "")}
    </a>
  ) : (
    address
  );
}

function Facts({ company }: { company: Company }) {
  return (
    <dl className="facts panel">
      <dt>Registration number</dt>
      <dd className="code">{company.registrationNumber}</dd>
      {company.industry ? (
        <>
          <dt>Industry</dt>
          <dd>{words(company.industry)}</dd>
        </>
      ) : null}
      <dt>Address</dt>
      <dd>
        {addressLines(company).map((line) => (
          <span className="line" key={line}>
            {line}
          </span>
        ))}
      </dd>
      {company.website ? (
        <>
          <dt>Website</dt>
          <dd>
            <Website address={company.website} />
          </dd>
        </>
      ) : null}
      {company.createdAt ? (
        <>
          <dt>Registered</dt>
          <dd>{dateText(company.createdAt)}</dd>
        </>
      ) : null}
    </dl>
  );
}

function CompanyPage() {
  const { company, certificates, documents } = useLoaderData() as Content;
  const api = useApi();
  const companyId = company.id;
  return (
    <>
      <PageHeading title={company.name}>
        {company.status ? <Status value={company.status} /> : null}
      </PageHeading>
      <div className="columns">
        <div>
          <Facts company={company} />
          <UploadPanel companies={[{ companyId, name: company.name }]} />
        </div>
        <div>
          <section aria-labelledby="certificates-title">
            <h2 id="certificates-title">Certificates</h2>
            <PagedList
              label="Certificates"
              first={certificates}
              loadMore={(cursor, signal) => api.certificates({ companyId, cursor }, signal)}
              empty={<Empty title="This company has no certificates yet." />}
            >
              {(certificate) => <CertificateCard certificate={certificate} />}
            </PagedList>
          </section>
          <section aria-labelledby="documents-title">
            <h2 id="documents-title">Documents</h2>
            <DocumentList first={documents} companyId={companyId} />
          </section>
        </div>
      </div>
    </>
  );
}

export function page(api: Api) {
  return {
    Component: CompanyPage,
    loader: signedIn(api, async ({ params, request: { signal } }: LoaderFunctionArgs): Promise<Content> => {
      const companyId = params.companyId ?? "";
      const [company, certificates, documents] = await Promise.all([
        api.company(companyId, signal),
        api.certificates({ companyId }, signal),
        api.documents({ companyId }, signal),
      ]);
      return { company, certificates, documents };
    }),
  };
}
