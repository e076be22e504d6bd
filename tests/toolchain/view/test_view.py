"""The view of a run and its summary, from recorded events of the engine."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation.events import EngineEvent
from rich.console import Console

from toolchain.view import urns
from toolchain.view.durations import Durations, seconds_left
from toolchain.view.lines import LineFilter
from toolchain.view.live import Moment, clock, drawn, why_slow
from toolchain.view.progress import Progress, Status
from toolchain.view.report import MOST_NAMED, Ending, print_report

EVENTS = Path(__file__).parents[1] / "events"
SCREEN = 40
"""Number of lines of a screen."""


def recorded(name: str, product: str = "halalsphere") -> list[dict[str, Any]]:
    """Return the events of a recorded run, with another product's name."""
    text = (EVENTS / f"{name}.jsonl").read_text().replace("halalsphere", product)
    return [json.loads(line) for line in text.splitlines()]


def replayed(name: str, until: int | None = None, product: str = "halalsphere") -> Progress:
    """Return the progress of a recorded run after `until` events, with the events' own times as the clock."""
    progress = Progress()
    for event in recorded(name, product)[:until]:
        progress.add(EngineEvent.from_json(event), float(event["timestamp"]))
    return progress


def event(kind: str, **content: Any) -> EngineEvent:
    return EngineEvent.from_json({kind: content})


STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
DATA = "urn:pulumi:dev::shop::shop:index:ManagedData::main"
DATABASE = "urn:pulumi:dev::shop::shop:index:ManagedData$aws:rds/instance:Instance::main"


def step(kind: str, urn: str, operation: str = "create", parent: str = DATA) -> EngineEvent:
    return event(kind, metadata={"op": operation, "urn": urn, "new": {"parent": parent}})


def begun(operation: str = "create", at: float = 0.0) -> Progress:
    """Return the progress of a run that has started an operation on a database inside a component."""
    progress = Progress()
    progress.add(step("resourcePreEvent", DATA, operation, STACK), at)
    progress.add(step("resourcePreEvent", DATABASE, operation), at)
    return progress


def text_of(progress: Progress, ending: Ending, width: int = 120) -> str:
    console = Console(
        record=True,
        width=width,
        height=SCREEN,
        file=open("/dev/null", "w"),  # noqa: SIM115, PTH123
        highlight=False,
        markup=False,
        emoji=False,
    )
    print_report(console, progress, ending)
    return console.export_text()


def picture(progress: Progress, moment: Moment, *, planned: Progress | None = None, height: int = 30) -> str:
    console = Console(record=True, width=120, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    console.print(drawn(progress, planned or Progress(), "up of local", moment, height=height))
    return console.export_text()


def test_a_first_up_makes_every_resource_of_every_component() -> None:
    progress = replayed("up-first")
    assert progress.is_finished
    assert progress.running() == []
    counted = progress.changes_by_component()
    assert len(counted) == 13
    assert urns.NO_COMPONENT not in counted
    assert sum(counted.values(), Counter()) == {"create": 193}
    assert counted["Vpc halalsphere-local"] == {"create": 32}


def test_a_change_names_what_is_replaced_and_deleted_and_why() -> None:
    progress = replayed("up-changing")
    totals = sum(progress.changes_by_component().values(), Counter())
    assert totals == {"update": 98, "replace": 2, "delete": 2, "same": 91}
    assert [(urns.label(each.urn), each.causes) for each in progress.named("replace")] == [
        ("ecs.TaskDefinition halalsphere-local", ("containerDefinitions",)),
        ("rds.Instance halalsphere-local-database", ("dbName",)),
    ]
    assert [urns.label(each.urn) for each in progress.named("delete")] == [
        "ec2.NatGateway halalsphere-local-nat-b",
        "ec2.Eip halalsphere-local-nat-b",
    ]


def test_the_summary_fits_on_a_screen_with_replacements_and_deletions_first() -> None:
    ending = Ending(
        "up of local",
        succeeded=True,
        seconds=151,
        addresses={"site_url": "https://halalsphere.test"},
        next_step="open the site",
    )
    lines = text_of(replayed("up-changing"), ending).splitlines()
    assert len(lines) <= SCREEN
    assert lines[0].startswith(
        "replaced: ecs.TaskDefinition halalsphere-local in FargateSpotService halalsphere-local, "
    )
    assert lines[1].endswith("because of dbName")
    assert lines[2].startswith("deleted: ec2.NatGateway halalsphere-local-nat-b in Vpc halalsphere-local")
    assert "site_url: https://halalsphere.test" in lines
    assert "up of local done in 2 min 31 s: 98 updated, 2 replaced, 2 deleted, 91 unchanged" in lines
    assert lines[-1] == "Next: open the site"


def test_a_preview_says_what_would_happen() -> None:
    text = text_of(replayed("up-changing"), Ending("preview of local", succeeded=True, is_preview=True, seconds=9))
    assert "to replace: rds.Instance halalsphere-local-database" in text
    assert "preview of local done in 9 s: 98 to update, 2 to replace, 2 to delete, 91 unchanged" in text


def test_violations_are_named_and_advice_is_counted() -> None:
    progress = replayed("preview-violating")
    mandatory = [each for each in progress.violations if each.is_mandatory]
    assert {each.policy for each in mandatory} == {"rds-storage-encrypted"}
    text = text_of(progress, Ending("preview of dev", succeeded=False, is_preview=True))
    assert "error: preview failed" not in text
    by = "rds.Instance halalsphere-dev-database" if len(mandatory) == 1 else f"{len(mandatory)} resources"
    assert text.count(f"rds-storage-encrypted by {by}: ") == 1
    assert "advisory violations, " in text
    assert "undecided (" in text
    assert "preview of dev failed" in text
    assert len(text.splitlines()) <= SCREEN


def test_an_error_comes_first_with_its_resource_and_bounded() -> None:
    progress = begun()
    message = "error: creating RDS DB Instance: DBInstanceAlreadyExists:\n" + "detail\n" * 30
    progress.add(event("diagnosticEvent", urn=DATABASE, severity="error", message=message, color="never"), 1)
    progress.add(step("resOpFailedEvent", DATABASE), 1)
    lines = text_of(progress, Ending("up of dev", succeeded=False)).splitlines()
    assert lines[0] == "error: rds.Instance main: creating RDS DB Instance: DBInstanceAlreadyExists:"
    assert lines[6] == "  and 25 more lines (--details)"
    assert "failed: rds.Instance main" in picture(progress, Moment(now=5, so_far=5))


def test_long_lists_are_cut() -> None:
    progress = Progress()
    for number in range(MOST_NAMED + 3):
        progress.add(step("resourcePreEvent", f"{DATABASE}-{number}", "delete"), 0)
    assert text_of(progress, Ending("destroy of dev", succeeded=True)).count("deleted: ") == MOST_NAMED
    assert "  and 3 more (--details)" in text_of(progress, Ending("destroy of dev", succeeded=True))


def test_what_is_drawn_tells_how_far_each_component_is() -> None:
    whole = recorded("up-first")
    progress = replayed("up-first", len(whole) // 2)
    planned = replayed("up-first")
    lines = picture(progress, Moment(now=0, so_far=65, left=30), planned=planned).splitlines()
    assert lines[0] == "up of local: 1 min 05 s so far, at least 30 s left"
    vpc = next(line for line in lines if line.startswith("Vpc halalsphere-local"))
    done, total = next(word for word in vpc.split() if "/" in word).split("/")
    assert 0 < int(done) <= int(total) == 32
    assert sum(int(line.split("/")[1].split()[0]) for line in lines[1:]) == 193


def test_what_is_slow_is_named_with_the_reason() -> None:
    line = picture(begun(at=0), Moment(now=151, so_far=151)).splitlines()[1]
    assert "creating rds.Instance main 2 min 31 s: RDS makes it, then a first backup" in line
    line = picture(begun(at=0), Moment(now=5, so_far=5)).splitlines()[1]
    assert "creating rds.Instance main 5 s" in line
    assert "RDS makes" not in line


def test_a_low_screen_shows_how_many_are_hidden() -> None:
    lines = picture(replayed("up-first"), Moment(now=0, so_far=1), height=5).splitlines()
    assert len(lines) == 7
    assert lines[-1] == "and 8 more components"


def test_names_are_shown_and_not_obeyed() -> None:
    progress = Progress()
    progress.add(step("resourcePreEvent", DATABASE + "\x1b[2J", "delete"), 0)
    text = text_of(progress, Ending("destroy of dev\x1b]0;x", succeeded=True))
    assert "\x1b" not in text
    assert "main\\x1b[2J" in text


def test_every_slow_type_is_one_of_the_package() -> None:
    from toolchain.offline import package  # noqa: PLC0415
    from toolchain.view.live import _reasons  # noqa: PLC0415

    assert set(_reasons()) <= set(package.resource_classes())
    assert why_slow(DATABASE) == _reasons()["aws:rds/instance:Instance"]


def test_the_time_left_is_learned_from_earlier_runs(tmp_path: Path) -> None:
    path = tmp_path / "kept" / "durations.json"
    for seconds in (300, 400, 500):
        progress = begun(at=0)
        progress.add(step("resOutputsEvent", DATABASE), seconds)
        Durations(path).learn(progress)
    durations = Durations(path)
    planned = {DATABASE: "create"}
    assert seconds_left(begun(at=0), planned, durations, started=0, now=100) == pytest.approx(300)
    assert seconds_left(begun(at=0), planned, durations, started=0, now=900) == 0
    assert seconds_left(Progress(), planned, durations, started=0, now=0) == pytest.approx(400)
    assert seconds_left(Progress(), planned, Durations(None), started=0, now=0) is None


def test_the_time_left_follows_the_pace() -> None:
    urns_ = [f"{DATABASE}-{number}" for number in range(10)]
    progress = Progress()
    for urn in urns_[:5]:
        progress.add(step("resourcePreEvent", urn), 0)
        progress.add(step("resOutputsEvent", urn), 10)
    planned = dict.fromkeys(urns_, "create")
    assert seconds_left(progress, planned, Durations(None), started=0, now=10) == pytest.approx(10)


@pytest.mark.parametrize("text", ["", "[1]", '{"a": "b"}', '{"a": [null]}', "\x00"])
def test_a_damaged_file_of_durations_is_no_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "durations.json"
    path.write_text(text)
    durations = Durations(path)
    assert durations.of("create", DATABASE) is None
    durations.learn(begun())


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3725, "62 min 05 s")])
def test_a_time_is_readable(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_component_whose_parents_are_not_known_is_named_by_its_type() -> None:
    assert urns.component_of(DATABASE, {DATABASE: DATA, DATA: STACK}) == "ManagedData main"
    assert urns.component_of(DATABASE, {}) == "ManagedData"
    assert urns.component_of("urn:pulumi:dev::shop::aws:s3/bucket:Bucket::x", {}) == urns.NO_COMPONENT


def test_a_failed_step_counts_as_ended() -> None:
    progress = begun()
    progress.add(step("resOpFailedEvent", DATABASE), 3)
    assert progress.done_by_component() == {"ManagedData main": {Status.FAILED: 1}}
    assert progress.running() == []


OWN = "warning: using pulumi-resource-aws from $PATH at /tmp/spot-platform-x/bin/pulumi-resource-aws"
OUTPUT = f"""\
Previewing update (dev):
Loading policy packs...: starting
    pulumi:pulumi:Stack shop-dev  {OWN}
@ previewing update....

 +  aws:s3:Bucket files create

Diagnostics:
  pulumi:pulumi:Stack (shop-dev):
    {OWN}

Resources:
    + 1 to create

"""
WITH_ERROR = OUTPUT.replace("\nResources:", "  aws:s3:Bucket (files):\n    error: no\n\nResources:")


LEFT = "Previewing update (dev):\n\n +  aws:s3:Bucket files create\n\nResources:\n    + 1 to create"
LEFT_WITH_ERROR = LEFT.replace("Resources:", "Diagnostics:\n  aws:s3:Bucket (files):\n    error: no\n\nResources:")


@pytest.mark.parametrize(("output", "left"), [(OUTPUT, LEFT), (WITH_ERROR, LEFT_WITH_ERROR)])
def test_lines_are_left_without_the_noise_of_the_toolchain(output: str, left: str) -> None:
    filtered = LineFilter()
    assert "\n".join(each for line in output.split("\n") for each in filtered.passed(line)) == left


def test_a_plugin_of_the_users_own_on_the_path_is_still_said() -> None:
    line = "    warning: using pulumi-resource-aws from $PATH at /usr/local/bin/pulumi-resource-aws"
    assert LineFilter().passed(line) == [line]


UNCOUNTED = (
    "warning: Failed to calculate preview for element in rules[0].transitions: Failed to calculate set hash: "
    "SetElementHash() should not be called during schema generation"
)
WITH_UNCOUNTED = f"""\
Updating (local):
    aws:s3:BucketLifecycleConfiguration files  {UNCOUNTED}
 ~  aws:s3:BucketLifecycleConfiguration files update {UNCOUNTED}
 ~  aws:s3:BucketLifecycleConfiguration files updated (0.2s) [diff: ~rules]; {UNCOUNTED}

Diagnostics:
  aws:s3:BucketLifecycleConfiguration (files):
    {UNCOUNTED}
    {UNCOUNTED}

Resources:"""
WITHOUT_UNCOUNTED = """\
Updating (local):
 ~  aws:s3:BucketLifecycleConfiguration files update
 ~  aws:s3:BucketLifecycleConfiguration files updated (0.2s) [diff: ~rules];

Resources:"""
DELETED = (
    "The resources in the stack have been deleted, but the history and configuration associated with the stack are "
    "still maintained. "
)


def left_of(output: str) -> str:
    filtered = LineFilter()
    return "\n".join(each for line in output.split("\n") for each in filtered.passed(line))


def test_what_the_provider_cannot_count_in_a_preview_is_no_news() -> None:
    assert left_of(WITH_UNCOUNTED) == WITHOUT_UNCOUNTED
    other = "    warning: Failed to calculate preview for element in rules: it is no bool"
    assert left_of(other) == other


@pytest.mark.parametrize("quote", ["`", "'"])
def test_the_way_to_remove_a_stack_is_said_only_where_the_toolchain_does_not_remove_it(quote: str) -> None:
    how = f"If you want to remove the stack completely, run {quote}pulumi stack rm {{}}{quote}."
    assert left_of(f"Resources:\n{DELETED}\n{how.format('local')}\nend") == "Resources:\nend"
    of_another = f"{DELETED}\n{how.format('locals')}"
    assert left_of(of_another) == of_another


PACK = "    ✅ spot-platform@v1.0.0 (local: /x/policy)"
SUMMARY_BELOW = "        - [advisory]  summary  (pulumi:pulumi:Stack: shop-dev)"


@pytest.mark.parametrize(
    ("output", "left"),
    [
        (f"Policies:\n{PACK}\n{SUMMARY_BELOW}\n\nend", f"Policies:\n{PACK}\n{SUMMARY_BELOW}\n\nend"),
        (f"Policies:\n{PACK}\n\nend", f"Policies:\n{PACK.replace('✅ ', '')}\n\nend"),
        (f"Policies:\n\x1b[1m{PACK}\x1b[0m\n\nend", f"Policies:\n\x1b[1m{PACK.replace('✅ ', '')}\x1b[0m\n\nend"),
        ("Policies:\n    ✅ theirs@v1.0.0\n\nend", "Policies:\n    ✅ theirs@v1.0.0\n\nend"),
    ],
)
def test_a_pack_that_was_not_asked_to_the_end_has_no_check_mark(output: str, left: str) -> None:
    assert left_of(output) == left


def test_a_destroy_shows_all_that_goes_and_one_row_for_each_component() -> None:
    """The engine deletes a component after its resources, so its events name the component last."""
    replica = "urn:pulumi:dev::shop::shop:index:ManagedData$shop:index:Replica::main-replica"
    inner = "urn:pulumi:dev::shop::shop:index:ManagedData$shop:index:Replica$aws:rds/instance:Instance::main-replica"
    resources = [
        {"urn": STACK},
        {"urn": DATA, "parent": STACK},
        {"urn": DATABASE, "parent": DATA},
        {"urn": replica, "parent": DATA},
        {"urn": inner, "parent": replica},
    ]
    planned = Progress.of_deletion(resources)
    progress = planned.following()
    gone = {"op": "delete", "urn": inner, "old": {"parent": replica}}
    progress.add(event("resourcePreEvent", metadata=gone), 1.0)
    progress.add(event("resOutputsEvent", metadata=gone), 2.0)
    drawing = picture(progress, Moment(now=2.0, so_far=2.0), planned=planned)
    assert [line.split("━")[0].strip() for line in drawing.splitlines()[1:]] == ["ManagedData main"]
    assert "1/2" in drawing
