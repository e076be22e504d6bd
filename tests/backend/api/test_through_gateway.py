"""Sends valid and invalid requests of every operation through the edge and the local API Gateway to the service.

A request that a validator should refuse must not reach the service. A valid request must reach it, and get a status
that the document declares.
"""

import asyncio
import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from schemathesis import GenerationMode

from service.settings import Settings
from spot_planning.api.openapi_import import read_document
from spot_planning.api.private_api import plan_private_api, titled
from tests.backend.api.document_requests import (
    KEY_HEADER,
    Judge,
    Operation,
    Sent,
    broken,
    generated,
    made_by,
    operations_of,
    with_known,
)
from tests.backend.servers import ROOT
from tests.backend.task import SERVICE, Task, running
from tests.stack_files import from_stack_file
from tests.toolchain.datapath.edge.api_gateway.stack import KEY, Made, make_stage
from tests.toolchain.datapath.edge.conftest import running as converged
from tests.toolchain.datapath.edge.conftest import surroundings_of
from toolchain.datapath.edge.api_gateway import ApiGateway
from toolchain.datapath.edge.forwarding import Forwarder
from toolchain.datapath.edge.listener import Listener
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.server import Edge
from toolchain.emulator.process import Emulator

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "1"))
ORDER = ("POST", "GET", "PUT", "PATCH", "DELETE")
SETTINGS = from_stack_file(ROOT / "Pulumi.local.yaml")
DOCUMENT = read_document((ROOT / SETTINGS.api.document).read_bytes())
OPERATIONS = operations_of(DOCUMENT)
DOMAIN = str(SETTINGS.dns.api_domain)
API_KEY = f"{KEY}-{DOMAIN.replace('.', '-')[:32]}"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """The API, imported like the program's, with its domain name in Route 53."""
    emulator = Emulator(tmp_path / "emulator")
    try:
        api = replace(SETTINGS.api, cors_allowed_origins=SETTINGS.api_origins)
        plan = plan_private_api(DOCUMENT, api, has_domain=True)
        made = make_stage(emulator.start(), json.loads(titled(plan.body(), "api")), DOMAIN)
        name_in_route_53(made)
        yield made
    finally:
        emulator.stop()


def name_in_route_53(made: Made) -> None:
    domain = made.client("apigateway").get_domain_name(domainName=DOMAIN)
    route53 = made.client("route53")
    zone = route53.create_hosted_zone(Name=str(SETTINGS.dns.zone_name), CallerReference="zone")["HostedZone"]["Id"]
    alias = {
        "HostedZoneId": domain["regionalHostedZoneId"],
        "DNSName": domain["regionalDomainName"],
        "EvaluateTargetHealth": False,
    }
    record = {"Name": DOMAIN, "Type": "A", "AliasTarget": alias}
    changes = {"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)


@pytest.fixture
def task(service_environment: dict[str, str], service_settings: Settings, tmp_path: Path) -> Iterator[Task]:
    assert service_settings.node_env == "test"
    with running(service_environment, tmp_path / "log", SERVICE) as task:
        yield task


@dataclass(frozen=True)
class People:
    """A user for each operation, with all roles, so that operations do not affect each other's users."""

    users: dict[str, UUID]
    company: UUID
    secret: str

    def request(self, sent: Sent, known: Mapping[str, str]) -> Request:
        """Return the request with a token and, if it should be valid, with existing ids."""
        now = datetime.now(UTC)
        claims = {
            "iss": "reference-service",
            "sub": str(self.users[sent.operation.operation_id]),
            "sid": str(uuid4()),
            "ver": 0,
            "iat": now,
            "exp": now + timedelta(hours=1),
        }
        token = ("Authorization", f"Bearer {jwt.encode(claims, self.secret, 'HS256')}")
        key = () if sent.breaks == "key" else ((KEY_HEADER, API_KEY),)
        request = sent.request.with_headers(token, *key)
        return with_known(request, sent.operation, known) if sent.is_valid else request


@pytest.fixture
def people(query: Callable[..., list[Any]], service_settings: Settings) -> People:
    users = {operation.operation_id: uuid4() for operation in OPERATIONS}
    company = uuid4()
    query(
        """INSERT INTO users (id, email, full_name, roles, status)
           SELECT id, id || '@example.com', 'All', $2, 'active' FROM unnest($1::uuid[]) AS id""",
        list(users.values()),
        ["administrator", "auditor", "scholar", "company-admin"],
    )
    query(
        """INSERT INTO companies (id, name, registration_number, country, address)
           VALUES ($1, 'Sari Foods', '1', 'MY', '{"line1": "12 Jalan", "city": "Shah Alam", "country": "MY"}')""",
        company,
    )
    query(
        "INSERT INTO memberships (company_id, user_id, administrator) SELECT $1, id, true FROM unnest($2::uuid[]) AS id",
        company,
        list(users.values()),
    )
    return People(users, company, service_settings.jwt_secret.get_secret_value())


def requests_made() -> list[Sent]:
    """Return the requests: valid ones first, and among them first those that create something."""
    right = list(generated(DOCUMENT, GenerationMode.POSITIVE, EXAMPLES, SEED))
    right.sort(key=lambda sent: (ORDER.index(sent.operation.method), sent.operation.path.count("/")))
    first = {sent.operation.operation_id: sent for sent in reversed(right)}
    wrong = [each for sent in first.values() for each in broken(sent)]
    return [*right, *wrong, *generated(DOCUMENT, GenerationMode.NEGATIVE, EXAMPLES, SEED)]


@dataclass(frozen=True)
class Outcome:
    """The response to a request, and how far it came."""

    sent: Sent
    response: Response
    reached: bool
    """Whether the request reached the service."""

    @property
    def operation(self) -> Operation:
        return self.sent.operation

    @property
    def shown(self) -> str:
        """Return a text for a failed assertion."""
        request = self.sent.request
        headers = [(name, value) for name, value in request.headers if name != "Authorization"]
        return (
            f"{self.operation.operation_id}: {request.method} {request.path}?{request.query} {headers} "
            f"{request.body[:500]!r} -> {self.response.status} {self.response.body[:500]!r}, reached: {self.reached}"
        )


async def outcomes(made: Made, task: Task, folder: Path, people: People) -> list[Outcome]:
    """Send all requests to the edge one after the other; later requests use the ids of created objects."""
    surroundings = surroundings_of(made.endpoint, folder)
    received: set[str] = set()
    onward, viewer = Forwarder(), Forwarder()

    async def recorded(request: Request) -> Response:
        received.add(request.header("X-Request-Id") or "")
        return await onward.send(task.url, request)

    balancer = Listener(recorded, print)
    surroundings.addresses.serve(made.balancer, 80, await balancer.open(0))
    gateway = ApiGateway(surroundings)
    edge = Edge(surroundings, (gateway,))
    found: list[Outcome] = []
    try:
        async with converged(gateway, edge):
            base = f"http://127.0.0.1:{edge.names.edge_port}"
            known = {"companyId": str(people.company)}
            for given in requests_made():
                each = replace(given, request=people.request(given, known))
                host = ("Host", f"{DOMAIN}.localhost:{edge.names.edge_port}")
                response = await viewer.send(base, each.request.with_headers(host))
                found.append(Outcome(each, response, response.header("x-amzn-RequestId") in received))
                name = made_by(each.operation, OPERATIONS)
                if name and each.is_valid and response.status == HTTPStatus.CREATED:
                    answer = json.loads(response.body)
                    known.setdefault(name, answer.get("id") or answer[name])
            assert received == {each.response.header("x-amzn-RequestId") for each in found if each.reached}
    finally:
        await asyncio.gather(balancer.close(), onward.close(), viewer.close())
    return found


def problem_of(outcome: Outcome, judge: Judge) -> str | None:
    """Return what is wrong with the outcome of a request; None if it is as expected."""
    faults = judge.faults(outcome.sent)
    status = outcome.response.status
    if faults and (outcome.reached or status not in {400, 403, 414}):
        return f"is to be stopped for {sorted(faults)}"
    if not faults and not outcome.reached and (outcome.sent.is_valid or not judge.is_body_wrong(outcome.sent)):
        return "is stopped, and is right as far as API Gateway sees"
    if outcome.reached and status not in outcome.operation.statuses:
        return f"gets a status that is none of {sorted(outcome.operation.statuses)}"
    if outcome.reached and status < 400 and judge.is_body_wrong(outcome.sent):
        return "has a wrong body, and the service takes it"
    return None


def breakable(operation: Operation) -> set[str]:
    """Return the parts of an operation's requests that API Gateway validates."""
    required = [each["in"] for each in operation.parameters if each.get("required") and each["in"] != "path"]
    checked = {"key": operation.key_required, "parameter": required, "body": operation.body_required}
    return {"method", *(name for name, holds in checked.items() if holds)}


def test_what_is_right_reaches_the_service_and_what_is_wrong_does_not(
    made: Made, task: Task, people: People, tmp_path: Path
) -> None:
    judge = Judge(DOCUMENT, API_KEY)
    found = asyncio.run(outcomes(made, task, tmp_path, people))
    problems = [f"{outcome.shown}: {wrong}" for outcome in found if (wrong := problem_of(outcome, judge))]
    print(sorted(Counter((each.sent.breaks, each.reached, each.response.status) for each in found).items()))
    assert not problems, f"{len(problems)} of {len(found)}:\n" + "\n".join(problems[:20])
    # Each operation got valid and invalid requests
    assert len(OPERATIONS) == 111
    assert {each.operation.operation_id for each in found if each.sent.is_valid and each.reached} == {
        each.operation_id for each in OPERATIONS
    }
    stopped: dict[str, set[str]] = defaultdict(set)
    for each in found:
        if not each.reached:
            stopped[each.operation.operation_id].add(each.sent.breaks)
    assert not {each.operation_id for each in OPERATIONS if not breakable(each) <= stopped[each.operation_id]}
    # Most valid requests pass the sign-in, and many succeed
    statuses = Counter(each.response.status for each in found if each.sent.is_valid and each.reached)
    assert statuses[200] + statuses[201] + statuses[202] + statuses[204] > max(80, statuses[401])
