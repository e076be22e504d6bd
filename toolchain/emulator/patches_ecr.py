"""Patches of moto's ECR. moto's objects are practically untyped, hence Any."""

import hashlib
from collections.abc import Callable
from typing import Any

from moto.ecr.models import Image

from toolchain.emulator.patching import wrap


def name_images_by_their_manifest() -> None:
    """ECR PutImage. Reason: moto computes the digest from the layers only, so two images can have the same digest.

    Not offered upstream: no internet here.
    """

    def making(_make: Callable[..., None]) -> Callable[..., None]:
        def made(self: Any) -> None:
            self._image_digest = "sha256:" + hashlib.sha256(self.image_manifest.encode()).hexdigest()

        return made

    wrap(Image, "_create_digest", making)
