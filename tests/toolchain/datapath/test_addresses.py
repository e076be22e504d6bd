"""Addresses that one process of the data path serves are known to the other processes."""

import os
from pathlib import Path

import pytest

from toolchain.datapath.addresses import Addresses, read_addresses


def test_each_process_knows_what_all_serve(tmp_path: Path) -> None:
    stores, tasks = Addresses(tmp_path, "stores"), Addresses(tmp_path, "tasks")
    stores.serve("db.example", 5432, 15432)
    tasks.serve("10.0.0.7", 3333, 13333)
    assert tasks.local_port("db.example", 5432) == 15432
    assert stores.hosts() == tasks.hosts() == {"db.example", "10.0.0.7"}
    assert stores.ports("10.0.0.7") == (3333,)
    assert read_addresses(tmp_path) == {"db.example:5432": "127.0.0.1:15432", "10.0.0.7:3333": "127.0.0.1:13333"}
    stores.withdraw("db.example", 5432)
    assert tasks.local_port("db.example", 5432) is None
    stores.withdraw("db.example", 5432)
    assert read_addresses(tmp_path) == {"10.0.0.7:3333": "127.0.0.1:13333"}


def test_a_process_that_begins_anew_serves_nothing_of_before(tmp_path: Path) -> None:
    Addresses(tmp_path, "tasks").serve("10.0.0.7", 3333, 13333)
    other = Addresses(tmp_path, "stores")
    assert other.local_port("10.0.0.7", 3333) == 13333
    Addresses(tmp_path, "tasks")
    assert other.local_port("10.0.0.7", 3333) is None
    assert read_addresses(tmp_path) == {}


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"a": 1}', '{"a:b": "c"}'])
def test_a_file_that_says_nothing_serves_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "other.addresses.json").write_text(content)
    assert Addresses(tmp_path).hosts() == frozenset()
    assert read_addresses(tmp_path) == {}


def test_without_a_folder_nothing_is_served(tmp_path: Path) -> None:
    assert read_addresses(tmp_path / "gone") == {}


def test_a_file_that_is_written_twice_in_a_tick_of_the_clock_is_read_twice(tmp_path: Path) -> None:
    tasks, other = Addresses(tmp_path, "tasks"), Addresses(tmp_path, "stores")
    file = tmp_path / "tasks.addresses.json"
    tasks.serve("10.0.0.7", 3333, 13333)
    tick = file.stat().st_mtime_ns
    assert other.local_port("10.0.0.7", 3333) == 13333
    tasks.serve("10.0.0.7", 3333, 14444)
    os.utime(file, ns=(tick, tick))
    assert other.local_port("10.0.0.7", 3333) == 14444
