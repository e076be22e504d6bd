"""The identities that a trust policy allows by OpenID Connect tokens."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.documents import statements
from policy.iam.web_identities import PROVIDERS, Reach, reaches
from policy.resources import ResourceView

ACCOUNT = "arn:aws:iam::123456789012"
GITHUB = "token.actions.githubusercontent.com"
GITLAB = "gitlab.com"
TERRAFORM = "app.terraform.io"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/us/pipelines-config/identity/oidc"
CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF"
POOL = "cognito-identity.amazonaws.com"
REPOSITORY = "{11111111-2222-3333-4444-555555555555}"
ALL, WHOLE, ONE = Reach.EVERYBODY, Reach.ORGANIZATION, Reach.PROJECT


def reach(issuer: str, condition: Any, effect: str = "Allow") -> Reach | None:
    principal = issuer if issuer in {POOL, "accounts.google.com"} else f"{ACCOUNT}:oidc-provider/{issuer}"
    statement = {"Effect": effect, "Principal": {"Federated": principal}, "Condition": condition}
    document = ResourceView("aws:iam/role:Role", "urn", {"policy": json.dumps({"Statement": statement})}).at("policy")
    (found,) = statements(document)
    return reaches(found).get(issuer)


@pytest.mark.parametrize(
    ("issuer", "claims", "expected"),
    [
        (GITHUB, {"aud": "sts.amazonaws.com"}, ALL),
        (GITHUB, {}, ALL),
        (GITHUB, {"sub": "*"}, ALL),
        (GITHUB, {"sub": "repo:*"}, ALL),
        (GITHUB, {"sub": "repo:us*/it:*"}, ALL),
        (GITHUB, {"sub": "*:us/it:*"}, ALL),
        (GITHUB, {"sub": "re?o:us/it:*"}, ALL),
        (GITHUB, {"sub": ["repo:us/it:*", "repo:*/it:*"]}, ALL),
        (GITHUB, {"sub": "repo:${aws:userid}/it:*"}, ALL),
        (GITHUB, {"sub": "repo:us/*"}, WHOLE),
        (GITHUB, {"sub": "repo:us/it*"}, WHOLE),
        (GITHUB, {"sub": "repo:us/*:ref:refs/heads/main"}, WHOLE),
        (GITHUB, {"sub": ["repo:us/it:ref:*", "repo:us/*"]}, WHOLE),
        (GITHUB, {"sub": "repo:us/it:ref:refs/heads/main"}, ONE),
        (GITHUB, {"sub": "repo:us/it:*", "aud": "*"}, ONE),
        (GITHUB, {"sub": "repository_owner:us:environment:prod"}, WHOLE),
        (GITHUB, {"sub": "environment:prod"}, ALL),
        (GITHUB, {"repository_owner": "us"}, WHOLE),
        (GITHUB, {"repository_owner": "*"}, ALL),
        (GITHUB, {"repository_owner": "us", "repository": "us/it"}, ONE),
        (GITHUB, {"repository": "us/*"}, WHOLE),
        (GITHUB, {"repository": "*/it"}, ALL),
        (GITHUB, {"repository_id": "12345"}, ONE),
        (GITHUB, {"enterprise_id": "77"}, WHOLE),
        (GITHUB, {"job_workflow_ref": "us/it/.github/workflows/deploy.yml@refs/heads/main"}, WHOLE),
        (GITHUB, {"job_workflow_ref": "us/*/.github/workflows/*"}, WHOLE),
        (GITHUB, {"job_workflow_ref": "*/.github/workflows/deploy.yml@*"}, ALL),
        (GITHUB, {"ref": "refs/heads/main"}, ALL),
        (GITHUB, {"environment": "prod"}, ALL),
        (GITHUB, {"workflow": "deploy"}, ALL),
        (GITHUB, {"actor": "us"}, ALL),
        (GITHUB + "/us", {"sub": "repo:us/it:*"}, ONE),
        (GITLAB, {"aud": "https://gitlab.com"}, ALL),
        (GITLAB, {"sub": "project_path:*"}, ALL),
        (GITLAB, {"sub": "project_path:*:ref_type:branch:ref:main"}, ALL),
        (GITLAB, {"sub": "project_path:us/*:ref_type:branch:ref:main"}, WHOLE),
        (GITLAB, {"sub": "project_path:us/sub/it:ref_type:branch:ref:main"}, ONE),
        (GITLAB, {"namespace_path": "us"}, WHOLE),
        ("gitlab.example.com", {"sub": "project_path:*"}, ALL),
        ("gitlab.example.com", {"sub": "project_path:us/*"}, WHOLE),
        (TERRAFORM, {"aud": "aws.workload.identity"}, ALL),
        (TERRAFORM, {"sub": "organization:*"}, ALL),
        (TERRAFORM, {"sub": "organization:*:project:it:workspace:prod:run_phase:*"}, ALL),
        (TERRAFORM, {"sub": "organization:us:*"}, WHOLE),
        (TERRAFORM, {"sub": "organization:us:project:*:workspace:*:run_phase:*"}, WHOLE),
        (TERRAFORM, {"sub": "organization:us:project:it:workspace:*:run_phase:*"}, ONE),
        (TERRAFORM, {"sub": "organization:us:project:*:workspace:prod:run_phase:apply"}, ONE),
        (TERRAFORM, {"terraform_workspace_name": "prod"}, ALL),
        (BITBUCKET, {"aud": "ari:cloud:bitbucket::workspace/1"}, ALL),
        (BITBUCKET, {"sub": "*"}, ALL),
        (BITBUCKET, {"sub": f"{REPOSITORY}:*"}, ONE),
        (BITBUCKET, {"sub": f"{REPOSITORY}*"}, ONE),
        (CLUSTER, {"aud": "sts.amazonaws.com"}, ALL),
        (CLUSTER, {"sub": "system:serviceaccount:*:*"}, ALL),
        (CLUSTER, {"sub": "system:serviceaccount:*:app"}, ALL),
        (CLUSTER, {"sub": "system:*"}, ALL),
        (CLUSTER, {"sub": "system:serviceaccount:shop:*"}, WHOLE),
        (CLUSTER, {"sub": "system:serviceaccount:shop:app"}, ONE),
        ("oidc.circleci.com/org/1", {"sub": "org/1/project/*"}, WHOLE),
        ("oidc.circleci.com/org/1", {"sub": "org/1/project/2/user/*"}, ONE),
        ("agent.buildkite.com", {"sub": "organization:us:pipeline:it:ref:*"}, ONE),
        ("agent.buildkite.com", {"sub": "organization:us:*"}, WHOLE),
        ("login.example.com", {"sub": "app"}, ONE),
        ("login.example.com", {"aud": "app"}, ALL),
        (POOL, {}, ALL),
        (POOL, {"amr": "authenticated"}, ALL),
        (POOL, {"aud": "us-east-1:x"}, ONE),
        ("accounts.google.com", {"aud": "*"}, ALL),
        ("accounts.google.com", {"sub": "1"}, ONE),
    ],
)
def test_claims_say_how_many_come(issuer: str, claims: dict[str, Any], expected: Reach) -> None:
    named = {f"{issuer}:{claim}": value for claim, value in claims.items()}
    assert reach(issuer, {"StringLike": named}) is expected
    assert reach(issuer, {"StringLike": named}, "Deny") is None
    for operator in ("StringLikeIfExists", "ForAllValues:StringLike", "StringNotLike"):
        assert reach(issuer, {operator: named}) is ALL


def test_claim_of_another_provider_says_nothing() -> None:
    assert reach(GITHUB, {"StringLike": {"other.example.com:sub": "repo:us/it:*"}}) is ALL
    assert reaches_saml() == {}


def reaches_saml() -> dict[str, Reach]:
    statement = {"Effect": "Allow", "Principal": {"Federated": f"{ACCOUNT}:saml-provider/own"}}
    document = ResourceView("aws:iam/role:Role", "urn", {"policy": {"Statement": statement}}).at("policy")
    (found,) = statements(document)
    return reaches(found)


@given(
    issuer=st.sampled_from([*PROVIDERS, CLUSTER, BITBUCKET, "x"]),
    claim=st.sampled_from(["sub", "aud", "repository", "job_workflow_ref", "project_path", ""]),
    value=st.text(alphabet="repo:/*?@{}$organizti", max_size=40),
)
def test_no_claim_is_too_odd(issuer: str, claim: str, value: str) -> None:
    found = reach(issuer, {"StringLike": {f"{issuer}:{claim}": value}})
    assert found in (ALL, WHOLE, ONE, None)
    if value.startswith("*"):
        assert found in (ALL, None)


@pytest.mark.parametrize("part", ["repo:", "organization:", "a/", ":", "{", "org/", "${", "*"])
def test_long_claim_is_read_at_once(part: str) -> None:
    assert reach(GITHUB, {"StringLike": {f"{GITHUB}:sub": part * 50_000}}) is not None
