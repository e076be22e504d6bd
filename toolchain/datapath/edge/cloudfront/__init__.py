"""Serves the distributions of Amazon CloudFront."""

from toolchain.datapath.edge.cloudfront.part import CloudFront

__all__ = ["CloudFront"]
