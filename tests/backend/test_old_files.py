"""The SQL statements in docs/operations.md for an old service's files give the keys that the migration creates."""

import asyncio
import re
from pathlib import Path
from textwrap import dedent
from uuid import uuid4

from ops.storage.scan import scan
from service.database_settings import MigrationSettings
from service.environment import read
from service.migrate import migrate
from tests.backend.conftest import TestDatabase
from tests.backend.servers import ROOT

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def statement(beginning: str) -> str:
    found = re.search(rf"^ +{beginning} .*?;$", DOCUMENT, re.DOTALL | re.MULTILINE)
    assert found
    return dedent(found[0])


def test_the_rows_have_the_keys_of_the_moved_files(
    environment: dict[str, str], database: TestDatabase, tmp_path: Path
) -> None:
    folder = tmp_path / "uploads"
    (folder / "acme").mkdir(parents=True)
    (folder / "acme" / "licence 1.pdf").write_bytes(b"licence")
    (folder / "b.png").write_bytes(b"picture")
    asyncio.run(migrate(read(MigrationSettings, environment)))
    user = uuid4()
    database.execute(
        f"INSERT INTO users (id, email, full_name, password_hash, status) VALUES ('{user}', 'a@example.com', 'A', 'x', 'active')",
        """CREATE TABLE old_files (company_id uuid, user_id uuid, path text, file_name text, mime_type text,
                                   size_bytes bigint, uploaded_at timestamptz DEFAULT now())""",
        f"""INSERT INTO old_files VALUES
            (NULL, '{user}', '/uploads/acme/licence 1.pdf', 'licence 1.pdf', 'application/pdf', 7),
            (NULL, '{user}', 'uploads/b.png', 'b.png', 'image/png', 7)""",
        statement("INSERT INTO documents"),
        "CREATE TABLE files AS SELECT path FROM old_files",
        statement("UPDATE files"),
    )
    keys = {file.key for file in scan(folder, "old/")}
    assert database.values("SELECT storage_key FROM documents WHERE stored_at IS NOT NULL") == keys
    assert database.values("SELECT path FROM files") == keys
