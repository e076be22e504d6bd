"""TLS certificates that renew themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import pulumi
import pulumi_aws as aws
from pulumi_aws.acm.outputs import CertificateDomainValidationOption

from spot_planning.declarations import arguments, setting
from spot_planning.names.domain_names import plan_validation_domains
from spot_platform.component import Component, Transform, check, errors_of

KEY_ALGORITHMS = ("RSA_2048", "EC_prime256v1")
"""The keys that ACM makes and both CloudFront and API Gateway take."""


@arguments
class CertificateArgs:
    """Arguments of `Certificate`."""

    domain_name: str
    """The certificate's first name, such as ``example.com`` or ``*.example.com``."""
    subject_alternative_names: list[str] = setting(default_factory=list[str])
    """Further names."""
    hosted_zone_id: pulumi.Input[str]
    """The public Route 53 hosted zone that answers for all the names."""
    region: str | None = None
    """The certificate's region; None: the provider's. CloudFront takes certificates of us-east-1 only."""
    key_algorithm: str = "RSA_2048"
    """``RSA_2048``, which every client knows, or ``EC_prime256v1``, which costs less of both ends."""


@dataclass(frozen=True, kw_only=True)
class CertificateTransforms:
    """Changes to the arguments of `Certificate`'s resources."""

    certificate: Transform | None = None
    record: Transform | None = None
    validation: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class CertificateNodes:
    """The resources of `Certificate`; validation records by domain."""

    certificate: aws.acm.Certificate
    records: dict[str, aws.route53.Record]
    validation: aws.acm.CertificateValidation


class Certificate(Component):
    """spot-platform:index:Certificate: an ACM certificate, validated through DNS, that ACM renews by itself.

    Makes: the certificate, one validation record for each domain (a wildcard shares that of its domain), and the wait
    until ACM has issued it.

    Costs: nothing.

    Risks: the zone must be the one that the internet asks; a zone without delegation never validates, and the
    deployment waits 75 minutes before it says so. ACM renews for as long as the records are there. They are the same
    for all certificates of an account for a domain, in every region: two stacks with the same domain share them, and
    the one that is destroyed first takes them away. A change of names or key makes a new certificate before the old
    one goes.
    """

    arn: pulumi.Output[str]
    """The certificate's ARN, resolved once the certificate is issued."""

    def __init__(
        self,
        name: str,
        args: CertificateArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: CertificateTransforms | None = None,
    ) -> None:
        check(Certificate, name, args)
        with errors_of(Certificate, name):
            domains = plan_validation_domains(args.domain_name, args.subject_alternative_names)
            if args.key_algorithm not in KEY_ALGORITHMS:
                raise ValueError(f"key_algorithm={args.key_algorithm} is not one of {', '.join(KEY_ALGORITHMS)}")
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
                # ACM asks for the same record whenever this account wants this domain: for the site in us-east-1 and
                # the API at home, and for the successor of a certificate. Whoever comes second finds it there.
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


class _ValidationRecord(NamedTuple):
    name: str
    value: str


def _validation_record(domain: str, options: Sequence[CertificateDomainValidationOption]) -> _ValidationRecord:
    """ACM lists names in an order of its own, and a wildcard beside the domain that it shares a record with."""
    for option in options:
        name, value = option.resource_record_name, option.resource_record_value
        if name and value and (option.domain_name or "").removeprefix("*.") == domain:
            return _ValidationRecord(name, value)
    raise ValueError(f"ACM asks for no validation record for {domain}")
