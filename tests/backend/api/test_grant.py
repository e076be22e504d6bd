"""Creation of the first administrator."""

from collections.abc import Callable

import pytest

from service.api.grant import main
from tests.backend.api.conftest import Person


def test_roles_are_added_to_a_registered_user(
    person: Callable[..., Person],
    service_environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = person("user")
    for name, value in service_environment.items():
        monkeypatch.setenv(name, value)
    assert main(["USER@example.com", "administrator", "auditor"]) == 0
    assert main(["user@example.com", "administrator"]) == 0
    assert sorted(user.call("GET", "/auth/me").json()["roles"]) == ["administrator", "auditor"]
    assert main(["nobody@example.com", "auditor"]) == 1
    assert "they register first" in capsys.readouterr().err
    monkeypatch.delenv("JWT_SECRET")
    assert main(["user@example.com", "auditor"]) == 2
