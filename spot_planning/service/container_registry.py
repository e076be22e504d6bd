"""Which images a repository keeps."""

from typing import Any

UNTAGGED_DAYS = 7
"""Days that an image without a tag is kept: layers of a push that failed, and what a multi-platform index left."""


def lifecycle_policy(*, keep_images: int) -> dict[str, Any]:
    """The lifecycle policy of a repository.

    Args:
        keep_images: Tagged images that are kept, the newest first.

    Source: Amazon ECR User Guide, "Lifecycle policy parameters": the image without a tag has to be named first, and
    ``any``-like patterns last.
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
