"""The registered resources of the container registry."""

import json
import re
from typing import Any

import pytest

from spot_platform.service.container_registry import (
    ContainerRegistry,
    ContainerRegistryArgs,
    ContainerRegistryTransforms,
)
from tests.recording import Recording, record

KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
URL = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api"


def made(transforms: ContainerRegistryTransforms | None = None, **changes: Any) -> Recording:
    def program() -> dict[str, Any]:
        registry = ContainerRegistry("api", ContainerRegistryArgs(kms_key_arn=KEY, **changes), transforms=transforms)
        return {
            "url": registry.repository_url,
            "arn": registry.repository_arn,
            "name": registry.repository_name,
        }

    return record(program, outputs={"aws:ecr/repository:Repository": {"repositoryUrl": URL}})


def test_tags_never_move_and_every_push_is_scanned() -> None:
    recording = made()
    assert recording.unknown_inputs() == []
    assert recording.result == {"url": URL, "arn": "arn:aws:mock:us-east-1:123456789012:Repository/api", "name": "api"}
    inputs = recording.one("Repository").inputs
    assert inputs["imageTagMutability"] == "IMMUTABLE"
    assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": KEY}]
    assert inputs["forceDelete"] is False


@pytest.mark.parametrize("keep_images", [1, 20, 1000])
def test_the_newest_images_stay(keep_images: int) -> None:
    recording = made(keep_images=keep_images, force_delete=True)
    lifecycle = recording.one("LifecyclePolicy").inputs
    assert lifecycle["repository"] == "api"
    untagged, tagged = json.loads(lifecycle["policy"])["rules"]
    assert (untagged["rulePriority"], untagged["selection"]["tagStatus"]) == (1, "untagged")
    assert untagged["selection"]["countNumber"] == 7
    assert tagged["selection"] == {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": keep_images,
    }
    assert recording.one("Repository").inputs["forceDelete"] is True


@pytest.mark.parametrize("keep_images", [0, 1001])
def test_a_wrong_number_of_images_is_refused_before_there_is_any_resource(keep_images: int) -> None:
    expected = re.escape(f"ContainerRegistry 'api': keep_images={keep_images} is not allowed; allowed: 1 to 1000")

    def program() -> None:
        with pytest.raises(ValueError, match=f"^{expected}$"):
            ContainerRegistry("api", ContainerRegistryArgs(keep_images=keep_images))

    assert record(program).resources == []


def test_transforms_reach_every_child() -> None:
    transforms = ContainerRegistryTransforms(repository={"force_delete": True}, lifecycle_policy={"policy": "{}"})
    recording = made(transforms)
    assert recording.one("Repository").inputs["forceDelete"] is True
    assert recording.one("LifecyclePolicy").inputs["policy"] == "{}"
