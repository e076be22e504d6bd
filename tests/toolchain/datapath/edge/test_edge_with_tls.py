"""The edge over HTTPS: two distributions and an API, with a client that trusts only the stack's authority."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from botocore.config import Config

from spot_planning.site.spa_frontend import CACHING_OPTIMIZED, origin_access_statements
from spot_planning.storage.bucket_policy import bucket_policy
from tests import emulated
from tests.toolchain.datapath.edge.conftest import origin_access_control, running, surroundings_of
from tests.toolchain.datapath.handshakes import client_context
from tests.waiting import wait_until
from toolchain.datapath.addresses import read_addresses
from toolchain.datapath.edge import secure_listener, server
from toolchain.datapath.edge.cloudfront import CloudFront
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.secure_listener import FIRST_PORT
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.ports import free_port
from toolchain.datapath.process import DataPath
from toolchain.datapath.tls import Tls
from toolchain.offline import peers

SITE, DOCS, API = "secure.test", "docs.secure.test", "api.secure.test"
UPLOADS = "secure-uploads"
POLICY = (
    f"default-src 'self'; connect-src 'self' https://{API} wss://{API} https://{UPLOADS}.s3.us-east-1.amazonaws.com; "
    f"img-src https:; frame-src {DOCS}; upgrade-insecure-requests"
)


@pytest.fixture(scope="module")
def domain_names(aws: Callable[[str], Any]) -> dict[str, str]:
    """Two distributions with a bucket each: alias -> the distribution's AWS domain name."""
    cloudfront, s3, route53 = aws("cloudfront"), aws("s3"), aws("route53")
    control = origin_access_control(cloudfront, "secure")
    headers = cloudfront.create_response_headers_policy(
        ResponseHeadersPolicyConfig={
            "Name": "secure",
            "SecurityHeadersConfig": {
                "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": POLICY},
                "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60},
            },
        }
    )["ResponseHeadersPolicy"]["Id"]
    zone = route53.create_hosted_zone(Name=SITE, CallerReference="secure")["HostedZone"]["Id"]
    found: dict[str, str] = {}
    for alias in (SITE, DOCS):
        bucket = alias.replace(".", "-")
        s3.create_bucket(Bucket=bucket)
        s3.put_object(Bucket=bucket, Key="index.html", Body=alias.encode(), ContentType="text/html")
        origin = {
            "Id": "site",
            "DomainName": f"{bucket}.s3.us-east-1.amazonaws.com",
            "OriginAccessControlId": control,
            "S3OriginConfig": {"OriginAccessIdentity": ""},
        }
        behaviour = {
            "TargetOriginId": "site",
            "ViewerProtocolPolicy": "redirect-to-https",
            "CachePolicyId": CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": headers,
        }
        made = cloudfront.create_distribution(
            DistributionConfig={
                "CallerReference": alias,
                "Comment": alias,
                "Enabled": True,
                "DefaultRootObject": "index.html",
                "Aliases": {"Quantity": 1, "Items": [alias]},
                "Origins": {"Quantity": 1, "Items": [origin]},
                "DefaultCacheBehavior": behaviour,
            }
        )["Distribution"]
        policy = bucket_policy(f"arn:aws:s3:::{bucket}", origin_access_statements(made["ARN"]))
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": made["DomainName"], "EvaluateTargetHealth": False}
        change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": alias, "Type": "A", "AliasTarget": target}}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
        found[alias] = made["DomainName"]
    s3.create_bucket(Bucket=UPLOADS)
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": [f"https://{SITE}"], "AllowedHeaders": ["*"]}
    s3.put_bucket_cors(Bucket=UPLOADS, CORSConfiguration={"CORSRules": [rule]})
    return found


class Api:
    """Answers in place of the local API Gateway."""

    name = "api"

    def hosts(self) -> frozenset[str]:
        return frozenset({API})

    async def answer(self, request: Request) -> Response:
        seen = f"{request.scheme} {request.host} {request.header('origin')} {request.header('referer')}"
        headers = (
            ("Access-Control-Allow-Origin", f"https://{SITE}"),
            ("Location", f"https://{DOCS}/after"),
            ("Set-Cookie", f"s=1; Domain={SITE}; Secure; SameSite=None"),
        )
        return Response(201, headers, seen.encode())


class Client:
    """A client that sends requests to the edge by name, over HTTP and HTTPS, with a new handshake for each."""

    def __init__(self, edge: Edge, tls: Tls) -> None:
        self.edge, self.tls = edge, tls

    @property
    def port(self) -> int:
        port = self.edge.names.tls_port
        assert port is not None
        return port

    async def ask(
        self, host: str | None, path: str = "/", *, scheme: str = "https", method: str = "GET", **headers: str
    ) -> httpx.Response:
        """Send a request; with ``host`` None, use the address and send no name in the handshake."""
        port = self.port if scheme == "https" else self.edge.names.edge_port
        named = {"host": f"{host}.localhost:{port}"} if host else {}
        extensions = {"sni_hostname": f"{host}.localhost"} if host and scheme == "https" else {}
        verify = client_context(self.tls.authority.read_text()) if scheme == "https" else False
        async with httpx.AsyncClient(trust_env=False, verify=verify) as http:
            url = f"{scheme}://127.0.0.1:{port}{path}"
            return await http.request(method, url, headers={**named, **headers}, extensions=extensions)


def served(emulator: str, folder: Path, test: Callable[[Client], Awaitable[None]]) -> list[str]:
    """Run a test with an edge that has TLS, and return the log."""
    tls = Tls.beside(folder / "datapath")
    tls.turn_on()
    (folder / "datapath").mkdir()
    surroundings = surroundings_of(emulator, folder / "datapath")

    async def play() -> None:
        cloudfront = CloudFront(surroundings)
        edge = Edge(surroundings, (cloudfront, Api()), tls)
        async with running(cloudfront, edge):
            await test(Client(edge, tls))

    asyncio.run(play())
    return surroundings.say.__self__  # type: ignore[attr-defined]


def test_every_name_is_served_with_a_certificate_of_its_own(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        assert (client.port >= FIRST_PORT, client.port != client.edge.names.edge_port) == (True, True)
        for alias, domain_name in domain_names.items():
            for name in (alias, domain_name):
                answer = await client.ask(name)
                assert (answer.status_code, answer.text) == (200, alias), name
        assert (await client.ask(API)).status_code == 201
        # HTTP works as before without a redirect: the viewer protocol policy counts as fulfilled.
        assert (await client.ask(SITE, scheme="http")).text == SITE
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await httpx.AsyncClient(trust_env=False).get(f"https://127.0.0.1:{client.port}/")

    served(emulator, tmp_path, test)


def test_what_came_by_https_is_told_addresses_with_https(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        secure, plain = f"localhost:{client.port}", f"localhost:{client.edge.names.edge_port}"
        storage = f"http://127.0.0.1:{client.edge.names.storage_port}"
        page = await client.ask(SITE)
        assert page.headers["content-security-policy"] == (
            f"default-src 'self'; connect-src 'self' https://{API}.{secure} wss://{API}.{secure} {storage}/{UPLOADS} "
            f"{storage}/{UPLOADS}/; img-src https: {storage}; frame-src {DOCS}.{secure}"
        )
        # The header would also apply to the port with HTTP.
        assert "strict-transport-security" not in page.headers
        origin = f"https://{SITE}.{secure}"
        answer = await client.ask(API, origin=origin, referer=f"{origin}/a")
        assert answer.text == f"https {API} https://{SITE} https://{SITE}/a"
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["location"] == f"https://{DOCS}.{secure}/after"
        assert answer.headers["set-cookie"] == f"s=1; Domain={SITE}.localhost; Secure; SameSite=None"

        page = await client.ask(SITE, scheme="http")
        assert page.headers["content-security-policy"] == (
            f"default-src 'self'; connect-src 'self' http://{API}.{plain} https://{API}.{secure} ws://{API}.{plain} "
            f"wss://{API}.{secure} {storage}/{UPLOADS} {storage}/{UPLOADS}/; img-src https: http://*.{plain} {storage}; "
            f"frame-src {DOCS}.{plain} {DOCS}.{secure}"
        )
        answer = await client.ask(API, scheme="http", origin=f"http://{SITE}.{plain}")
        assert answer.headers["access-control-allow-origin"] == f"http://{SITE}.{plain}"
        assert answer.headers["location"] == f"http://{DOCS}.{plain}/after"
        assert answer.headers["set-cookie"] == f"s=1; Domain={SITE}.localhost; SameSite=Lax"

    served(emulator, tmp_path, test)


def test_the_api_lets_in_the_site_by_either_scheme_and_no_other_port(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        for origin in (
            f"http://{SITE}.localhost:{client.edge.names.edge_port}",
            f"https://{SITE}.localhost:{client.port}",
        ):
            for scheme in ("http", "https"):
                answer = await client.ask(API, scheme=scheme, origin=origin)
                assert answer.headers["access-control-allow-origin"] == origin
            preflight = {"origin": origin, "access-control-request-method": "POST"}
            url = f"http://127.0.0.1:{client.edge.names.storage_port}/{UPLOADS}/"
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.options(url, headers=preflight)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
        foreign = f"http://{SITE}.localhost:{client.port}"
        answer = await client.ask(API, origin=foreign)
        assert answer.text.split()[2] == foreign
        assert answer.headers["access-control-allow-origin"] != foreign

    served(emulator, tmp_path, test)


def test_a_form_leads_back_to_the_page_by_the_scheme_that_it_came_by(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        done = {"success_action_redirect": f"https://{SITE}/done"}
        signer = emulated.client(
            f"http://127.0.0.1:{client.edge.names.storage_port}",
            "s3",
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
        )
        form = signer.generate_presigned_post(UPLOADS, "a", Fields=done, Conditions=[done])
        for origin in (
            f"https://{SITE}.localhost:{client.port}",
            f"http://{SITE}.localhost:{client.edge.names.edge_port}",
        ):
            async with httpx.AsyncClient(trust_env=False) as http:
                answer = await http.post(
                    form["url"], data=form["fields"], files={"file": b"hello"}, headers={"origin": origin}
                )
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, f"{origin}/done")

    served(emulator, tmp_path, test)


def test_without_a_name_and_with_an_unknown_one_the_page_of_names_is_shown(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        link = f'<a href="https://{SITE}.localhost:{client.port}/">{SITE}</a>'
        for host, status in ((None, 200), ("edge", 200), ("nothing.test", 404)):
            answer = await client.ask(host)
            assert (answer.status_code, link in answer.text) == (status, True), host
        answer = await client.ask(None, scheme="http")
        assert f'<a href="http://{SITE}.localhost:{client.edge.names.edge_port}/">{SITE}</a>' in answer.text

    served(emulator, tmp_path, test)


def test_what_is_no_tls_is_cut_off_and_harms_nothing(
    emulator: str, domain_names: dict[str, str], tmp_path: Path
) -> None:
    async def test(client: Client) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: secure.test.localhost\r\n\r\n")
        assert b"HTTP/" not in await asyncio.wait_for(reader.read(), 30)
        writer.close()
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", client.port, ssl=old)
        assert (await client.ask(SITE)).text == SITE

    log = served(emulator, tmp_path, test)
    assert log[-1].startswith("edge: listens at https://"), log


def test_other_users_of_the_machine_are_refused(
    emulator: str, domain_names: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "_owners", lambda _port: iter([54_321]))

    async def test(client: Client) -> None:
        answer = await client.ask(SITE)
        assert (answer.status_code, "serves the user who started it" in answer.text) == (403, True)

    served(emulator, tmp_path, test)


def test_the_option_is_followed_while_the_edge_runs(emulator: str, tmp_path: Path) -> None:
    async def play() -> None:
        (tmp_path / "datapath").mkdir()
        tls, surroundings = Tls.beside(tmp_path / "datapath"), surroundings_of(emulator, tmp_path / "datapath")
        edge = Edge(surroundings, (Api(),), tls)
        async with running(edge):
            client = Client(edge, tls)
            assert (edge.names.tls_port, surroundings.addresses.local_port("edge.localhost", 443)) == (None, None)
            assert not tls.folder.exists()
            policy = (await client.ask(API, scheme="http")).headers
            assert policy["location"].startswith("https://docs"), "a name that nothing serves is left alone"

            tls.turn_on()
            await edge.converge()
            port = client.port
            assert surroundings.addresses.local_port("edge.localhost", 443) == port
            assert (await client.ask(API)).status_code == 201
            authority = tls.authority.read_text()

            tls.turn_off()
            await edge.converge()
            assert (edge.names.tls_port, surroundings.addresses.local_port("edge.localhost", 443)) == (None, None)
            with pytest.raises(OSError, match="Connect call failed"):
                await asyncio.open_connection("127.0.0.1", port)
            assert not tls.folder.exists()
            assert (await client.ask(API, scheme="http")).status_code == 201

            tls.turn_on()
            await edge.converge()
            assert client.port == port
            assert tls.authority.read_text() != authority
            assert (await client.ask(API)).status_code == 201

    asyncio.run(play())


def test_the_port_and_the_authority_stay_while_the_stack_lives(
    emulator: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tests in other workers begin at the usual ports, and could take one while this edge is away.
    for module, name in ((server, "FIRST_PORT"), (server, "FIRST_STORAGE_PORT"), (secure_listener, "FIRST_PORT")):
        monkeypatch.setattr(module, name, free_port())

    def edge_of(stack: str) -> tuple[Edge, Tls]:
        folder = tmp_path / stack / "datapath"
        folder.mkdir(parents=True, exist_ok=True)
        tls = Tls.beside(folder)
        tls.turn_on()
        return Edge(surroundings_of(emulator, folder), (Api(),), tls), tls

    async def play() -> None:
        first, _ = edge_of("first")
        async with running(first):
            neighbour, tls = edge_of("neighbour")
            async with running(neighbour):
                ports, authority = neighbour.names, tls.authority.read_text()
                assert ports.tls_port not in {None, first.names.tls_port}
        again, tls = edge_of("neighbour")
        async with running(again):
            assert again.names == ports
            assert tls.authority.read_text() == authority
            assert (await Client(again, tls).ask(API)).status_code == 201

    asyncio.run(play())


def test_what_tls_lacks_does_not_hold_up_the_rest(emulator: str, domain_names: dict[str, str], tmp_path: Path) -> None:
    async def play() -> None:
        (tmp_path / "datapath").mkdir()
        tls = Tls.beside(tmp_path / "datapath")
        tls.turn_on()
        tls.authority.mkdir()  # so that the file cannot be written
        edge = Edge(surroundings_of(emulator, tmp_path / "datapath"), (Api(),), tls)
        with pytest.raises(OSError, match=r"ca\.pem"):
            await edge.converge()
        try:
            assert edge.names.served >= {API}
            assert (await Client(edge, tls).ask(API, scheme="http")).status_code == 201
            tls.authority.rmdir()
            await edge.converge()
            assert (await Client(edge, tls).ask(API)).status_code == 201
        finally:
            await edge.close()

    asyncio.run(play())


def test_an_edge_that_was_killed_comes_back_with_its_port_and_its_authority(emulator: str, tmp_path: Path) -> None:
    data_path = DataPath(tmp_path / "datapath")
    tls = Tls.beside(data_path.folder)
    tls.turn_on()

    def answers() -> tuple[int, str] | None:
        """Return the PID and the port of the edge's process, once it answers over TLS."""
        port = read_addresses(data_path.folder).get("edge.localhost:443", ":").rpartition(":")[2]
        with suppress(httpx.HTTPError, OSError, psutil.Error, IndexError):
            children = psutil.Process(json.loads((data_path.folder / "status.json").read_text())["pid"]).children()
            pid = next((child.pid for child in children if child.cmdline()[2] == "toolchain.datapath.edge"), None)
            verify = client_context(tls.authority.read_text())
            if pid and httpx.get(f"https://127.0.0.1:{port}/", verify=verify, trust_env=False).is_success:
                return pid, port
        return None

    try:
        data_path.serve(emulator)
        pid, port = wait_until(answers, "the edge answers by HTTPS")
        authority = tls.authority.read_text()
        psutil.Process(pid).kill()
        again = wait_until(lambda: found if (found := answers()) and found[0] != pid else None, "another one answers")
        assert (again[1], tls.authority.read_text()) == (port, authority)
        assert not data_path.serve(emulator)
    finally:
        data_path.remove()
    assert tls.is_on
