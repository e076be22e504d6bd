"""The operations of the service, which the API document defines."""

from typing import Final

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from service.api import (
    accounts,
    administration,
    catalogue,
    certificates,
    certification,
    companies,
    documents,
    invoices,
    reports,
    users,
)
from service.api.call import Handler, Services
from service.api.contract import read_contract
from service.api.dispatch import make_routes
from service.api.problems import on_http_exception
from service.cache import Redis
from service.settings import Settings
from service.storage import open_storage
from service.storage.local import LocalStorage
from service.storage.local_routes import local_routes

HANDLERS: Final[dict[str, Handler]] = {
    **accounts.HANDLERS,
    **users.HANDLERS,
    **companies.HANDLERS,
    **certification.HANDLERS,
    **certificates.HANDLERS,
    **documents.HANDLERS,
    **invoices.HANDLERS,
    **reports.HANDLERS,
    **administration.HANDLERS,
    **catalogue.HANDLERS,
}
"""The handler of each operation, by operation id; without the health checks."""

CONTRACT: Final = read_contract()

router: Final = APIRouter(routes=[*make_routes(CONTRACT, HANDLERS)])
"""The routes of all operations, without the health checks."""


def install(app: FastAPI) -> None:
    """Let an application serve the document, and return its errors in the document's format.

    Args:
        app: The application, which includes `router`; its state has ``settings``.
    """
    app.openapi = lambda: CONTRACT.document
    app.add_exception_handler(HTTPException, on_http_exception)


def open_services(app: FastAPI, settings: Settings, cache: Redis | None) -> Services:
    """Open the services that handlers use besides the database, and put them into ``app.state.services``.

    Args:
        app: The application.
        settings: The service's settings.
        cache: The Redis client; None without Redis.
    """
    storage = open_storage(settings)
    if isinstance(storage, LocalStorage):
        app.router.routes.extend(local_routes(storage))
    services = app.state.services = Services(settings, CONTRACT, storage, cache)
    return services
