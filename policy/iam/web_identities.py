"""Whom a trust policy lets in by tokens of OpenID Connect: everybody of a provider, a whole organization, or a project.

A provider signs tokens for all its customers, and the audience is the same for all. So a statement is about somebody
only when it asks for a claim that says whose the token is. Sources: "Available keys for AWS OIDC federation" of the IAM
User Guide, and each provider's page on its claims.
"""

import re
from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

from policy.documents import Statement
from policy.iam.arns import has_wildcard
from policy.iam.conditions import demanded

_OIDC: Final = ":oidc-provider/"


class Reach(IntEnum):
    """How many a claim lets in, from most to fewest."""

    EVERYBODY = 0
    ORGANIZATION = 1
    PROJECT = 2


class _Claim(NamedTuple):
    """What a claim's value says.

    Attributes:
        form: With a group ``owner`` and perhaps ``project``; what is no group may be anything.
        reach: The least reach of a value with no wildcard.
    """

    form: re.Pattern[str]
    reach: Reach = Reach.PROJECT


def _form(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


_WHOLE: Final = _form("(?P<owner>.*)")
_PATH: Final = _form("(?P<owner>[^/]*)(?:/(?P<project>.*))?")
_SUBJECTS: Final = tuple(
    map(
        _form,
        (
            # GitHub, and what its subject can be made to begin with.
            r"repo:(?P<owner>[^/:]*)(?:/(?P<project>[^:]*).*)?",
            r"(?:repository_owner|enterprise)(?:_id)?:(?P<owner>[^:]*)(?::repository(?:_id)?:(?P<project>[^:]*).*|.*)",
            r"repository_id:(?P<owner>[^:]*).*",
            r"repository:(?P<owner>[^/:]*)(?:/(?P<project>[^:]*).*)?",
            # GitLab.
            r"project_path:(?P<owner>[^/:]*)(?:/(?P<project>[^:]*).*)?",
            # Terraform Cloud, and Buildkite.
            r"organization:(?P<owner>[^:]*):project:(?P<project>[^:*?]+)(?::.*)?",
            r"organization:(?P<owner>[^:]*)(?::project:[^:]*)?(?::(?:workspace|pipeline):(?P<project>[^:]*).*|.*)",
            # Kubernetes.
            r"system:serviceaccount:(?P<owner>[^:]*)(?::(?P<project>.*))?",
            r"system:(?P<owner>)(?!serviceaccount:).*",
            # CircleCI, Vercel, Azure DevOps.
            r"org/(?P<owner>[^/]*)(?:/project/(?P<project>[^/]*).*|.*)",
            r"owner:(?P<owner>[^:]*)(?::project:(?P<project>[^:]*).*|.*)",
            r"sc://(?P<owner>[^/]*)(?:/(?P<project>[^/]*).*)?",
            # Bitbucket: the repository.
            r"(?P<owner>\{[^{}]*\}).*",
        ),
    )
)
"""Forms of the subject."""
_ANY_SUBJECT: Final = _form("(?P<owner>[^/:]*).*")
"""A subject of another form, of a provider with customers that are not known, begins with the name of one of them."""

_GITHUB: Final[Mapping[str, _Claim]] = {
    "repository": _Claim(_PATH),
    "repository_id": _Claim(_WHOLE),
    "repository_owner": _Claim(_WHOLE, Reach.ORGANIZATION),
    "repository_owner_id": _Claim(_WHOLE, Reach.ORGANIZATION),
    "enterprise": _Claim(_WHOLE, Reach.ORGANIZATION),
    "enterprise_id": _Claim(_WHOLE, Reach.ORGANIZATION),
    # It is the file that is called, and workflows of other repositories may call it.
    "job_workflow_ref": _Claim(_form("(?P<owner>[^/]*)/.*"), Reach.ORGANIZATION),
}
_GITLAB: Final[Mapping[str, _Claim]] = {
    "project_path": _Claim(_PATH),
    "project_id": _Claim(_WHOLE),
    "namespace_path": _Claim(_WHOLE, Reach.ORGANIZATION),
    "namespace_id": _Claim(_WHOLE, Reach.ORGANIZATION),
}
_TERRAFORM: Final[Mapping[str, _Claim]] = {
    "terraform_organization_id": _Claim(_WHOLE, Reach.ORGANIZATION),
    "terraform_organization_name": _Claim(_WHOLE, Reach.ORGANIZATION),
    "terraform_project_id": _Claim(_WHOLE),
    "terraform_workspace_id": _Claim(_WHOLE),
}
_CIRCLE: Final[Mapping[str, _Claim]] = {"oidc.circleci.com/project-id": _Claim(_WHOLE), "project-id": _Claim(_WHOLE)}
_APPLICATIONS: Final[Mapping[str, _Claim]] = {
    name: _Claim(_WHOLE) for name in ("aud", "oaud", "app_id", "sub", "user_id", "email", "google/organization_number")
}
"""Claims of the providers that IAM knows by itself; the audience is the application's own."""

PROVIDERS: Final[Mapping[str, Mapping[str, _Claim]]] = {
    "token.actions.githubusercontent.com": _GITHUB,
    "gitlab.com": _GITLAB,
    "app.terraform.io": _TERRAFORM,
    "agent.buildkite.com": {},
    "oidc.circleci.com": _CIRCLE,
    "accounts.google.com": _APPLICATIONS,
    "cognito-identity.amazonaws.com": _APPLICATIONS,
    "graph.facebook.com": _APPLICATIONS,
    "www.amazon.com": _APPLICATIONS,
}
"""Provider -> its claims beside the subject that say whose a token is. Those of all others, such as the audience, the
branch, the environment, the workflow's name and who started it, fit anybody's token."""
_OF_ALL: Final = frozenset({"amr", "aud", "iss"})
"""Claims of any provider that are the same for all."""
_OF_IAM: Final = frozenset(name for name, claims in PROVIDERS.items() if claims is _APPLICATIONS)


def reaches(statement: Statement) -> dict[str, Reach]:
    """Tell whom a statement lets in by tokens.

    Args:
        statement: Of a trust policy.

    Returns:
        For each OpenID Connect provider that it allows something, how many may come.
    """
    if not statement.allows:
        return {}
    federated = [identity for kind, identity in statement.principals if kind == "Federated"]
    issuers = [name if name in _OF_IAM else name.partition(_OIDC)[2] for name in federated]
    return {issuer: _reach(statement, issuer) for issuer in issuers if issuer}


def _reach(statement: Statement, issuer: str) -> Reach:
    prefix = f"{issuer.lower()}:"
    host = issuer.lower().partition("/")[0]
    asked = (
        (key.removeprefix(prefix), values) for key, values in demanded(statement.conditions) if key.startswith(prefix)
    )
    found = (min((_of(host, claim, value) for value in values), default=Reach.EVERYBODY) for claim, values in asked)
    return max(found, default=Reach.EVERYBODY)


def _of(host: str, claim: str, value: str) -> Reach:
    if "${" in value:
        return Reach.EVERYBODY
    known = PROVIDERS.get(host, {}).get(claim)
    if known is not None:
        return _named(known.form, value, known.reach)
    has_others = host in PROVIDERS
    if claim in _OF_ALL or (has_others and claim != "sub"):
        return Reach.EVERYBODY
    form = next((form for form in _SUBJECTS if form.fullmatch(value)), None)
    if form is None and has_others:
        return Reach.EVERYBODY
    return _named(form or _ANY_SUBJECT, value, Reach.PROJECT)


def _named(form: re.Pattern[str], value: str, reach: Reach) -> Reach:
    found = form.fullmatch(value)
    if found is None or not found["owner"] or has_wildcard(found["owner"]):
        return Reach.EVERYBODY
    if "project" not in form.groupindex:
        return reach
    project = found["project"]
    return Reach.ORGANIZATION if not project or has_wildcard(project) else reach
