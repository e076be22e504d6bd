"""Customer-managed keys, where the service would otherwise encrypt with a key of AWS."""

from policy.checks import is_own_key
from policy.rule import Concern, Rule, Severity
from policy.rules import elasticache, rds

RULES = (
    Rule(
        id="rds-customer-managed-key",
        title="The database is encrypted with a customer-managed key",
        problem="The database is not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_327",),
        types=(rds.INSTANCE, rds.CLUSTER),
        remediation="Give kmsKeyId; a snapshot with a key of AWS cannot be shared or copied to another account.",
        check=is_own_key("kmsKeyId", when=rds.is_primary),
    ),
    Rule(
        id="elasticache-customer-managed-key",
        title="The cache is encrypted with a customer-managed key",
        problem="The cache is not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_191",),
        types=(elasticache.GROUP,),
        remediation="Give kmsKeyId.",
        check=is_own_key("kmsKeyId"),
    ),
)
