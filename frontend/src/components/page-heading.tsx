import { type ReactNode, useLayoutEffect, useRef } from "react";
import { useLocation } from "react-router";
import { SITE_NAME } from "../site";

/**
 * The title of a page, in the window and on the page.
 *
 * After a navigation within the site the heading gets the focus, so that a screen reader reads the new page's title and
 * the Tab key starts there. On the first page the browser does this itself.
 */
export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isFirstPage = useLocation().key === "default";
  // With the heading, not after it: whoever sees the heading finds the window's title and the focus right.
  useLayoutEffect(() => {
    document.title = title === SITE_NAME ? title : `${title} · ${SITE_NAME}`;
  }, [title]);
  useLayoutEffect(() => {
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
