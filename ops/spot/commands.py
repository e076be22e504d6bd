"""``python -m ops spot``: show a service's tasks on Spot, and drill an interruption under load."""

import random
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from ops import aws
from ops.addresses import address_of
from ops.agreement import agree
from ops.aws import StackSession
from ops.aws_errors import errors_of_aws
from ops.cli import printable
from ops.errors import FAILED, OperationError
from ops.release.service_reader import ServiceReader
from ops.release.target import Target
from ops.reporting import Reporter
from ops.spot.drill import Drill, DrillOptions, DrillResult, reclaims_at, stops_in
from ops.spot.load import MOST_PER_SECOND, Load
from ops.spot.mix import SpotTask, chosen, interruptions, split_of, spot_task, wanted_split
from ops.spot.quotas import quota_uses
from spot_planning.service.capacity import SPOT_NOTICE_SECONDS

CAREFUL_STACK: Final = "prod"
INTERRUPTED: Final = "tasks that were taken away are replaced by Amazon ECS; look at `python -m ops spot status`"

app = typer.Typer(help="Show the service's tasks on Spot, or drill an interruption.", no_args_is_help=True)

Stack = Annotated[str, typer.Option(help="The stack of the service.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print each event, and the result, as a line of JSON.")]


@app.callback()
def spot() -> None:
    """Show the service's tasks on Spot, or drill an interruption."""


@app.command()
def status(*, stack: Stack = "local", as_json: AsJson = False) -> None:
    """Show the tasks by capacity provider, the split between Spot and on demand, recent interruptions, and quotas."""
    with errors_of_aws():
        session = aws.connect(stack)
        target, reader = _reader(session)
        service = reader.service(target.service)
        if service is None:
            raise ValueError(f"stack={stack}: the service {target.service} is not there; run up")
        health, now = reader.target_health(service), datetime.now(UTC)
        running = reader.tasks(target.service)
        tasks = [spot_task(each, health, reader.image(str(each["taskDefinitionArn"])), now) for each in running]
        lost = interruptions(reader.tasks(target.service, "STOPPED"), service.get("events", []))
        quotas = quota_uses(session, reader, service)
    split = split_of([each.state for each in tasks])
    wanted = wanted_split(service.get("capacityProviderStrategy", []), split.spot + split.on_demand)
    reporter = Reporter(as_json=as_json)
    reporter.result(
        {
            "stack": stack,
            "tasks": [_row(each) for each in tasks],
            "split": asdict(split),
            "wanted": None if wanted is None else asdict(wanted),
            "interruptions": [{"at": each.at, "what": each.what} for each in lost],
            "quotas": [asdict(each) for each in quotas],
        }
    )
    if as_json:
        return
    reporter.table(_table(tasks))
    by_strategy = "no strategy" if wanted is None else f"the strategy wants {wanted.spot} and {wanted.on_demand}"
    typer.echo(
        f"{split.spot} tasks on Spot and {split.on_demand} on demand ({split.spot_share:.0%} Spot); {by_strategy}"
    )
    for each in lost:
        typer.echo(printable(f"{'' if each.at is None else f'{each.at:%Y-%m-%d %H:%M:%S}  '}{each.what}"))
    if not lost:
        typer.echo("no interruptions among the tasks and events that Amazon ECS still has")
    for quota in quotas:
        typer.echo(str(quota))


@app.command()
def drill(
    *,
    stack: Stack = "local",
    share: Annotated[float, typer.Option(min=0.01, max=1, help="Share of the Spot tasks to stop.")] = 0.5,
    notice: Annotated[
        float | None, typer.Option(min=0, help="Seconds from SIGTERM to the kill, local only. Default: AWS's 120.")
    ] = None,
    factor: Annotated[float, typer.Option(min=1, help="Divide the seconds of the notice by this, local only.")] = 1,
    path: Annotated[str, typer.Option(help="Path of the API for the load's GET requests.")] = "/health",
    rate: Annotated[float, typer.Option(min=1, max=MOST_PER_SECOND, help="Requests per second.")] = 20,
    settle: Annotated[float, typer.Option(min=0, help="Seconds of load after the tasks are replaced.")] = 10,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds in which the tasks must be replaced.")] = 600,
    accept_lost: Annotated[int, typer.Option(min=0, help="Lost requests that are accepted.")] = 0,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before tasks in AWS are stopped.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print which tasks would be stopped.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop Spot tasks as a Spot interruption would, under load, and report how many requests were lost.

    Exit codes: 0 no more requests were lost than accepted, 1 more were lost or the tasks were not replaced in time, 2
    an argument is wrong, 3 AWS refused, 130 interrupted.
    """
    if stack == CAREFUL_STACK and not (yes or dry_run):
        raise OperationError(f"stack={stack}: a drill takes tasks from visitors; say --yes if that is meant")
    if not path.startswith("/"):
        raise ValueError(f"--path={path} must begin with /")
    with errors_of_aws(INTERRUPTED):
        session = aws.connect(stack)
        if not session.is_local and (notice is not None or factor != 1):
            raise ValueError("--notice and --factor hold for the local stack only: in AWS a task has its stopTimeout")
        target, reader = _reader(session)
        reporter = Reporter(as_json=as_json)
        tasks = chosen(reader.snapshot(reader.service(target.service)).tasks, share, random.SystemRandom())
        if not tasks:
            raise OperationError(
                f"stack={stack}: no task runs on Spot, so there is nothing to take away; docs/operations.md, Spot, says"
                " how to get one"
            )
        named = ", ".join(task.identifier[:8] for task in tasks)
        if dry_run:
            reporter.say("result", f"would take away {len(tasks)} tasks: {named}", tasks=[each.arn for each in tasks])
            return
        agree(f"stop {len(tasks)} Spot tasks of {stack}", is_local=session.is_local, yes=yes)
        seconds = (SPOT_NOTICE_SECONDS if notice is None else notice) / factor
        take_away = (
            stops_in(session.client("ecs"), target.cluster)
            if session.endpoint_url is None
            else reclaims_at(session.endpoint_url, seconds)
        )
        where = address_of(session, target.api_url)
        load = Load(*where.request(path), rate, trust_env=not session.is_local, verify=where.verify)
        result = Drill(reader, target.service, reporter, DrillOptions(settle, timeout)).run(tasks, take_away, load)
    _report(reporter, stack, result)
    late = result.replaced_seconds is None or result.ended_seconds is None
    if late or result.load["lost"] > accept_lost:
        raise typer.Exit(FAILED)


def _reader(session: StackSession) -> tuple[Target, ServiceReader]:
    target = Target.of(session)
    return target, ServiceReader.of(session, target)


def _report(reporter: Reporter, stack: str, result: DrillResult) -> None:
    load = result.load
    replaced = "not in time" if result.replaced_seconds is None else f"after {result.replaced_seconds:.1f} s"
    why = ", ".join(f"{count} {reason}" for reason, count in load["reasons"].items())
    mixes = ", ".join(
        f"{when} {mix['spot']} + {mix['on_demand']}"
        for when, mix in (("before", result.before), ("at the least", result.during), ("after", result.after))
    )
    text = "; ".join(
        (
            f"{load['lost']} of {load['sent']} requests lost{f' ({why})' if why else ''}",
            f"{load['throttled']} throttled",
            f"the slowest took {load['slowest_seconds']:.2f} s",
            f"{len(result.taken)} tasks replaced {replaced}",
            f"Spot + on demand: {mixes}",
        )
    )
    reporter.say("result", text, stack=stack, **asdict(result))


def _row(task: SpotTask) -> dict[str, Any]:
    return {
        "task": task.state.identifier,
        "capacity": task.state.provider,
        "zone": task.state.zone,
        "age_seconds": None if task.age is None else round(task.age.total_seconds()),
        "release": task.release,
        "status": task.state.status,
        "health": task.state.health,
        "target": task.state.target,
    }


def _table(tasks: list[SpotTask]) -> Table:
    table = Table("task", "capacity", "zone", "age", "release", "status", "health", "target", box=None, pad_edge=False)
    for task in sorted(tasks, key=lambda each: (each.state.provider, each.state.zone)):
        age = "" if task.age is None else str(timedelta(seconds=round(task.age.total_seconds())))
        row = _row(task)
        table.add_row(
            task.state.identifier[:8],
            row["capacity"],
            row["zone"],
            age,
            row["release"],
            row["status"].lower(),
            row["health"].lower(),
            row["target"],
        )
    return table
