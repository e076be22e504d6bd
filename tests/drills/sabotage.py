"""Makes variants of the reference service: some of them must go live, and some must not."""

import random
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

REVISION = re.compile(r"^(revision|down_revision)\b[^=]*= *[\"']([^\"']+)[\"']", re.MULTILINE)
OTHER_PLATFORM = {"ARM64": "linux/amd64", "X86_64": "linux/arm64"}
"""Architecture of the task definition -> platform that it cannot run."""

_CRASH = """

raise RuntimeError("drill: crash at start")
"""
_NEVER_READY = """

def _never(self: HealthMonitor) -> bool:
    return False


HealthMonitor.can_serve = _never
"""
_ANSWERS_500 = """

_create_whole_app = create_app


def create_app(settings: Settings) -> FastAPI:
    from fastapi.responses import JSONResponse

    app = _create_whole_app(settings)

    @app.middleware("http")
    async def broken(request: object, call_next: object) -> JSONResponse:
        return JSONResponse({"drill": "broken"}, status_code=500)

    return app
"""
_OPTIONAL_SECRET = "    payment_webhook_secret: SecretStr | None = None\n"
_NEEDED_SECRET = "    payment_webhook_secret: SecretStr\n"
_WRONG_MIGRATION = '''"""A migration that fails."""

from alembic import op

revision = "drill"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE drill_migration (id integer)")
    op.execute("SELECT drill FROM no_such_table")


def downgrade() -> None:
    op.execute("DROP TABLE drill_migration")
'''


@dataclass(frozen=True)
class Sabotage:
    """A release that must not go live.

    Attributes:
        name: What is wrong with it.
        change: Breaks a copy of the service.
        reason: Regular expression for a line that the release command must print.
        is_for_another_processor: Whether its image is built for an architecture that the tasks do not have.
    """

    name: str
    change: Callable[[Path], None]
    reason: str
    is_for_another_processor: bool = False


def _appends(file: str, text: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / file
        path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")

    return change


def _needs_a_secret(folder: Path) -> None:
    path = folder / "service/settings.py"
    text = path.read_text(encoding="utf-8")
    if text.count(_OPTIONAL_SECRET) != 1:
        raise AssertionError(f"{path} has changed: no setting payment_webhook_secret that may be missing")
    path.write_text(text.replace(_OPTIONAL_SECRET, _NEEDED_SECRET), encoding="utf-8")


def _fails_to_migrate(folder: Path) -> None:
    versions = folder / "migrations/versions"
    (versions / "drill.py").write_text(_WRONG_MIGRATION.format(head=head_of(versions)), encoding="utf-8")


def _unchanged(folder: Path) -> None:
    """Change nothing: this sabotage is in the build, not in the folder."""


SABOTAGES = (
    Sabotage("crash at start", _appends("service/app.py", _CRASH), "drill: crash at start"),
    Sabotage("never ready", _appends("service/health.py", _NEVER_READY), "failed ELB health checks"),
    Sabotage("answers 500", _appends("service/app.py", _ANSWERS_500), "failed (ELB|container) health checks"),
    Sabotage("migration fails", _fails_to_migrate, r"the migration ended with exit code 1"),
    Sabotage("wrong architecture", _unchanged, r"(amd64|arm64)", is_for_another_processor=True),
    Sabotage("missing secret", _needs_a_secret, "PAYMENT_WEBHOOK_SECRET"),
)
"""Ways to break a release. Each of them fails before it gets a caller's request: the checks of a release are for that. A
service that is ready and then answers with errors is not here, because no check before the traffic can find it."""


@dataclass(frozen=True)
class Planned:
    """A release of a drill. Without a sabotage it is a good release."""

    number: int
    sabotage: Sabotage | None

    @property
    def name(self) -> str:
        """``good``, or the name of the sabotage."""
        return "good" if self.sabotage is None else self.sabotage.name


def planned(count: int, seed: int, sabotages: Sequence[Sabotage] = SABOTAGES) -> list[Planned]:
    """Plan a drill: sabotage half of its releases, in each way equally often, in a random order.

    Args:
        count: Number of releases, 1 or more. With an odd number, one more is good than sabotaged.
        seed: Seed of the order.
        sabotages: The ways to sabotage a release.
    """
    if count < 1 or not sabotages:
        raise ValueError(f"count={count} must be 1 or more, with one way or more to sabotage a release")
    chance = random.Random(seed)
    ways = chance.sample(list(sabotages), len(sabotages))
    kinds: list[Sabotage | None] = [ways[index % len(ways)] for index in range(count // 2)]
    kinds += [None] * (count - len(kinds))
    chance.shuffle(kinds)
    return [Planned(number, kind) for number, kind in enumerate(kinds, start=1)]


def write_variant(backend: Path, folder: Path, release: Planned, marker: str) -> None:
    """Copy the service with the changes of a release.

    Args:
        backend: The service's folder.
        folder: Folder of the copy, which does not exist yet.
        release: The release.
        marker: Text that is different in each drill, so that no image equals an earlier one.
    """
    shutil.copytree(backend, folder, ignore=shutil.ignore_patterns("__pycache__"))
    _appends("service/__init__.py", f"\n# drill {marker}, release {release.number}\n")(folder)
    if release.sabotage is not None:
        release.sabotage.change(folder)


def head_of(versions: Path) -> str:
    """Return the newest revision in a folder of migrations.

    Raises:
        AssertionError: The folder has no newest revision, or more than one.
    """
    said = [match for file in versions.glob("*.py") for match in REVISION.findall(file.read_text(encoding="utf-8"))]
    heads = {name for kind, name in said if kind == "revision"} - {name for kind, name in said if kind != "revision"}
    if len(heads) != 1:
        raise AssertionError(f"{versions} has {len(heads)} newest revisions")
    return heads.pop()
