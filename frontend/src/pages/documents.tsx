import { Form, Link, type LoaderFunctionArgs, useLoaderData, useSearchParams } from "react-router";
import type { Api } from "../api/client";
import { DOCUMENT_KINDS, type Page, type StoredDocument } from "../api/types";
import { DocumentList } from "../components/document-list";
import { PageHeading } from "../components/page-heading";
import { UploadPanel } from "../components/upload-panel";
import { WordOptions } from "../components/word-options";
import { useCurrentUser } from "../context";
import { signedIn } from "../guard";

/** Return the document kind in the address; an unknown kind is left out. */
function kindOf(query: URLSearchParams): string {
  return DOCUMENT_KINDS.find((known) => known === query.get("kind")) ?? "";
}

function Documents() {
  const first = useLoaderData() as Page<StoredDocument>;
  const user = useCurrentUser();
  const [query] = useSearchParams();
  const kind = kindOf(query);
  const companies = user?.companies ?? [];
  return (
    <>
      <PageHeading title="Documents" />
      <div className="columns">
        <div>
          {companies.length > 0 ? (
            <UploadPanel companies={companies} />
          ) : (
            <section className="panel">
              <h2>Upload a document</h2>
              <p>Documents belong to a company, and you have none yet.</p>
              <Link className="button primary" to="/companies/new">
                Register a company
              </Link>
            </section>
          )}
        </div>
        <div>
          <Form role="search" className="search" key={kind}>
            <label className="visually-hidden" htmlFor="document-kind">
              Kind
            </label>
            <select id="document-kind" name="kind" defaultValue={kind}>
              <option value="">Any kind</option>
              <WordOptions values={DOCUMENT_KINDS} />
            </select>
            <button type="submit" className="button">
              Filter
            </button>
          </Form>
          <DocumentList first={first} kind={kind} />
        </div>
      </div>
    </>
  );
}

export function page(api: Api) {
  return {
    Component: Documents,
    loader: signedIn(api, ({ request }: LoaderFunctionArgs) =>
      api.documents({ kind: kindOf(new URL(request.url).searchParams) }, request.signal),
    ),
  };
}
