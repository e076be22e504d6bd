"""Serves the deployed REST APIs of Amazon API Gateway."""

from toolchain.datapath.edge.api_gateway.gateway import ApiGateway

__all__ = ["ApiGateway"]
