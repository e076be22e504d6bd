"""Keeps the files of botocore's package that were read."""

from typing import Any

from botocore.loaders import JSONFileLoader


def read_each_file_once() -> None:
    """Make all sessions of botocore in this process share the files that they read.

    Reason: while moto is imported, five sessions read the endpoints of all services, and three read the model of EC2. A
    session shares what it has read among its clients, so its clients do not change it, and other sessions may share it.
    """
    read = JSONFileLoader.load_file
    files: dict[str, Any] = {}

    def load_file(self: JSONFileLoader, file_path: str) -> Any:
        if file_path not in files:
            files[file_path] = read(self, file_path)
        return files[file_path]

    JSONFileLoader.load_file = load_file
