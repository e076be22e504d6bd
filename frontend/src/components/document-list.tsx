import { useState } from "react";
import { ApiError } from "../api/problem";
import type { Page, StoredDocument } from "../api/types";
import { useApi } from "../context";
import { dateText, sizeText, words } from "../format";
import { Icon } from "./icon";
import { PagedList } from "./paged-list";
import { Alert, Empty } from "./states";

const TYPE_NAMES: Readonly<Record<string, string>> = {
  "application/pdf": "PDF",
  "image/jpeg": "JPEG image",
  "image/png": "PNG image",
  "video/mp4": "MP4 video",
};

function DocumentCard({ document }: { document: StoredDocument }) {
  const api = useApi();
  const [error, setError] = useState<ApiError | null>(null);
  const title = document.title ?? words(document.kind);
  const details = [
    words(document.kind),
    TYPE_NAMES[document.contentType] ?? document.contentType,
    sizeText(document.sizeBytes),
    document.createdAt && dateText(document.createdAt),
  ];
  const download = async () => {
    setError(null);
    try {
      const link = await api.downloadLink(document.id);
      // Storage responds with Content-Disposition: attachment, so the browser does not leave the page.
      window.location.assign(link.url);
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure);
    }
  };
  return (
    <div className="card">
      <span className="card-title">{title}</span>
      <button type="button" className="button small" onClick={download} aria-label={`Download ${title}`}>
        Download
      </button>
      <span className="card-detail">{details.filter(Boolean).join(" · ")}</span>
      {error ? <Alert error={error} /> : null}
    </div>
  );
}

interface DocumentListProps {
  readonly first: Page<StoredDocument>;
  readonly companyId?: string;
  readonly kind?: string;
}

export function DocumentList({ first, companyId, kind }: DocumentListProps) {
  const api = useApi();
  return (
    <PagedList
      label="Documents"
      first={first}
      loadMore={(cursor, signal) => api.documents({ companyId, kind, cursor }, signal)}
      empty={
        <Empty title={kind ? "There are no documents of this kind." : "There are no documents yet."}>
          <p className="empty-icon">
            <Icon name="document" />
          </p>
        </Empty>
      }
    >
      {(document) => <DocumentCard document={document} />}
    </PagedList>
  );
}
