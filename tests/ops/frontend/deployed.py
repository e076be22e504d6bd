"""Small releases of a site, deployed one after the other."""

from tests.ops.site_world import SiteWorld, release_files


def deployed(site: SiteWorld, *numbers: int) -> list[str]:
    """Deploy small sites one after the other, and return their release identifiers."""
    identifiers: list[str] = []
    for number in numbers:
        site.write(release_files(number))
        identifiers.append(site.deploy()["release"])
    return identifiers


def asset(number: int) -> str:
    return next(key for key in release_files(number) if key.endswith(".js"))
