"""Ways around the rules: types that create resources that no rule sees, and providers that are bound to no account."""

from collections.abc import Iterator
from typing import Final

from policy.checks import given
from policy.graph import Graph
from policy.iam.principals import AWS_PROVIDER, is_bound
from policy.provider.endpoints import endpoints, is_emulated, is_of_aws
from policy.resources import ResourceView
from policy.rule import Concern, Config, Rule, Severity, Verdict, guarded, violation
from policy.values import Value

HIDING: Final = {
    "aws:cloudformation/stack:Stack": "makes the resources of its template",
    "aws:cloudformation/stackSet:StackSet": "makes the resources of its template, in other accounts too",
    "aws:cloudformation/stackInstances:StackInstances": "makes the resources of its template",
    "aws:cloudcontrol/resource:Resource": "makes the resource in its desiredState",
    "aws:servicecatalog/provisionedProduct:ProvisionedProduct": "makes the resources of the product",
    "aws:cloudformation/stackSetInstance:StackSetInstance": "makes the resources of its template",
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": "makes the resources of its template",
    "pulumi-nodejs:dynamic:Resource": "runs code of the program as a provider",
    "pulumi-python:dynamic:Resource": "runs code of the program as a provider",
    "aws:kms/ciphertext:Ciphertext": "keeps its plain text in the state",
    "command:local:Command": "runs a command",
    "command:remote:Command": "runs a command",
}
"""Type -> what it does that the program's resources do not show."""
OTHER_FORMS: Final = {
    "aws:cloudfront/distributionTenant:DistributionTenant": "is a site of a distribution for many tenants",
    "aws:cloudfront/multitenantDistribution:MultitenantDistribution": "is a distribution for many tenants",
    "aws:ec2/spotFleetRequest:SpotFleetRequest": "starts instances by itself",
    "aws:ecs/daemon:Daemon": "runs containers on every instance",
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": "defines containers that run on every instance",
    "aws:ecs/expressGatewayService:ExpressGatewayService": "makes a public load balancer, a service and its scaling",
    "aws:elb/loadBalancer:LoadBalancer": "is a load balancer of the oldest kind",
}
"""Type -> what it is. Rules check the same thing under another type only, so none of them checks this one."""
OTHER_PROVIDERS: Final = ("aws-native:", "awscc:", "pulumi-python:dynamic", "pulumi-nodejs:dynamic")
"""Prefixes of types of other providers that create resources in AWS; a dynamic type may also contain a module."""
NAMED: Final = 5
"""The number of resources of a default provider that a message names; it only counts the others."""
STATIC_KEYS: Final = ("accessKey", "secretKey", "token")


def _seen_through(graph: Graph, _config: Config) -> Iterator[Verdict]:
    for resource in graph.resources:
        if resource.type in HIDING:
            yield violation("type", f"{resource.type} {HIDING[resource.type]}, which no rule sees", resource)
        elif resource.type in OTHER_FORMS:
            yield violation("type", f"{resource.type} {OTHER_FORMS[resource.type]}, which no rule judges", resource)
        elif resource.type.startswith(OTHER_PROVIDERS):
            yield violation("type", f"{resource.type} is of a provider whose resources no rule knows", resource)


def _no_default_provider(graph: Graph, _config: Config) -> Iterator[Verdict]:
    for provider in graph.of_type(AWS_PROVIDER):
        users = sorted(v.name for v in graph.resources if v.provider is not None and v.provider.urn == provider.urn)
        nobody_says = all(view.provider is None for view in graph.resources)
        if provider.is_default_provider and (users or nobody_says):
            yield violation(
                "provider", f"{_listed(users)} made by {provider.name}, which is bound to no account", provider
            )


def _listed(names: list[str]) -> str:
    if not names:
        return "a resource is"
    shown = ", ".join(names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{shown}{more} {'is' if len(names) == 1 else 'are'}"


def _bound(provider: ResourceView, _config: Config) -> Iterator[Verdict]:
    # no-default-provider reports the providers that the engine creates.
    if provider.is_default_provider or is_emulated(provider):
        return
    allowed = provider.at("allowedAccountIds")
    if not is_bound(provider):
        yield violation(allowed.path, f"{allowed}; it must name the account that the stack deploys into")


def _speaks_to_aws(provider: ResourceView, _config: Config) -> Iterator[Verdict]:
    if is_emulated(provider):
        return
    insecure = provider.at("insecure")
    if insecure.flag():
        yield violation(insecure.path, f"{insecure}; anybody on the way can read and change every call")
    for _name, url in endpoints(provider):
        yield from guarded(_is_of_aws(url))


def _is_of_aws(url: Value) -> Iterator[Verdict]:
    text = url.text() or ""
    if text and not is_of_aws(text):
        yield violation(url.path, f"{url}; it must be an endpoint of AWS, with https")


def _no_static_keys(provider: ResourceView, _config: Config) -> Iterator[Verdict]:
    found = [verdict for name in STATIC_KEYS for verdict in guarded(_no_key(provider.at(name)))]
    # is_emulated comes last: unknown endpoints must not make a provider without keys undecided.
    if found and not is_emulated(provider):
        yield from found


def _no_key(key: Value) -> Iterator[Verdict]:
    if given(key):
        yield violation(key.path, f"{key.path} is given; credentials come from the environment or a role")


RULES = (
    Rule(
        id="no-way-round",
        title="Rules can see every resource that the program makes",
        problem="The program makes resources that no rule can see",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        fsbp=("CloudFormation.1",),
        checkov=("CKV_AWS_124",),
        prowler=(
            "cloudformation_stack_cdktoolkit_bootstrap_version",
            "cloudformation_stack_outputs_find_secrets",
            "cloudformation_stacks_termination_protection_enabled",
        ),
        types=(*HIDING, *OTHER_FORMS),
        remediation=(
            "Make them as resources of the aws provider, of the kinds that have rules: aws.lb.LoadBalancer, "
            "aws.ecs.Service, aws.ecs.TaskDefinition, aws.cloudfront.Distribution, aws.autoscaling.Group."
        ),
        check_graph=_seen_through,
        note=(
            "Refused are templates, Cloud Control, dynamic providers, commands, other providers that make resources "
            "in AWS, and types that rules check only in another form: classic load balancers, express services, "
            "daemons, distributions for many tenants, Spot fleets. Instead of aws.kms.Ciphertext use a secret of "
            "Secrets Manager."
        ),
    ),
    Rule(
        id="no-default-provider",
        title="Every resource is made by a provider that is bound to an account",
        problem="A resource is made by the default AWS provider, which is bound to no account",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(AWS_PROVIDER,),
        remediation="Pass the provider: pulumi.ResourceOptions(provider=...); this program's is in foundation.options.",
        check_graph=_no_default_provider,
        note="With the default provider, the credentials in the shell decide in which account the resource is made.",
    ),
    Rule(
        id="provider-bound-to-account",
        title="Every provider of the program is bound to an account",
        problem="The provider deploys into whatever account its credentials belong to",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(AWS_PROVIDER,),
        remediation="Give the provider allowedAccountIds.",
        check=_bound,
        note="Not required for an emulator on this machine, if every service of the provider has its endpoint there.",
    ),
    Rule(
        id="provider-speaks-to-aws",
        title="Providers send their calls to AWS, with TLS",
        problem="The provider's signed calls go to somebody other than AWS, or can be changed on the way",
        severity=Severity.HIGH,
        concern=Concern.EXPOSURE,
        types=(AWS_PROVIDER,),
        remediation="Leave insecure false, and name no endpoint but AWS's own.",
        check=_speaks_to_aws,
        note="An emulator on this machine is allowed, if every service has its endpoint there. The name of a "
        "customer's resource in AWS's domain, such as a load balancer's, is not an endpoint of AWS.",
    ),
    Rule(
        id="no-static-keys",
        title="Providers have no access keys of their own",
        problem="The provider's inputs contain an access key",
        severity=Severity.HIGH,
        concern=Concern.PRIVILEGE,
        checkov=("CKV_AWS_41",),
        types=(AWS_PROVIDER,),
        remediation="Remove accessKey, secretKey and token; take credentials from a role.",
        check=_no_static_keys,
        note="Keys for an emulator on this machine are allowed, if every service has its endpoint there.",
    ),
)
