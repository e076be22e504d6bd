"""``python -m ops reference``: build this repository's reference service and site, and deploy them locally."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Final

import typer

from ops import aws, cli
from ops.addresses import address_of, served
from ops.aws_errors import errors_of_aws
from ops.frontend.build import build_site
from ops.parts import what_answers
from ops.stack_outputs import ROOT
from toolchain.datapath.balancer import haproxy
from toolchain.local.stack import LocalStack
from toolchain.modes import LOCAL_STACK, Mode
from toolchain.project import Project

FRONTEND: Final = ROOT / "frontend"
BACKEND: Final = ROOT / "backend"
DOCUMENT: Final = ROOT / "examples"
"""The folder with the API's OpenAPI document, which the service's image contains."""


def reference(
    *,
    smoke: Annotated[bool, typer.Option("--smoke/--no-smoke", help="Whether the smoke test runs at the end.")] = True,
    container: Annotated[
        bool, typer.Option("--container", help="Build the service with a container engine; run tasks as containers.")
    ] = False,
) -> None:
    """Build the reference service and site, deploy both to the local stack, and run the smoke test.

    ``make up`` ends with this. Exit codes: as for ``release``, ``frontend deploy`` and ``smoke``.
    """
    if _local().remembered() is Mode.OFFLINE:
        typer.echo("The offline provider runs no tasks, so the reference service and site are not deployed")
        return
    with ThreadPoolExecutor(max_workers=1) as pool:
        typer.echo("Building the site, and the service beside it")
        site = pool.submit(build_site, FRONTEND)
        try:
            options = ("--container",) if container else ()
            document = f"document={DOCUMENT}"
            _run("release", "--build", str(BACKEND), "--build-context", document, "--stack", LOCAL_STACK, *options)
        finally:
            built = _result(site)
    where = _where(container=container)
    _run("frontend", "deploy", str(built), "--stack", LOCAL_STACK)
    if smoke:
        _run("smoke", "--stack", LOCAL_STACK)
    typer.echo(where)


def _run(*arguments: str) -> None:
    code = cli.main(arguments)
    if code:
        typer.echo(f"'python -m ops {' '.join(arguments)}' ended with {code}; run it again, or 'make up'", err=True)
        raise typer.Exit(code)


def _result(site: "Future[Path]") -> Path:
    if not site.done():
        typer.echo("Waiting for the site to be built")
    return site.result()


def _local() -> LocalStack:
    return LocalStack(Project(ROOT), lambda _: None)


def _where(*, container: bool) -> str:
    """Return lines with the addresses of the site and the API, and what answers for which service of AWS."""
    with errors_of_aws():
        session = aws.connect(LOCAL_STACK)
        site, api = (address_of(session, session.output(name)).url for name in ("site_url", "api_url"))
    tls = _local().tls
    parts = what_answers(
        served(),
        str(session.endpoint_url),
        balancer="HAProxy" if haproxy.program() else "a proxy in Python",
        tasks="containers" if container else "processes",
    )
    lines = (
        "",
        f"The site    {site}",
        f"The API     {api} (for example {api.rstrip('/')}/health)",
        *([f"{tls.how_to_trust}."] if tls.is_on else []),
        "Open the site and choose 'Sign up'; later, log in with the same e-mail address and password.",
        "Everything runs on this machine, at 127.0.0.1:",
        *parts,
        "docs/local-stack.md says what is not played. 'make destroy' ends it.",
    )
    return "\n".join(lines)
