"""Patches of moto's other services, a function each."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import xmltodict
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.backup.responses import BackupResponse
from moto.s3.responses import S3Response

from toolchain.emulator.patching import add, wrap


def list_tags_of_scalable_targets() -> None:
    """Application Auto Scaling ListTagsForResource. Reason: missing, and tags given at registration are lost."""

    def tags(self: ApplicationAutoScalingResponse) -> dict[str, dict[str, str]]:
        return self.applicationautoscaling_backend.__dict__.setdefault("tags_by_arn", {})

    def registering(register: Callable[..., str]) -> Callable[..., str]:
        def registered(self: ApplicationAutoScalingResponse) -> str:
            answer = register(self)
            given = self._get_param("Tags")
            if given:
                tags(self)[json.loads(answer)["ScalableTargetARN"]] = dict(given)
            return answer

        return registered

    def list_tags(self: ApplicationAutoScalingResponse) -> str:
        return json.dumps({"Tags": tags(self).get(self._get_param("ResourceARN"), {})})

    def tag(self: ApplicationAutoScalingResponse) -> str:
        tags(self).setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags", {}))
        return "{}"

    def untag(self: ApplicationAutoScalingResponse) -> str:
        for key in self._get_param("TagKeys", []):
            tags(self).get(self._get_param("ResourceARN"), {}).pop(key, None)
        return "{}"

    wrap(ApplicationAutoScalingResponse, "register_scalable_target", registering)
    add(ApplicationAutoScalingResponse, "list_tags_for_resource", list_tags)
    add(ApplicationAutoScalingResponse, "tag_resource", tag)
    add(ApplicationAutoScalingResponse, "untag_resource", untag)


def find_backup_tags() -> None:
    """Backup ListTags. Reason: moto reads the ARN only from a path that ends in a slash; the Go SDK's does not."""

    def listing(_list: Callable[..., str]) -> Callable[..., str]:
        def listed(self: BackupResponse) -> str:
            arn = unquote(self.path.split("/tags/", 1)[1].rstrip("/"))
            return json.dumps({"Tags": self.backup_backend.list_tags(resource_arn=arn)})

        return listed

    wrap(BackupResponse, "list_tags", listing)


def keep_tags_of_new_buckets() -> None:
    """S3 CreateBucket with tags. Reason: moto keeps those of PutBucketTagging only, so default tags drift."""

    def putting(put: Callable[..., Any]) -> Callable[..., Any]:
        def done(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
            answer = put(self, request, bucket_name, querystring)
            if not querystring and self.body:
                configuration = xmltodict.parse(self.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
                tags = (configuration.get("Tags") or {}).get("Tag") or []
                if tags:
                    self.backend.put_bucket_tagging(bucket_name, {tag["Key"]: tag["Value"] or "" for tag in tags})
            return answer

        return done

    wrap(S3Response, "_bucket_response_put", putting)
