"""Files that users name: a named pipe or a device is refused, and a long file is not read whole."""

from pathlib import Path

import pytest

from configuration.named_files import read_named
from tests import odd_files


def test_a_file_is_read_up_to_one_byte_more_than_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abcdef")
    (tmp_path / "link").symlink_to(path)
    assert read_named(path) == read_named(tmp_path / "link") == b"abcdef"
    assert read_named(path, 6) == b"abcdef"
    assert read_named(path, 3) == b"abcd"


@pytest.mark.parametrize(("kind", "said"), odd_files.REASONS.items())
def test_what_is_no_file_is_refused_with_its_path(tmp_path: Path, kind: str, said: str) -> None:
    path = tmp_path / "a"
    odd_files.make(path, kind)
    with pytest.raises(OSError, match=said) as raised:
        read_named(path)
    assert (raised.value.filename, raised.value.strerror) == (str(path), said)
