"""Who is kept away from a secret of the stack, whatever an IAM policy allows."""

from spot_planning.iam.policy_documents import Document, document, statement


def secret_policy(*, secret_arn: str) -> Document:
    """The resource policy of a secret: nobody but the principals of its own account, and AWS services.

    It allows nothing, so that IAM policies go on to decide who reads the secret, and it denies nobody of the account,
    so that no administrator is locked out: who may call ``secretsmanager:PutResourcePolicy`` or DeleteResourcePolicy
    can always mend it. AWS services that come with their own principal have no account (``aws:PrincipalAccount``,
    "AWS global condition context keys", IAM User Guide), and are let through by ``aws:PrincipalIsAWSService``; the
    functions that rotate a secret and the tasks that read it come with a role of the account.

    Secrets that Amazon RDS manages get none: they are the service's to change ("AWS Secrets Manager secrets managed by
    other AWS services", AWS Secrets Manager User Guide).

    Args:
        secret_arn: ARN of the secret, which has the account in it.

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
