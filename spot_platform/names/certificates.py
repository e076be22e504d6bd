"""TLS certificates that AWS Certificate Manager renews automatically."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import pulumi
import pulumi_aws as aws
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from spot_planning.account import REGION
from spot_planning.declarations import arguments, setting
from spot_planning.names.domain_names import (
    ALTERNATIVE_NAMES,
    CERTIFICATE_NAME,
    FIRST_CERTIFICATE_NAME,
    plan_validation_domains,
)
from spot_planning.names.settings import CertificateKeyAlgorithm
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice
from spot_platform.component import Component, Transform, check

VALIDATION_MINUTES = 75
"""How long the provider waits for a certificate, minutes. It is not shortened here: ACM has taken more than an hour,
and 45 minutes, the provider's former limit, were too few for some (terraform-provider-aws issue 9338)."""


@arguments
class CertificateArgs:
    """Arguments of `Certificate`."""

    domain_name: str = setting(allowed=FIRST_CERTIFICATE_NAME)
    """The certificate's first name, such as ``example.com`` or ``*.example.com``."""
    subject_alternative_names: list[str] = setting(
        default_factory=list[str], allowed=ALTERNATIVE_NAMES, each=CERTIFICATE_NAME
    )
    """Further names."""
    hosted_zone_id: pulumi.Input[str]
    """The public Route 53 hosted zone that contains all the names."""
    region: str | None = setting(default=None, allowed=REGION)
    """The certificate's Region; None for the provider's Region. CloudFront accepts only certificates in us-east-1."""
    key_algorithm: CertificateKeyAlgorithm = CertificateKeyAlgorithm.RSA_2048
    """``RSA_2048``, which every client supports, or ``EC_prime256v1``, which needs less computing on both sides."""


@dataclass(frozen=True, kw_only=True)
class CertificateTransforms:
    """Changes to the arguments of `Certificate`'s resources."""

    certificate: Transform | None = None
    record: Transform | None = None
    validation: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class CertificateNodes:
    """The resources of `Certificate`. The key of `records` is the domain."""

    certificate: aws.acm.Certificate
    records: dict[str, aws.route53.Record]
    validation: aws.acm.CertificateValidation


class Certificate(Component):
    """spot-platform:index:Certificate: an ACM certificate, validated through DNS, that ACM renews automatically.

    Makes: the certificate, one validation record for each domain (a wildcard shares its domain's record), and a
    resource that waits until ACM has issued the certificate.

    Costs: nothing.

    Risks: the internet must use this zone. In a zone without delegation the validation never succeeds, and the
    deployment waits 75 minutes before it fails; it can be run again. ACM renews only as long as the records exist. The
    records are the same for all certificates of an account for a domain, in every Region: two stacks with the same
    domain share them, and the stack that is destroyed first deletes them. A change of names or key creates the new
    certificate before the old certificate is deleted.
    """

    arn: pulumi.Output[str]
    """The certificate's ARN, known when the certificate is issued."""

    def __init__(
        self,
        name: str,
        args: CertificateArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: CertificateTransforms | None = None,
    ) -> None:
        check(Certificate, name, args, (nothing_twice("subject_alternative_names"), _first_name_again))
        domains = plan_validation_domains(args.domain_name, args.subject_alternative_names)
        super().__init__(name, opts)
        transforms = transforms or CertificateTransforms()

        certificate = aws.acm.Certificate(
            name,
            domain_name=args.domain_name,
            region=args.region,
            subject_alternative_names=args.subject_alternative_names,
            validation_method="DNS",
            key_algorithm=args.key_algorithm,
            options=aws.acm.CertificateOptionsArgs(certificate_transparency_logging_preference="ENABLED"),
            tags={"Name": args.domain_name},
            opts=self.child(transforms.certificate),
        )
        records: dict[str, aws.route53.Record] = {}
        for domain in domains:
            wanted = certificate.domain_validation_options.apply(partial(_validation_record, domain))
            records[domain] = aws.route53.Record(
                f"{name}-{domain}",
                zone_id=args.hosted_zone_id,
                name=wanted.apply(lambda record: record.name),
                type="CNAME",
                ttl=300,
                records=[wanted.apply(lambda record: record.value)],
                # ACM requires the same record for all certificates of this account for this domain: for the site in
                # us-east-1, for the API in the stack's Region, and for the successor of a certificate. So the record
                # may already exist.
                allow_overwrite=True,
                opts=self.child(transforms.record),
            )
        validation = aws.acm.CertificateValidation(
            name,
            certificate_arn=certificate.arn,
            region=args.region,
            validation_record_fqdns=[record.fqdn for record in records.values()],
            opts=self.child(transforms.validation),
        )

        self.nodes = CertificateNodes(certificate=certificate, records=records, validation=validation)
        self.arn = validation.certificate_arn
        self.finish()


def _first_name_again(args: CertificateArgs) -> Iterator[Problem]:
    if args.domain_name in args.subject_alternative_names:
        position = args.subject_alternative_names.index(args.domain_name)
        yield Problem(("subject_alternative_names", position), "is the domain_name already")


class _ValidationRecord(NamedTuple):
    name: str
    value: str


def _validation_record(domain: str, options: Sequence[CertificateDomainValidationOption]) -> _ValidationRecord:
    """Find the validation record of a domain. ACM lists names in any order, and wildcards as separate names."""
    for option in options:
        name, value = option.resource_record_name, option.resource_record_value
        if name and value and (option.domain_name or "").removeprefix("*.") == domain:
            return _ValidationRecord(name, value)
    raise ValueError(f"ACM asks for no validation record for {domain}")
