"""An API below a path of its site: answers contain the addresses that the browser uses."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.api.call import Call, created


@pytest.mark.parametrize(("prefix", "expected"), [("", "/companies/7"), ("/api", "/api/companies/7")])
def test_what_was_made_is_where_browsers_find_it(prefix: str, expected: str) -> None:
    operation = SimpleNamespace(path="/companies", locates=True, success=201)
    services = SimpleNamespace(settings=SimpleNamespace(path_prefix=prefix))
    call: Any = SimpleNamespace(operation=operation, services=services)

    assert created(cast("Call", call), {"id": 7}).headers["Location"] == expected
