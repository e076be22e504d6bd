"""A real browser accepts the local names and headers: a page uses its API and buckets under the site's own policy."""

import asyncio
import base64
import hashlib
import html
import json
import os
import re
import shutil
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests import emulated
from tests.browser import NO_CHROMIUM, WITHOUT_OWN_PAGES, find_chromium
from tests.toolchain.datapath.edge.conftest import running, surroundings_of
from toolchain.datapath.edge.messages import Request, Response
from toolchain.datapath.edge.names import Scheme
from toolchain.datapath.edge.server import Edge
from toolchain.datapath.tls import Tls

CHROMIUM = find_chromium()
SITE, API, OTHER_API = "shop.test", "api.shop.test", "other.shop.test"
UPLOADS, UNNAMED = "shop-uploads", "shop-unnamed"
POLICY = f"default-src 'self'; connect-src 'self' https://{API} https://{UPLOADS}.s3.us-east-1.amazonaws.com; upgrade-insecure-requests"
SCRIPT = """
const { api, other, upload, link, unnamed } = %s;
const form = new FormData();
for (const [name, value] of Object.entries(upload.fields)) form.append(name, value);
form.append("file", new Blob(["hello"]));
const attempts = {
    api: () => fetch(api, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }).then((r) => r.text()),
    other: () => fetch(other).then((r) => r.text()),
    upload: () => fetch(upload.url, { method: "POST", body: form }).then((r) => r.status + " " + r.headers.get("etag")),
    link: () => fetch(link).then((r) => r.text()),
    unnamed: () => fetch(unnamed).then((r) => r.text()),
};
const results = { cookie: document.cookie };
for (const [name, attempt] of Object.entries(attempts)) results[name] = await attempt().catch((problem) => "refused: " + problem.name);
document.body.textContent = JSON.stringify(results);
"""


@dataclass
class Service:
    """Answers in place of CloudFront and API Gateway, for the site and its API."""

    name: str = "service"
    script: str = ""

    def hosts(self) -> frozenset[str]:
        return frozenset({SITE, API, OTHER_API})

    async def answer(self, request: Request) -> Response:
        if request.host == SITE and request.path == "/app.js":
            return Response(200, (("Content-Type", "text/javascript"),), self.script.encode())
        if request.host == SITE:
            headers = (
                ("Content-Type", "text/html"),
                ("Content-Security-Policy", POLICY),
                ("Strict-Transport-Security", "max-age=60"),
                ("Set-Cookie", f"a=b; Domain={SITE}; Secure; SameSite=None"),
            )
            return Response(200, headers, b'<body><script type="module" src="/app.js"></script></body>')
        allowed = (("Access-Control-Allow-Origin", f"https://{SITE}"), ("Access-Control-Allow-Headers", "content-type"))
        return Response(200, allowed, f"{request.method} from {request.header('origin')}".encode())


async def key_hash(port: int, host: str) -> str:
    """Return the hash of a certificate's public key, for Chromium's `--ignore-certificate-errors-spki-list`."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=f"{host}.localhost")
    certificate = x509.load_der_x509_certificate(writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    writer.close()
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(key).digest()).decode()


async def page(url: str, home: Path, *options: str) -> str:
    """Load a page in Chromium, with a profile and a trust store below ``home``, and return its DOM."""
    chromium = await asyncio.create_subprocess_exec(
        str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", WITHOUT_OWN_PAGES, "--virtual-time-budget=15000", f"--user-data-dir={home / 'profile'}", *options, "--dump-dom", url,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={**os.environ, "HOME": str(home)},
    )  # fmt: skip
    shown, _ = await asyncio.wait_for(chromium.communicate(), 90)
    return shown.decode()


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
@pytest.mark.parametrize(
    ("scheme", "scheme_of_api"),
    [(Scheme.HTTP, Scheme.HTTP), (Scheme.HTTPS, Scheme.HTTPS), (Scheme.HTTP, Scheme.HTTPS)],
    ids=["http", "https", "http-to-https"],
)
def test_chromium_takes_the_local_names(
    emulator: str, aws: Callable[[str], Any], tmp_path: Path, scheme: Scheme, scheme_of_api: Scheme
) -> None:
    s3 = aws("s3")
    rule = {
        "AllowedHeaders": ["*"],
        "AllowedMethods": ["GET", "POST"],
        "AllowedOrigins": [f"https://{SITE}"],
        "ExposeHeaders": ["ETag"],
    }
    for name in (UPLOADS, UNNAMED):
        s3.create_bucket(Bucket=name)
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})

    async def play() -> dict[str, str]:
        service = Service()
        tls = Tls(tmp_path / "tls")
        if scheme_of_api is Scheme.HTTPS:
            tls.turn_on()
        edge = Edge(surroundings_of(emulator, tmp_path), (service,), tls)
        async with running(edge):
            names = edge.names.seen_by(scheme)
            port, apis = names.tls_port, names.seen_by(scheme_of_api)
            hashes = [await key_hash(port, host) for host in (SITE, API, OTHER_API)] if port else []
            signer = emulated.client(
                f"http://127.0.0.1:{names.storage_port}",
                "s3",
                config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
            )
            addresses = {
                "api": f"{apis.local_origin(API)}/v1",
                "other": f"{apis.local_origin(OTHER_API)}/v1",
                "upload": signer.generate_presigned_post(UPLOADS, "a"),
                "link": signer.generate_presigned_url("get_object", Params={"Bucket": UPLOADS, "Key": "a"}),
                "unnamed": signer.generate_presigned_url("get_object", Params={"Bucket": UNNAMED, "Key": "a"}),
            }
            service.script = SCRIPT % json.dumps(addresses)
            trusted = f"--ignore-certificate-errors-spki-list={','.join(hashes)}"
            shown = await page(f"{names.local_origin(SITE)}/", tmp_path, trusted)
        found = re.search(r"<body>(\{.*\})</body>", html.unescape(shown), re.DOTALL)
        assert found is not None, shown
        return json.loads(found[1])

    results = asyncio.run(play())
    # Chromium allows a page with TLS to use S3's port without TLS: 127.0.0.1 is potentially trustworthy.
    etag = s3.head_object(Bucket=UPLOADS, Key="a")["ETag"]
    assert results == {
        "cookie": "a=b",
        "api": f"POST from https://{SITE}",
        "other": "refused: TypeError",
        "upload": f"204 {etag}",
        "link": "hello",
        "unnamed": "refused: TypeError",
    }


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
@pytest.mark.skipif(shutil.which("certutil") is None, reason="certutil (libnss3-tools) is not on PATH")
def test_chromium_trusts_the_authority_when_it_is_told_to_and_not_before(emulator: str, tmp_path: Path) -> None:
    async def play() -> tuple[bool, bool]:
        tls = Tls(tmp_path / "tls")
        tls.turn_on()
        edge = Edge(surroundings_of(emulator, tmp_path), (Service(script="document.body.textContent = 'open'"),), tls)
        async with running(edge):
            url = f"{edge.names.seen_by(Scheme.HTTPS).local_origin(SITE)}/"
            before = await page(url, tmp_path)
            store = tmp_path / ".pki" / "nssdb"
            store.mkdir(parents=True)
            # The commands of docs/local-stack.md.
            for command in ("-N --empty-password", f"-A -n local-stack -t C,, -i {tls.authority}"):
                told = await asyncio.create_subprocess_exec("certutil", "-d", f"sql:{store}", *command.split())
                assert await told.wait() == 0
            return ">open<" in before, ">open<" in await page(url, tmp_path)

    assert asyncio.run(play()) == (False, True)
