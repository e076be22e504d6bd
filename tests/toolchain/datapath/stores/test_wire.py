"""The first messages of PostgreSQL's protocol, password verifiers, and certificates."""

import ssl
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolchain.datapath.handshakes import client_context, shaken
from toolchain.datapath.stores import postgres_wire as wire
from toolchain.datapath.stores import scram
from toolchain.datapath.stores.certificates import Certificates

WORD = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)


def startup(parameters: dict[str, str]) -> bytes:
    body = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items()) + b"\0"
    return struct.pack("!ii", 8 + len(body), 3 << 16) + body


@given(st.dictionaries(WORD, WORD))
def test_a_read_only_session_keeps_its_parameters(parameters: dict[str, str]) -> None:
    message = wire.read_only(startup(parameters))
    found = wire.first(message[:8])
    assert found.length == len(message)
    assert found.is_startup
    options = f"{parameters.get('options', '')} {wire.READ_ONLY}".strip()
    assert wire.parameters(message) == parameters | {"options": options}


@pytest.mark.parametrize(
    ("length", "code"),
    [(8, 80877103), (8, 80877104), (16, 80877102), (20, 3 << 16), (20, (3 << 16) + 2)],
)
def test_the_known_beginnings_are_taken(length: int, code: int) -> None:
    assert wire.first(struct.pack("!ii", length, code)) == wire.First(length, code)


@pytest.mark.parametrize("head", [b"GET / HT", struct.pack("!ii", 4, 3 << 16), struct.pack("!ii", 90_000, 3 << 16)])
def test_other_beginnings_are_refused(head: bytes) -> None:
    with pytest.raises(ValueError, match="not PostgreSQL"):
        wire.first(head)


def test_a_refusal_is_postgresqls() -> None:
    answer = wire.unencrypted_is_refused(startup({"user": "web", "database": "shop"}))
    assert answer[:1] == b"E"
    assert struct.unpack("!i", answer[1:5])[0] == len(answer) - 1
    assert b"C28000\0" in answer
    assert b'user "web", database "shop", no encryption\0' in answer


def test_a_verifier_is_rfc_7677s_example() -> None:
    # The password and salt of the RFC, and the verifier in PostgreSQL's format.
    salt = b"[m\x99h\x9d\x125\x8e\xec\xa0K\x14\x126\xfa\x81"
    assert scram.verifier("pencil", salt) == (
        "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )


def test_certificates_stay_and_are_verified_by_the_authority(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    certificates.ensure()
    before = certificates.authority.read_text()
    certificates.ensure()
    assert certificates.authority.read_text() == before
    assert before in certificates.authorities.read_text()
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    server, client = certificates.server_context(), client_context(before)
    assert shaken(server, client, "127.0.0.1").names == ["localhost", "127.0.0.1"]
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(server, client, "db.example")
