"""The platform's public names: the hosted zone, and the certificates of the site and the API."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments, setting
from spot_planning.names.certification_authorities import RULES, caa_values
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_planning.names.settings import PublicNamesSettings
from spot_planning.problems import Problem
from spot_planning.waf.web_acl import CLOUDFRONT_REGION
from spot_platform.component import Component, Transform, check
from spot_platform.monitoring.log_delivery import LogDelivery
from spot_platform.names.certificates import Certificate, CertificateArgs
from spot_platform.names.dns import HostedZone, HostedZoneArgs

CAA_TTL_SECONDS = 300
"""TTL of CAA records, seconds. Issuers look up a record once for a certificate, so a longer TTL saves nothing."""


@arguments
class PublicNamesArgs(PublicNamesSettings, LogDelivery):
    """Arguments of `PublicNames`."""

    zone_name: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """Name of the DNS zone; None for no domain names."""
    hosted_zone_id: pulumi.Input[str] | None = None
    """Id of an existing zone; None to create the zone."""
    site_domains: list[str] = setting(default_factory=list[str], each=DOMAIN_NAME)
    """Domains of the site, the main one first."""
    api_domain: str | None = setting(default=None, allowed=DOMAIN_NAME)
    """Domain of the API; None for none."""
    query_log_kms_key_arn: pulumi.Input[str] | None = None
    """KMS key in us-east-1 that encrypts the query logs of the zone."""


@dataclass(frozen=True, kw_only=True)
class PublicNamesTransforms:
    """Changes to the arguments of `PublicNames`' resources."""

    caa_record: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class PublicNamesNodes:
    """The parts of `PublicNames`. The key of `caa_records` is the domain."""

    zone: HostedZone | None
    site_certificate: Certificate | None
    api_certificate: Certificate | None
    caa_records: dict[str, aws.route53.Record]


class PublicNames(Component):
    """spot-platform:index:PublicNames: the DNS zone and a certificate for the site and for the API.

    Makes: the `HostedZone` unless it exists already; a `Certificate` in us-east-1 for the site, as CloudFront requires;
    a `Certificate` in the stack's Region for the API, as a regional domain name of API Gateway requires; and, with
    `caa_records`, CAA records that allow only Amazon and `caa_issuers` to issue certificates for these names.

    Costs: 0.50 USD a month for a zone that is created here; certificates are free.

    Risks: a zone that is created here is not used until the registrar delegates to its name servers, and certificates
    are not issued before that. A CAA record also applies to all names below it that have no CAA record: at the zone's
    own name it stops other issuers for the whole zone.
    """

    hosted_zone_id: pulumi.Output[str] | None
    """Id of the zone; None without a zone name."""
    name_servers: pulumi.Output[list[str]]
    """Name servers to enter at the registrar; empty unless the zone is created here."""
    site_certificate_arn: pulumi.Output[str] | None
    """ARN of the site's issued certificate; None without a domain."""
    api_certificate_arn: pulumi.Output[str] | None
    """ARN of the API's issued certificate; None without a domain."""

    def __init__(
        self,
        name: str,
        args: PublicNamesArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: PublicNamesTransforms | None = None,
    ) -> None:
        check(PublicNames, name, args, RULES, _problems(args))
        super().__init__(name, opts)
        zone = None
        if args.zone_name is not None and args.hosted_zone_id is None:
            zone = HostedZone(
                name,
                HostedZoneArgs(
                    zone_name=args.zone_name,
                    query_log_retention_days=args.query_log_retention_days,
                    query_log_kms_key_arn=args.query_log_kms_key_arn,
                    log_delivery_policy=args.log_delivery_policy,
                ),
                self.child(),
            )
        zone_id = zone.zone_id if zone is not None else args.hosted_zone_id
        site = api = None
        if zone_id is not None and args.site_domains:
            site = Certificate(
                f"{name}-site",
                CertificateArgs(
                    domain_name=args.site_domains[0],
                    subject_alternative_names=args.site_domains[1:],
                    hosted_zone_id=zone_id,
                    region=CLOUDFRONT_REGION,
                ),
                self.child(),
            )
        if zone_id is not None and args.api_domain is not None:
            api = Certificate(
                f"{name}-api", CertificateArgs(domain_name=args.api_domain, hosted_zone_id=zone_id), self.child()
            )
        caa_records: dict[str, aws.route53.Record] = {}
        if zone_id is not None and args.caa_records:
            caa_records = {
                domain: aws.route53.Record(
                    f"{name}-{domain}-caa",
                    zone_id=zone_id,
                    name=domain,
                    type="CAA",
                    ttl=CAA_TTL_SECONDS,
                    records=caa_values(args.caa_issuers),
                    opts=self.child((transforms or PublicNamesTransforms()).caa_record),
                )
                for domain in _domains(args)
            }
        self.nodes = PublicNamesNodes(zone=zone, site_certificate=site, api_certificate=api, caa_records=caa_records)
        self.hosted_zone_id = None if zone_id is None else pulumi.Output.from_input(zone_id)
        self.name_servers = zone.name_servers if zone is not None else pulumi.Output.from_input(list[str]())
        self.site_certificate_arn = None if site is None else site.arn
        self.api_certificate_arn = None if api is None else api.arn
        self.finish()


def _domains(args: PublicNamesArgs) -> list[str]:
    return [*args.site_domains, *([args.api_domain] if args.api_domain else [])]


def _problems(args: PublicNamesArgs) -> Iterator[Problem]:
    wanted = _domains(args)
    if wanted and args.zone_name is None:
        yield Problem(("zone_name",), f"is missing, and {', '.join(wanted)} must be inside it", shows_value=False)
    if args.caa_records and not wanted:
        yield Problem(("caa_records",), "needs a domain of the site or of the API", shows_value=False)
