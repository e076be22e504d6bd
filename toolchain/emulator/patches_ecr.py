"""Patches of moto's ECR. Its objects are untyped in all but name, hence Any."""

import hashlib
from collections.abc import Callable
from typing import Any

from moto.ecr.models import Image

from toolchain.emulator.patching import wrap


def name_images_by_their_manifest() -> None:
    """ECR PutImage. Reason: moto makes the digest of the layers alone, so that two images have one name."""

    def making(_make: Callable[..., None]) -> Callable[..., None]:
        def made(self: Any) -> None:
            self._image_digest = "sha256:" + hashlib.sha256(self.image_manifest.encode()).hexdigest()

        return made

    wrap(Image, "_create_digest", making)
