import { Link } from "react-router";
import { PageHeading } from "../components/page-heading";

export function NotFound() {
  return (
    <div className="message-page">
      <p className="message-code" aria-hidden="true">
        404
      </p>
      <PageHeading title="Page not found" />
      <p>The address is wrong, what was here is gone, or you may not see it.</p>
      <Link className="button primary" to="/">
        Go to the start page
      </Link>
    </div>
  );
}
