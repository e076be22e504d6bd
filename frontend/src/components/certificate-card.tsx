import { Link } from "react-router";
import type { Certificate } from "../api/types";
import { dateText, words } from "../format";
import { Status } from "./status";

export function CertificateCard({ certificate }: { certificate: Certificate }) {
  return (
    <Link className="card" to={`/certificates/${certificate.id}`}>
      <span className="card-title code">{certificate.number}</span>
      <Status value={certificate.status} />
      <span className="card-detail">
        {[certificate.scheme && words(certificate.scheme), `valid until ${dateText(certificate.validUntil)}`]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </Link>
  );
}
