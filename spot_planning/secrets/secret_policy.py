"""The resource policy of a secret, which refuses other accounts whatever an IAM policy allows."""

from spot_planning.iam.policy_documents import Document, document, statement


def secret_policy(*, secret_arn: str) -> Document:
    """Return the resource policy of a secret, which denies all except its own account's principals and AWS services.

    It allows nothing, so IAM policies still decide who reads the secret. It denies nobody of the account, so no
    administrator is locked out: a principal who may call ``secretsmanager:PutResourcePolicy`` or DeleteResourcePolicy
    can always repair it. AWS services that call with their own principal have no account (``aws:PrincipalAccount``,
    "AWS global condition context keys", IAM User Guide), and ``aws:PrincipalIsAWSService`` lets them through. The
    functions that rotate a secret and the tasks that read it have a role of the account.

    Secrets that Amazon RDS manages get no policy: only the service should change them ("AWS Secrets Manager secrets
    managed by other AWS services", AWS Secrets Manager User Guide).

    Args:
        secret_arn: ARN of the secret, which contains the account id.

    Source: AWS Secrets Manager User Guide, "Resource-based policies"; IAM User Guide, "Establish permissions guardrails
        using data perimeters".
    """
    return document(
        statement(
            "DenyOtherAccounts",
            ["secretsmanager:*"],
            ["*"],  # the secret that the policy is attached to
            effect="Deny",
            principal="*",
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": secret_arn.split(":")[4]},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    )
