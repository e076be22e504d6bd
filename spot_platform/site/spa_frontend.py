"""The site: a single-page app in a private bucket behind CloudFront."""

from collections.abc import Iterator

import pulumi
import pulumi_aws as aws

from spot_planning.api.path_on_site import api_request_function
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice
from spot_planning.site.api_path import api_path_collisions, error_page_problems
from spot_planning.site.rules import not_found_page_is_sent
from spot_planning.site.security_headers import content_security_policy
from spot_planning.site.spa_frontend import (
    FUNCTION_RUNTIME,
    KEPT_PREFIXES,
    ORIGIN_ACCESS_STATEMENTS,
    name_problems,
    origin_access_statements,
    plan_spa,
)
from spot_platform.component import Component, check
from spot_platform.iam.policy_statements import given_later, known_later
from spot_platform.names.alias_records import alias_records
from spot_platform.planned import URL, planned
from spot_platform.site.api_behavior import SiteApi
from spot_platform.site.arguments import SpaFrontendArgs, SpaFrontendNodes, SpaFrontendTransforms
from spot_platform.site.distribution import SiteDistributionWiring, site_distribution
from spot_platform.site.distribution_logs import DistributionLogs, DistributionLogsArgs
from spot_platform.site.security_headers import security_headers
from spot_platform.storage.private_bucket import PrivateBucket, PrivateBucketArgs


class SpaFrontend(Component):
    """spot-platform:index:SpaFrontend: a single-page app in a private bucket behind CloudFront.

    Makes: a private bucket; an origin access control and a bucket policy that allow only this distribution; a response
    headers policy (HSTS, Content-Security-Policy, frames, referrer, permissions); the viewer-request function for deep
    links; the distribution (HTTP/2 and 3, IPv6, gzip and Brotli, HTTPS only); access logs in a separate bucket; alias
    records A and AAAA for every name. The files are not resources: `ops frontend deploy` uploads them, HTML with
    ``no-cache``, assets with ``immutable``. The managed cache policy CachingOptimized follows these headers; it caches
    HTML for 1 s, its minimum TTL. CachingDisabled would also turn compression off.

    With `api`, all requests below its path go to the API, with all methods and the API key in a header that viewers do
    not see. A second function replaces the path by the stage and sends the viewer's address and host. Errors are then
    not cached, and no error is replaced by a page.

    Costs: the first TB of traffic and 10 million requests a month are free, then 0.085 USD per GB and 0.010 USD per
    10 000 requests; 2 million calls of the function a month are free, then 0.10 USD per million (assets do not call
    it); 0.023 USD per GB-month of files, old versions and logs. Each call of an `api` is a request and a call of a
    function.

    Risks: every change of the distribution takes minutes to reach all edge locations. A deep link whose last segment
    has a file ending (``.pdf``) is treated as a file. Without `domain_names` the site accepts TLSv1 (CloudFront.7 and
    .15 fail). There is no origin failover (CloudFront.4): a second bucket would need replication, and a bad release
    would break both.
    """

    url: pulumi.Output[str]
    """The site's URL."""
    bucket_name: pulumi.Output[str]
    """Name of the bucket to which the files are uploaded."""
    distribution_id: pulumi.Output[str]
    """Id of the distribution, for invalidations and metrics."""
    distribution_arn: pulumi.Output[str]
    """ARN of the distribution."""
    distribution_domain_name: pulumi.Output[str]
    """CloudFront's name of the site, for DNS that is managed elsewhere."""

    def __init__(
        self,
        name: str,
        args: SpaFrontendArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: SpaFrontendTransforms | None = None,
    ) -> None:
        check(
            SpaFrontend,
            name,
            args,
            (nothing_twice("domain_names"),),
            _problems(args),
        )
        plan = plan_spa(
            args,
            domain_names=args.domain_names,
            zone_name=args.zone_name,
            behind_web_acl=args.web_acl_arn is not None,
            has_api=args.api is not None,
        )
        super().__init__(name, opts)
        self._transforms = transforms = transforms or SpaFrontendTransforms()

        response_headers_policy = security_headers(
            name,
            content_security_policy=_content_security_policy(args),
            settings=args,
            hsts_include_subdomains=plan.hsts_include_subdomains,
            opts=self.child(transforms.response_headers_policy),
        )
        origin_access_control = aws.cloudfront.OriginAccessControl(
            name,
            description=f"Signs requests to the bucket of {name}",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=self.child(transforms.origin_access_control),
        )
        function = self._function(name, plan.function_code) if plan.function_code else None
        api_function = None if args.api is None else self._api_function(name, args.api)
        # The bucket's policy names the distribution, but the distribution needs the bucket first.
        with given_later() as (distribution_arn, give_distribution_arn):
            bucket = self._bucket(name, args, distribution_arn)
            distribution = site_distribution(
                name,
                args,
                SiteDistributionWiring(
                    plan=plan,
                    origin_domain_name=bucket.regional_domain_name,
                    origin_access_control_id=origin_access_control.id,
                    function_arn=function.arn if function else None,
                    api_function_arn=api_function.arn if api_function else None,
                    response_headers_policy_id=response_headers_policy.id,
                ),
                self.child(transforms.distribution),
            )
            give_distribution_arn(distribution.arn)
        logs = self._logs(name, args, distribution) if args.access_logs else None

        self.nodes = SpaFrontendNodes(
            bucket=bucket,
            origin_access_control=origin_access_control,
            function=function,
            api_function=api_function,
            response_headers_policy=response_headers_policy,
            distribution=distribution,
            records={}
            if args.hosted_zone_id is None
            else alias_records(
                name,
                args.domain_names,
                hosted_zone_id=args.hosted_zone_id,
                target_name=distribution.domain_name,
                target_zone_id=distribution.hosted_zone_id,
                opts=self.child(transforms.record),
            ),
            logs=logs,
        )
        host = pulumi.Output.from_input(args.domain_names[0]) if args.domain_names else distribution.domain_name
        self.url = pulumi.Output.concat("https://", host)
        self.bucket_name = bucket.bucket_name
        self.distribution_id = distribution.id
        self.distribution_arn = distribution.arn
        self.distribution_domain_name = distribution.domain_name
        self.finish()

    def _bucket(self, name: str, args: SpaFrontendArgs, distribution_arn: pulumi.Output[str]) -> PrivateBucket:
        statements = planned(origin_access_statements, distribution_arn=distribution_arn)
        return PrivateBucket(
            name,
            PrivateBucketArgs(
                kms_key_arn=args.kms_key_arn,
                noncurrent_version_expiration_days=args.noncurrent_version_expiration_days,
                access_log_bucket=args.server_access_log_bucket,
                extra_policy_statements=[known_later(statements[place]) for place in range(ORIGIN_ACCESS_STATEMENTS)],
                force_destroy=args.force_destroy,
            ),
            self.child(),
            transforms=self._transforms.bucket,
        )

    def _function(self, name: str, code: str) -> aws.cloudfront.Function:
        return aws.cloudfront.Function(
            name,
            runtime=FUNCTION_RUNTIME,
            code=code,
            comment="Answers deep links with the app",
            publish=True,
            opts=self.child(self._transforms.function),
        )

    def _api_function(self, name: str, api: SiteApi) -> aws.cloudfront.Function:
        return aws.cloudfront.Function(
            f"{name}-api",
            runtime=FUNCTION_RUNTIME,
            code=pulumi.Output.from_input(api.stage_name).apply(lambda stage: api_request_function(api.path, stage)),
            comment="Hands requests on to the API",
            publish=True,
            opts=self.child(self._transforms.api_function),
        )

    def _logs(self, name: str, args: SpaFrontendArgs, distribution: aws.cloudfront.Distribution) -> DistributionLogs:
        return DistributionLogs(
            f"{name}-logs",
            DistributionLogsArgs(
                distribution_arn=distribution.arn,
                retention_days=args.access_log_retention_days,
                server_access_log_bucket=args.server_access_log_bucket,
                kms_key_arn=args.kms_key_arn,
                force_destroy=args.force_destroy,
            ),
            self.child(),
            transforms=self._transforms.logs,
        )


def _problems(args: SpaFrontendArgs) -> Iterator[Problem]:
    yield from name_problems(args.domain_names, args.certificate_arn, args.hosted_zone_id)
    if args.api is None:
        yield from not_found_page_is_sent(args)
    else:
        yield from error_page_problems(args)
        for text in api_path_collisions(args.api.path, KEPT_PREFIXES):
            yield Problem(("api", "path"), text)


def _content_security_policy(args: SpaFrontendArgs) -> pulumi.Input[str]:
    if args.content_security_policy is not None:
        return args.content_security_policy
    return planned(
        content_security_policy,
        stand_in=URL,
        api_urls=[] if args.api_origin is None else [args.api_origin],
        storage_urls=args.storage_origins,
        sources=args.content_security_policy_sources,
    )
