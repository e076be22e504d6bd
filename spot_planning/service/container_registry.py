"""The lifecycle policy of a repository for images."""

from typing import Any

UNTAGGED_DAYS = 7
"""Days that an image without a tag is kept, such as remains of a failed push or of a multi-platform index."""


def lifecycle_policy(*, keep_images: int) -> dict[str, Any]:
    """Return the lifecycle policy of a repository.

    Args:
        keep_images: Tagged images that are kept, the newest first.

    Source: Amazon ECR User Guide, "Lifecycle policy parameters": the rule for images without a tag must come first,
    and rules with patterns for any tag last.
    """
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": f"Images without a tag go after {UNTAGGED_DAYS} days",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": {"type": "expire"},
            },
            {
                "rulePriority": 2,
                "description": f"The newest {keep_images} images with a tag stay",
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["*"],
                    "countType": "imageCountMoreThan",
                    "countNumber": keep_images,
                },
                "action": {"type": "expire"},
            },
        ]
    }
