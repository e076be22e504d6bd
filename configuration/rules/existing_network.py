"""Rules about an existing network."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, at, of_component, refuse, say
from configuration.sections import MAXIMUM_ZONES, MINIMUM_ZONES
from spot_planning.network.existing import ISOLATED, PRIVATE
from spot_planning.problems import Problem, listed
from spot_planning.repetition import nothing_twice

OF_AN_OWN_NETWORK = (
    "cidr_block",
    "nat",
    "nat_instance_type",
    "interface_endpoints",
    "flow_log_retention_days",
    "flow_log_destination",
    "flow_log_force_destroy",
    "zones",
    "availability_zones",
)
"""Keys of `vpc` that apply only to a network of the stack's own."""


def _nothing_of_an_own_network(context: Context) -> Iterator[Problem]:
    if context.settings.vpc.existing_id is not None:
        for key in OF_AN_OWN_NETWORK:
            if at(context.given, ("vpc", key)) is not ...:
                yield say(f"vpc.{key}", "is not allowed with vpc.existing_id: it is for a network of the stack's own")


def _nothing_without_the_network(context: Context) -> Iterator[Problem]:
    if context.settings.vpc.existing_id is None:
        for key in (f"{kind}_{way}" for kind in (PRIVATE, ISOLATED) for way in ("ids", "tags")):
            if getattr(context.settings.vpc, key):
                yield say(f"vpc.{key}", "is not allowed without vpc.existing_id, the VPC of the subnets")


def _private_subnets_are_named(context: Context) -> Iterator[Problem]:
    vpc = context.settings.vpc
    if vpc.existing_id is not None and not vpc.existing_private_subnet_ids and not vpc.existing_private_subnet_tags:
        allowed = listed(f"vpc.{PRIVATE}_{way}" for way in ("ids", "tags"))
        yield refuse("vpc.existing_id", f"is not allowed without its private subnets: one of {allowed}")


def _by_id_or_by_tag(context: Context) -> Iterator[Problem]:
    for kind in (PRIVATE, ISOLATED):
        if getattr(context.settings.vpc, f"{kind}_ids") and getattr(context.settings.vpc, f"{kind}_tags"):
            yield say(f"vpc.{kind}_tags", f"is not allowed with vpc.{kind}_ids: subnets are named in one way")


def _enough_subnets(context: Context) -> Iterator[Problem]:
    for kind in (PRIVATE, ISOLATED):
        ids: list[str] = getattr(context.settings.vpc, f"{kind}_ids")
        if ids and not MINIMUM_ZONES <= len(ids) <= MAXIMUM_ZONES:
            text = f"a list of {len(ids)} is not allowed; allowed: {MINIMUM_ZONES} to {MAXIMUM_ZONES}, one a zone"
            yield say(f"vpc.{kind}_ids", text)


RULES: tuple[Rule, ...] = (
    _nothing_of_an_own_network,
    _nothing_without_the_network,
    _private_subnets_are_named,
    _by_id_or_by_tag,
    _enough_subnets,
    of_component("vpc", nothing_twice(f"{PRIVATE}_ids")),
    of_component("vpc", nothing_twice(f"{ISOLATED}_ids")),
)
