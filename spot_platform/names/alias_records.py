"""Alias records: a name of ours for a host of AWS."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

ALIAS_RECORD_TYPES = ("A", "AAAA")
"""For IPv4 and IPv6."""


def alias_records(
    name: str,
    domain_names: Sequence[str],
    *,
    hosted_zone_id: pulumi.Input[str],
    target_name: pulumi.Input[str],
    target_zone_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> dict[tuple[str, str], aws.route53.Record]:
    """Make the alias records of some names.

    Args:
        name: What the logical names begin with.
        domain_names: Names that are to resolve to the target.
        hosted_zone_id: The zone that the records are made in.
        target_name: Host name of the target.
        target_zone_id: Hosted zone of that host name.
        opts: Options of every record.

    Returns:
        The records by name and type.
    """
    return {
        (domain, type_): aws.route53.Record(
            # By name and not by place, so that adding a name replaces no record.
            f"{name}-{domain}-{type_.lower()}",
            zone_id=hosted_zone_id,
            name=domain,
            type=type_,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=target_name,
                    zone_id=target_zone_id,
                    # CloudFront and API Gateway are there or they are not; there is nowhere else to send anybody.
                    evaluate_target_health=False,
                )
            ],
            opts=opts,
        )
        for domain in domain_names
        for type_ in ALIAS_RECORD_TYPES
    }
