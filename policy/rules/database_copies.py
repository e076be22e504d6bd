"""Amazon RDS: supported engines and certificates, copies of databases, and proxies in front of them."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from policy.checks import every, given, is_false, is_own_key, is_true
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, violation
from policy.rules.rds import CLUSTER, CLUSTER_INSTANCE, INSTANCE, is_primary
from policy.values import State, some

PROXY: Final = "aws:rds/proxy:Proxy"
SNAPSHOTS: Final = (
    "aws:rds/snapshot:Snapshot",
    "aws:rds/clusterSnapshot:ClusterSnapshot",
    "aws:rds/snapshotCopy:SnapshotCopy",
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy",
)
SNAPSHOT_COPIES: Final = SNAPSHOTS[2:]
GLOBAL_CLUSTER: Final = "aws:rds/globalCluster:GlobalCluster"
BACKUP_REPLICATION: Final = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
ACTIVITY_STREAM: Final = "aws:rds/clusterActivityStream:ClusterActivityStream"

OLDEST: Final[Mapping[str, tuple[int, ...]]] = {
    "postgres": (14,),
    "aurora-postgresql": (14,),
    "mysql": (8, 4),
    "aurora-mysql": (8, 0),
    "mariadb": (10, 11),
}
"""Engine -> the oldest version that AWS supports without a surcharge in November 2026 ("Amazon RDS release
calendars")."""
CURRENT_CA: Final = re.compile(r"rds-ca-(rsa2048|rsa4096|ecc384)-g\d")
"""The certificate authorities that replaced rds-ca-2019, which expired in 2024."""
_NUMBER: Final = re.compile(r"\d+")


def _still_mended(database: ResourceView, _config: Config) -> Iterator[Verdict]:
    version = database.at("engineVersion")
    oldest = OLDEST.get((database.text("engine") or "").lower())
    if oldest is None or not is_primary(database) or not version.present:
        return  # without a version AWS takes its newest default
    numbers = tuple(int(number[:9]) for number in _NUMBER.findall(version.text() or ""))[:2]
    if numbers[: len(oldest)] < oldest[: len(numbers)] or not numbers:
        yield violation(version.path, f"{version}; it must be {'.'.join(map(str, oldest))} or newer")


def _current_authority(database: ResourceView, _config: Config) -> Iterator[Verdict]:
    name = "caCertificateIdentifier" if database.type == CLUSTER else "caCertIdentifier"
    authority = database.at(name)
    if given(authority) and authority.state is State.KNOWN and not CURRENT_CA.fullmatch(authority.text() or ""):
        yield violation(authority.path, f"{authority}; it must be rds-ca-rsa2048-g1 or another current one")


def _not_shared(snapshot: ResourceView, _config: Config) -> Iterator[Verdict]:
    accounts = snapshot.at("sharedAccounts")
    if some(accounts.items(), lambda item: item.text() == "all"):
        yield violation(accounts.path, f"{accounts}; it must name accounts")


def _asks_with_iam(proxy: ResourceView, _config: Config) -> Iterator[Verdict]:
    for auth in proxy.at("auths").items():
        mode = auth.at("iamAuth")
        if mode.text() != "REQUIRED":
            yield violation(mode.path, f"{mode}; it must be REQUIRED")


RULES = (
    Rule(
        id="rds-engine-mended",
        title="AWS still supports the version of the database's engine",
        problem="The database's engine gets no more security updates, or only for a surcharge",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        checkov=(
            "CKV_AWS_250",
            "CKV_AWS_388",
        ),
        prowler=(
            "rds_instance_deprecated_engine_version",
            "rds_instance_extended_support",
        ),
        types=(INSTANCE, CLUSTER),
        remediation="Set engineVersion to a supported one.",
        settings=(Setting("database.engine_version", "14 or newer", "ManagedData"),),
        check=_still_mended,
    ),
    Rule(
        id="rds-certificate-authority",
        title="The database's certificate is from a current authority",
        problem="The database's certificate is from an authority that has expired",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_211",),
        prowler=("rds_instance_certificate_expiration",),
        types=(INSTANCE, CLUSTER_INSTANCE, CLUSTER),
        remediation="Set caCertIdentifier to rds-ca-rsa2048-g1.",
        check=_current_authority,
    ),
    Rule(
        id="rds-snapshot-not-shared",
        title="Copies of databases are not shared with everybody",
        problem="Anybody in the world may restore the copy of the database",
        severity=Severity.CRITICAL,
        concern=Concern.EXPOSURE,
        fsbp=("RDS.1",),
        checkov=("CKV_AWS_302",),
        prowler=("rds_snapshots_public_access",),
        types=SNAPSHOTS,
        remediation="Name the accounts in sharedAccounts.",
        check=_not_shared,
    ),
    Rule(
        id="rds-copies-encrypted",
        title="Copies of databases are encrypted with a customer-managed key",
        problem="The copy of the database is not encrypted with a key of the account's own",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("RDS.4",),
        checkov=(
            "CKV_AWS_245",
            "CKV_AWS_246",
            "CKV_AWS_266",
        ),
        prowler=("rds_snapshots_encrypted",),
        types=(*SNAPSHOT_COPIES, BACKUP_REPLICATION, ACTIVITY_STREAM),
        remediation="Give kmsKeyId.",
        check=is_own_key("kmsKeyId"),
    ),
    Rule(
        id="rds-global-cluster-encrypted",
        title="Global databases are encrypted",
        problem="The global database is not encrypted",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_140",),
        types=(GLOBAL_CLUSTER,),
        remediation="Set storageEncrypted to true.",
        check=is_true("storageEncrypted"),
    ),
    Rule(
        id="rds-proxy-tls",
        title="Proxies take connections with TLS only, and log no statements",
        problem="The proxy takes connections without TLS, or logs statements",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(PROXY,),
        remediation="Set requireTls to true and leave debugLogging false.",
        check=every(is_true("requireTls"), is_false("debugLogging")),
    ),
    Rule(
        id="rds-proxy-iam",
        title="Proxies authenticate clients with IAM",
        problem="The proxy lets in clients that only know a password",
        severity=Severity.LOW,
        concern=Concern.PRIVILEGE,
        types=(PROXY,),
        remediation="Set iamAuth of each of auths to REQUIRED.",
        check=_asks_with_iam,
    ),
)
