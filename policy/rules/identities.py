"""Amazon Cognito and IAM's password policy: how people sign in."""

from collections.abc import Iterator
from typing import Final

from policy.checks import every, is_at_least, is_false, is_one_of, is_true, number_setting, setting_number
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation

USER_POOL: Final = "aws:cognito/userPool:UserPool"
USER_POOL_CLIENT: Final = "aws:cognito/userPoolClient:UserPoolClient"
IDENTITY_POOL: Final = "aws:cognito/identityPool:IdentityPool"
PASSWORD_POLICY: Final = "aws:iam/accountPasswordPolicy:AccountPasswordPolicy"  # noqa: S105 - a resource type
NEW_PASSWORD_DAYS: Final = 7


def _temporary(pool: ResourceView, _config: Config) -> Iterator[Verdict]:
    days = pool.at("passwordPolicy.temporaryPasswordValidityDays")
    if (days.number() or 0) > NEW_PASSWORD_DAYS:
        yield violation(days.path, f"{days}; it must be at most {NEW_PASSWORD_DAYS}")


def _at_most_days(resource: ResourceView, config: Config) -> Iterator[Verdict]:
    days = resource.at("maxPasswordAge")
    most = setting_number(config, "maximum-days")
    if not 0 < (days.number() or 0) <= most:
        yield violation(days.path, f"{days}; it must be 1 to {most:g}")


RULES = (
    Rule(
        id="cognito-password-policy",
        title="Passwords of users are long and mixed",
        problem="The user pool takes weak passwords",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        cdk_nag=("AwsSolutions-COG1",),
        prowler=(
            "cognito_user_pool_password_policy_lowercase",
            "cognito_user_pool_password_policy_minimum_length_14",
            "cognito_user_pool_password_policy_number",
            "cognito_user_pool_password_policy_symbol",
            "cognito_user_pool_password_policy_uppercase",
            "cognito_user_pool_temporary_password_expiration",
        ),
        types=(USER_POOL,),
        remediation="Set passwordPolicy: minimumLength 14, requireLowercase, -Uppercase, -Numbers and -Symbols true.",
        check=every(
            is_at_least("passwordPolicy.minimumLength", "minimum-length"),
            *(is_true(f"passwordPolicy.require{kind}") for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")),
            _temporary,
        ),
        config={"minimum-length": number_setting(14, "Least number of characters in a password.", least=8)},
    ),
    Rule(
        id="cognito-second-factor",
        title="Users sign in with a second factor",
        problem="Users may sign in with a password alone",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        cdk_nag=("AwsSolutions-COG2",),
        prowler=("cognito_user_pool_mfa_enabled",),
        types=(USER_POOL,),
        remediation="Set mfaConfiguration to ON, or to OPTIONAL with threat protection ENFORCED.",
        check=is_one_of("mfaConfiguration", "ON"),
    ),
    Rule(
        id="cognito-threat-protection",
        title="User pools guard against stolen passwords",
        problem="The user pool takes passwords that are known to be stolen",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("Cognito.1",),
        cdk_nag=("AwsSolutions-COG8",),
        prowler=(
            "cognito_user_pool_advanced_security_enabled",
            "cognito_user_pool_blocks_compromised_credentials_sign_in_attempts",
            "cognito_user_pool_blocks_potential_malicious_sign_in_attempts",
        ),
        types=(USER_POOL,),
        remediation="Set userPoolAddOns.advancedSecurityMode to ENFORCED.",
        check=is_one_of("userPoolAddOns.advancedSecurityMode", "ENFORCED"),
    ),
    Rule(
        id="cognito-deletion-protection",
        title="User pools cannot be deleted by mistake",
        problem="The user pool can be deleted by mistake",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        prowler=("cognito_user_pool_deletion_protection_enabled",),
        types=(USER_POOL,),
        remediation="Set deletionProtection to ACTIVE.",
        check=is_one_of("deletionProtection", "ACTIVE"),
    ),
    Rule(
        id="cognito-no-guests",
        title="Nobody gets AWS credentials without signing in",
        problem="Anybody in the world gets AWS credentials as a guest",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        checkov=("CKV_AWS_366",),
        cdk_nag=("AwsSolutions-COG7",),
        prowler=("cognito_identity_pool_guest_access_disabled",),
        types=(IDENTITY_POOL,),
        remediation="Set allowUnauthenticatedIdentities to false.",
        check=is_false("allowUnauthenticatedIdentities"),
    ),
    Rule(
        id="cognito-client",
        title="Applications do not reveal which users exist, and can revoke tokens",
        problem="The application reveals which users exist, or cannot revoke tokens",
        severity=Severity.LOW,
        concern=Concern.HARDENING,
        prowler=(
            "cognito_user_pool_client_prevent_user_existence_errors",
            "cognito_user_pool_client_token_revocation_enabled",
        ),
        types=(USER_POOL_CLIENT,),
        remediation="Set preventUserExistenceErrors to ENABLED, and leave enableTokenRevocation true.",
        check=every(is_one_of("preventUserExistenceErrors", "ENABLED"), is_true("enableTokenRevocation")),
    ),
    Rule(
        id="iam-password-policy",
        title="Passwords of the account's users are long, mixed and changed, where a stack sets the password policy",
        problem="The account takes weak passwords",
        severity=Severity.MEDIUM,
        concern=Concern.PRIVILEGE,
        fsbp=(
            "IAM.7",
            "IAM.10",
        ),
        checkov=(
            "CKV_AWS_9",
            "CKV_AWS_10",
            "CKV_AWS_11",
            "CKV_AWS_12",
            "CKV_AWS_13",
            "CKV_AWS_14",
            "CKV_AWS_15",
        ),
        prowler=(
            "iam_password_policy_expires_passwords_within_90_days_or_less",
            "iam_password_policy_lowercase",
            "iam_password_policy_minimum_length_14",
            "iam_password_policy_number",
            "iam_password_policy_reuse_24",
            "iam_password_policy_symbol",
            "iam_password_policy_uppercase",
        ),
        trivy=(
            "AWS-0056",
            "AWS-0058",
            "AWS-0059",
            "AWS-0060",
            "AWS-0061",
            "AWS-0062",
            "AWS-0063",
        ),
        types=(PASSWORD_POLICY,),
        remediation="Set minimumPasswordLength 14, all require... true, maxPasswordAge 90, passwordReusePrevention 24.",
        check=every(
            is_at_least("minimumPasswordLength", "minimum-length"),
            is_at_least("passwordReusePrevention", "minimum-former"),
            *(
                is_true(f"require{kind}")
                for kind in ("LowercaseCharacters", "UppercaseCharacters", "Numbers", "Symbols")
            ),
            _at_most_days,
        ),
        config={
            "minimum-length": number_setting(14, "Least number of characters in a password.", least=8),
            "minimum-former": number_setting(24, "Least number of former passwords that are refused.", least=1),
            "maximum-days": number_setting(90, "Most days before a password is changed.", least=1),
        },
        note="This is a setting of the account: the rule checks only stacks that have it as a resource.",
    ),
)
