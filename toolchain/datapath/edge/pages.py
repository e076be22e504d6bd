"""Makes the edge's own page, with links to the served names."""

from collections.abc import Iterable
from html import escape

from toolchain.datapath.edge.messages import Response
from toolchain.datapath.edge.names import Names

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<h1>{title}</h1>
<p>{reason}</p>
<ul>
{links}
</ul>
<p>Amazon S3 is played at http://127.0.0.1:{storage_port}/BUCKET/KEY.</p>
<p>What is played, and what is not: docs/local-stack.md.</p>
</html>
"""


def names_page(names: Names, listed: Iterable[str], unknown: str | None = None) -> Response:
    """Make the page with the names.

    Args:
        names: The names and ports.
        listed: DNS names in AWS to list.
        unknown: Requested name that is not served; None if the page itself was requested.

    Returns:
        A response with status 200, or 404 for an unknown name.
    """
    links = "\n".join(
        f'<li><a href="{escape(names.local_origin(name))}/">{escape(name)}</a></li>' for name in sorted(listed)
    )
    reason = (
        "These names of AWS are served on this machine."
        if unknown is None
        else f"The name {escape(unknown)} leads nowhere: no record of a public hosted zone of the stack leads it to an "
        "endpoint that is served here. These names do:"
    )
    body = _PAGE.format(
        title="The local stack", reason=reason, links=links or "<li>none yet</li>", storage_port=names.storage_port
    )
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"))
    return Response(200 if unknown is None else 404, headers, body.encode())
