"""Plans which credentials the gateway requires for each operation.

The option ``api_key_required`` decides about the gateway's API keys. Either every operation requires a key, or there
are no keys, and a scheme for the header ``x-api-key`` is left to the backend, as every scheme that the gateway cannot
verify.

API Gateway "doesn't use root level security defined in the OpenAPI specification". It supports only security schemes
for API keys (the header ``x-api-key``) and for its own authorizers ("Amazon API Gateway important notes for REST
APIs"). A method has at most one authorizer. If API key and authorizer are both set, both are required, so OpenAPI's
alternatives are possible only if they agree.
"""

from dataclasses import dataclass
from typing import Final

from spot_planning.api.openapi.findings import Location, Report
from spot_planning.api.openapi.names import unused
from spot_planning.api.openapi.references import References
from spot_planning.api.openapi.sources import OperationSource
from spot_planning.api.openapi.values import Json, JsonObject, as_list, as_object, list_in, object_in
from spot_planning.api.path_on_site import KEY_HEADER

API_KEY_SCHEME: Final = "api_key"
"""Name of the API key scheme in the import document, if the document has neither a scheme for the header ``x-api-key``
nor another scheme with this name."""
_AUTH_TYPE: Final = "x-amazon-apigateway-authtype"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
AUTH: Final = "x-amazon-apigateway-auth"
"""Extension of an operation for the authentication of its callers: ``{type: AWS_IAM}`` ("x-amazon-apigateway-auth
object", Developer Guide)."""
_OPEN: Final = (
    "security is empty, so anybody may call this operation: the policy pack wants its path, without the base path, "
    "under policy.open_paths in the stack file"
)


@dataclass(frozen=True, slots=True)
class Security:
    """The credentials that the gateway requires for an operation."""

    requirements: tuple[JsonObject, ...]
    """Value of the operation's ``security``: at most one requirement, whose schemes are all required."""
    api_key_required: bool
    authorizer: str | None
    """Name of the authorizer's scheme; None for no authorizer."""
    headers: tuple[str, ...]
    """Headers with credentials, including those that only the backend verifies; for CORS."""
    is_open: bool
    """Whether the document allows everybody to call the operation (``security: []``)."""


class SecurityPlanner:
    """Plans the security of a document's operations."""

    def __init__(
        self,
        document: JsonObject,
        references: References,
        report: Report,
        *,
        api_key_required: bool,
        behind_distribution: bool = False,
    ) -> None:
        self._report = report
        self._api_key_required = api_key_required
        self._behind_distribution = behind_distribution
        self._root = document.get("security")
        components = object_in(document, "components", ())
        declared = object_in(components, "securitySchemes", ("components",))
        self._schemes: dict[str, JsonObject] = {}
        self._used: set[str] = set()
        for name in sorted(declared):
            at: Location = ("components", "securitySchemes", name)
            self._schemes[name], own_at = references.resolve(declared[name], at)
            if _AUTHORIZER in self._schemes[name]:
                here: Location = (*own_at, _AUTHORIZER)
                authorizer = as_object(references.inlined(self._schemes[name][_AUTHORIZER], here), here)
                self._schemes[name] = {**self._schemes[name], _AUTHORIZER: authorizer}
            if self._is_authorizer(name):
                continue
            if not self._has_key_header(name):
                self._report.rewrite("security-scheme", at, "API Gateway cannot verify it; the backend does")
            elif not api_key_required:
                self._report.warn("api-key", at, "no API keys are made, so the backend alone verifies this one")
        self._key_name = next(filter(self._is_api_key, self._schemes), unused(API_KEY_SCHEME, self._schemes)[0])

    def plan(self, source: OperationSource) -> Security:
        """Plan one operation.

        Args:
            source: The operation.

        Returns:
            The required credentials. OPTIONS requires none, since browsers send preflights without credentials, unless
            only CloudFront calls the API, which has the key for every request.
        """
        if source.key == "options" and not self._behind_distribution:
            if source.operation.get("security"):
                self._report.warn(
                    "open-operation", source.at, "browsers send preflights without credentials, so anybody may call it"
                )
            return Security((), api_key_required=False, authorizer=None, headers=(), is_open=False)
        own = "security" in source.operation
        at: Location = (*source.at, "security") if own else ("security",)
        given = source.operation["security"] if own else self._root
        alternatives = [as_object(item, (*at, index)) for index, item in enumerate(as_list(given or [], at))]
        self._check_names(alternatives, at)
        authorizer = self._authorizer(alternatives, at)
        is_open = own and not alternatives and not self._behind_distribution
        api_key = self._needs_api_key(alternatives, is_open=is_open, at=source.at)
        requirement: JsonObject = {}
        if api_key:
            requirement[self._key_name] = list[Json]()
        if authorizer:
            requirement[authorizer] = self._scopes(alternatives, authorizer, at)
        self._used.update(requirement)
        if is_open:
            self._report.warn("open-operation", source.at, _OPEN)
        return Security(
            (requirement,) if requirement else (),
            api_key,
            authorizer,
            self._headers(alternatives),
            is_open=is_open,
        )

    def schemes(self) -> JsonObject:
        """Return the security schemes that the planned operations use, for the import document."""
        schemes: JsonObject = {}
        for name in sorted(self._used):
            if name == self._key_name:
                schemes[name] = {"type": "apiKey", "name": KEY_HEADER, "in": "header"}
                continue
            scheme = self._schemes[name]
            schemes[name] = {
                # The type must be apiKey for every kind of authorizer ("Amazon API Gateway important notes").
                "type": "apiKey",
                "name": scheme["name"] if isinstance(scheme.get("name"), str) else "Authorization",
                "in": "header",
                **{key: scheme[key] for key in (_AUTH_TYPE, _AUTHORIZER) if key in scheme},
            }
        return schemes

    def authorizer_count(self) -> int:
        """Count the authorizers that the planned operations use."""
        return len([name for name in self._used if self._is_authorizer(name) and _AUTHORIZER in self._schemes[name]])

    def _is_api_key(self, name: str) -> bool:
        return self._api_key_required and self._has_key_header(name)

    def _has_key_header(self, name: str) -> bool:
        scheme = self._schemes.get(name, {})
        header = scheme.get("name")
        return (
            scheme.get("type") == "apiKey"
            and scheme.get("in") == "header"
            and isinstance(header, str)
            and header.lower() == KEY_HEADER
            and not self._is_authorizer(name)
        )

    def _is_authorizer(self, name: str) -> bool:
        scheme = self._schemes.get(name, {})
        return _AUTHORIZER in scheme or scheme.get(_AUTH_TYPE) == "awsSigv4"

    def _check_names(self, alternatives: list[JsonObject], at: Location) -> None:
        for index, alternative in enumerate(alternatives):
            for name in alternative:
                if name not in self._schemes:
                    self._report.refuse("security", (*at, index), f"{name} is not among components.securitySchemes")

    def _authorizer(self, alternatives: list[JsonObject], at: Location) -> str | None:
        wanted = [sorted(name for name in alternative if self._is_authorizer(name)) for alternative in alternatives]
        names = sorted({name for each in wanted for name in each})
        if not names:
            return None
        if len(names) > 1 or any(len(each) != 1 for each in wanted):
            self._report.refuse(
                "security",
                at,
                f"a method has one authorizer or none, and no alternative to it; here: {', '.join(names)}",
            )
            return None
        return names[0]

    def _needs_api_key(self, alternatives: list[JsonObject], *, is_open: bool, at: Location) -> bool:
        if not self._api_key_required or is_open:
            return False
        asked = [any(self._is_api_key(name) for name in alternative) for alternative in alternatives]
        if any(asked) and not all(asked):
            self._report.warn("api-key", at, "the API key is one of several alternatives; here it is always needed")
        return True

    def _scopes(self, alternatives: list[JsonObject], authorizer: str, at: Location) -> list[Json]:
        scopes: set[str] = set()
        for index, alternative in enumerate(alternatives):
            scopes.update(str(scope) for scope in list_in(alternative, authorizer, (*at, index)))
        return list[Json](sorted(scopes))

    def _headers(self, alternatives: list[JsonObject]) -> tuple[str, ...]:
        # Also if an operation needs no key: a page with a key sends it with each request.
        headers: set[str] = {"X-Api-Key"} if self._api_key_required else set()
        for name in {name for alternative in alternatives for name in alternative}:
            scheme = self._schemes.get(name, {})
            if scheme.get(_AUTH_TYPE) == "awsSigv4":
                headers |= {"Authorization", "X-Amz-Content-Sha256", "X-Amz-Date", "X-Amz-Security-Token"}
            elif scheme.get("type") == "apiKey":
                header = scheme.get("name")
                if scheme.get("in") == "header" and isinstance(header, str) and not self._is_api_key(name):
                    headers.add(header)
            else:
                headers.add("Authorization")
        return tuple(sorted(headers))
