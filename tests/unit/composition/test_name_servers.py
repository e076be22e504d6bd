"""The name servers of a new zone are said before the certificates wait for its delegation."""

from collections.abc import Callable

import pytest

from tests.program import record_changed, record_for_emulator, record_stack
from tests.recording import Recording
from tests.stack_files import stack_configuration

pytestmark = pytest.mark.xdist_group("whole program")

ZONE = {"manage_zone": True}


def test_name_servers_are_said_where_certificates_wait() -> None:
    recording = record_changed("staging", dns=ZONE)
    name = stack_configuration("staging")["spot-platform:dns"]["zone_name"]
    servers = ", ".join(sorted(recording.outputs[recording.one("HostedZone").urn]["name_servers"]))
    text = (
        f"The name servers of {name} are {servers}: enter them where {name} is registered, unless they are there "
        "already. Certificates are issued only after that; this update waits 75 minutes for them and can be run again."
    )
    assert recording.said == [text]
    assert servers.startswith("ns-")
    assert recording.all("CertificateValidation")


@pytest.mark.parametrize(
    ("recorded", "waits"),
    [
        # The zone does not exist yet.
        (lambda: record_changed("staging", preview=True, dns=ZONE), True),
        # The zone has been there before.
        (lambda: record_stack("staging"), True),
        (lambda: record_changed("staging", dns={**ZONE, "site_domain": None, "api_domain": None}), False),
        # The emulator and the offline provider issue certificates without a delegation.
        (record_for_emulator, True),
        (lambda: record_stack("local"), True),
    ],
    ids=["preview", "zone of others", "no names", "emulator", "offline provider"],
)
def test_nothing_is_said_otherwise(recorded: Callable[[], Recording], *, waits: bool) -> None:
    recording = recorded()
    assert recording.said == []
    assert bool(recording.all("CertificateValidation")) == waits
