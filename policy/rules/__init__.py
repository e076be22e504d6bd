"""Every rule of the pack, one module a concern."""

from typing import Final

from policy.rule import Rule
from policy.rules import (
    api_documents,
    api_gateway,
    backup,
    cloudfront,
    compute,
    dns,
    ecr,
    ecs,
    elasticache,
    encryption,
    iam,
    load_balancer,
    network,
    observability,
    rds,
    resource_policies,
    response_headers,
    retention,
    s3,
    s3_policies,
    secrets,
    security_groups,
    spot,
    step_functions,
    waf,
)

MODULES: Final = (
    network,
    security_groups,
    spot,
    ecs,
    load_balancer,
    api_gateway,
    api_documents,
    cloudfront,
    response_headers,
    waf,
    rds,
    elasticache,
    s3,
    s3_policies,
    resource_policies,
    secrets,
    encryption,
    retention,
    iam,
    ecr,
    observability,
    step_functions,
    dns,
    backup,
    compute,
)
"""In the order of documentation."""

RULES: Final[tuple[Rule, ...]] = tuple(rule for module in MODULES for rule in module.RULES)
"""Every rule."""

BY_ID: Final[dict[str, Rule]] = {rule.id: rule for rule in RULES}
"""Rule id -> rule."""
