"""Judges what a stack already has, by its exported state and without its program.

The state is what ``pulumi stack export`` prints. Secrets in it stay encrypted, so a rule that needs one is undecided.
``pulumi policy analyze`` does the same with the engine, but it is told neither the stack's profile nor which resources
the program only reads, and it decrypts the secrets.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from policy.enforcement.exemptions import Exemptions, project_of, stack_of
from policy.enforcement.levels import StackFacts, of_profile
from policy.enforcement.pins import Pin
from policy.engine.decoding import decode
from policy.engine.session import Session
from policy.reporting.housekeeping import keep_house
from policy.reporting.messages import Finding
from policy.resources import ResourceView, normalised
from policy.rules import RULES

ENCRYPTED: Final = "a secret, encrypted in the state"

_Resource = Mapping[str, Any]


def resources(export: object) -> list[ResourceView]:
    """Read the resources that a stack owns.

    Args:
        export: What ``pulumi stack export`` prints, as data.

    Returns:
        Each resource with its inputs; none that the program only reads, or that waits to be deleted.

    Raises:
        ValueError: It is no exported state.
    """
    deployment = cast("dict[str, object]", export).get("deployment") if isinstance(export, dict) else None
    listed = cast("dict[str, object]", deployment).get("resources", []) if isinstance(deployment, dict) else None
    if not isinstance(listed, list):
        raise ValueError("this is not what 'pulumi stack export' prints: deployment.resources is missing")  # noqa: TRY004 - an error in a file
    given = cast("list[_Resource]", listed)
    providers = {_reference(each): _view(each) for each in given if each["type"].startswith("pulumi:providers:")}
    return [
        _view(each, providers.get(each.get("provider", "")))
        for each in given
        if not each.get("external") and not each.get("delete")
    ]


def _reference(provider: _Resource) -> str:
    return f"{provider['urn']}::{provider.get('id', '')}"


def _view(given: _Resource, provider: ResourceView | None = None) -> ResourceView:
    properties = decode(given.get("inputs") or {})
    dependencies: Mapping[str, list[str] | None] = given.get("propertyDependencies") or {}
    return ResourceView(
        type=normalised(given["type"]),
        urn=given["urn"],
        inputs=properties.content,
        ignore_changes=tuple(given.get("ignoreChanges") or ()),
        depends_on={name: tuple(urns or ()) for name, urns in dependencies.items()},
        secrets=properties.secrets,
        provider=provider,
    )


def refuse_another(owned: Iterable[ResourceView], project: str, stack: str) -> None:
    """Refuse the state of another stack, which would be judged with a profile and exemptions that are not its own.

    Args:
        owned: The resources.
        project: The project that is asked for.
        stack: The stack that is asked for.

    Raises:
        ValueError: Their URNs are of another stack or project; both are named.
    """
    for urn in (view.urn for view in owned):
        of_stack, of_project = stack_of(urn), project_of(urn)
        if (of_stack, of_project) != (stack, project):
            raise ValueError(
                f"this is the state of the stack {of_stack} of the project {of_project}, not of the stack {stack} of "
                f"the project {project}: {urn}"
            )


def judge(
    owned: Iterable[ResourceView], stack: StackFacts, exemptions: Exemptions, pins: tuple[Pin, ...]
) -> list[Finding]:
    """Judge a stack as its next update would.

    Args:
        owned: Its resources.
        stack: What is known of the stack.
        exemptions: Those of the file.
        pins: Which stacks and accounts are held to a profile.

    Returns:
        What stands against it; what could not be decided; what is exempted; and the summary at the end.
    """
    session = Session(RULES, exemptions, unknown_because=ENCRYPTED)
    session.configure(of_profile(stack.profile), stack)
    views = list(owned)
    found = [finding for view in views for finding in session.judge(view)]
    on_stack, graph = session.judge_stack(views)
    return [*found, *on_stack, *keep_house(session, graph, pins)]
