"""The condition keys that AWS services send when they assume a role, which the role's trust policy may check."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from spot_planning.problems import listed

SOURCE_ACCOUNT: Final = "aws:SourceAccount"
SOURCE_ARN: Final = "aws:SourceArn"
_BOTH: Final = frozenset({SOURCE_ACCOUNT, SOURCE_ARN})


@dataclass(frozen=True, kw_only=True)
class RoleService:
    """An AWS service that assumes a role of this platform."""

    sends: frozenset[str]
    """The condition keys that the service sends when it assumes the role. A condition on another key is never met, so
    the service could not assume the role at all."""
    source: str
    """The AWS page that documents it."""


ROLE_SERVICES: Final[Mapping[str, RoleService]] = {
    "apigateway.amazonaws.com": RoleService(
        sends=frozenset(),
        source='"Set up CloudWatch logging for REST APIs" (Amazon API Gateway Developer Guide) shows a trust policy '
        "without a condition; with one API Gateway could not take the role of an integration (pull request 479 of "
        "aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws)",
    ),
    "backup.amazonaws.com": RoleService(
        sends=frozenset(),
        source='"Cross-service confused deputy prevention" (AWS Backup Developer Guide) promises the keys for resource '
        "policies only",
    ),
    "chatbot.amazonaws.com": RoleService(
        sends=frozenset(),
        source='"Identity and Access Management for Amazon Q Developer in chat applications" (Administrator Guide) '
        "promises no condition key for the trust policy",
    ),
    "ec2.amazonaws.com": RoleService(
        sends=frozenset(),
        source='"IAM roles for Amazon EC2" (Amazon EC2 User Guide): the instance itself has the role (issue 2810 of '
        "prowler-cloud/prowler)",
    ),
    "ecs-tasks.amazonaws.com": RoleService(
        sends=_BOTH, source='"Amazon ECS task IAM role" (Amazon ECS Developer Guide), confused deputy'
    ),
    "events.amazonaws.com": RoleService(
        sends=_BOTH,
        source='"Cross-service confused deputy prevention in Amazon EventBridge" (Amazon EventBridge User Guide)',
    ),
    "monitoring.rds.amazonaws.com": RoleService(
        sends=_BOTH,
        source='"Setting up and enabling Enhanced Monitoring" (Amazon RDS User Guide), confused deputy problem',
    ),
    "states.amazonaws.com": RoleService(
        sends=_BOTH,
        source='"Creating an IAM role for your state machine in Step Functions" (AWS Step Functions Developer Guide), '
        "cross-service confused deputy prevention",
    ),
    "vpc-flow-logs.amazonaws.com": RoleService(
        sends=_BOTH, source='"Publish flow logs to CloudWatch Logs" (Amazon VPC User Guide)'
    ),
}
"""Service principal -> condition keys that it sends. To let a further service assume a role, add it here first, with
its source."""


def check_trust(service: str, given: frozenset[str]) -> None:
    """Refuse a trust policy that does not check exactly the condition keys that the service sends.

    Args:
        service: The service principal: ``ecs-tasks.amazonaws.com``.
        given: The condition keys in the trust policy.

    Raises:
        ValueError: The service is not in the table, or the keys differ from the keys that it sends.
    """
    known = ROLE_SERVICES.get(service)
    if known is None:
        raise ValueError(f"service={service!r} is not in ROLE_SERVICES; allowed: {listed(sorted(ROLE_SERVICES))}")
    if given != known.sends:
        wanted = listed(sorted(known.sends)) or "no condition"
        raise ValueError(f"a role for {service} needs {wanted} in its trust policy ({known.source})")
