"""Generates the settings' reference page, and their schema, from the models that validate them.

``docs/configuration.md`` is generated as a whole, ``Pulumi.yaml`` after its marker.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from configuration.annotations import allowed, bare, is_optional, type_name
from configuration.models import is_section, model_of
from configuration.profiles import PROFILES
from configuration.rules.context import at
from configuration.stack import StackSettings
from spot_planning.monitoring.log_retention import RETENTION_DAYS
from spot_planning.problems import listed

MARKER: Final = (
    "# From here on written by `python -m configuration`; the keys are described in docs/configuration.md.\n"
)

EXAMPLE: Final = """\
secretsprovider: awskms://alias/spot-platform-prod?region=eu-west-1
config:
  name: shop
  aws:
    region: eu-west-1
    account_id: "111122223333"
  tags:
    CostCentre: "4711"
  dns:
    zone_name: example.com
    site_domain: shop.example.com
    api_domain: api.shop.example.com
  api:
    document: openapi.yaml
  service:
    image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop-1a2b3c4:2026-11-24.1
    cpu: 1024
    memory: 2048
    environment:
      LOG_LEVEL: info
    secrets:
      PAYMENT_API_KEY: shop/payment-api-key
    scheduled_scaling:
      - name: evening
        schedule: cron(0 18 * * ? *)
        min_tasks: 4
        max_tasks: 20
        timezone: Europe/Lisbon
      - name: night
        schedule: cron(0 1 * * ? *)
        min_tasks: 2
        max_tasks: 10
        timezone: Europe/Lisbon
  database:
    database_name: shop
  observability:
    alarm_emails: [ops@example.com]
  backups:
    copy_region: eu-central-1
"""
"""The example of a stack file on the page; a test loads it."""

_INTRODUCTION: Final = """\
# Configuration

Written by `python -m configuration` from the classes of settings in `spot_planning/` and `configuration/sections.py`;
change those, not this page.

A stack is configured in `Pulumi.<stack>.yaml`, one key for each section below. A
value comes from the stack file, else from the stack's **profile**, else from the section's own default. Sections are
merged in depth, so a stack file holds only what differs; lists are replaced as a whole, and `null` takes a default away
where a key may be empty. `pulumi config set --path 'spot-platform:service.min_tasks' 3` writes one key. Text that looks
like a number or a boolean needs `--type string` there, and quotes in the file: `account_id: "111122223333"`.

Everything is checked together before the first resource exists. Each problem is one line with the key, its value and
what is allowed: `spot-platform:service.memory: 8192 is not allowed with cpu 512; allowed: 1024, 2048, 3072, 4096`. A
value that the stack file does not set itself is marked `(default)`, a long one is cut, and one that may be a secret is
not shown.

No setting is a secret. Secrets live in AWS Secrets Manager and are named in `service.secrets`; encrypted values
(`pulumi config set --secret`) are refused, since they would end up in plain text in the resources.

## Example

`Pulumi.prod.yaml`:

"""

_RULES: Final = """\
## Rules across keys

- `service`: `memory` must be a size that Fargate has for `cpu`; `min_tasks` <= `desired_tasks` <= `max_tasks`; a base
  on Spot or on demand, not on both, and with a weight above 0; `drain_seconds`, the longest request
  (`api.integration_timeout_milliseconds`, or a longer `timeoutInMillis` in the document of an operation that is not
  streamed) and 5 s for closing must fit into `stop_timeout_seconds`; `deregistration_delay_seconds` must not be below
  the longest request; `image` or `build`, not both.
- `vpc`: `cidr_block` must have room for `zones`; `nat: none` needs the interface endpoints ecr.api, ecr.dkr, logs and
  secretsmanager, and ssmmessages for `service.execute_command`; `nat: regional` is not for an emulator.
  With `existing_id` go its private subnets, by id or by tag, and none of the keys of a network of the stack's own
  (`cidr_block`, `nat`, `nat_instance_type`, `interface_endpoints`, `flow_log_retention_days`, `zones`,
  `availability_zones`).
- `dns`: domains stand inside `zone_name` and differ from each other.
- `api`: `throttle_burst_limit` is at least `throttle_rate_limit`; `cors_allow_credentials` needs named origins.
- `database`: `replica` needs backups; `allow_major_version_upgrade` needs `apply_immediately`;
  `max_allocated_storage_gib` is at least 10 % above `allocated_storage_gib`.
- `backups`: `copy_region` is another Region than `aws.region`. `budget` needs somebody to tell.
- Profiles `staging` and `prod` need `observability.alarm_emails`, and `backups.copy_region` while backups are on.
- Profile `prod` needs `service.on_demand_base` of 1 or more, `service.min_tasks` of 2 or more,
  `database.backup_retention_days` of 7 or more, named origins, and none of `storage.force_destroy`,
  `backups.force_destroy` and `registry.force_delete`.
"""

_MODEL: Final = model_of(StackSettings)
_PERIODS: Final = listed(RETENTION_DAYS)
_PROFILE_DEFAULT: Final = "the stack's name"


def project_file(current: str) -> str:
    """Return the text of ``Pulumi.yaml`` with the schema of the configuration.

    Args:
        current: The file's present text; everything before `MARKER` is kept.

    Returns:
        The file's new text.
    """
    kept = current.partition(MARKER)[0]
    schema = yaml.safe_dump({"config": _schema()}, sort_keys=False, width=118)
    return f"{kept}{MARKER}{schema}"


def page() -> str:
    """Return the text of ``docs/configuration.md``."""
    parts = [_INTRODUCTION, f"```yaml\n{EXAMPLE}```\n\n", _RULES]
    fields = _MODEL.model_fields
    scalars = {name: field for name, field in fields.items() if _section(field) is None}
    parts.append(f"\n## The stack\n\n{''.join(_table((), scalars))}")
    for name, field in fields.items():
        section = _section(field)
        if section is not None:
            parts.append(f"\n## `{name}`\n\n{_summary(section)}\n\n{''.join(_table((name,), section.model_fields))}")
            parts.extend(_entries(section))
    parts.append(f"\n## Periods\n\nCloudWatch Logs keeps logs for one of these numbers of days: {_PERIODS}.\n")
    return "".join(parts)


def _schema() -> dict[str, dict[str, Any]]:
    """Return the schema for the engine: a section is an object, and each key has a default, so that it is optional."""
    schema: dict[str, dict[str, Any]] = {}
    for name, field in _MODEL.model_fields.items():
        section = _section(field)
        is_map = section is not None or type_name(field.annotation).startswith("map")
        described = _summary(section) if section is not None else _description(field)
        default: Any = {} if is_map else "" if field.is_required() else field.default
        schema[name] = {"type": "object" if is_map else "string", "description": described, "default": default}
    return schema


def _table(path: tuple[str, ...], fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    yield "| key | type | default | allowed | what it does |\n|---|---|---|---|---|\n"
    for name, field in fields.items():
        kind = f"{type_name(field.annotation)}{' or null' if is_optional(field.annotation) else ''}"
        cells = (
            f"`{name}`",
            kind,
            _default((*path, name), field),
            _allowed(field),
            _description(field),
        )
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |\n"


def _allowed(field: FieldInfo) -> str:
    text = allowed(field.annotation, field.metadata)
    if text == _PERIODS:
        return "a [period of CloudWatch Logs](#periods)"
    return text.replace("<", "&lt;").replace("*", r"\*")


def _default(path: tuple[str, ...], field: FieldInfo) -> str:
    """Return the default of a key; if profiles differ, each default with its profiles."""
    if path == ("profile",):
        return _PROFILE_DEFAULT
    profiles: dict[str, list[str]] = {}
    for profile, values in PROFILES.items():
        shown = _shown(field, at(values, path))
        profiles.setdefault(shown, []).append(profile)
    if len(profiles) == 1:
        return next(iter(profiles))
    return ", ".join(f"{value} ({', '.join(names)})" for value, names in profiles.items())


def _shown(field: FieldInfo, value: object) -> str:
    if value is ... and field.is_required():
        return "required"
    chosen = field.get_default(call_default_factory=True) if value is ... else value
    if chosen is None:
        return "none"
    return f"`{chosen}`" if isinstance(chosen, str) else f"`{json.dumps(chosen)}`"


def _entries(section: type[BaseModel]) -> Iterator[str]:
    """Yield a table for each key whose value is a list of maps: the keys of such a map."""
    for name, field in section.model_fields.items():
        arguments = getattr(bare(field.annotation), "__args__", ())
        entry = bare(arguments[-1]) if arguments else None
        if is_section(entry):
            yield f"\nEach entry of `{name}`:\n\n{''.join(_table(('', name), entry.model_fields))}"


def _section(field: FieldInfo) -> type[BaseModel] | None:
    annotation = bare(field.annotation)
    return annotation if is_section(annotation) else None


def _summary(section: type[BaseModel]) -> str:
    return " ".join((section.__doc__ or "").replace("``", "`").split())


def _description(field: FieldInfo) -> str:
    return " ".join((field.description or "").replace("``", "`").split())
