"""TLS is on if there is a private folder beside the data path's folder."""

from pathlib import Path

import pytest

from toolchain.datapath.tls import Tls
from toolchain.errors import ToolchainError


def test_it_is_off_until_it_is_turned_on_and_off_again_when_it_is_turned_off(tmp_path: Path) -> None:
    tls = Tls.beside(tmp_path / "datapath")
    assert not tls.is_on
    tls.turn_off()
    tls.turn_on()
    tls.turn_on()
    assert tls.is_on
    assert tls.folder.stat().st_mode & 0o777 == 0o700
    assert tls.authority.is_relative_to(tls.folder)
    assert str(tls.authority) in tls.how_to_trust
    tls.authority.write_text("of before")
    tls.turn_off()
    assert not tls.is_on
    assert list(tmp_path.iterdir()) == []


def test_what_a_run_that_was_killed_left_is_removed_with_it(tmp_path: Path) -> None:
    tls = Tls(tmp_path / "tls")
    left = tmp_path / "tls.removed"
    left.mkdir()
    (left / "ca-key.pem").write_text("left")
    tls.turn_on()
    tls.turn_off()
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tls").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ToolchainError, match="must be a folder and no link"):
        Tls(tmp_path / "tls").turn_on()
