"""OpenAPI documents as Amazon API Gateway takes them; the public face is ``spot_planning.api.openapi_import``."""
