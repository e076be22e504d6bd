"""Amazon CloudFront: what the site tells browsers."""

from collections.abc import Iterator

from policy.checks import given
from policy.graph import Graph, names_more
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, per_resource, undecided, violation
from policy.rules.cloudfront import DISTRIBUTION, behaviours
from policy.values import State, Value

RESPONSE_HEADERS = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"

_YEAR = 31_536_000


def _hsts(graph: Graph, distribution: ResourceView, _config: Config) -> Iterator[Verdict]:
    default, *ordered = [behaviour.at("responseHeadersPolicyId") for behaviour in behaviours(distribution)]
    sent: dict[str, ResourceView] = {}
    for property_, policies in (("defaultCacheBehavior", [default]), ("orderedCacheBehaviors", ordered)):
        owners = graph.targets(distribution, property_, RESPONSE_HEADERS)
        sent.update({owner.urn: owner for owner in owners})
        for policy in policies:
            if not given(policy):
                yield violation(policy.path, f"{policy}; it must send Strict-Transport-Security")
        named = [policy for policy in policies if given(policy)]
        if names_more(graph, distribution, property_, named, RESPONSE_HEADERS):
            path = f"{property_}.responseHeadersPolicyId"
            yield undecided(path, "not every response headers policy is part of this stack")
    for owner in sent.values():
        yield from guarded(_sends_hsts(owner))


def _sends_hsts(policy: ResourceView) -> Iterator[Verdict]:
    seconds = policy.at("securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec")
    if (seconds.number() or 0) < _YEAR:
        yield violation(seconds.path, f"{seconds}; it must be at least a year ({_YEAR} s)", policy)


def _is_sent(header: Value) -> bool:
    if header.state is State.KNOWN:
        header.members()  # raises for what is no object
    return header.present


def _security_headers(policy: ResourceView, _config: Config) -> Iterator[Verdict]:
    headers = policy.at("securityHeadersConfig")
    wanted = ("contentSecurityPolicy", "contentTypeOptions", "frameOptions", "referrerPolicy")
    sent = headers.members()
    missing = [name for name in wanted if name not in sent or not _is_sent(sent[name])]
    if missing:
        yield violation(headers.path, f"{headers.path} lacks {', '.join(missing)}")


RULES = (
    Rule(
        id="cloudfront-strict-transport-security",
        title="The site tells browsers to come back with HTTPS only",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        checkov=("CKV_AWS_259",),
        types=(DISTRIBUTION, RESPONSE_HEADERS),
        remediation="Give every behaviour a response headers policy with strictTransportSecurity of a year.",
        check_graph=per_resource(_hsts, DISTRIBUTION),
    ),
    Rule(
        id="cloudfront-security-headers",
        title="The site tells browsers what it may load and who may frame it",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        types=(RESPONSE_HEADERS,),
        remediation="Give contentSecurityPolicy, contentTypeOptions, frameOptions and referrerPolicy.",
        check=_security_headers,
    ),
)
