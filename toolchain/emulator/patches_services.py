"""Patches of moto's other services. moto's objects are practically untyped, hence Any."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import xmltodict
from botocore import xform_name
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.responses import BackupResponse
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elbv2.responses import ELBV2Response
from moto.rds.models import DBInstance
from moto.route53.models import Route53Backend
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response
from moto.stepfunctions.responses import StepFunctionResponse

from toolchain.emulator.patching import add, wrap


def list_tags_of_scalable_targets() -> None:
    """Application Auto Scaling tags. Reason: their actions are missing, and RegisterScalableTarget loses tags.

    Not offered upstream: no internet here.
    """

    def tags(self: Any) -> dict[str, dict[str, str]]:
        return self.applicationautoscaling_backend.__dict__.setdefault("tags_by_arn", {})

    def registering(register: Callable[..., str]) -> Callable[..., str]:
        def registered(self: Any) -> str:
            answer = register(self)
            given = self._get_param("Tags")
            if given:
                tags(self)[json.loads(answer)["ScalableTargetARN"]] = dict(given)
            return answer

        return registered

    def list_tags(self: Any) -> str:
        return json.dumps({"Tags": tags(self).get(self._get_param("ResourceARN"), {})})

    def tag(self: Any) -> str:
        tags(self).setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags", {}))
        return "{}"

    def untag(self: Any) -> str:
        for key in self._get_param("TagKeys", []):
            tags(self).get(self._get_param("ResourceARN"), {}).pop(key, None)
        return "{}"

    wrap(ApplicationAutoScalingResponse, "register_scalable_target", registering)
    add(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags)
    add(ApplicationAutoScalingResponse, "tag_resource", tag)
    add(ApplicationAutoScalingResponse, "untag_resource", untag)


def replace_alarms_of_scaling_policies() -> None:
    """PutScalingPolicy. Reason: moto keeps the former alarms of a target tracking policy that changes.

    So they would outlive the policy. AWS owns these alarms (Application Auto Scaling User Guide, "Target tracking
    scaling policies"). Not offered upstream: no internet here.
    """

    def putting(put: Callable[..., Any]) -> Callable[..., Any]:
        def done(self: Any, *arguments: Any, **named: Any) -> Any:
            before = dict(self.policies)
            policy = put(self, *arguments, **named)
            for key, former in before.items():
                if self.policies[key] is not former:
                    former.delete_alarms(self.account_id, self.region_name)
            return policy

        return done

    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", putting)


def find_backup_tags() -> None:
    """Backup ListTags. Reason: moto reads the ARN only from a path that ends with a slash; the Go SDK sends none.

    Not offered upstream: no internet here.
    """

    def listing(_list: Callable[..., str]) -> Callable[..., str]:
        def listed(self: Any) -> str:
            arn = unquote(self.path.split("/tags/", 1)[1].rstrip("/"))
            return json.dumps({"Tags": self.backup_backend.list_tags(resource_arn=arn)})

        return listed

    wrap(BackupResponse, "list_tags", listing)


def keep_tags_of_new_buckets() -> None:
    """S3 CreateBucket with tags. Reason: moto keeps only the tags of PutBucketTagging, so default tags drift.

    Not offered upstream: no internet here.
    """

    def putting(put: Callable[..., Any]) -> Callable[..., Any]:
        def done(self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
            answer = put(self, request, bucket_name, querystring)
            tags = _tags(self.body) if not querystring and self.body else {}
            if tags:
                self.backend.put_bucket_tagging(bucket_name, tags)
            return answer

        return done

    wrap(S3Response, "_bucket_response_put", putting)


def keep_backup_selections() -> None:
    """Backup CreateBackupSelection, GetBackupSelection and DeleteBackupSelection. Reason: missing.

    Not offered upstream: no internet here.
    """

    def selections(self: Any) -> dict[str, dict[str, Any]]:
        return self.backup_backend.__dict__.setdefault("selections", {})

    def create(self: Any) -> str:
        selection: dict[str, Any] = {
            "BackupPlanId": self.path.split("/plans/", 1)[1].split("/", 1)[0],
            "SelectionId": str(uuid.uuid4()),
            "CreationDate": time.time(),
        }
        selections(self)[selection["SelectionId"]] = {
            **selection,
            "BackupSelection": json.loads(self.body)["BackupSelection"],
        }
        return json.dumps(selection)

    def get(self: Any) -> str:
        identifier = self.path.rstrip("/").rsplit("/", 1)[1]
        if identifier not in selections(self):
            raise ResourceNotFoundException(f"Cannot find Backup selection {identifier}")
        return json.dumps(selections(self)[identifier])

    def delete(self: Any) -> str:
        selections(self).pop(self.path.rstrip("/").rsplit("/", 1)[1], None)
        return "{}"

    add(BackupResponse, "create_backup_selection", create)
    add(BackupResponse, "get_backup_selection", get)
    add(BackupResponse, "delete_backup_selection", delete)


def read_databases_back() -> None:
    """RDS insights and Extended Support. Reason: moto returns neither these nor their changes: previews show a change.

    Not offered upstream: no internet here.
    """
    properties = {
        "performance_insights_enabled": "enable_performance_insights",
        "performance_insights_retention_period": "performance_insights_retention_period",
        "performance_insights_kms_key_id": "performance_insights_kms_key_id",
        "database_insights_mode": "database_insights_mode",
        "engine_lifecycle_support": "engine_lifecycle_support",
    }

    def keeping(method: Callable[..., None]) -> Callable[..., None]:
        def kept(self: Any, *arguments: Any, **named: Any) -> None:
            method(self, *arguments, **named)
            told = {read: named.get(given) for read, given in properties.items()}
            self.__dict__.update({read: value for read, value in told.items() if value is not None})

        return kept

    wrap(DBInstance, "__init__", keeping)
    wrap(DBInstance, "update", keeping)


def read_services_back() -> None:
    """ECS CreateService. Reason: moto loses these properties, so every preview shows a change.

    Not offered upstream: no internet here.
    """
    names = (
        "availabilityZoneRebalancing",
        "capacityProviderStrategy",
        "deploymentConfiguration",
        "enableECSManagedTags",
        "enableExecuteCommand",
        "healthCheckGracePeriodSeconds",
    )

    def answering(answer: Callable[..., Any]) -> Callable[..., Any]:
        def answered(self: Any) -> Any:
            result = answer(self)
            given = {xform_name(name): self._get_param(name) for name in names}
            service = result.result["service"]
            service.__dict__.update({name: value for name, value in given.items() if value is not None})
            return result

        return answered

    wrap(EC2ContainerServiceResponse, "create_service", answering)


def read_private_link_enforcement_back() -> None:
    """Elastic Load Balancing SetSecurityGroups. Reason: moto loses the option for PrivateLink.

    Not offered upstream: no internet here.
    """
    name = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"

    def answering(answer: Callable[..., Any]) -> Callable[..., Any]:
        def answered(self: Any) -> Any:
            result = answer(self)
            balancer = self.elbv2_backend.load_balancers[self._get_param("LoadBalancerArn")]
            setattr(balancer, xform_name(name), self._get_param(name))
            return result

        return answered

    wrap(ELBV2Response, "set_security_groups", answering)


def take_query_log_groups_by_their_arn() -> None:
    """Route 53 CreateQueryLoggingConfig. Reason: moto finds a log group only if its ARN ends with ``:*``.

    Not offered upstream: no internet here.
    """
    everything = ":*"

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any, hosted_zone_id: str, log_group_arn: str) -> Any:
            configuration = create(self, hosted_zone_id, log_group_arn.removesuffix(everything) + everything)
            configuration.cloud_watch_logs_log_group_arn = log_group_arn
            return configuration

        return created

    wrap(Route53Backend, "create_query_logging_config", creating)


def read_log_policies_with_any_principal() -> None:
    """S3 PutBucketLogging. Reason: moto fails if the log bucket's policy has a statement with the principal ``*``.

    Not offered upstream: no internet here.
    """

    def looking(_look: Callable[..., bool]) -> Callable[..., bool]:
        def looked(target_bucket: Any, target_prefix: str | None) -> bool:
            document: Any = json.loads(target_bucket.policy or b"{}")
            own = {target_bucket.arn, f"{target_bucket.arn}/*", f"{target_bucket.arn}/{target_prefix or ''}*"}
            return any(
                statement["Effect"] == "Allow"
                and statement["Principal"] == {"Service": "logging.s3.amazonaws.com"}
                and "s3:PutObject" in statement["Action"]
                and own & set(_listed(statement["Resource"]))
                for statement in document.get("Statement", ())
            )

        return looked

    wrap(FakeBucket, "_log_permissions_enabled_policy", lambda look: staticmethod(looking(look)))


def find_state_machines_valid() -> None:
    """Step Functions ValidateStateMachineDefinition and ListStateMachineVersions.

    Reason: missing; the provider calls both. Not offered upstream: no internet here.
    """

    def validate(_self: Any) -> str:
        return json.dumps({"result": "OK", "diagnostics": [], "truncated": False})

    def versions(_self: Any) -> str:
        return json.dumps({"stateMachineVersions": []})

    add(StepFunctionResponse, "validate_state_machine_definition", validate)
    add(StepFunctionResponse, "list_state_machine_versions", versions)


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _tags(body: bytes) -> dict[str, str]:
    document: Any = xmltodict.parse(body, force_list=("Tag",))
    configuration: Any = document.get("CreateBucketConfiguration") or {}
    tags: Any = configuration.get("Tags") or {}
    return {tag["Key"]: tag["Value"] or "" for tag in tags.get("Tag", ())}
