"""All settings of a stack, and what follows from them."""

from typing import Annotated, ClassVar, Literal

from configuration.sections import (
    Api,
    Aws,
    Backups,
    Budget,
    Cache,
    Database,
    Dns,
    Frontend,
    Observability,
    Policy,
    Registry,
    Service,
    Storage,
    Vpc,
    Waf,
)
from configuration.values import ANY_ORIGIN, Section, matching

Profile = Literal["local", "dev", "staging", "prod"]

TagKey = Annotated[
    str,
    matching(
        r"(?![aA][wW][sS]:)[\w +\-=.:/@]{1,128}",
        "at most 128 letters, digits, spaces and + - = . _ : / @, not beginning with aws:",
    ),
]
TagValue = Annotated[str, matching(r"[\w +\-=.:/@]{0,256}", "at most 256 letters, digits, spaces and + - = . _ : / @")]


class StackSettings(Section):
    """The settings of one stack: checked, complete and unchangeable. Made by ``settings.load`` only."""

    root_only: ClassVar[frozenset[str]] = frozenset()

    profile: Profile
    """Which defaults apply. When empty, the one with the stack's name."""
    name: Annotated[
        str,
        matching(
            r"(?!internal(?:-|$))(?!.*--)[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?",
            "at most 20 lower-case letters, digits and single hyphens, beginning with a letter and not with internal-",
        ),
    ] = "spot-platform"
    """Prefix of the names of all resources."""
    aws: Aws
    tags: dict[TagKey, TagValue] = {}
    """Tags on everything that can have tags, beside those that the platform sets."""
    dns: Dns = Dns()
    vpc: Vpc = Vpc()
    frontend: Frontend = Frontend()
    api: Api
    service: Service = Service()
    database: Database = Database()
    cache: Cache = Cache()
    storage: Storage = Storage()
    registry: Registry = Registry()
    observability: Observability = Observability()
    backups: Backups = Backups()
    budget: Budget = Budget()
    waf: Waf = Waf()
    policy: Policy = Policy()

    @property
    def site_domains(self) -> list[str]:
        """The domains of the site, the main one first; empty when it has the name that CloudFront gives it."""
        return [self.dns.site_domain, *self.dns.site_alternative_domains] if self.dns.site_domain else []

    @property
    def api_origins(self) -> list[str]:
        """Origins whose pages may call the API: as set, else the site's, else any (the site's name is not known)."""
        return self.api.cors_allowed_origins or [f"https://{domain}" for domain in self.site_domains] or [ANY_ORIGIN]

    @property
    def storage_origins(self) -> list[str]:
        """Origins whose pages may upload to the buckets: as set, else those that may call the API by name."""
        return self.storage.cors_allowed_origins or [origin for origin in self.api_origins if origin != ANY_ORIGIN]

    @property
    def budget_emails(self) -> list[str]:
        """Who gets notice of the budget: as set, else those who get the alarms."""
        return self.budget.emails or self.observability.alarm_emails
