"""Defines how each profile enforces the rules, generates ``policy/config/<profile>.json``, and checks such files.

Every rule is mandatory unless a profile says otherwise, so a file contains only the differences.
"""

import json
from collections.abc import Collection, Mapping
from typing import Final, cast

from policy.enforcement.levels import Level
from policy.reporting.housekeeping import HOUSEKEEPING
from policy.rule import Concern, Rule
from policy.rules import BY_ID, RULES

LEVELS: Final = tuple(level.value for level in Level)

_SMALL: Final = frozenset({Concern.AVAILABILITY, Concern.AUDIT, Concern.HARDENING})

ADVISORY: Final[Mapping[str, frozenset[Concern]]] = {
    "local": _SMALL,
    "dev": _SMALL,
    # Like prod, but smaller: one zone for the database, one node for the cache.
    "staging": frozenset({Concern.AVAILABILITY}),
    "prod": frozenset(),
}
"""Profile -> the concerns whose rules are only advisory in it. From weak to strict, as ``pins.STRICTNESS``."""

_ALL_SPOT_ALLOWED: Final[dict[str, dict[str, object]]] = {
    "ecs-on-demand-base": {"minimum-on-demand-base": 0},
    "ecs-spot-share": {"spot-share": {name: [0, 1] for name in ("minimum", "desired", "maximum")}},
}

_NO_ENDPOINTS: Final[dict[str, dict[str, object]]] = {
    # Endpoints would only save cost: NAT gateways carry the same calls, with TLS, and nothing calls EC2 or SSM.
    "vpc-interface-endpoints": {"services": []}
}

_CHOICES: Final[dict[str, dict[str, object]]] = {
    # The general log contains every SQL statement, with the values in it.
    "aurora-mysql-logs": {"logs": ["audit", "error", "slowquery"]},
    # Which countries a site serves is a business decision.
    "cloudfront-countries": {"distributions": []},
    # Launches and terminations are routine, so only their errors need a notification.
    "ec2-group-notifies": {
        "events": ["autoscaling:EC2_INSTANCE_LAUNCH_ERROR", "autoscaling:EC2_INSTANCE_TERMINATE_ERROR"]
    },
    # Not every function needs these safeguards.
    "lambda-safeguards": {"safeguards": []},
}
"""Settings that another team may choose differently from this platform."""

SETTINGS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "local": {
        **_NO_ENDPOINTS,
        **_CHOICES,
        **_ALL_SPOT_ALLOWED,
        "log-group-retention": {"minimum-days": 7},
        "rds-backup-retention": {"minimum-days": 1},
    },
    "dev": {
        **_NO_ENDPOINTS,
        **_CHOICES,
        **_ALL_SPOT_ALLOWED,
        "log-group-retention": {"minimum-days": 7},
        "rds-backup-retention": {"minimum-days": 1},
    },
    "staging": {**_NO_ENDPOINTS, **_CHOICES, "log-group-retention": {"minimum-days": 30}},
    "prod": {**_NO_ENDPOINTS, **_CHOICES, "log-group-retention": {"minimum-days": 90}},
}
"""Profile -> rule -> its configuration."""


def configuration(profile: str) -> dict[str, object]:
    """Return the content of a profile's file.

    Args:
        profile: A profile of ``ADVISORY``.

    Returns:
        The configuration, in the form that Pulumi accepts as ``--policy-pack-config``.
    """
    found: dict[str, object] = {}
    for rule in RULES:
        level = level_of(rule, profile)
        settings = dict(SETTINGS[profile].get(rule.id, {}))
        if settings:
            found[rule.id] = {"enforcementLevel": level, **settings}
        elif level != "mandatory":
            found[rule.id] = level
    return found


def level_of(rule: Rule, profile: str) -> str:
    """Return how a profile enforces a rule: ``advisory`` or ``mandatory``."""
    return "advisory" if rule.concern in ADVISORY[profile] else "mandatory"


def asks(rule: Rule, profile: str) -> bool:
    """Check whether a rule requires anything with a profile's settings."""
    settings = {**rule.defaults, **SETTINGS[profile].get(rule.id, {})}
    return not rule.asks_for or bool(settings[rule.asks_for])


def text(profile: str) -> str:
    """Return the text of a profile's file."""
    return json.dumps(configuration(profile), indent=2, sort_keys=True) + "\n"


def check(content: object) -> None:
    """Refuse a wrong configuration. The engine would accept it, since it ignores rules that do not exist.

    Args:
        content: A configuration file's JSON.

    Raises:
        ValueError: The configuration is wrong; the message lists all errors, one per line.
    """
    if not isinstance(content, dict):
        raise ValueError("the file must be an object whose keys are rules")  # noqa: TRY004 - an error in a file, not in a call
    errors: list[str] = []
    for name, given in cast("dict[str, object]", content).items():
        errors += [f"{name}: {error}" for error in _errors(name, given)]
    if errors:
        raise ValueError("\n".join(errors))


def _errors(name: str, given: object) -> list[str]:
    if name != "all" and name not in BY_ID and name not in HOUSEKEEPING:
        return ["no such rule"]
    settings = cast("dict[str, object]", given) if isinstance(given, dict) else {"enforcementLevel": given}
    level = settings.get("enforcementLevel", "mandatory")
    wrong = [] if level in LEVELS else [f"enforcementLevel={level!r}; allowed are {', '.join(LEVELS)}"]
    known: Collection[str] = BY_ID[name].config if name in BY_ID else ()
    return wrong + [f"no such setting: {key}" for key in settings if key not in known and key != "enforcementLevel"]
