"""Makes an API Gateway stage in an emulator, a backend behind its VPC link, and the data path's local API Gateway."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests import emulated
from toolchain.datapath.addresses import Addresses
from toolchain.datapath.children import Children
from toolchain.datapath.control_plane import ControlPlane
from toolchain.datapath.edge.api_gateway import ApiGateway
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.part import Surroundings

KEY = "a-key-of-the-tests-with-40-characters-00"
STAGE = "test"
LOG_GROUP = "access"
LOG_FORMAT = '{"status":"$context.status","key":"$context.identity.apiKeyId","path":"$context.path","user":"$context.identity.user"}'


@dataclass(frozen=True)
class Received:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Backend:
    """A server that records each request and gives the same answer to all."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b"{}"
    delay_seconds: float = 0
    received: list[Received] = field(default_factory=list)
    port: int = 0
    connections: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").strip().split("\r\n")
                method, target, _ = first.split(" ", 2)
                headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
                length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
                self.received.append(Received(method, target, headers, await reader.readexactly(length)))
                await asyncio.sleep(self.delay_seconds)
                said = "".join(f"{name}: {value}\r\n" for name, value in self.headers)
                body = b"" if method == "HEAD" else self.body
                writer.write(
                    f"HTTP/1.1 {self.status} X\r\n{said}Content-Length: {len(self.body)}\r\n\r\n".encode() + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            writer.close()


@dataclass(frozen=True)
class Made:
    """The API and the other resources that `make_stage` created in the emulator."""

    endpoint: str
    rest_api_id: str
    balancer: str
    key_id: str
    domain: str
    client: Callable[[str], Any]

    def deploy(self, document: Mapping[str, Any]) -> None:
        gateway = self.client("apigateway")
        body = json.dumps(document).encode()
        gateway.put_rest_api(restApiId=self.rest_api_id, mode="overwrite", body=body)
        deployment = gateway.create_deployment(restApiId=self.rest_api_id)["id"]
        change = [{"op": "replace", "path": "/deploymentId", "value": deployment}]
        gateway.update_stage(restApiId=self.rest_api_id, stageName=STAGE, patchOperations=change)


@cache
def clients(endpoint: str) -> Callable[[str], Any]:
    """Return a function that makes clients and caches them, because to make a client is slow."""
    return cache(partial(emulated.client, endpoint))


def make_stage(
    endpoint: str, document: Mapping[str, Any], domain: str, plan: Mapping[str, Any] | None = None, log: bool = True
) -> Made:
    client = clients(endpoint)
    ec2, gateway = client("ec2"), client("apigateway")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    name = domain.replace(".", "-")[:32]
    balancer = client("elbv2").create_load_balancer(Name=name, Subnets=[subnet], Type="network")["LoadBalancers"][0]
    link = gateway.create_vpc_link(name=name, targetArns=[balancer["LoadBalancerArn"]])["id"]
    api = gateway.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})["id"]
    gateway.put_rest_api(restApiId=api, mode="overwrite", body=json.dumps(document).encode())
    deployment = gateway.create_deployment(restApiId=api)["id"]
    variables = {"backendHost": balancer["DNSName"], "vpcLinkId": link}
    gateway.create_stage(restApiId=api, stageName=STAGE, deploymentId=deployment, variables=variables)
    if log:
        group = f"{LOG_GROUP}-{api}"
        client("logs").create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:us-east-1:123456789012:log-group:{group}"
        changes = [
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": arn},
            {"op": "replace", "path": "/accessLogSettings/format", "value": LOG_FORMAT},
        ]
        gateway.update_stage(restApiId=api, stageName=STAGE, patchOperations=changes)
    stages = [{"apiId": api, "stage": STAGE}]
    usage_plan = gateway.create_usage_plan(**{"name": name, "apiStages": stages, **(plan or {})})["id"]
    key = gateway.create_api_key(name=name, enabled=True, value=f"{KEY}-{name}")["id"]
    gateway.create_usage_plan_key(usagePlanId=usage_plan, keyId=key, keyType="API_KEY")
    gateway.create_domain_name(domainName=domain, endpointConfiguration={"types": ["REGIONAL"]})
    gateway.create_base_path_mapping(domainName=domain, restApiId=api, stage=STAGE)
    return Made(endpoint, api, balancer["DNSName"], key, domain, client)


@asynccontextmanager
async def played(
    made: Made, folder: Path, backend: Backend | None = None, said: list[str] | None = None, **options: Any
) -> AsyncIterator[ApiGateway]:
    """Run the local API Gateway, reconciled once, with a backend behind its load balancer."""
    addresses = Addresses(folder)
    server = None
    if backend is not None:
        server = await asyncio.start_server(backend.handle, "127.0.0.1", 0)
        backend.port = server.sockets[0].getsockname()[1]
        addresses.serve(made.balancer, 80, backend.port)
    say = (said if said is not None else []).append
    control_plane = ControlPlane(made.endpoint, check_seconds=0)
    control_plane.client = made.client
    surroundings = Surroundings(control_plane, addresses, Children(folder / "children.json"), folder, say)
    gateway = ApiGateway(surroundings, **options)
    await gateway.converge()
    try:
        yield gateway
    finally:
        await gateway.close()
        if server is not None:
            server.close()


def request(made: Made, method: str, path: str, *, key: bool = True, **options: Any) -> Request:
    headers = options.pop("headers", ())
    if key:
        headers = (*headers, ("X-Api-Key", f"{KEY}-{made.domain.replace('.', '-')[:32]}"))
    path, _, query = path.partition("?")
    return Request(method, made.domain, path, query=query, headers=headers, **options)


def message(response: Response) -> Any:
    return json.loads(response.body)["message"]
