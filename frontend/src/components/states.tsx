import type { ReactNode } from "react";

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
export function Alert({ children, requestId }: { children: ReactNode; requestId?: string | null }) {
  return (
    <div className="alert" role="alert">
      <p>{children}</p>
      {requestId ? <p className="reference">Reference: {requestId}</p> : null}
    </div>
  );
}
