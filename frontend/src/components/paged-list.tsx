import { type ReactNode, useEffect, useRef, useState } from "react";
import { useNavigation } from "react-router";
import { ApiError } from "../api/problem";
import type { Page } from "../api/types";
import { Alert } from "./states";

interface PagedListProps<Item> {
  readonly label: string;
  readonly first: Page<Item>;
  /** Load the page that begins at a cursor. */
  readonly loadMore: (cursor: string, signal: AbortSignal) => Promise<Page<Item>>;
  readonly children: (item: Item) => ReactNode;
  readonly empty: ReactNode;
}

/** A list in pages: the route's loader loads the first page, a button the others. */
export function PagedList<Item extends { readonly id: string }>(props: PagedListProps<Item>) {
  // A new first page means a new search, so the pages that were added to the old one are dropped.
  const [generation, setGeneration] = useState({ first: props.first, key: 0 });
  if (generation.first !== props.first) setGeneration({ first: props.first, key: generation.key + 1 });
  return <Pages key={generation.key} {...props} />;
}

function Pages<Item extends { readonly id: string }>(props: PagedListProps<Item>) {
  const { label, first, loadMore, children, empty } = props;
  const [items, setItems] = useState(first.items);
  const [cursor, setCursor] = useState(first.nextCursor);
  const [error, setError] = useState<ApiError | null>(null);
  const [isLoading, setLoading] = useState(false);
  const isNavigating = useNavigation().state === "loading";
  const aborter = useRef<AbortController | null>(null);
  useEffect(() => () => aborter.current?.abort(), []);

  const more = async (at: string) => {
    const controller = new AbortController();
    aborter.current = controller;
    setLoading(true);
    setError(null);
    try {
      const page = await loadMore(at, controller.signal);
      setItems((known) => [...known, ...page.items]);
      setCursor(page.nextCursor);
    } catch (failure) {
      if (controller.signal.aborted) return;
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
    } finally {
      setLoading(false);
    }
  };

  if (items.length === 0) return empty;
  return (
    <>
      <ul className="cards" aria-label={label} aria-busy={isNavigating}>
        {items.map((item) => (
          <li key={item.id}>{children(item)}</li>
        ))}
      </ul>
      {error ? <Alert error={error} /> : null}
      {cursor === null ? null : (
        <button type="button" className="button" disabled={isLoading} onClick={() => more(cursor)}>
          {isLoading ? "Loading…" : "Show more"}
        </button>
      )}
    </>
  );
}
