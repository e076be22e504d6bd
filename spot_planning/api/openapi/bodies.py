"""Plans request bodies and responses: their models and their binary media types."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.models import Models
from spot_planning.api.openapi.names import capitalised, joined
from spot_planning.api.openapi.options import ImportQuotas
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import JsonObject, as_object, object_in, string_in

_TEXT: Final = re.compile(
    r"text/.*|\*/\*|application/(?:.*\+)?(?:json|xml|yaml)|application/(?:json|x-ndjson|jsonl|javascript|graphql|"
    r"x-www-form-urlencoded|x-yaml|problem\+json)"
)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+*-]+/[a-z0-9!#$&^_.+*-]+")
_JSON: Final = re.compile(r"application/(?:[A-Za-z0-9.-]+\+)?json")
_STATUS_RANGE: Final = re.compile(r"([1-5])[xX]{2}")
_MULTIPART: Final = "multipart/"


@dataclass(frozen=True, slots=True)
class Body:
    """The request body of one operation."""

    request_body: JsonObject | None
    """The request body for the import document; None for none."""
    validated: bool
    """Whether the gateway validates it."""
    present: bool
    """Whether the document has a request body, so that browsers send a ``Content-Type``."""


class BodyPlanner:
    """Plans the bodies of a document's operations and collects its binary media types."""

    def __init__(self, references: References, models: Models, report: Report, quotas: ImportQuotas) -> None:
        self._references = references
        self._models = models
        self._report = report
        self._quotas = quotas
        self.binary_media_types: set[str] = set()
        """Media types that API Gateway must pass on unchanged."""

    def request(self, source: OperationSource) -> Body:
        """Plan the request body of one operation.

        The gateway validates a required JSON body. Only the backend validates an optional body, because the gateway's
        validator would also check an empty body against the model.

        Args:
            source: The operation.

        Returns:
            The body.
        """
        if "requestBody" not in source.operation:
            return Body(None, validated=False, present=False)
        at: Location = (*source.at, "requestBody")
        body, at = self._references.resolve(source.operation["requestBody"], at)
        if source.http_method in {"GET", "HEAD"}:
            self._report.rewrite("request-body", at, f"a {source.http_method} request has no body at the gateway")
            return Body(None, validated=False, present=False)
        required = body.get("required") is True
        content = object_in(body, "content", at)
        counts = Counter(_essence(media_type) for media_type in content)
        out: JsonObject = {}
        for media_type in sorted(content):
            here: Location = (*at, "content", media_type)
            name = _essence(media_type)
            entry = as_object(content[media_type], here)
            self._note_binary(name)
            if name.startswith(_MULTIPART) or name == "application/octet-stream":
                self._check_upload(entry, here)
            model = self._model(name, entry, here, source, is_required=required, is_single=counts[name] == 1)
            out[name] = {} if model is None else {"schema": model}
        validated = any(out.values())
        request_body: JsonObject = {"content": out}
        if required:
            request_body["required"] = True
        return Body(request_body if out else None, validated=validated, present=True)

    def _model(
        self,
        media_type: str,
        entry: JsonObject,
        at: Location,
        source: OperationSource,
        *,
        is_required: bool,
        is_single: bool,
    ) -> JsonObject | None:
        """Return the model of a body in one media type; None, with a finding, if only the backend validates it."""
        if "schema" not in entry:
            return None
        if not _JSON.fullmatch(media_type):
            reason = "only JSON has models; the backend alone validates this body"
        elif not is_required:
            reason = "the body may be missing, so the backend alone validates it"
        elif not is_single:
            reason = f"{media_type} is there several times, with other parameters: the backend alone validates it"
        else:
            return self._models.reference(entry["schema"], (*at, "schema"), _model_name(source))
        self._report.rewrite("request-body", at, reason)
        return None

    def responses(self, source: OperationSource) -> JsonObject:
        """Plan the responses: status codes and descriptions.

        A proxy integration passes responses on unchanged, so the gateway needs no response models. Without them, a
        large document is much more likely to fit the import quota.

        Args:
            source: The operation.

        Returns:
            Status code -> response, at least one.
        """
        given = object_in(source.operation, "responses", source.at)
        out: JsonObject = {}
        for status in sorted(given):
            if status.startswith("x-"):
                continue
            response, at = self._references.resolve(given[status], (*source.at, "responses", status))
            self._note_response(response, at)
            ranged = _STATUS_RANGE.fullmatch(status)
            if status == "default":
                self._report.rewrite("response-status", at, "method responses have one status each; default has none")
                continue
            if ranged:
                self._report.rewrite("response-status", at, f"the range {status} is written as {ranged.group(1)}00")
            out.setdefault(f"{ranged.group(1)}00" if ranged else status, _described(response, at))
        return out or {"200": {"description": ""}}

    def _note_response(self, response: JsonObject, at: Location) -> None:
        if "links" in response:
            self._report.rewrite("links", (*at, "links"), "links are left out")
        for media_type in sorted(object_in(response, "content", at)):
            name = _essence(media_type)
            if self._note_binary(name):
                self._report.warn(
                    "binary-response",
                    (*at, "content", media_type),
                    f"clients get bytes only when {name} comes first in their Accept header, and Base64 text otherwise",
                )

    def _note_binary(self, media_type: str) -> bool:
        if _TEXT.fullmatch(media_type) or not _MEDIA_TYPE.fullmatch(media_type):
            return False
        self.binary_media_types.add(media_type)
        return True

    def _check_upload(self, media_type: JsonObject, at: Location) -> None:
        limit = self._quotas.payload_bytes
        if "schema" not in media_type or isinstance(media_type["schema"], bool):
            return
        schema, here = self._references.resolve(media_type["schema"], (*at, "schema"))
        parts = [(schema, here)]
        properties = object_in(schema, "properties", here)
        parts += [
            (part, (*here, "properties", name))
            for name in sorted(properties)
            if isinstance(part := properties[name], dict)
        ]
        for part, place_of_part in parts:
            length = part.get("maxLength")
            if isinstance(length, int) and length > limit:
                self._report.warn(
                    "payload-size",
                    (*place_of_part, "maxLength"),
                    f"{length} bytes are more than the {limit} that pass the gateway; upload by pre-signed URL",
                )


def _essence(media_type: str) -> str:
    """Return the media type without its parameters."""
    return media_type.split(";", maxsplit=1)[0].strip().lower()


def _described(response: JsonObject, at: Location) -> JsonObject:
    return {"description": string_in(response, "description", at) or ""}


def _model_name(source: OperationSource) -> str:
    operation_id = source.operation.get("operationId")
    name = capitalised(operation_id) if isinstance(operation_id, str) else ""
    return f"{name or capitalised(source.key) + joined([source.route.resource_path])}Request"
