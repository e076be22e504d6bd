"""Sections: where the stack lives, its names, and its network."""

from typing import Annotated, Any, ClassVar

from configuration.problems import listed
from configuration.values import (
    AccountId,
    Allowed,
    DomainName,
    LogRetentionDays,
    Region,
    Section,
    between,
    matching,
    one_of,
    passing,
)
from spot_planning.network.nat import NAT_MODES
from spot_planning.network.vpc_endpoints import GATEWAY_SERVICES, check_interface_endpoints
from spot_planning.waf.web_acl import (
    MANAGED_RULE_GROUPS,
    RATE_LIMIT_MAXIMUM,
    RATE_LIMIT_MINIMUM,
    RATE_LIMIT_WINDOWS_SECONDS,
)

_GROUPS = tuple(group.name for group in MANAGED_RULE_GROUPS)


class Aws(Section):
    """The account and the Region; every provider of the program is set from here, never from ``aws:*`` keys."""

    root_only: ClassVar[frozenset[str]] = frozenset({"region", "account_id", "endpoint_url"})

    region: Region
    """Region of everything but CloudFront, its certificate and its web ACL, which AWS keeps in us-east-1."""
    account_id: AccountId
    """The only account this stack may touch: the providers refuse credentials of any other."""
    endpoint_url: Annotated[str, matching(r"https?://[^/\s]+/?", "http://host:port or https://host:port")] | None = None
    """Endpoint of an emulator for every AWS service. Set by the toolchain for `local`, never by hand."""


class Dns(Section):
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    root_only: ClassVar[frozenset[str]] = frozenset(
        {"zone_name", "manage_zone", "site_domain", "site_alternative_domains", "api_domain"}
    )

    zone_name: DomainName | None = None
    """The Route 53 hosted zone; without one the site and the API have the names that AWS gives them."""
    manage_zone: bool = False
    """Whether this stack makes the zone (and destroys it); otherwise it exists before and is looked up."""
    site_domain: DomainName | None = None
    """Domain of the site."""
    site_alternative_domains: list[DomainName] = []
    """Further domains that answer with the site, such as www."""
    api_domain: DomainName | None = None
    """Domain of the API."""
    query_log_retention_days: LogRetentionDays = 30
    """Days that the DNS queries of a zone made by this stack are kept."""


class Vpc(Section):
    """The network: zones, subnets, the way out, and endpoints inside."""

    root_only: ClassVar[frozenset[str]] = frozenset({"zones"})

    zones: Annotated[int, between(2, 6)] = 2
    """Number of availability zones; the first ones of the Region that are open to the account."""
    cidr_block: Annotated[str, Allowed("a private IPv4 range, /16 to /25, large enough for the zones")] = "10.0.0.0/16"
    """Address range. Changing it replaces the network and everything in it."""
    nat: Annotated[str, one_of(NAT_MODES)] = "per-az"
    """Way out of the private subnets: a NAT gateway in each zone (37 USD a month each), one for all, one small
    instance (7 USD a month), or none, with interface endpoints only."""
    nat_instance_type: Annotated[
        str, matching(r"[a-z][a-z0-9-]*\.[a-z0-9-]+", "an arm64 (Graviton) EC2 instance type, such as t4g.nano")
    ] = "t4g.nano"
    """Instance type for `nat: instance`."""
    interface_endpoints: list[
        Annotated[
            str,
            Allowed(
                "a service as in com.amazonaws.<region>.<service>, such as ecr.api; "
                f"{listed(GATEWAY_SERVICES)} always have a free gateway endpoint",
                passing(lambda service: check_interface_endpoints([service])),
            ),
        ]
    ] = []
    """AWS services reached through interface endpoints (7.30 USD a month each in each zone)."""
    ipv6: bool = False
    """Whether the network also has IPv6, with an egress-only gateway."""
    flow_log_retention_days: LogRetentionDays = 30
    """Days that the network's flow logs are kept."""


class Waf(Section):
    """Web ACLs in front of the site and the API: AWS managed rules and a rate limit (about 9 USD a month each)."""

    root_only: ClassVar[frozenset[str]] = frozenset({"enabled"})

    enabled: bool = False
    """Whether the site and the API have a web ACL."""
    rate_limit: Annotated[int, between(RATE_LIMIT_MINIMUM, RATE_LIMIT_MAXIMUM)] = 2000
    """Requests from one IP address within the window before it is blocked."""
    rate_limit_window_seconds: Annotated[int, one_of(RATE_LIMIT_WINDOWS_SECONDS)] = 300
    """Window of the rate limit."""
    counted_rules: list[
        Annotated[
            str,
            matching(
                rf"(?:{'|'.join(_GROUPS)})/[A-Za-z0-9_]+",
                f"<group>/<rule> with one of the groups {listed(_GROUPS)}",
            ),
        ]
    ] = []
    """Rules of AWS's managed groups that only count, for finding out what they would block."""
    log_retention_days: LogRetentionDays = 30
    """Days that blocked and counted requests are kept."""

    def arguments_for(self, scope: str) -> dict[str, Any]:
        """The section as keyword arguments of ``WebAclArgs`` for one of the two web ACLs.

        Args:
            scope: ``REGIONAL`` or ``CLOUDFRONT``, whose web ACL lacks some of the groups.
        """
        groups = {group.name for group in MANAGED_RULE_GROUPS if scope in group.scopes}
        counted = [rule for rule in self.counted_rules if rule.partition("/")[0] in groups]
        return {**self.arguments(), "scope": scope, "counted_rules": counted}
