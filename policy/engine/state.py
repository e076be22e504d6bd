"""Judges the resources that a stack already has, from its exported state and without its program.

The state is the output of ``pulumi stack export``. Secrets in it stay encrypted, so a rule that needs a secret is
undecided. ``pulumi policy analyze`` does the same with the engine. But there the pack gets neither the stack's profile
nor which resources the program only reads, and the secrets are decrypted.
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
        export: The output of ``pulumi stack export``, as data.

    Returns:
        Each resource with its inputs. Resources that the program only reads, and those that are pending deletion, are
        left out.

    Raises:
        ValueError: The data is not an exported state.
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
    """Refuse the state of another stack: it would be judged with a profile and exemptions that are not its own.

    Args:
        owned: The resources in the state.
        project: The name of the requested project.
        stack: The name of the requested stack.

    Raises:
        ValueError: A resource belongs to another stack or project. The message names both stacks and projects.
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
        owned: The stack's resources.
        stack: The facts about the stack.
        exemptions: The exemptions of the file.
        pins: The pins of stacks and accounts.

    Returns:
        The violations, then what could not be decided, what is exempted, and the summary at the end.
    """
    session = Session(RULES, exemptions, unknown_because=ENCRYPTED)
    session.configure(of_profile(stack.profile), stack)
    views = list(owned)
    found = [finding for view in views for finding in session.judge(view)]
    on_stack, graph = session.judge_stack(views)
    return [*found, *on_stack, *keep_house(session, graph, pins)]
