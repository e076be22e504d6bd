"""The addresses and the advice that `make up` prints at its end."""

from functools import partial
from pathlib import Path

import pytest

from ops import reference
from ops.addresses import address_of, served
from ops.aws import StackSession
from toolchain.datapath.addresses import Addresses
from toolchain.local.stack import LocalStack
from toolchain.project import Project


@pytest.mark.parametrize("with_tls", [False, True])
def test_it_says_where_everything_is_and_with_tls_whom_to_trust(
    with_tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = LocalStack(Project(tmp_path), lambda _: None)
    local.set_tls(wanted=with_tls)
    folder = local.directory / "datapath"
    folder.mkdir(parents=True)
    addresses = Addresses(folder, "edge")
    addresses.serve("edge.localhost", 80, 8400)
    addresses.serve("edge.localhost", 443, 8443)
    addresses.serve("s3.us-east-1.amazonaws.com", 443, 8600)
    addresses.serve("internal-1.us-east-1.elb.amazonaws.com", 80, 5001)
    addresses.serve("db.a.us-east-1.rds.amazonaws.com", 5432, 5002)
    outputs = {"site_url": "https://shop.test", "api_url": "https://api.shop.test"}
    session = StackSession(
        stack="local",
        outputs=outputs,
        region="us-east-1",
        account_id="1" * 12,
        caller="user/moto",
        endpoint_url="http://127.0.0.1:1",
        session=None,
    )
    monkeypatch.setattr(reference, "_local", lambda: local)
    monkeypatch.setattr(reference.aws, "connect", lambda _: session)
    monkeypatch.setattr(reference, "address_of", partial(address_of, folder=folder))
    monkeypatch.setattr(reference, "served", partial(served, folder))
    monkeypatch.setattr(reference.haproxy, "program", lambda: "/usr/sbin/haproxy")
    lines = reference._where(container=False).splitlines()
    base = "https://{}.localhost:8443" if with_tls else "http://{}.localhost:8400"
    api = base.format("api.shop.test")
    assert lines[1:3] == [
        f"The site    {base.format('shop.test')}",
        f"The API     {api} (for example {api}/health)",
    ]
    trust = [line for line in lines if str(local.directory / "tls" / "ca.pem") in line]
    assert len(trust) == int(with_tls)
    assert lines[-7:-1] == [
        "  CloudFront, API Gateway  the edge, ports 8400 and 8443",
        "  Amazon S3                the edge, from buckets in the emulator, port 8600",
        "  Elastic Load Balancing   HAProxy, port 5001",
        "  Amazon ECS               processes",
        "  Amazon RDS               PostgreSQL, port 5002",
        "  the rest of AWS          the emulator, port 1",
    ]
    assert "docs/local-stack.md" in lines[-1]
