"""OpenAPI documents as Amazon API Gateway takes them; the public face is ``components.planning.openapi_import``."""
