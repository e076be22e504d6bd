"""A custom domain name for an API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from spot_planning.api.settings import ApiDomainSettings
from spot_planning.declarations import arguments, setting
from spot_planning.names.domain_names import DOMAIN_NAME
from spot_platform.component import Component, Transform
from spot_platform.names.alias_records import alias_records


@arguments
class ApiDomainArgs(ApiDomainSettings):
    """Arguments of `ApiDomain`."""

    domain_name: str = setting(allowed=DOMAIN_NAME)
    """The name, in lower case."""
    certificate_arn: pulumi.Input[str]
    """The validated certificate, in the API's Region."""
    rest_api_id: pulumi.Input[str]
    """Id of the API."""
    stage_name: pulumi.Input[str]
    """Name of the stage to which the name leads."""
    base_path: pulumi.Input[str] | None = None
    """First segment of the paths that lead to the stage, such as ``prod``; None for all paths."""
    hosted_zone_id: pulumi.Input[str] | None = None
    """The hosted zone that gets the alias records; None if DNS is managed elsewhere."""


@dataclass(frozen=True, kw_only=True)
class ApiDomainTransforms:
    """Changes to the arguments of `ApiDomain`'s resources."""

    domain_name: Transform | None = None
    base_path_mapping: Transform | None = None
    record: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ApiDomainNodes:
    """The resources of `ApiDomain`. The key of `records` is name and type."""

    domain_name: aws.apigateway.DomainName
    base_path_mapping: aws.apigateway.BasePathMapping
    records: dict[tuple[str, str], aws.route53.Record]


class ApiDomain(Component):
    """spot-platform:index:ApiDomain: a regional custom domain name for a stage of a REST API.

    Makes: the domain name (TLS 1.2 or newer, IPv4 and IPv6), the mapping of its root or `base_path` to the stage, alias
    records A and AAAA.

    Costs: nothing.

    Risks: a new name replaces the old name, which stops working. `endpoint_access_mode` ``STRICT`` refuses requests
    whose TLS name (SNI) differs from their Host header, as some proxies send them. AWS takes about 15 minutes to create
    or change a name with such a TLS policy (terraform-provider-aws pull request 45741).
    """

    url: pulumi.Output[str]
    """URL of the API under this name, with the base path."""
    regional_domain_name: pulumi.Output[str]
    """API Gateway's host for the name, for DNS that is managed elsewhere."""

    def __init__(
        self,
        name: str,
        args: ApiDomainArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ApiDomainTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ApiDomainTransforms()

        domain_name = aws.apigateway.DomainName(
            name,
            domain_name=args.domain_name,
            regional_certificate_arn=args.certificate_arn,
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(
                types="REGIONAL", ip_address_type="dualstack"
            ),
            security_policy=args.security_policy,
            endpoint_access_mode=args.endpoint_access_mode,
            tags={"Name": name},
            opts=self.child(transforms.domain_name),
        )
        base_path_mapping = aws.apigateway.BasePathMapping(
            name,
            domain_name=domain_name.domain_name,
            rest_api=args.rest_api_id,
            stage_name=args.stage_name,
            base_path=args.base_path,
            opts=self.child(transforms.base_path_mapping),
        )
        self.nodes = ApiDomainNodes(
            domain_name=domain_name,
            base_path_mapping=base_path_mapping,
            records={}
            if args.hosted_zone_id is None
            else alias_records(
                name,
                [args.domain_name],
                hosted_zone_id=args.hosted_zone_id,
                target_name=domain_name.regional_domain_name,
                target_zone_id=domain_name.regional_zone_id,
                opts=self.child(transforms.record),
            ),
        )
        # Known when the mapping and the records exist. Before that the name answers 403, or resolvers remember for
        # minutes that there is no such name.
        ids = [record.id for record in self.nodes.records.values()]
        self.url = pulumi.Output.all(base_path_mapping.domain_name, args.base_path, *ids).apply(_url)
        self.regional_domain_name = domain_name.regional_domain_name
        self.finish()


def _url(known: Sequence[Any]) -> str:
    domain_name, base_path, *_ = known
    return f"https://{domain_name}" if base_path is None else f"https://{domain_name}/{base_path}"
