"""Handlers for figures and exports."""

import csv
import io
from typing import Any, Final
from uuid import uuid4

import orjson
from starlette.responses import Response

from service.api import rows
from service.api.call import Call, Handler, as_json, reply
from service.api.catalogue import REPORTS
from service.api.pdf import MAX_LINES, one_page
from service.api.problems import Problem
from service.api.resources import entry

MAX_ROWS: Final = 10_000
"""Maximum number of rows of an export."""
_SOURCES: Final[dict[str, str]] = {
    "certificates": """SELECT number AS "number", scheme, status, issued_at AS day, company_id
                       FROM certificates""",
    "audits": """SELECT id::text AS "number", body ->> 'kind' AS scheme, status, created_at::date AS day, company_id
                 FROM audits WHERE deleted_at IS NULL""",
    "payments": """SELECT id::text AS "number", body #>> '{amount,currency}' AS scheme, status,
                          created_at::date AS day, company_id
                   FROM payments WHERE deleted_at IS NULL""",
}
_HEADINGS: Final = ("number", "kind", "status", "day")


async def dashboard(call: Call) -> Response:
    """Return figures of the companies that the caller sees."""
    companies = _companies(call)
    found = await call.database.fetch(
        """SELECT status, count(*) AS number FROM certification_requests
           WHERE $1::uuid[] IS NULL OR company_id = ANY($1) GROUP BY status""",
        companies,
    )
    expiring = await call.database.fetchval(
        """SELECT count(*) FROM certificates
           WHERE ($1::uuid[] IS NULL OR company_id = ANY($1)) AND status = 'valid'
             AND valid_until BETWEEN current_date AND current_date + 90""",
        companies,
    )
    findings = await call.database.fetchval(
        """SELECT count(*) FROM findings
           WHERE ($1::uuid[] IS NULL OR company_id = ANY($1)) AND status <> 'resolved' AND deleted_at IS NULL""",
        companies,
    )
    return reply(
        call,
        {
            "requestsByStatus": {row["status"]: row["number"] for row in found},
            "certificatesExpiringIn90Days": expiring,
            "openFindings": findings,
        },
    )


async def certifications(call: Call) -> Response:
    """Return numbers of certification requests over time: one entry for each interval from the first one to today."""
    found = await call.database.fetch(
        """WITH seen AS (
               SELECT submitted_at, decided_at, status FROM certification_requests
               WHERE $4::uuid[] IS NULL OR company_id = ANY($4)),
           bounds AS (
               SELECT greatest($1::text::date, (SELECT min(submitted_at)::date FROM seen)) AS first,
                      least($2::text::date, current_date) AS last),
           steps AS (
               SELECT generate_series(date_trunc($3, first), last, ('1 ' || $3)::interval)::date AS day FROM bounds
               WHERE (SELECT min(submitted_at) FROM seen) IS NOT NULL)
           SELECT day,
                  count(*) FILTER (WHERE date_trunc($3, submitted_at)::date = day) AS submitted,
                  count(*) FILTER (WHERE status = 'approved' AND date_trunc($3, decided_at)::date = day) AS approved,
                  count(*) FILTER (WHERE status = 'rejected' AND date_trunc($3, decided_at)::date = day) AS rejected
           FROM steps LEFT JOIN seen
                ON day IN (date_trunc($3, submitted_at)::date, date_trunc($3, decided_at)::date)
           GROUP BY day ORDER BY day LIMIT 10000""",
        call.values["from"],
        call.values["to"],
        call.values.get("interval", "month"),
        call.caller.visible_companies,
    )
    return reply(
        call,
        [{"from": row["day"], **{name: row[name] for name in ("submitted", "approved", "rejected")}} for row in found],
    )


async def create_report(call: Call) -> Response:
    """Create a report. Its rows are read at the download, so it is ready at once."""
    body = {**call.body, "requestedAt": await call.database.fetchval("SELECT now()")}
    row = await call.database.fetchrow(
        "INSERT INTO reports (id, owner_id, status, body) VALUES ($1, $2, 'ready', $3) RETURNING id, status",
        uuid4(),
        call.caller.user_id,
        as_json(body),
    )
    await rows.notify_user(call, call.caller.user_id, "system", f"The report on {body['kind']} is ready")
    await rows.log(call, f"report {row['id']}")
    shown = {name: body[name] for name in ("kind", "format", "requestedAt")}
    return reply(call, {"id": row["id"], "status": row["status"], **shown})


async def download_report(call: Call) -> Response:
    """Return the file of a report, with the rows that the caller sees now."""
    row = await entry(call, REPORTS)
    asked = orjson.loads(row["body"])
    wanted: dict[str, Any] = asked.get("filter") or {}
    found = await call.database.fetch(
        f"""SELECT * FROM ({_SOURCES[asked["kind"]]}) r
            WHERE ($1::uuid[] IS NULL OR company_id = ANY($1)) AND ($2::text[] IS NULL OR company_id = ANY($2::uuid[]))
              AND ($3::text IS NULL OR day >= $3::date) AND ($4::text IS NULL OR day <= $4::date)
            ORDER BY day, number LIMIT {MAX_ROWS}""",
        call.caller.visible_companies,
        wanted.get("companyIds"),
        wanted.get("from"),
        wanted.get("to"),
    )
    table = [[str(each[name]) for name in ("number", "scheme", "status", "day")] for each in found]
    if asked["format"] == "csv":
        text = io.StringIO()
        csv.writer(text).writerows([_HEADINGS, *table])
        return Response(text.getvalue(), media_type="text/csv")
    lines = [" | ".join(each) for each in table[: MAX_LINES - 1]]
    lines.append(f"{len(table)} entries; the CSV has all of them")
    return Response(one_page(f"Report on {asked['kind']}", lines), media_type="application/pdf")


def _companies(call: Call) -> Any:
    company_id = call.optional_id("companyId")
    if company_id is None:
        return call.caller.visible_companies
    if not call.caller.sees(company_id):
        raise Problem(403, "The company is not visible to this user.")
    return [company_id]


HANDLERS: Final[dict[str, Handler]] = {
    "getDashboard": dashboard,
    "getCertificationReport": certifications,
    "createReport": create_report,
    "downloadReport": download_report,
}
