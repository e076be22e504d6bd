"""Turns paths into API Gateway's resource tree: whole segments, and at most one variable child per resource."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from spot_planning.api.openapi.findings import Location, OpenApiError, Report, place
from spot_planning.api.openapi.names import alphanumeric, unused
from spot_planning.api.openapi.values import JsonObject, as_object, list_in, object_in, string_in

_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_DOTS: Final = frozenset((".", ".."))
"""Segments that clients resolve before they send a request (RFC 3986, section 5.2.4)."""
_LITERAL: Final = re.compile(r"[A-Za-z0-9_.,:-]+")
""""Path segments can only contain alphanumeric characters, underscores, hyphens, periods, commas, colons, and curly
braces" ("Amazon API Gateway important notes for REST APIs")."""
_VARIABLE: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST: Final = 10_240
"""Total bytes of a request's line and headers ("Quotas for configuring and running a REST API", Developer Guide)."""
_MOST_SEGMENTS: Final = 100_000
"""Maximum number of segments of all paths, to limit memory. GitHub's document has about 4 000."""
_RESERVED: Final = frozenset({"ping", "sping"})
_VARIABLE_KEY = "{}"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a path."""

    literal: str | None
    """The segment's text; None for a variable."""
    variables: tuple[str, ...] = ()
    """The document's names of the parameters in the segment; several if text and parameters are mixed."""
    greedy: bool = False
    """Whether the variable matches the rest of the path (``{proxy+}``)."""
    mixed: bool = False
    """Whether the document mixes text and parameters in this segment."""

    @property
    def key(self) -> str:
        """The key that distinguishes the segment from its siblings in the resource tree."""
        return _VARIABLE_KEY if self.literal is None else self.literal


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the document and the resource that it becomes."""

    source: str
    """The path in the document."""
    resource_path: str
    """The path of the API Gateway resource, such as ``/companies/{companyId}``."""
    backend_path: str
    """The path of the integration's URI. It may have a slash at the end, which the resource path has not."""
    renamed: Mapping[str, str]
    """Path parameters: name in the document -> name in the resource path."""
    variables: tuple[str, ...]
    """Names of the variables of ``resource_path``, in order."""


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict[str, "_Node"])
    names: set[str] = field(default_factory=set[str])
    greedy: set[bool] = field(default_factory=set[bool])
    name: str = ""


def plan_routes(paths: Iterable[str], base_path: str, report: Report) -> dict[str, Route]:
    """Put all paths into one resource tree.

    API Gateway allows one variable child per resource ("A sibling of this resource already has a variable path part"),
    so the variables of ``/users/{id}`` and ``/users/{userId}/posts`` get the same name. It is the first name in
    alphabetical order, so that the plan does not depend on the document's order.

    Args:
        paths: The document's paths.
        base_path: Prefix of all paths, ``""`` or ``/v1``.
        report: Gets refusals and rewrites.

    Returns:
        Path of the document -> route, without refused paths.

    Raises:
        OpenApiError: There are more than ``_MOST_SEGMENTS`` segments.
    """
    paths = sorted(paths)
    count = sum((base_path + path).count("/") for path in paths)
    if count > _MOST_SEGMENTS:
        raise OpenApiError(f"{count} segments; at most {_MOST_SEGMENTS} are planned", "paths")
    parsed: dict[str, list[Segment]] = {}
    for path in paths:
        segments = _segments(path, base_path, report)
        if segments is not None:
            parsed[path] = segments
    root = _Node()
    for segments in parsed.values():
        _insert(root, segments)
    _name_variables(root)
    return {path: _route(path, segments, root, report) for path, segments in parsed.items()}


def resource_count(resource_paths: Iterable[str]) -> int:
    """Count the resources that API Gateway creates: one for each distinct prefix, including the root.

    Args:
        resource_paths: Paths of resources.

    Returns:
        The number that counts against the quota of resources.
    """
    numbers: dict[tuple[int, str], int] = {}
    for path in resource_paths:
        parent = 0
        for step in path.strip("/").split("/") if path != "/" else ():
            parent = numbers.setdefault((parent, step), len(numbers) + 1)
    return len(numbers) + 1


def base_path_of(document: JsonObject, report: Report, *, prepend: bool) -> str:
    """Return the path of the first server's URL.

    Args:
        document: The document.
        report: Gets a rewrite, because servers are not imported, or a refusal of a path that no request can have.
        prepend: Whether the path is used; if False, the result is empty.

    Returns:
        The path, such as ``/v1``; ``""`` for none.

    Raises:
        OpenApiError: The URL is not valid.
    """
    servers = list_in(document, "servers", ())
    if not servers:
        return ""
    report.rewrite("servers", ("servers",), "API Gateway and its custom domain say where the API is")
    first = as_object(servers[0], ("servers", 0))
    url = string_in(first, "url", ("servers", 0)) or ""
    variables = object_in(first, "variables", ("servers", 0))
    for name in sorted(variables):
        here: Location = ("servers", 0, "variables", name)
        url = url.replace("{" + name + "}", string_in(as_object(variables[name], here), "default", here) or "")
    at = ("servers", 0, "url")
    try:
        path = urlsplit(url).path.rstrip("/")
    except ValueError:
        raise OpenApiError(f"{url} is not a URL", place(at)) from None
    if path and "//" not in url and not url.startswith("/"):
        report.warn(
            "base-path", at, f"{url} is relative to the document's own address, which is not known here; it is dropped"
        )
        return ""
    if not path:
        return ""
    if not prepend:
        report.rewrite("base-path", at, f"the base path {path} is dropped, as base_path=ignore says")
        return ""
    if _DOTS & set(path.split("/")):
        report.refuse("base-path", at, f"the base path {path} has . or .. as a segment, which clients resolve")
        return ""
    report.rewrite("base-path", at, f"the base path {path} is put before every path")
    return path


def _segments(path: str, base_path: str, report: Report) -> list[Segment] | None:
    if len(base_path + path) > _LONGEST:
        message = f"the path has {len(base_path + path)} characters; a request has room for {_LONGEST} with its headers"
        report.refuse("path", ("paths", f"{path[:60]}..."), message)
        return None
    at = ("paths", path)
    if not path.startswith("/"):
        report.refuse("path", at, "a path begins with /")
        return None
    found: list[Segment] = []
    steps = (base_path + path).strip("/").split("/") if (base_path + path).strip("/") else []
    for index, step in enumerate(steps):
        segment = _segment(step, at, report)
        if segment is None:
            return None
        if segment.greedy and index < len(steps) - 1:
            report.refuse("path", at, f"{step} takes the rest of the path, so it must be the last segment")
            return None
        found.append(segment)
    if len(found) == 1 and found[0].literal in _RESERVED:
        report.warn("reserved-path", at, f"API Gateway answers /{found[0].literal} of a custom domain itself")
    return found


def _segment(step: str, at: Location, report: Report) -> Segment | None:
    if not step or step in _DOTS:
        what = f"the segment {step} is in no request, because clients resolve it"
        report.refuse("path", at, what if step else "an empty segment (//) cannot be a resource")
        return None
    names = _BRACES.findall(step)
    text = _BRACES.sub("", step)
    if "{" in text or "}" in text or any(not name.removesuffix("+").strip() for name in names):
        report.refuse("path", at, f"the segment {step} has braces that are no parameter")
        return None
    if not names and not _LITERAL.fullmatch(text):
        report.refuse(
            "path", at, f"the segment {step} has characters other than letters, digits and . _ , : - in its text"
        )
        return None
    if not names:
        return Segment(step)
    if len(names) == 1 and not text:
        greedy = names[0].endswith("+")
        return Segment(None, (names[0].removesuffix("+"),), greedy=greedy)
    report.rewrite("mixed-segment", at, f"the segment {step} becomes one parameter: a parameter takes a whole segment")
    return Segment(None, tuple(names), mixed=True)


def _insert(root: _Node, segments: list[Segment]) -> None:
    node = root
    for segment in segments:
        node = node.children.setdefault(segment.key, _Node())
        if segment.literal is None:
            node.names.add(_wanted_name(segment))
            node.greedy.add(segment.greedy)


def _wanted_name(segment: Segment) -> str:
    if not segment.mixed and _VARIABLE.fullmatch(segment.variables[0]):
        return segment.variables[0]
    return alphanumeric("-".join(segment.variables)) or "parameter"


def _name_variables(root: _Node) -> None:
    stack: list[tuple[_Node, frozenset[str]]] = [(root, frozenset())]
    while stack:
        node, used = stack.pop()
        for key, child in node.children.items():
            if key == _VARIABLE_KEY:
                free = sorted(child.names - used)
                child.name = free[0] if free else unused(min(child.names), used)[0]
                stack.append((child, used | {child.name}))
            else:
                stack.append((child, used))


def _route(path: str, segments: list[Segment], root: _Node, report: Report) -> Route:
    at: Location = ("paths", path)
    node = root
    parts: list[str] = []
    variables: list[str] = []
    renamed: dict[str, str] = {}
    for segment in segments:
        node = node.children[segment.key]
        if segment.literal is not None:
            parts.append(segment.literal)
            continue
        if len(node.greedy) > 1:
            report.refuse(
                "path", at, f"beside {{{node.name}}} there is a {{…+}} at the same place; only one variable is allowed"
            )
        parts.append(f"{{{node.name}{'+' if segment.greedy else ''}}}")
        variables.append(node.name)
        for name in segment.variables:
            if name in renamed:
                report.refuse("path", at, f"the parameter {{{name}}} is used twice")
            renamed[name] = node.name
            if name != node.name and not segment.mixed:
                report.rewrite(
                    "path-parameter-name",
                    at,
                    f"{{{name}}} is named {{{node.name}}}: one name at each place of the tree",
                )
    resource_path = "/" + "/".join(parts)
    slash = "/" if path.endswith("/") and parts else ""
    if slash:
        report.rewrite("trailing-slash", at, "the resource has no slash at its end; the backend gets it")
    backend_path = "/" + "/".join(part.replace("+}", "}") for part in parts) + slash
    return Route(path, resource_path, backend_path, renamed, tuple(variables))
