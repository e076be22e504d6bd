"""The browser of the tests; `frontend/tests/browser/find-chromium.ts` has the same order."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_CHROMIUM = (
    "no Chromium: CHROMIUM is not set, none is on PATH, and `npx playwright-core install chromium` was not run"
)
COMPLETE = "INSTALLATION_COMPLETE"
"""A file that Playwright writes into the folder of a browser when the download is whole."""
WITHOUT_OWN_PAGES = "--disable-features=InitialWebUI,WebUIOmniboxPopup,WebUIOmniboxAimPopup"
"""Option of Chromium, as in `frontend/tests/browser/chromium.ts`: parts of its own window that are pages, each in a process
of its own, are not made. No test sees them, and each browser would start for a third longer."""


def find_chromium(environment: Mapping[str, str] = os.environ) -> str | None:
    """Return the browser that CHROMIUM names, else the first one on PATH, else the newest that Playwright has downloaded.

    Returns:
        Path of the program; None if there is no browser.
    """
    if environment.get("CHROMIUM"):
        return environment["CHROMIUM"]
    on_path = (shutil.which(name, path=environment.get("PATH", "")) for name in NAMES)
    return next((found for found in (*on_path, *_downloaded(environment)) if found), None)


def _downloaded(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield Playwright's browsers, the newest first (Playwright documentation, "Managing browser binaries")."""
    caches = "Library/Caches" if sys.platform == "darwin" else ".cache"
    folder = Path(
        environment.get("PLAYWRIGHT_BROWSERS_PATH") or Path(environment.get("HOME", "/")) / caches / "ms-playwright"
    )
    found = [each for each in folder.glob("chromium-*") if (each / COMPLETE).exists()]
    for each in sorted(found, key=lambda path: int(path.name.rpartition("-")[2]), reverse=True):
        yield from map(str, each.glob("chrome-linux*/chrome"))
        yield from map(str, each.glob("chrome-mac*/*.app/Contents/MacOS/*"))
