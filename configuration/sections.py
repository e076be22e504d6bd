"""The sections of the configuration: the components' settings, and keys that only a stack file has."""

import math
from collections.abc import Sequence

from spot_planning.account import ACCOUNT_ID, AVAILABILITY_ZONE, COMMERCIAL_REGION, NETWORK, ORGANIZATION_ID
from spot_planning.api.settings import PrivateApiSettings
from spot_planning.data.settings import BackupsSettings
from spot_planning.declarations import Allowed, arguments, between, matching, setting
from spot_planning.iam.policy_documents import Statement, statement
from spot_planning.monitoring.alert_topic import EMAIL, HTTPS_URL
from spot_planning.monitoring.settings import BudgetSettings, ObservabilitySettings
from spot_planning.monitoring.slack import SlackSettings
from spot_planning.names.domain_names import ALTERNATIVE_NAMES, DOMAIN_NAME
from spot_planning.names.settings import PublicNamesSettings
from spot_planning.network.settings import VpcSettings
from spot_planning.service.image import IMAGE
from spot_planning.service.settings import FargateSpotServiceSettings
from spot_planning.service.task import VARIABLE_NAME
from spot_planning.waf.settings import WebAclSettings

_SECRET = matching(
    r"arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+(?::[^:\s]*:[^:\s]*:[^:\s]*)?"
    # A name must not end with a hyphen and six characters: Secrets Manager would take it for the end of an ARN, and
    # would not find the secret.
    r"|(?!arn:)(?!.*-[A-Za-z0-9]{6}$)[A-Za-z0-9/_+=.@-]{1,512}",
    "the name or ARN of a secret in Secrets Manager, the ARN also with :<JSON key>:<stage>:<version>, and a name that "
    "ends in a hyphen and six letters or digits only by ARN",
)
_GENERATED_SECRET_NAME = matching(
    r"[a-z](?:[a-z0-9-]{0,18}[a-z0-9])?", "at most 20 lower-case letters, digits and hyphens, such as jwt"
)
MINIMUM_ZONES, MAXIMUM_ZONES = 2, 6
"""Bounds of `vpc.zones`: RDS and load balancers require two zones, and no Region has more than six."""

_VPC = matching(r"vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?", "the id of a VPC, such as vpc-0a1b2c3d4e5f60718")
_SUBNET = matching(r"subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?", "the id of a subnet, such as subnet-0a1b2c3d4e5f60718")
_ACTION = matching(r"[a-z0-9-]+:[A-Za-z0-9]+\*?", "a service and its action, such as sqs:SendMessage")
_RESOURCE = matching(r"\*|arn:aws[a-z-]*:[a-z0-9-]+:[^\s:]*:[^\s:]*:\S+", "an ARN, or * alone")
_FOLDER = matching(r"(?!/)(?!.*\.\.(?:/|$))[^\\:\x00-\x1f\x7f]+", "a folder of the project, relative to it")
_PATH_PATTERN = matching(r"/\S*", "a path of the OpenAPI document without the base path, such as /health or /health/*")
_DOCUMENT = matching(
    r"(?!/)(?!.*\.\.(?:/|$))[^\\:\x00-\x1f\x7f]+\.(?:ya?ml|json)",
    "the path of a .yaml, .yml or .json file, relative to the project",
)


@arguments
class Aws:
    """The account and the Region; every provider of the program is set from here, never from ``aws:*`` keys."""

    region: str = setting(allowed=COMMERCIAL_REGION)
    """Region of everything but CloudFront, its certificate and its web ACL, which AWS keeps in us-east-1."""
    account_id: str = setting(allowed=ACCOUNT_ID)
    """The only account this stack may touch: the providers refuse credentials of any other."""
    endpoint_url: str | None = setting(
        default=None, allowed=matching(r"https?://[^/\s]+/?", "http://host:port or https://host:port")
    )
    """Endpoint of an emulator for every AWS service. Set by the toolchain for `local`, never by hand."""


@arguments
class Dns(PublicNamesSettings):
    """Names: the hosted zone, and the domains of the site and the API inside it."""

    zone_name: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """The Route 53 hosted zone; without one the site and the API have the names that AWS gives them."""
    manage_zone: bool = False
    """Whether this stack makes the zone (and destroys it); otherwise it exists before and is looked up. The first `up`
    says the new zone's name servers and waits up to 75 minutes for the certificates, which are issued only once these
    name servers are entered where the zone's name is registered. If it fails before that, enter them and run `up`
    again."""
    site_domain: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """Domain of the site."""
    site_alternative_domains: list[str] = setting(
        default_factory=list[str], allowed=ALTERNATIVE_NAMES, each=DOMAIN_NAME
    )
    """Further domains of the site, such as www: they lead to the main one with 301 (where `frontend.routing` is
    error-responses, they answer with the site themselves)."""
    api_domain: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """Domain of the API. With `api.path_on_site`, browsers use the site's domain, and CloudFront calls the API by this
    one."""


@arguments
class Vpc(VpcSettings):
    """The network: zones, subnets, the way out, and endpoints inside."""

    zones: int = setting(default=2, allowed=between(MINIMUM_ZONES, MAXIMUM_ZONES))
    """Number of availability zones: those with the lowest ids, without zones that lack Fargate or VPC links. It can
    grow later; `up` refuses a smaller number before it begins, because AWS takes no subnet away from a database or
    cache."""
    availability_zones: list[str] = setting(default_factory=list[str], each=AVAILABILITY_ZONE)
    """Names of 2 to 6 availability zones, instead of `zones`; when empty, the zones are chosen. Adding one does not
    move the others; `up` refuses to take one away before it begins, as with `zones`."""
    existing_id: str | None = setting(default=None, allowed=_VPC)
    """A VPC that is there already, instead of one of this stack's own; nothing in it is changed, and `destroy` leaves
    it. [What it must have](network.md)."""
    existing_private_subnet_ids: list[str] = setting(default_factory=list[str], each=_SUBNET)
    """Its subnets for tasks and the load balancer: 2 to 6, each in a zone of its own, with a way out and no way in."""
    existing_private_subnet_tags: dict[str, str] = setting(default_factory=dict[str, str])
    """The same subnets by their tags, such as `Tier: private`, instead of by id."""
    existing_isolated_subnet_ids: list[str] = setting(default_factory=list[str], each=_SUBNET)
    """Its subnets for the database and the cache, without a route from the internet; when no isolated subnets are
    named, both use the private subnets."""
    existing_isolated_subnet_tags: dict[str, str] = setting(default_factory=dict[str, str])
    """The same subnets by their tags, instead of by id."""

    @property
    def zone_count(self) -> int:
        """The number of availability zones of the network."""
        return len(self.availability_zones) or self.zones


@arguments
class Waf(WebAclSettings):
    """Web ACLs in front of the site and the API: AWS managed rules and a rate limit (about 9 USD a month each).

    Where `api.path_on_site` joins both under one name, one serves both, for 10 USD a month.
    """

    enabled: bool = False
    """Whether the site and the API have a web ACL."""


@arguments
class Api(PrivateApiSettings):
    """The API: API Gateway in front of the service, by way of a private load balancer."""

    document: str = setting(allowed=_DOCUMENT)
    """The OpenAPI document that defines the API."""
    account_logging_role: bool = True
    """Whether this stack sets the role with which API Gateway writes logs. There is one role per account and Region, so
    only one stack may set it. Deploy that stack first: without the role API Gateway refuses a stage that logs."""

    @property
    def integration_timeout_seconds(self) -> int:
        """The longest time of a request, in whole seconds: a task that stops must still finish such a request."""
        return math.ceil(self.integration_timeout_milliseconds / 1000)


@arguments
class TaskPermission:
    """What the application may do in AWS: actions on resources, a statement of the task role's policy."""

    actions: list[str] = setting(allowed=Allowed("one or more, such as sqs:SendMessage", bool), each=_ACTION)
    """Actions of IAM; `*` stands for any end of an action's name."""
    resources: list[str] = setting(allowed=Allowed("one or more ARNs, or * alone", bool), each=_RESOURCE)
    """ARNs of the resources; `*` in an ARN stands for any text. The policy pack refuses what is too wide."""


def permission_statements(permissions: Sequence[TaskPermission]) -> list[Statement]:
    """Return the statements of the task role's policy for `service.task_permissions`."""
    return [
        statement(f"TaskPermission{number}", permission.actions, permission.resources)
        for number, permission in enumerate(permissions, start=1)
    ]


@arguments
class Service(FargateSpotServiceSettings):
    """The containers: image, size, Spot and on-demand, scaling, environment variables and secrets."""

    image: str | None = setting(default=None, allowed=IMAGE)
    """The image that runs. Without it the service waits with zero tasks; `ops release` and CI set it. A private image
    must be in the stack's own repository (output `repository_url`)."""
    build: str | None = setting(default=None, allowed=_FOLDER)
    """Folder with a Dockerfile: `up` builds the image anew when a file in it changes, and pushes it (needs Docker). Not
    together with `image`, which goes back to an image that was built before."""
    environment: dict[str, str] = setting(
        default_factory=dict[str, str], keys=VARIABLE_NAME, each=matching(r"(?s)[^\x00]*", "text without NUL")
    )
    """Further environment variables, in plain text: no secrets."""
    secrets: dict[str, str] = setting(default_factory=dict[str, str], keys=VARIABLE_NAME, each=_SECRET)
    """Environment variables whose values ECS reads from Secrets Manager when a task starts. The secrets are encrypted
    with the stack's key or with Secrets Manager's own."""
    generated_secrets: dict[str, str] = setting(
        default_factory=dict[str, str], keys=VARIABLE_NAME, each=_GENERATED_SECRET_NAME
    )
    """Environment variables whose values the stack makes once, at random, and keeps in Secrets Manager: the variable,
    and the end of the secret's name, such as `jwt`."""
    task_permissions: list[TaskPermission] = setting(default_factory=list[TaskPermission])
    """What the application may do in AWS, beyond its own buckets, database and secrets."""


@arguments
class Backups(BackupsSettings):
    """AWS Backup: a vault and a plan for the database and the buckets, with copies in another Region."""

    enabled: bool = False
    """Whether AWS Backup keeps recovery points, beside the database's own backups."""


@arguments
class Budget(BudgetSettings):
    """A monthly budget with notice at 80 and 100 per cent, and when the forecast exceeds it."""

    tag_filter: bool = False
    """Whether only what carries the tag `stack` counts, for an account that other stacks share. First activate it as a
    cost allocation tag in the payer account: until then the budget counts nothing and sends no notice."""


@arguments
class Observability(SlackSettings, ObservabilitySettings):
    """Alarms and the dashboard."""

    alarm_emails: list[str] = setting(default_factory=list[str], each=EMAIL)
    """Who gets the alarms; each address has to confirm the subscription once."""
    alarm_urls: list[str] = setting(default_factory=list[str], each=HTTPS_URL)
    """HTTPS addresses that get the alarms, in the form of Amazon SNS; `up` waits for each to confirm the subscription.
    They are in the state in plain text, so use addresses that check the signature of Amazon SNS, and none that accept
    every caller who knows them."""


@arguments
class Policy:
    """What the policy pack allows in this stack."""

    open_paths: list[str] = setting(default_factory=list[str], each=_PATH_PATTERN)
    """Paths of the API that anybody may call, where the document says `security: []`; `*` stands for any text."""
    allowed_accounts: list[str] = setting(default_factory=list[str], each=ACCOUNT_ID)
    """Other AWS accounts that resource policies and roles may name."""
    allowed_organizations: list[str] = setting(default_factory=list[str], each=ORGANIZATION_ID)
    """Organizations of AWS Organizations, such as the account's own; resource policies may allow all accounts of
    these organizations."""
    allowed_networks: list[str] = setting(default_factory=list[str], each=NETWORK)
    """VPCs, VPC endpoints and ranges of addresses; resource policies may allow every caller from these. VPCs and
    endpoints that the stack makes need not be listed."""
