import type { ReactNode } from "react";
import type { ApiError } from "../api/problem";

/** Before the first page is there. */
export function Loading() {
  return (
    <p className="loading" role="status">
      Loading…
    </p>
  );
}

/** A list without entries: says so, and what to do about it. */
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

/** What finds a request in the service's logs. */
export function Reference({ requestId }: { requestId: string | null }) {
  return requestId ? <p className="reference">Reference: {requestId}</p> : null;
}
