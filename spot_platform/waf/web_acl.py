"""The web application firewall in front of the API or the site."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.waf.settings import WebAclSettings
from spot_planning.waf.web_acl import (
    LENIENT_TRANSFORMATIONS,
    LOGGED_ACTIONS,
    REDACTED_HEADERS,
    PlannedRule,
    WebAclScope,
    counted_rule_problems,
    plan_web_acl,
)
from spot_platform.component import Component, Transform, check


@arguments
class WebAclArgs(WebAclSettings):
    """Arguments of `WebAcl`."""

    scope: WebAclScope = WebAclScope.REGIONAL
    """``REGIONAL`` for an API, ``CLOUDFRONT`` for a distribution. A new scope replaces the ACL."""
    api_on_site: bool = False
    """Whether a path of the distribution leads to an API, so that the web ACL protects both."""
    lenient_prefix: str = ""
    """A path that may stand before `lenient_paths`: the stage of an API, or the API's path on the site."""
    kms_key_arn: pulumi.Input[str] | None = None
    """The KMS key of the log group; in us-east-1 for the CLOUDFRONT scope."""


@dataclass(frozen=True, kw_only=True)
class WebAclTransforms:
    """Changes to the arguments of `WebAcl`'s resources."""

    web_acl: Transform | None = None
    log_group: Transform | None = None
    logging_configuration: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class WebAclNodes:
    """The resources of `WebAcl`."""

    web_acl: aws.wafv2.WebAcl
    log_group: aws.cloudwatch.LogGroup
    logging_configuration: aws.wafv2.WebAclLoggingConfiguration


class WebAcl(Component):
    """spot-platform:index:WebAcl: a web ACL with AWS managed rules and a rate limit, and its log.

    Makes: the web ACL (default action allow; IP reputation, rate limit by IP address, known bad inputs, common rules
    and, for an API, SQL injection), its log group and the logging configuration. The component that uses the web ACL
    associates it: `PrivateApi` with its stage, `SpaFrontend` with its distribution. All resources of the CLOUDFRONT
    scope are created in us-east-1, whatever the provider's Region is.

    Costs: 5 USD a month, 1 USD a month for each of its 5 rules (4 for a site alone, 6 with `lenient_paths`), 0.60 USD
    per million requests; 0.50 USD per GB of logs. Its rules need less than 1500 capacity units, so there is no
    surcharge.

    Risks: managed rules change without notice and can block legitimate requests; if that matters, let them only count
    at first, with `counted_rules`, or on some paths of an API, with `lenient_paths`. Bodies are inspected up to 16 KiB.
    For an API, ``SizeRestrictions_BODY`` only counts, because it would block every upload, so only the application
    checks the rest of a body. The rate limit reacts within about 10 s and does not replace the API's throttling.
    """

    arn: pulumi.Output[str]
    """ARN of the web ACL."""
    metric_name: pulumi.Output[str]
    """Value of the ``WebACL`` dimension of the web ACL's CloudWatch metrics."""
    log_group_name: pulumi.Output[str]
    """Name of the log group of blocked and counted requests."""

    def __init__(
        self,
        name: str,
        args: WebAclArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: WebAclTransforms | None = None,
    ) -> None:
        further = counted_rule_problems(args.scope, args.counted_rules, api_on_site=args.api_on_site)
        check(WebAcl, name, args, further=further)
        plan = plan_web_acl(
            args.scope,
            args.counted_rules,
            api_on_site=args.api_on_site,
            lenient_paths=args.lenient_paths,
            lenient_prefix=args.lenient_prefix,
        )
        super().__init__(name, opts)
        transforms = transforms or WebAclTransforms()

        web_acl = aws.wafv2.WebAcl(
            name,
            scope=args.scope,
            region=plan.region,
            description=f"Managed rules and rate limit of {name}",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=[_rule(name, rule, args) for rule in plan.rules],
            visibility_config=_visibility(name),
            tags={"Name": name},
            opts=self.child(transforms.web_acl),
        )
        log_group = aws.cloudwatch.LogGroup(
            # AWS WAF accepts only log groups with this prefix; Pulumi derives the physical name from the logical name.
            f"aws-waf-logs-{name}",
            region=plan.region,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.kms_key_arn,
            tags={"Name": f"aws-waf-logs-{name}"},
            opts=self.child(transforms.log_group),
        )
        logging_configuration = aws.wafv2.WebAclLoggingConfiguration(
            name,
            region=plan.region,
            resource_arn=web_acl.arn,
            log_destination_configs=[log_group.arn],
            logging_filter=_logging_filter(),
            redacted_fields=[
                aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                    single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
                )
                for header in REDACTED_HEADERS
            ],
            opts=self.child(transforms.logging_configuration),
        )

        self.nodes = WebAclNodes(web_acl=web_acl, log_group=log_group, logging_configuration=logging_configuration)
        self.arn = web_acl.arn
        self.metric_name = pulumi.Output.from_input(name)
        self.log_group_name = log_group.name
        self.finish()


def _visibility(metric_name: str) -> aws.wafv2.WebAclVisibilityConfigArgs:
    return aws.wafv2.WebAclVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric_name, sampled_requests_enabled=True
    )


def _rule(name: str, rule: PlannedRule, args: WebAclArgs) -> aws.wafv2.WebAclRuleArgs:
    visibility = aws.wafv2.WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=f"{name}-{rule.key}", sampled_requests_enabled=True
    )
    if rule.blocked_labels:
        return aws.wafv2.WebAclRuleArgs(
            name=rule.key,
            priority=rule.priority,
            action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
            statement=_labelled_elsewhere(rule),
            visibility_config=visibility,
        )
    if rule.managed_group is None:
        return aws.wafv2.WebAclRuleArgs(
            name=rule.key,
            priority=rule.priority,
            action=aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs()),
            statement=aws.wafv2.WebAclRuleStatementArgs(
                rate_based_statement=aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
                    aggregate_key_type="IP",
                    limit=args.rate_limit,
                    evaluation_window_sec=args.rate_limit_window_seconds,
                )
            ),
            visibility_config=visibility,
        )
    return aws.wafv2.WebAclRuleArgs(
        name=rule.key,
        priority=rule.priority,
        # A managed group has its own actions; "none" does not change them.
        override_action=aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs()),
        statement=aws.wafv2.WebAclRuleStatementArgs(
            managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
                vendor_name="AWS",
                name=rule.managed_group,
                rule_action_overrides=[
                    aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
                        name=counted,
                        action_to_use=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
                            count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
                        ),
                    )
                    for counted in rule.counted_rules
                ],
            )
        ),
        visibility_config=visibility,
    )


def _labelled_elsewhere(rule: PlannedRule) -> aws.wafv2.WebAclRuleStatementArgs:
    """Return the statement for requests with one of the labels, except on the paths."""
    labels = [
        aws.wafv2.WebAclRuleStatementArgs(
            label_match_statement=aws.wafv2.WebAclRuleStatementLabelMatchStatementArgs(scope="LABEL", key=label)
        )
        for label in rule.blocked_labels
    ]
    # An OR needs two statements (AWS WAF API Reference, "OrStatement").
    labelled = (
        labels[0]
        if len(labels) == 1
        else aws.wafv2.WebAclRuleStatementArgs(
            or_statement=aws.wafv2.WebAclRuleStatementOrStatementArgs(statements=labels)
        )
    )
    on_the_paths = aws.wafv2.WebAclRuleStatementArgs(
        regex_match_statement=aws.wafv2.WebAclRuleStatementRegexMatchStatementArgs(
            regex_string=rule.unless_path,
            field_to_match=aws.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchArgs(
                uri_path=aws.wafv2.WebAclRuleStatementRegexMatchStatementFieldToMatchUriPathArgs()
            ),
            text_transformations=[
                aws.wafv2.WebAclRuleStatementRegexMatchStatementTextTransformationArgs(priority=place, type=kind)
                for place, kind in enumerate(LENIENT_TRANSFORMATIONS)
            ],
        )
    )
    elsewhere = aws.wafv2.WebAclRuleStatementArgs(
        not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=on_the_paths)
    )
    return aws.wafv2.WebAclRuleStatementArgs(
        and_statement=aws.wafv2.WebAclRuleStatementAndStatementArgs(statements=[labelled, elsewhere])
    )


def _logging_filter() -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
        default_behavior="DROP",
        filters=[
            aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                behavior="KEEP",
                requirement="MEETS_ANY",
                conditions=[
                    aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
                        action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                            action=action
                        )
                    )
                    for action in LOGGED_ACTIONS
                ],
            )
        ],
    )
