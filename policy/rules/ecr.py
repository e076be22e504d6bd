"""Amazon ECR: immutable tags, scans, encryption, lifecycle and upstream registries of images."""

import re
from collections.abc import Iterator
from typing import Final

from policy.checks import given, is_one_of, is_true, texts_setting
from policy.graph import Graph
from policy.iam.parties import Kind, Party, known, strangers
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, per_resource, violation
from policy.values import State

REPOSITORY = "aws:ecr/repository:Repository"
PULL_THROUGH = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
_PRIVATE_REGISTRY: Final = re.compile(r"(?:https://)?(?P<account>\d{12})\.dkr[.-]ecr[.-].*", re.DOTALL)
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"


def _own_key(repository: ResourceView, _config: Config) -> Iterator[Verdict]:
    configurations = repository.at("encryptionConfigurations")
    if not configurations.items():
        yield violation(configurations.path, f"{configurations}; it must name a KMS key")
    for item in configurations.items():
        kind, key = item.at("encryptionType"), item.at("kmsKey")
        if kind.text() not in {"KMS", "KMS_DSSE"}:
            yield violation(kind.path, f"{kind}; it must be KMS")
        elif not given(key):
            yield violation(key.path, f"{key}; it must be given")


def _lifecycle(graph: Graph, repository: ResourceView, _config: Config) -> Iterator[Verdict]:
    owners = graph.dependents(repository, LIFECYCLE, "repository")
    if not owners:
        yield violation("repository", "no LifecyclePolicy of the stack is for this repository")
    for owner in owners:
        policy = owner.at("policy")
        if policy.state is not State.UNKNOWN and not policy.document().at("rules").items():
            yield violation(policy.path, f"{policy}; it must have a rule", owner)


def _known_registry(graph: Graph, rule: ResourceView, config: Config) -> Iterator[Verdict]:
    upstream = rule.at("upstreamRegistryUrl")
    found = _PRIVATE_REGISTRY.fullmatch(upstream.text() or "")
    if found:
        party = Party(found[0], Kind.ACCOUNT, found["account"])
        yield from strangers(upstream.path, [party], known(graph, config), does="takes images from")


RULES = (
    Rule(
        id="ecr-pull-through-known",
        title="Images come only from private registries of accounts that are allowed",
        problem="Another account decides which images are pulled",
        severity=Severity.MEDIUM,
        concern=Concern.EXPOSURE,
        types=(PULL_THROUGH,),
        remediation="Name another registry, or allow its account: policy.allowed_accounts of the stack file.",
        check_graph=per_resource(_known_registry, PULL_THROUGH),
        config={"allowed-accounts": texts_setting([], "Ids of other accounts whose images may be pulled.")},
    ),
    Rule(
        id="ecr-scanned",
        title="Images are scanned when pushed",
        problem="Images are not scanned when pushed",
        severity=Severity.HIGH,
        concern=Concern.HARDENING,
        fsbp=("ECR.1",),
        checkov=("CKV_AWS_163",),
        prowler=("ecr_repositories_scan_images_on_push_enabled",),
        trivy=("AWS-0030",),
        types=(REPOSITORY,),
        remediation="Set imageScanningConfiguration.scanOnPush to true.",
        check=is_true("imageScanningConfiguration.scanOnPush"),
    ),
    Rule(
        id="ecr-immutable-tags",
        title="A tag always names the same image",
        problem="A tag can be moved to another image",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ECR.2",),
        checkov=("CKV_AWS_51",),
        prowler=("ecr_repositories_tag_immutability",),
        trivy=("AWS-0031",),
        types=(REPOSITORY,),
        remediation="Set imageTagMutability to IMMUTABLE.",
        check=is_one_of("imageTagMutability", "IMMUTABLE"),
    ),
    Rule(
        id="ecr-lifecycle",
        title="Old images are removed",
        problem="Old images are never removed",
        severity=Severity.MEDIUM,
        concern=Concern.HARDENING,
        fsbp=("ECR.3",),
        prowler=("ecr_repositories_lifecycle_policy_enabled",),
        types=(REPOSITORY, LIFECYCLE),
        remediation="Add a LifecyclePolicy.",
        check_graph=per_resource(_lifecycle, REPOSITORY),
    ),
    Rule(
        id="ecr-encrypted",
        title="Images are encrypted with a customer-managed key",
        problem="Images are not encrypted with a customer-managed key",
        severity=Severity.MEDIUM,
        concern=Concern.ENCRYPTION,
        fsbp=("ECR.5",),
        checkov=("CKV_AWS_136",),
        trivy=("AWS-0033",),
        types=(REPOSITORY,),
        remediation="Give encryptionConfigurations with encryptionType KMS and kmsKey.",
        check=_own_key,
    ),
)
