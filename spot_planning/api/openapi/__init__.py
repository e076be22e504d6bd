"""Plans API Gateway's import of an OpenAPI document. The public interface is ``spot_planning.api.openapi_import``."""
