"""The site's mock API conforms to the API's document, and the site calls only operations of the document."""

import json
import os
import re
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from spot_planning.api.openapi.reading import read_document
from tests.frontend.conftest import SOURCE

DOCUMENT: Any = read_document((SOURCE.parent / "examples/halalsphere-openapi.yaml").read_bytes())

ADDRESS = {"line1": "1 Jalan", "city": "Ipoh", "country": "MY"}
COMPANY = {"name": "Foods", "registrationNumber": "1", "country": "MY", "address": ADDRESS}
PERSON = {"email": "aisyah@example.com", "password": "correct horse battery staple"}
SECOND = {"email": "mfa@example.com", "password": "a few words in a row", "fullName": "Musa"}
BOUNDARY = "-" * 24 + "boundary"
UPLOAD = {"fileName": "a.pdf", "contentType": "application/pdf", "sizeBytes": 7, "kind": "licence"}


class Client:
    def __init__(self, base: str) -> None:
        self._base = base
        self.token = ""
        self.called: set[tuple[str, str]] = set()

    def call(self, method: str, path: str, body: Any = None, *, parameter: str = "", status: int = 200) -> Any:
        """Call an operation, and validate the body and the answer against the document."""
        operation = DOCUMENT["paths"][path][method.lower()]
        self.called.add((method, path))
        if body is not None:
            check(operation["requestBody"]["content"]["application/json"]["schema"], body)
        request = urllib.request.Request(
            self._base + re.sub(r"{\w+}", parameter, path),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            data=None if body is None else json.dumps(body).encode(),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == status
            content = answer.read()
        described = operation["responses"][str(status)].get("content")
        if described is None:
            assert content == b""
            return None
        value = json.loads(content)
        check(described["application/json"]["schema"], value)
        return value


def check(schema: dict[str, Any], value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    OAS30Validator(whole, format_checker=OAS30Validator.FORMAT_CHECKER).validate(value)


@pytest.fixture
def client(site) -> Iterator[Client]:
    command = ["npm", "run", "dev:fake", "--", "--host", "127.0.0.1", "--port", "0", "--clearScreen", "false"]
    server = subprocess.Popen(
        command,
        cwd=site.folder,
        env=site.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield Client(address_of(server) + "/api")
    finally:
        # npm does not forward a signal, so its whole process group gets it.
        os.killpg(server.pid, signal.SIGKILL)
        server.communicate()


def address_of(server: subprocess.Popen[str]) -> str:
    said = ""
    assert server.stdout is not None
    for line in server.stdout:
        said += line
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            return found[0]
    raise AssertionError(f"Vite did not say where it serves:\n{said}")


def calls_of_the_site() -> set[tuple[str, str]]:
    """Return method and path of every call in the site's client, with the document's names of parameters."""
    source = (SOURCE / "src/api/client.ts").read_text()
    found = re.findall(r'method: "(\w+)",\s*path: ["`]([^"`]+)["`]', source)
    assert len(found) == source.count("method:"), "a call is written in a way that this test does not read"
    documented = {re.sub(r"{\w+}", "{}", path): path for path in DOCUMENT["paths"]}
    return {(method, documented[re.sub(r"\${.*?}", "{}", path)]) for method, path in found}


def test_the_fake_api_answers_as_the_document_says(client):
    client.call("GET", "/health")
    client.call("POST", "/auth/register", SECOND, status=201)
    challenge = client.call("POST", "/auth/login", {key: SECOND[key] for key in ("email", "password")})
    client.call("POST", "/auth/mfa/verify", {"challengeId": challenge["challengeId"], "code": "123456"})
    tokens = client.call("POST", "/auth/login", PERSON)
    tokens = client.call("POST", "/auth/refresh", {"refreshToken": tokens["refreshToken"]})
    client.token = tokens["accessToken"]
    client.call("GET", "/auth/me")
    client.call("GET", "/companies")
    company = client.call("POST", "/companies", COMPANY, status=201)
    client.call("GET", "/companies/{companyId}", parameter=company["id"])
    certificate = client.call("GET", "/certificates")["items"][0]
    client.call("GET", "/certificates/{certificateId}", parameter=certificate["id"])
    client.call("GET", "/certificates/verify/{certificateNumber}", parameter=certificate["number"])
    document = client.call("GET", "/documents")["items"][0]
    form = client.call("POST", "/documents/upload-urls", {**UPLOAD, "companyId": company["id"]}, status=201)
    send_file(form)
    client.call("POST", "/documents", {"documentId": form["documentId"]}, status=201)
    client.call("GET", "/documents/{documentId}/content", parameter=document["id"])
    client.call("POST", "/auth/logout", {"refreshToken": tokens["refreshToken"]}, status=204)
    assert client.called == calls_of_the_site()


def send_file(form: dict[str, Any]) -> None:
    """Send a presigned POST: the fields of its form, then the file."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}'
        for name, value in form["fields"].items()
    ]
    parts.append(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\ncontent')
    body = ("\r\n".join(parts) + f"\r\n--{BOUNDARY}--\r\n").encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    request = urllib.request.Request(form["url"], method="POST", headers=headers, data=body)
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 204
