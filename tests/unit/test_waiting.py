"""Nothing waits for the database or a certificate that need not, by the dependencies that the whole program registers.

The database takes most of the time of a first `up`, and when it is not created, the alarms on all other parts should
already be there.
"""

import pytest

from tests.program import record_with_image
from tests.recording import Recording

pytestmark = pytest.mark.xdist_group("whole program")

CERTIFICATE = "aws:acm/certificateValidation:CertificateValidation"
DATABASE = "aws:rds/instance:Instance"


def names(recording: Recording, urns: set[str]) -> set[str]:
    """Return type and name of these resources, such as ``Service api``."""
    return {f"{each.type.split(':')[-1]} {each.name}" for each in recording.resources if each.urn in urns}


def waiting(recording: Recording, type_: str, name: str | None = None) -> set[str]:
    """Return the URNs of all resources that need the resource of this type (and name), directly or through others."""
    needed = {recording.one(type_, name).urn}
    found: set[str] = set()
    while more := {each.urn for each in recording.resources if each.dependencies & (needed | found)} - found:
        found |= more
    return found


def test_only_what_needs_the_database_waits_for_it() -> None:
    recording = record_with_image("prod")
    name = "halalsphere-prod"
    assert names(recording, waiting(recording, DATABASE)) == {
        # They name the instance or its secret.
        f"EventSubscription {name}-database-events-db-instance",
        f"Selection {name}",
        f"SecretRotation {name}-database",
        f"RolePolicy {name}-migration",
        f"TaskDefinition {name}-migration",
        f"Dashboard {name}",
        *(
            f"MetricAlarm {name}-database-{watched}"
            for watched in ("cpu", "storage", "memory", "connections", "transaction-ids", "credits")
        ),
        # The tasks log in to the database.
        f"TaskDefinition {name}",
        f"Service {name}",
        # They name the service.
        f"Target {name}",
        f"Policy {name}-cpu",
        f"Policy {name}-memory",
        *(f"MetricAlarm {name}-service-{watched}" for watched in ("cpu", "memory", "running-tasks", "at-maximum")),
        # It replaces the tasks, and the rotation of the password starts it.
        f"RolePolicy {name}-redeploy",
        f"StateMachine {name}-redeploy",
        f"MetricAlarm {name}-failed-redeployment",
        f"RolePolicy {name}-rotation",
        f"EventTarget {name}-rotation",
    }


def test_the_stores_do_not_wait_for_routes_that_they_do_not_use() -> None:
    """To destroy a stack, the engine deletes the database, the cache and the distribution at the same time."""
    recording = record_with_image("prod")
    associations = [each for each in recording.resources if each.type.endswith(":RouteTableAssociation")]
    isolated = {each.name for each in associations if "-isolated-" in each.name}
    assert isolated
    for name in isolated:
        assert (
            names(recording, waiting(recording, "aws:ec2/routeTableAssociation:RouteTableAssociation", name)) == set()
        )


def test_the_site_waits_for_its_own_certificate_and_not_for_the_apis() -> None:
    recording = record_with_image("prod")
    distribution = recording.one("aws:cloudfront/distribution:Distribution").urn
    assert distribution in waiting(recording, CERTIFICATE, "halalsphere-prod-site")
    assert distribution not in waiting(recording, CERTIFICATE, "halalsphere-prod-api")


@pytest.mark.parametrize(
    ("type_", "kinds"),
    [
        ("aws:elasticache/replicationGroup:ReplicationGroup", {"cache"}),
        ("aws:cloudfront/distribution:Distribution", {"site"}),
        ("aws:apigateway/restApi:RestApi", {"api"}),
        ("aws:backup/vault:Vault", {"failed", "expired"}),
        ("aws:ec2/natGateway:NatGateway", {"nat"}),
    ],
)
def test_an_alarm_refers_only_to_what_it_watches(type_: str, kinds: set[str]) -> None:
    recording = record_with_image("prod")
    needed = {each.urn for each in recording.all(type_)}
    alarms = [each.name for each in recording.all("MetricAlarm") if each.dependencies & needed]
    assert {name.removeprefix("halalsphere-prod-").split("-")[0] for name in alarms} == kinds
