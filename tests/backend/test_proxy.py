"""Client address, scheme and request id: the service trusts these headers only from a proxy in the private network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.proxy import client_address, client_scheme, is_private, request_id_of

PRIVATE = ["10.0.1.7", "172.16.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::7", "fe80::1", "::ffff:10.0.0.1"]
PUBLIC = ["8.8.8.8", "52.95.110.1", "172.32.0.1", "2600:1f18::1", "::ffff:8.8.8.8"]
PUBLIC += ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:10::1", "198.18.0.1", "203.0.113.9", "240.0.0.1", "0.0.0.0"]


@pytest.mark.parametrize(("address", "expected"), [*((a, True) for a in PRIVATE), *((a, False) for a in PUBLIC)])
def test_which_addresses_are_the_platforms(address: str, expected: bool) -> None:
    assert is_private(address) is expected


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        pytest.param("10.0.1.7", ["203.0.114.9"], "203.0.114.9", id="API Gateway through the NLB: one entry"),
        pytest.param("10.0.1.7", ["203.0.114.9, 10.0.2.4"], "203.0.114.9", id="the ALB appends the VPC Link's address"),
        pytest.param("10.0.1.7", ["1.2.3.4, 203.0.114.9, 10.0.2.4"], "203.0.114.9", id="what a client wrote itself"),
        pytest.param("10.0.1.7", ["1.2.3.4", "203.0.114.9"], "203.0.114.9", id="several headers are one list"),
        pytest.param("10.0.1.7", ["203.0.114.9:4711"], "203.0.114.9", id="with a port"),
        pytest.param("10.0.1.7", ["[2600:1f18::1]:4711"], "2600:1f18::1", id="IPv6 with a port"),
        pytest.param("10.0.1.7", ["10.0.3.9, 10.0.2.4"], "10.0.3.9", id="a client inside the network"),
        pytest.param("10.0.1.7", [], "10.0.1.7", id="no proxy"),
        pytest.param("10.0.1.7", ["203.0.114.9, nonsense, 10.0.2.4"], "10.0.2.4", id="nothing beyond nonsense"),
        pytest.param("8.8.8.8", ["203.0.114.9"], "8.8.8.8", id="a peer from the internet is not believed"),
    ],
)
def test_the_clients_address(peer: str, forwarded_for: list[str], expected: str) -> None:
    assert client_address(peer, forwarded_for) == expected


@given(forged=st.lists(st.one_of(st.ip_addresses().map(str), st.text(max_size=20)), max_size=5))
def test_no_client_forges_its_address(forged: list[str]) -> None:
    """The platform's own entries are always to the right of the client's."""
    assert client_address("10.0.0.1", [*forged, "203.0.114.9", "10.0.2.4"]) == "203.0.114.9"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "http"),
        ({"x-forwarded-proto": "https"}, "https"),
        # The ALB sends http, because its own listener is plain HTTP.
        ({"x-forwarded-proto": "http", "x-original-proto": "https"}, "https"),
        ({"x-forwarded-proto": "https,http"}, "https"),
        ({"x-original-proto": "javascript"}, "http"),
    ],
)
def test_the_clients_scheme(headers: dict[str, str], expected: str) -> None:
    assert client_scheme(headers, "http") == expected


@given(given_id=st.text())
def test_no_request_id_breaks_a_log_line(given_id: str) -> None:
    kept = request_id_of(given_id)
    assert kept
    assert kept.isascii()
    assert not any(character.isspace() or character in '"\\' for character in kept)


def test_the_gateways_request_id_is_kept() -> None:
    assert request_id_of("JKJaXmPLvHcESHA=") == "JKJaXmPLvHcESHA="
    assert request_id_of(None) != request_id_of(None)
