import { type ReactNode, useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { SITE_NAME } from "../site";

/**
 * A page's title, in the window and on the page.
 *
 * After a way through the site the heading gets the focus, so that a screen reader says where one is and the Tab key
 * begins there; on the first page the browser has done so itself.
 */
export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirstPage = useLocation().key === "default";
  useEffect(() => {
    document.title = title === SITE_NAME ? title : `${title} · ${SITE_NAME}`;
  }, [title]);
  useEffect(() => {
    if (!isFirstPage) heading.current?.focus({ preventScroll: true });
  }, [isFirstPage]);
  return (
    <div className="page-heading">
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}
