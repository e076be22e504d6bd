"""A page of an allowed origin may send every header that the document declares."""

import yaml
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.backend.servers import ROOT


def test_headers_of_the_document_pass_the_preflight(settings: Settings) -> None:
    document = yaml.safe_load((ROOT / "examples" / "halalsphere-openapi.yaml").read_bytes())
    operations = [each for item in document["paths"].values() for each in item.values()]
    named = {
        parameter["name"]
        for operation in operations
        if operation.get("security") != []
        for parameter in operation.get("parameters", [])
        if parameter.get("in") == "header"
    }
    assert named == {"Idempotency-Key"}
    origin = "https://app.example.com"
    client = TestClient(create_app(settings.model_copy(update={"cors_allowed_origins": (origin,)})))
    for header in (*named, "Authorization", "Content-Type", "X-Api-Key"):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": header}
        answer = client.options("/payments", headers=asked)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, origin), header
