import { isRouteErrorResponse, Link, useRevalidator, useRouteError } from "react-router";
import { ApiError } from "../api/problem";
import { PageHeading } from "../components/page-heading";
import { Reference } from "../components/states";
import { NotFound } from "./not-found";

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something went wrong";
  if (error.status === 0) return "The service cannot be reached";
  if (error.status === 403) return "Not allowed";
  return error.status === 429 || error.status === 503 ? "The service is busy" : "The service has a problem";
}

function adviceOf(error: ApiError): string {
  if (error.retryAfterSeconds === null || error.retryAfterSeconds <= 0) return error.message;
  return `${error.message} Try again in ${Math.ceil(error.retryAfterSeconds)} seconds.`;
}

/** Shown instead of a page that could not be loaded. */
export function ErrorPage() {
  const error = useRouteError();
  const revalidator = useRevalidator();
  const isMissing =
    (isRouteErrorResponse(error) || error instanceof ApiError) &&
    (error.status === 404 || error.status === 400);
  if (isMissing) return <NotFound />;
  return (
    <div className="message-page">
      <PageHeading title={titleOf(error)} />
      <p role="alert">
        {error instanceof ApiError ? adviceOf(error) : "This is a mistake in the site. Load the page anew."}
      </p>
      {error instanceof ApiError ? <Reference requestId={error.requestId} /> : null}
      <div className="actions">
        {error instanceof ApiError ? (
          <button
            type="button"
            className="button primary"
            disabled={revalidator.state === "loading"}
            onClick={() => revalidator.revalidate()}
          >
            {revalidator.state === "loading" ? "Trying…" : "Try again"}
          </button>
        ) : (
          <button type="button" className="button primary" onClick={() => window.location.reload()}>
            Load the page anew
          </button>
        )}
        <Link className="button" to="/">
          Go to the start page
        </Link>
      </div>
    </div>
  );
}
