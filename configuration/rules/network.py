"""Rules about the network, the names and the tags."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, at, of_component, refuse, say
from configuration.sections import MAXIMUM_ZONES, MINIMUM_ZONES
from spot_planning.names import certification_authorities
from spot_planning.names.domain_names import MAXIMUM_COMMON_NAME_LENGTH
from spot_planning.network import rules as network
from spot_planning.network.settings import Nat
from spot_planning.network.subnets import zone_letters
from spot_planning.problems import Problem, listed
from spot_planning.repetition import nothing_twice

ENDPOINTS_OF_A_TASK = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""Interface endpoints that a Fargate task needs to start, for its image, its log and its secrets (Amazon ECR User
Guide, "Amazon ECR interface VPC endpoints"; the image's layers come through the gateway endpoint of S3)."""

ENDPOINT_OF_EXECUTE_COMMAND = "ssmmessages"
"""The endpoint of ECS Exec (Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec")."""

ENDPOINT_OF_TRACES = "xray"
"""The endpoint of X-Ray (AWS X-Ray Developer Guide, "Using AWS X-Ray with VPC endpoints")."""
PUBLIC_REGISTRY = "public.ecr.aws/"
"""The public registry. It has no interface endpoint ("Amazon ECR interface VPC endpoints", Amazon ECR User Guide)."""

PLATFORM_TAGS = ("name", "project", "stack")
"""Keys of the tags that the composition root and the components set, in lower case."""

DOMAINS = ("dns.site_domain", "dns.site_alternative_domains", "dns.api_domain")

MAXIMUM_TAGS = 44
"""AWS allows 50 tags on a resource; the platform sets six (Tag naming limits, AWS General Reference)."""


def _room_for_the_zones(context: Context) -> Iterator[Problem]:
    vpc = context.settings.vpc
    if not any(network.address_range(vpc)):
        for problem in network.room_for_zones(vpc, vpc.zone_count):
            yield problem.below("vpc")


def _named_zones(context: Context) -> Iterator[Problem]:
    vpc, region = context.settings.vpc, context.settings.aws.region
    named = vpc.availability_zones
    if named and not MINIMUM_ZONES <= len(named) <= MAXIMUM_ZONES:
        text = f"a list of {len(named)} is not allowed; allowed: {MINIMUM_ZONES} to {MAXIMUM_ZONES} zones, or none"
        yield say("vpc.availability_zones", text)
    for position, zone in enumerate(named):
        if zone[:-1] != region:
            yield Problem(("vpc", "availability_zones", position), f"is not a zone of aws.region {region}")


def _named_or_counted_zones(context: Context) -> Iterator[Problem]:
    vpc = context.settings.vpc
    named = len(vpc.availability_zones)
    if named and at(context.given, ("vpc", "zones")) is not ... and vpc.zones != named:
        yield refuse("vpc.zones", f"is not allowed with vpc.availability_zones, which names {named}; set one of them")


def _named_zones_have_room(context: Context) -> Iterator[Problem]:
    vpc = context.settings.vpc
    if vpc.availability_zones and not any(network.address_range(vpc)):
        letters = zone_letters(vpc.cidr_block)
        for position, zone in enumerate(vpc.availability_zones):
            if zone[-1] not in letters:
                text = f"has no room in vpc.cidr_block {vpc.cidr_block}, which holds the zones a to {letters[-1]}"
                yield Problem(("vpc", "availability_zones", position), text)


def _no_way_out(context: Context) -> Iterator[Problem]:
    vpc = context.settings.vpc
    if vpc.nat != "none":
        return
    missing = [name for name in ENDPOINTS_OF_A_TASK if name not in vpc.interface_endpoints]
    if missing:
        text = f"is not allowed without vpc.interface_endpoints {listed(missing)}: tasks could not start"
        yield refuse("vpc.nat", text)


def _regional_in_an_emulator(context: Context) -> Iterator[Problem]:
    """Refuse regional NAT gateways with an emulator: a provider plugin built from source for it may not know them."""
    if context.settings.vpc.nat == Nat.REGIONAL and context.settings.aws.endpoint_url is not None:
        text = "is not allowed with aws.endpoint_url: an emulator's provider does not know regional NAT gateways"
        yield refuse("vpc.nat", text)


def _no_way_in(context: Context) -> Iterator[Problem]:
    vpc, wanted = context.settings.vpc, context.settings.service.execute_command
    if wanted and vpc.nat == "none" and ENDPOINT_OF_EXECUTE_COMMAND not in vpc.interface_endpoints:
        text = f"is not allowed with vpc.nat none without vpc.interface_endpoints {ENDPOINT_OF_EXECUTE_COMMAND}"
        yield refuse("service.execute_command", text)


def _no_way_out_for_traces(context: Context) -> Iterator[Problem]:
    vpc, service = context.settings.vpc, context.settings.service
    if vpc.nat != "none" or not service.tracing:
        return
    if ENDPOINT_OF_TRACES not in vpc.interface_endpoints:
        text = f"is not allowed with vpc.nat none without vpc.interface_endpoints {ENDPOINT_OF_TRACES}"
        yield refuse("service.tracing", text)
    if service.collector_image.startswith(PUBLIC_REGISTRY):
        text = "is not allowed with vpc.nat none: no task reaches the public registry; copy it into your own"
        yield refuse("service.collector_image", text)


def _domains_in_zone(context: Context) -> Iterator[Problem]:
    zone = context.settings.dns.zone_name
    for path, domain in context.entries(*DOMAINS):
        if zone is None:
            yield Problem(path, "is not allowed without dns.zone_name, the hosted zone it stands in")
        elif domain != zone and not domain.endswith(f".{zone}"):
            text = f"is not allowed with dns.zone_name {zone}; allowed: {zone} and names that end in .{zone}"
            yield Problem(path, text)


def _certificate_names(context: Context) -> Iterator[Problem]:
    for path, domain in context.entries("dns.site_domain", "dns.api_domain"):
        if len(domain) > MAXIMUM_COMMON_NAME_LENGTH:
            most = f"{MAXIMUM_COMMON_NAME_LENGTH}, the longest first name of a certificate"
            yield Problem(path, f"has {len(domain)} characters; allowed: {most}")


def _domains_differ(context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, domain in context.entries(*DOMAINS):
        if domain in seen:
            yield Problem(path, "is there twice; the site's and the API's domains must differ")
        seen.add(domain)


def _zone_is_named(context: Context) -> Iterator[Problem]:
    dns = context.settings.dns
    if dns.manage_zone and dns.zone_name is None:
        yield refuse("dns.manage_zone", "is not allowed without dns.zone_name, the name of the zone to make")


def _main_domain_is_named(context: Context) -> Iterator[Problem]:
    dns = context.settings.dns
    if dns.site_alternative_domains and dns.site_domain is None:
        yield refuse("dns.site_alternative_domains", "is not allowed without dns.site_domain, the main one")


def _caa_needs_domains(context: Context) -> Iterator[Problem]:
    dns = context.settings.dns
    if dns.caa_records and dns.site_domain is None and dns.api_domain is None:
        yield refuse("dns.caa_records", "is not allowed without dns.site_domain or dns.api_domain, which it protects")


def _tags(context: Context) -> Iterator[Problem]:
    tags = context.settings.tags
    if len(tags) > MAXIMUM_TAGS:
        yield say(
            "tags",
            f"{len(tags)} tags are not allowed; allowed: {MAXIMUM_TAGS} (AWS takes 50, the platform sets the rest)",
        )
    seen: dict[str, str] = {}
    for key in tags:
        if key.lower() in PLATFORM_TAGS:
            yield Problem(("tags", key), "is set by the platform; choose another name", shows_value=False)
        other = seen.setdefault(key.lower(), key)
        if other != key:
            # IAM and other services keep only one of the two tags, so every `up` would show a change.
            yield Problem(
                ("tags", key),
                f"is not allowed beside {other}: some AWS services do not tell upper from lower case",
                shows_value=False,
            )


RULES: tuple[Rule, ...] = (
    *(of_component("vpc", rule) for rule in network.RULES),
    _room_for_the_zones,
    _named_zones,
    _named_or_counted_zones,
    _named_zones_have_room,
    of_component("vpc", nothing_twice("availability_zones")),
    _no_way_out,
    _regional_in_an_emulator,
    _no_way_in,
    _no_way_out_for_traces,
    *(of_component("dns", rule) for rule in certification_authorities.RULES),
    _caa_needs_domains,
    _domains_in_zone,
    _certificate_names,
    _domains_differ,
    _zone_is_named,
    _main_domain_is_named,
    _tags,
)
