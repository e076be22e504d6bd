"""The rule that says which requests of an API AWS X-Ray traces."""

import pulumi
import pulumi_aws as aws

from spot_planning.api.settings import TracingSettings
from spot_planning.api.tracing import PRIORITY, sampling_rule_name


def make_sampling_rule(
    name: str, args: TracingSettings, *, api_name: str, stage_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.xray.SamplingRule:
    """Create the sampling rule of one stage.

    Without a rule of its own, X-Ray's default rule records the first request of each second and 5 % of the others (AWS
    X-Ray Developer Guide, "Configuring sampling rules"), which is up to 13 USD a month. The stage's ARN is what
    connects rule and stage (Amazon API Gateway Developer Guide, "Configure AWS X-Ray sampling rules for API Gateway
    APIs"). The name of the service, which would be the API's and the stage's name, is left open, because X-Ray takes
    at most 64 characters for it.

    Args:
        name: Name of the resource.
        args: The settings.
        api_name: Name of the API in AWS.
        stage_arn: ARN of the stage.
        opts: Options of the resource.
    """
    return aws.xray.SamplingRule(
        name,
        rule_name=sampling_rule_name(name, api_name),
        version=1,
        priority=PRIORITY,
        reservoir_size=args.xray_traces_per_second,
        fixed_rate=args.xray_sample_ratio,
        resource_arn=stage_arn,
        service_type="AWS::ApiGateway::Stage",
        service_name="*",
        host="*",
        http_method="*",
        url_path="*",
        tags={"Name": name},
        opts=opts,
    )
