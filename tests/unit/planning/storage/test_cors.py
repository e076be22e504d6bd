"""CORS origins: named sites are accepted, a wildcard for everybody is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spot_planning.declarations import fits
from spot_planning.storage.cors import BUCKET_ORIGIN

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)


@given(DOMAINS, st.sampled_from(["", "*."]), st.sampled_from(["", ":8443"]))
def test_sites_of_a_domain_get_in(domain: str, wildcard: str, port: str) -> None:
    assert fits(BUCKET_ORIGIN, f"https://{wildcard}{domain}{port}")


@given(DOMAINS, st.sampled_from(["http://{}", "https://{}/", "{}", "https://*", "https://*{}", "https://{}.*", "*"]))
def test_others_do_not(domain: str, pattern: str) -> None:
    assert not fits(BUCKET_ORIGIN, pattern.format(domain))


@pytest.mark.parametrize("origin", ["http://localhost", "http://localhost:5173", "http://127.0.0.1:3000"])
def test_this_machine_gets_in_without_tls(origin: str) -> None:
    assert fits(BUCKET_ORIGIN, origin)


@pytest.mark.parametrize("origin", ["https://*.com", "http://localhost.example.com", "null", ""])
def test_whole_registries_and_empty_origins_do_not(origin: str) -> None:
    assert not fits(BUCKET_ORIGIN, origin)
