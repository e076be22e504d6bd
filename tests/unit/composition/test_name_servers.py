"""The name servers of a new zone are said before the certificates wait for its delegation."""

from typing import Any

import pulumi
import pytest

from tests.program import record_program
from tests.stack_files import stack_configuration

DNS = "spot-platform:dns"


@pytest.mark.parametrize(
    ("stack", "dns", "preview", "is_said", "endpoint_url"),
    [
        ("staging", {"manage_zone": True}, False, True, None),
        # The zone does not exist yet.
        ("staging", {"manage_zone": True}, True, False, None),
        # The zone has been there before, and no certificate waits.
        ("staging", {}, False, False, None),
        ("staging", {"manage_zone": True, "site_domain": None, "api_domain": None}, False, False, None),
        # The emulator and the offline provider issue certificates without a delegation.
        ("local", {}, False, False, "http://127.0.0.1:4566"),
        ("local", {}, False, False, None),
    ],
)
def test_name_servers_are_said_where_certificates_wait(
    stack: str,
    dns: dict[str, Any],
    preview: bool,
    is_said: bool,
    endpoint_url: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", said.append)
    configuration = stack_configuration(stack)
    configuration[DNS] = {**configuration[DNS], **dns}
    if endpoint_url is not None:
        configuration["spot-platform:aws"] = {**configuration["spot-platform:aws"], "endpoint_url": endpoint_url}
    recording = record_program(stack, configuration, preview=preview)
    assert bool(said) is is_said
    if is_said:
        name = configuration[DNS]["zone_name"]
        servers = ", ".join(sorted(recording.outputs[recording.one("HostedZone").urn]["name_servers"]))
        text = (
            f"The name servers of {name} are {servers}: enter them where {name} is registered, unless they are there "
            "already. Certificates are issued only after that; this update waits 75 minutes for them and can be run again."
        )
        assert said == [text]
        assert servers.startswith("ns-")
        assert recording.all("CertificateValidation")
