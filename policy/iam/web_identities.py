"""Decides how many callers a trust policy allows by OpenID Connect tokens: everybody, an organization, or a project.

A provider signs tokens for all its customers, and the audience is the same for all. So a statement allows somebody in
particular only if it requires a claim that says to whom the token belongs. Sources: "Available keys for AWS OIDC
federation" of the IAM User Guide, and each provider's page on its claims.
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
    """How many callers a claim allows, from most to fewest."""

    EVERYBODY = 0
    ORGANIZATION = 1
    PROJECT = 2


class _Claim(NamedTuple):
    """A claim that says to whom a token belongs.

    Attributes:
        form: The form of the claim's value, with a group ``owner`` and perhaps a group ``project``. What is in no group
            may be anything.
        reach: How many callers a value without wildcards allows.
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
            # GitHub, with the beginnings to which its subject can be customized.
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
"""Forms of the claim ``sub``."""
_ANY_SUBJECT: Final = _form("(?P<owner>[^/:]*).*")
"""For a provider that is not in `PROVIDERS`: the form of a ``sub`` that begins with the name of a customer."""

_GITHUB: Final[Mapping[str, _Claim]] = {
    "repository": _Claim(_PATH),
    "repository_id": _Claim(_WHOLE),
    "repository_owner": _Claim(_WHOLE, Reach.ORGANIZATION),
    "repository_owner_id": _Claim(_WHOLE, Reach.ORGANIZATION),
    "enterprise": _Claim(_WHOLE, Reach.ORGANIZATION),
    "enterprise_id": _Claim(_WHOLE, Reach.ORGANIZATION),
    # The claim names the workflow file that is called, and workflows of other repositories may call the file.
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
"""Claims of the providers that IAM supports without an OIDC provider resource. Their audience is one application."""

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
"""Provider -> the claims, besides ``sub``, that say to whom a token belongs. Other claims, such as the audience, the
branch, the environment, the workflow's name and who started it, may have the same value in anybody's token."""
_OF_ALL: Final = frozenset({"amr", "aud", "iss"})
"""Claims that are the same in all tokens of a provider."""
_OF_IAM: Final = frozenset(name for name, claims in PROVIDERS.items() if claims is _APPLICATIONS)


def reaches(statement: Statement) -> dict[str, Reach]:
    """Decide how many callers a statement allows by OpenID Connect tokens.

    Args:
        statement: A statement of a trust policy.

    Returns:
        OpenID Connect provider of the statement -> how many of its callers the statement allows. Empty for a statement
        that denies.
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
