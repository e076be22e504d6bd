import { Form, Link, type LoaderFunctionArgs, useLoaderData, useSearchParams } from "react-router";
import type { Api } from "../api/client";
import type { Company, Page } from "../api/types";
import { Icon } from "../components/icon";
import { PageHeading } from "../components/page-heading";
import { PagedList } from "../components/paged-list";
import { Empty } from "../components/states";
import { Status } from "../components/status";
import { useApi } from "../context";
import { countryName, words } from "../format";
import { signedIn } from "../guard";

function CompanyCard({ company }: { company: Company }) {
  return (
    <Link className="card" to={`/companies/${company.id}`}>
      <span className="card-title">{company.name}</span>
      {company.status ? <Status value={company.status} /> : null}
      <span className="card-detail">
        {[company.address.city, countryName(company.country), company.industry && words(company.industry)]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <span className="card-detail code">{company.registrationNumber}</span>
    </Link>
  );
}

function Companies() {
  const first = useLoaderData() as Page<Company>;
  const api = useApi();
  const [query] = useSearchParams();
  const q = query.get("q") ?? "";
  return (
    <>
      <PageHeading title="Companies">
        <Link className="button primary" to="/companies/new">
          New company
        </Link>
      </PageHeading>
      <Form role="search" className="search">
        <label className="visually-hidden" htmlFor="company-search">
          Search companies
        </label>
        <input
          id="company-search"
          type="search"
          name="q"
          defaultValue={q}
          key={q}
          maxLength={100}
          placeholder="Name or registration number"
        />
        <button type="submit" className="button">
          <Icon name="search" />
          Search
        </button>
      </Form>
      <PagedList
        label="Companies"
        first={first}
        loadMore={(cursor, signal) => api.companies({ q, cursor }, signal)}
        empty={
          q ? (
            <Empty title={`No company matches “${q}”.`}>
              <Link to="/companies">Show all companies</Link>
            </Empty>
          ) : (
            <Empty title="There are no companies yet.">
              <Link className="button primary" to="/companies/new">
                Register the first one
              </Link>
            </Empty>
          )
        }
      >
        {(company) => <CompanyCard company={company} />}
      </PagedList>
    </>
  );
}

export function page(api: Api) {
  return {
    Component: Companies,
    loader: signedIn(api, ({ request }: LoaderFunctionArgs) => {
      const q = new URL(request.url).searchParams.get("q") ?? "";
      return api.companies({ q }, request.signal);
    }),
  };
}
