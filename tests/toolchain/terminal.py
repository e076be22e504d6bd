"""Writes docs/terminal.txt, the terminal output of recorded runs: ``python -m tests.toolchain.terminal``."""

from pathlib import Path

from tests.toolchain.view.test_view import Ending, Moment, picture, recorded, replayed, text_of
from toolchain.engine import AFTER_A_FAILURE

PAGE = Path(__file__).parents[2] / "docs" / "terminal.txt"
PRODUCT = "shop"
HALFWAY = 260
"""Number of events after which the page has the live view."""


def page() -> str:
    """Return the page: the live view of a first `up`, and the summaries of a later `up` and of a refused preview."""
    events = recorded("up-first")
    now = float(events[HALFWAY]["timestamp"]) + 4
    started = float(events[0]["timestamp"])
    moment = Moment(now=now, so_far=now - started, left=9)
    live = picture(replayed("up-first", HALFWAY, PRODUCT), moment, planned=replayed("up-first", product=PRODUCT))
    changing = recorded("up-changing")
    summary = text_of(
        replayed("up-changing", product=PRODUCT),
        Ending(
            "up of local",
            succeeded=True,
            seconds=float(changing[-1]["timestamp"]) - float(changing[0]["timestamp"]),
            addresses={"api_url": "https://api.shop.test", "site_url": "https://shop.test"},
            next_step="'make outputs STACK=local' shows every output",
        ),
    )
    refused = text_of(
        replayed("preview-refused", product=PRODUCT),
        Ending("preview of prod", succeeded=False, is_preview=True, seconds=26, next_step=AFTER_A_FAILURE),
    )
    text = (
        f"$ make up\n{live}\n$ make up   # after a change of database_name, vpc.nat and tags\n{summary}"
        "\n$ make preview STACK=prod   # with an access key, a policy that allows all, foreign accounts, and more\n"
        f"{refused}"
    )
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
