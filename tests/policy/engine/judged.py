"""What the tests of the pack judge: a compliant stack with changes, and the findings of one policy."""

from datetime import date

from policy.enforcement.exemptions import Exemption
from tests.policy.compliant import stack
from tests.policy.engine_calls import Finding
from tests.policy.nodes import Node, changed, resolved

ENTRY = Exemption("rds-port", "urn:pulumi:*::*::*::database", ("test",), "the clients need it", date(2026, 6, 1))
COMPONENT_URN = "urn:pulumi:test::shop::spot-platform:index:ManagedData$aws:rds/instance:Instance::main"


def stack_with(*changes: tuple[str, str, object], preview: bool = True) -> list[Node]:
    changed_stack = stack()
    for name, path, value in changes:
        changed_stack = changed(changed_stack, name, path, value)
    return resolved(changed_stack, preview=preview)


def findings_of(findings: list[Finding], policy: str) -> list[Finding]:
    return [finding for finding in findings if finding.policy == policy]
