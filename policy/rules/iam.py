"""AWS IAM: rules about identity policies, managed policies that are attached, and users."""

import re
from collections.abc import Iterator
from typing import Final

from policy.documents import Statement, statements
from policy.iam.conditions import OF_CIPHERTEXTS, chooses_resources
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.values import Value

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
GROUP_POLICY = "aws:iam/groupPolicy:GroupPolicy"
USER_POLICY = "aws:iam/userPolicy:UserPolicy"
ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY_ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
GROUP_ATTACHMENT = "aws:iam/groupPolicyAttachment:GroupPolicyAttachment"
USER_ATTACHMENT = "aws:iam/userPolicyAttachment:UserPolicyAttachment"
ROLE_ATTACHMENTS_EXCLUSIVE = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive"
USER = "aws:iam/user:User"
ACCESS_KEY = "aws:iam/accessKey:AccessKey"
OF_USERS: Final = (
    "aws:iam/group:Group",
    "aws:iam/groupMembership:GroupMembership",
    "aws:iam/serviceSpecificCredential:ServiceSpecificCredential",
    "aws:iam/signingCertificate:SigningCertificate",
    "aws:iam/sshKey:SshKey",
    "aws:iam/userGroupMembership:UserGroupMembership",
    "aws:iam/userLoginProfile:UserLoginProfile",
)
"""Types that exist for users only: their groups, passwords, keys and certificates."""

ATTACHMENTS: Final = (ROLE_ATTACHMENT, POLICY_ATTACHMENT, GROUP_ATTACHMENT, USER_ATTACHMENT)
_ARNS_LISTED: Final = {
    ROLE: "managedPolicyArns",
    ROLE_ATTACHMENTS_EXCLUSIVE: "policyArns",
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns",
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns",
    "aws:rolesanywhere/profile:Profile": "managedPolicyArns",
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": "managedPolicyArns",
}
_ARN: Final = {
    **dict.fromkeys(ATTACHMENTS, "policyArn"),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
}
ATTACHING: Final = (*_ARNS_LISTED, *_ARN)
"""Types that attach managed policies."""
PERMISSION_SET_POLICY: Final = "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy"
CARRIERS: Final = (POLICY, ROLE, ROLE_POLICY, GROUP_POLICY, USER_POLICY, PERMISSION_SET_POLICY)
DECRYPTING: Final = ("kms:Decrypt", "kms:ReEncryptFrom")
"""The actions of controls KMS.1 and KMS.2."""
WIDE_POLICY: Final = re.compile(
    r"AdministratorAccess(-.*)?|PowerUserAccess|ReadOnlyAccess|ViewOnlyAccess|SecretsManagerReadWrite"
    r"|AWSKeyManagementServicePowerUser|(Database|Network|System)Administrator|DataScientist"
    r"|.*FullAccess(_v\d+)?|.*PowerUser|Amazon(DynamoDB|S3|SSM|SQS|RDSData|ElastiCache)ReadOnlyAccess"
)
"""AWS managed policies, by the last part of their ARN, that allow all actions of a service or reading all its data."""


def allowing(resource: ResourceView) -> Iterator[Statement]:
    """Read the Allow statements of the identity policies that a resource contains.

    Args:
        resource: One of ``CARRIERS``.

    Yields:
        Each statement whose effect is Allow.

    Raises:
        UndecidableError: A policy is unknown.
    """
    policies = [resource.at("inlinePolicy" if resource.type == PERMISSION_SET_POLICY else "policy")]
    if resource.type == ROLE:
        policies = [item.at("policy") for item in resource.at("inlinePolicies").items()]
    for policy in policies:
        yield from (statement for statement in statements(policy) if statement.allows)


def _no_full_access(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in allowing(resource):
        if statement.every_action and statement.every_resource:
            yield violation(statement.path, f"{statement.path} allows every action on every resource")
        if statement.not_actions and statement.every_resource:
            yield violation(
                statement.path, f"{statement.path} allows everything but {', '.join(statement.not_actions)}"
            )


def _no_service_wildcard(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in allowing(resource):
        whole = [action for action in statement.actions if not action.split(":")[-1].strip("*?")]
        if whole:
            yield violation(statement.path, f"{statement.path} allows {', '.join(whole)}; name the actions")
        elif statement.not_actions:
            excepted = ", ".join(statement.not_actions)
            yield violation(statement.path, f"{statement.path} allows all but {excepted}; name the actions")


def _no_decryption_of_all(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in allowing(resource):
        given = [action for action in DECRYPTING if statement.covers(action)]
        if given and statement.every_resource_of("kms:key/*") and not _chooses_keys(statement):
            yield violation(statement.path, f"{statement.path} allows {', '.join(given)} with every key; name the keys")


def _chooses_keys(statement: Statement) -> bool:
    of_ciphertexts = statement.bound_by(lambda key: key.startswith(OF_CIPHERTEXTS))
    return of_ciphertexts or chooses_resources(statement.conditions)


def _no_passing_of_all(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for statement in allowing(resource):
        if statement.covers("iam:PassRole") and statement.every_resource_of("iam:role/*"):
            yield violation(statement.path, f"{statement.path} allows iam:PassRole of every role")


def managed(resource: ResourceView) -> list[Value]:
    """Read the ARNs of the managed policies that a resource attaches.

    Args:
        resource: One of ``ATTACHING``.

    Raises:
        UndecidableError: The list of ARNs is unknown.
    """
    if resource.type in _ARN:
        return [resource.at(_ARN[resource.type])]
    return resource.at(_ARNS_LISTED[resource.type]).items()


def _no_managed_full_access(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    for value in managed(resource):
        yield from guarded(_not_full_access(value))


_OF_AWS: Final = ":aws:policy/"
"""The part of an ARN that only AWS managed policies have."""


def _not_full_access(value: Value) -> Iterator[Verdict]:
    name = (value.text() or "").split("/")[-1]
    if _OF_AWS in (value.text() or "") and WIDE_POLICY.fullmatch(name):
        yield violation(value.path, f"{value}; name the actions instead")


def _no_users(resource: ResourceView, _config: Config) -> Iterator[Verdict]:
    yield violation("name", f"{resource.name} is for an IAM user or its long-term credentials; use roles and OIDC")


RULES = (
    Rule(
        id="iam-no-full-access",
        title="No policy allows everything",
        problem="A policy allows everything",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        fsbp=("IAM.1",),
        checkov=(
            "CKV2_AWS_40",
            "CKV_AWS_1",
            "CKV_AWS_49",
            "CKV_AWS_62",
            "CKV_AWS_63",
        ),
        cdk_nag=("AwsSolutions-IAM5",),
        prowler=(
            "iam_customer_attached_policy_no_administrative_privileges",
            "iam_customer_unattached_policy_no_administrative_privileges",
            "iam_inline_policy_no_administrative_privileges",
        ),
        trivy=("AWS-0057",),
        types=CARRIERS,
        remediation="Name the actions and the resources.",
        check=_no_full_access,
    ),
    Rule(
        id="iam-no-service-wildcard",
        title="No policy allows all actions of a service",
        problem="A policy allows all actions of a service",
        severity=Severity.LOW,
        concern=Concern.PRIVILEGE,
        fsbp=("IAM.21",),
        checkov=("CKV2_AWS_40",),
        cdk_nag=("AwsSolutions-IAM5",),
        prowler=(
            "iam_inline_policy_no_full_access_to_cloudtrail",
            "iam_inline_policy_no_full_access_to_kms",
            "iam_policy_no_full_access_to_cloudtrail",
            "iam_policy_no_full_access_to_kms",
        ),
        trivy=(
            "AWS-0057",
            "AWS-0345",
        ),
        types=CARRIERS,
        remediation="Name the actions.",
        check=_no_service_wildcard,
        note="Stricter than the control, which looks at customer-managed policies only.",
    ),
    Rule(
        id="iam-no-decryption-with-every-key",
        title="No policy allows decryption with every key",
        problem="A policy allows decryption with every key",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "KMS.1",
            "KMS.2",
        ),
        checkov=(
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        types=CARRIERS,
        remediation="Name the keys as resources.",
        check=_no_decryption_of_all,
        note="A condition on tags or aliases of the key, kms:ViaService or an encryption context narrows a statement.",
    ),
    Rule(
        id="iam-no-passing-of-every-role",
        title="No policy allows passing every role",
        problem="A policy allows passing every role",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        prowler=(
            "iam_inline_policy_allows_privilege_escalation",
            "iam_policy_allows_privilege_escalation",
        ),
        trivy=(
            "AWS-0342",
            "AWS-0350",
        ),
        checkov=(
            "CKV_AWS_355",
            "CKV_AWS_356",
        ),
        types=CARRIERS,
        remediation="Name the roles as resources.",
        check=_no_passing_of_all,
    ),
    Rule(
        id="iam-no-managed-full-access",
        title="No AWS managed policy is attached that allows all actions of a service, or reading all its data",
        problem="An AWS managed policy allows all actions of a service, or reading all its data",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=(
            "CKV2_AWS_56",
            "CKV_AWS_274",
            "CKV_AWS_275",
        ),
        prowler=(
            "iam_administrator_access_with_mfa",
            "iam_aws_attached_policy_no_administrative_privileges",
            "iam_group_administrator_access_policy",
            "iam_policy_cloudshell_admin_not_attached",
            "iam_role_administratoraccess_policy",
            "iam_role_cross_account_readonlyaccess_policy",
            "iam_user_administrator_access_policy",
        ),
        types=ATTACHING,
        remediation="Attach a policy with the actions that are needed.",
        check=_no_managed_full_access,
    ),
    Rule(
        id="iam-no-users",
        title="There are no IAM users, groups, access keys, passwords or policies of users",
        problem="There is an IAM user, or something for users only: a group, an access key, a password or a policy",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "IAM.2",
            "IAM.3",
            "IAM.5",
            "IAM.8",
            "IAM.19",
            "IAM.22",
        ),
        checkov=(
            "CKV2_AWS_14",
            "CKV2_AWS_21",
            "CKV2_AWS_22",
            "CKV_AWS_40",
            "CKV_AWS_273",
        ),
        prowler=(
            "iam_policy_attached_only_to_group_or_roles",
            "iam_rotate_access_key_90_days",
            "iam_user_accesskey_unused",
            "iam_user_console_access_unused",
            "iam_user_hardware_mfa_enabled",
            "iam_user_mfa_enabled_console_access",
            "iam_user_no_setup_initial_access_key",
            "iam_user_two_active_access_key",
            "iam_user_with_temporary_credentials",
        ),
        trivy=(
            "AWS-0143",
            "AWS-0144",
            "AWS-0145",
            "AWS-0146",
            "AWS-0166",
        ),
        types=(USER, ACCESS_KEY, USER_POLICY, USER_ATTACHMENT, *OF_USERS),
        remediation="Give people single sign-on, and CI a role through OIDC.",
        check=_no_users,
    ),
)
