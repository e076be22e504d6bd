"""Amazon Aurora MySQL: exported logs and backtracking."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given, number_setting, setting_number, setting_texts, texts_setting
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, violation
from policy.rules.rds import CLUSTER, is_primary
from policy.values import some

SECONDS_AN_HOUR: Final = 3600


def _is_aurora_mysql(cluster: ResourceView) -> bool:
    return (cluster.text("engine") or "").lower() == "aurora-mysql"


def _logs(cluster: ResourceView, config: Config) -> Iterator[Verdict]:
    if not _is_aurora_mysql(cluster):
        return
    exports = cluster.at("enabledCloudwatchLogsExports")
    wanted = setting_texts(config, "logs")
    missing = [log for log in wanted if not some(exports.items(), lambda item, log=log: item.text() == log)]
    if missing:
        yield violation(exports.path, f"{exports}; it must have {' and '.join(missing)}")


def _winds_back(cluster: ResourceView, config: Config) -> Iterator[Verdict]:
    # A replica follows its source. Global databases and Aurora Serverless v1 cannot be backtracked.
    if not _is_aurora_mysql(cluster) or not is_primary(cluster) or given(cluster.at("globalClusterIdentifier")):
        return
    window = cluster.at("backtrackWindow")
    hours = setting_number(config, "minimum-hours")
    if cluster.text("engineMode") != "serverless" and (window.number() or 0) < hours * SECONDS_AN_HOUR:
        yield violation(window.path, f"{window}; it must be at least {hours * SECONDS_AN_HOUR:g} seconds")


RULES = (
    Rule(
        id="aurora-mysql-logs",
        title="Aurora MySQL exports its audit log and other logs",
        problem="The database does not export a log that is required",
        severity=Severity.MEDIUM,
        concern=Concern.AUDIT,
        fsbp=("RDS.34",),
        checkov=("CKV_AWS_325",),
        cdk_nag=("AwsSolutions-RDS16",),
        types=(CLUSTER,),
        remediation="Add audit to enabledCloudwatchLogsExports, and the other logs that the message names.",
        check=_logs,
        config={"logs": texts_setting(["audit", "error", "general", "slowquery"], "Logs that must be exported.")},
        note=(
            "The default is what cdk-nag requires. This platform's profiles do not require the general log, which "
            "contains every statement with its values."
        ),
    ),
    Rule(
        id="aurora-mysql-backtrack",
        title="Aurora MySQL can be backtracked to a time before a mistake",
        problem="The database cannot be backtracked to a time before a mistake",
        severity=Severity.MEDIUM,
        concern=Concern.AVAILABILITY,
        fsbp=("RDS.14",),
        checkov=("CKV_AWS_326",),
        cdk_nag=("AwsSolutions-RDS14",),
        prowler=("rds_cluster_backtrack_enabled",),
        types=(CLUSTER,),
        remediation="Set backtrackWindow, in seconds; it can be set only when the cluster is made.",
        check=_winds_back,
        config={"minimum-hours": number_setting(1, "Least backtrack window, in hours.")},
        note="Not required for replicas, global databases and Aurora Serverless v1, which cannot be backtracked.",
    ),
)
