"""Amazon CloudFront: security and CORS headers that the site sends to browsers."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given
from policy.documents import names_every_site
from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Setting, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.cloudfront import DISTRIBUTION, behaviours
from policy.values import State, Value

FUNCTION: Final = "aws:cloudfront/function:Function"
RESPONSE_HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"

_YEAR = 31_536_000
SITE: Final = "spot-platform:index:SpaFrontend"
OF_PAGES: Final = ("contentSecurityPolicy", "contentTypeOptions", "frameOptions", "referrerPolicy")
LOADING: Final = ("default-src", "script-src", "script-src-elem", "style-src", "connect-src", "object-src", "frame-src")
RUNNING: Final = ("default-src", "script-src", "script-src-elem")
EVERYTHING: Final = frozenset({"*", "http:", "https:", "http://*", "https://*", "ws:", "wss:"})
UNSAFE: Final = frozenset({"'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"})
"""Sources that let a page run code that an attacker wrote into it ("Content Security Policy Level 3": script-src)."""


def _hsts(graph: Graph, distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    default, *ordered = [behaviour.at("responseHeadersPolicyId") for behaviour in behaviours(distribution)]
    sent: dict[str, ResourceView] = {}
    for property_, policies in (("defaultCacheBehavior", [default]), ("orderedCacheBehaviors", ordered)):
        owners = graph.targets(distribution, property_, RESPONSE_HEADERS)
        sent.update({owner.urn: owner for owner in owners})
        for policy in policies:
            if not given(policy) and distribution.component == SITE:
                yield violation(policy.path, f"{policy}; it must send Strict-Transport-Security")
        named = [policy for policy in policies if given(policy)]
        if names_more(graph, distribution, property_, named, RESPONSE_HEADERS, shared_beside=FUNCTION):
            path = f"{property_}.responseHeadersPolicyId"
            yield undecided(path, "not every response headers policy is part of this stack")
    for owner in sent.values():
        yield from guarded(_sends_hsts(owner))


def _sends_hsts(policy: ResourceView) -> Iterator[Verdict]:
    header = policy.at("securityHeadersConfig.strictTransportSecurity")
    seconds = header.at("accessControlMaxAgeSec")
    if (seconds.number() or 0) < _YEAR:
        yield violation(seconds.path, f"{seconds}; it must be at least a year ({_YEAR} s)", policy)
    override = header.at("override")
    if not override.flag():
        yield violation(override.path, f"{override}; it must be true", policy)


def _security_headers(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    if not _is_for_pages(policy):
        return
    headers = policy.at("securityHeadersConfig")
    sent = headers.members()
    missing = [name for name in OF_PAGES if name not in sent or not _is_sent(sent[name])]
    if missing:
        yield violation(headers.path, f"{headers.path} lacks {', '.join(missing)}")
    for name in OF_PAGES:
        if name in sent and sent[name].state is State.KNOWN:
            yield from guarded(_overrides(sent[name]))


def _is_for_pages(policy: ResourceView) -> bool:
    """Check whether a policy is for pages.

    Policies of this platform's sites are. Another policy is not if it sets security headers, but no
    contentSecurityPolicy.
    """
    if policy.component == SITE:
        return True
    headers = policy.at("securityHeadersConfig")
    return headers.state is State.UNKNOWN or not headers.present or "contentSecurityPolicy" in headers.members()


def _is_sent(header: Value) -> bool:
    if header.state is State.KNOWN:
        header.members()  # raises if it is not an object
    return header.present


def _overrides(header: Value) -> Iterator[Verdict]:
    override = header.at("override")
    if not override.flag():
        yield violation(override.path, f"{override}; it must be true, or the origin decides")


def _narrow_content(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    content = policy.at("securityHeadersConfig.contentSecurityPolicy.contentSecurityPolicy")
    if not content.present:
        return
    directives = {
        words[0].lower(): words[1:] for part in (content.text() or "").split(";") if (words := part.lower().split())
    }
    for name in (*LOADING, "frame-ancestors", "base-uri", "form-action"):
        open_ = [source for source in directives.get(name, ()) if source in EVERYTHING]
        unsafe = [source for source in directives.get(name, ()) if source in UNSAFE and name in RUNNING]
        if open_ or unsafe:
            yield violation(content.path, f"{content.path}: {name} allows {' '.join([*open_, *unsafe])}")
    if "default-src" not in directives and "script-src" not in directives:
        yield violation(content.path, f"{content.path} has neither default-src nor script-src")


def _cors(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    config = policy.at("corsConfig")
    origins = config.at("accessControlAllowOrigins.items")
    if names_every_site(origins):
        yield violation(origins.path, f"{origins}; it must name the sites")


RULES = (
    Rule(
        id="cloudfront-strict-transport-security",
        title="The site tells browsers to use only HTTPS (Strict-Transport-Security)",
        problem="The site does not tell browsers to use only HTTPS (Strict-Transport-Security)",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        types=(DISTRIBUTION, RESPONSE_HEADERS),
        remediation="Give every behaviour strictTransportSecurity of a year, with override.",
        check_graph=per_resource(_hsts, DISTRIBUTION),
        note="includeSubdomains is not required: on the zone's own name it would apply to every name of the zone.",
    ),
    Rule(
        id="cloudfront-security-headers",
        title="The site tells browsers what its pages may load and which sites may frame them",
        problem="The site does not tell browsers what its pages may load or which sites may frame them",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(RESPONSE_HEADERS,),
        remediation="Give contentSecurityPolicy, contentTypeOptions, frameOptions and referrerPolicy.",
        check=_security_headers,
    ),
    Rule(
        id="cloudfront-content-security-policy",
        title="Pages load and run only what the policy names",
        problem="Pages may load or run content from anybody",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(RESPONSE_HEADERS,),
        remediation="Name the sites in contentSecurityPolicy; allow no * and no 'unsafe-inline' for scripts.",
        settings=(Setting("frontend.content_security_policy", "a policy that names the sites", "SpaFrontend"),),
        check=_narrow_content,
    ),
    Rule(
        id="cloudfront-cors",
        title="Only named sites can read responses through a browser",
        problem="Every site in the world can read responses through a browser",
        severity=Severity.LOW,
        concern=Concern.EXPOSURE,
        checkov=("CKV2_AWS_75",),
        types=(RESPONSE_HEADERS,),
        remediation="Name the sites in corsConfig.accessControlAllowOrigins.",
        check=_cors,
    ),
)
