"""All settings of a stack, and values that are derived from them."""

import re
from typing import Literal

from configuration.sections import Api, Aws, Backups, Budget, Dns, Observability, Policy, Service, Vpc, Waf
from spot_planning.data.settings import CacheSettings, DatabaseSettings
from spot_planning.declarations import Allowed, arguments, matching, setting
from spot_planning.names.domain_names import ANY_ORIGIN
from spot_planning.names.reserved_prefixes import (
    BUCKET_PREFIXES,
    LOAD_BALANCER_PREFIXES,
    SECURITY_GROUP_PREFIXES,
    reserved_prefix,
)
from spot_planning.network.load_balancer import LoadBalancerKind
from spot_planning.problems import listed
from spot_planning.service.settings import ContainerRegistrySettings
from spot_planning.site.settings import SpaFrontendSettings
from spot_planning.storage.settings import ObjectStorageSettings

_TAG_KEY = matching(
    r"(?!(?i:aws|rds):)[\w +\-=.:/@]{1,128}",
    "at most 128 letters, digits, spaces and + - = . _ : / @, not beginning with aws: or rds:",
)
_TAG_VALUE = matching(
    r"(?!(?i:aws|rds):)[\w +\-=.:/@]{0,256}",
    "at most 256 letters, digits, spaces and + - = . _ : / @, not beginning with aws: or rds:",
)
"""Every tag is also on the database, where less is allowed than elsewhere (Amazon RDS API Reference, "Tag")."""
_LOCAL_ORIGINS = ("http://localhost:3000", "http://localhost:5173")
"""Origins of the usual development servers: Next.js and Create React App, and Vite ("server.port")."""
_NAME_CHARACTERS = re.compile(r"(?!.*--)[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?")
_RESERVED_PREFIXES = tuple(
    # A double hyphen, as in xn--, is not allowed anywhere.
    prefix
    for prefix in (*BUCKET_PREFIXES, *LOAD_BALANCER_PREFIXES, *SECURITY_GROUP_PREFIXES)
    if "--" not in prefix
)
_NAME = Allowed(
    "at most 20 lower-case letters, digits and single hyphens, beginning with a letter and not with "
    f"{listed(_RESERVED_PREFIXES)}",
    lambda name: _NAME_CHARACTERS.fullmatch(name) is not None and reserved_prefix(name, _RESERVED_PREFIXES) is None,
)


@arguments
class StackSettings:
    """The settings of one stack, validated and immutable. Only ``configuration.settings.load`` creates them."""

    profile: Literal["local", "dev", "staging", "prod"]
    """Which defaults apply. When empty, the one with the stack's name."""
    name: str = setting(default="spot-platform", allowed=_NAME)
    """Prefix of the names of all resources."""
    aws: Aws
    tags: dict[str, str] = setting(default_factory=dict[str, str], keys=_TAG_KEY, each=_TAG_VALUE)
    """Tags on everything that can have tags, beside those that the platform sets."""
    dns: Dns = setting(default_factory=Dns)
    vpc: Vpc = setting(default_factory=Vpc)
    frontend: SpaFrontendSettings = setting(default_factory=SpaFrontendSettings)
    api: Api
    service: Service = setting(default_factory=Service)
    database: DatabaseSettings = setting(default_factory=DatabaseSettings)
    cache: CacheSettings = setting(default_factory=CacheSettings)
    storage: ObjectStorageSettings = setting(default_factory=ObjectStorageSettings)
    registry: ContainerRegistrySettings = setting(default_factory=ContainerRegistrySettings)
    observability: Observability = setting(default_factory=Observability)
    backups: Backups = setting(default_factory=Backups)
    budget: Budget = setting(default_factory=Budget)
    waf: Waf = setting(default_factory=Waf)
    policy: Policy = setting(default_factory=Policy)

    @property
    def site_domains(self) -> list[str]:
        """The domains of the site, the main one first; empty when the site only has CloudFront's domain name."""
        return [self.dns.site_domain, *self.dns.site_alternative_domains] if self.dns.site_domain else []

    @property
    def site_origins(self) -> list[str]:
        """The site's origins; ``*`` when the site only has CloudFront's domain name, which is not known yet."""
        return [f"https://{domain}" for domain in self.site_domains] or [ANY_ORIGIN]

    @property
    def api_origins(self) -> list[str]:
        """Origins whose pages may call the API: the setting, else the site's origins.

        Empty when the API is below a path of the site, because its pages then call their own origin.
        """
        if self.api.path_on_site is not None:
            return []
        return self.api.cors_allowed_origins or self.site_origins

    @property
    def load_balancer_logs(self) -> bool:
        """Whether the load balancer logs its requests.

        A network load balancer logs only requests to TLS listeners, and the platform's has none.
        """
        return self.api.load_balancer_kind == LoadBalancerKind.APPLICATION

    @property
    def storage_origins(self) -> list[str]:
        """Origins whose pages may upload to the buckets: the setting, else the named origins that may call the API.

        In the profile dev without the setting, development servers on the developer's machine are included.
        """
        named = [origin for origin in self._page_origins if origin != ANY_ORIGIN]
        return self.storage.cors_allowed_origins or [*named, *(_LOCAL_ORIGINS if self.profile == "dev" else ())]

    @property
    def site_origin_is_made_up(self) -> bool:
        """Whether the buckets must allow CloudFront's domain name of the site, because no other origin is known."""
        return not self.storage.cors_allowed_origins and self._page_origins == [ANY_ORIGIN]

    @property
    def _page_origins(self) -> list[str]:
        return self.api.cors_allowed_origins or self.site_origins

    @property
    def leaves_encrypted_data(self) -> bool:
        """Whether encrypted data outlives the stack: final snapshots, kept backups, or a vault with its copies.

        Snapshots and recovery points are lost with their key ("Deleting AWS KMS keys", AWS KMS Developer Guide). A
        database with deletion protection counts too: its backups are worth keeping, even those that somebody makes by
        hand before deleting it.
        """
        return (
            self.database.deletion_protection
            or bool(self.database.final_snapshot)
            or self.cache.final_snapshot
            or (self.backups.enabled and not self.backups.force_destroy)
        )

    @property
    def budget_emails(self) -> list[str]:
        """Email addresses for notifications of the budget: the setting, else the addresses for alarms."""
        return self.budget.emails or self.observability.alarm_emails
