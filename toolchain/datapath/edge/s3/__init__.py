"""Amazon S3's public side: what browsers and tasks reach."""

from toolchain.datapath.edge.s3.public_storage import BODY_LIMIT_BYTES, PublicStorage

__all__ = ["BODY_LIMIT_BYTES", "PublicStorage"]
