"""Checks and builds the site, and examines the build as the deployment and a visitor's browser see it."""

import gzip
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.browser import NO_CHROMIUM, find_chromium
from tests.frontend.conftest import SOURCE

HASHED = re.compile(r"assets/[A-Za-z0-9_-]+-[A-Za-z0-9_-]{8}\.(js|css)")
UNHASHED = {"index.html", "favicon.svg", "robots.txt"}
MAX_GZIPPED_BYTES = 2_000_000
"""Limit of the seed (deploy-plan.md, phase 2)."""
EXPECTED_GZIPPED_BYTES = 200_000
"""Size of today's site plus a reserve; exceed it only with a reason."""


class Page(HTMLParser):
    """Collects what a Content-Security-Policy of `'self'` restricts: inline scripts and styles, and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.addresses: list[str] = []
        self._in: str | None = None

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        self._in = tag if tag in {"script", "style"} else None
        self.inline += [f"{tag} {name}" for name in names if name == "style" or name.startswith("on")]
        self.addresses += [value for name, value in names.items() if name in {"src", "href"} and value]

    def handle_endtag(self, tag):
        self._in = None

    def handle_data(self, data):
        if self._in and data.strip():
            self.inline.append(f"{self._in}: {data.strip()[:80]}")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def build(site, *arguments: str) -> dict[str, bytes]:
    shutil.rmtree(site.folder / "dist", ignore_errors=True)
    site.npm("run", *(arguments or ("build",)))
    return files_of(site.folder / "dist")


@pytest.fixture(scope="module")
def built(site) -> dict[str, bytes]:
    return build(site)


def test_types_and_style(site):
    site.npm("run", "types")
    site.npm("run", "lint")


def test_its_own_tests(site):
    said = site.npm("test")
    passed = re.search(r"Tests\s+(\d+) passed \((\d+)\)", said)
    assert passed is not None, said[-2000:]
    assert passed[1] == passed[2]
    assert int(passed[1]) > 100


def test_in_chromium(site):
    if find_chromium() is None:
        pytest.skip(NO_CHROMIUM)
    said = site.npm("run", "test:browser", timeout_seconds=550)
    assert re.search(r"Tests\s+6 passed \(6\)", said), said[-2000:]


def test_every_file_has_its_hash_or_is_never_kept(built):
    assert {name for name in built if not HASHED.fullmatch(name)} == UNHASHED


def test_no_source_maps(built):
    assert not [name for name in built if name.endswith(".map")]
    assert not [name for name, content in built.items() if b"sourceMappingURL" in content]


def test_size(built):
    total = sum(len(gzip.compress(content)) for content in built.values())
    assert total < EXPECTED_GZIPPED_BYTES < MAX_GZIPPED_BYTES


def test_page_keeps_a_strict_content_security_policy(built):
    page = Page()
    page.feed(built["index.html"].decode())
    assert page.inline == []
    assert page.addresses
    assert [address for address in page.addresses if address.lstrip("/") not in built] == []


def test_nothing_comes_from_elsewhere(built):
    styles = b"".join(content for name, content in built.items() if name.endswith(".css"))
    assert styles
    assert not re.search(rb"@import|url\(|https?:", styles)


def test_settings_come_at_run_time_and_the_env_file_only_helps_out(built, site):
    assert "config.json" not in built
    scripts = b"".join(content for name, content in built.items() if name.endswith(".js"))
    assert b"/config.json" in scripts
    assert b"VITE_STACK:`production`" in scripts
    staging = build(site, "build:staging")
    assert b"VITE_STACK:`staging`" in b"".join(staging.values())


def test_a_changed_page_leaves_the_libraries_in_the_browsers_caches(built, site):
    page = site.folder / "src/pages/not-found.tsx"
    before = page.read_text()
    page.write_text(before.replace("Page not found", "Page not found here"))
    try:
        changed = build(site)
    finally:
        page.write_text(before)
    vendor = [name for name in built if "react-vendor" in name]
    assert len(vendor) == 1
    assert vendor[0] in changed
    entry = re.compile(r"assets/index-[^/]*\.js")
    assert {name for name in built if entry.fullmatch(name)}.isdisjoint(changed)


def test_the_same_sources_give_the_same_files(built, site):
    assert build(site) == built


def test_packages_are_exact_and_name_no_registry():
    package = json.loads((SOURCE / "package.json").read_text())
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert versions
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    lock = (SOURCE / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "://" not in lock, 'npm writes where to fund a package: delete each "funding"'
    packages = json.loads(lock)["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
