"""Serves Amazon S3 to browsers and tasks."""

from toolchain.datapath.edge.s3.public_storage import BODY_LIMIT_BYTES, PublicStorage

__all__ = ["BODY_LIMIT_BYTES", "PublicStorage"]
