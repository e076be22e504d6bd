import type { ReactNode } from "react";
import type { ApiError } from "../api/problem";

/** Shown until the first page is loaded. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  );
}

/** Shown instead of a list without entries, with advice what to do. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A message about something that went wrong. */
export function Alert({ error }: { error: Pick<ApiError, "message" | "requestId"> }) {
  return (
    <div className="alert" role="alert">
      <p>{error.message}</p>
      <Reference requestId={error.requestId} />
    </div>
  );
}

/** The request's id, with which it can be found in the service's logs. */
export function Reference({ requestId }: { requestId: string | null }) {
  return requestId ? <p className="reference">Reference: {requestId}</p> : null;
}
