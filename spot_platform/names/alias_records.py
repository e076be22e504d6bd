"""Alias records, which let a domain name resolve to a host of AWS."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

ALIAS_RECORD_TYPES = ("A", "AAAA")
"""Record types for IPv4 and IPv6."""


def alias_records(
    name: str,
    domain_names: Sequence[str],
    *,
    hosted_zone_id: pulumi.Input[str],
    target_name: pulumi.Input[str],
    target_zone_id: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> dict[tuple[str, str], aws.route53.Record]:
    """Create alias records.

    Args:
        name: Prefix of the resources' logical names.
        domain_names: Names that resolve to the target.
        hosted_zone_id: The hosted zone of the records.
        target_name: Host name of the target.
        target_zone_id: Hosted zone of that host name.
        opts: Options of every record.

    Returns:
        (name, type) -> record.
    """
    return {
        (domain, type_): aws.route53.Record(
            # The logical name contains the domain name, not an index, so that a new name replaces no record.
            f"{name}-{domain}-{type_.lower()}",
            zone_id=hosted_zone_id,
            name=domain,
            type=type_,
            aliases=[
                aws.route53.RecordAliasArgs(
                    name=target_name,
                    zone_id=target_zone_id,
                    # There is no other target to which clients could be sent.
                    evaluate_target_health=False,
                )
            ],
            opts=opts,
        )
        for domain in domain_names
        for type_ in ALIAS_RECORD_TYPES
    }
