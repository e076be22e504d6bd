import { Form, Link, type LoaderFunctionArgs, useLoaderData, useSearchParams } from "react-router";
import type { Api } from "../api/client";
import { CERTIFICATE_STATUSES, type Certificate, type Page } from "../api/types";
import { CertificateCard } from "../components/certificate-card";
import { Icon } from "../components/icon";
import { PageHeading } from "../components/page-heading";
import { PagedList } from "../components/paged-list";
import { Empty } from "../components/states";
import { WordOptions } from "../components/word-options";
import { useApi } from "../context";
import { signedIn } from "../guard";

/** Return the search in the address; an unknown state is left out. */
function searchOf(query: URLSearchParams): { readonly q: string; readonly status: string } {
  const status = CERTIFICATE_STATUSES.find((known) => known === query.get("status")) ?? "";
  return { q: query.get("q")?.trim() ?? "", status };
}

function Certificates() {
  const first = useLoaderData() as Page<Certificate>;
  const api = useApi();
  const [query] = useSearchParams();
  const search = searchOf(query);
  const isFiltered = search.q !== "" || search.status !== "";
  return (
    <>
      <PageHeading title="Certificates" />
      <Form role="search" className="search" key={query.toString()}>
        <label className="visually-hidden" htmlFor="certificate-search">
          Search certificates
        </label>
        <input
          id="certificate-search"
          type="search"
          name="q"
          defaultValue={search.q}
          maxLength={100}
          placeholder="Number or scheme"
        />
        <label className="visually-hidden" htmlFor="certificate-status">
          State
        </label>
        <select id="certificate-status" name="status" defaultValue={search.status}>
          <option value="">Any state</option>
          <WordOptions values={CERTIFICATE_STATUSES} />
        </select>
        <button type="submit" className="button">
          <Icon name="search" />
          Search
        </button>
      </Form>
      <PagedList
        label="Certificates"
        first={first}
        loadMore={(cursor, signal) => api.certificates({ ...search, cursor }, signal)}
        empty={
          isFiltered ? (
            <Empty title="No certificate matches.">
              <Link to="/certificates">Show all certificates</Link>
            </Empty>
          ) : (
            <Empty title="There are no certificates yet.">
              <p>They appear here when a request for certification was approved.</p>
            </Empty>
          )
        }
      >
        {(certificate) => <CertificateCard certificate={certificate} />}
      </PagedList>
    </>
  );
}

export function page(api: Api) {
  return {
    Component: Certificates,
    loader: signedIn(api, ({ request }: LoaderFunctionArgs) =>
      api.certificates(searchOf(new URL(request.url).searchParams), request.signal),
    ),
  };
}
