"""The account's setting for the logs of API Gateway."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.account import REGION
from spot_planning.declarations import arguments, setting
from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import assume_role_document, document, statement
from spot_platform.component import PACKAGE, Component, Transform


@arguments
class ApiAccountArgs:
    """Arguments of `ApiAccount`."""

    region: str | None = setting(default=None, allowed=REGION)
    """The Region whose setting names the role; None for the provider's Region."""


@dataclass(frozen=True, kw_only=True)
class ApiAccountTransforms:
    """Changes to the arguments of `ApiAccount`'s resources."""

    role: Transform | None = None
    role_policy: Transform | None = None
    account: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class ApiAccountNodes:
    """The resources of `ApiAccount`."""

    role: aws.iam.Role
    role_policy: aws.iam.RolePolicy
    account: aws.apigateway.Account


class ApiAccount(Component):
    """spot-platform:index:ApiAccount: the role with which API Gateway writes the logs of all APIs of an account.

    Makes: the role, and the account's setting for this role. An account has one such setting per Region, so make this
    component in one stack only, and hand `logging_role_arn` to each `PrivateApi` of that stack.

    Costs: nothing.

    Risks: when the stack with this component is destroyed, the APIs of other stacks stop logging. In a stack whose
    `PrivateApi` made these resources itself, give this component the API's name: only then are they kept. Otherwise the
    old setting is deleted last, and the account has no role until the next ``pulumi refresh`` and ``up``.
    """

    logging_role_arn: pulumi.Output[str]
    """ARN of the role, known once the account's setting names it."""

    def __init__(
        self,
        name: str,
        args: ApiAccountArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: ApiAccountTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or ApiAccountTransforms()
        formerly = _formerly(name)
        role = aws.iam.Role(
            f"{name}-account",
            # The documentation of this role does not promise aws:SourceAccount, so a condition could end all logging.
            assume_role_policy=canonical_json(assume_role_document("apigateway.amazonaws.com")),
            description="API Gateway writes the logs of all APIs of this account and region with it",
            tags={"Name": f"{name}-account"},
            opts=self.child(transforms.role, formerly),
        )
        role_policy = aws.iam.RolePolicy(
            f"{name}-account",
            role=role.name,
            policy=canonical_json(
                document(
                    statement(
                        "WriteLogsOfApis",
                        # As in the managed policy AmazonAPIGatewayPushToCloudWatchLogs. UpdateAccount tests these
                        # actions and refuses a role that is limited to some log groups.
                        [
                            "logs:CreateLogGroup",
                            "logs:CreateLogStream",
                            "logs:DescribeLogGroups",
                            "logs:DescribeLogStreams",
                            "logs:FilterLogEvents",
                            "logs:GetLogEvents",
                            "logs:PutLogEvents",
                        ],
                        ["*"],
                    )
                )
            ),
            opts=self.child(transforms.role_policy, formerly),
        )
        account = aws.apigateway.Account(
            name,
            cloudwatch_role_arn=role.arn,
            region=args.region,
            opts=self.child(
                transforms.account,
                pulumi.ResourceOptions.merge(formerly, pulumi.ResourceOptions(depends_on=[role_policy])),
            ),
        )
        self.nodes = ApiAccountNodes(role=role, role_policy=role_policy, account=account)
        self.logging_role_arn = account.cloudwatch_role_arn.apply(str)
        self.finish()


def _formerly(name: str) -> pulumi.ResourceOptions:
    """Return options with an alias for the time when each API made these resources.

    Without it the old resources would be deleted after the new ones exist, and to delete the account's setting is to
    remove the role from it: all APIs would stop logging.
    """
    logging = f"{PACKAGE}:index:PrivateApi${PACKAGE}:index:ApiLogging"
    parent = f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{logging}::{name}"
    return pulumi.ResourceOptions(aliases=[pulumi.Alias(parent=parent)])
